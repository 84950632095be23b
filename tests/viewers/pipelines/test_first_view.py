"""What a case opens with, on a body by formula with a table under it."""

import dataclasses

import numpy as np
import pytest

from planning.case.case import Segment, SegmentId
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume
from viewers.pipelines.first_view import (
    BONE_WINDOW,
    SOFT_WINDOW,
    body_corners_lps_mm,
    first_point_lps_mm,
    first_view,
    first_window,
    fitted,
    middle_lps_mm,
)
from viewers.pipelines.plane import PlaneKind, patient_plane
from viewers.pipelines.slice import bone_centre_lps_mm

SHAPE = (50, 160, 160)
GRID = Grid(SHAPE, np.array((-200.0, -180.0, 40.0)), (2.0, 2.5, 2.5), np.eye(3), "1.2")
HALF_MM = (130.0, 80.0)  # half axes of the body along x and y


def _body(has_body=True):
    """Return an elliptic cylinder of muscle in air, and a table of 3 mm 20 mm below it."""
    k, j, i = np.indices(SHAPE)
    points = GRID.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    x, y, _ = (points - GRID.centre_lps_mm).T.reshape(3, *SHAPE)
    hu = np.full(SHAPE, -1000, np.int16)
    if has_body:
        hu[(x / HALF_MM[0]) ** 2 + (y / HALF_MM[1]) ** 2 <= 1.0] = 40
    hu[np.abs(y - HALF_MM[1] - 20.0) <= 2.0] = 300
    return Volume(hu, GRID)


def test_the_body_is_found_without_its_table():
    corners = body_corners_lps_mm(_body())
    size = np.ptp(corners, axis=0)
    assert size[:2] == pytest.approx(2.0 * np.array(HALF_MM), abs=8.0)
    assert size[2] == pytest.approx(100.0, abs=4.0)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2.0
    assert middle[:2] == pytest.approx(GRID.centre_lps_mm[:2], abs=4.0)


def test_without_a_body_the_whole_grid_is_in_sight():
    corners = body_corners_lps_mm(_body(has_body=False))
    assert np.ptp(corners, axis=0) == pytest.approx((400.0, 400.0, 100.0))


def test_the_body_fits_all_slices_at_one_scale_and_fills_the_tightest(balls):
    case = dataclasses.replace(balls, volume=_body(), segments=())
    sizes = dict.fromkeys(PlaneKind, (521, 391))
    first = first_view(case, sizes)
    corners = body_corners_lps_mm(case.volume)
    filled = []
    for kind, size in sizes.items():
        px = patient_plane(kind, first.centre_lps_mm, first.mm_per_px, size).px(corners)
        assert px.min() >= 0.0
        assert (px <= size).all()
        filled.append((np.ptp(px, axis=0) / size).max())
    assert max(filled) == pytest.approx(1.0 / 1.04)
    assert first.mm_per_px == max(fitted(corners, kind, (521, 391)) for kind in PlaneKind)
    assert first.crosshair_lps_mm == tuple(bone_centre_lps_mm(case.volume))


def test_the_middle_is_the_masks_voxel_nearest_to_its_centroid():
    """Second road: all voxels, one by one; a ring, whose centroid lies outside it, included."""
    rng = np.random.default_rng(4)
    k, j, i = np.indices(SHAPE)
    ring = np.abs(np.hypot(j - 80, i - 71) - 52) < 2
    for voxels in (rng.random(SHAPE) < 0.001, ring & (k > 20), (k == 3) & (j == 4) & (i == 159)):
        kji = np.argwhere(voxels)
        points = GRID.lps_mm(kji[:, ::-1])
        away = np.linalg.norm(points - points.mean(axis=0), axis=1)
        found = middle_lps_mm(GRID, BitMask.from_bool(voxels))
        assert np.linalg.norm(found - points.mean(axis=0)) == pytest.approx(away.min())
        assert np.linalg.norm(points - found, axis=1).min() < 1e-9


def test_the_first_visible_segment_with_a_voxel_is_looked_at(balls):
    empty = Segment(SegmentId("e"), "e", BitMask.empty(balls.volume.grid.shape_kji), "#FFFFFF")
    hidden = dataclasses.replace(balls.segments[0], is_visible=False)
    case = dataclasses.replace(balls, segments=(empty, hidden, balls.segments[1]))
    wanted = middle_lps_mm(balls.volume.grid, balls.segments[1].mask)
    assert first_point_lps_mm(case) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("cortex_hu", "inner_hu", "window"),
    [(700, 120, BONE_WINDOW), (120, 110, SOFT_WINDOW), (251, 251, BONE_WINDOW)],
)
def test_an_organ_opens_in_the_soft_tissue_window_and_bone_in_its_own(
    balls, cortex_hu, inner_hu, window
):
    inner, outer = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    outer[10:20, 40:60, 40:60], inner[12:18, 42:58, 42:58] = True, True
    hu = np.full(SHAPE, 40, np.int16)
    hu[outer], hu[inner] = cortex_hu, inner_hu
    segment = Segment(SegmentId("s"), "One", BitMask.from_bool(outer), "#E6D3A8")
    case = dataclasses.replace(balls, volume=Volume(hu, GRID), segments=(segment,))
    assert first_window(case) == window
    assert first_window(dataclasses.replace(case, segments=())) == BONE_WINDOW
