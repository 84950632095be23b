"""The main job of `make run`: the window where there is a display, else pictures of the demo."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from app import cli

DEMO = Path("build") / "demo"


def main(arguments: Sequence[str]) -> int:
    """Open PATH, or the demo, in a window; without a display, write pictures of it."""
    path = Path(arguments[0]) if arguments else None
    if cli.has_display():
        return cli.main([str(path or DEMO / "case.tasrif")])
    if path is None:
        return cli.main(["demo", "--out", str(DEMO), "--force"])
    return four_views(path)


def four_views(path: Path) -> int:
    """Import a path where it is no case yet, and render its views."""
    folder = Path(mkdtemp(prefix="tasrif-", dir=Path("build")))
    case = path
    if path.suffix != ".tasrif":
        case = folder / "case.tasrif"
        code = cli.main(["import", str(path), "--out", str(case), "--side", "none"])
        if code:
            return code
    return cli.main(["render", str(case), "--out", str(folder / "views.png")])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
