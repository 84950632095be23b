"""Which model a tool uses: those that the hospital placed, with licence and what they find."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from app.language import remedy, sentence, translate_n
from app.language import translate as _
from app.parts.basic import column, isolated, label, note, row
from app.parts.chooser import Chooser
from app.tool_needs import OPTIONAL
from app.tooling import Tooling
from segmentation.errors import Refusal
from segmentation.models import shelf

if TYPE_CHECKING:
    from segmentation.effects.setting import Parameter
    from segmentation.models.manifest import Manifest

CLICKED: Final = "click"
NAMES_SHOWN: Final = 6
TOTAL: Final = "The program of this machine, with its own weights and their licence."


@dataclass(frozen=True, slots=True)
class _Choice:
    """One model to choose: how recipes call it, how people do, and what it is in words."""

    name: str
    title: str
    about: str


class ModelField(QWidget):
    """A chooser of models, and below it what the chosen one is, or how models get here."""

    def __init__(self, parameter: "Parameter", tooling: Tooling) -> None:
        super().__init__()
        self._name, self._tooling = parameter.name, tooling
        self._faults: tuple[Refusal, ...] = ()
        self._is_missing = False
        self._known = self._listed()
        is_optional = (tooling.name, parameter.name) in OPTIONAL
        self._first = _("Without a model") if is_optional else ""
        self._chooser = Chooser(parameter.name, _(parameter.title))
        self._chooser.setFixedHeight(32)
        self._chooser.addItems([self._first] * is_optional + [one.title for one in self._known])
        self._chooser.activated.connect(self._take)
        self._about = note("", "soft", 12)
        self._about.setObjectName("model_about")
        self._broken = note(self._broken_words(), "warn", 12)
        self._broken.setObjectName("model_faults")
        self._broken.setToolTip("\n".join(map(fault_words, self._faults)))
        line = row(label(_(parameter.title), 12, 400, "soft"), self._chooser)
        line.setStretch(1, 1)
        self.setLayout(column(line, self._about, self._broken, gap=4))
        self._chooser.setVisible(bool(self._known))
        self._broken.setVisible(bool(self._faults) and not is_optional)

    def _listed(self) -> "tuple[_Choice, ...]":
        try:
            there = shelf.placed()
        except Refusal as refusal:
            self._faults, self._is_missing = (refusal,), True
            return ()
        self._faults = tuple(one.fault for one in there if one.fault is not None)
        is_click = self._tooling.name == CLICKED
        fitting = (one.manifest for one in there if one.manifest is not None)
        found = [_Choice(*told(one)) for one in fitting if one.is_promptable == is_click]
        if not is_click:
            # Reads images: the window starts without that.
            from segmentation.models import total

            if total.installed() is not None:
                found.append(_Choice(total.NAME, total.TITLE, _(TOTAL)))
        return tuple(found)

    def _broken_words(self) -> str:
        """Return how many can't be used; which and why stands in the tooltip."""
        if not self._faults:
            return ""
        if self._is_missing:
            return fault_words(self._faults[0])
        return translate_n(
            "{n} model can't be used.", "{n} models can't be used.", len(self._faults)
        )

    def show_model(self) -> None:
        """Show which model is chosen."""
        chosen = self._tooling.settings.get(self._name, "")
        names = [one.name for one in self._known]
        blocker = QSignalBlocker(self._chooser)
        shift = bool(self._first)
        nothing = 0 if shift else -1
        at = names.index(chosen) + shift if chosen in names else nothing
        self._chooser.setCurrentIndex(at)
        blocker.unblock()
        known = self._known[at - shift] if at >= shift else None
        self._about.setText(self._words(known))
        self._about.setVisible(bool(self._about.text()))

    def _words(self, chosen: "_Choice | None") -> str:
        if chosen is not None:
            return chosen.about
        if self._first or self._faults:
            return ""
        if shelf.folder() is None:
            return _("No models folder is chosen yet. Choose it in the settings.")
        if self._known:
            return ""
        return _("No model lies in this folder yet. The hospital places them there.")

    def _take(self, n: int) -> None:
        at = n - bool(self._first)
        self._tooling.set(**{self._name: self._known[at].name if at >= 0 else ""})


def told(manifest: "Manifest") -> tuple[str, str, str]:
    """Return a model's name, its title and what it is in words."""
    return manifest.name, manifest.title, about(manifest)


def about(manifest: "Manifest") -> str:
    """Return version, licence and what a model finds, in words."""
    names = [one.name for one in manifest.labels]
    told = ", ".join(names[:NAMES_SHOWN])
    if len(names) > NAMES_SHOWN:
        told += f" … ({len(names)})"
    words = _("Version {version}, licence {licence}. Finds: {names}.")
    return words.format(
        version=isolated(manifest.version), licence=isolated(manifest.licence), names=told
    )


def fault_words(fault: Refusal) -> str:
    """Return what is wrong with a model and what to do."""
    return f"{sentence(fault.code, fault.values)} {remedy(fault.code, fault.values)}".strip()
