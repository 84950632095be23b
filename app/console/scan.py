"""`tasrif scan`: which series lie in a folder, ranked, each with its outcome."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.console.command import Answer, Command
from app.console.found import finding_fields, finding_words, ignored_fields, ignored_words
from app.language import translate_n
from segmentation.io.files import Ignored
from segmentation.io.scan import Scan, SeriesFound, scan
from segmentation.progress import Progress

TOLD_MAX: Final = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("path", type=Path, metavar="PATH", help="folder, ZIP or file")


def run(options: Namespace, progress: Progress) -> Answer:
    """Scan the path and list what was found."""
    found = scan(options.path, progress)
    return Answer(fields(found), words(found))


def fields(found: Scan) -> dict[str, object]:
    """Return the JSON shape of a scan."""
    return {
        "series": [series_fields(series) for series in found.series],
        "ignored": [ignored_fields(one) for one in found.ignored],
    }


def series_fields(series: SeriesFound) -> dict[str, object]:
    """Return the JSON shape of one series."""
    return {
        "uid": series.uid,
        "rank": series.rank,
        "modality": series.header.modality,
        "description": series.header.description,
        "slices": series.slices,
        "outcome": str(series.outcome),
        "findings": [finding_fields(finding) for finding in series.findings],
    }


def words(found: Scan) -> tuple[str, ...]:
    """Return the lines for a person."""
    lines: list[str] = []
    for series in found.series:
        head = f"{series.rank}. {series.header.modality} {series.header.description}".rstrip()
        lines.append(f"{head}: {series.slices} slices, {series.outcome}  [{series.uid}]")
        lines.extend(f"   {finding_words(finding)}" for finding in series.findings)
    return (*lines, *left_aside(found.ignored))


def left_aside(ignored: Sequence[Ignored]) -> tuple[str, ...]:
    """Return how many files were left aside and why, the first of them each in its sentence."""
    if not ignored:
        return ()
    head = translate_n("{n} other file left out", "{n} other files left out", len(ignored))
    told = [f"   {ignored_words(one)}" for one in ignored[:TOLD_MAX]]
    rest = len(ignored) - len(told)
    if rest:
        told.append("   " + translate_n("and {n} more file", "and {n} more files", rest))
    return (f"{head}:", *told)


COMMAND = Command("scan", "list the series of a folder, ranked for planning", add_arguments, run)
