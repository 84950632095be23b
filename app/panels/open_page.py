"""The Open step's page: the drop zone with the phantoms, or the series of a scan as cards."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QStackedLayout, QWidget

from app import figures
from app.language import translate as _
from app.language import translate_n
from app.message import of_finding
from app.opening import Opening, Phase, can_regularise, is_usable
from app.parts.basic import Chip, Item, Slot, chip, column, framed, isolated, label, note, row
from app.parts.card import Card, SeriesCard, phantom_card
from app.parts.drop_zone import DropZone
from app.tasks import Task
from app.theme import current
from app.thumbnail import image, middle_slice

if TYPE_CHECKING:
    from segmentation.io.scan import Scan, SeriesFound

SIGNS: Final = {"shoulder": "implant", "lumbar": "screw", "abdomen": "cut-plane"}
TONES: Final = {
    "plan_grade": ("ok", "check"),
    "view_only": ("warn", "warning"),
    "mendable": ("warn", "warning"),
    "refused": ("block", "blocked"),
}
FINDING_TONES: Final = {"info": "soft", "warn": "warn", "block": "block"}
SKELETONS: Final = 3
LOG: Final = logging.getLogger(__name__)


class OpenPage(QWidget):
    """Stands where the views will stand."""

    def __init__(self, opening: Opening, zone: DropZone) -> None:
        super().__init__()
        self.setObjectName("open_page")
        self._opening = opening
        self.zone = zone
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_page(zone))
        self._series = Slot()
        self._stack.addWidget(_scrolled(self._series))
        self._cards: list[tuple[SeriesFound, SeriesCard]] = []
        self._shown: object = None
        opening.changed.connect(self.show_opening)

    def _empty_page(self, zone: DropZone) -> QWidget:
        truth = _("Built in, with known truth. Marked SIMULATION, never mistaken for a patient.")
        cards = row(*(self._phantom(name) for name in SIGNS), gap=16)
        for n in range(len(SIGNS)):
            cards.setStretch(n, 1)
        page = QWidget()
        inner = column(
            zone, 32, label(_("Practise on a phantom"), 15, 600), note(truth), 12, cards, None,
            gap=0, margins=(48, 40, 48, 24),
        )  # fmt: skip
        inner.setStretch(0, 100)
        page.setLayout(inner)
        return page

    def _phantom(self, name: str) -> Card:
        sim = chip(f"sim_{name}", _("SIM"), "soft", sign="simulation")
        opening = self._opening
        return phantom_card(
            name, phantom_words(name), SIGNS[name], sim, lambda: self._practise(opening, name)
        )

    def _practise(self, opening: Opening, name: str) -> None:
        if not opening.is_busy:
            opening.practise(name)

    def show_opening(self) -> None:
        """Show the empty page, skeletons while reading, or the series found."""
        opening = self._opening
        if opening.phase is Phase.SCANNING:
            self._shown = None
            self._series.fill(_skeletons())
        elif opening.scan is not None and self._shown is not opening.scan:
            self._shown = opening.scan
            self._series.fill(self._found(opening.scan))
            self._draw(opening.scan)
        is_empty = opening.scan is None and opening.phase is not Phase.SCANNING
        self._stack.setCurrentIndex(0 if is_empty else 1)
        for series, card in self._cards:
            card.pick(is_picked=series is opening.picked)

    def _found(self, scan: "Scan") -> QBoxLayout:
        ranked = sorted(scan.series, key=lambda one: one.rank)
        self._cards = [(series, self._card(n, series)) for n, series in enumerate(ranked)]
        title = translate_n("{n} series found", "{n} series found", len(ranked))
        parts: list[Item] = [label(title, 20, 600)]
        parts.append(note(_("The best one for planning stands first.")))
        parts.append(8)
        parts += [card for _series, card in self._cards]
        if scan.ignored:
            words = translate_n("{n} other file left out", "{n} other files left out",
                                len(scan.ignored))  # fmt: skip
            parts.append(note(words, "soft", 12))
        parts.append(None)
        return column(*parts, gap=12, margins=(48, 40, 48, 24))

    def _draw(self, scan: "Scan") -> None:
        """Fetch the middle slices beside the window, one series after the other."""
        for series, card in self._cards:
            task = Task("", partial(middle_slice, series), is_quiet=True)

            def show(pixels: NDArray[np.uint8] | None, card: SeriesCard = card) -> None:
                if pixels is not None:
                    card.show_picture(QPixmap.fromImage(image(pixels)))

            self._opening.desk.tasks.run(
                task, show, _no_picture, lambda: self._opening.scan is scan
            )

    def _card(self, n: int, series: "SeriesFound") -> SeriesCard:
        outcome = Chip(f"outcome_{n}")
        verdict = verdict_of(series)
        tone, sign = TONES[verdict]
        outcome.show_words(outcome_words(verdict), tone, sign=sign)
        findings = [
            (of_finding(finding), FINDING_TONES[finding.severity.value])
            for finding in series.findings
        ]
        pick = partial(self._opening.pick, series) if is_usable(series) else None
        return SeriesCard(f"series_{n}", series_words(series), outcome, findings, pick)


def _no_picture(error: Exception) -> None:
    LOG.info("no thumbnail: %s", type(error).__name__)


def series_words(series: "SeriesFound") -> tuple[str, str]:
    """Return a series' name, and its slices, spacing, kernel and date in one line."""
    header = series.header
    parts = [header.modality, translate_n("{n} slice", "{n} slices", series.slices)]
    if series.grid is not None:
        parts.append(figures.spacing(series.grid.spacing_kji_mm))
    parts += [header.kernel, header.study_date]
    facts = " · ".join(isolated(part) for part in parts if part)
    return header.description or _("Series without a name"), facts


def verdict_of(series: "SeriesFound") -> str:
    """Return the outcome of a series; `mendable` for a refused one that resampling can save."""
    is_refused = series.outcome.value == "refused"
    return "mendable" if is_refused and can_regularise(series) else series.outcome.value


def outcome_words(outcome: str) -> str:
    """Return what a series may be used for."""
    words = {
        "plan_grade": _("Good for planning"),
        "view_only": _("To look only"),
        "mendable": _("Regularise first"),
        "refused": _("Can't be used"),
    }
    return words[outcome]


def phantom_words(name: str) -> tuple[str, str]:
    """Return a phantom's name and what it is for."""
    words = {
        "shoulder": (_("Shoulder"), _("Glenoid K-wire and component")),
        "lumbar": (_("Lumbar spine"), _("Pedicle screws, L3 to L5")),
        "abdomen": (_("Abdomen"), _("Kidney and liver resection")),
    }
    return words[name]


def _skeletons() -> QBoxLayout:
    parts: list[Item] = []
    for _n in range(SKELETONS):
        lines = []
        for width in (220, 340):
            line = QFrame()
            line.setFixedSize(width, 8)
            line.setStyleSheet(f"background: {current().line}; border-radius: 4px;")
            lines.append(line)
        block = QFrame()
        block.setFixedSize(96, 96)
        block.setStyleSheet(f"background: {current().line};")
        text = column(16, *lines, None, gap=12)
        parts.append(framed("card", row(block, text, None, gap=16, margins=(12, 12, 12, 12))))
    return column(*parts, None, gap=12, margins=(48, 40, 48, 24))


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setObjectName("series_scroll")
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    return area
