"""Rules of this floor that a reader could break without noticing."""

import sys
from pathlib import Path

import polib
import pytest
from PySide6.QtCore import QObject

ROOT = Path(__file__).resolve().parents[2]


def test_text_is_drawn_by_one_helper_only():
    drawing = [
        path.name
        for path in (ROOT / "viewers").rglob("*.py")
        if ".drawText(" in path.read_text("utf-8")
    ]
    assert drawing == ["ink.py"]


def test_nothing_pumps_the_event_loop_or_paints_at_once():
    for path in (ROOT / "viewers").rglob("*.py"):
        text = path.read_text("utf-8")
        assert "processEvents" not in text, path
        assert ".repaint(" not in text, path


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_word_of_the_views_is_translated(language):
    catalogue = polib.pofile(str(ROOT / "resources" / "locale" / language / "views.po"))
    from viewers.pipelines.camera import LATERAL, WORDS
    from viewers.pipelines.pose import DEPTH, TITLES
    from viewers.widgets.plan_painter import HIDDEN

    words = {
        "Axial",
        "Coronal",
        "Sagittal",
        "3D",
        *LATERAL.values(),
        *TITLES.values(),
        DEPTH,
        HIDDEN,
    }
    words |= {word for pair in WORDS for word in pair}
    assert words <= {entry.msgid for entry in catalogue if entry.translated()}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_bindings_give_back_the_nones_they_take():
    """PySide6 6.12.0 loses one in every call on Python 3.11 and aborts after some thousand."""
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        thing.setObjectName("x")
    assert before - sys.getrefcount(None) < 250
