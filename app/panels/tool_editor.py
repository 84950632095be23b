"""The open tool's fields, made from its typed parameters; a range of HU gets its histogram."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QWidget

from app import figures
from app.language import translate as _
from app.panels.tool_fields import made_field
from app.parts.area_row import AreaRow
from app.parts.basic import Item, button, column, row, section
from app.parts.histogram import RangeSlider
from app.parts.number_field import NumberField
from app.tool_faces import face_of
from app.tool_needs import is_needed
from app.tooling import CUTTING, Tooling
from viewers.fonts import font

if TYPE_CHECKING:
    from segmentation.effects.setting import Parameter

RANGE: Final = ("lower_hu", "upper_hu")
MOST_IN_A_ROW: Final = 3


class ToolEditor(QWidget):
    """Fields of one open tool; made anew for each tool, told about each change."""

    def __init__(self, tooling: Tooling, segment_name: str, colour: str) -> None:
        super().__init__()
        self.setObjectName("tool_editor")
        self._tooling = tooling
        self._fields: dict[str, NumberField] = {}
        self._choices: dict[str, dict[str, QPushButton]] = {}
        self._optional: dict[str, QWidget] = {}
        self._slider: RangeSlider | None = None
        self._shows: list[Callable[[], None]] = []
        self._outline_buttons: dict[str, QPushButton] = {}
        face = face_of(tooling.name)
        ends: list[QPushButton] = []
        if self._is_range:
            ends.append(button("presets", _("Presets"), self._show_presets, role="link", height=20))
        parts: list[Item] = [section(_(face.heading).format(name=segment_name), *ends)]
        parts += self._made_fields(colour)
        parts.append(AreaRow(tooling.desk, tooling.renew))
        self.setLayout(column(*parts))
        self.show_settings()

    @property
    def _is_range(self) -> bool:
        return set(RANGE) <= {parameter.name for parameter in self._tooling.parameters}

    def _made_fields(self, colour: str) -> list[Item]:
        parts: list[Item] = [self._outlines()] if self._tooling.name == CUTTING else []
        if self._is_range:
            parts += self._made_range(colour)
        for parameter in self._tooling.parameters:
            if parameter.name in RANGE and self._is_range:
                continue
            widget = self._made_field(parameter)
            widget.setToolTip(_(parameter.help))
            self._optional[parameter.name] = widget
            parts.append(widget)
        return parts

    def _made_range(self, colour: str) -> list[Item]:
        by_name = {p.name: p for p in self._tooling.parameters}
        lower, upper = (by_name[name] for name in RANGE)
        limits = (float(_range(lower)[0]), float(_range(upper)[1]))
        self._slider = RangeSlider(limits)
        self._slider.show_colour(colour)
        self._slider.changed.connect(self._take_range)
        fields = []
        for parameter, title in ((lower, _("From")), (upper, _("To"))):
            field = self._number(parameter, title)
            field.name_limit(limits[0], _("min"))
            field.name_limit(limits[1], _("max"))
            fields.append(field)
        line = row(*fields)
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        holder = QWidget()
        holder.setLayout(column(self._slider, line))
        self._optional[RANGE[0]] = holder
        return [holder]

    def _take_range(self, lower_hu: float, upper_hu: float) -> None:
        self._tooling.set(lower_hu=int(lower_hu), upper_hu=int(upper_hu))

    def _made_field(self, parameter: "Parameter") -> QWidget:
        if parameter.choices:
            return self._choice(parameter)
        if parameter.range is None:
            field, show = made_field(parameter, self._tooling)
            self._shows.append(show)
            return field
        return self._number(parameter, _(parameter.title))

    def _number(self, parameter: "Parameter", title: str) -> NumberField:
        low, high, step = _range(parameter)
        field = NumberField(parameter.name, title, _(parameter.unit), (low, high), step)
        whole = parameter.kind.value == "whole"
        field.changed.connect(
            lambda value: self._tooling.set(**{parameter.name: int(value) if whole else value})
        )
        self._fields[parameter.name] = field
        return field

    def _choice(self, parameter: "Parameter") -> QWidget:
        buttons = {}
        for choice in parameter.choices:
            one = button(
                f"{parameter.name}_{choice}",
                choice_words(choice),
                partial(self._tooling.set, **{parameter.name: choice}),
            )
            one.setCheckable(True)
            one.setFont(font(12, 500))
            one.setStyleSheet("padding: 0 4px;")
            buttons[choice] = one
        self._choices[parameter.name] = buttons
        holder = QWidget()
        holder.setLayout(column(*rows_of(list(buttons.values())), gap=4))
        return holder

    def _outlines(self) -> QWidget:
        """Return the choice of what outlines are drawn as, which is no setting of the tool."""
        words = {"lasso": _("Lasso"), "rectangle": _("Rectangle"), "circle": _("Circle")}
        for outline, word in words.items():
            one = button(f"outline_{outline}", word, partial(self._tooling.hold, outline))
            one.setCheckable(True)
            one.setFont(font(12, 500))
            one.setStyleSheet("padding: 0 4px;")
            self._outline_buttons[outline] = one
        holder = QWidget()
        holder.setLayout(column(*rows_of(list(self._outline_buttons.values())), gap=4))
        return holder

    def show_counts(self, counts: NDArray[np.int64]) -> None:
        """Show the histogram of the volume."""
        if self._slider is not None:
            self._slider.show_counts(counts)

    def show_settings(self) -> None:
        """Show settings, clicked points and the preview's size."""
        settings = self._tooling.settings
        for name, field in self._fields.items():
            if field.value != settings[name] or not field.is_shown:
                field.show_value(float(settings[name]))
        for name, buttons in self._choices.items():
            for choice, one in buttons.items():
                one.setChecked(settings[name] == choice)
        for name, widget in self._optional.items():
            widget.setVisible(is_needed(self._tooling.name, name, settings))
        for outline, one in self._outline_buttons.items():
            one.setChecked(outline == self._tooling.outline)
        for show in self._shows:
            show()
        if self._slider is not None:
            self._slider.show_range(float(settings[RANGE[0]]), float(settings[RANGE[1]]))

    def _show_presets(self) -> None:
        from segmentation.presets import hu_ranges

        menu = QMenu(self)
        menu.setFont(font(13))
        for preset in hu_ranges():
            numbers = f"{preset.lower_hu} {figures.NOTHING} {preset.upper_hu} {_('HU')}"
            entry = menu.addAction(f"{_(preset.title)}\t\u2066{numbers}\u2069")
            entry.setObjectName(f"preset_{preset.name}")
            entry.triggered.connect(_setter(self._tooling, preset.lower_hu, preset.upper_hu))
        presets = self.findChild(QPushButton, "presets")
        assert isinstance(presets, QPushButton)
        menu.popup(presets.mapToGlobal(QPoint(0, presets.height() + 4)))


