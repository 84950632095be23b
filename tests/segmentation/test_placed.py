"""Voxels from grid to grid: exact where grids agree, nearest elsewhere, and told."""

import numpy as np
import pytest

from segmentation.grid import Grid
from segmentation.placed import placed
from tests.segmentation.io.segs import oblique, turned

SHAPE = (8, 12, 15)


def random(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.4


def cropped(grid, start_kji, shape):
    origin = grid.lps_mm(np.array(start_kji[::-1]))
    return Grid(shape, origin, grid.spacing_kji_mm, grid.direction, grid.frame_uid)


def test_a_crop_is_exact():
    target = oblique(SHAPE)
    source = cropped(target, (2, 3, 4), (4, 5, 6))
    voxels = random(source.shape_kji)
    made = placed(voxels, source, target)
    expected = np.zeros(SHAPE, bool)
    expected[2:6, 3:8, 4:10] = voxels
    assert np.array_equal(made.mask.to_bool(), expected)
    assert made.shift_mm == 0.0
    assert not made.findings


def test_another_order_of_axes_is_exact():
    target = oblique(SHAPE)
    voxels = random(SHAPE)
    # i along the target's k, j along its i, k along its j; two of them counted backwards.
    i, j, k = target.direction.T
    dk, dj, di = target.spacing_kji_mm
    corner = target.lps_mm(np.array([SHAPE[2] - 1, SHAPE[1] - 1, 0]))
    axes = np.column_stack([k, -i, -j])
    source = Grid((SHAPE[1], SHAPE[2], SHAPE[0]), corner, (dj, di, dk), axes, target.frame_uid)
    seen = voxels[:, ::-1, ::-1].transpose(1, 2, 0)
    made = placed(np.ascontiguousarray(seen), source, target)
    assert np.array_equal(made.mask.to_bool(), voxels)
    assert made.shift_mm == 0.0


def test_half_a_voxel_aside_is_told_with_its_distance():
    target = oblique(SHAPE)
    source = Grid(
        SHAPE, target.lps_mm(np.array([0.5, 0, 0])), target.spacing_kji_mm, target.direction, "x"
    )
    voxels = np.zeros(SHAPE, bool)
    voxels[2:5, 3:8, 4:10] = True
    made = placed(voxels, source, target)
    assert made.shift_mm == pytest.approx(target.spacing_kji_mm[2] / 2, abs=1e-6)
    (finding,) = made.findings
    assert (finding.code, finding.mm) == ("brought-resampled", pytest.approx(0.35, abs=1e-3))


def test_a_finer_grid_keeps_the_body_in_its_place():
    target = oblique((20, 30, 30))
    source = Grid(
        (40, 60, 60), target.lps_mm(np.array([-0.2, 0.1, 0.3])), (0.6, 0.45, 0.5),
        turned(20, -10, 8), "x",
    )  # fmt: skip
    kji = np.indices(source.shape_kji).reshape(3, -1).T
    centre = source.centre_lps_mm
    distance = np.linalg.norm(source.lps_mm(kji[:, ::-1]) - centre, axis=1)
    voxels = (distance < 6.0).reshape(source.shape_kji)
    made = placed(voxels, source, target)
    assert made.mask.voxels * target.voxel_ml == pytest.approx(0.9048, rel=0.03)
    middle = target.lps_mm(np.argwhere(made.mask.to_bool()).mean(axis=0)[::-1])
    assert np.linalg.norm(middle - centre) < 0.1
    diagonal_mm = np.linalg.norm(source.spacing_kji_mm) / 2
    assert 0.0 < made.shift_mm <= diagonal_mm


def test_what_lies_off_the_scan_is_counted():
    target = oblique(SHAPE)
    source = cropped(target, (6, 0, 0), (4, 12, 15))
    made = placed(np.ones(source.shape_kji, bool), source, target)
    assert made.mask.voxels == 2 * 12 * 15
    (finding,) = made.findings
    assert finding.code == "brought-cut"
    assert finding.values["ml"] == pytest.approx(2 * 12 * 15 * target.voxel_ml, abs=1e-3)
    away = cropped(target, (60, 0, 0), (4, 12, 15))
    assert placed(np.ones(away.shape_kji, bool), away, target).mask.is_empty
