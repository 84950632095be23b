"""The answers of a checkup: chips with counts, cards of findings, what passed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QBoxLayout, QWidget

from app import figures
from app.language import sentence, translate_n
from app.language import translate as _
from app.parts.basic import (
    Chip,
    Item,
    button,
    chip,
    column,
    isolated,
    label,
    note,
    picture,
    row,
    section,
)
from app.parts.chips import chip_lines
from app.parts.finding_card import FindingActions, FindingCard
from app.parts.panel import PANEL_PX
from app.reviewing import Reviewing, Standing
from segmentation.finding import Severity

if TYPE_CHECKING:
    from planning.checks.finding import Checkup, Passed, PlanFinding

FOLDED_N: Final = 5
CHIPS_PX: Final = PANEL_PX - 32


def guide_words(reviewing: Reviewing) -> str:
    """Return the one sentence under the panel's title."""
    checkup, case = reviewing.checkup, reviewing.desk.case
    if case is None:
        return ""
    if checkup is None:
        is_running = reviewing.standing is Standing.RUNNING
        return "" if is_running else _("Findings say what a surgeon must know before the seal.")
    n = len(checkup.blocks)
    if n:
        return translate_n(
            "{n} finding blocks the seal. Mend it, or give a reason that is printed in the plan.",
            "{n} findings block the seal. Mend them, or give reasons that are printed in the plan.",
            n,
        )
    if case.is_sealed:
        gone = _("This version was withdrawn. Nobody shall use it.")
        return gone if case.is_withdrawn else _("The plan is sealed. The findings stand in it.")
    if any(finding.severity is Severity.WARN for finding in checkup.findings):
        return _("Nothing blocks the seal. Read the warnings before you seal.")
    return _("Nothing blocks the seal.")


def counts(checkup: "Checkup") -> list[Chip]:
    """Return the chips: what blocks, what warns, what has a reason, what passed."""
    stood = [f for f in checkup.findings if f.reason is not None]
    warned = [f for f in checkup.findings if f.severity is Severity.WARN and f.reason is None]
    noted = [f for f in checkup.findings if f.severity is Severity.INFO]
    found: list[Chip] = []
    for name, words, tone, sign, n in (
        ("blocks", ("{n} block", "{n} blocks"), "block", "blocked", len(checkup.blocks)),
        ("warnings", ("{n} warning", "{n} warnings"), "warn", "warning", len(warned)),
        ("reasons", ("{n} with a reason", "{n} with reasons"), "soft", "report", len(stood)),
        ("notes", ("{n} note", "{n} notes"), "soft", "info", len(noted)),
        ("passed", ("{n} passed", "{n} passed"), "ok", "check", len(checkup.passed)),
    ):
        if n:
            found.append(chip(f"check_{name}", translate_n(*words, n), tone, sign=sign))
    return found


class Answers(QWidget):
    """One checkup from top to bottom."""

    def __init__(
        self, checkup: "Checkup", does: FindingActions, on_fold: Callable[[], None], *,
        shows_all: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self._cards = [FindingCard(n, one, does) for n, one in enumerate(checkup.findings)]
        parts: list[Item] = [8]
        chips = counts(checkup)
        if chips:
            parts.append(chip_lines(chips, CHIPS_PX))
        parts += self._cards
        if not checkup.findings:
            parts.append(note(_("No finding. Every check that applies has passed.")))
        if checkup.passed:
            parts += self._passed(checkup.passed, on_fold, shows_all=shows_all)
        self.setLayout(column(*parts))

    def _passed(
        self, passed: "tuple[Passed, ...]", on_fold: Callable[[], None], *, shows_all: bool
    ) -> list[Item]:
        ends: list[QWidget] = []
        if len(passed) > FOLDED_N:
            words = _("Show fewer") if shows_all else _("Show all {n}").format(n=len(passed))
            ends.append(button("check_fold", words, on_fold, role="link", height=20))
        shown = passed if shows_all else passed[:FOLDED_N]
        return [section(_("Passed"), *ends), *(passed_row(one) for one in shown)]

    def pick(self, chosen: "PlanFinding | None") -> None:
        """Draw the border of the chosen card."""
        for card in self._cards:
            card.pick(is_picked=card.finding is chosen)


def passed_row(passed: "Passed") -> QBoxLayout:
    """Return one line: tick, what is in order, its key number."""
    words = note(sentence(passed.code, passed.values), "text", 13)
    found = label(isolated(figures.found(passed.found)), 12, 400, "soft")
    sign = column(picture("check", "ok", 16), None, gap=0, margins=(0, 1, 0, 0))
    line = row(sign, words, found, gap=8, margins=(0, 2, 0, 2))
    line.setStretch(1, 1)
    return line