def _setter(tooling: Tooling, lower_hu: int, upper_hu: int) -> Callable[[], None]:
    return lambda: tooling.set(lower_hu=lower_hu, upper_hu=upper_hu)


def _range(parameter: "Parameter") -> tuple[float, float, float]:
    allowed = parameter.range
    assert allowed is not None
    return float(allowed.lowest), float(allowed.highest), float(allowed.step)


def choice_words(choice: str) -> str:
    """Return a choice's word."""
    words = {
        "largest": _("Largest"),
        "clicked": _("Clicked"),
        "unclicked": _("Not clicked"),
        "larger": _("Larger than"),
        "close": _("Close"),
        "open": _("Open"),
        "all": _("All"),
        "small": _("Small"),
        "median": _("Median"),
        "flow": _("Flow"),
        "even": _("Plain mean"),
        "gaussian": _("Gaussian"),
        "faces": _("Over faces"),
        "corners": _("Over corners too"),
        "bone": _("Bone"),
        "implant": _("Metal"),
        "doubtful": _("In doubt"),
        "axial": _("Axial"),
        "coronal": _("Coronal"),
        "sagittal": _("Sagittal"),
        "points": _("3 points"),
        "direction": _("Direction"),
        "ahead": _("Ahead"),
        "behind": _("Behind"),
        "both": _("Both"),
        "join": _("Join"),
        "subtract": _("Subtract"),
        "common": _("Common"),
        "differ": _("Differ"),
        "copy": _("Copy"),
        "new": _("New"),
        "replace": _("Replace"),
        "invert": _("Invert"),
        "segment": _("Segment"),
        "range": _("Range"),
        "box": _("Box"),
        "inside": _("Inside"),
        "outside": _("Outside"),
        "confidence": _("Found range"),
        "gradient": _("Up to edges"),
        "tissues": _("Tissues"),
        "chest": _("Chest"),
        "bone-densities": _("Bone densities"),
        "otsu-2": _("2 classes"),
        "otsu-3": _("3 classes"),
        "otsu-4": _("4 classes"),
        "kept": _("As it is"),
        "values": _("Values"),
        "tell": _("Tell leaks"),
        "stop": _("Stop leaks"),
        "off": _("Don't look"),
    }
    word = words.get(choice, _(choice))
    return word[:1].upper() + word[1:]


def rows_of(buttons: list[QPushButton]) -> list[QBoxLayout]:
    """Return buttons in rows of equal parts, at most three in a row where there are many."""
    wide = len(buttons) if len(buttons) <= MOST_IN_A_ROW + 1 else MOST_IN_A_ROW
    rows = []
    for n in range(0, len(buttons), wide):
        line = row(*buttons[n : n + wide], gap=4)
        for m in range(len(buttons[n : n + wide])):
            line.setStretch(m, 1)
        rows.append(line)
    return rows
