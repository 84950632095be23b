import json
from datetime import date

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app import language
from app.commands import COMMANDS, command_named
from app.main_window import dump_ui
from app.message import Message, of_error
from app.opening import Phase
from app.parts.banner import badges, scan_words
from app.parts.rail import Step
from app.settings import Settings
from planning.case.case import Kind, Outcome, Side
from segmentation.errors import Refusal
from tests.app.conftest import BLOCK, SHAPE, block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def text_of(window, name):
    widget = window.findChild(QLabel, name)
    assert widget is not None, name
    return widget.text()


def asks_a_person(command):
    return command.id in ("open_folder", "open_file", "take_picture", "save_copy")


def run_all(window):
    for command in COMMANDS:
        if asks_a_person(command):
            continue
        window.dispatcher.run(command.id)
        assert command.id  # reached: nothing was raised
        for dialog in QApplication.topLevelWidgets():
            if dialog.isModal() and dialog.isVisible():
                dialog.close()


def test_every_command_runs_on_an_empty_desk(window):
    run_all(window)


def test_every_command_runs_on_a_full_case(full_window, qtbot):
    run_all(full_window)
    qtbot.waitUntil(lambda: full_window.desk.tasks.is_idle, timeout=60_000)


def test_no_two_commands_share_a_name_or_a_key():
    names = [command.id for command in COMMANDS]
    # What means a segment in one step means a plan item in the Plan step.
    own = [command for command in COMMANDS if command.id not in ("hide_item", "delete_item")]
    keys = [command.shortcut for command in own if command.shortcut]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


def test_the_banner_says_who_lies_on_the_table(full_window, qtbot):
    qtbot.waitUntil(lambda: text_of(full_window, "banner_name") == "Example, Anna")
    assert text_of(full_window, "banner_born") == "1960-02-03"
    assert text_of(full_window, "banner_sex") == "F"
    assert full_window.house.banner.findChild(QWidget, "chip_side").accessibleName() == "LEFT side"
    state = full_window.house.banner.findChild(QWidget, "chip_state").accessibleName()
    assert state == "DRAFT · version 1"
    assert full_window.house.band.isHidden()


def test_the_scan_s_age_and_spacing_stand_in_the_banner():
    assert scan_words(block_case(), date(2026, 11, 22)) == "2020-05-06 · 6 years old · 2.0 mm"


@pytest.mark.hazard("HAZ-38")
def test_a_simulation_has_its_band_over_every_step(window):
    window.desk.lay_case(block_case(Kind.SIMULATION))
    for step in Step:
        window.show_step(step)
        assert window.house.band.isVisible()
    window.desk.clear()
    assert window.house.band.isHidden()


def test_what_a_scan_may_not_be_used_for_stays_in_the_banner():
    from dataclasses import replace

    case = block_case()
    seen = replace(case.source, outcome=Outcome.VIEW_ONLY, regularised_mm=1.2)
    assert badges(replace(case, source=seen)) == ("View only", "Regularised")
    assert badges(case) == ()


def test_after_the_case_is_closed_no_name_is_left_in_the_window(full_window):
    full_window.desk.clear()
    shown = [label.text() for label in full_window.findChildren(QLabel) if label.isVisible()]
    assert not any("Anna" in text or "CODE-7" in text for text in shown)


def test_renaming_hiding_and_deleting_are_edits_that_undo(full_window):
    desk, panel = full_window.desk, full_window.house.panels[Step.SEGMENT]
    full_window.show_step(Step.SEGMENT)
    row = panel._rows[0]
    row.start_rename()
    row._edit.setText("Scapula")
    row._edit.editingFinished.emit()
    assert desk.case.segments[0].name == "Scapula"
    full_window.dispatcher.run("hide_segment")
    assert not desk.case.segments[0].is_visible
    full_window.dispatcher.run("delete_segment")
    assert desk.case.segments == ()
    for _ in range(3):
        full_window.dispatcher.run("undo")
    assert desk.case.segments[0].name == "Bone 0"
    assert desk.case.segments[0].is_visible
    full_window.dispatcher.run("redo")
    assert desk.case.segments[0].name == "Scapula"


