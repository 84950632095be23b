"""`tasrif segment`: run a tool, or a recipe, on one or several cases; or bring segments in."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.console.areas import add_area, asked_area
from app.console.command import Answer, Command
from app.console.found import finding_fields, finding_words
from app.console.models import add_models, use_models
from planning.case.case import Case
from planning.case.file import open_case
from planning.case.history import History
from segmentation.errors import Misuse
from segmentation.finding import Finding
from segmentation.mask import BitMask
from segmentation.progress import Progress

if TYPE_CHECKING:
    from app.recipes import Recipe
    from segmentation.effects.effect import Outcome


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASE", help="the case file")
    parser.add_argument("--tool", metavar="NAME", help="which effect, such as threshold")
    parser.add_argument(
        "--set", dest="settings", nargs="+", action="extend", default=[], metavar="NAME=VALUE"
    )
    parser.add_argument("--into", metavar="SEGMENT", help="the segment to make or to change")
    add_area(parser)
    add_models(parser)
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="a recipe: JSON of --recipe-of, or of steps"
    )
    parser.add_argument(
        "--table", type=Path, metavar="FILE",
        help="of --recipe: a CSV with a row a case; cases that have theirs are left out",
    )  # fmt: skip
    parser.add_argument(
        "--reference", metavar="SEGMENT", default="", help="of --table: what Dice is against"
    )
    parser.add_argument("--recipe-of", metavar="SEGMENT", help="write a segment's recipe to --out")
    parser.add_argument("--out", type=Path, metavar="FILE", help="of --recipe-of: the file")
    parser.add_argument("--force", action="store_true", help="replace what is already there")
    parser.add_argument(
        "--from", dest="file", type=Path, metavar="FILE",
        help="bring segments in: DICOM SEG, RTSTRUCT, Encapsulated STL, STL, PLY, OBJ or GLB",
    )  # fmt: skip
    parser.add_argument(
        "--only", nargs="+", action="extend", default=[], metavar="LABEL", help="of --from: which"
    )
    parser.add_argument("--unit", choices=["mm", "cm", "m"], help="of --from: a surface's unit")


def run(options: Namespace, progress: Progress) -> Answer:
    """Run each step as one edit of the case; all that a file brings in is one edit too."""
    from app.console import cohort  # loads Numba, which other commands don't need

    use_models(options)
    if len(options.cases) > 1 or options.table is not None:
        if options.recipe is None or options.tool is not None or options.file is not None:
            raise Misuse("cases-without-recipe")
        return cohort.run(options, cohort.asked(options), progress)
    options.case = options.cases[0]
    if options.recipe_of is not None:
        return cohort.write(options)
    if options.file is not None:
        return bring_in(options, progress)
    if options.only or options.unit:
        raise Misuse("bring-without-file")
    return run_steps(options, asked(options), progress)


def run_steps(options: Namespace, recipe: "Recipe", progress: Progress) -> Answer:
    """Run each step on the case as an edit of its own, and tell what the last one made."""
    from app.recipes import recipe_findings

    with open_case(options.case) as file:
        history = History(file)
        findings = recipe_findings(history.case, recipe)
        made = ran(history, recipe, progress)
        case = history.case
    return told(case, recipe.steps[-1].into, made, findings)


def ran(history: History, recipe: "Recipe", progress: Progress) -> "Outcome":
    """Run a recipe on an open case, each step an edit; return what the last one made."""
    from app.recipes import run_step
    from segmentation.effects import effect_named
    from segmentation.effects.effect import Outcome

    seen, made = set[str](), Outcome(BitMask.empty(history.case.volume.grid.shape_kji))
    for step in recipe.steps:
        is_first = recipe.is_from_nothing and step.into not in seen
        done = run_step(history.case, step, progress, is_first=is_first)
        made = done.made or made
        seen |= {step.into} | {one.name for one in made.parts}
        with history.gesture(effect_named(step.tool).title):
            for edit in done.edits:
                history.do(edit)
        history.flush()
    return made


def told(case: Case, name: str, made: "Outcome", findings: Sequence[Finding]) -> Answer:
    """Return what a tool made as JSON and as words; `findings` are those of the recipe."""
    from app.segmenting import part_name

    segment = next(one for one in case.segments if one.name == name)
    voxel_ml = case.volume.grid.voxel_ml
    fields: dict[str, object] = size_fields(segment.name, segment.mask, voxel_ml)
    words = size_words(fields)
    if made.found_hu is not None:
        fields["found_hu"] = list(made.found_hu)
        words += ", {} to {} HU".format(*made.found_hu)
    parts = [size_fields(part_name(part), part.mask, voxel_ml) for part in made.parts]
    if parts:
        fields["parts"] = parts
    if made.made_by is not None:
        fields["made_by"] = dict(made.made_by)
    if made.cut_mm2 is not None:
        fields["cut_mm2"] = made.cut_mm2
        words += f", cut of {made.cut_mm2:.0f} mm2"
    found = (*findings, *made.findings)
    if found:
        fields["findings"] = [finding_fields(one) for one in found]
    lines = (*map(size_words, parts), *map(finding_words, found))
    return Answer(fields, (words, *lines))


def size_fields(name: str, mask: BitMask, voxel_ml: float) -> dict[str, object]:
    """Return the JSON shape of a segment's size."""
    return {"segment": name, "voxels": mask.voxels, "ml": mask.voxels * voxel_ml}


def size_words(fields: Mapping[str, object]) -> str:
    """Return a segment's size, from its JSON shape, as one line."""
    text: str = "{segment}: {ml:.1f} ml, {voxels} voxels"
    return text.format_map(fields)


def bring_in(options: Namespace, progress: Progress) -> Answer:
    """Bring the segments of a file into the case as one step."""
    from app.bringing import TITLE, edits_for
    from planning.case.bringing import Wish, bring

    if options.tool is not None or options.recipe is not None or options.settings:
        raise Misuse("bring-and-tool")
    wish = Wish(tuple(options.only), options.into or "", options.unit or "")
    with open_case(options.case) as file:
        history = History(file)
        brought = bring(history.case, options.file, wish, progress)
        with history.gesture(TITLE):
            for edit in edits_for(history.case, brought):
                history.do(edit)
        history.flush()
        voxel_ml = history.case.volume.grid.voxel_ml
    rows = [size_fields(one.name, one.mask, voxel_ml) for one in brought.arrivals]
    findings = brought.all_findings
    fields = {**rows[0], "segments": rows, "findings": [finding_fields(one) for one in findings]}
    words = (*map(size_words, rows), *map(finding_words, findings))
    return Answer(fields, words)


def asked(options: Namespace) -> "Recipe":
    """Return the steps that the words ask for."""
    from app.console import cohort
    from app.recipes import Recipe, Step

    if options.recipe is not None:
        if options.tool is not None:
            raise Misuse("tool-and-recipe")
        return cohort.asked(options)
    if options.tool is None or not options.into:
        raise Misuse("tool-missing")
    settings = dict(pairs(options.settings))
    return Recipe((Step(options.tool, settings, options.into, asked_area(options)),))


def pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of words like `lower_hu=226`."""
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise Misuse("setting-unreadable", word=word)
        yield name, value


COMMAND = Command(
    "segment", "run a segmentation tool on a case, or bring segments in", add_arguments, run
)
