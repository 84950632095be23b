"""Recipes of segments: written, read, held against another scan, and run again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.segmenting import applied, edits_for
from app.segments import new_segment
from planning.case.case import Case, Segment, SegmentId
from planning.case.edits import Edit, ReplaceMask, StepMask
from segmentation.area import EVERYWHERE, Area, area_of
from segmentation.effects import effect_named
from segmentation.effects.effect import Outcome, parse
from segmentation.effects.setting import Kind, parameters
from segmentation.errors import Refusal, Value
from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent
from segmentation.recipe import run_into, steps

FORMAT: Final = "tasrif-recipe"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One tool to run: its settings as the command line writes them, on which segment, where."""

    tool: str
    settings: Mapping[str, str]
    into: str
    area: Area = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Recipe:
    """Steps in order, and the scan that they were made on.

    `volume_sha256` is empty where the file doesn't say it. `is_from_nothing` says that each
    segment begins empty, whatever it holds now; else the steps go on with what is there.
    """

    steps: tuple[Step, ...]
    volume_sha256: str = ""
    is_from_nothing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rerun:
    """What running a recipe leaves: its edits in order, the case after them, the last outcome."""

    edits: tuple[Edit, ...]
    case: Case
    made: Outcome | None = field(default=None)


def recipe_record(case: Case, segment: Segment) -> dict[str, Any]:
    """Return a segment's recipe as JSON data that another case can run.

    Raises
    ------
    Refusal
        `recipe-missing` for a segment that no tool made.
    """
    told = steps(run_into(segment.recipe, segment.name))
    if not told:
        raise Refusal("recipe-missing", segment=segment.name)
    return {
        "format": FORMAT,
        "version": VERSION,
        "segment": segment.name,
        "start": str(told[0].get("onto", "nothing")),
        "volume_sha256": case.volume.sha256(),
        "frame_uid": case.volume.grid.frame_uid,
        "steps": [dict(step) for step in told],
    }


def recipe_text(case: Case, segment: Segment) -> str:
    """Return a segment's recipe as the text of a file."""
    return json.dumps(recipe_record(case, segment), indent=2, ensure_ascii=False) + "\n"


def read_recipe(text: str, name: str, into: str = "") -> Recipe:
    """Return the recipe in a file called `name`: one that was written here, or a list of steps.

    `into` is the segment of steps that don't name one.

    Raises
    ------
    Refusal
        `recipe-unreadable`, `area-unreadable`.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("recipe-unreadable", path=name, reason=str(error)[:80]) from None
    if isinstance(read, list):
        return Recipe(tuple(_steps(read, name, into)))
    if not isinstance(read, dict) or read.get("format") != FORMAT or read.get("version") != VERSION:
        raise Refusal("recipe-unreadable", path=name, reason="no steps")
    found = tuple(_steps(read.get("steps"), name, into))
    is_from_nothing = read.get("start") == "nothing"
    return Recipe(found, str(read.get("volume_sha256", "")), is_from_nothing)


def _steps(read: object, name: str, into: str) -> Iterator[Step]:
    if not isinstance(read, list) or not read:
        raise Refusal("recipe-unreadable", path=name, reason="no steps")
    for step in read:
        named = step.get("into", into) if isinstance(step, dict) else None
        if not named or not isinstance(step.get("set", {}), dict) or "tool" not in step:
            raise Refusal("recipe-unreadable", path=name, reason=str(step)[:80])
        settings = {key: as_word(value) for key, value in step.get("set", {}).items()}
        yield Step(str(step["tool"]), settings, str(named), area_of(step.get("area", {})))


def as_word(value: object) -> str:
    """Return a JSON value as the command line writes it: `x,y,z;x,y,z`, `x,y,z`, `name;name`."""
    if isinstance(value, list) and all(isinstance(one, int | float) for one in value):
        return ",".join(str(number) for number in value)
    if isinstance(value, list):
        return ";".join(one if isinstance(one, str) else as_word(one) for one in value)
    return str(value)


def recipe_findings(case: Case, recipe: Recipe) -> tuple[Finding, ...]:
    """Return what to know before a recipe made on another scan is believed on this one."""
    if recipe.volume_sha256 in {"", case.volume.sha256()}:
        return ()
    placed = [step.tool for step in recipe.steps if _has_place(step)]
    if not placed:
        return ()
    values: dict[str, Value] = {"tools": ", ".join(dict.fromkeys(placed)), "n": len(placed)}
    return (Finding("recipe-points-elsewhere", Severity.WARN, values),)


def _has_place(step: Step) -> bool:
    kinds = {p.name: p.kind for p in parameters(effect_named(step.tool))}
    points = (value for name, value in step.settings.items() if kinds.get(name) is Kind.POINTS)
    return any(points) or step.area.box_lps_mm is not None


def rerun(case: Case, recipe: Recipe, progress: Progress = silent) -> Rerun:
    """Return what running a recipe on a case leaves; the case stays as it is.

    Raises
    ------
    Refusal
        What a tool refuses, such as `segment-locked` and a segment that the case doesn't have.
    """
    edits: list[Edit] = []
    made, seen = None, set[str]()
    for n, step in enumerate(recipe.steps):
        is_first = recipe.is_from_nothing and step.into not in seen
        ran = run_step(
            case,
            step,
            share(progress, n / len(recipe.steps), (n + 1) / len(recipe.steps)),
            is_first=is_first,
        )
        seen |= {step.into} | {one.name for one in (ran.made.parts if ran.made else ())}
        edits += ran.edits
        case, made = ran.case, ran.made
    return Rerun(squeezed(edits, case), case, made)


def run_step(case: Case, step: Step, progress: Progress = silent, *, is_first: bool) -> Rerun:
    """Return what one step leaves; its segment is made when the case has none of that name.

    The first step of a recipe that begins with nothing forgets what the segment held.
    """
    effect = parse(effect_named(step.tool), step.settings)
    there = next((one for one in case.segments if one.name == step.into), None)
    segment = there or replace(new_segment(case), name=step.into)
    if is_first:
        segment = replace(segment, mask=BitMask.empty(case.volume.grid.shape_kji), recipe="")
    made = applied(case, segment, effect, progress, area=step.area)
    edits = edits_for(case, segment, effect, made, step.area)
    for edit in edits:
        case = edit.apply(case)
    return Rerun(edits, case, made)


def squeezed(edits: Sequence[Edit], after: Case) -> tuple[Edit, ...]:
    """Return the edits that lead to `after` without masks that a later one replaces."""
    last: dict[SegmentId, int] = {}
    for n, edit in enumerate(edits):
        if isinstance(edit, ReplaceMask | StepMask):
            last[edit.segment_id] = n
    kept: list[Edit] = []
    for n, edit in enumerate(edits):
        if not isinstance(edit, ReplaceMask | StepMask):
            kept.append(edit)
        elif last[edit.segment_id] == n:
            recipe = after.segment(edit.segment_id).recipe
            kept.append(ReplaceMask(edit.segment_id, edit.mask, recipe))
    return tuple(kept)
