"""The main job of `make run`: the window where there is a display, else pictures of the demo."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from app import cli

BUILD: Final = Path("build")
DEMO: Final = BUILD / "demo"
PRACTICE: Final = BUILD / "practice.tasrif"


def main(arguments: Sequence[str]) -> int:
    """Open PATH, or the phantom to practise on, in a window; without a display, write pictures."""
    path = Path(arguments[0]) if arguments else None
    if cli.has_display():
        return cli.main([str(path or practice(DEMO / "case.tasrif", PRACTICE))])
    if path is None:
        return cli.main(["demo", "--out", str(DEMO), "--force"])
    return four_views(path)


def practice(demo: Path, own: Path) -> Path:
    """Return a case to play with: the demo's, planned and not sealed yet; it is kept when there.

    So a new demo never takes away what somebody has planned in the window.
    """
    if own.exists() or not demo.exists():
        return own if own.exists() else demo
    from planning.case.file import create, open_case

    with open_case(demo, read_only=True) as file:
        draft = replace(file.case, seals=(), is_sealed=False, withdrawals=())
    create(own, draft).close()
    return own


def four_views(path: Path) -> int:
    """Import a path where it is no case yet, and render its views."""
    folder = Path(mkdtemp(prefix="tasrif-", dir=BUILD))
    case = path
    if path.suffix != ".tasrif":
        case = folder / "case.tasrif"
        code = cli.main(["import", str(path), "--out", str(case), "--side", "none"])
        if code:
            return code
    return cli.main(["render", str(case), "--out", str(folder / "views.png")])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
