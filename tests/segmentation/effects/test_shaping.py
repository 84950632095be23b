"""Tools that shape: by true balls, holes, smoothing and slices, against SciPy, edt and formulas."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.effects.between_slices import BetweenSlices
from segmentation.effects.close_open import CloseOpen
from segmentation.effects.copy_slices import CopySlices
from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.fill_holes import FillHoles
from segmentation.effects.hollow import Hollow
from segmentation.effects.smooth import Smooth
from segmentation.effects.smooth_together import SmoothTogether
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.segmentation.random_masks import (
    SPACINGS,
    mask_is_sound,
    masks,
    noise,
    volume_of,
)

SPACING = (1.5, 0.8, 0.7)


def view_of(voxels, spacing=SPACING, volume=None, others=None):
    volume = volume_of(np.zeros(voxels.shape), spacing) if volume is None else volume
    others = {name: BitMask.from_bool(one) for name, one in (others or {}).items()}
    return SegmentView(volume, BitMask.from_bool(voxels), name="Bone", others=others)


def result(effect, view):
    mask = effect.apply(view)
    assert mask_is_sound(mask)
    return mask.to_bool()


def grown(voxels, spacing, radius_mm):
    if not voxels.any():
        return voxels
    return scipy.ndimage.distance_transform_edt(~voxels, spacing) <= radius_mm * (1 + 1e-9)


@settings(max_examples=60)
@given(voxels=masks(), spacing=st.sampled_from(SPACINGS), radius=st.sampled_from((0.8, 1.5, 2.6)))
def test_close_and_open_are_those_of_distance_maps_dual_and_idempotent(voxels, spacing, radius):
    close, opened = CloseOpen("close", radius), CloseOpen("open", radius)
    closed = result(close, view_of(voxels, spacing))
    assert np.array_equal(closed, ~grown(~grown(voxels, spacing, radius), spacing, radius))
    assert (closed | voxels).sum() == closed.sum()
    assert np.array_equal(result(close, view_of(closed, spacing)), closed)
    dual = ~result(opened, view_of(~voxels, spacing))
    assert np.array_equal(dual, closed)


@given(voxels=masks(), side=st.sampled_from(("inside", "outside", "both")))
def test_a_shell_lies_on_its_side_of_the_face(voxels, side):
    got = result(Hollow(2.0, side), view_of(voxels))
    wall = 1.0 if side == "both" else 2.0
    inner = voxels & ~grown(~voxels, SPACING, wall)
    outer = grown(voxels, SPACING, wall)
    wanted = {"inside": voxels & ~inner, "outside": outer & ~voxels, "both": outer & ~inner}
    assert np.array_equal(got, wanted[side])


@pytest.mark.parametrize(("plane", "axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
@given(voxels=masks((6, 9, 80)))
def test_holes_of_slices_are_those_of_scipy(plane, axis, voxels):
    wanted = np.moveaxis(voxels.copy(), axis, 0)
    for n, section in enumerate(wanted):
        wanted[n] = scipy.ndimage.binary_fill_holes(section)
    got = result(FillHoles(plane), view_of(voxels))
    assert np.array_equal(got, np.moveaxis(wanted, 0, axis))
    assert np.array_equal(result(FillHoles(plane), view_of(got)), got)


@given(voxels=masks((7, 9, 80)), most=st.sampled_from((0.0, 0.001, 0.003, 10.0)))
def test_small_cavities_are_filled_and_large_ones_stay(voxels, most):
    holes = scipy.ndimage.binary_fill_holes(voxels) & ~voxels
    ids, n = scipy.ndimage.label(holes)
    sizes = np.bincount(ids.ravel(), minlength=n + 1)
    small = np.flatnonzero(sizes <= most * 1000 + 1e-6)
    wanted = voxels | (holes & np.isin(ids, small[small > 0]))
    assert np.array_equal(result(FillHoles("small", most), view_of(voxels, (1.0,) * 3)), wanted)


@given(voxels=masks((7, 9, 80)))
def test_a_median_is_the_majority_of_27(voxels):
    padded = np.pad(voxels, 1, mode="edge").astype(int)
    nk, nj, ni = voxels.shape
    votes = sum(
        padded[k : k + nk, j : j + nj, i : i + ni]
        for k in range(3)
        for j in range(3)
        for i in range(3)
    )
    assert np.array_equal(result(Smooth(method="median"), view_of(voxels)), votes >= 14)


def ball(shape, spacing, centre_mm, radius_mm):
    at = (np.indices(shape).T * np.array(spacing)).T
    return sum((a - c) ** 2 for a, c in zip(at, centre_mm, strict=True)) <= radius_mm**2


def test_a_flow_rounds_a_ball_off_as_the_formula_says_and_keeps_a_wall():
    """A radius r loses sigma^2 / r; a wall of two voxels stays, which a Gaussian wipes out."""
    spacing = (1.0, 0.8, 0.8)
    voxels = ball((34, 42, 42), spacing, (16.5, 16.4, 16.4), 12.0)
    after = result(Smooth(2.0, "flow"), view_of(voxels, spacing))
    lost_mm = 12.0 - (after.sum() / voxels.sum()) ** (1 / 3) * 12.0
    assert lost_mm == pytest.approx(2.0**2 / 12.0, abs=0.2)
    wall = np.zeros((30, 30, 30), bool)
    wall[:, :, 14:16] = True
    assert result(Smooth(2.0, "flow"), view_of(wall, (1.0,) * 3))[15, 15, 14:16].all()
    assert not result(Smooth(2.0), view_of(wall, (1.0,) * 3)).any()


def test_a_flow_without_end_is_refused():
    voxels = np.ones((40, 40, 64), bool)
    with pytest.raises(Refusal, match="flow-too-long"):
        Smooth(10.0, "flow").apply(view_of(voxels, (0.05, 0.05, 0.05)))


@settings(max_examples=40)
@given(seed=st.integers(0, 999), sigma=st.sampled_from((0.4, 1.0, 2.0)))
def test_neighbours_smoothed_together_leave_no_gap_and_no_overlap(seed, sigma):
    random = np.random.default_rng(seed)
    ids = np.clip(noise((9, 13, 70), seed) // 400 + 2, 0, 3)
    one, two, three = (ids == n for n in (1, 2, 3))
    two = two | (random.random(two.shape) < 0.02)  # some overlap
    view = view_of(one, others={"B": two, "C": three, "D": ~one})
    made = outcome(SmoothTogether(("B", "C"), sigma), view)
    assert [part.name for part in made.parts] == ["B", "C"]
    got = [made.mask.to_bool(), *(part.mask.to_bool() for part in made.parts)]
    union = result(Smooth(sigma), view_of(one | two | three))
    assert np.array_equal(sum(mask.astype(int) for mask in got), union.astype(int))


def test_a_flat_border_between_neighbours_stays_and_noise_on_it_goes():
    one = np.zeros((20, 20, 40), bool)
    one[:, :, :20] = True
    rough = one.copy()
    rough[10, 10, 20:23] = True
    rough[5, 12, 18:20] = False
    made = outcome(SmoothTogether(("B",), 1.5), view_of(rough, (1.0,) * 3, None, {"B": ~rough}))
    assert np.array_equal(made.mask.to_bool(), one)
    assert np.array_equal(made.parts[0].mask.to_bool(), ~one)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cone_comes_back_from_a_few_of_its_slices(axis):
    """Every fifth slice of a slanted cone is drawn; the rest is right to a voxel of its rim."""
    shape = np.roll((41, 50, 60), axis)
    at = np.indices(shape) * 1.0
    n, a, b = (at[axis], *(at[m] for m in range(3) if m != axis))
    middle = [s / 2 for m, s in enumerate(shape) if m != axis]
    square = (a - middle[0] - 0.3 * (n - 20)) ** 2 + (b - middle[1]) ** 2
    cone = square <= (8 + 0.25 * n) ** 2
    drawn = np.zeros_like(cone)
    some = [slice(None)] * 3
    some[axis] = slice(0, 41, 5)
    drawn[tuple(some)] = cone[tuple(some)]
    got = result(BetweenSlices(), view_of(drawn, (1.0,) * 3))
    assert (got & drawn).sum() == drawn.sum()
    wrong = (got != cone).sum() / cone.sum()
    assert wrong < 0.03
    assert np.array_equal(result(BetweenSlices(), view_of(got, (1.0,) * 3)), got)


def test_shapes_that_do_not_overlap_are_joined_along_the_line_between_them():
    voxels = np.zeros((11, 20, 70), bool)
    voxels[0, 5:9, 5:9] = True
    voxels[10, 5:9, 45:49] = True
    got = result(BetweenSlices(), view_of(voxels, (1.0,) * 3))
    assert got[5, 5:9, 25:29].all()
    assert got.sum(axis=(1, 2)).tolist() == [16] * 11


def test_a_segment_without_gaps_stays():
    for one in (np.zeros((9, 11, 70), bool), np.ones((9, 11, 70), bool)):
        assert np.array_equal(result(BetweenSlices(), view_of(one)), one)


@pytest.mark.parametrize(("plane", "axis"), [("axial", 0), ("sagittal", 2)])
def test_a_slice_is_copied_within_the_range_and_the_scan(plane, axis):
    hu = noise((9, 12, 40), 4)
    volume = volume_of(hu, SPACING)
    voxels = np.zeros(hu.shape, bool)
    np.moveaxis(voxels, axis, 0)[7, 3:8, 2:9] = True
    at = np.zeros(3)
    at[2 - axis] = 7
    point = (tuple(volume.grid.lps_mm(at).tolist()),)
    effect = CopySlices(plane, 3, 2, lower_hu=100, point_lps_mm=point)
    wanted = np.moveaxis(voxels.copy(), axis, 0)
    source, dense = wanted[7].copy(), np.moveaxis(hu >= 100, axis, 0)
    for n in (5, 6, 8, 9, 10):
        if n < len(wanted):
            wanted[n] |= source & dense[n]
    got = result(effect, view_of(voxels, volume=volume))
    assert np.array_equal(got, np.moveaxis(wanted, 0, axis))
    at[2 - axis] = 0
    empty = (tuple(volume.grid.lps_mm(at).tolist()),)
    with pytest.raises(Refusal, match="slice-empty"):
        CopySlices(plane, point_lps_mm=empty).apply(view_of(voxels, volume=volume))


def test_ahead_is_superior_also_where_slices_run_down():
    down = np.diag([1.0, -1.0, -1.0])
    volume = volume_of(np.zeros((9, 12, 40)), SPACING, down)
    voxels = np.zeros((9, 12, 40), bool)
    voxels[4, 3:8, 2:9] = True
    point = (tuple(volume.grid.lps_mm(np.array([0.0, 0.0, 4.0])).tolist()),)
    got = result(CopySlices("axial", 2, 0, point_lps_mm=point), view_of(voxels, volume=volume))
    assert got.any(axis=(1, 2)).nonzero()[0].tolist() == [2, 3, 4]
