"""Placing, dragging and choosing plan items through the window's own doors."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from app.commands.plan import PLACES
from app.main_window import MainWindow
from app.parts.rail import Step
from app.settings import Settings
from planning.case.case import Segment, SegmentId
from planning.case.edits import AddItem, AddSegment, RenameSegment, ReplaceMask, SetSegmentLook
from planning.case.seal import Seal
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from segmentation.mask import BitMask
from tests.app.conftest import SHAPE, block_case
from viewers.gestures.intents import (
    ItemPicked,
    PointDropped,
    PointGrabbed,
    PointMoved,
    PointPlaced,
    PointReleased,
)
from viewers.pipelines.plane import PlaneKind

pytestmark = [pytest.mark.qt, pytest.mark.gl]

UP = (0.0, 0.0, 1.0)
ENTRY, TARGET, THIRD = (-8.0, 0.0, 124.0), (6.0, 0.0, 124.0), (0.0, 4.0, 124.0)
WIRE = Trajectory(ItemId("w"), "K-wire 1", ENTRY, TARGET, 3.0, None)


@pytest.fixture
def plan(full_window: MainWindow) -> MainWindow:
    full_window.show_step(Step.PLAN)
    return full_window


@pytest.fixture
def wired(plan: MainWindow) -> MainWindow:
    assert plan.desk.do(AddItem(WIRE))
    return plan


def click(window, lps_mm, normal=UP, view=PlaneKind.AXIAL):
    window.stage.intent.emit(PointPlaced(lps_mm, view, normal))


def intend(window, *intents):
    for intent in intents:
        window.stage.intent.emit(intent)


def items(window):
    return window.desk.case.plan.items


def undo_words(window):
    return window.house.findChild(QLabel, "status_undo").text()


def test_an_item_is_one_step_at_its_last_click(plan):
    """One window for all kinds: each is undone before the next."""
    for kind, clicks, name in (
        (Landmark, (ENTRY,), "Landmark 1"),
        (Distance, (ENTRY, TARGET), "Distance 1"),
        (Angle, (ENTRY, TARGET, THIRD), "Angle 1"),
        (Trajectory, (ENTRY, TARGET), "Trajectory 1"),
        (CutPlane, (ENTRY, TARGET), "Cut 1"),
    ):
        is_placed_in_one_step(plan, kind, clicks, name)


def is_placed_in_one_step(plan, kind, clicks, name):
    plan.dispatcher.run(f"plan_add_{kind.kind}")
    assert plan.stage.state.tool == "place"
    for point in clicks[:-1]:
        click(plan, point)
        assert not items(plan), "nothing is added before the last click"
    click(plan, clicks[-1])
    (item,) = items(plan)
    assert type(item) is kind
    assert item.name == name
    if kind is not CutPlane:
        assert item.places_lps_mm == clicks
    assert plan.placing.chosen == item.id
    assert plan.stage.state.tool == "crosshair"
    assert undo_words(plan) == f"Undo: Add {name}"
    plan.dispatcher.run("undo")
    assert not items(plan)
    assert plan.desk.history.undo_title is None, "one step"


def test_a_trajectory_lies_in_the_chosen_segment_and_a_zone_has_its_name(plan):
    plan.dispatcher.run("plan_add_trajectory")
    click(plan, ENTRY)
    click(plan, TARGET)
    plan.dispatcher.run("plan_add_no_go_zone")
    wire, zone = items(plan)
    assert (wire.diameter_mm, wire.segment_id) == (3.0, "s0")
    assert (zone.name, zone.margin_mm, zone.segment_id) == ("Bone 0", 2.0, "s0")
    plan.dispatcher.run("plan_add_no_go_zone")
    assert items(plan)[-1].name == "No-go zone 1", "no two items share a name"
    plan.dispatcher.run("plan_add_trajectory")
    click(plan, ENTRY)
    click(plan, TARGET)
    assert items(plan)[-1].name == "Trajectory 2"
    assert items(plan)[-1].segment_id is None, "a zone is no bone to stay in"


def other_bone(plan, name="s1"):
    """Add a bone that holds what the first one doesn't, 12 mm higher."""
    voxels = np.zeros(SHAPE, bool)
    voxels[:3] = True
    return plan.desk.do(
        AddSegment(Segment(SegmentId(name), "Upper bone", BitMask.from_bool(voxels), "#47D7D9"))
    )


