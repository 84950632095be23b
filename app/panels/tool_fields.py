"""Fields of a tool that are no plain number: clicked points, other segments, a direction."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QWidget

from app.language import translate as _
from app.language import translate_n
from app.panels.model_field import ModelField
from app.parts.basic import button, column, label, note, picture, row
from app.parts.chooser import Chooser
from app.parts.number_field import NumberField
from app.tool_needs import OPTIONAL
from app.tooling import Tooling
from viewers.fonts import font

if TYPE_CHECKING:
    from segmentation.effects.setting import Parameter

TITLE_HEIGHT: Final = 28
LIST_HEIGHT: Final = 24


class PointsField(QWidget):
    """Clicked points: how many there are, or what to click; of two lists, which is filled."""

    def __init__(self, parameter: "Parameter", tooling: Tooling) -> None:
        super().__init__()
        self._parameter, self._tooling = parameter, tooling
        name, title = parameter.name, _(parameter.title)
        self._title = button(f"aim_{name}", title, lambda: tooling.aim(name), height=TITLE_HEIGHT)
        self._title.setCheckable(True)
        self._title.setFont(font(12, 500))
        self._title.setStyleSheet("padding: 0 8px;")
        self._sign = picture("target", "soft", 16)
        self._words = note("", "soft", 12)
        self._words.setObjectName("points_line")
        clear = button("clear_points", _("Clear"), self._clear, role="link", height=20)
        line = row(self._sign, self._title, self._words, clear)
        line.setStretch(2, 1)
        self.setLayout(line)

    def show_points(self) -> None:
        """Show the points that are set, and whether clicks come here."""
        is_single = len(self._tooling.point_lists) < 2
        is_target = self._tooling.target == self._parameter.name
        self._sign.setVisible(is_single)
        self._title.setVisible(not is_single)
        self._title.setChecked(is_target)
        given = len(self._tooling.settings.get(self._parameter.name, ()))
        self._words.setText(points_words(self._parameter, given) if given or is_target else "")

    def _clear(self) -> None:
        self._tooling.set(**{self._parameter.name: ()})


def points_words(parameter: "Parameter", given: int) -> str:
    """Return how many points were clicked, or how many are still to be."""
    count = parameter.count
    if count.most is None:
        if not given:
            return _("Click inside the structure, in any slice.")
        return translate_n("{n} point", "{n} points", given)
    if given < count.least:
        left = count.least - given
        return translate_n("Click {n} point in a slice.", "Click {n} points in slices.", left)
    return translate_n("{n} point", "{n} points", given)


def other_names(tooling: Tooling) -> tuple[str, ...]:
    """Return the names of the segments beside the one that the tool is open on."""
    case, own = tooling.desk.case, tooling.desk.segment
    if case is None:
        return ()
    return tuple(one.name for one in case.segments if own is None or one.id != own.id)


class SegmentField(QWidget):
    """One other segment of the case, by name."""

    def __init__(self, parameter: "Parameter", tooling: Tooling) -> None:
        super().__init__()
        self._name, self._tooling = parameter.name, tooling
        self._makes = (tooling.name, parameter.name) in OPTIONAL
        self._chooser = Chooser(parameter.name, _(parameter.title))
        self._chooser.setFixedHeight(32)
        self._chooser.activated.connect(self._take)
        if self._makes:
            self._chooser.take_words(_("New segment"), self._name_it)
        line = row(label(_(parameter.title), 12, 400, "soft"), self._chooser)
        line.setStretch(1, 1)
        self.setLayout(line)

    def show_names(self) -> None:
        """Show the other segments and which is chosen."""
        names, chooser = other_names(self._tooling), self._chooser
        entries = [_("New segment"), *names] if self._makes else list(names)
        if chooser.is_being_written:
            return
        blocker = QSignalBlocker(chooser)
        if [chooser.itemText(n) for n in range(chooser.count())] != entries:
            chooser.clear()
            chooser.addItems(entries)
        chosen = self._tooling.settings.get(self._name, "")
        chooser.setCurrentIndex(entries.index(chosen) if chosen in names else -1)
        if self._makes and chosen not in names:
            chooser.setEditText(chosen)
        chooser.setEnabled(bool(entries))
        blocker.unblock()

    def _take(self, n: int) -> None:
        is_first = self._makes and n == 0
        self._tooling.set(**{self._name: "" if is_first else self._chooser.itemText(n)})

    def _name_it(self, words: str) -> None:
        if words != self._tooling.settings.get(self._name, ""):
            self._tooling.set(**{self._name: words})


class SegmentsField(QWidget):
    """Several other segments of the case, each ticked or not."""

    def __init__(self, parameter: "Parameter", tooling: Tooling) -> None:
        super().__init__()
        self._name, self._tooling = parameter.name, tooling
        self._ticks: dict[str, QCheckBox] = {}
        for n, name in enumerate(other_names(tooling)):
            tick = QCheckBox(name)
            tick.setObjectName(f"{parameter.name}_{n}")
            tick.setFont(font(12, 500))
            tick.setMinimumHeight(LIST_HEIGHT)
            tick.clicked.connect(lambda _checked=False: self._take())
            self._ticks[name] = tick
        title = label(_(parameter.title), 12, 400, "soft")
        self.setLayout(column(title, *self._ticks.values(), gap=4))

    def show_names(self) -> None:
        """Show which segments are chosen."""
        chosen = self._tooling.settings.get(self._name, ())
        for name, tick in self._ticks.items():
            tick.setChecked(name in chosen)

    def _take(self) -> None:
        chosen = tuple(name for name, tick in self._ticks.items() if tick.isChecked())
        self._tooling.set(**{self._name: chosen})


class DirectionField(QWidget):
    """A direction by its parts to the patient's left, back and head; any length will do."""

    def __init__(self, parameter: "Parameter", tooling: Tooling) -> None:
        super().__init__()
        self._name, self._tooling = parameter.name, tooling
        words = (_("Left"), _("Posterior"), _("Superior"))
        self._parts = [
            NumberField(f"{parameter.name}_{n}", word, "", (-1.0, 1.0), 0.05)
            for n, word in enumerate(words)
        ]
        for part in self._parts:
            part.changed.connect(lambda _value: self._take())
        self.setLayout(column(*self._parts, gap=4))

    def show_direction(self) -> None:
        """Show the direction as it was entered."""
        direction: Sequence[float] = self._tooling.settings[self._name]
        for part, value in zip(self._parts, direction, strict=True):
            if part.value != value or not part.is_shown:
                part.show_value(float(value))

    def _take(self) -> None:
        self._tooling.set(**{self._name: tuple(part.value for part in self._parts)})


def made_field(parameter: "Parameter", tooling: Tooling) -> tuple[QWidget, Callable[[], None]]:
    """Return the field of a parameter that is no number and no choice, and what shows its value."""
    kind = parameter.kind.value
    if kind == "model":
        model = ModelField(parameter, tooling)
        return model, model.show_model
    if kind == "segment":
        one = SegmentField(parameter, tooling)
        return one, one.show_names
    if kind == "segments":
        several = SegmentsField(parameter, tooling)
        return several, several.show_names
    if kind == "direction":
        direction = DirectionField(parameter, tooling)
        return direction, direction.show_direction
    points = PointsField(parameter, tooling)
    return points, points.show_points
