"""Run as a script, off screen: the window; with a folder, its CT and the bone in all four views."""

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QCoreApplication, QEventLoop

from app.desk import Desk
from app.main_window import MainWindow
from app.settings import Settings
from app.start import application, make_views


def main(folder: Path | None, lower_hu: int) -> None:
    """Show the window, on an open case if there is a folder, and paint all of it."""
    settings = Settings(language="en")
    app = application(settings, "en")
    desk = Desk(settings)
    window = MainWindow(desk, make_views)
    window.show()
    app.processEvents()
    painted = window.grab()
    if folder is not None:
        open_case(desk, folder, lower_hu)
        settle(window)
        painted = window.grab()
    sys.stdout.write(f"{painted.width() * painted.height() > 0}")
    sys.stdout.flush()
    window.close()
    app.processEvents()


def settle(window: MainWindow) -> None:
    """Go on until the 3D view has what it shows, then ask for its fine picture."""
    views = window.stage.views
    assert views is not None
    window.grab()  # painting is what asks for the surfaces
    while views.solid.is_waiting:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    views.solid.render_still()


def open_case(desk: Desk, folder: Path, lower_hu: int) -> None:
    """Lay the CT of a folder on the desk, with its bone as the only segment."""
    from app.segments import new_segment
    from planning.case.case import Side
    from planning.case.intake import case_from_loaded
    from segmentation.effects.effect import SegmentView
    from segmentation.effects.threshold import Threshold
    from segmentation.io.load import load
    from segmentation.io.scan import scan

    case = case_from_loaded(load(scan(folder).series[0]), Side.NONE)
    segment = new_segment(case)
    view = SegmentView(case.volume, segment.mask)
    bone = replace(segment, mask=Threshold(lower_hu).apply(view))
    desk.lay_case(replace(case, segments=(bone,)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None, int((sys.argv[2:] or ["226"])[0]))
