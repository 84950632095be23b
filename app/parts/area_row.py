"""Where the open tool may change voxels: one line, unfolded into a few fields."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QWidget

from app import figures
from app.desk import Desk
from app.icons import tick
from app.language import translate as _
from app.parts.basic import button, column, isolated, label, note, row
from app.parts.number_field import NumberField
from segmentation.area import EVERYWHERE, HU_MAX, HU_MIN, Area, LpsPoint, Overlap
from viewers.fonts import font

BOX_STEP_MM: Final = 0.1
BOX_MM_MAX: Final = 10_000.0
AXES: Final = ("x", "y", "z")


class AreaRow(QWidget):
    """Says where the tool works; the link unfolds the rules, which hold until they are changed.

    `on_change` is called after each change of the desk's area; `unfolded` says that it grew.
    """

    unfolded = Signal()

    def __init__(self, desk: Desk, on_change: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("area_row")
        self._desk, self._on_change = desk, on_change
        self._words = note("", "soft", 12)
        self._words.setObjectName("area_words")
        self._fold = button("area_fold", _("Change"), self._toggle, role="link", height=20)
        line = row(label(_("Where"), 12, 600, "soft"), self._words, self._fold)
        line.setStretch(1, 1)
        self._inside = _names_button("area_inside", partial(self._show_names, is_inside=True))
        self._outside = _names_button("area_outside", partial(self._show_names, is_inside=False))
        self._range = tuple(self._hu_field(n) for n in range(2))
        self._overlaps = {rule: self._overlap_button(rule) for rule in Overlap}
        self._box = button("area_box", _("In a box"), self._toggle_box)
        self._box.setCheckable(True)
        self._corners = tuple(self._corner_field(n, a) for n in range(2) for a in range(3))
        self._corner_rows = QWidget()
        self._corner_rows.setLayout(self._corner_lines())
        clear = button("area_clear", _("Everywhere"), partial(self._take, EVERYWHERE), role="link",
                       height=20)  # fmt: skip
        self._rules = QWidget()
        self._rules.setLayout(
            column(
                _wide(self._inside, self._outside), _wide(*self._range),
                _wide(*self._overlaps.values()), self._box, self._corner_rows, row(None, clear),
                gap=4,
            )
        )  # fmt: skip
        self._rules.hide()
        self.setLayout(column(line, self._rules, gap=4))
        self.show_area()

    def _hu_field(self, n: int) -> NumberField:
        title = (_("From"), _("To"))[n]
        field = NumberField(("area_lower", "area_upper")[n], title, _("HU"), (HU_MIN, HU_MAX), 1)
        field.name_limit(HU_MIN, _("min"))
        field.name_limit(HU_MAX, _("max"))
        field.changed.connect(partial(self._take_bound, n))
        return field

    def _overlap_button(self, rule: Overlap) -> QPushButton:
        one = button(f"area_{rule}", overlap_words(rule), partial(self._take_overlap, rule))
        one.setCheckable(True)
        one.setFont(font(12, 500))
        one.setStyleSheet("padding: 0 4px;")
        return one

    def _corner_field(self, corner: int, axis: int) -> NumberField:
        name, limits = f"area_{AXES[axis]}{corner}", (-BOX_MM_MAX, BOX_MM_MAX)
        field = NumberField(name, "xyz"[axis].upper(), _("mm"), limits, BOX_STEP_MM)
        field.changed.connect(partial(self._take_corner, corner, axis))
        return field

    def _corner_lines(self) -> QBoxLayout:
        return column(*(_wide(self._corners[a], self._corners[3 + a]) for a in range(3)), gap=4)

    @property
    def _area(self) -> Area:
        return self._desk.area

    def _toggle(self) -> None:
        self._rules.setVisible(self._rules.isHidden())
        self.show_area()
        self.unfolded.emit()

    def _take(self, area: Area) -> None:
        if area != self._desk.area:
            self._desk.area = area
            self.show_area()
            self._on_change()

    def _take_bound(self, n: int, value: float) -> None:
        bounds = [self._area.lower_hu, self._area.upper_hu]
        bounds[n] = int(value)
        # A bound that passes the other one takes it along.
        other = min(bounds[0], bounds[1]) if n else max(bounds[0], bounds[1])
        bounds[1 - n] = other
        self._take(replace(self._area, lower_hu=bounds[0], upper_hu=bounds[1]))

    def _take_overlap(self, rule: Overlap) -> None:
        self._take(replace(self._area, overlap=rule))
        self.show_area()

    def _toggle_box(self) -> None:
        case = self._desk.case
        if self._area.box_lps_mm is None and case is not None:
            grid = case.volume.grid
            low, high = (0, 0, 0), tuple(n - 1 for n in grid.shape_kji[::-1])
            corners = (_corner(grid.lps_mm(np.array(low))), _corner(grid.lps_mm(np.array(high))))
            self._take(replace(self._area, box_lps_mm=corners))
        else:
            self._take(replace(self._area, box_lps_mm=None))
        self.show_area()
        self.unfolded.emit()

    def _take_corner(self, corner: int, axis: int, value: float) -> None:
        box = self._area.box_lps_mm
        if box is not None:
            corners = [list(point) for point in box]
            corners[corner][axis] = value
            self._take(replace(self._area, box_lps_mm=(_corner(corners[0]), _corner(corners[1]))))

    def _show_names(self, *, is_inside: bool) -> None:
        case = self._desk.case
        if case is None:
            return
        at = self._inside if is_inside else self._outside
        menu = QMenu(self)
        menu.setObjectName("area_names")
        menu.setFont(font(13))
        chosen = (self._area.inside,) if is_inside else self._area.outside
        for name in (*(("",) if is_inside else ()), *(one.name for one in case.segments)):
            entry = menu.addAction(tick(is_on=name in chosen), name or _("Any segment or none"))
            take = self._take_inside if is_inside else self._take_outside
            entry.triggered.connect(lambda _on=False, take=take, name=name: take(name))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at.mapToGlobal(QPoint(0, at.height() + 4)))

    def _take_inside(self, name: str) -> None:
        self._take(replace(self._area, inside=name))

    def _take_outside(self, name: str) -> None:
        now = self._area.outside
        left = tuple(one for one in now if one != name)
        self._take(replace(self._area, outside=left if name in now else (*now, name)))

    def show_area(self) -> None:
        """Show the area that holds now."""
        area, is_folded = self._area, self._rules.isHidden()
        self._fold.setText(_("Change") if is_folded else _("Fold"))
        self._words.setText(area_words(area))
        self._inside.setText(_("Inside: {name}").format(name=area.inside or figures.NOTHING))
        names = ", ".join(area.outside) or figures.NOTHING
        self._outside.setText(_("Outside: {name}").format(name=names))
        for field, bound in zip(self._range, (area.lower_hu, area.upper_hu), strict=True):
            field.show_value(float(bound))
        for rule, one in self._overlaps.items():
            one.setChecked(rule is area.overlap)
        self._box.setChecked(area.box_lps_mm is not None)
        self._corner_rows.setVisible(area.box_lps_mm is not None)
        values = [x for corner in area.box_lps_mm or () for x in corner]
        for field, value in zip(self._corners, values, strict=False):
            field.show_value(value)


def overlap_words(rule: Overlap) -> str:
    """Return what happens to the voxels of other segments, in two words."""
    words = {
        Overlap.ALLOW: _("May overlap"),
        Overlap.TAKE: _("Take over"),
        Overlap.SPARE: _("Spare others"),
    }
    return words[rule]


def area_words(area: Area) -> str:
    """Return an area in a few words."""
    words = []
    if area.inside:
        words.append(_("inside {name}").format(name=area.inside))
    if area.outside:
        words.append(_("outside {name}").format(name=", ".join(area.outside)))
    if area.has_range:
        low = _("min") if area.lower_hu == HU_MIN else figures.decimal(area.lower_hu, 0)
        high = _("max") if area.upper_hu == HU_MAX else figures.decimal(area.upper_hu, 0)
        words.append(isolated(f"{low} {figures.NOTHING} {high} {_('HU')}"))
    if area.box_lps_mm is not None:
        words.append(_("in a box"))
    if area.overlap is not Overlap.ALLOW:
        words.append(overlap_words(area.overlap))
    return ", ".join(words) or _("Everywhere")


def _names_button(name: str, on_click: Callable[[], object]) -> QPushButton:
    one = button(name, "", on_click)
    one.setFont(font(12, 500))
    one.setStyleSheet("padding: 0 8px; text-align: left;")
    return one


def _wide(*widgets: QWidget) -> QBoxLayout:
    line = row(*widgets, gap=4)
    for n in range(len(widgets)):
        line.setStretch(n, 1)
    return line


def _corner(numbers: Iterable[float]) -> LpsPoint:
    x, y, z = (round(float(number), 3) for number in numbers)
    return x, y, z
