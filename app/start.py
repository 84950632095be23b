"""Starts the window: one application, then the window, then the heavy parts behind it."""

import json
import locale
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app import figures, theme
from app import settings as stored
from app.desk import Desk
from app.language import translate
from app.main_window import MainWindow, dump_ui
from app.message import of_error
from app.settings import Settings
from app.speech import speak
from app.tasks import Task
from app.warm import warm_up
from viewers.fonts import font, load_fonts

if TYPE_CHECKING:
    from viewers.widgets.four_views import FourViews

LOG: Final = logging.getLogger(__name__)
MAP_EVERY_MS: Final = 250
WARM_AFTER_MS: Final = 50


class _Running:
    """Keeps Qt's application alive until the interpreter ends; Qt crashes otherwise."""

    app: QApplication | None = None


def application(settings: Settings, language: str = "") -> QApplication:
    """Return the one application: Fusion, numeric locale C, fonts, language, theme."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    _Running.app = app
    # Qt takes the desktop's number format; SimpleITK and VTK would then read 1.25 as 1 (HAZ-16).
    locale.setlocale(locale.LC_NUMERIC, "C")
    app.setStyle("Fusion")
    app.setApplicationName("Tasrif")
    app.setDesktopFileName("tasrif")
    load_fonts()
    app.setFont(font(13))
    speak(settings, language)
    theme.use(theme.THEMES.get(settings.theme, theme.DARK))
    return app


def make_views() -> "FourViews":
    """Return new views that speak the window's language."""
    from viewers.widgets.four_views import FourViews

    return FourViews(translate, figures.number)


def start_window(path: Path | None = None, places: Path | None = None) -> int:
    """Open the window, on `path` if given; return the exit code when it was closed.

    `places` names a file that is kept up to date with every control's place on the screen; beside
    it, with the ending `.stalls.json`, stands how long the window's thread was deaf.
    """
    settings = stored.read()
    app = application(settings, os.environ.get("TASRIF_LANGUAGE", ""))
    desk = Desk(settings)
    window = MainWindow(desk, make_views)
    hook, sys.excepthook = sys.excepthook, _bug_hook(desk)
    window.show()
    if places is not None:
        _keep_map(window, places)
        _keep_stalls(window, places.with_suffix(".stalls.json"))
    quiet = Task("", warm_up, is_quiet=True)
    QTimer.singleShot(WARM_AFTER_MS, lambda: desk.tasks.run(quiet, lambda _done: None, desk.fail))
    if path is not None:
        QTimer.singleShot(0, lambda: window.open_path(path))
    try:
        return app.exec()
    finally:
        sys.excepthook = hook
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _keep_map(window: MainWindow, places: Path) -> None:
    timer = QTimer(window)
    timer.timeout.connect(lambda: dump_ui(window, places))
    timer.start(MAP_EVERY_MS)
    window.closed.connect(timer.stop)


def _keep_stalls(window: MainWindow, file: Path) -> None:
    from app.heartbeat import Heartbeat

    heart = Heartbeat(window)

    def end() -> None:
        heart.stop()
        file.write_text(json.dumps(heart.summary()), encoding="utf-8")

    window.closed.connect(end)
    heart.start()


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def _bug_hook(desk: Desk) -> Hook:
    """Return the hook for what nobody caught: logged, said once, without patient data."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        LOG.error("uncaught", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            desk.bridge.say(of_error(error))

    return hook
