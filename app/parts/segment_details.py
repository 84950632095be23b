"""Numbers and warnings of the chosen segment, worked out while nobody waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QBoxLayout, QWidget
from shiboken6 import isValid

from app import figures
from app.desk import Desk
from app.language import remedy, sentence
from app.language import translate as _
from app.parts.basic import Slot, column, isolated, note, picture, row, section
from app.parts.segment_row import mark_words
from app.tasks import Task
from planning.case.case import Case, Segment
from planning.case.provenance import model_findings
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.finding import Finding
    from segmentation.statistics import Statistics

KEY: Final = "segment-details"
SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "info": ("info", "soft"),
    "warn": ("warning", "warn"),
    "block": ("blocked", "block"),
}
PAUSE_MS: Final = 400


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """What was found about a segment as it is."""

    statistics: "Statistics"
    findings: "tuple[Finding, ...]"


def details(case: Case, segment: Segment, progress: Progress) -> Details:
    """Return the statistics of a segment and what of its quality wants a look."""
    from segmentation.progress import share
    from segmentation.quality import quality, quality_findings
    from segmentation.recipe import edge_hu
    from segmentation.statistics import statistics
    from segmentation.surface import iso_surface

    found = statistics(case.volume, segment.mask, share(progress, 0.0, 0.2))
    edge = edge_hu(segment.recipe)
    surface = None
    if edge is not None:
        surface = iso_surface(case.volume, segment.mask, edge, share(progress, 0.2, 0.5))
    sheet = quality(case.volume, segment.mask, surface, share(progress, 0.5, 1.0))
    return Details(found, (*model_findings(segment), *quality_findings(sheet, segment.name)))


class SegmentDetails(QWidget):
    """Shows the chosen segment's numbers; an edit or another choice makes them anew.

    While a tool is open nothing is worked out: the processor belongs to the preview.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("segment_details")
        self._desk = desk
        self._segment: Segment | None = None
        self._found: Details | None = None
        self._slot = Slot()
        self.setLayout(column(self._slot, gap=0))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._start)
        self.hide()

    def show_segment(self, segment: Segment | None, *, is_wanted: bool) -> None:
        """Show the details of a segment, if they are wanted now and it has any voxel."""
        if segment is None or not is_wanted or segment.mask.is_empty:
            self._segment = self._found = None
            self._stop()
            self.hide()
        elif self._found is not None and is_same_shape(segment, self._segment):
            self._segment = segment
            self._show(segment, self._found)
        elif segment is not self._segment:
            self._stop()
            self._found = None
            self.hide()  # numbers of another mask are not shown beside this one
            self._segment = segment
            self._pause.start()

    def _stop(self) -> None:
        self._pause.stop()
        self._desk.tasks.cancel_key(KEY)

    def _start(self) -> None:
        case, segment = self._desk.case, self._segment
        if case is None or segment is None:
            return

        def took(found: Details) -> None:
            self._found = found
            self._show(segment, found)

        def is_wanted() -> bool:
            return isValid(self) and self._segment is segment

        task = Task("", lambda p: details(case, segment, p), key=KEY, is_quiet=True)
        self._desk.tasks.run(task, took, self._desk.fail, is_wanted)

    def _show(self, segment: Segment, found: Details) -> None:
        numbers = note(statistics_words(found.statistics), "soft", 12)
        numbers.setObjectName("segment_numbers")
        heading = section(_("About {name}").format(name=segment.name))
        lines = [column(heading, numbers, gap=4)]
        marks = mark_words(segment)
        if marks:
            lines.append(column(note(", ".join(marks), "soft", 12), gap=0))
        told = [(SIGNS[one.severity], finding_words(one)) for one in found.findings]
        lines += [_line(*sign, words) for sign, words in told]
        if not found.findings:
            lines.append(_line("check", "ok", (_("No warning about its shape"), "")))
        self._slot.fill(column(*lines, gap=4))
        self.show()


def is_same_shape(one: Segment, other: Segment | None) -> bool:
    """Return whether two states of a segment share their numbers: only a mark may differ."""
    if other is None or one is other:
        return False
    return (one.id, one.name, one.recipe) == (other.id, other.name, other.recipe) and (
        one.mask is other.mask
    )


def _line(sign: str, tone: str, words: tuple[str, str]) -> QBoxLayout:
    said = note(words[0], tone, 12)
    said.setToolTip(words[1])
    line = row(column(picture(sign, tone, 16), None, gap=0), said, gap=8)
    line.setStretch(1, 1)
    return line


def finding_words(finding: "Finding") -> tuple[str, str]:
    """Return what was found, and what to do about it."""
    return sentence(finding.code, finding.values), remedy(finding.code, finding.values)


def statistics_words(found: "Statistics") -> str:
    """Return the main numbers of a segment in one line."""
    words = [isolated(figures.ml(found.ml)), figures.islands(found.components)]
    if found.hu is not None:
        mean, sd = (figures.decimal(x, 0) for x in (found.hu.mean_hu, found.hu.sd_hu))
        words.append(isolated(f"{mean} \u00b1 {sd} {_('HU')}"))
        low, high = (figures.decimal(x, 0) for x in (found.hu.min_hu, found.hu.max_hu))
        words.append(isolated(f"{low} {figures.NOTHING} {high} {_('HU')}"))
    return ", ".join(words)
