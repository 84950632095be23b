"""Surfaces that are there at once: near the true ones, new only where an edit was."""

from dataclasses import replace

import numpy as np
import pytest

from planning.case.case import Segment, SegmentId
from segmentation.effects.effect import SegmentView
from segmentation.effects.erase import Erase
from segmentation.effects.paint import Paint
from segmentation.errors import Cancelled
from segmentation.look import distances_mm
from segmentation.mask import BitMask
from segmentation.thinning import KeptBricks
from segmentation.volume import Volume
from tests.segmentation import solids
from viewers.pipelines.quick_mesh import coarse_mesh, patched_mesh
from viewers.pipelines.segment_mesh import segment_mesh

SHAPE = (60, 110, 130)
SPACING = (1.5, 0.8, 0.8)
RADIUS = 36.0
RECIPE = '[{"tool":"threshold","set":{"lower_hu":226}}]'


@pytest.fixture(scope="module")
def volume():
    """HU fall by 100 a millimetre from 226 at 36 mm, on an oblique grid."""
    turned = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    grid = solids.grid(SHAPE, SPACING, (5.0, -90.0, 300.0), turned)
    away = np.sqrt(
        sum(
            ((n - (size - 1) / 2) * mm) ** 2
            for n, size, mm in zip(np.indices(SHAPE), SHAPE, SPACING, strict=True)
        )
    )
    return Volume(np.clip((RADIUS - away) * 100.0 + 226.0, -900, 1500).astype(np.int16), grid)


@pytest.fixture(scope="module")
def ball(volume):
    mask = BitMask.from_bool(volume.hu >= 226)
    return Segment(SegmentId("s"), "s", mask, "#E6D3A8", recipe=RECIPE)


def radii(volume, mesh):
    return np.linalg.norm(mesh.points_lps_mm - volume.grid.centre_lps_mm, axis=1)


def stroke(volume, segment, effect_class, at_mm):
    """The segment after a dab of 5 mm at a place of the ball's surface."""
    place = tuple(volume.grid.centre_lps_mm + np.array(at_mm))
    effect = effect_class(points_lps_mm=(place,), radius_mm=5.0)
    return replace(segment, mask=effect.apply(SegmentView(volume, segment.mask)))


@pytest.mark.parametrize("limit", [100_000, 3_000, 400])
def test_coarse_surfaces_are_light_and_within_a_block(volume, ball, limit):
    mesh = coarse_mesh(volume, ball.mask, triangles=limit)
    block_mm = RADIUS * np.sqrt(4.0 * np.pi / limit) * 4.0
    assert np.abs(radii(volume, mesh) - RADIUS).max() < max(block_mm, 1.6)
    assert mesh.is_closed
    assert len(mesh.triangles) < 4 * limit


def test_nothing_has_no_surface(volume):
    assert not coarse_mesh(volume, BitMask.empty(SHAPE)).triangles.size


@pytest.mark.parametrize("effect_class", [Paint, Erase])
@pytest.mark.parametrize("recipe", [RECIPE, ""])
def test_a_patch_is_new_at_the_stroke_and_old_elsewhere(volume, ball, effect_class, recipe):
    segment = replace(ball, recipe=recipe)
    shown = segment_mesh(volume, segment)
    after = stroke(volume, segment, effect_class, (RADIUS, 0.0, 0.0))
    patched = patched_mesh(volume, after, segment.mask, shown)
    wanted = segment_mesh(volume, after)
    assert distances_mm(patched.points_lps_mm, wanted).max() < 1.2
    assert distances_mm(wanted.points_lps_mm, patched).max() < 1.2
    assert distances_mm(wanted.points_lps_mm, shown).max() > 3.0
    far = np.linalg.norm(
        shown.points_lps_mm - volume.grid.centre_lps_mm - (RADIUS, 0.0, 0.0), axis=1
    )
    old = set(map(bytes, shown.points_lps_mm[far > 40.0]))
    assert old <= set(map(bytes, patched.points_lps_mm))


def test_strokes_end_in_the_bytes_of_a_whole_recomputation(volume, ball):
    """Also where smoothing is broad and the block of coverage begins elsewhere each time."""
    random = np.random.default_rng(2)
    for recipe in (RECIPE, ""):
        segment, kept = replace(ball, recipe=recipe), KeptBricks()
        segment_mesh(volume, segment, kept=kept)
        for _ in range(3):
            effect_class = Paint if random.random() < 0.5 else Erase
            direction = random.normal(size=3)
            at = RADIUS * direction / np.linalg.norm(direction)
            segment = stroke(volume, segment, effect_class, at)
            after, fresh = segment_mesh(volume, segment, kept=kept), segment_mesh(volume, segment)
            assert after.points_lps_mm.tobytes() == fresh.points_lps_mm.tobytes()
            assert after.triangles.tobytes() == fresh.triangles.tobytes()


def test_no_change_gives_the_same_surface(volume, ball):
    shown = coarse_mesh(volume, ball.mask)
    assert patched_mesh(volume, ball, ball.mask, shown) is shown


def test_a_large_change_gives_a_coarse_surface_all_over():
    shape = (140, 140, 140)
    volume = Volume(np.zeros(shape, np.int16), solids.grid(shape))
    voxels = np.zeros(shape, bool)
    voxels[2:-2, 2:-2, 2:-2] = True
    former = BitMask.from_bool(voxels)
    voxels[2:-2, 2:-2, 2:-2:2] = False
    after = Segment(SegmentId("s"), "s", BitMask.from_bool(voxels), "#E6D3A8")
    patched = patched_mesh(volume, after, former, coarse_mesh(volume, former))
    wanted = coarse_mesh(volume, after.mask)
    assert np.array_equal(patched.points_lps_mm, wanted.points_lps_mm)


def test_a_stop_takes_effect(volume, ball):
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        coarse_mesh(volume, ball.mask, stop)