def test_a_range_previews_and_applies_what_numpy_counts(full_window, qtbot):
    tooling, desk = full_window.tooling, full_window.desk
    full_window.dispatcher.run("new_segment")
    full_window.dispatcher.run("open_threshold")
    tooling.set(lower_hu=500, upper_hu=900)
    qtbot.waitUntil(lambda: tooling.trial is not None, timeout=60_000)
    voxels = int(np.prod([part.stop - part.start for part in BLOCK]))
    assert tooling.trial.ml == pytest.approx(voxels * 2.0 / 1000)
    assert tooling.trial.islands == 1
    assert desk.case.segments[-1].mask.is_empty, "a preview is no edit"
    tooling.apply()
    qtbot.waitUntil(lambda: not tooling.name, timeout=60_000)
    truth = np.zeros(SHAPE, bool)
    truth[BLOCK] = True
    assert (desk.case.segments[-1].mask.to_bool() == truth).all()
    assert json.loads(desk.case.segments[-1].recipe)[-1]["tool"] == "threshold"
    assert desk.history.undo_title == "Threshold"
    full_window.dispatcher.run("undo")
    assert desk.case.segments[-1].mask.is_empty


def test_the_range_that_a_tool_found_is_shown_and_kept(full_window, qtbot):
    tooling, desk = full_window.tooling, full_window.desk
    full_window.dispatcher.run("new_segment")
    full_window.dispatcher.run("open_otsu")
    tooling.set(lower_hu=-1024)
    qtbot.waitUntil(lambda: tooling.trial is not None, timeout=60_000)
    lower_hu, upper_hu = tooling.trial.found_hu
    words = full_window.findChild(QLabel, "preview_line").text()
    assert f"{lower_hu} to {upper_hu} HU" in words
    tooling.apply()
    qtbot.waitUntil(lambda: not tooling.name, timeout=60_000)
    truth = np.zeros(SHAPE, bool)
    truth[BLOCK] = True
    assert (desk.case.segments[-1].mask.to_bool() == truth).all()
    step = json.loads(desk.case.segments[-1].recipe)[-1]
    assert step["found"] == {"lower_hu": lower_hu, "upper_hu": upper_hu}
    assert step["set"]["lower_hu"] == -1024


def test_a_cancelled_tool_leaves_nothing(full_window, qtbot):
    before = full_window.desk.case
    full_window.dispatcher.run("open_margin")
    qtbot.waitUntil(lambda: full_window.tooling.trial is not None, timeout=60_000)
    full_window.dispatcher.run("escape")
    assert full_window.tooling.name == ""
    assert full_window.desk.case is before


def test_a_stroke_is_one_edit_of_true_millimetres(full_window):
    desk, tooling = full_window.desk, full_window.tooling
    full_window.dispatcher.run("open_erase")
    before = desk.case.segments[0].mask.voxels
    centre = desk.case.volume.grid.centre_lps_mm
    tooling.draw(points_lps_mm=(tuple(float(v) for v in centre),), radius_mm=4.0)
    gone = before - desk.case.segments[0].mask.voxels
    assert gone == pytest.approx(4 / 3 * np.pi * 4.0**3 / 2.0, rel=0.15)
    full_window.dispatcher.run("undo")
    assert desk.case.segments[0].mask.voxels == before


def test_a_click_grows_and_a_refusal_stands_beside_the_tool(full_window, qtbot):
    tooling = full_window.tooling
    full_window.dispatcher.run("open_grow")
    tooling.place_seeds(((1000.0, 0.0, 0.0),))
    qtbot.waitUntil(lambda: tooling.problem is not None, timeout=60_000)
    assert not full_window.findChild(QPushButton, "tool_apply").isEnabled()
    centre = full_window.desk.case.volume.grid.centre_lps_mm
    tooling.set(seed_lps_mm=())
    tooling.place_seeds((tuple(float(v) for v in centre),))
    qtbot.waitUntil(lambda: tooling.trial is not None, timeout=60_000)
    assert tooling.trial.islands == 1


