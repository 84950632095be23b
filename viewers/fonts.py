"""The faces that views write with. Set by family, never by a style sheet."""

from functools import cache
from importlib import resources
from typing import Final

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase

FAMILIES: Final = ("IBM Plex Sans", "IBM Plex Sans Arabic", "Noto Sans", "Noto Sans Arabic")
ENDINGS: Final = (".woff", ".woff2", ".ttf", ".otf")


@cache
def load_fonts() -> int:
    """Make the fonts in `resources/fonts` known to Qt, once; return how many files it took."""
    folder = resources.files("resources") / "fonts"
    if not folder.is_dir():
        return 0
    files = sorted(
        (f for f in folder.iterdir() if f.name.endswith(ENDINGS)), key=lambda file: file.name
    )
    if any(family in QFontDatabase.families() for family in FAMILIES[:1]):
        return 0
    taken = (QFontDatabase.addApplicationFontFromData(QByteArray(f.read_bytes())) for f in files)
    return sum(number >= 0 for number in taken)


def font(size_px: int, weight: int = 400) -> QFont:
    """Return the house face at a size in logical pixels."""
    face = QFont(list(FAMILIES))
    face.setPixelSize(size_px)
    # Else letters are fitted to the pixels of one screen, and a picture differs on another (DET-5).
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    face.setWeight(QFont.Weight(weight))
    return face
