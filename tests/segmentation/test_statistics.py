"""Statistics of a mask against NumPy, SimpleITK and SciPy; areas against formulas."""

import math

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.errors import Cancelled
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.statistics import (
    PERCENTS,
    area_mm2,
    bounds_kji,
    histogram_under,
    hu_numbers,
    statistics,
)
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from tests.segmentation.random_masks import OBLIQUE, SPACINGS, masks, noise, volume_of

SHAPE = (19, 11, 130)


def random(seed, share, shape=SHAPE):
    return np.random.default_rng(seed).random(shape) < share


@pytest.mark.parametrize("share", [0.001, 0.3, 1.0])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_numbers_are_those_of_numpy_and_simpleitk(share, spacing):
    volume = volume_of(noise(SHAPE, 2), spacing)
    voxels = random(3, share)
    voxels[4, 5, 66] = True
    found = statistics(volume, BitMask.from_bool(voxels))
    values = volume.hu[voxels].astype(np.float64)
    image, labels = (
        sitk.GetImageFromArray(volume.hu),
        sitk.GetImageFromArray(voxels.astype(np.uint8)),
    )
    for one in (image, labels):
        one.SetSpacing(spacing[::-1])
        one.SetOrigin(volume.grid.origin_lps_mm.tolist())
    judge, shape = sitk.LabelStatisticsImageFilter(), sitk.LabelShapeStatisticsImageFilter()
    judge.Execute(image, labels)
    shape.Execute(labels)
    assert found.voxels == judge.GetCount(1) == values.size
    assert found.ml == pytest.approx(shape.GetPhysicalSize(1) / 1000)
    assert found.hu.mean_hu == pytest.approx(judge.GetMean(1), abs=1e-9)
    if values.size > 1:
        assert found.hu.sd_hu == pytest.approx(judge.GetSigma(1), rel=1e-9)
    assert (found.hu.min_hu, found.hu.max_hu) == (judge.GetMinimum(1), judge.GetMaximum(1))
    assert found.hu.percentiles_hu == pytest.approx(np.percentile(values, PERCENTS), abs=1e-9)
    assert found.hu.median_hu == np.median(values)
    assert found.centroid_lps_mm == pytest.approx(shape.GetCentroid(1), abs=1e-9)
    assert found.components == ndimage.label(voxels)[1]


def test_a_box_holds_the_outer_faces_and_touches_them_on_an_oblique_grid():
    volume = volume_of(noise(SHAPE, 2), (1.5, 0.8, 0.7), OBLIQUE)
    voxels = np.zeros(SHAPE, bool)
    voxels[3:7, 2:5, 60:70] = random(1, 0.5, (4, 3, 10))
    voxels[3, 2, 60] = voxels[6, 4, 69] = True
    found = statistics(volume, BitMask.from_bool(voxels))
    kji = np.argwhere(voxels)
    low, high = kji.min(axis=0) - 0.5, kji.max(axis=0) + 0.5
    corners = [
        (i, j, k) for k in (low[0], high[0]) for j in (low[1], high[1]) for i in (low[2], high[2])
    ]
    points = volume.grid.lps_mm(np.array(corners))
    assert found.low_lps_mm == pytest.approx(points.min(axis=0))
    assert found.high_lps_mm == pytest.approx(points.max(axis=0))
    assert found.centroid_lps_mm == pytest.approx(volume.grid.lps_mm(kji[:, ::-1]).mean(axis=0))


def test_what_was_never_measured_has_no_value_but_a_volume():
    unread, voxels = random(4, 0.4), random(5, 0.4)
    hu = np.where(unread, -32768, noise(SHAPE, 2))
    volume = volume_of(hu, padding=BitMask.from_bool(unread))
    found = statistics(volume, BitMask.from_bool(voxels))
    assert found.voxels == voxels.sum()
    assert found.hu.measured == (voxels & ~unread).sum()
    assert found.hu.mean_hu == pytest.approx(hu[voxels & ~unread].mean())
    gone = statistics(volume, BitMask.from_bool(unread))
    assert gone.hu is None
    assert gone.centroid_lps_mm is not None


def test_an_empty_mask_has_no_place_and_one_voxel_no_spread():
    volume = volume_of(noise(SHAPE, 2), (2.0, 1.0, 0.5))
    none = statistics(volume, BitMask.empty(SHAPE))
    assert (none.voxels, none.ml, none.hu, none.components) == (0, 0.0, None, 0)
    assert (none.low_lps_mm, none.high_lps_mm, none.centroid_lps_mm) == (None, None, None)
    voxels = np.zeros(SHAPE, bool)
    voxels[2, 3, 64] = True
    one = statistics(volume, BitMask.from_bool(voxels))
    value = volume.hu[2, 3, 64]
    assert (one.hu.mean_hu, one.hu.sd_hu, one.hu.median_hu) == (value, 0.0, value)
    assert np.subtract(one.high_lps_mm, one.low_lps_mm) == pytest.approx([0.5, 1.0, 2.0])


@settings(max_examples=60, deadline=None)
@given(masks(), st.integers(0, 99))
def test_histograms_are_counted_whatever_the_shape(voxels, seed):
    hu = np.random.default_rng(seed).integers(-32768, 32768, voxels.shape).astype(np.int16)
    volume, mask = Volume(hu, volume_of(hu).grid), BitMask.from_bool(voxels)
    with threads(3):
        counts = histogram_under(volume, mask)
    assert np.array_equal(counts, np.bincount(hu[voxels].astype(int) + 32768, minlength=65536))
    numbers = hu_numbers(counts)
    if numbers is not None:
        assert numbers.percentiles_hu == pytest.approx(
            np.percentile(hu[voxels].astype(float), PERCENTS)
        )
        kji = np.argwhere(voxels)
        assert bounds_kji(mask) == (tuple(kji.min(axis=0)), tuple(kji.max(axis=0)))


def test_areas_are_those_of_a_ball():
    radius_mm, spacing = 14.0, (1.0, 0.7, 0.7)
    shape = (40, 56, 60)
    volume = volume_of(np.zeros(shape), spacing)
    kji = np.moveaxis(np.indices(shape), 0, -1)
    points = volume.grid.lps_mm(kji[..., ::-1].reshape(-1, 3))
    far = np.linalg.norm(points - volume.grid.centre_lps_mm, axis=1).reshape(shape)
    hu = np.clip((radius_mm - far) * 500, -500, 500).astype(np.int16)
    volume = Volume(hu, volume.grid)
    mesh = iso_surface(volume, BitMask.from_bool(hu >= 0), -0.5)
    assert area_mm2(mesh) == pytest.approx(4 * math.pi * radius_mm**2, rel=0.01)
    assert area_mm2(iso_surface(volume, BitMask.empty(shape), None)) == 0.0


def test_it_stops_when_it_is_told_to():
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        statistics(volume_of(noise(SHAPE, 2)), BitMask.from_bool(random(1, 0.5)), stop)
