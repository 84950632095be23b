"""Edits of the review: reasons and seals."""

from dataclasses import dataclass, replace
from typing import ClassVar

from planning.case.case import Case, Touched
from planning.case.edits.edit import Edit
from planning.case.reason import Reason
from planning.case.seal import Seal
from segmentation.errors import Refusal

TEXT_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class GiveReason(Edit):
    """Record why a person goes on although a check says otherwise.

    A reason for the same finding takes the place of the one before.
    """

    title: ClassVar[str] = "Give a reason"
    touches: ClassVar[Touched] = Touched.REVIEW
    reason: Reason

    def apply(self, case: Case) -> Case:
        """Return the case with the reason; refuse one without words."""
        text = self.reason.text
        if not text.strip() or len(text) > TEXT_LENGTH_MAX or not self.reason.by.strip():
            raise Refusal("reason-empty", length_max=TEXT_LENGTH_MAX)
        about = _about(self.reason)
        others = tuple(one for one in case.reasons if _about(one) != about)
        return replace(case, reasons=(*others, self.reason))


def _about(reason: Reason) -> tuple[str, str, str]:
    return reason.code, reason.item, reason.other


@dataclass(frozen=True, slots=True)
class SealPlan(Edit):
    """Seal the plan as it is; the version before stays, and undo does not reach behind it."""

    title: ClassVar[str] = "Seal the plan"
    touches: ClassVar[Touched] = Touched.REVIEW
    keeps_seal: ClassVar[bool] = True
    is_final: ClassVar[bool] = True
    seal: Seal

    def apply(self, case: Case) -> Case:
        """Return the sealed case; refuse a plan that is sealed, and a version out of order."""
        if case.is_sealed:
            raise Refusal("seal-again", version=case.version)
        if self.seal.version != case.version:
            raise Refusal("seal-version", version=self.seal.version, expected=case.version)
        return replace(case, seals=(*case.seals, self.seal), is_sealed=True)
