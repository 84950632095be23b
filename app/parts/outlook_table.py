"""What each destination will get, before anything is written: what goes, what stays, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from app import figures
from app.language import translate as _
from app.parts.basic import label, picture, row, rule, tint
from app.parts.passport_table import BAR_PX, GAP_PX, HEAD_PX, ROW_PX, CutLabel, edge, inner

STRETCHES: Final = (3, 6, 6)


@dataclass(frozen=True, slots=True)
class OutlookRow:
    """One destination as people read it.

    `against` is the sentence of what stands against it, "" for nothing.
    """

    name: str
    title: str
    sent: str
    left_out: str
    against: str


class OutlookTable(QFrame):
    """Head, one row per destination, hairlines between, like the passport that follows."""

    def __init__(self, rows: Sequence[OutlookRow]) -> None:
        super().__init__()
        self.setObjectName("outlook_table")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_PX)
        grid.setVerticalSpacing(0)
        heads = (_("Destination"), _("Goes there"), _("Stays out, and why"))
        for n, (words, stretch) in enumerate(zip(heads, STRETCHES, strict=True)):
            head = label(words, 12, 600, "soft")
            head.setAlignment(edge(is_end=False))
            grid.addWidget(head, 0, n)
            grid.setColumnStretch(n, stretch)
        grid.setRowMinimumHeight(0, HEAD_PX)
        for n, one in enumerate(rows):
            self._add(grid, n, one)
        grid.addWidget(rule(), 2 * len(rows) + 1, 0, 1, len(heads))
        self.setLayout(row(inner(grid), BAR_PX, gap=0))

    def _add(self, grid: QGridLayout, n: int, one: OutlookRow) -> None:
        grid.addWidget(rule(), 2 * n + 1, 0, 1, len(STRETCHES))
        at = 2 * n + 2
        sign = ("blocked", "block") if one.against else ("check", "ok")
        title = row(picture(*sign, 16), label(one.title, 13, 500), None, gap=8)
        grid.addLayout(title, at, 0)
        if one.against:
            grid.addWidget(_cut(f"outlook_{one.name}", one.against, "block"), at, 1, 1, 2)
        else:
            grid.addWidget(_cut(f"outlook_{one.name}", one.sent, "text"), at, 1)
            grid.addWidget(_cut(f"outlook_{one.name}_out", one.left_out, "soft"), at, 2)
        grid.setRowMinimumHeight(at, ROW_PX)


def _cut(name: str, words: str, tone: str) -> QLabel:
    """Return one line that gives way at its end; the whole of it is its tooltip."""
    cell = CutLabel(words or figures.NOTHING, 400, Qt.TextElideMode.ElideRight, words)
    cell.setObjectName(name)
    cell.setAlignment(edge(is_end=False))
    tint(cell, tone)
    return cell
