"""HU along a path: linear fields are exact, padding and air outside the scan are left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from planning.geometry.rigid import Rigid
from planning.measures import Flag, NotMeasured
from planning.measures.path_hu import along_axis, sampled_hu
from planning.model.item import ItemId
from planning.model.trajectory import Trajectory
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.measures.making import case_of, grid_about, numbers

TURN = Rigid.turn([1, 2, -1], 25).rotation
GRID = grid_about((10, -20, 300), (12, 20, 70), (1.5, 0.8, 0.6), TURN)


def field(grid):
    """HU that grow linearly along i, j and k: -100, 7, -3 and 5 a voxel."""
    k, j, i = np.indices(grid.shape_kji)
    return Volume((-100 + 7 * i - 3 * j + 5 * k).astype(np.int16), grid)


def path(start_ijk, end_ijk, grid=GRID):
    entry, target = (tuple(grid.lps_mm(np.array(p, float)).tolist()) for p in (start_ijk, end_ijk))
    return Trajectory(ItemId("t"), "t", entry, target, 3.0)


def test_a_linear_field_has_the_mean_of_its_ends_and_its_lower_end():
    item = path((3.3, 2.1, 1.7), (60.2, 15.5, 9.1))
    found = numbers(case_of(field(GRID)), item)
    ends = [-100 + 7 * 3.3 - 3 * 2.1 + 5 * 1.7, -100 + 7 * 60.2 - 3 * 15.5 + 5 * 9.1]
    assert found["path_hu_mean"].value == pytest.approx(np.mean(ends), abs=1e-6)
    assert found["path_hu_minimum"].value == pytest.approx(min(ends), abs=1e-6)
    assert found["path_hu_mean"].flags == ()
    assert found["path_hu_mean"].uncertainty_mm is None


def test_samples_lie_at_most_a_quarter_millimetre_apart_with_both_ends():
    item = path((3, 2, 1), (60, 15, 9))
    points = along_axis(item)
    gaps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert gaps.max() <= 0.25 + 1e-12
    assert gaps.min() > 0.24
    assert points[[0, -1]] == pytest.approx(np.array(item.places_lps_mm))


def test_samples_agree_with_scipy():
    rng = np.random.default_rng(3)
    volume = Volume(rng.integers(-1000, 3000, GRID.shape_kji).astype(np.int16), GRID)
    ijk = rng.uniform(0, np.array(GRID.shape_kji[::-1]) - 1, (500, 3))
    ijk[:8] = [[69 * (n & 1), 19 * (n >> 1 & 1), 11 * (n >> 2)] for n in range(8)]
    truth = map_coordinates(volume.hu.astype(float), ijk[:, ::-1].T, order=1)
    assert sampled_hu(volume, GRID.lps_mm(ijk)) == pytest.approx(truth, abs=1e-4)


def test_nothing_is_made_up_outside_the_scan():
    outside = GRID.lps_mm(np.array([[-0.01, 3, 3], [69.01, 3, 3], [3, -1, 3], [3, 3, 11.2]]))
    assert np.isnan(sampled_hu(field(GRID), outside)).all()
    item = path((-0.4, 5, 5), (20, 5, 5))
    mean = numbers(case_of(field(GRID)), item)["path_hu_mean"]
    assert mean.flags == (Flag.PART_OF_PATH,)


@pytest.mark.hazard("HAZ-14")
def test_padding_never_counts():
    unread = np.zeros(GRID.shape_kji, bool)
    unread[:, :, 30:] = True
    hu = field(GRID).hu.copy()
    hu[unread] = -32000
    volume = Volume(hu, GRID, BitMask.from_bool(unread))
    found = numbers(case_of(volume), path((10, 5, 5), (50, 5, 5)))
    ends = [-100 + 7 * i - 3 * 5 + 5 * 5 for i in (10, 29)]
    assert found["path_hu_minimum"].value == pytest.approx(min(ends))
    assert found["path_hu_mean"].value == pytest.approx(np.mean(ends), abs=2.0)
    assert found["path_hu_mean"].flags == (Flag.PART_OF_PATH,)
    gone = numbers(case_of(volume), path((40, 5, 5), (50, 5, 5)))["path_hu_mean"]
    assert isinstance(gone, NotMeasured)
    assert gone.code == "measure-path-unscanned"


def test_single_voxels_of_a_cropped_mask_are_found():
    rng = np.random.default_rng(5)
    voxels = np.zeros((6, 7, 200), bool)
    voxels[2:4, 3:6, 70:150] = rng.random((2, 3, 80)) < 0.5
    mask = BitMask.from_bool(voxels)
    assert mask.start_word > 0
    kji = np.argwhere(np.ones(voxels.shape, bool))
    assert np.array_equal(mask.holds(kji), voxels.ravel())
    assert not BitMask.empty((6, 7, 200)).holds(kji).any()
    assert not mask.holds(np.array([[-1, 0, 0], [6, 0, 0], [0, 0, 200]])).any()


def test_a_path_in_a_thin_scan_is_sampled_too():
    grid = grid_about((0, 0, 0), (1, 5, 70))
    item = path((5, 2, 0), (60, 2, 0), grid)
    volume = Volume(np.full(grid.shape_kji, 40, np.int16), grid)
    assert numbers(case_of(volume), replace(item))["path_hu_mean"].value == pytest.approx(40)
