"""A copy of the open case: through the file dialog, whole, and never over what is held."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton

from app.copying import offered_path, save_copy
from app.parts.rail import Step
from planning.case import file as case_files
from planning.case.edits import RenameSegment
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def opened(window, tmp_path, qtbot):
    path = tmp_path / "mine.tasrif"
    case_files.create(path, block_case()).close()
    window.open_path(path)
    qtbot.waitUntil(lambda: window.desk.case is not None, timeout=60_000)
    window.desk.do(RenameSegment("s0", "Scapula"))
    return window


def answer(path):
    """Type a path into the dialog that comes next, and accept it."""
    seen = []

    def type_it():
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        seen.append(dialog.selectedFiles()[0])
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        QTimer.singleShot(50, dialog.accept)

    QTimer.singleShot(100, type_it)
    return seen


def message(window):
    return window.house.panels[window.step].footer.message


def test_a_copy_goes_where_the_dialog_says_and_holds_every_step(opened, tmp_path, qtbot):
    target = tmp_path / "there.tasrif"
    seen = answer(target)
    opened.show_step(Step.OPEN)
    opened.house.findChild(QPushButton, "save_copy").click()
    qtbot.waitUntil(lambda: message(opened) is not None, timeout=60_000)
    assert message(opened).text == "Copy saved as there.tasrif."
    assert message(opened).tone == "ok"
    assert seen == [str(tmp_path / "mine-copy.tasrif")]
    with case_files.open_case(target) as copy:
        assert copy.case.segments[0].name == "Scapula"
        assert [entry.title for entry in copy.entries()] == ["Create case", "Rename segment"]
    assert opened.desk.file.path.name == "mine.tasrif", "work goes on in the case itself"
    assert opened.desk.can_edit


@pytest.fixture
def theirs(tmp_path):
    """A case that somebody else has open."""
    path = tmp_path / "theirs.tasrif"
    with case_files.create(path, block_case(), person="Eve"):
        yield path


@pytest.mark.parametrize(
    ("held", "code"),
    [("mine.tasrif", "case-exists"), ("theirs.tasrif", "case-locked"), ("folder", "case-exists")],
)
def test_what_is_held_is_never_replaced(opened, theirs, tmp_path, held, code, qtbot):
    (tmp_path / "folder").mkdir()
    target = tmp_path / held
    before = target.stat().st_ino
    save_copy(opened.desk, target)
    qtbot.waitUntil(lambda: message(opened) is not None, timeout=60_000)
    assert message(opened).code == code
    assert message(opened).tone == "block"
    assert target.stat().st_ino == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_file_that_a_person_gave_up_is_replaced(opened, tmp_path, qtbot):
    target = tmp_path / "old.tasrif"
    target.write_bytes(b"old")
    save_copy(opened.desk, target)
    qtbot.waitUntil(lambda: message(opened) is not None, timeout=60_000)
    with case_files.open_case(target) as copy:
        assert copy.verify() == ()


def test_a_place_that_is_not_there_is_said_inline(opened, tmp_path, qtbot):
    save_copy(opened.desk, tmp_path / "nowhere" / "x.tasrif")
    qtbot.waitUntil(lambda: message(opened) is not None, timeout=60_000)
    assert message(opened).code == "case-folder-missing"
    assert message(opened).tone == "block"
    assert opened.desk.can_edit


def test_a_cancelled_copy_leaves_no_file(opened, tmp_path, qtbot):
    target = tmp_path / "unwanted.tasrif"
    save_copy(opened.desk, target)
    opened.house.panels[opened.step].footer.findChild(QPushButton, "cancel_task").click()
    opened.desk.file.entries()  # waits for what the writer was given
    save_copy(opened.desk, tmp_path / "wanted.tasrif")
    qtbot.waitUntil(lambda: message(opened) is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not target.exists(), timeout=10_000)
    assert (tmp_path / "wanted.tasrif").exists()


def test_the_offered_name_is_free(opened, tmp_path):
    (tmp_path / "mine-copy.tasrif").touch()
    assert offered_path(opened.desk.file) == tmp_path / "mine-copy-2.tasrif"


def test_without_a_file_there_is_nothing_to_copy(window):
    assert "save_copy" not in window.dispatcher.enabled()
    assert window.house.findChild(QPushButton, "save_copy") is None
    window.desk.lay_case(block_case())
    assert not window.house.findChild(QPushButton, "save_copy").isEnabled()
    window.house.findChild(QPushButton, "close_case").click()
    assert window.desk.case is None


def test_a_recent_case_in_a_short_folder_keeps_its_name(window, tmp_path, monkeypatch, qtbot):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "a-case-with-a-name.tasrif"
    case_files.create(path, block_case()).close()
    monkeypatch.chdir(tmp_path)
    window.desk.keep(window.desk.settings.with_recent(path.relative_to(tmp_path)))
    window.opening.leave()
    QApplication.processEvents()
    assert window.house.findChild(QLabel, "recent_name_0").text() == "a-case-with-a-name"
