"""The seal: a person stands for one version of the plan, in writing that can't be changed.

What is signed are the canonical bytes of the plan document. Nothing is sealed that a check
blocks, that may only be looked at, or that is sealed already (HAZ-25).
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from planning.case.case import Case, Outcome
from planning.case.edits import SealPlan
from planning.case.seal import Seal
from planning.checks import Checkup, PlanFinding, check_plan
from planning.exchange.document import SealStamp, canonical, plan_document
from planning.exchange.keys import SigningKey, fingerprint_of, is_signed
from planning.measures import MeasureView, Result, measured
from planning.measures.surfaces import Surfaces
from segmentation.errors import Denied, Refusal
from segmentation.progress import Progress, silent

WORDS_LENGTH_MAX: Final = 80


class Blocked(Denied):
    """A seal was asked for although something blocks; `findings` are what does."""

    def __init__(self, findings: tuple[PlanFinding, ...]) -> None:
        super().__init__("seal-blocked", n=len(findings), first=findings[0].code)
        self.findings = findings


def require_sealable(case: Case) -> None:
    """Let pass only a case whose plan may be sealed, whatever its checks say.

    Raises
    ------
    Refusal
        `seal-view-only`, `seal-again`.
    """
    if case.source.outcome is not Outcome.PLAN_GRADE:
        raise Refusal("seal-view-only")
    if case.is_sealed:
        raise Refusal("seal-again", version=case.version)


def sealed(
    case: Case, key: SigningKey, stamp: SealStamp, surfaces: Surfaces, progress: Progress = silent
) -> SealPlan:
    """Return the edit that seals the plan as it is; everything is checked and measured for it.

    Raises
    ------
    Refusal
        `seal-view-only`, `seal-again`, `seal-version`, `seal-words-unusable`,
        `seal-time-unusable`.
    Blocked
        `seal-blocked` when a finding blocks and no reason stands for it.
    """
    require_sealable(case)
    if stamp.version != case.version:
        raise Refusal("seal-version", version=stamp.version, expected=case.version)
    _check_words(stamp.by, stamp.role)
    checked_on = _utc_date(stamp.at)
    checkup = check_plan(case, surfaces, checked_on, progress)
    if checkup.blocks:
        raise Blocked(checkup.blocks)
    results = _results(case, checkup, surfaces, progress)
    plan = canonical(
        plan_document(
            case, checkup, results, stamp, journal_head=stamp.journal_head, checked_on=checked_on
        )
    )
    seal = Seal(
        version=stamp.version,
        by=stamp.by,
        role=stamp.role,
        at=stamp.at,
        journal_head=stamp.journal_head,
        plan=plan.decode(),
        signature=key.sign(plan).hex(),
        public_key=key.public_pem.decode("ascii"),
        fingerprint=key.fingerprint,
    )
    return SealPlan(seal)


def draft_plan(
    case: Case, surfaces: Surfaces, today: date, journal_head: str, progress: Progress = silent
) -> bytes:
    """Return the canonical plan document of the case as a draft, findings included."""
    checkup = check_plan(case, surfaces, today, progress)
    results = _results(case, checkup, surfaces, progress)
    return canonical(
        plan_document(case, checkup, results, None, journal_head=journal_head, checked_on=today)
    )


def confirmation(case: Case) -> str:
    """Return what a person types to seal the plan: the case's code and the side's word."""
    return f"{case.identity.code} {case.side}"


def confirmed(case: Case, typed: str) -> None:
    """Let pass only the case's code and side, typed out.

    The code must be the very one; the side's word may be in capitals or not. Blanks around it
    don't matter, between code and side there is one.

    Raises
    ------
    Refusal
        `seal-confirmation-differs`, with what was typed and what this case is.
    """
    code, _, side = _composed(typed).strip().rpartition(" ")
    if (code, side.casefold()) != (_composed(case.identity.code), str(case.side).casefold()):
        shown = " ".join(typed.split())[:WORDS_LENGTH_MAX]
        raise Refusal("seal-confirmation-differs", typed=shown, expected=confirmation(case))


def signer(words: str) -> tuple[str, str]:
    """Return the name and the role in "NAME, ROLE"; what follows the first comma is the role.

    Raises
    ------
    Refusal
        `seal-by-incomplete` when one is missing; `seal-words-unusable`.
    """
    name, _, role = (part.strip() for part in words.partition(","))
    if not name or not role:
        raise Refusal("seal-by-incomplete", given=" ".join(words.split())[:WORDS_LENGTH_MAX])
    _check_words(name, role)
    return name, role


def holds(seal: Seal) -> bool:
    """Return whether a stored seal is whole: text, signature, key and words belong together."""
    try:
        pem = seal.public_key.encode("ascii")
        signature = bytes.fromhex(seal.signature)
        data = seal.plan.encode()
        is_the_key = fingerprint_of(pem) == seal.fingerprint
    except (Refusal, ValueError):
        return False
    return is_the_key and is_signed(data, signature, pem) and _says_the_same(seal, data)


def _says_the_same(seal: Seal, data: bytes) -> bool:
    """Return whether the signed text names the version, the person and the time of the seal."""
    try:
        document = json.loads(data)
        is_canonical = canonical(document) == data
    except (ValueError, RecursionError, Refusal):
        return False
    if not is_canonical or not isinstance(document, dict):
        return False
    plan = document.get("plan")
    expected: Mapping[str, object] = {"by": seal.by, "role": seal.role, "at": seal.at}
    return (
        isinstance(plan, dict)
        and (plan.get("version"), plan.get("state")) == (seal.version, "sealed")
        and document.get("seal") == expected
        and document.get("journal_head") == seal.journal_head
    )


def _check_words(*words: str) -> None:
    for word in words:
        if not word.strip() or len(word) > WORDS_LENGTH_MAX or not word.isprintable():
            raise Refusal("seal-words-unusable", length_max=WORDS_LENGTH_MAX)


def _utc_date(at: str) -> date:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Refusal("seal-time-unusable", given=at[:40]) from None
    offset = moment.utcoffset()
    if offset is None or offset:
        raise Refusal("seal-time-unusable", given=at[:40])
    return moment.date()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _results(
    case: Case, checkup: Checkup, surfaces: Surfaces, progress: Progress
) -> tuple[Result, ...]:
    """Return every number of the plan, in the order of items, segments and the registry.

    Those of the items are what was checked; only the segments' are measured here.
    """
    view = MeasureView(case, surfaces, progress)
    own = (result for segment in case.segments for result in measured(view, segment))
    return (*checkup.measured, *own)