def test_a_path_and_a_cut_belong_to_the_bone_they_were_clicked_in(plan):
    assert other_bone(plan)
    plan.desk.select(SegmentId("s0"))
    for kind in ("trajectory", "cut_plane"):
        for height_mm, own in ((100.0, "s1"), (124.0, "s0")):
            plan.dispatcher.run(f"plan_add_{kind}")
            click(plan, (-8.0, 0.0, height_mm))
            click(plan, (6.0, 0.0, height_mm))
            assert items(plan)[-1].segment_id == own


def test_a_zone_is_not_put_on_the_bone_of_a_path(plan):
    assert other_bone(plan)
    plan.desk.select(SegmentId("s0"))
    plan.dispatcher.run("plan_add_trajectory")
    click(plan, ENTRY)
    click(plan, TARGET)
    plan.dispatcher.run("plan_add_no_go_zone")
    assert items(plan)[-1].segment_id == "s1"


@pytest.mark.hazard("HAZ-33")
def test_what_is_hidden_while_planning_is_seen_while_judging(wired):
    wired.dispatcher.run("hide_item")
    assert wired.stage.views.scene.plan.hidden == {WIRE.id}
    for step in (Step.CHECK, Step.HAND_OVER):
        wired.show_step(step)
        assert wired.stage.views.scene.plan.hidden == frozenset()
    wired.show_step(Step.PLAN)
    assert wired.stage.views.scene.plan.hidden == {WIRE.id}


def test_a_cut_holds_both_points_and_stands_square_to_the_slice(plan):
    plan.dispatcher.run("plan_add_cut_plane")
    forward = (0.0, 1.0, 0.0)
    click(plan, (-8.0, 0.0, 120.0), forward, PlaneKind.CORONAL)
    click(plan, (6.0, 0.0, 130.0), forward, PlaneKind.CORONAL)
    (cut,) = items(plan)
    normal = np.array(cut.normal_lps)
    for point in ((-8.0, 0.0, 120.0), (6.0, 0.0, 130.0), (6.0, 9.0, 130.0)):
        assert (np.array(point) - cut.point_lps_mm) @ normal == pytest.approx(0.0, abs=1e-9)
    plan.dispatcher.run("flip_plane")
    assert np.allclose(items(plan)[0].normal_lps, -normal)


def test_escape_gives_placing_up_and_leaves_nothing(plan):
    plan.dispatcher.run("plan_add_angle")
    click(plan, ENTRY)
    click(plan, TARGET)
    plan.dispatcher.run("escape")
    click(plan, THIRD)
    assert not items(plan)
    assert plan.placing.clicking.points == ()
    assert plan.stage.state.tool == "crosshair"
    assert plan.desk.history.undo_title is None


def test_placing_ends_with_what_takes_its_place(plan):
    ways = (
        (lambda: plan.dispatcher.run("hand_window"), "window"),
        (lambda: plan.show_step(Step.SEGMENT), "crosshair"),
        (plan.desk.clear, "crosshair"),
    )
    for other, tool in ways:
        plan.show_step(Step.PLAN)
        plan.dispatcher.run("plan_add_distance")
        click(plan, ENTRY)
        assert plan.placing.clicking.kind == "distance"
        other()
        assert plan.placing.clicking.kind == ""
        assert plan.stage.state.tool == tool


