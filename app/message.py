"""One line for the panel's footer: what happened, what to do, and the code for whoever helps."""

from dataclasses import dataclass
from typing import Final

from app.language import remedy, sentence
from app.language import translate as _
from segmentation.errors import Refusal
from segmentation.finding import Finding

SIGNS: Final = {"soft": "info", "warn": "warning", "block": "blocked", "ok": "check"}


@dataclass(frozen=True, slots=True)
class Message:
    """Words for the footer. `tone` is soft, ok, warn or block; `code` stands only in Copy.

    `command` names what a link beside the words does; `link` is what the link says.
    """

    text: str
    tone: str = "soft"
    code: str = ""
    command: str = ""
    link: str = ""

    @property
    def sign(self) -> str:
        """The icon that says the tone without colour."""
        return SIGNS[self.tone]

    @property
    def copy_text(self) -> str:
        """What Copy puts on the clipboard."""
        return f"{self.text}\n[{self.code}]" if self.code else self.text


def of_error(error: Exception) -> Message:
    """Return the message for what a task raised; a bug says so without any patient data."""
    if isinstance(error, Refusal):
        what, fix = sentence(error.code, error.values), remedy(error.code, error.values)
        return Message(f"{what} {fix}".strip(), "block", error.code)
    text = _("Something failed inside Tasrif. Your saved edits are safe. Open the case again.")
    return Message(text, "block", type(error).__name__)


def of_finding(finding: Finding) -> str:
    """Return what a finding says and what to do about it."""
    values = finding.values
    return f"{sentence(finding.code, values)} {remedy(finding.code, values)}".strip()
