"""The branches of a segment of tubes as a table: a click shows where a branch is narrowest."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app import figures
from app.icons import is_rtl
from app.language import translate as _
from app.parts.basic import button, column, isolated, label, note, row
from viewers.fonts import font

if TYPE_CHECKING:
    from segmentation.tree.graph import Branch, Lps, Tree

SIZE_PX: Final = (620, 520)


class BranchesDialog(QDialog):
    """Stays beside the views while they are used; `on_go` gets a place, `on_save` a wish."""

    def __init__(
        self, parent: QWidget, name: str, tree: "Tree", on_go: "Callable[[Lps], object]",
        on_save: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setObjectName("branches_dialog")
        title = _("Branches of {name}").format(name=name)
        self.setWindowTitle(title)
        self.resize(*SIZE_PX)
        self._tree, self._on_go, self._panel = tree, on_go, parent
        heads = (_("Branch"), _("Leaves"), _("Order"), _("Length"), _("Mean width"), _("Narrowest"))
        self._table = QTableWidget(len(tree.branches), len(heads))
        self._table.setObjectName("branches_table")
        self._table.setAccessibleName(title)
        self._table.setFont(font(13))
        self._table.setHorizontalHeaderLabels(heads)
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for n, branch in enumerate(tree.branches):
            self._fill(n, branch)
        self._table.currentCellChanged.connect(lambda at, *_rest: self._go(at))
        self._table.cellClicked.connect(lambda at, _column: self._go(at))
        count = _("Branches: {n}").format(n=len(tree.branches))
        length = _("{mm} mm of centreline").format(mm=figures.decimal(tree.length_mm, 0))
        about = _("Widths are those of the largest ball inside. Choose a row to see its narrowest"
                  " place.")  # fmt: skip
        save = button("branches_save", _("Save table"), on_save, height=40)
        done = button("branches_done", _("Done"), self.accept, role="primary", height=40)
        done.setMinimumWidth(112)
        for one in (save, done):
            one.setAutoDefault(False)
        self.setLayout(
            column(
                label(title, 16, 600), note(f"{count}, {length}", "soft", 12),
                self._table, note(about, "soft", 12), 8, row(save, None, done),
                margins=(24, 24, 24, 24),
            )
        )  # fmt: skip

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begin at the panel's edge, so that the views stay in sight."""
        super().showEvent(event)
        panel = self._panel
        corner = panel.mapToGlobal(panel.rect().topLeft())
        x = corner.x() + (panel.width() - self.width() if is_rtl() else 0)
        self.move(x, corner.y())

    def _fill(self, line: int, branch: "Branch") -> None:
        words = (
            str(branch.number),
            str(branch.parent) if branch.parent else figures.NOTHING,
            str(branch.order),
            f"{figures.decimal(branch.length_mm)} mm",
            f"{figures.decimal(2.0 * branch.mean_radius_mm)} mm",
            f"{figures.decimal(2.0 * branch.min_radius_mm)} mm",
        )
        for n, word in enumerate(words):
            cell = QTableWidgetItem(isolated(word))
            cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            self._table.setItem(line, n, cell)

    def _go(self, at: int) -> None:
        if 0 <= at < len(self._tree.branches):
            self._on_go(self._tree.branches[at].narrowest_lps_mm)
