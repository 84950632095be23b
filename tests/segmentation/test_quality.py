"""The quality sheet on bodies whose faults are known; opening and holes against SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import ndimage

from segmentation.errors import Cancelled
from segmentation.mask import BitMask
from segmentation.quality import Border, borders, cavities, quality, quality_findings, thinner_than
from segmentation.surface import iso_surface
from tests.segmentation.random_masks import OBLIQUE, masks, noise, volume_of

SHAPE = (40, 44, 70)
VOLUME = volume_of(np.zeros(SHAPE))
K, J, X = np.indices(SHAPE)


def ball(k, j, i, radius):
    return (K - k) ** 2 + (J - j) ** 2 + (X - i) ** 2 <= radius**2


BALL = ball(20, 22, 34, 12)
CAVITY = BALL & ~ball(20, 22, 34, 3)
SHEET = (K == 20) & (abs(J - 22) < 15) & (abs(X - 34) < 25)
APART = ball(20, 22, 16, 9) | ball(20, 22, 50, 9)


def sheet_of(voxels, volume=VOLUME, surface=None):
    return quality(volume, BitMask.from_bool(voxels), surface)


def codes(voxels):
    return [one.code for one in quality_findings(sheet_of(voxels), "it")]


def test_a_sound_body_has_nothing_to_tell():
    sheet = sheet_of(BALL)
    assert (sheet.components, sheet.cavities, sheet.borders, sheet.deviation_mm) == (1, 0, (), 0.0)
    assert sheet.leak_ratio < 0.02
    assert codes(BALL) == []


def test_each_fault_is_told_with_its_number():
    assert sheet_of(APART).components == 2
    assert "segment-in-parts" in codes(APART)
    assert sheet_of(CAVITY).cavities == 1
    assert codes(CAVITY) == ["segment-has-cavities"]
    assert sheet_of(SHEET).leak_ratio == 1.0
    assert codes(SHEET)[:2] == ["segment-may-leak", "segment-is-thin"]
    cut = np.roll(BALL, 14, axis=2) & (X < 69) | ball(20, 22, 69, 8)
    assert Border.LAST_COLUMN in sheet_of(cut).borders
    assert "segment-cut-off" in codes(cut)


def test_a_thin_piece_is_found_where_it_is():
    thin = SHEET | ball(20, 22, 34, 10)
    sheet = sheet_of(thin)
    assert sheet.thin_ml == pytest.approx((SHEET & ~ball(20, 22, 34, 10)).sum() / 1000, rel=0.1)
    spike = ball(20, 22, 20, 12) | ((abs(K - 20) < 1) & (abs(J - 22) < 1) & (X > 20) & (X < 68))
    at = VOLUME.grid.ijk(np.array([sheet_of(spike).thin_at_lps_mm]))[0]
    assert at == pytest.approx([49.5, 22, 20], abs=1.5)


def test_faces_of_the_scan_have_their_names():
    for axis in range(3):
        for n, at in enumerate((0, SHAPE[axis] - 1)):
            voxels = np.zeros(SHAPE, bool)
            where = [20, 22, 34]
            where[axis] = at
            voxels[tuple(where)] = True
            assert borders(BitMask.from_bool(voxels)) == (list(Border)[2 * axis + n],)
    assert len(borders(BitMask.from_bool(np.ones(SHAPE, bool)))) == 6
    assert borders(BitMask.empty(SHAPE)) == ()


@settings(max_examples=40, deadline=None)
@given(masks())
def test_cavities_and_openings_are_scipy_s(voxels):
    mask = BitMask.from_bool(voxels)
    assert cavities(mask) == ndimage.label(ndimage.binary_fill_holes(voxels) & ~voxels)[1]
    cross = ndimage.generate_binary_structure(3, 1)  # the ball of one voxel
    # Outside the scan counts as inside, as for every shrinking here.
    wide = np.pad(voxels, 2, constant_values=True)
    core = ndimage.binary_erosion(wide, cross)[2:-2, 2:-2, 2:-2] & voxels
    opened = ndimage.binary_dilation(core, cross)
    volume = volume_of(np.zeros(voxels.shape))
    assert np.array_equal(thinner_than(volume.grid, mask, 1.0).to_bool(), voxels & ~opened)


def test_a_surface_that_left_its_mask_is_told():
    volume = volume_of(
        np.clip((12.0 - np.sqrt((K - 20) ** 2 + (J - 22) ** 2 + (X - 34) ** 2)) * 300, -900, 900)
    )
    mask = BitMask.from_bool(volume.hu >= 0)
    near = quality(volume, mask, iso_surface(volume, mask, -0.5))
    assert 0.0 < near.deviation_mm < 1.0
    far = iso_surface(volume, BitMask.from_bool(ball(20, 22, 34, 15)), None)
    off = quality(volume, mask, far)
    assert off.deviation_mm == pytest.approx(3.0, abs=0.6)
    assert "surface-off-mask" in [one.code for one in quality_findings(off, "it")]


def test_empty_full_and_one_voxel_have_a_sheet():
    empty = sheet_of(np.zeros(SHAPE, bool))
    assert (empty.components, empty.leak_ratio, empty.thin_at_lps_mm) == (0, 0.0, None)
    assert quality_findings(empty, "it") == ()
    full = sheet_of(np.ones(SHAPE, bool))
    assert (full.components, full.leak_ratio) == (1, 0.0)
    one = np.zeros(SHAPE, bool)
    one[3, 4, 5] = True
    assert sheet_of(one).leak_ratio == 1.0


def test_an_opening_is_at_least_a_voxel():
    coarse = volume_of(noise((9, 30, 70), 1), (5.0, 0.7, 0.7), OBLIQUE)
    sheet = quality(coarse, BitMask.from_bool(coarse.hu > 0), None)
    assert sheet.opening_mm == 5.0


def test_it_stops_when_it_is_told_to():
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        quality(VOLUME, BitMask.from_bool(BALL), None, stop)
