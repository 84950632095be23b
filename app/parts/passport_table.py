"""The plan passport as a table: each file, who read it back, and how far it is off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from app import figures
from app.language import translate as _
from app.parts.basic import isolated, label, picture, row, rule
from viewers.fonts import font

ROW_PX: Final = 34
HEAD_PX: Final = 28
GAP_PX: Final = 16
STRETCHES: Final = (5, 2, 4, 2, 2, 2)
END: Final = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class PassportRow:
    """One file as people read it; None where there is no geometry."""

    path: str
    frame: str
    read_by: str
    error_mm: float | None
    allowed_mm: float | None


class MiddleElided(QLabel):
    """A file's name that gives way in the middle, so that its kind stays; whole in the tooltip."""

    def __init__(self, text: str, weight: int, kept_px: int) -> None:
        super().__init__()
        self._whole, self._kept_px = text, kept_px
        self.setFont(font(13, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be content with the part that has to stay."""
        return QSize(self._kept_px, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Cut again."""
        super().resizeEvent(event)
        mode = Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(self._whole, mode, max(self.width(), 1)))


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
            if n > 2:
                head.setAlignment(END)
            grid.addWidget(head, 0, n)
            grid.setColumnStretch(n, stretch)
        grid.setRowMinimumHeight(0, HEAD_PX)
        for n, one in enumerate(rows):
            self._add(grid, n, one)
        grid.addWidget(rule(), 2 * len(rows) + 1, 0, 1, len(heads))
        self.setLayout(grid)

    def _add(self, grid: QGridLayout, n: int, one: PassportRow) -> None:
        grid.addWidget(rule(), 2 * n + 1, 0, 1, len(STRETCHES))
        name = MiddleElided(one.path, 500, 120)
        name.setObjectName(f"passport_row_{n}")
        reader = MiddleElided(one.read_by, 400, 90)
        cells: list[QWidget] = [
            name,
            label(isolated(one.frame or figures.NOTHING), 13, 400, "soft"),
            reader,
            label(isolated(millimetres(one.error_mm, 5)), 13, 600),
            label(isolated(millimetres(one.allowed_mm, 3)), 13, 400, "soft"),
        ]
        for column, cell in enumerate(cells):
            if column > 2 and isinstance(cell, QLabel):
                cell.setAlignment(END)
            grid.addWidget(cell, 2 * n + 2, column)
        result = QWidget()
        result.setLayout(row(None, picture("check", "ok", 16), label(_("as written")), gap=6))
        grid.addWidget(result, 2 * n + 2, len(cells))
        grid.setRowMinimumHeight(2 * n + 2, ROW_PX)