def test_one_button_is_filled_at_a_time(full_window, qtbot):
    full_window.show_step(Step.SEGMENT)

    def filled():
        buttons = full_window.house.findChildren(QPushButton)
        return [b.objectName() for b in buttons
                if b.isVisible() and b.property("role") == "primary"]  # fmt: skip

    qtbot.waitUntil(lambda: filled() == ["continue_plan"])
    full_window.dispatcher.run("open_smooth")
    qtbot.waitUntil(lambda: filled() == ["tool_apply"])


def test_a_message_stands_in_the_panel_that_is_shown_and_can_be_copied(full_window):
    full_window.show_step(Step.SEGMENT)
    full_window.desk.fail(Refusal("seed-missing", tool="grow"))
    footer = full_window.house.panels[Step.SEGMENT].footer
    assert footer.message == of_error(Refusal("seed-missing", tool="grow"))
    footer.findChild(QPushButton, "copy_message").click()
    assert "seed-missing" in QApplication.clipboard().text()
    assert QApplication.activeModalWidget() is None
    full_window.show_step(Step.PLAN)
    assert full_window.house.panels[Step.PLAN].footer.message is not None


def test_a_bug_is_said_without_its_words():
    said = of_error(ValueError("Example^Anna is the patient"))
    assert "Anna" not in said.copy_text
    assert said.code == "ValueError"


