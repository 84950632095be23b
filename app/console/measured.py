"""The numbers of the plan's items and the segments, as JSON, as words and as a table."""

import csv
import io
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Final

from app.console.command import Answer
from app.language import remedy, sentence, translate
from planning.case.case import Case
from planning.case.file import open_case
from planning.measures import MEASURES, MeasureView, Quantity, Result, measured, subjects
from planning.measures.rounding import shown, shown_uncertainty_mm
from segmentation.errors import Refusal
from segmentation.progress import Progress

COLUMNS: Final = (
    "name", "item", "item_name", "other", "other_name", "value", "unit", "uncertainty_mm",
    "definition", "version", "source", "flags",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "|")


def run(options: Namespace, progress: Progress) -> Answer:
    """Measure what was asked for, or everything."""
    with open_case(options.case, read_only=True) as file:
        case = file.case
    found = tuple(results(case, options.names, progress))
    names = {str(subject.id): subject.name for subject in subjects(case)}
    rows = [fields(result, names) for result in found]
    lines = table(rows) if options.csv else tuple(words(result, names) for result in found)
    return Answer({"measures": rows}, lines)


def results(case: Case, names: Sequence[str], progress: Progress) -> Iterator[Result]:
    """Yield the results of all measures, items and segments that are named; of all for none."""
    known = {measure.name for measure in MEASURES}
    known |= {word for subject in subjects(case) for word in (subject.id, subject.name)}
    for name in names:
        if name not in known:
            raise Refusal("measure-unknown", name=name, known=", ".join(sorted(known)))
    view, wanted = MeasureView(case, progress=progress), set(names)
    for subject in subjects(case):
        is_asked = not wanted or bool(wanted & {subject.id, subject.name})
        for result in measured(view, subject):
            if is_asked or result.name in wanted:
                yield result


def fields(result: Result, names: dict[str, str]) -> dict[str, object]:
    """Return the JSON shape of a result; `reason` says why where `value` is null."""
    measure = next(one for one in MEASURES if one.name == result.name)
    row: dict[str, object] = {
        "name": result.name,
        "item": result.subject,
        "item_name": names.get(result.subject, ""),
        "other": result.other,
        "other_name": names.get(result.other, ""),
        "value": None,
        "unit": measure.unit,
        "uncertainty_mm": None,
        "definition": translate(measure.definition),
        "version": measure.version,
        "source": measure.source,
        "flags": [],
    }
    if isinstance(result, Quantity):
        row["value"] = result.value
        row["uncertainty_mm"] = result.uncertainty_mm
        row["flags"] = [str(flag) for flag in result.flags]
    else:
        row["reason"] = {
            "code": result.code,
            "message": sentence(result.code, result.values),
            "fix": remedy(result.code, result.values),
        }
    return row


def words(result: Result, names: dict[str, str]) -> str:
    """Return a result as one line, rounded against the user."""
    measure = next(one for one in MEASURES if one.name == result.name)
    to = f" ({names[result.other]})" if result.other in names else ""
    head = f"{names.get(result.subject, '')}: {translate(measure.title)}{to}"
    if not isinstance(result, Quantity):
        return f"{head}: {sentence(result.code, result.values)}"
    bound = shown_uncertainty_mm(result)
    margin = "" if bound is None else f" (± {bound} mm)"
    return f"{head}: {shown(result)} {result.unit}{margin}"


def table(rows: Sequence[dict[str, object]]) -> tuple[str, ...]:
    """Return the rows as lines of CSV (RFC 4180), the first naming the columns.

    A name that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        flags = row["flags"]
        assert isinstance(flags, list)
        writer.writerow({name: cell(one) for name, one in row.items()} | {"flags": " ".join(flags)})
    return tuple(text.getvalue().splitlines())


def cell(value: object) -> object:
    """Return a text that a spreadsheet doesn't take for a formula; numbers as they are."""
    is_formula = isinstance(value, str) and value.lstrip().startswith(FORMULA)
    return f"'{value}" if is_formula or str(value)[:1] in ("\t", "\r") else value
