"""From a file on the disk to a case file and back, as a person goes."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK
from PySide6.QtWidgets import QPushButton

from app.opening import Phase
from app.panels.open_page import verdict_of
from app.parts.rail import Step
from planning.case import file as case_files
from planning.case.case import Side
from planning.case.seal import Seal
from segmentation.io.scan import scan
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def nrrd(tmp_path):
    path = tmp_path / "scan.nrrd"
    values = np.full((12, 16, 20), 40, np.int16)
    values[3:9, 4:12, 5:15] = 700
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.5, 1.0))
    SimpleITK.WriteImage(image, str(path))
    return path


def scanned(window, path, qtbot):
    window.open_path(path)
    assert window.opening.phase is Phase.SCANNING
    qtbot.waitUntil(lambda: window.opening.phase is Phase.CHOOSING, timeout=60_000)
    return window.house.panels[Step.OPEN].footer.action


def test_a_series_is_used_only_after_the_side_is_declared(window, nrrd, tmp_path, qtbot):
    use = scanned(window, nrrd, qtbot)
    assert not use.isEnabled()
    window.house.findChild(QPushButton, "side_R").click()
    assert use.isEnabled()
    use.click()
    qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
    case = window.desk.case
    assert case.side is Side.RIGHT
    assert case.volume.grid.shape_kji == (12, 16, 20)
    assert window.step is Step.SEGMENT
    path = window.desk.file.path
    assert path.parent == tmp_path / "Tasrif"
    assert "P-1" not in path.name
    window.dispatcher.run("new_segment")
    window.desk.history.flush()
    window.desk.clear()
    assert str(path) == window.desk.settings.recent_cases[0]
    window.open_path(path)
    qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
    assert [segment.name for segment in window.desk.case.segments] == ["Segment 1"]


def test_going_back_from_a_scan_leaves_nothing(window, nrrd, tmp_path, qtbot):
    scanned(window, nrrd, qtbot)
    window.house.findChild(QPushButton, "leave_scan").click()
    assert window.opening.phase is Phase.IDLE
    assert window.opening.scan is None
    assert not (tmp_path / "Tasrif").exists()


def test_a_case_that_is_open_elsewhere_is_shown_and_not_changed(window, tmp_path, qtbot):
    path = tmp_path / "taken.tasrif"
    with case_files.create(path, block_case(), person="somebody"):
        window.open_path(path)
        qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
        assert not window.desk.can_edit
        message = window.house.panels[Step.SEGMENT].footer.message
        assert message.code.startswith("case-lock")
        before = window.desk.case
        assert not window.dispatcher.run("delete_segment")
        assert window.desk.case is before


def test_what_is_no_case_is_refused_in_the_panel(window, tmp_path, qtbot):
    path = tmp_path / "broken.tasrif"
    path.write_bytes(b"no case at all")
    window.open_path(path)
    qtbot.waitUntil(lambda: window.opening.phase is Phase.IDLE, timeout=60_000)
    assert window.house.panels[Step.OPEN].footer.message.code == "not-a-case"
    assert window.desk.case is None


@pytest.mark.hazard("HAZ-25")
def test_a_plan_that_a_file_only_calls_sealed_does_not_open_as_one(window, tmp_path, qtbot):
    path = tmp_path / "forged.tasrif"
    seal = Seal(1, "A", "surgeon", "2026-01-01T00:00:00+00:00", "0" * 64, "{}", "00", "", "0" * 64)
    forged = replace(block_case(), seals=(seal,), is_sealed=True)
    case_files.create(path, forged).close()
    window.open_path(path)
    qtbot.waitUntil(lambda: window.opening.phase is Phase.IDLE, timeout=60_000)
    assert window.house.panels[Step.OPEN].footer.message.code == "seal-broken"
    assert window.desk.case is None
    case_files.open_case(path).close()  # and nobody holds it


def test_a_thumbnail_shows_air_black_and_bone_white():
    from app.thumbnail import grey, image

    pixels = grey(np.array([[-1000, 240, 3000]], np.int16))
    assert pixels[0, 0] == 0
    assert pixels[0, 1] == 127
    assert pixels[0, 2] == 255
    assert pixels.shape[1] % 4 == 0
    assert image(pixels).pixelColor(2, 0).red() == 255


def test_new_names_and_paths_are_free(tmp_path):
    from app.desk import new_path
    from app.segments import new_segment

    (tmp_path / "x.tasrif").touch()
    assert new_path(tmp_path, "x").name == "x-2.tasrif"
    case = block_case(segments=2)
    made = new_segment(case)
    assert made.colour not in {segment.colour for segment in case.segments}
    assert made.mask.shape_kji == case.volume.grid.shape_kji


@pytest.mark.data
def test_a_tilted_series_is_offered_for_regularising_not_as_unusable(shared_data):
    (series,) = scan(shared_data / "ct_head_gantry_tilt_uneven_ge").series
    assert verdict_of(series) == "mendable"
    (good,) = scan(shared_data / "ct_shoulder_thorax_lidc0314").series
    assert verdict_of(good) == "plan_grade"
