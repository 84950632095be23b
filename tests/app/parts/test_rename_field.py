"""Renaming in the place of the name: what is told, and what leaves the old name."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.parts.rename_field import RenameField

pytestmark = pytest.mark.qt


@pytest.fixture
def renaming(qtbot):
    told = []
    holder, shown = QWidget(), QLabel("Bone")
    field = RenameField("rename", shown, told.append)
    layout = QHBoxLayout(holder)
    layout.addWidget(shown)
    layout.addWidget(field)
    qtbot.addWidget(holder)
    holder.show()
    qtbot.waitExposed(holder)
    field.start("Bone")
    yield field, shown, told
    holder.close()


@pytest.mark.parametrize(
    ("typed", "key", "names"),
    [
        (" Scapula ", Qt.Key.Key_Return, ["Scapula"]),
        ("Bone", Qt.Key.Key_Return, []),
        ("  ", Qt.Key.Key_Return, []),
        ("Scapula", Qt.Key.Key_Escape, []),
    ],
)
def test_a_new_name_is_told_once_and_escape_leaves_the_old_one(renaming, typed, key, names):
    field, shown, told = renaming
    assert field.isVisible()
    assert not shown.isVisible()
    assert field.selectedText() == "Bone"
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, key)
    assert told == names
    assert shown.isVisible()
    assert not field.isVisible()
