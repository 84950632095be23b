"""Words, icons, buttons and boxes, all from the tokens of the theme."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from app.icons import icon, is_rtl, pixmap
from app.theme import current
from viewers.fonts import font

Item = QWidget | QLayout | int | None
Margins = tuple[int, int, int, int]
NO_MARGINS: Final[Margins] = (0, 0, 0, 0)


def isolated(text: str) -> str:
    """Return `text` so that numbers, units and codes keep their order in a right-to-left line."""
    return f"\u2066{text}\u2069" if is_rtl() and text else text


def colour_of(tone: str) -> str:
    """Return a colour for a token name; a `#RRGGBB` passes through."""
    return tone if tone.startswith("#") else current().tone(tone)


def tint(widget: QWidget, tone: str) -> None:
    """Write the words of `widget` in the colour of a token."""
    # By style sheet, not by palette: words inside a styled button would take the button's colour.
    sheet = f"color: {colour_of(tone)}; background: transparent;"
    if widget.styleSheet() != sheet:  # Qt lays out again for an equal one too
        widget.setStyleSheet(sheet)


def label(text: str = "", px: int = 13, weight: int = 400, tone: str = "text") -> QLabel:
    """Return one line of words."""
    widget = QLabel(text)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    widget.setFont(font(px, weight))
    tint(widget, tone)
    return widget


def note(text: str = "", tone: str = "soft", px: int = 13) -> QLabel:
    """Return words that wrap over several lines and take the height they need."""
    widget = label(text, px, 400, tone)
    widget.setWordWrap(True)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
    return widget


def picture(name: str, tone: str = "soft", size: int = 20) -> QLabel:
    """Return an icon that is no control."""
    widget = QLabel()
    widget.setPixmap(pixmap(name, tone, size))
    widget.setFixedSize(size, size)
    return widget


def give_role(widget: QWidget, role: str) -> None:
    """Let the style sheet draw `widget` as `role`, now."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Draw `widget` by the style sheet again after one of its properties changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def button(
    name: str, text: str, on_click: Callable[[], object] | None = None, *, role: str = "",
    sign: str = "", height: int = 32,
) -> QPushButton:  # fmt: skip
    """Return a button with words.

    `name` is the object name; `role` is empty, `primary`, `flat` or `link`.
    """
    widget = QPushButton(f" {text}" if sign else text)
    widget.setObjectName(name)
    widget.setAccessibleName(text)
    widget.setFont(font(13, 600 if role == "primary" else 500))
    widget.setFixedHeight(height)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    if role:
        widget.setProperty("role", role)
    if role == "link":
        widget.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if sign:
        tone = {"primary": "on_fill", "link": "accent"}.get(role, "soft")
        widget.setIcon(icon(sign, tone))
        widget.setIconSize(QSize(20, 20))
    if on_click is not None:
        widget.clicked.connect(lambda _checked=False: on_click())
    return widget


def sign_button(
    name: str, text: str, sign: str, *, size: tuple[int, int] = (36, 32)
) -> QPushButton:
    """Return a bare icon button; `text` is its tooltip and its spoken name."""
    widget = QPushButton()
    widget.setObjectName(name)
    widget.setAccessibleName(text)
    widget.setToolTip(text)
    widget.setFixedSize(*size)
    widget.setIcon(icon(sign, "soft"))
    widget.setIconSize(QSize(20, 20))
    widget.setProperty("role", "flat")
    return widget


def put(layout: QBoxLayout, item: Item) -> None:
    """Add a widget, a layout, a space in px, or (None) a stretch."""
    if item is None:
        layout.addStretch(1)
    elif isinstance(item, int):
        layout.addSpacing(item)
    elif isinstance(item, QLayout):
        layout.addLayout(item)
    else:
        layout.addWidget(item)


def boxed(
    direction: QBoxLayout.Direction, items: tuple[Item, ...], gap: int, margins: Margins
) -> QBoxLayout:
    """Return a box layout that holds `items`."""
    layout = QBoxLayout(direction)
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    for item in items:
        put(layout, item)
    return layout


def row(*items: Item, gap: int = 8, margins: Margins = NO_MARGINS) -> QBoxLayout:
    """Return `items` side by side; None is a stretch, a number a space in px."""
    return boxed(QBoxLayout.Direction.LeftToRight, items, gap, margins)


def column(*items: Item, gap: int = 8, margins: Margins = NO_MARGINS) -> QBoxLayout:
    """Return `items` one below the other; None is a stretch, a number a space in px."""
    return boxed(QBoxLayout.Direction.TopToBottom, items, gap, margins)


def framed(role: str, layout: QLayout | None = None, height: int = 0) -> QFrame:
    """Return a frame that the style sheet draws as `role`."""
    widget = QFrame()
    widget.setProperty("role", role)
    if height:
        widget.setFixedHeight(height)
    if layout is not None:
        widget.setLayout(layout)
    return widget


def rule(*, is_upright: bool = False) -> QFrame:
    """Return a hairline."""
    widget = framed("rule")
    if is_upright:
        widget.setFixedSize(1, 20)
    else:
        widget.setFixedHeight(1)
    return widget


def section(text: str, *ends: QWidget) -> QBoxLayout:
    """Return a section's heading with its links at the end, 12 px more above."""
    heading = label(text, 12, 600, "soft")
    return row(heading, None, *ends, margins=(0, 12, 0, 0))


class Slot(QWidget):
    """A place whose content is made anew whenever what it shows has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._content: QWidget | None = None
        self.setLayout(column(gap=0))

    def fill(self, layout: QLayout) -> None:
        """Show `layout` in the place of what was there; the focus stays on what bears its name."""
        held = QApplication.focusWidget()
        name = ""
        if held is not None and self.isAncestorOf(held):
            # Without this Qt hands the focus to whatever control comes next.
            name = held.objectName()
            self.window().setFocus()
        if self._content is not None:
            # Hidden first: what is deleted later would still take room in this turn.
            self._content.hide()
            self._content.deleteLater()
        self._content = QWidget()
        self._content.setLayout(layout)
        own = self.layout()
        assert own is not None
        own.addWidget(self._content)
        again = self._content.findChild(QWidget, name) if name else None
        if isinstance(again, QWidget):
            again.setFocus()


class Chip(QFrame):
    """A small frame with a word and perhaps a sign: side, state, SIM, badges."""

    def __init__(self, name: str, height: int = 24) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFixedHeight(height)
        self._sign = QLabel()
        self._words = label("", 13 if height > 24 else 12, 600)
        self.setLayout(row(self._sign, self._words, gap=6, margins=(8, 0, 8, 0)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_words(
        self, text: str, tone: str, *, sign: str = "", ground: str = "raised", ink: str = "",
        border: str = "",
    ) -> None:  # fmt: skip
        """Show `text` on a ground, framed in `tone`."""
        self._words.setText(text)
        self.setAccessibleName(text)
        tint(self._words, ink or tone)
        self._sign.setVisible(bool(sign))
        if sign:
            self._sign.setPixmap(pixmap(sign, ink or tone, 16))
        edge = colour_of(border or ("line" if tone == "soft" else tone))
        # The selector names this class only, so that the words inside keep their own colour.
        self.setStyleSheet(
            f"Chip {{ background: {colour_of(ground)}; border: 1px solid {edge};"
            " border-radius: 4px; }"
        )


def chip(name: str, text: str, tone: str = "soft", *, sign: str = "") -> Chip:
    """Return a small chip."""
    widget = Chip(name)
    widget.show_words(text, tone, sign=sign)
    return widget
