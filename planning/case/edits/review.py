"""Edits of the review: reasons, seals and withdrawals."""

from dataclasses import dataclass, replace
from typing import ClassVar

from planning.case.case import Case, Touched
from planning.case.edits.edit import Edit
from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.case.withdrawal import Withdrawal
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


@dataclass(frozen=True, slots=True)
class WithdrawPlan(Edit):
    """Withdraw a sealed version; its seal stays, and undo does not reach behind it."""

    title: ClassVar[str] = "Withdraw the version"
    touches: ClassVar[Touched] = Touched.REVIEW
    keeps_seal: ClassVar[bool] = True
    is_final: ClassVar[bool] = True
    withdrawal: Withdrawal

    def apply(self, case: Case) -> Case:
        """Return the case with the withdrawal; refuse one of no sealed version or without words."""
        made = self.withdrawal
        if not (_is_said(made.text) and _is_said(made.by)):
            raise Refusal("withdraw-empty", length_max=TEXT_LENGTH_MAX)
        if not any(seal.version == made.version for seal in case.seals):
            raise Refusal("withdraw-unsealed", version=made.version, sealed=len(case.seals))
        before = case.withdrawal_of(made.version)
        if before is not None:
            raise Refusal("withdraw-again", version=made.version, by=before.by, at=before.at)
        return replace(case, withdrawals=(*case.withdrawals, made))


def _is_said(text: str) -> bool:
    """Return whether a text holds words, not too many, that can be written into a file."""
    is_text = not any("\ud800" <= sign <= "\udfff" for sign in text)
    return bool(text.strip()) and len(text) <= TEXT_LENGTH_MAX and is_text
