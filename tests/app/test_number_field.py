import pytest

from app.parts.histogram import BARS, HIGH_HU, LOW_HU, RangeSlider, histogram_counts
from app.parts.number_field import NumberField
from tests.app.conftest import BLOCK_HU, block_volume


@pytest.fixture
def field(english, qtbot):
    made = NumberField("sigma_mm", "Strength", "mm", (0.1, 10.0), 0.1)
    qtbot.addWidget(made)
    made.show_value(1.0)
    return made


def typed(field, text):
    seen = []
    field.changed.connect(seen.append)
    accepted = field.type_text(text)
    field.changed.disconnect(seen.append)
    return accepted, seen


@pytest.mark.hazard("HAZ-16")
def test_comma_and_point_are_the_same_number(field):
    assert typed(field, "5,5") == (True, [5.5])
    field.show_value(1.0)
    assert typed(field, "5.5") == (True, [5.5])


@pytest.mark.parametrize("text", ["1.234,5", "eleven", "", "10.1", "0", "-1"])
@pytest.mark.hazard("HAZ-16")
def test_what_is_no_value_is_refused_and_nobody_is_told(field, text):
    assert typed(field, text) == (False, [])
    assert field.value == 1.0


def test_the_same_number_again_is_no_change(field):
    assert typed(field, "1,0") == (True, [])


def test_arrows_step_and_shift_steps_ten_times_as_far(field, qtbot):
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLineEdit

    edit = field.findChild(QLineEdit, "sigma_mm")
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert field.value == pytest.approx(1.1)
    qtbot.keyClick(edit, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert field.value == pytest.approx(0.1)


def test_a_limit_reads_as_its_word(english, qtbot):
    field = NumberField("upper_hu", "To", "HU", (-32768.0, 32767.0), 1.0)
    qtbot.addWidget(field)
    field.name_limit(32767.0, "max")
    field.show_value(200.0)
    assert typed(field, "max") == (True, [32767.0])


def test_the_histogram_counts_what_lies_in_its_bins():
    volume = block_volume()
    counts = histogram_counts(volume.hu)
    width = (HIGH_HU - LOW_HU) / BARS
    sample = volume.hu[::2, ::4, ::4]
    assert counts[int((BLOCK_HU - LOW_HU) / width)] == (sample == BLOCK_HU).sum() > 0
    assert counts.sum() == sample.size


def test_a_handle_follows_the_mouse_and_the_end_means_no_limit(english, qtbot):
    from PySide6.QtCore import QPoint, Qt

    slider = RangeSlider((-32768.0, 32767.0))
    qtbot.addWidget(slider)
    slider.resize(290, 88)
    slider.show_range(226.0, 1000.0)
    seen = []
    slider.changed.connect(lambda lower, upper: seen.append((lower, upper)))
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(200, 40))
    qtbot.mouseMove(slider, QPoint(400, 40))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(400, 40))
    first = LOW_HU + 200 / 290 * (HIGH_HU - LOW_HU)
    assert seen[0] == (226.0, pytest.approx(first, abs=1.0))
    assert seen[-1] == (226.0, 32767.0)
