"""HU along a path and the bar of a limit: gaps stay open, and nothing is ever mirrored."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.parts.density_plot import TOP_HU, DensityPlot, runs, top_hu
from app.parts.limit_bar import LimitBar

pytestmark = pytest.mark.qt


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB32)
    bits = np.frombuffer(image.constBits(), np.uint8)
    rows = bits.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].copy()  # the picture's own bytes go with it


def test_what_was_not_scanned_parts_the_curve():
    hu = np.array([np.nan, 100.0, 200.0, np.nan, np.nan, 300.0])
    assert runs(hu) == [slice(1, 3), slice(5, 6)]
    assert runs(np.array([])) == []
    assert runs(np.full(3, np.nan)) == []


def test_the_scale_holds_cortical_bone_and_metal():
    assert top_hu(np.array([40.0, 1200.0])) == TOP_HU
    assert top_hu(np.array([40.0, 2601.0, np.nan])) == 3000.0
    assert top_hu(np.full(3, np.nan)) == TOP_HU


@pytest.mark.hazard("HAZ-40")
def test_the_curve_runs_from_entry_to_target_in_every_direction(english):
    drawn = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        english.setLayoutDirection(direction)
        plot = DensityPlot("#FFC83D")
        plot.resize(200, 64)
        plot.show_path(np.linspace(0.0, 1700.0, 50), "26 mm", is_stale=False)
        drawn.append(pixels(plot).astype(int))
    english.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert np.array_equal(drawn[0], drawn[1])
    filled = (drawn[0] != drawn[0][2, 2]).any(axis=2)[:48].sum(axis=0)
    assert filled[180] > filled[100] > filled[20], "low at the entry, high at the target"


@pytest.mark.parametrize(
    ("share", "width"), [(0.0, 0), (0.25, 30), (0.5, 60), (1.0, 120), (9, 120)]
)
def test_the_bar_is_as_long_as_the_value_says(english, share, width):
    bar = LimitBar()
    bar.show_share(share, "#FF0000")
    row = pixels(bar)[5].astype(int)
    red = (row[:, 2] > 200) & (row[:, 1] < 60)
    assert abs(int(red.sum()) - width) <= 4, "less the mark in the middle"
