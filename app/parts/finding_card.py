"""One finding as a card: sign and title with the number, limit and meaning, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame

from app import figures
from app.language import detail, remedy, sentence
from app.language import translate as _
from app.parts.basic import Item, button, colour_of, column, isolated, note, picture, row
from segmentation.finding import Severity
from viewers.fonts import font

if TYPE_CHECKING:
    from planning.checks.finding import PlanFinding

TONES: Final = {Severity.BLOCK: "block", Severity.WARN: "warn", Severity.INFO: "soft"}
SIGNS: Final = {Severity.BLOCK: "blocked", Severity.WARN: "warning", Severity.INFO: "info"}


@dataclass(frozen=True, slots=True)
class FindingActions:
    """What a card's links do; None takes a link away."""

    take: "Callable[[PlanFinding], object]"
    reason: "Callable[[PlanFinding], object] | None"


def finding_words(finding: "PlanFinding") -> tuple[str, str]:
    """Return a finding's title and its second line in the user's language."""
    title = sentence(finding.code, finding.values)
    said = detail(finding.code, finding.values) or remedy(finding.code, finding.values)
    return title, said


class FindingCard(QFrame):
    """Its border is coloured only while it is the chosen one."""

    def __init__(self, n: int, finding: "PlanFinding", actions: FindingActions) -> None:
        super().__init__()
        self.setObjectName(f"check_card_{n}")
        self.finding = finding
        self._tone = "soft" if finding.reason is not None else TONES[finding.severity]
        words, said = finding_words(finding)
        self.setAccessibleName(words)
        title = note(words, "text", 13)
        title.setFont(font(13, 600))
        sign = column(picture(SIGNS[finding.severity], self._tone), None, gap=0)
        head = row(sign, title)
        head.setStretch(1, 1)
        parts: list[Item] = [head]
        if said:
            parts.append(note(said, "soft", 12))
        if finding.reason is not None:
            parts.append(self._reason(finding))
        links = self._links(n, actions)
        if links:
            parts.append(row(*links, None, gap=16))
        bottom = 8 if links else 12
        self.setLayout(column(*parts, gap=4, margins=(12, 12, 12, bottom)))
        self.pick(is_picked=False)

    def _reason(self, finding: "PlanFinding") -> QFrame:
        reason = finding.reason
        assert reason is not None
        quote = note(_("“{text}”").format(text=reason.text), "text", 12)
        day = isolated(figures.date_of(reason.at[:10]))
        who = note(f"{isolated(reason.by)}, {day}", "soft", 12)
        box = QFrame()
        box.setObjectName("reason_given")
        box.setLayout(column(quote, who, gap=2, margins=(0, 4, 0, 0)))
        return box

    def _links(self, n: int, actions: FindingActions) -> list[Item]:
        finding, links = self.finding, list[Item]()
        if finding.place_lps_mm is not None:
            words = _("Take me there")
            take = button(f"check_take_{n}", words, lambda: actions.take(finding), role="link",
                          sign="target", height=28)  # fmt: skip
            links.append(take)
        reason = actions.reason
        if reason is not None and finding.can_reason and finding.severity is not Severity.INFO:
            words = _("Give a reason") if finding.reason is None else _("Change the reason")
            give = button(f"check_reason_{n}", words, lambda: reason(finding), role="link",
                          height=28)  # fmt: skip
            links.append(give)
        return links

    def pick(self, *, is_picked: bool) -> None:
        """Draw the border of the chosen card in the colour of its weight."""
        edge = colour_of("edge" if self._tone == "soft" else self._tone) if is_picked else ""
        # By name, so that the words inside keep their own look.
        self.setStyleSheet(
            f"QFrame#{self.objectName()} {{ background: {colour_of('raised')};"
            f" border: 1px solid {edge or colour_of('line')}; border-radius: 6px; }}"
        )
