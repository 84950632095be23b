"""Tools that cut, combine and take apart, against NumPy and SciPy on boolean arrays."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from segmentation.effects.cut import Cut
from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.islands import Islands
from segmentation.effects.logic import Logic
from segmentation.effects.mask_by import MaskBy
from segmentation.effects.split_islands import SplitIslands
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.segmentation.random_masks import OBLIQUE, mask_is_sound, masks, noise, volume_of

HU = noise((9, 11, 130), 3)
VOLUME = volume_of(HU, (1.5, 0.8, 0.7), OBLIQUE)
ONE, TWO = HU > 100, np.roll(HU, 5, axis=2) > 250
FORMULAS = {
    "join": lambda a, b: a | b,
    "subtract": lambda a, b: a & ~b,
    "common": lambda a, b: a & b,
    "differ": lambda a, b: a ^ b,
    "copy": lambda _a, b: b,
    "invert": lambda a, _b: ~a,
}


def view_of(one, two=None, volume=None, name="Bone"):
    others = {} if two is None else {"Other": BitMask.from_bool(two)}
    volume = volume_of(np.zeros(one.shape)) if volume is None else volume
    return SegmentView(volume, BitMask.from_bool(one), name=name, others=others)


def result(effect, view):
    mask = effect.apply(view)
    assert mask_is_sound(mask)
    return mask.to_bool()


@pytest.mark.parametrize("operation", FORMULAS)
@given(one=masks(), seed=st.integers(0, 99), ratio=st.sampled_from((0.0, 0.3, 1.0)))
def test_logic_is_that_of_sets(operation, one, seed, ratio):
    two = np.random.default_rng(seed).random(one.shape) < ratio
    got = result(Logic(operation, "Other"), view_of(one, two))
    assert np.array_equal(got, FORMULAS[operation](one, two))


def test_inverted_twice_is_the_segment_and_padding_stays_out():
    padding = BitMask.from_bool(HU < -1000)
    volume = volume_of(HU, padding=padding)
    once = Logic("invert").apply(view_of(ONE, volume=volume))
    assert not (once & padding).words.size
    assert np.array_equal(result(Logic("invert"), view_of(once.to_bool(), volume=volume)), ONE)


def test_a_segment_that_is_not_there_is_refused():
    for effect in (Logic("join", "Nobody"), Logic("copy"), MaskBy("segment")):
        with pytest.raises(Refusal, match="other-segment-unknown"):
            effect.apply(view_of(ONE, TWO))


@pytest.mark.parametrize("region", ["segment", "range", "box"])
def test_inside_and_outside_of_a_region_part_the_segment(region):
    corners = VOLUME.grid.lps_mm(np.array([[20.2, 3.0, 6.4], [90.0, 8.9, 2.0]])).tolist()
    box = np.zeros(HU.shape, bool)
    box[2:7, 3:10, 20:91] = True
    wanted = {"segment": TWO, "range": (HU >= 180) & (HU <= 900), "box": box}[region]
    settings = {
        "region": region, "other": "Other", "lower_hu": 180, "upper_hu": 900,
        "corners_lps_mm": corners,
    }  # fmt: skip
    view = view_of(ONE, TWO, VOLUME)
    assert np.array_equal(result(MaskBy(keep="inside", **settings), view), ONE & wanted)
    assert np.array_equal(result(MaskBy(keep="outside", **settings), view), ONE & ~wanted)


def test_what_was_never_measured_is_in_no_range():
    volume = volume_of(HU, padding=BitMask.from_bool(TWO))
    got = result(MaskBy("range", lower_hu=-2000), view_of(ONE, volume=volume))
    assert np.array_equal(got, ONE & ~TWO)


def test_a_box_needs_both_corners_and_takes_no_third():
    with pytest.raises(Refusal, match="points-missing"):
        MaskBy("box", corners_lps_mm=((0.0, 0.0, 0.0),)).apply(view_of(ONE))
    with pytest.raises(Refusal, match="points-too-many"):
        MaskBy("box", corners_lps_mm=((0.0, 0.0, 0.0),) * 3)


def test_a_cut_keeps_either_side_or_both():
    point = tuple(VOLUME.grid.lps_mm(np.array([70.0, 5.0, 4.0])).tolist())
    view = view_of(ONE, TWO, VOLUME)
    ahead = result(Cut("axial", "ahead", (point,)), view)
    behind = result(Cut("axial", "behind", (point,)), view)
    k = np.arange(HU.shape[0])[:, None, None]
    assert np.array_equal(ahead, ONE & (k >= 4))
    assert np.array_equal(behind, ONE & (k < 4))
    made = outcome(Cut("axial", "both", (point,)), view)
    assert np.array_equal(made.mask.to_bool(), ahead)
    assert [part.name for part in made.parts] == ["Bone 2"]
    assert np.array_equal(made.parts[0].mask.to_bool(), behind)


def test_a_cut_beside_the_segment_makes_no_empty_one():
    made = outcome(Cut("axial", "both", ((0.0, 0.0, 9999.0),)), view_of(ONE, volume=VOLUME))
    assert not made.parts
    assert np.array_equal(made.mask.to_bool(), ONE)


def test_a_cut_by_three_points_is_that_by_their_direction():
    three = ((30.0, 0.0, 11.0), (60.0, 5.0, 14.0), (35.0, 30.0, 21.0))
    normal = np.cross(np.subtract(three[1], three[0]), np.subtract(three[2], three[0]))
    view = view_of(ONE, volume=VOLUME)
    by_points = result(Cut("points", three_lps_mm=three), view)
    by_direction = result(Cut("direction", point_lps_mm=three[:1], direction=normal), view)
    assert np.array_equal(by_points, by_direction)
    assert 0 < by_points.sum() < ONE.sum()
    with pytest.raises(Refusal, match="points-missing"):
        Cut("points", three_lps_mm=three[:2]).apply(view)


@given(voxels=masks((6, 8, 70)), least=st.sampled_from((0.0, 0.004, 0.02)))
def test_split_islands_are_those_of_scipy(voxels, least):
    ids, n = scipy.ndimage.label(voxels)
    sizes = np.bincount(ids.ravel(), minlength=n + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    wanted = [o for m, o in enumerate(order) if m == 0 or sizes[o] >= max(least * 1000, 1)]
    effect, view = SplitIslands(least), view_of(voxels)
    if len(wanted) > 50:
        with pytest.raises(Refusal, match="islands-too-many") as caught:
            effect.divided(view)
        assert caught.value.values["islands"] == len(wanted)
        return
    made = outcome(effect, view)
    masks_made = [made.mask, *(part.mask for part in made.parts)]
    assert [part.name for part in made.parts] == [f"Bone {m + 2}" for m in range(len(wanted) - 1)]
    if not n:
        assert made.mask.is_empty
        return
    for one, number in zip(masks_made, wanted, strict=True):
        assert mask_is_sound(one)
        assert np.array_equal(one.to_bool(), ids == number + 1)


def test_a_new_part_takes_no_name_that_is_taken():
    voxels = np.zeros((3, 3, 20), bool)
    voxels[1, 1, [2, 3, 8, 9, 10, 15]] = True
    view = view_of(voxels)
    taken = SegmentView(view.volume, view.mask, name="Bone", others={"Bone 2": view.mask})
    assert [p.name for p in SplitIslands(0.0).divided(taken).parts] == ["Bone 3", "Bone 4"]


def test_clicked_and_not_clicked_islands_part_the_segment():
    ids, _n = scipy.ndimage.label(ONE)
    kji = np.argwhere(ONE)[[0, 300]]
    seeds = tuple(map(tuple, VOLUME.grid.lps_mm(kji[:, ::-1]).tolist()))
    view = view_of(ONE, volume=VOLUME)
    clicked = np.isin(ids, ids[tuple(kji.T)])
    assert np.array_equal(result(Islands("clicked", seed_lps_mm=seeds), view), clicked)
    assert np.array_equal(result(Islands("unclicked", seed_lps_mm=seeds), view), ONE & ~clicked)
