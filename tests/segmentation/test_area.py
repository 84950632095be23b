"""The area of a tool against a slow twin of booleans; what others hold; JSON there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.area import EVERYWHERE, HU_MAX, HU_MIN, Area, Overlap, area_of
from segmentation.effects.effect import Outcome, Part, SegmentView
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.volume import Volume
from segmentation.within import within
from tests.segmentation.random_masks import OBLIQUE, mask_is_sound, noise, volume_of

SHAPE = (6, 7, 70)
VOLUME = volume_of(noise(SHAPE, 3), (1.5, 0.8, 0.7), OBLIQUE)


def random(seed, share=0.4):
    return np.random.default_rng(seed).random(SHAPE) < share


BEFORE, MADE = random(1), random(2)
OTHERS = {"bone": random(3), "skin": random(4, 0.7), "metal": random(5, 0.1)}


def view_of(volume=VOLUME, before=BEFORE):
    others = {name: BitMask.from_bool(voxels) for name, voxels in OTHERS.items()}
    return SegmentView(volume, BitMask.from_bool(before), name="own", others=others)


def box_of(low_ijk, high_ijk):
    corners = VOLUME.grid.lps_mm(np.array([low_ijk, high_ijk], float))
    return tuple(tuple(corner) for corner in corners.tolist())


def in_box(low_ijk, high_ijk):
    inside = np.zeros(SHAPE, bool)
    (i0, j0, k0), (i1, j1, k1) = low_ijk, high_ijk
    inside[k0 : k1 + 1, j0 : j1 + 1, i0 : i1 + 1] = True
    return inside


LOW, HIGH = (3, 1, 0), (64, 5, 3)
AREAS = {
    "everywhere": (EVERYWHERE, np.ones(SHAPE, bool)),
    "inside": (Area(inside="skin"), OTHERS["skin"]),
    "inside own": (Area(inside="own"), BEFORE),
    "outside": (Area(outside=("bone", "metal")), ~OTHERS["bone"] & ~OTHERS["metal"]),
    "outside own": (Area(outside=("own",)), ~BEFORE),
    "range": (Area(lower_hu=0, upper_hu=500), (VOLUME.hu >= 0) & (VOLUME.hu <= 500)),
    "above": (Area(lower_hu=100), VOLUME.hu >= 100),
    "box": (Area(box_lps_mm=box_of(LOW, HIGH)), in_box(LOW, HIGH)),
    "box turned": (Area(box_lps_mm=box_of(HIGH, LOW)), in_box(LOW, HIGH)),
    "box beyond": (
        Area(box_lps_mm=box_of((-9, -9, -9), (200, 2, 2))), in_box((0, 0, 0), (69, 2, 2))
    ),
    "all": (
        Area("skin", ("bone",), -200, 900, box_of(LOW, HIGH)),
        OTHERS["skin"] & ~OTHERS["bone"] & (VOLUME.hu >= -200) & (VOLUME.hu <= 900)
        & in_box(LOW, HIGH),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AREAS)
def test_only_voxels_of_the_area_change(name):
    area, allowed = AREAS[name]
    made = within(area, view_of(), Outcome(BitMask.from_bool(MADE)))
    assert np.array_equal(made.mask.to_bool(), np.where(allowed, MADE, BEFORE))
    assert mask_is_sound(made.mask)
    assert made.parts == ()


def test_what_was_never_measured_lies_in_no_range():
    unread = random(9, 0.3)
    volume = Volume(VOLUME.hu, VOLUME.grid, BitMask.from_bool(unread))
    area = Area(lower_hu=-500)
    made = within(area, view_of(volume), Outcome(BitMask.from_bool(MADE)))
    allowed = (VOLUME.hu >= -500) & ~unread
    assert np.array_equal(made.mask.to_bool(), np.where(allowed, MADE, BEFORE))


@pytest.mark.parametrize("locked", [(), ("bone",), ("bone", "skin", "metal")])
@pytest.mark.parametrize("name", ["everywhere", "range", "box"])
def test_taking_takes_from_the_unlocked_only_and_sparing_from_nobody(name, locked):
    limited, allowed = AREAS[name]
    after = np.where(allowed, MADE, BEFORE)
    added = after & ~BEFORE
    area = Area(lower_hu=limited.lower_hu, upper_hu=limited.upper_hu,
                box_lps_mm=limited.box_lps_mm, overlap=Overlap.TAKE)  # fmt: skip
    made = within(area, view_of(), Outcome(BitMask.from_bool(MADE)), locked)
    kept = np.any([OTHERS[n] for n in locked], axis=0) if locked else np.zeros(SHAPE, bool)
    wanted = after & ~(added & kept)
    assert np.array_equal(made.mask.to_bool(), wanted)
    left = {part.name: part.mask.to_bool() for part in made.parts}
    assert set(left) == set(OTHERS) - set(locked)
    for one, voxels in left.items():
        assert np.array_equal(voxels, OTHERS[one] & ~(wanted & ~BEFORE))

    spare = Area(lower_hu=area.lower_hu, upper_hu=area.upper_hu, box_lps_mm=area.box_lps_mm,
                 overlap=Overlap.SPARE)  # fmt: skip
    spared = within(spare, view_of(), Outcome(BitMask.from_bool(MADE)), locked)
    everyone = np.any(list(OTHERS.values()), axis=0)
    assert np.array_equal(spared.mask.to_bool(), after & ~(added & everyone))
    assert spared.parts == ()


def test_parts_of_a_tool_are_held_by_the_same_area_and_are_no_bystanders():
    area, allowed = AREAS["range"]
    area = Area(lower_hu=area.lower_hu, upper_hu=area.upper_hu, overlap=Overlap.TAKE)
    halves = Part("bone", BitMask.from_bool(MADE & OTHERS["bone"])), Part("new", view_of().mask)
    made = within(area, view_of(), Outcome(BitMask.from_bool(MADE), (1, 2), halves))
    parts = {part.name: part.mask.to_bool() for part in made.parts}
    bone = np.where(allowed, MADE & OTHERS["bone"], OTHERS["bone"])
    new = BEFORE & allowed
    assert np.array_equal(parts["bone"], bone)
    assert np.array_equal(parts["new"], new)
    added = (np.where(allowed, MADE, BEFORE) & ~BEFORE) | new
    assert np.array_equal(parts["skin"], OTHERS["skin"] & ~added)
    assert made.found_hu == (1, 2)


def test_a_part_that_does_not_change_is_none_and_a_locked_one_is_refused():
    far = Area(box_lps_mm=box_of((69, 6, 5), (69, 6, 5)))
    part = Part("bone", BitMask.from_bool(OTHERS["bone"] & (np.indices(SHAPE)[2] > 0)))
    made = within(far, view_of(), Outcome(BitMask.from_bool(MADE), parts=(part,)))
    assert made.parts == ()
    with pytest.raises(Refusal, match="segment-locked"):
        within(EVERYWHERE, view_of(), Outcome(view_of().mask, parts=(part,)), ("bone",))


def test_where_nothing_may_change_the_very_mask_stays():
    view = view_of()
    made = within(Area(lower_hu=HU_MAX), view, Outcome(BitMask.from_bool(MADE)))
    assert made.mask is view.mask
    with pytest.raises(Refusal, match="other-segment-unknown"):
        within(Area(inside="liver"), view, Outcome(BitMask.from_bool(MADE)))
    with pytest.raises(Refusal, match="range-empty"):
        Area(lower_hu=2, upper_hu=1)


names = st.text(min_size=1, max_size=5)
points = st.tuples(*[st.floats(-1e3, 1e3)] * 3)
areas = st.builds(
    lambda inside, outside, hu, box, overlap: Area(inside, outside, *sorted(hu), box, overlap),
    st.just("") | names, st.lists(names, max_size=3).map(tuple),
    st.tuples(*[st.integers(HU_MIN, HU_MAX)] * 2), st.none() | st.tuples(points, points),
    st.sampled_from(Overlap),
)  # fmt: skip


@given(areas)
def test_an_area_comes_back_from_its_record(area):
    assert area_of(area.record()) == area
    assert (area.record() == {}) == area.is_everywhere


@pytest.mark.parametrize(
    "record",
    [
        None, [], "x", {"where": 1}, {"hu": [1]}, {"hu": [0.5, 2]}, {"outside": "bone"},
        {"inside": 3}, {"box_lps_mm": [[0, 0], [1, 1]]}, {"overlap": "mix"}, {"outside": 3},
        {"box_lps_mm": [[0, 0, 0], [1, 1, float("nan")]]}, {"hu": None},
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused(record):
    with pytest.raises(Refusal, match="area-unreadable"):
        area_of(record)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 99), st.sampled_from(Overlap), st.integers(-800, 800), st.booleans())
def test_bystanders_lose_only_what_was_added(seed, overlap, lower_hu, is_locked):
    before, wanted = random(seed), random(seed + 1000)
    area = Area(lower_hu=lower_hu, overlap=overlap)
    locked = ("skin",) if is_locked else ()
    view = view_of(before=before)
    made = within(area, view, Outcome(BitMask.from_bool(wanted)), locked)
    after = made.mask.to_bool()
    assert not ((after != before) & (VOLUME.hu < lower_hu)).any()
    assert not ((after != before) & (after != wanted)).any()
    for part in made.parts:
        assert part.name not in locked
        lost = OTHERS[part.name] & ~part.mask.to_bool()
        assert lost.any()
        assert not (lost & ~(after & ~before)).any()
        assert not (part.mask.to_bool() & ~OTHERS[part.name]).any()
