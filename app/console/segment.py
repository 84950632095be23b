"""`tasrif segment`: run a tool, or a recorded sequence, on a case; or bring segments in."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.console.found import finding_fields, finding_words
from planning.case.file import open_case
from planning.case.history import History
from segmentation.errors import Misuse, Refusal
from segmentation.mask import BitMask
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.effects.effect import Outcome

Step = tuple[str, Mapping[str, str], str]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument("--tool", metavar="NAME", help="which effect, such as threshold")
    parser.add_argument(
        "--set", dest="settings", nargs="+", action="extend", default=[], metavar="NAME=VALUE"
    )
    parser.add_argument("--into", metavar="SEGMENT", help="the segment to make or to change")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="a JSON list of steps")
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
    if options.file is not None:
        return bring_in(options, progress)
    if options.only or options.unit:
        raise Misuse("bring-without-file")
    from app.segmenting import part_name

    steps = tuple(asked(options))
    with open_case(options.case) as file:
        history = History(file)
        for step in steps:
            made = run_step(history, step, progress)
            history.flush()
        segment = next(s for s in history.case.segments if s.name == steps[-1][2])
    voxel_ml = history.case.volume.grid.voxel_ml
    fields: dict[str, object] = size_fields(segment.name, segment.mask, voxel_ml)
    words = size_words(fields)
    if made.found_hu is not None:
        fields["found_hu"] = list(made.found_hu)
        words += ", {} to {} HU".format(*made.found_hu)
    parts = [size_fields(part_name(part), part.mask, voxel_ml) for part in made.parts]
    if parts:
        fields["parts"] = parts
    if made.findings:
        fields["findings"] = [finding_fields(one) for one in made.findings]
    told = [size_words(row) for row in parts] + [finding_words(one) for one in made.findings]
    return Answer(fields, (words, *told))


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


def run_step(history: History, step: Step, progress: Progress) -> "Outcome":
    """Run one tool into the named segment, which is made when the case has none of that name.

    Returns what the tool made.
    """
    from app.segmenting import applied, edits_for
    from app.segments import new_segment
    from segmentation.effects import effect_named
    from segmentation.effects.effect import parse

    tool, settings, name = step
    effect = parse(effect_named(tool), settings)
    case = history.case
    there = next((segment for segment in case.segments if segment.name == name), None)
    segment = there or replace(new_segment(case), name=name)
    made = applied(case, segment, effect, progress)
    with history.gesture(effect.title):
        for edit in edits_for(case, segment, effect, made):
            history.do(edit)
    return made


def asked(options: Namespace) -> Iterator[Step]:
    """Yield the steps that the words ask for."""
    if options.recipe is not None:
        if options.tool is not None:
            raise Misuse("tool-and-recipe")
        yield from recorded(options.recipe, options.into)
        return
    if options.tool is None or not options.into:
        raise Misuse("tool-missing")
    yield options.tool, dict(pairs(options.settings)), options.into


def pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of words like `lower_hu=226`."""
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise Misuse("setting-unreadable", word=word)
        yield name, value


def recorded(path: Path, into: str | None) -> Iterator[Step]:
    """Yield the steps of a recipe file."""
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise Refusal("recipe-unreadable", path=path.name, reason=str(error)) from None
    if not isinstance(steps, list) or not steps:
        raise Refusal("recipe-unreadable", path=path.name, reason="no steps")
    for step in steps:
        name = step.get("into", into) if isinstance(step, dict) else None
        if not name or not isinstance(step.get("set", {}), dict) or "tool" not in step:
            raise Refusal("recipe-unreadable", path=path.name, reason=str(step)[:80])
        yield str(step["tool"]), {k: as_word(v) for k, v in step.get("set", {}).items()}, str(name)


def as_word(value: object) -> str:
    """Return a JSON value as the command line writes it: `x,y,z;x,y,z`, `x,y,z`, `name;name`."""
    if isinstance(value, list) and all(isinstance(one, int | float) for one in value):
        return ",".join(str(number) for number in value)
    if isinstance(value, list):
        return ";".join(one if isinstance(one, str) else as_word(one) for one in value)
    return str(value)


COMMAND = Command(
    "segment", "run a segmentation tool on a case, or bring segments in", add_arguments, run
)