def test_dropping_a_folder_anywhere_starts_a_scan(window, tmp_path, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    drop = QDropEvent(
        QPointF(600, 400), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(drop)
    assert window.opening.phase is Phase.SCANNING
    qtbot.waitUntil(lambda: window.opening.phase is Phase.IDLE, timeout=60_000)
    message = window.house.panels[Step.OPEN].footer.message
    assert message.code == "no-image"
    assert message.tone == "block"


def test_cancelling_a_scan_brings_the_empty_page_back(window, tmp_path):
    window.open_path(tmp_path)
    window.house.panels[Step.OPEN].findChild(QPushButton, "cancel_task").click()
    assert window.opening.phase is Phase.IDLE
    assert window.desk.tasks.is_idle


def test_the_window_speaks_and_looks_otherwise_at_once(full_window, qtbot):
    full_window.show_step(Step.SEGMENT)
    full_window.rebuild(Settings(language="fr", theme="light"))
    assert full_window.step is Step.SEGMENT
    cell = full_window.house.findChild(QPushButton, "step_open")
    assert cell.accessibleName() == "Ouvrir"
    assert language.current() == "fr"
    full_window.rebuild(Settings(language="ar"))
    qtbot.wait(50)
    rail, panel = full_window.house.rail, full_window.house.panels[Step.SEGMENT]
    assert (
        rail.mapToGlobal(rail.rect().topLeft()).x() > panel.mapToGlobal(panel.rect().topLeft()).x()
    ), "the rail stands at the right"
    views = full_window.stage.views
    left = views.views["axial"].geometry().x()
    assert left < views.views["3d"].geometry().x(), "views are never mirrored"


def test_f6_goes_round_all_parts(full_window, qtbot):
    full_window.show_step(Step.SEGMENT)
    full_window.activateWindow()
    seen = []
    for _ in range(4):
        full_window.focus_next()
        focused = QApplication.focusWidget()
        regions = full_window.house.regions
        seen += [n for n, r in enumerate(regions) if r is focused or r.isAncestorOf(focused)]
    assert seen == [0, 1, 2, 3]


def test_every_control_has_a_name_to_say_and_to_find(full_window):
    for step in Step:
        full_window.show_step(step)
        for button in full_window.house.findChildren(QPushButton):
            assert button.objectName(), button.text()
            assert button.accessibleName(), button.objectName()


def test_the_map_holds_visible_controls_where_they_are(full_window, tmp_path):
    full_window.show_step(Step.SEGMENT)
    file = tmp_path / "map.json"
    dump_ui(full_window, file)
    places = json.loads(file.read_text())
    assert {"window", "tool_threshold", "step_open", "undo", "segment_s0"} <= set(places)
    assert "open_folder" not in places, "what is hidden is not there"
    _x, _y, width, height = places["tool_threshold"]
    tile = full_window.findChild(QPushButton, "tool_threshold")
    assert (width, height) == (tile.width(), tile.height())


def test_closing_joins_the_work_and_takes_the_case_away(full_window):
    full_window.dispatcher.run("open_threshold")
    full_window.close()
    assert full_window.desk.case is None
    assert full_window.desk.tasks.is_idle


def test_a_message_has_a_sign_beside_its_colour():
    assert {Message("x", tone).sign for tone in ("soft", "ok", "warn", "block")} == {
        "info", "check", "warning", "blocked",
    }  # fmt: skip


def test_a_case_that_was_declared_for_a_side_says_it_in_words(window):
    words = {Side.LEFT: "LEFT side", Side.RIGHT: "RIGHT side", Side.BOTH: "BOTH sides",
             Side.NONE: "No side"}  # fmt: skip
    for side, text in words.items():
        window.desk.lay_case(block_case(side=side))
        chip = window.house.banner.findChild(QWidget, "chip_side")
        assert chip.accessibleName() == text


def test_known_commands_are_found_by_name():
    assert command_named("undo").shortcut == "Ctrl+Z"


def test_the_focus_stays_where_it_was_when_a_list_is_made_anew(full_window, qtbot):
    full_window.show_step(Step.SEGMENT)
    full_window.activateWindow()
    eye = full_window.house.findChild(QPushButton, "eye_s0")
    eye.setFocus()
    eye.click()
    focused = QApplication.focusWidget()
    assert focused is not eye
    assert focused.objectName() == "eye_s0"
    full_window.dispatcher.run("open_smooth")
    qtbot.waitUntil(lambda: full_window.tooling.trial is not None, timeout=60_000)
    full_window.house.findChild(QPushButton, "tool_cancel").setFocus()
    full_window.tooling.close()
    assert QApplication.focusWidget() in (None, full_window), "no other control was chosen"


def test_a_picture_of_the_views_holds_all_four(full_window):
    from app.commands.views import tiled

    full_window.show_step(Step.SEGMENT)
    pictures = full_window.stage.pictures()
    whole = tiled(pictures)
    assert len(pictures) == 4
    assert whole.width() >= 2 * min(p.width() for p in pictures.values())
    assert tiled({}) is None


def test_the_range_keeps_its_buttons_in_sight_with_many_segments(window, qtbot):
    window.desk.lay_case(block_case(Kind.SIMULATION, segments=8))
    window.resize(1280, 800)
    window.show_step(Step.SEGMENT)
    window.dispatcher.run("open_threshold")

    def is_seen():
        button = window.house.findChild(QPushButton, "tool_apply")
        return button is not None and button.visibleRegion().boundingRect() == button.rect()

    qtbot.waitUntil(is_seen)


@pytest.mark.hazard("HAZ-16")
def test_the_program_starts_in_the_numeric_locale_c(english):
    import locale

    assert locale.setlocale(locale.LC_NUMERIC) == "C"


def about_renderer(window):
    window.dispatcher.run("about")
    dialog = QApplication.activeModalWidget()
    words = dialog.findChild(QLabel, "about_renderer").text()
    dialog.close()
    return words


def test_about_names_what_draws_once_it_has_drawn(window, qtbot):
    unknown = "Known once the 3D view has drawn."
    assert about_renderer(window) == unknown
    window.desk.lay_case(block_case())
    window.show_step(Step.SEGMENT)
    solid = window.stage.views.solid
    qtbot.waitUntil(lambda: solid.renderer_words() != "", timeout=60_000)
    words = about_renderer(window)
    assert words == solid.renderer_words()
    assert words != unknown