def test_two_clicks_in_one_place_are_said_and_the_last_may_be_clicked_again(plan):
    plan.dispatcher.run("plan_add_trajectory")
    click(plan, ENTRY)
    click(plan, ENTRY)
    assert "Trajectory 1" in plan.house.panels[Step.PLAN].footer.message.text
    assert plan.placing.clicking.points == (ENTRY,)
    click(plan, (900.0, 0.0, 124.0))
    assert not items(plan), "a point off the scan is refused"
    click(plan, TARGET)
    assert items(plan)[0].places_lps_mm == (ENTRY, TARGET)


def test_a_zone_without_a_segment_says_what_to_do(window):
    window.desk.lay_case(block_case(segments=0))
    window.dispatcher.run("plan_add_no_go_zone")
    assert window.step is Step.PLAN
    assert "Segment" in window.house.panels[Step.PLAN].footer.message.text
    assert not items(window)


def test_a_drag_is_one_step_called_by_the_item(wired):
    ends = [(5.0, 1.0, 124.0), (5.5, 2.0, 124.0), (6.0, 3.0, 124.0)]
    intend(wired, PointGrabbed(WIRE.id, "target_lps_mm"))
    for end in ends:
        intend(wired, PointMoved(WIRE.id, "target_lps_mm", end))
        assert items(wired)[0].target_lps_mm == end, "the plan follows the hand"
    intend(wired, PointReleased(WIRE.id, "target_lps_mm"))
    assert undo_words(wired) == "Undo: Move K-wire 1"
    wired.dispatcher.run("undo")
    assert items(wired) == (WIRE,)
    wired.dispatcher.run("redo")
    assert items(wired)[0].target_lps_mm == ends[-1]


def test_a_drag_that_is_given_up_leaves_all_as_it_was(wired):
    for way in ("escape", "dropped", "undo", "leave"):
        is_given_up_whole(wired, way)


def is_given_up_whole(wired, way):
    intend(wired, PointGrabbed(WIRE.id, "entry_lps_mm"))
    intend(wired, PointMoved(WIRE.id, "entry_lps_mm", (-9.0, 3.0, 124.0)))
    if way == "dropped":
        intend(wired, PointDropped(WIRE.id, "entry_lps_mm"))
    elif way == "leave":
        wired.show_step(Step.CHECK)
    else:
        wired.dispatcher.run(way)
    assert items(wired) == (WIRE,)
    assert wired.desk.history.undo_title == "Add plan item"
    intend(wired, PointMoved(WIRE.id, "entry_lps_mm", (-9.0, 5.0, 124.0)))
    intend(wired, PointReleased(WIRE.id, "entry_lps_mm"))
    assert items(wired) == (WIRE,), "the hand that still moves holds nothing"
    assert wired.desk.history.undo_title == "Add plan item"


def test_a_drag_off_the_scan_stays_at_the_last_good_place(wired):
    good = (7.0, 1.0, 124.0)
    intend(
        wired,
        PointGrabbed(WIRE.id, "target_lps_mm"),
        PointMoved(WIRE.id, "target_lps_mm", good),
        PointMoved(WIRE.id, "target_lps_mm", (700.0, 1.0, 124.0)),
    )
    assert wired.house.panels[Step.PLAN].footer.message is not None
    intend(wired, PointReleased(WIRE.id, "target_lps_mm"))
    assert items(wired)[0].target_lps_mm == good


def test_the_arrow_of_a_cut_turns_it(plan):
    cut = CutPlane(ItemId("c"), "Cut 1", (0.0, 0.0, 124.0), (0.0, 0.0, 1.0), "s0")
    plan.desk.do(AddItem(cut))
    intend(
        plan,
        PointGrabbed(cut.id, "normal"),
        PointMoved(cut.id, "normal", (20.0, 0.0, 124.0)),
        PointMoved(cut.id, "normal", (0.0, 20.0, 124.0)),
        PointReleased(cut.id, "normal"),
    )
    assert items(plan)[0].normal_lps == (0.0, 1.0, 0.0)
    assert undo_words(plan) == "Undo: Move Cut 1"
    plan.dispatcher.run("undo")
    assert items(plan) == (cut,)


