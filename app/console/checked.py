"""The findings of a case's plan, as JSON and as words, and overrides that are recorded."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime

from app.console.command import Answer
from app.figures import decimal
from app.language import detail, remedy, sentence, translate
from planning.case.case import Case
from planning.case.edits import GiveReason
from planning.case.file import open_case
from planning.case.history import History
from planning.case.lock import now_text, person_here
from planning.checks import Checkup, Passed, PlanFinding, check_plan, limits, reason_for
from planning.measures import subjects
from planning.measures.surfaces import Surfaces
from segmentation.errors import Misuse, Refusal
from segmentation.progress import Progress

BLOCKED = 1


def run(options: Namespace, progress: Progress) -> Answer:
    """Check the plan; with `--override` record a reason first. 1 if something blocks."""
    # The day of the seal, which is in UTC: both must judge a scan's age alike.
    surfaces, today = Surfaces(), datetime.now(UTC).date()
    if options.override is None:
        if options.reason is not None:
            raise Misuse("reason-without-override")
        with open_case(options.case, read_only=True) as file:
            return answer(file.case, check_plan(file.case, surfaces, today, progress))
    if not (options.reason or "").strip():
        raise Refusal("override-without-reason")
    with open_case(options.case) as file:
        history = History(file)
        checkup = check_plan(history.case, surfaces, today, progress)
        finding = named(checkup, options.override, names_of(history.case))
        by = person_here() if options.by is None else options.by
        history.do(GiveReason(reason_for(finding, options.reason, by, now_text())))
        history.flush()
        return answer(history.case, check_plan(history.case, surfaces, today, progress))


def names_of(case: Case) -> dict[str, str]:
    """Return the names of items and segments by id."""
    return {str(subject.id): subject.name for subject in subjects(case)}


def named(checkup: Checkup, words: str, names: Mapping[str, str]) -> PlanFinding:
    """Return the finding that `CODE` or `CODE:ITEM` names; ITEM may be both as `ITEM/OTHER`.

    Raises
    ------
    Refusal
        `override-not-found` and `override-ambiguous`, with the words to choose from.
    """
    code, _, item = words.partition(":")
    some = [
        finding
        for finding in checkup.findings
        if finding.code == code and (not item or item in _called(finding, names))
    ]
    if not some:
        known = ", ".join(_words_for(one, names) for one in checkup.findings if one.can_reason)
        raise Refusal("override-not-found", finding=words, known=known or "-")
    if len(some) > 1:
        known = ", ".join(_words_for(finding, names) for finding in some)
        raise Refusal("override-ambiguous", finding=words, n=len(some), known=known)
    return some[0]


def _called(finding: PlanFinding, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a finding's subjects can be called: by name, by id, or both by name."""
    item, other = names.get(finding.item, ""), names.get(finding.other, "")
    return item, other, finding.item, finding.other, f"{item}/{other}"


def _words_for(finding: PlanFinding, names: Mapping[str, str]) -> str:
    both = [names[one] for one in (finding.item, finding.other) if one in names]
    return f"{finding.code}:{'/'.join(both)}" if both else finding.code


def answer(case: Case, checkup: Checkup) -> Answer:
    """Return the JSON shape and the words of a checkup; exit code 1 while something blocks."""
    names = names_of(case)
    fields: dict[str, object] = {
        "findings": [finding_fields(one, names) for one in checkup.findings],
        "passed": [passed_fields(one, names) for one in checkup.passed],
        "blocks": len(checkup.blocks),
    }
    lines = [line for one in checkup.findings for line in finding_words(one)]
    lines += [f"{translate('passed')}: {_with_number(one)}" for one in checkup.passed]
    return Answer(fields, tuple(lines), BLOCKED if checkup.blocks else 0)


def finding_fields(finding: PlanFinding, names: Mapping[str, str]) -> dict[str, object]:
    """Return the JSON shape of a finding."""
    limit, reason = limits().get(finding.limit_name), finding.reason
    place = finding.place_lps_mm
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": sentence(finding.code, finding.values),
        "detail": detail(finding.code, finding.values),
        "fix": remedy(finding.code, finding.values),
        "item": finding.item,
        "item_name": names.get(finding.item, ""),
        "other": finding.other,
        "other_name": names.get(finding.other, ""),
        "value": finding.value,
        "limit": finding.limit,
        "unit": finding.unit,
        "uncertainty_mm": finding.uncertainty_mm,
        "place_lps_mm": None if place is None else list(place),
        "limit_name": finding.limit_name,
        "citation": limit.citation if limit else "",
        "status": str(limit.status) if limit else "",
        "can_reason": finding.can_reason,
        "reason": reason and {"text": reason.text, "by": reason.by, "at": reason.at},
    }


def passed_fields(passed: Passed, names: Mapping[str, str]) -> dict[str, object]:
    """Return the JSON shape of what is in order."""
    return {
        "code": passed.code,
        "message": sentence(passed.code, passed.values),
        "item": passed.item,
        "item_name": names.get(passed.item, ""),
        "found": passed.found,
    }


def finding_words(finding: PlanFinding) -> tuple[str, ...]:
    """Return a finding as lines: what, behind it, the reason or what to do."""
    values = finding.values
    head = f"{translate(str(finding.severity))}: {sentence(finding.code, values)}"
    reason = finding.reason
    if reason is None:
        told = remedy(finding.code, values)
    else:
        told = f"{translate('reason given')}: {reason.text} ({reason.by}, {reason.at})"
    more = f"{detail(finding.code, values)} {told}".strip()
    return (f"{head} [{finding.code}]", f"    {more}") if more else (f"{head} [{finding.code}]",)


def _with_number(passed: Passed) -> str:
    words, found = sentence(passed.code, passed.values), passed.found
    number, _, unit = found.rpartition(" ")
    if unit == "mm":
        found = f"{decimal(float(number))} {unit}"
    return f"{words}: {found}" if found else words
