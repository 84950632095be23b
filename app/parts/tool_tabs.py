"""The tools of a step in groups: a tab for each group, its tiles below."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.parts.basic import button, column, row
from app.parts.tiles import Tiles
from viewers.fonts import font


class ToolTabs(QWidget):
    """Groups of tiles, one group shown at a time; opening a tool shows its group."""

    def __init__(
        self,
        groups: Mapping[str, Sequence[tuple[str, str, str]]],
        on_tool: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._names = [[name for name, _words, _sign in tools] for tools in groups.values()]
        self._groups = [Tiles(tools, on_tool) for tools in groups.values()]
        self._stack = QStackedWidget()
        for tiles in self._groups:
            self._stack.addWidget(tiles)
        self._tabs = []
        for n, words in enumerate(groups):
            tab = button(f"tools_{n}", words, partial(self._show_group, n), height=28)
            tab.setCheckable(True)
            tab.setFont(font(12, 500))
            tab.setStyleSheet("padding: 0 4px;")
            self._tabs.append(tab)
        line = row(*self._tabs, gap=4)
        for n in range(len(self._tabs)):
            line.setStretch(n, 1)
        self.setLayout(column(line, self._stack, gap=8))
        self._show_group(0)

    def _show_group(self, n: int) -> None:
        self._stack.setCurrentIndex(n)
        # The stack is as high as the group it shows, not as the highest of all.
        self._stack.setFixedHeight(self._groups[n].sizeHint().height())
        for m, tab in enumerate(self._tabs):
            tab.setChecked(m == n)

    def show_open(self, name: str) -> None:
        """Show which tool is open, and its group; empty for none."""
        for n, tiles in enumerate(self._groups):
            tiles.show_open(name)
            if name in self._names[n]:
                self._show_group(n)

    def allow(self, is_allowed: bool) -> None:
        """Let the tools be opened or not."""
        for tiles in self._groups:
            tiles.allow(is_allowed)