def test_a_click_on_an_item_in_a_view_chooses_it(wired):
    wired.desk.do(AddItem(replace(WIRE, id=ItemId("v"), name="Other")))
    wired.placing.choose(WIRE.id)
    intend(wired, ItemPicked(ItemId("v")))
    assert wired.placing.chosen == "v"
    assert wired.stage.views.scene.plan.chosen == "v"
    intend(wired, ItemPicked(ItemId("gone")))
    assert wired.placing.chosen == "v"


def test_the_views_come_close_to_an_item(wired):
    wired.placing.take_to(WIRE.id)
    assert wired.stage.views.scene.crosshair_lps_mm == pytest.approx(WIRE.entry_lps_mm)
    wired.dispatcher.run("plan_add_no_go_zone")
    wired.placing.take_to(items(wired)[1].id)
    assert wired.stage.views.scene.crosshair_lps_mm == pytest.approx((0.0, 0.0, 123.0), abs=1.5)


def test_the_neighbour_is_chosen_when_an_item_goes(wired):
    for n in range(2):
        wired.desk.do(AddItem(replace(WIRE, id=ItemId(f"n{n}"), name=f"Wire {n}")))
    wired.placing.choose(ItemId("n0"))
    wired.dispatcher.run("delete_item")
    assert wired.placing.chosen == "n1"
    assert undo_words(wired) == "Undo: Delete Wire 0"
    wired.dispatcher.run("delete_item")
    assert wired.placing.chosen == WIRE.id
    wired.dispatcher.run("delete_item")
    assert wired.placing.chosen is None
    assert not wired.dispatcher.run("delete_item")


def test_the_key_for_deleting_means_what_the_step_is_about(wired):
    assert not wired.dispatcher.run("delete_segment"), "in the plan it means the item"
    wired.show_step(Step.SEGMENT)
    assert not wired.dispatcher.run("delete_item")
    assert "delete_segment" in wired.dispatcher.enabled()


def test_hiding_is_seen_in_the_views_and_is_no_edit(wired):
    before = wired.desk.case
    wired.dispatcher.run("hide_item")
    assert wired.stage.views.scene.plan.hidden == {WIRE.id}
    assert wired.desk.case is before
    wired.dispatcher.run("show_items")
    assert wired.stage.views.scene.plan.hidden == frozenset()


def test_looking_along_the_wire_follows_it_and_ends_with_the_choice(wired):
    wired.dispatcher.run("view_along")
    assert wired.placing.is_along
    assert "view_along" in wired.dispatcher.on()
    wired.dispatcher.run("view_along")
    assert not wired.placing.is_along
    wired.dispatcher.run("view_along")
    wired.dispatcher.run("duplicate_item")
    assert not wired.placing.is_along, "another item is chosen"
    wired.dispatcher.run("view_along")
    wired.show_step(Step.SEGMENT)
    assert not wired.placing.is_along


def test_handles_are_there_only_where_they_may_be_dragged(wired):
    assert wired.stage.views.scene.plan.has_handles
    wired.dispatcher.run("plan_add_landmark")
    assert not wired.stage.views.scene.plan.has_handles, "clicks place a point now"
    wired.dispatcher.run("escape")
    assert wired.stage.views.scene.plan.has_handles
    wired.show_step(Step.SEGMENT)
    assert not wired.stage.views.scene.plan.has_handles


def wait_for_numbers(window, qtbot):
    numbers = window.placing.numbers
    qtbot.waitUntil(
        lambda: all(numbers.is_current(item) for item in window.placing.items), timeout=120_000
    )


