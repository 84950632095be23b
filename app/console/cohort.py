"""Recipes on the command line: written from a case, run on one or several, told as a table."""

import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from app.console.areas import asked_area
from app.console.cohort_table import CohortTable, scores
from app.console.command import Answer
from app.console.found import finding_fields, finding_words
from app.console.named import segment_named
from app.console.segment import ran
from app.console.target import new_file
from app.language import sentence
from app.recipes import Recipe, read_recipe, recipe_findings, recipe_text
from planning.case.file import open_case
from planning.case.history import History
from segmentation.area import EVERYWHERE
from segmentation.errors import Misuse, Refusal
from segmentation.finding import Finding
from segmentation.progress import Progress

REFUSED = 3


def asked(options: Namespace) -> Recipe:
    """Return the recipe of `--recipe`; an area of the words holds for each of its steps."""
    try:
        text = options.recipe.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(
            "recipe-unreadable", path=options.recipe.name, reason=str(error)[:80]
        ) from None
    recipe = read_recipe(text, options.recipe.name, options.into or "")
    area = asked_area(options)
    if area.is_everywhere:
        return recipe
    if any(step.area != EVERYWHERE for step in recipe.steps):
        raise Misuse("area-and-recipe")
    return replace(recipe, steps=tuple(replace(step, area=area) for step in recipe.steps))


def write(options: Namespace) -> Answer:
    """Write the recipe of `--recipe-of` to `--out`."""
    if options.out is None or options.tool is not None or options.recipe is not None:
        raise Misuse("recipe-of-without-out")
    with open_case(options.case, read_only=True) as file:
        case = file.case
        segment = segment_named(case, options.recipe_of)
        text = recipe_text(case, segment)
    target = new_file(options.out, force=options.force)
    target.write_text(text, encoding="utf-8")
    steps = len(read_recipe(text, target.name).steps)
    fields = {"segment": segment.name, "file": str(options.out), "steps": steps}
    return Answer(fields, (f"{options.out}: {segment.name}, {steps} steps",))


def run(options: Namespace, recipe: Recipe, progress: Progress) -> Answer:
    """Run a recipe on several cases; one that refuses leaves the others to go on.

    A case that refuses keeps the steps before; the answer is a refusal when any case refused.
    With a table, cases that have their row already are left out: a stopped run goes on.
    """
    rows, lines, is_whole = list[dict[str, object]](), list[str](), True
    table = None if options.table is None else _table(options)
    for path in options.cases:
        if table is not None and table.is_done(path, recipe.steps[-1].into):
            continue
        row, findings = _row(path, recipe, progress, options.reference)
        is_whole &= row["refusal"] is None
        if table is not None:
            table.keep(_flat(row, findings))
        rows.append({**row, "findings": [finding_fields(one) for one in findings]})
        lines += [_words(row), *(f"  {finding_words(one)}" for one in findings)]
    return Answer({"cases": rows}, tuple(lines), 0 if is_whole else REFUSED)


def _table(options: Namespace) -> CohortTable:
    options.table.parent.mkdir(parents=True, exist_ok=True)
    return CohortTable(options.table, is_new=options.force)


def _flat(row: dict[str, object], findings: tuple[Finding, ...]) -> dict[str, object]:
    """Return a row as the table holds it: sentences in the place of records."""
    refusal = row["refusal"]
    said = refusal["message"] if isinstance(refusal, dict) else None
    return row | {"refusal": said, "findings": " ".join(map(finding_words, findings))}


def _row(
    path: Path, recipe: Recipe, progress: Progress, reference: str
) -> tuple[dict[str, object], tuple[Finding, ...]]:
    name, start = recipe.steps[-1].into, time.perf_counter()
    row: dict[str, object] = {"case": str(path), "segment": name, "ml": None, "voxels": None}
    refusal, findings = None, tuple[Finding, ...]()
    try:
        with open_case(path) as file:
            history = History(file)
            findings = recipe_findings(history.case, recipe)
            ran(history, recipe, progress)
            row |= scores(history.case, name, reference, progress)
    except Refusal as no:
        refusal = {"code": no.code, "message": sentence(no.code, no.values)}
    return row | {"seconds": time.perf_counter() - start, "refusal": refusal}, findings


def _words(row: dict[str, object]) -> str:
    refusal, ml = row["refusal"], row["ml"]
    said = refusal["message"] if isinstance(refusal, dict) else f"{ml:.1f} ml"
    return f"{row['case']}: {row['segment']}, {said}, {row['seconds']:.1f} s"
