"""`tasrif import`: one series of a path becomes a case."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.console.command import Answer, Command
from app.console.found import finding_fields, finding_words
from app.console.target import add_out, new_file
from planning.case.case import Side
from planning.case.file import create
from planning.case.intake import case_from_loaded
from segmentation.errors import Refusal
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import Scan, SeriesFound, scan
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("path", type=Path, metavar="PATH", help="folder, ZIP or file")
    add_out(parser, "the case file to make, *.tasrif")
    parser.add_argument("--series", metavar="UID", help="which series, as `scan` names it")
    parser.add_argument("--code", help="what the case is called; else the patient id")
    parser.add_argument("--side", required=True, choices=[str(side) for side in Side])
    parser.add_argument(
        "--regularise", action="store_true", help="resample tilted or uneven slices"
    )
    parser.add_argument("--view-only", action="store_true", help="open what can't carry a plan")
    parser.add_argument("--deidentify", action="store_true", help="keep nothing of the person")


def run(options: Namespace, progress: Progress) -> Answer:
    """Choose the series, load it and write the case."""
    series = chosen(
        scan(options.path, progress),
        options.series,
        any_grade=options.view_only or options.regularise,
    )
    target = new_file(options.out, force=options.force, is_case=True)
    loaded = load(series, progress, view_only=options.view_only, regularise=options.regularise)
    case = case_from_loaded(
        loaded, code=options.code, side=Side(options.side), is_deidentified=options.deidentify
    )
    create(target, case, force=options.force).close()
    # Without the person nothing is said of it either, not even the day of the scan.
    findings = case.source.findings if options.deidentify else loaded.findings
    uid = case.source.series_uid if options.deidentify else series.uid
    outcome = {
        "case": str(options.out),
        "series": uid,
        "outcome": str(loaded.outcome),
        "findings": [finding_fields(finding) for finding in findings],
    }
    lines = [f"{options.out}: {series.slices} slices, {loaded.outcome}"]
    return Answer(outcome, (*lines, *(finding_words(finding) for finding in findings)))


def chosen(found: Scan, uid: str | None, *, any_grade: bool) -> SeriesFound:
    """Return the series to import; refuse when that is not clear."""
    if uid is not None:
        for series in found.series:
            if series.uid == uid:
                return series
        raise Refusal("series-unknown", series=uid, known=listed(found.series))
    good = [series for series in found.series if series.outcome is Outcome.PLAN_GRADE]
    if len(good) > 1:
        raise Refusal("series-ambiguous", count=len(good), known=listed(good))
    if good:
        return good[0]
    if any_grade and len(found.series) > 1:
        raise Refusal("series-ambiguous", count=len(found.series), known=listed(found.series))
    return found.series[0]


def listed(series: list[SeriesFound] | tuple[SeriesFound, ...]) -> str:
    """Return the names of some series in one line."""
    return ", ".join(one.uid for one in series)


COMMAND = Command("import", "make a case of one series", add_arguments, run)
