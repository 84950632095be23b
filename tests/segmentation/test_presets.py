"""Presets are whole: unique names, sound numbers, translated titles."""

import polib
import pytest

from resources import FOLDER
from segmentation.effects import Threshold
from segmentation.presets import hu_ranges, windows


def test_each_range_is_a_threshold():
    ranges = hu_ranges()
    assert {r.name for r in ranges} == {"bone", "skin", "lung", "soft", "vessel", "metal"}
    assert len(ranges) == 6
    for r in ranges:
        assert Threshold(r.lower_hu, r.upper_hu).upper_hu > r.lower_hu


def test_the_default_threshold_is_the_range_of_bone():
    bone = next(r for r in hu_ranges() if r.name == "bone")
    assert Threshold() == Threshold(bone.lower_hu, bone.upper_hu)


def test_windows_are_those_of_the_design():
    shown = {w.name: (w.window_hu, w.level_hu) for w in windows()}
    assert shown["soft"] == (400, 40)
    assert shown["lung"] == (1500, -600)
    assert shown["bone"] == (2200, 480)
    assert len(shown) == len(windows()) == 7
    assert all(width > 0 for width, _ in shown.values())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_titles_are_translated(language):
    entries = polib.pofile(str(FOLDER / "locale" / language / "segment.po"))
    known = {entry.msgid for entry in entries if entry.translated()}
    assert {preset.title for preset in (*hu_ranges(), *windows())} <= known
