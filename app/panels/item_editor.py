"""The fields of the chosen item: name, diameter or margin, segment; and its exact place."""

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QWidget

from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.plan_words import place_rows
from app.panels.rule_choice import RuleChoice
from app.parts.basic import Item as Part
from app.parts.basic import button, column, isolated, label, restyle, row
from app.parts.chooser import Chooser
from app.parts.number_field import NumberField
from app.placing import Placing
from planning.model.cut_plane import CutPlane
from planning.model.item import NAME_LENGTH_MAX, Item
from planning.model.trajectory import THICKEST_MM, THINNEST_MM, Trajectory
from planning.model.zone import WIDEST_MARGIN_MM, NoGoZone
from viewers.fonts import font

STEP_MM = 0.1
FIELD_PX = 116


class _NameField(QFrame):
    """The item's name as the heading of what stands below, which can be written over."""

    def __init__(self, placing: Placing) -> None:
        super().__init__()
        self._placing = placing
        self.setObjectName("field_plan_name")
        self.setProperty("role", "field")
        self.setFixedHeight(32)
        self.edit = QLineEdit()
        self.edit.setObjectName("plan_name")
        self.edit.setAccessibleName(_("Name of the item"))
        self.edit.setProperty("role", "inner")
        self.edit.setFont(font(13, 600))
        self.edit.setFrame(False)
        self.edit.setFixedHeight(24)
        self.edit.setMaxLength(NAME_LENGTH_MAX)
        self.edit.setMinimumWidth(40)
        self.edit.editingFinished.connect(self._finish)
        self.setFocusProxy(self.edit)
        self.setLayout(row(self.edit, margins=(8, 0, 8, 0)))

    def _finish(self) -> None:
        item, name = self._placing.item, self.edit.text().strip()
        if item is None or not self.edit.isEnabled():
            return
        if name and name != item.name:
            self._placing.replace(item, name=name)
        self.show_name(self._placing.item or item)

    def show_name(self, item: Item) -> None:
        """Show the name, unless somebody writes another one."""
        if self.edit.text() != item.name and not self.edit.hasFocus():
            self.edit.setText(item.name)
            self.edit.setCursorPosition(0)


class ItemEditor(QWidget):
    """Fields of one kind of item; made anew for another item, told about each change."""

    def __init__(self, placing: Placing, dispatcher: Dispatcher, item: Item) -> None:
        super().__init__()
        self.setObjectName("item_editor")
        self._placing = placing
        self._name = _NameField(placing)
        self._number: NumberField | None = None
        self._rule: RuleChoice | None = None
        self._segment: QComboBox | None = None
        self._has_none = isinstance(item, Trajectory)
        self._number = self._made_number(item)
        head = row(self._name, *([self._number] if self._number is not None else []))
        head.setStretch(0, 1)
        parts: list[Part] = [head]
        if hasattr(item, "segment_id"):
            parts.append(self._made_segment(item))
        if isinstance(item, NoGoZone):
            self._rule = RuleChoice(lambda rule: self._change(severity=rule))
            parts.append(self._rule)
        if isinstance(item, CutPlane):
            self._flip = button(
                "plan_flip", _("Turn the cut round"), lambda: dispatcher.run("flip_plane"),
                role="link", height=24,
            )  # fmt: skip
            parts.append(row(self._flip, None))
        self.setLayout(column(*parts))

    def _made_number(self, item: Item) -> NumberField | None:
        if isinstance(item, Trajectory):
            limits, spoken = (THINNEST_MM, THICKEST_MM), _("Diameter")
            field = NumberField("plan_diameter", "⌀", "mm", limits, STEP_MM)
            field.changed.connect(lambda mm: self._change(diameter_mm=mm))
        elif isinstance(item, NoGoZone):
            limits, spoken = (0.0, WIDEST_MARGIN_MM), _("Margin")
            field = NumberField("plan_margin", "+", "mm", limits, STEP_MM)
            field.changed.connect(lambda mm: self._change(margin_mm=mm))
        else:
            return None
        edit = field.focusProxy()
        if edit is not None:
            edit.setAccessibleName(f"{spoken}, mm")
        field.setToolTip(spoken)
        field.setFixedWidth(FIELD_PX)
        return field

    def _made_segment(self, item: Item) -> QWidget:
        words = _("Runs in") if isinstance(item, Trajectory) else _("Of segment")
        chooser = Chooser("plan_segment", words)
        chooser.currentIndexChanged.connect(self._take_segment)
        self._segment = chooser
        line = row(label(words, 12, 400, "soft"), chooser)
        line.setStretch(1, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _take_segment(self, n: int) -> None:
        if self._segment is not None and n >= 0:
            self._change(segment_id=self._segment.itemData(n))

    def _change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of an item
        item = self._placing.item
        if item is not None:
            self._placing.replace(item, **changes)

    def show_item(self, item: Item, *, can_edit: bool) -> None:
        """Show the item's fields as they are now."""
        self._name.show_name(item)
        self._name.edit.setEnabled(can_edit)
        restyle(self._name)
        if self._number is not None:
            value: float = getattr(item, "diameter_mm", getattr(item, "margin_mm", 0.0))
            if not self._number.is_shown or value != self._number.value:
                self._number.show_value(value)
            self._number.setEnabled(can_edit)
        if self._segment is not None:
            self._show_segments(self._segment, item)
            self._segment.setEnabled(can_edit)
        if self._rule is not None and isinstance(item, NoGoZone):
            self._rule.show_rule(item.severity, can_edit=can_edit)
        if isinstance(item, CutPlane):
            self._flip.setVisible(can_edit)

    def _show_segments(self, chooser: QComboBox, item: Item) -> None:
        case = self._placing.desk.case
        own = getattr(item, "segment_id", None)
        segments = () if case is None else case.segments
        entries: list[tuple[str, object]] = [(_("None"), None)] if self._has_none else []
        entries += [(segment.name, segment.id) for segment in segments]
        there = [(chooser.itemText(n), chooser.itemData(n)) for n in range(chooser.count())]
        blocker = QSignalBlocker(chooser)
        if entries != there:
            chooser.clear()
            for words, segment_id in entries:
                chooser.addItem(words, segment_id)
        ids = [segment_id for _words, segment_id in entries]
        chooser.setCurrentIndex(ids.index(own) if own in ids else -1)
        blocker.unblock()


class PlaceList(QWidget):
    """The exact coordinates of an item's points, in letters and millimetres."""

    def __init__(self) -> None:
        super().__init__()
        self._names = [label("", 12, 400, "soft") for _n in range(3)]
        self._places = [label("", 12, 400, "text") for _n in range(3)]
        for n, place in enumerate(self._places):
            place.setObjectName(f"plan_place_{n}")
            place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines = (row(name, None, at) for name, at in zip(self._names, self._places, strict=True))
        self.setLayout(column(*lines, gap=4))

    def show_item(self, item: Item) -> None:
        """Show where the item's points lie."""
        rows = place_rows(item)
        for n, (name, place) in enumerate(zip(self._names, self._places, strict=True)):
            words = rows[n] if n < len(rows) else ("", "")
            name.setText(words[0])
            place.setText(isolated(words[1]))
            name.setVisible(n < len(rows))
            place.setVisible(n < len(rows))
