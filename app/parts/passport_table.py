"""The plan passport as a table: each file, who read it back, and how far it is off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from app import figures
from app.icons import is_rtl
from app.language import translate as _
from app.parts.basic import isolated, label, picture, row, rule, tint
from viewers.fonts import font

ROW_PX: Final = 34
HEAD_PX: Final = 28
GAP_PX: Final = 16
KEPT_PX: Final = 90
BAR_PX: Final = 12
STRETCHES: Final = (6, 2, 4, 2, 2, 2)
MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute


@dataclass(frozen=True, slots=True)
class PassportRow:
    """One file as people read it; None where there is no geometry.

    `title` says what a file is whose name is an id, "" for others.
    """

    path: str
    title: str
    frame: str
    read_by: str
    error_mm: float | None
    allowed_mm: float | None


class CutLabel(QLabel):
    """Words that give way, a file's name in the middle so that its kind stays."""

    def __init__(self, text: str, weight: int, mode: Qt.TextElideMode, tip: str = "") -> None:
        super().__init__()
        self._whole, self._mode = text, mode
        self.setFont(font(13, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(tip or text)
        self.setAccessibleName(text)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be content with the part that has to stay."""
        return QSize(KEPT_PX, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Cut again."""
        super().resizeEvent(event)
        width = max(self.width(), 1)
        self.setText(self.fontMetrics().elidedText(self._whole, self._mode, width))


def edge(*, is_end: bool) -> Qt.AlignmentFlag:
    """Return where words of a column stand, whichever way they run themselves."""
    is_right = is_end is not is_rtl()
    return MIDDLE | (Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft)


def inner(grid: QGridLayout) -> QWidget:
    """Return a widget with `grid` in it."""
    widget = QWidget()
    widget.setLayout(grid)
    return widget


def table_px(n: int) -> int:
    """Return how high a table of `n` files is."""
    return HEAD_PX + n * (ROW_PX + 1) + 2


def millimetres(value: float | None, digits: int) -> str:
    """Return a difference with its unit; a dash where there is no geometry."""
    return figures.NOTHING if value is None else f"{figures.decimal(value, digits)} mm"


class PassportTable(QFrame):
    """Head, one row per file, hairlines between; numbers stand at the end with equal decimals."""

    def __init__(self, rows: Sequence[PassportRow]) -> None:
        super().__init__()
        self.setObjectName("passport_table")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_PX)
        grid.setVerticalSpacing(0)
        heads = (_("File"), _("Frame"), _("Read back by"), _("Error"), _("Allowed"), _("Result"))
        for n, (words, stretch) in enumerate(zip(heads, STRETCHES, strict=True)):
            head = label(words, 12, 600, "soft")
            head.setAlignment(edge(is_end=n > 2))
            grid.addWidget(head, 0, n)
            grid.setColumnStretch(n, stretch)
        grid.setRowMinimumHeight(0, HEAD_PX)
        for n, one in enumerate(rows):
            self._add(grid, n, one)
        grid.addWidget(rule(), 2 * len(rows) + 1, 0, 1, len(heads))
        # The scroll bar stands beside the words, on either side.
        self.setLayout(row(inner(grid), BAR_PX, gap=0))

    def _add(self, grid: QGridLayout, n: int, one: PassportRow) -> None:
        grid.addWidget(rule(), 2 * n + 1, 0, 1, len(STRETCHES))
        words = f"{one.title} · {one.path}" if one.title else one.path
        name = CutLabel(words, 500, Qt.TextElideMode.ElideMiddle, one.path)
        name.setObjectName(f"passport_row_{n}")
        reader = CutLabel(one.read_by, 400, Qt.TextElideMode.ElideRight)
        tint(reader, "soft")
        cells: list[QLabel] = [
            name,
            label(isolated(one.frame or figures.NOTHING), 13, 400, "soft"),
            reader,
            label(isolated(millimetres(one.error_mm, 5)), 13, 600),
            label(isolated(millimetres(one.allowed_mm, 3)), 13, 400, "soft"),
        ]
        for column, cell in enumerate(cells):
            cell.setAlignment(edge(is_end=column > 2))
            grid.addWidget(cell, 2 * n + 2, column)
        result = QWidget()
        result.setLayout(row(None, picture("check", "ok", 16), label(_("as written")), gap=6))
        grid.addWidget(result, 2 * n + 2, len(cells))
        grid.setRowMinimumHeight(2 * n + 2, ROW_PX)
