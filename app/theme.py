"""The colours of the house: three themes, their palette and the one short style sheet."""

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

DRAFT_FILL: Final = "#F5B83D"
DRAFT_INK: Final = "#15181C"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colour tokens as `#RRGGBB`; contrast figures stand in the look book."""

    name: str
    app: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    soft: str
    faint: str
    accent: str
    fill: str
    tint: str
    ok: str
    warn: str
    block: str
    on_fill: str = "#FFFFFF"
    gap: str = "#2A313A"

    def tone(self, name: str) -> str:
        """Return the colour of a token by its name; AttributeError for an unknown one."""
        colour: str = getattr(self, name)
        return colour


DARK: Final = Theme(
    name="dark",
    app="#121519",
    panel="#1A1E24",
    raised="#242A32",
    hover="#2C333D",
    line="#323A45",
    edge="#6B7A8F",
    text="#E8ECF1",
    soft="#AAB4C0",
    faint="#98A2B0",
    accent="#5AA9FF",
    fill="#1F6FCC",
    tint="#1D2F45",
    ok="#45C8A0",
    warn="#F5B83D",
    block="#FF6B6B",
)
LIGHT: Final = Theme(
    name="light",
    app="#DFE3E8",
    panel="#F6F7F9",
    raised="#FFFFFF",
    hover="#ECEFF3",
    line="#CDD3DB",
    edge="#77828F",
    text="#171B20",
    soft="#48525E",
    faint="#56606C",
    accent="#1560B3",
    fill="#1560B3",
    tint="#E1EDFA",
    ok="#12703F",
    warn="#8A5A00",
    block="#B3261E",
)
CONTRAST: Final = replace(
    DARK, name="contrast", app="#000000", panel="#0A0C0F", line="#6B7A8F", text="#FFFFFF"
)
THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}


class _Current:
    """The theme that widgets are drawn in; a window is rebuilt when it changes."""

    theme: Theme = DARK


def current() -> Theme:
    """Return the theme in use."""
    return _Current.theme


def use(theme: Theme) -> None:
    """Make `theme` the one in use: palette and style sheet of the running application."""
    _Current.theme = theme
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setPalette(palette(theme))
        app.setStyleSheet(style_sheet(theme))


def seen_on_panel(colour: str) -> str:
    """Return a colour made for black images as it can be seen on the panel of this theme."""
    return QColor(colour).darker(175).name() if current().name == LIGHT.name else colour


def palette(theme: Theme) -> QPalette:
    """Return Qt's palette for `theme`."""
    roles = QPalette.ColorRole
    active = {
        roles.Window: theme.panel,
        roles.Base: theme.raised,
        roles.AlternateBase: theme.panel,
        roles.Button: theme.raised,
        roles.ToolTipBase: theme.raised,
        roles.WindowText: theme.text,
        roles.Text: theme.text,
        roles.ButtonText: theme.text,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.faint,
        roles.Highlight: theme.fill,
        roles.HighlightedText: theme.on_fill,
        roles.Link: theme.accent,
    }
    colours = QPalette()
    for role, colour in active.items():
        colours.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return colours


def style_sheet(theme: Theme) -> str:
    """Return borders, surfaces, `:checked` and `:focus`; everything else is palette."""
    return _surfaces(theme) + _buttons(theme) + _inputs(theme)


