"""Clearances and bone margins against phantoms of which every distance is known."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from planning.geometry.rigid import Rigid
from planning.measures import Flag, MeasureView, NotMeasured
from planning.measures.bone_margin import ENTRY_MM
from planning.measures.surfaces import Surfaces, mask_bound_mm, sub_voxel_bound_mm
from planning.model.item import ItemId, SegmentId
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.measures.making import (
    THRESHOLD,
    case_of,
    filled,
    grid_about,
    numbers,
    segment_of,
    volume_of,
)

TURN = Rigid.turn([3, -1, 2], 31)
BLOCK_MM = np.array([20.0, 24.0, 30.0])
SCREW_MM = 4.0


@cache
def block_case(is_turned, noise_hu=0.0, centre=(5.3, -7.1, 100.2)):
    """A block of bone (its middle at `centre`, its sides along a turned frame) in soft tissue."""
    frame = TURN if is_turned else Rigid.identity()
    grid = grid_about(centre, (44, 50, 50))

    def is_bone(points):
        return (np.abs((points - np.array(centre)) @ frame.rotation) <= BLOCK_MM / 2).all(axis=1)

    volume = volume_of(grid, filled(grid, is_bone), noise_hu)
    bone = segment_of(volume, "bone")
    return case_of(volume, [bone]), Rigid(frame.rotation, np.array(centre))


def screw(frame, entry, target, diameter=SCREW_MM, name="screw"):
    ends = (tuple(frame.points(np.array(p, float)).tolist()) for p in (entry, target))
    return Trajectory(ItemId(name), name, *ends, diameter, SegmentId("id-bone"))


@pytest.mark.hazard("HAZ-30")
@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("margin", [-0.1, 0.1, 2.0, -1.5])
def test_a_screw_in_a_block_clears_or_breaches_the_wall_it_was_built_for(is_turned, margin):
    """Along z from above the block, `margin` from its +x wall, tip 8 mm short of the far face."""
    case, frame = block_case(is_turned)
    x = BLOCK_MM[0] / 2 - SCREW_MM / 2 - margin
    item = screw(frame, (x, 0, BLOCK_MM[2] / 2), (x, 0, -BLOCK_MM[2] / 2 + 8))
    found = numbers(case, item)["bone_margin"]
    assert found.value == pytest.approx(margin, abs=0.1)
    assert (found.value < 0) == (margin < 0)
    assert found.uncertainty_mm == pytest.approx(0.2)
    assert found.flags == ()


@pytest.mark.parametrize("margin", [-0.3, 0.3, 2.5])
def test_a_tip_counts_as_much_as_the_side(margin):
    case, frame = block_case(True)
    item = screw(frame, (0, 0, BLOCK_MM[2] / 2), (0, 0, -BLOCK_MM[2] / 2 + margin))
    assert numbers(case, item)["bone_margin"].value == pytest.approx(margin, abs=0.2)


def test_the_first_millimetres_behind_the_entry_do_not_count():
    """A screw along the axis: where it enters, its own hole is no breach."""
    case, frame = block_case(True)
    deep = numbers(case, screw(frame, (0, 0, 15), (0, 0, 7)))["bone_margin"]
    assert deep.value == pytest.approx(min(ENTRY_MM, 10 - SCREW_MM / 2), abs=0.2)
    from_outside = numbers(case, screw(frame, (0, 0, 19), (0, 0, 7)))["bone_margin"]
    assert from_outside.value == pytest.approx(deep.value, abs=0.01)
    short = numbers(case, screw(frame, (0, 0, 15), (0, 0, 10.05)))["bone_margin"]
    assert isinstance(short, NotMeasured)
    assert short.code == "measure-too-short"


def test_a_path_that_never_enters_the_bone_is_outside_by_its_furthest_point():
    case, frame = block_case(False)
    item = screw(frame, (12.5, 0, 9), (12.5, 0, -9))
    found = numbers(case, item)["bone_margin"].value
    assert found == pytest.approx(-(12.5 + 2 - 10), abs=0.15)


@pytest.mark.hazard("HAZ-30")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("radius", [1.2, 3.0])
def test_the_clearance_to_a_tube_is_the_axes_distance_less_both_radii(seed, radius):
    """Any slant, partial volume and noise: within the bound that is stated."""
    rng = np.random.default_rng(seed)
    grid = grid_about((0, 0, 0), (26, 36, 36), rotation=Rigid.turn(rng.normal(size=3), 50).rotation)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    centre = rng.uniform(-0.5, 0.5, 3)

    def is_vessel(points):
        off = points - centre
        return np.linalg.norm(off - np.outer(off @ axis, axis), axis=1) <= radius

    volume = volume_of(grid, filled(grid, is_vessel), noise_hu=25, seed=seed)
    across = np.cross(axis, rng.normal(size=3))
    across /= np.linalg.norm(across)
    along = np.cross(across, axis) + rng.uniform(-0.6, 0.6) * axis
    clearance = rng.uniform(0.2, 3.0)
    middle = centre + across * (radius + 0.8 + clearance)
    ends = (tuple((middle + sign * 4 * along).tolist()) for sign in (-1, 1))
    item = Trajectory(ItemId("t"), "t", *ends, 1.6)
    zone = NoGoZone(ItemId("z"), "z", SegmentId("id-vessel"), 0.75)
    for recipe, is_mask in ((THRESHOLD, False), ("", True)):
        vessel = segment_of(volume, "vessel", recipe)
        found = numbers(case_of(volume, [vessel], [item, zone]), item)["zone_clearance"]
        truth = clearance - zone.margin_mm
        assert found.other == "z"
        if is_mask:
            assert found.flags == (Flag.MASK_ONLY,)
            assert found.uncertainty_mm == mask_bound_mm(grid)
            assert found.value <= truth
            assert found.value >= truth - 2 * mask_bound_mm(grid)
        else:
            assert found.uncertainty_mm == sub_voxel_bound_mm(grid)
            assert abs(found.value - truth) <= found.uncertainty_mm


@pytest.mark.parametrize("clearance", [-0.1, 0.1, 1.3])
def test_a_ball_is_cleared_or_breached_as_it_was_built(clearance):
    centre, radius = np.array([1.3, -0.4, 0.2]), 6.0
    grid = grid_about((0, 0, 0), (24, 32, 46))
    volume = volume_of(
        grid, filled(grid, lambda points: np.linalg.norm(points - centre, axis=1) <= radius)
    )
    off = centre + np.array([radius + 1.0 + clearance, 0.0, 0.0])
    ends = (tuple((off + np.array([0, sign * 7.0, sign * 3.0])).tolist()) for sign in (-1, 1))
    item = Trajectory(ItemId("t"), "t", *ends, 2.0)
    zone = NoGoZone(ItemId("z"), "z", SegmentId("id-ball"), 0.0)
    found = numbers(case_of(volume, [segment_of(volume, "ball")], [item, zone]), item)
    assert found["zone_clearance"].value == pytest.approx(clearance, abs=0.09)
    assert (found["zone_clearance"].value < 0) == (clearance < 0)


def test_clearances_are_blind_to_the_patients_pose():
    """The same voxels on a turned and shifted grid, with the plan moved along."""
    case, frame = block_case(True, 25.0)
    item = screw(frame, (7.1, 1, 15), (6.2, -2, -9))
    zone = NoGoZone(ItemId("z"), "z", SegmentId("id-bone"), 1.0)
    free = screw(frame, (13, 0, 15), (14, 3, -9), name="free")
    here = [numbers(replace(case, plan=Plan((one, zone))), one) for one in (item, free)]
    motion = Rigid(Rigid.turn([1, -4, 2], 77).rotation, np.array([11.0, -320.0, 45.5]))
    old = case.volume.grid
    grid = replace(
        old,
        origin_lps_mm=motion.points(old.origin_lps_mm),
        direction=motion.rotation @ old.direction,
    )
    there_case = replace(case, volume=Volume(case.volume.hu, grid))
    for before, one in zip(here, (item, free), strict=True):
        moved = one
        for point in one.points:
            moved = moved.moved(point, tuple(motion.points(getattr(one, point)).tolist()))
        after = numbers(replace(there_case, plan=Plan((moved, zone))), moved)
        for name in ("zone_clearance", "bone_margin", "path_hu_mean"):
            # A breach is searched to 0.02 mm or 1 %, from sectors that lie elsewhere now.
            room = 1e-3 + (0.0 if before[name].value > 0 else 0.03 * abs(before[name].value) + 0.04)
            assert after[name].value == pytest.approx(before[name].value, abs=room)


@pytest.mark.hazard("HAZ-33")
def test_hidden_segments_count_as_much_as_shown_ones():
    case, frame = block_case(False)
    item = screw(frame, (13, 0, 9), (13, 0, -9))
    zone = NoGoZone(ItemId("z"), "z", SegmentId("id-bone"), 1.0)
    (bone,) = case.segments
    hidden = replace(bone, is_visible=False, opacity_ratio=0.0)
    shown = numbers(replace(case, plan=Plan((item, zone))), item)
    unseen = numbers(replace(case, segments=(hidden,), plan=Plan((item, zone))), item)
    assert unseen["zone_clearance"] == shown["zone_clearance"]


def test_what_has_no_surface_is_said_and_never_clear():
    case, frame = block_case(False)
    item = screw(frame, (0, 0, 9), (0, 0, -9))
    empty = segment_of(case.volume, "canal", mask=BitMask.empty(case.volume.grid.shape_kji))
    zones = [
        NoGoZone(ItemId("z1"), "canal", SegmentId("id-canal"), 1.0),
        NoGoZone(ItemId("z2"), "gone", SegmentId("id-gone"), 1.0),
    ]
    found = numbers(replace(case, segments=(empty,), plan=Plan((item, *zones))), item)
    assert [one.code for one in found["zone_clearance"]] == ["measure-no-surface"] * 2
    assert found["bone_margin"].code == "measure-no-surface"
    free = replace(item, segment_id=None)
    assert numbers(case, free)["bone_margin"].code == "measure-no-bone"


@pytest.mark.hazard("HAZ-20")
def test_a_surface_is_made_again_when_what_it_came_from_differs():
    case, _ = block_case(False)
    (bone,) = case.segments
    surfaces = Surfaces()
    first = surfaces.of(case, bone)
    assert surfaces.of(case, replace(bone, name="other", colour="#000000")) is first
    smaller = replace(bone, mask=BitMask.from_bool(case.volume.hu >= 900))
    assert surfaces.of(case, smaller) is not first
    by_hand = replace(bone, recipe=f'[{THRESHOLD},{{"set":{{}},"tool":"paint"}}]')
    assert surfaces.of(case, by_hand).is_mask_only
    assert not surfaces.of(case, bone).is_mask_only
    moved = replace(case, volume=Volume(case.volume.hu.copy(), case.volume.grid))
    kept = surfaces.of(case, bone)
    assert surfaces.of(moved, bone) is not kept
    view = MeasureView(replace(case, segments=()), surfaces)
    assert view.surfaces.of(replace(case, segments=(smaller,)), smaller) is not kept
