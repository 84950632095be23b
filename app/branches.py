"""The branches of the chosen segment: worked out beside the window, shown, and kept as a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.desk import Desk
from app.language import translate as _
from app.message import of_error
from app.picking import ask_table_file
from segmentation.grid import Point
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.tree.graph import Tree

KEY: Final = "branches"


def show_branches(parent: QWidget, desk: Desk, on_go: Callable[[Point], object]) -> None:
    """Work out the tree of the chosen segment and show it; what is refused is said in the panel.

    `on_go` shows a place in the views.
    """
    case, segment = desk.case, desk.segment
    if case is None or segment is None:
        return

    def work(progress: Progress) -> "Tree":
        from segmentation.tree.build import Rule, tree_of

        return tree_of(case.volume.grid, segment.mask, Rule(), progress)

    def took(tree: "Tree") -> None:
        from app.dialogs.branches import BranchesDialog

        if not tree.branches:
            words = _("{name} holds no tube with a branch. Choose a segment of vessels or airways.")
            desk.say(words.format(name=segment.name), "warn")
            return

        def save() -> None:
            path = ask_table_file(parent, desk.settings.open_folder)
            if path is not None:
                save_branches(desk, segment.name, tree, path)

        BranchesDialog(
            parent, segment.name, tree, lambda place: on_go(np.array(place)), save
        ).show()

    def is_wanted() -> bool:
        return isValid(parent) and desk.segment is segment

    desk.work(_("Looking for branches"), work, took, key=KEY, is_wanted=is_wanted)


def save_branches(desk: Desk, name: str, tree: "Tree", path: Path) -> bool:
    """Write a tree as JSON or, by the file's ending, as CSV; return whether it was written."""
    from app.console.segment_table import table
    from segmentation.tree.record import record, rows
    from segmentation.unavailable import as_unavailable

    if path.suffix.lower() == ".json":
        text = json.dumps(record(tree, name), ensure_ascii=False)
    else:
        text = "\n".join(table([{"segment": name, **row} for row in rows(tree)]))
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        desk.bridge.say(of_error(as_unavailable(error)))
        return False
    desk.bridge.say(None)
    return True