def _surfaces(t: Theme) -> str:
    return f"""
    QWidget[role="window"], QDialog {{ background: {t.app}; }}
    QDialog {{ background: {t.panel}; }}
    QFrame[role="surface"], QWidget[role="surface"] {{ background: {t.panel}; }}
    QFrame[role="card"] {{
        background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px; }}
    QFrame[role="card"]:hover {{ background: {t.hover}; }}
    QFrame[role="card"]:focus, QFrame[role="plain"]:focus {{ border: 2px solid {t.accent}; }}
    QFrame[role="plain"] {{ border: 1px solid transparent; border-radius: 6px; }}
    QFrame[role="plain"]:hover {{ background: {t.hover}; }}
    QFrame[role="picked"] {{
        background: {t.tint}; border: 1px solid {t.accent}; border-radius: 6px; }}
    QFrame[role="picked"]:focus {{ border: 2px solid {t.accent}; }}
    QFrame[role="rule"] {{ background: {t.line}; }}
    QWidget[role="views"] {{ background: {t.gap}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{
        background: {t.line}; border-radius: 4px; min-height: 32px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: transparent; height: 0; width: 0; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
        padding: 4px 8px; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 4px; }}
    QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; color: {t.text}; }}
    QMenu::item:selected {{ background: {t.tint}; }}
    QMenu::item:disabled {{ color: {t.faint}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
    QProgressBar {{ background: {t.line}; border: 0; border-radius: 2px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    """


def _buttons(t: Theme) -> str:
    return f"""
    QPushButton {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 0 12px; color: {t.text}; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:disabled {{ color: {t.faint}; }}
    QPushButton:focus {{ border: 2px solid {t.accent}; }}
    QPushButton:checked {{ background: {t.tint}; border: 1px solid {t.accent}; }}
    QPushButton::menu-indicator {{ image: none; width: 0; }}
    QPushButton[role="primary"] {{ background: {t.fill}; border: 0; color: {t.on_fill}; }}
    QPushButton[role="primary"]:hover {{ background: {t.fill}; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[role="primary"]:disabled {{
        background: {t.raised}; color: {t.faint}; border: 1px solid {t.line}; }}
    QPushButton[role="flat"] {{ background: transparent; border: 1px solid transparent;
        padding: 0; }}
    QPushButton[role="flat"]:hover {{ background: {t.hover}; }}
    QPushButton[role="flat"]:checked {{ background: {t.tint}; border: 1px solid {t.accent}; }}
    QPushButton[role="flat"]:focus {{ border: 2px solid {t.accent}; }}
    QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent;
        border-radius: 4px; color: {t.accent}; padding: 0; text-align: left; }}
    QPushButton[role="link"]:hover {{ color: {t.text}; }}
    QPushButton[role="link"]:disabled {{ color: {t.faint}; }}
    QPushButton[role="link"]:focus {{ border: 2px solid {t.accent}; }}
    QPushButton[role="tile"] {{ padding: 0; }}
    QPushButton[role="cell"] {{ background: transparent; border: 0; border-radius: 0;
        padding: 0; }}
    QPushButton[role="cell"]:hover {{ background: {t.hover}; }}
    QPushButton[role="cell"]:checked {{ background: {t.tint}; border: 0; }}
    QPushButton[role="cell"]:focus {{ border: 2px solid {t.accent}; }}
    """


def _inputs(t: Theme) -> str:
    return f"""
    QFrame[role="field"] {{ background: {t.raised}; border: 1px solid {t.line};
        border-radius: 6px; }}
    QFrame[role="field"][wrong="true"] {{ border: 1px solid {t.block}; }}
    QLineEdit {{ background: {t.raised}; border: 1px solid {t.edge}; border-radius: 6px;
        padding: 0 8px; color: {t.text}; selection-background-color: {t.fill}; }}
    QLineEdit:focus {{ border: 2px solid {t.accent}; }}
    QLineEdit[role="inner"] {{ background: transparent; border: 0; padding: 0; }}
    QLineEdit[role="inner"]:focus {{ border: 0; }}
    QFrame[role="field"][lit="true"] {{ border: 2px solid {t.accent}; }}
    QComboBox {{ background: {t.raised}; border: 1px solid {t.edge}; border-radius: 6px;
        padding: 0 8px; min-height: 30px; }}
    QComboBox:focus {{ border: 2px solid {t.accent}; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; color: {t.text};
        selection-background-color: {t.tint}; selection-color: {t.text}; }}
    """