@pytest.mark.hazard("HAZ-20")
def test_a_number_is_current_only_for_what_it_was_measured_of(wired, qtbot):
    wired.dispatcher.run("plan_add_no_go_zone")
    wait_for_numbers(wired, qtbot)
    numbers, desk = wired.placing.numbers, wired.desk
    shown = {n.measure: n.shown for n in numbers.of(WIRE).numbers}
    assert float(shown["trajectory_length"]) == 14.0
    desk.do(SetSegmentLook("s0", opacity_ratio=0.5))
    assert numbers.is_current(WIRE), "a look is no input"
    smaller = np.zeros(SHAPE, bool)
    smaller[8:16, 10:20, 14:26] = True
    desk.do(ReplaceMask("s0", BitMask.from_bool(smaller)))
    assert not numbers.is_current(WIRE), "a mask changed that the zone stands on"
    assert numbers.gaps(WIRE) == ()
    wait_for_numbers(wired, qtbot)
    desk.do(RenameSegment("s0", "Nerve"))
    wait_for_numbers(wired, qtbot)
    zone = items(wired)[1]
    assert wired.placing.replace(zone, margin_mm=3.0)
    assert not numbers.is_current(items(wired)[0]), "the zone's margin moved"
    wait_for_numbers(wired, qtbot)
    wired.dispatcher.run("undo")
    assert not numbers.is_current(items(wired)[0])
    wait_for_numbers(wired, qtbot)
    assert numbers.gaps(items(wired)[0])


@pytest.mark.hazard("HAZ-20")
def test_a_drag_s_numbers_end_with_those_of_where_it_ended(wired, qtbot):
    wait_for_numbers(wired, qtbot)
    intend(wired, PointGrabbed(WIRE.id, "target_lps_mm"))
    for n in range(12):
        intend(wired, PointMoved(WIRE.id, "target_lps_mm", (6.0 + 0.5 * n, 0.0, 124.0)))
        assert not wired.placing.numbers.is_current(items(wired)[0]) or n == 0
    intend(wired, PointReleased(WIRE.id, "target_lps_mm"))
    wait_for_numbers(wired, qtbot)
    reading = wired.placing.numbers.of(WIRE)
    length = next(n for n in reading.numbers if n.measure == "trajectory_length")
    assert float(length.shown) == 19.5


def sealed(case):
    """Return the case with a seal that stands for its plan; nothing here verifies it."""
    seal = Seal(case.version, "A", "B", "2026-11-22T10:00:00+00:00", "0" * 64, "{}", "00", "", "ab")
    return replace(case, seals=(seal,), is_sealed=True)


def test_a_sealed_plan_stays_until_a_new_version_is_asked_for(wired):
    case = sealed(wired.desk.case)
    wired.desk.lay_case(case)
    for command in PLACES:
        assert not wired.dispatcher.run(command.id)
    for name in ("delete_item", "duplicate_item", "flip_plane"):
        assert not wired.dispatcher.run(name)
    intend(
        wired,
        PointGrabbed(WIRE.id, "target_lps_mm"),
        PointMoved(WIRE.id, "target_lps_mm", (7.0, 1.0, 124.0)),
        PointReleased(WIRE.id, "target_lps_mm"),
    )
    assert wired.desk.case is case
    assert not wired.stage.views.scene.plan.has_handles
    assert wired.dispatcher.run("view_along"), "looking is allowed"
    wired.desk.start_version()
    assert wired.stage.views.scene.plan.has_handles
    assert wired.dispatcher.run("delete_item")
    assert not wired.desk.case.is_sealed
    assert wired.desk.case.version == 2


@pytest.mark.parametrize("spoken", ["fr", "ar"])
def test_proposed_names_and_titles_are_in_the_user_s_language(plan, spoken):
    plan.rebuild(Settings(language=spoken))
    plan.dispatcher.run("plan_add_trajectory")
    click(plan, ENTRY)
    click(plan, TARGET)
    name = items(plan)[0].name
    assert name != "Trajectory 1"
    assert name.endswith("1")
    assert undo_words(plan).endswith(name)
    assert "Add" not in undo_words(plan)
