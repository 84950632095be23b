"""Statistics and quality of the segments: as JSON, as words and as a table."""

import csv
import io
from argparse import Namespace
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from app.console.command import Answer
from app.console.found import finding_fields, finding_words
from app.console.measured import cell
from planning.case.case import Case, Segment
from planning.case.file import open_case
from planning.case.provenance import model_findings
from segmentation.errors import Misuse, Refusal
from segmentation.finding import Finding
from segmentation.progress import Progress, share
from segmentation.quality import quality, quality_findings
from segmentation.recipe import edge_hu
from segmentation.statistics import PERCENTS, area_mm2, statistics
from segmentation.surface import iso_surface

Row = dict[str, object]
AXES: Final = ("x", "y", "z")


def run(options: Namespace, progress: Progress) -> Answer:
    """Answer the numbers of the named segments, or of all."""
    if options.csv and options.segments and options.quality:
        raise Misuse("one-table-only")
    fields, lines = dict[str, object](), list[str]()
    with open_case(options.case, read_only=True) as file:
        case, picked = file.case, chosen(file.case, options.names)
    ends = [n / max(len(picked), 1) for n in range(len(picked) + 1)]
    turns = [share(progress, a, b) for a, b in pairwise(ends)]
    if options.segments:
        both = zip(picked, turns, strict=True)
        rows = [statistics_row(case, segment, turn) for segment, turn in both]
        fields["segments"] = rows
        lines += table(rows) if options.csv else map(statistics_words, rows)
    if options.quality:
        both = zip(picked, turns, strict=True)
        sheets = [quality_row(case, segment, turn) for segment, turn in both]
        rows = [row for row, _ in sheets]
        fields["quality"] = [
            row | {"findings": [finding_fields(one) for one in found]} for row, found in sheets
        ]
        words = [line for row, found in sheets for line in quality_words(row, found)]
        lines += table(rows) if options.csv else words
    return Answer(fields, tuple(lines))


def chosen(case: Case, names: Sequence[str]) -> tuple[Segment, ...]:
    """Return the segments that are named, all for no name; refuses a name that none has."""
    known = {word for one in case.segments for word in (one.id, one.name)}
    for name in names:
        if name not in known:
            told = ", ".join(one.name for one in case.segments)
            raise Refusal("no-such-segment", name=name, known=told or "-")
    wanted = set(names)
    return tuple(one for one in case.segments if not wanted or wanted & {one.id, one.name})


def statistics_row(case: Case, segment: Segment, progress: Progress) -> Row:
    """Return the statistics of a segment, flat, units last in the names; null for no number."""
    found = statistics(case.volume, segment.mask, share(progress, 0.0, 0.5))
    edge = edge_hu(segment.recipe)
    mesh = iso_surface(case.volume, segment.mask, edge, share(progress, 0.5, 1.0))
    row: Row = {"id": str(segment.id), "name": segment.name, "status": str(segment.status)}
    row |= {"code": segment.code, "voxels": found.voxels, "ml": found.ml}
    hu = found.hu
    row["measured_voxels"] = 0 if hu is None else hu.measured
    values = (None,) * 4 if hu is None else (hu.mean_hu, hu.sd_hu, hu.min_hu, hu.max_hu)
    row |= dict(zip(("mean_hu", "sd_hu", "min_hu", "max_hu"), values, strict=True))
    row["median_hu"] = None if hu is None else hu.median_hu
    for n, percent in enumerate(PERCENTS):
        row[f"p{percent}_hu"] = None if hu is None else hu.percentiles_hu[n]
    row |= {"surface_mm2": area_mm2(mesh), "components": found.components}
    for word, point in (
        ("low", found.low_lps_mm), ("high", found.high_lps_mm), ("centroid", found.centroid_lps_mm)
    ):  # fmt: skip
        numbers = (None,) * 3 if point is None else point
        row |= {f"{word}_{a}_lps_mm": x for a, x in zip(AXES, numbers, strict=True)}
    return row


def statistics_words(row: Row) -> str:
    """Return the main statistics of a segment as one line."""
    words = "{name}: {voxels} voxels, {ml:.2f} ml, {surface_mm2:.0f} mm2, {components} parts"
    if row["mean_hu"] is not None:
        words += ", {mean_hu:.1f} HU (sd {sd_hu:.1f}, {min_hu} to {max_hu}, median {median_hu:g})"
    return words.format_map(row)


def quality_row(
    case: Case, segment: Segment, progress: Progress
) -> tuple[Row, tuple[Finding, ...]]:
    """Return the quality sheet of a segment, flat, and what of it wants a look."""
    edge, surface = edge_hu(segment.recipe), None
    if edge is not None:
        surface = iso_surface(case.volume, segment.mask, edge, share(progress, 0.0, 0.4))
    sheet = quality(case.volume, segment.mask, surface, share(progress, 0.4, 1.0))
    place = (None,) * 3 if sheet.thin_at_lps_mm is None else sheet.thin_at_lps_mm
    row: Row = {
        "id": str(segment.id),
        "name": segment.name,
        "components": sheet.components,
        "cavities": sheet.cavities,
        "opening_mm": sheet.opening_mm,
        "leak_ratio": sheet.leak_ratio,
        "thin_ml": sheet.thin_ml,
        **{f"thin_{a}_lps_mm": x for a, x in zip(AXES, place, strict=True)},
        "borders": "; ".join(sheet.borders),
        "deviation_mm": sheet.deviation_mm,
    }
    return row, (*model_findings(segment), *quality_findings(sheet, segment.name))


def quality_words(row: Row, findings: Sequence[Finding]) -> list[str]:
    """Return a quality sheet as lines: its numbers, then what wants a look."""
    words = (
        "{name}: {components} parts, {cavities} cavities, leak index {leak_ratio:.3f}"
        " at {opening_mm:g} mm, thin piece {thin_ml:.2f} ml, surface within {deviation_mm:.2f} mm"
    )
    return [words.format_map(row), *(f"  {finding_words(one)}" for one in findings)]


def table(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return rows as lines of CSV (RFC 4180), the first naming the columns; none without rows."""
    if not rows:
        return ()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(one) for name, one in row.items()} for row in rows)
    return tuple(text.getvalue().splitlines())
