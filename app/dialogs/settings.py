"""Language, look and where models lie; each applies at once."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QDialog, QPushButton, QWidget

from app.language import current
from app.language import translate as _
from app.parts.basic import button, column, isolated, label, note, row, section
from app.picking import ask_models_folder
from app.settings import Settings
from viewers.fonts import font

PLACED = "The hospital places models in this folder. None is downloaded."
NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}


class SettingsDialog(QDialog):
    """Two questions with their answers as buttons, and one folder."""

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
                section(_("Models")),
                self._models_row(),
                note(_(PLACED), "soft", 12),
                16,
                row(None, done),
                margins=(24, 24, 24, 24),
            )
        )

    def _models_row(self) -> QWidget:
        folder = self._settings.models_folder
        words = note(isolated(folder) if folder else _("No folder chosen"), "text", 12)
        words.setObjectName("models_folder")
        choose = button("choose_models", _("Choose folder"), self._ask_models, height=36)
        choose.setAutoDefault(False)
        line = row(words, choose)
        line.setStretch(0, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _ask_models(self) -> None:
        chosen = ask_models_folder(self, self._settings.models_folder)
        if chosen is not None:
            self._settings = replace(self._settings, models_folder=str(chosen))
            self.accept()
            self._on_change(self._settings)

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
