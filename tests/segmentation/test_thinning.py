"""Surfaces thinned by bricks: closed, light, near, and after an edit the bytes of a fresh one."""

import numpy as np
import pytest

from segmentation.errors import Cancelled
from segmentation.kernels.slabs import threads
from segmentation.look import largest_deviation_mm, smoothed, thinned_between
from segmentation.mask import BitMask
from segmentation.surface import iso_surface
from segmentation.thinning import KeptBricks, brick_thinned
from segmentation.volume import Volume
from tests.segmentation import solids

SHAPE = (70, 100, 150)
WANTED = 4000


@pytest.fixture(scope="module")
def block():
    """A ball of 32 mm that lies in eight bricks, and its volume."""
    k, j, i = np.indices(SHAPE, np.float32)
    middle = [(n - 1) / 2 for n in SHAPE]
    away = np.sqrt((k - middle[0]) ** 2 + (j - middle[1]) ** 2 + (i - middle[2]) ** 2)
    hu = np.clip((32.0 - away) * 100.0 + 226.0, -900.0, 1500.0).astype(np.int16)
    volume = Volume(hu, solids.grid(SHAPE, (1.0, 1.0, 1.0), (-70.0, 20.0, 400.0)))
    return volume, BitMask.from_bool(hu >= 226)


def same(one, other):
    return np.array_equal(one.points_lps_mm, other.points_lps_mm) and np.array_equal(
        one.triangles, other.triangles
    )


def surface(volume, mask):
    return smoothed(iso_surface(volume, mask, 225.5))


def test_a_ball_in_eight_bricks_stays_closed_near_and_its_size(block):
    whole = surface(*block)
    kept = KeptBricks()
    light = brick_thinned(whole, WANTED, kept)
    assert kept.made_n == len(kept.bricks) > 7
    assert light.is_closed
    assert solids.edges_used_twice(light) == 0
    assert 0.7 * WANTED < len(light.triangles) < 2.0 * WANTED
    assert largest_deviation_mm(whole, light) < 0.45
    assert light.volume_ml == pytest.approx(whole.volume_ml, rel=0.003)


def test_a_light_mesh_is_returned_as_it_is(block):
    whole = surface(*block)
    assert brick_thinned(whole, len(whole.triangles)) is whole


def test_random_edits_end_in_the_bytes_of_a_whole_recomputation(block):
    """An edit in one corner leaves the bricks of the others; bytes are those of a fresh start."""
    volume, mask = block
    random = np.random.default_rng(4)
    kept = KeptBricks()
    brick_thinned(surface(volume, mask), WANTED, kept)
    few = 0
    for _ in range(6):
        voxels = mask.to_bool()
        k, j, i = (int(random.integers(10, n - 16)) for n in SHAPE)
        voxels[k : k + 6, j : j + 6, i : i + 6] = bool(random.random() < 0.5)
        mask = BitMask.from_bool(voxels)
        whole = surface(volume, mask)
        after = brick_thinned(whole, WANTED, kept)
        few += kept.made_n < len(kept.bricks)
        with threads(3):
            assert same(after, brick_thinned(whole, WANTED))
    assert few >= 3


def test_held_points_stay_and_close_the_gap_to_their_neighbours(block):
    whole = surface(*block)
    is_held = whole.points_lps_mm[:, 0] < whole.points_lps_mm[:, 0].mean()
    points, is_left, triangles = thinned_between(
        whole.points_lps_mm, whole.triangles, is_held, len(whole.triangles) // 4
    )
    assert np.array_equal(points[is_left], whole.points_lps_mm[is_held])
    assert len(triangles) < 0.75 * len(whole.triangles)
    assert triangles.max() < len(points)


def test_a_stop_leaves_the_kept_bricks(block):
    whole, kept = surface(*block), KeptBricks()
    brick_thinned(whole, WANTED, kept)
    before = dict(kept.bricks)

    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        brick_thinned(whole, WANTED // 2, kept, stop)
    assert kept.bricks == before
