"""Segments of a file into the window's case: dropped, asked about, stopped, taken back."""

import sys
import threading

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton

from app.dialogs.unit import UnitDialog
from app.main_window import MainWindow
from app.opening import Phase
from app.parts.rail import Step
from segmentation.io.meshes import write_mesh
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from tests.app.conftest import BLOCK, block_case
from tests.segmentation.io import structures

pytestmark = [pytest.mark.qt, pytest.mark.gl]

SQUARE = [(-10.5, -8.5), (9.5, -8.5), (9.5, 7.5), (-10.5, 7.5)]


def rtstruct(folder, frame_uid="1.2.3"):
    contours = [
        ("CLOSED_PLANAR", np.array([(*point, 100.0 + 2.0 * k) for point in SQUARE]))
        for k in range(BLOCK[0].start, BLOCK[0].stop)
    ]
    rois = [("Tête", (255, 0, 0), contours), ("ورم", (0, 255, 0), contours[:3])]
    path = folder / "rs.dcm"
    structures.rtstruct(path, frame_uid, rois, patient_id="P-1", study_uid="1.2.3")
    return path


def drop(window: MainWindow, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPointF(600, 400), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def names(window):
    return [segment.name for segment in window.desk.case.segments]


def settled(window, qtbot):
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)


def message(window):
    return window.house.panels[Step.SEGMENT].footer.message


def test_a_dropped_structure_set_is_one_step_of_the_open_case(full_window, tmp_path, qtbot):
    drop(full_window, rtstruct(tmp_path))
    settled(full_window, qtbot)
    assert full_window.step is Step.SEGMENT
    assert names(full_window) == ["Bone 0", "Tête", "ورم"]
    assert "Tête" in message(full_window).text
    assert message(full_window).tone == "ok"
    assert full_window.desk.history.undo_title == "Import segments"
    full_window.desk.undo()
    assert names(full_window) == ["Bone 0"]


def test_on_an_empty_desk_a_file_is_opened_as_ever(window, tmp_path, qtbot):
    drop(window, rtstruct(tmp_path))
    assert window.opening.phase is Phase.SCANNING
    qtbot.waitUntil(lambda: window.opening.phase is Phase.IDLE, timeout=60_000)


class Threads:
    """Notes which thread looks for a module first; finds none itself."""

    def __init__(self):
        self.of = {}

    def find_spec(self, name, _path, _target=None):
        self.of.setdefault(name, threading.current_thread())


def test_the_first_file_that_is_dropped_is_looked_at_beside_the_window(
    full_window, tmp_path, qtbot, monkeypatch
):
    """Its readers, pydicom among them, took a third of a second of the window's thread."""
    reader, threads = "segmentation.io.incoming_segments", Threads()
    path = rtstruct(tmp_path)
    monkeypatch.delitem(sys.modules, reader, raising=False)
    monkeypatch.setattr(sys, "meta_path", [threads, *sys.meta_path])
    drop(full_window, path)
    settled(full_window, qtbot)
    assert threads.of[reader] is not threading.main_thread()
    assert names(full_window) == ["Bone 0", "Tête", "ورم"]


def test_a_scan_that_is_dropped_on_an_open_case_is_opened(full_window, tmp_path, qtbot):
    (tmp_path / "scan").mkdir()
    drop(full_window, tmp_path / "scan")
    qtbot.waitUntil(lambda: full_window.step is Step.OPEN, timeout=60_000)
    qtbot.waitUntil(lambda: full_window.opening.phase is Phase.IDLE, timeout=60_000)
    assert names(full_window) == ["Bone 0"]


def test_another_frame_is_refused_in_the_panel(full_window, tmp_path, qtbot):
    drop(full_window, rtstruct(tmp_path, "9.9"))
    settled(full_window, qtbot)
    assert names(full_window) == ["Bone 0"]
    assert (message(full_window).code, message(full_window).tone) == ("brought-frame", "block")


def test_what_was_read_for_another_case_is_dropped(full_window, tmp_path, qtbot):
    full_window.importing.start(rtstruct(tmp_path))
    full_window.desk.lay_case(block_case(segments=0))
    settled(full_window, qtbot)
    assert names(full_window) == []


def test_a_stopped_import_leaves_nothing(full_window, tmp_path, qtbot):
    task = full_window.importing.start(rtstruct(tmp_path))
    full_window.desk.tasks.cancel(task)
    settled(full_window, qtbot)
    assert names(full_window) == ["Bone 0"]


@pytest.mark.hazard("HAZ-17")
def test_the_unit_is_asked_for_and_the_answer_taken(full_window, tmp_path, qtbot):
    case = full_window.desk.case
    mesh = iso_surface(case.volume, case.segments[0].mask, None)
    path = tmp_path / "block.stl"
    write_mesh(Mesh(mesh.points_lps_mm / 1000.0, mesh.triangles), path)
    data = bytearray(path.read_bytes())
    data[:80] = bytes(80)
    path.write_bytes(data)
    drop(full_window, path)
    settled(full_window, qtbot)
    assert names(full_window) == ["Bone 0"]
    (dialog,) = full_window.findChildren(UnitDialog)
    assert "which unit" in message(full_window).text
    dialog.findChild(QPushButton, "unit_m").click()
    settled(full_window, qtbot)
    assert names(full_window) == ["Bone 0", "block"]
    assert message(full_window).tone == "warn"  # what was taken for granted is said


def test_the_entry_stands_beside_new_and_only_where_a_case_can_be_changed(full_window):
    full_window.show_step(Step.SEGMENT)
    entry = full_window.house.findChild(QPushButton, "import_segments")
    assert entry.isEnabled()
    assert "import_segments" in full_window.dispatcher.enabled()
    full_window.desk.clear()
    assert "import_segments" not in full_window.dispatcher.enabled()
