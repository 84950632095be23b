"""Language and look; both apply at once."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QDialog, QPushButton, QWidget

from app.language import current
from app.language import translate as _
from app.parts.basic import button, column, label, note, row, section
from app.settings import Settings
from viewers.fonts import font

NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}


class SettingsDialog(QDialog):
    """Two questions with their answers as buttons."""

    def __init__(
        self, parent: QWidget, settings: Settings, on_change: Callable[[Settings], None]
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setWindowTitle(_("Settings"))
        self.setMinimumWidth(440)
        self._settings, self._on_change = settings, on_change
        themes = {"dark": _("Dark"), "light": _("Light"), "contrast": _("High contrast")}
        languages = self._choices("language", NAMES, settings.language or current())
        looks = self._choices("theme", themes, settings.theme)
        done = button("settings_done", _("Done"), self.accept, role="primary", height=40)
        done.setMinimumWidth(112)
        done.setDefault(True)
        self.setLayout(
            column(
                label(_("Settings"), 20, 600),
                section(_("Language")),
                languages,
                section(_("Look")),
                looks,
                note(_("Pictures stay dark in every look."), "soft", 12),
                16,
                row(None, done),
                margins=(24, 24, 24, 24),
            )
        )

    def _choices(self, name: str, words: dict[str, str], chosen: str) -> QWidget:
        group = QButtonGroup(self)
        buttons: list[QPushButton] = []
        for value, text in words.items():
            one = button(f"{name}_{value}", text, partial(self._take, name, value), height=36)
            one.setFont(font(13, 500))
            one.setCheckable(True)
            one.setChecked(value == chosen)
            one.setAutoDefault(False)
            group.addButton(one)
            buttons.append(one)
        line = row(*buttons)
        for n in range(len(buttons)):
            line.setStretch(n, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _take(self, name: str, value: str) -> None:
        is_language = name == "language"
        old = self._settings
        self._settings = replace(old, language=value) if is_language else replace(old, theme=value)
        self.accept()
        self._on_change(self._settings)
