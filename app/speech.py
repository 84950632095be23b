"""The window's language: catalogues, direction, and Qt's own words."""

from typing import Final

from PySide6.QtCore import QLibraryInfo, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from app import language
from app.settings import Settings

RIGHT_TO_LEFT: Final = frozenset({"ar"})


class _Qt:
    """The translator of Qt's own words that is installed now."""

    translator: QTranslator | None = None


def speak(settings: Settings, override: str = "") -> str:
    """Speak the override, else the chosen language, else stay; return what is spoken now."""
    language.use(override or settings.language or language.current())
    spoken = language.current()
    app = QApplication.instance()
    if isinstance(app, QApplication):
        is_rtl = spoken in RIGHT_TO_LEFT
        direction = Qt.LayoutDirection.RightToLeft if is_rtl else Qt.LayoutDirection.LeftToRight
        app.setLayoutDirection(direction)
        _speak_qt(app, spoken)
    return spoken


def _speak_qt(app: QApplication, spoken: str) -> None:
    if _Qt.translator is not None:
        app.removeTranslator(_Qt.translator)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator = QTranslator(app)
    if translator.load(f"qtbase_{spoken}", folder):
        app.installTranslator(translator)
    _Qt.translator = translator
