"""Drags, measures, keys and what they do to the common scene; no window."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segmentation.presets import windows
from viewers.gestures.changes import changed
from viewers.gestures.drags import (
    REACH_PX,
    CrosshairDrag,
    PanDrag,
    SeedDrag,
    StrokeDrag,
    TakeDrag,
    WindowDrag,
)
from viewers.gestures.intents import (
    CrosshairMoved,
    GreysInverted,
    MenuAsked,
    OverlaysToggled,
    PresetChosen,
    SeedsPlaced,
    SeedTaken,
    Tool,
    ToolChosen,
    ViewsReset,
    WindowChanged,
)
from viewers.gestures.measuring import Measure, Measuring
from viewers.gestures.scene import SliceScene
from viewers.gestures.slice_keys import intent_of_key
from viewers.pipelines.plane import PlaneKind, patient_plane, triple
from viewers.pipelines.slice import Window

PLANE = patient_plane(PlaneKind.AXIAL, (10.0, 20.0, 30.0), 0.5, (200, 100))


def test_crosshair_goes_where_the_pointer_is():
    moved = CrosshairDrag(PLANE).moved((120.0, 40.0))
    assert moved == CrosshairMoved((20.0, 15.0, 30.0))


def test_panning_is_counted_from_the_press():
    drag = PanDrag(PLANE, (50.0, 50.0))
    drag.moved((90.0, 10.0))
    assert drag.moved((60.0, 45.0)) == PLANE.panned(10.0, -5.0)


def test_window_drag_widens_to_the_right_and_raises_downwards():
    drag = WindowDrag(PLANE, (50.0, 50.0), Window(400.0, 40.0))
    assert drag.moved((51.0, 50.0)) is None
    assert drag.moved((60.0, 45.0)) == WindowChanged(420.0, 30.0)
    assert drag.moved((-900.0, 50.0)) == WindowChanged(1.0, 40.0)


def test_a_right_click_asks_for_the_menu_and_a_drag_does_not():
    click = WindowDrag(PLANE, (100.0, 50.0), Window(), asks_for_menu=True)
    click.moved((101.0, 51.0))
    assert click.released((100.0, 50.0)) == MenuAsked((10.0, 20.0, 30.0), PlaneKind.AXIAL)
    drag = WindowDrag(PLANE, (100.0, 50.0), Window(), asks_for_menu=True)
    drag.moved((130.0, 50.0))
    assert drag.released((100.0, 50.0)) is None


def test_seed_falls_where_the_button_goes_up():
    drag = SeedDrag(PLANE, (100.0, 50.0))
    drag.moved((102.0, 50.0))
    assert drag.released((102.0, 50.0)) == SeedsPlaced(((11.0, 20.0, 30.0),), (0.0, 0.0, 1.0))


def test_a_scribble_sets_seeds_along_its_way():
    drag = SeedDrag(PLANE, (100.0, 50.0))
    for x in range(101, 141):
        drag.moved((float(x), 50.0))
    placed = drag.released((140.0, 50.0)).points_lps_mm
    assert placed[0] == triple(PLANE.lps_mm((100.0, 50.0)))
    assert 5 <= len(placed) <= 7
    steps = np.diff(np.array(placed)[:, 0])
    assert (steps > 0.5 * 6.0).all()
    assert placed[-1][0] <= PLANE.lps_mm((140.0, 50.0))[0]


def test_a_seed_is_taken_back_within_reach_of_the_pointer():
    taken = TakeDrag(PLANE).released((102.0, 50.0))
    assert taken == SeedTaken((11.0, 20.0, 30.0), REACH_PX * PLANE.mm_per_px)


def test_stroke_keeps_its_ends_and_thins_what_lies_between():
    drag = StrokeDrag(PLANE, 4.0, is_erasing=True)
    for x in range(0, 101):
        drag.moved((float(x), 50.0))
    stroke = drag.released((100.5, 50.0))
    assert stroke.points_lps_mm[0] == triple(PLANE.lps_mm((0.0, 50.0)))
    assert stroke.points_lps_mm[-1] == triple(PLANE.lps_mm((100.5, 50.0)))
    assert 20 < len(stroke.points_lps_mm) < 50
    assert stroke.is_erasing
    assert stroke.radius_mm == 4.0


def test_distance_by_drag_and_by_clicks_is_in_millimetres():
    for second in ("drag", "click"):
        measuring = Measuring()
        measuring.pressed(PLANE, (10.0, 10.0), 2)
        if second == "click":
            measuring.released(PLANE, (10.0, 10.0))
            measuring.moved(PLANE, (40.0, 50.0))
            assert measuring.shown[-1].words == "25.0 mm"
            measuring.pressed(PLANE, (40.0, 50.0), 2)
        measuring.released(PLANE, (40.0, 50.0))
        assert [m.words for m in measuring.done] == ["25.0 mm"]
        assert measuring.under_way is None


def test_angle_takes_three_points():
    measuring = Measuring()
    measuring.pressed(PLANE, (10.0, 60.0), 3)
    measuring.released(PLANE, (10.0, 10.0))
    measuring.pressed(PLANE, (60.0, 60.0), 3)
    assert [m.words for m in measuring.done] == ["45.0°"]


def test_angles_without_a_leg_are_zero_and_open_measures_say_nothing():
    same = (0.0, 0.0, 0.0)
    assert Measure((same, same, (1.0, 0.0, 0.0)), 3).angle_deg == 0.0
    assert Measure((same,), 2).words == ""


def test_cancel_drops_the_open_measure_first_then_all():
    measuring = Measuring()
    measuring.pressed(PLANE, (10.0, 10.0), 2)
    measuring.released(PLANE, (40.0, 50.0))
    measuring.pressed(PLANE, (10.0, 10.0), 2)
    assert measuring.cancel()
    assert len(measuring.done) == 1
    assert measuring.cancel()
    assert not measuring.cancel()


@pytest.mark.parametrize(
    ("key", "has_shift", "meant"),
    [
        (Qt.Key.Key_Up, False, 1),
        (Qt.Key.Key_Down, True, -10),
        (Qt.Key.Key_R, False, ViewsReset()),
        (Qt.Key.Key_I, False, OverlaysToggled()),
        (Qt.Key.Key_I, True, GreysInverted()),
        (Qt.Key.Key_D, False, ToolChosen(Tool.DISTANCE)),
        (Qt.Key.Key_A, False, ToolChosen(Tool.ANGLE)),
        (Qt.Key.Key_4, False, PresetChosen(4)),
        (Qt.Key.Key_Q, False, None),
    ],
)
def test_keys_mean_what_the_manual_says(key, has_shift, meant):
    assert intent_of_key(key, has_shift) == meant


def test_crosshair_never_leaves_the_scan(balls):
    scene = SliceScene(case=balls)
    moved = changed(scene, CrosshairMoved((1e6, 0.0, -1e6)))
    corners = balls.volume.grid.corners_lps_mm
    assert moved.crosshair_lps_mm[0] == pytest.approx(corners[:, 0].max())
    assert moved.crosshair_lps_mm[2] == pytest.approx(corners[:, 2].min())


def test_every_window_preset_has_its_number():
    for number, preset in enumerate(windows(), 1):
        window = changed(SliceScene(), PresetChosen(number)).window
        assert (window.window_hu, window.level_hu) == (preset.window_hu, preset.level_hu)
    same = SliceScene()
    assert changed(same, PresetChosen(99)).window == same.window


def test_greys_stay_inverted_through_other_windows():
    scene = changed(changed(SliceScene(), GreysInverted()), WindowChanged(100.0, 0.0))
    assert scene.window == Window(100.0, 0.0, is_inverted=True)
    assert dataclasses.replace(scene, has_overlays=False) is not scene
    assert not changed(scene, OverlaysToggled()).has_overlays
