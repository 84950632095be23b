"""A few lines of words that a person types: why something is done."""

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit

from app.parts.basic import colour_of
from viewers.fonts import font

HEIGHT_PX = 104


def text_box(
    name: str, spoken: str, on_change: Callable[[], object], text: str = ""
) -> QPlainTextEdit:
    """Return an empty box, or one with `text`; Tab leaves it."""
    box = QPlainTextEdit(text)
    box.setObjectName(name)
    box.setAccessibleName(spoken)
    box.setFont(font(13))
    box.setFixedHeight(HEIGHT_PX)
    box.setTabChangesFocus(True)
    box.setStyleSheet(
        f"QPlainTextEdit {{ background: {colour_of('raised')}; color: {colour_of('text')};"
        f" border: 1px solid {colour_of('edge')}; border-radius: 6px; padding: 4px; }}"
        f"QPlainTextEdit:focus {{ border: 2px solid {colour_of('accent')}; }}"
    )
    box.textChanged.connect(on_change)
    return box
