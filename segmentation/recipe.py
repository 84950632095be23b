"""How a mask came to be: the tools and settings in order, as JSON text kept beside the mask."""

import json
from collections.abc import Mapping
from typing import Final, cast

from segmentation.errors import Refusal

Step = Mapping[str, object]
ONE_RANGE: Final = frozenset({"threshold", "ranges", "grow", "otsu", "hysteresis"})
AFRESH: Final = ONE_RANGE | {"local-threshold", "metal", "model", "click"}
# Tools after which the border lies where the range put it, or where voxel and value disagree: there
# the surface runs half-way between voxels (`iso_surface`). Parting and cutting only take away;
# filling adds what the border goes around.
KEEPS_THE_EDGE: Final = (
    ONE_RANGE
    | {"islands", "split-islands", "split-joint", "cut", "fill-holes"}
    | {"paint", "erase", "scissors", "live-wire", "flood"}
)
COLDEST_HU: Final = -1024
MADE_BY: Final = '"made_by"'


def steps(recipe: str) -> tuple[Step, ...]:
    """Return the steps of a recipe, each with `tool` and `set`; none for an empty text."""
    if not recipe:
        return ()
    try:
        read = json.loads(recipe)
    except ValueError as error:
        raise Refusal("recipe-unreadable", path="", reason=str(error)) from None
    one = [read] if isinstance(read, dict) else read
    if not isinstance(one, list) or not all(isinstance(s, dict) and "tool" in s for s in one):
        raise Refusal("recipe-unreadable", path="", reason='no list of steps with "tool"')
    return tuple(cast("list[Step]", one))


def extended(recipe: str, step: str) -> str:
    """Return `recipe` with one more step (JSON); a tool that starts afresh forgets what was.

    In an area that isn't everywhere nothing starts afresh: the mask stays elsewhere.
    """
    new = steps(step)
    is_afresh = new[-1]["tool"] in AFRESH and "area" not in new[-1]
    before = () if is_afresh else steps(recipe)
    return json.dumps([*before, *new], sort_keys=True, separators=(",", ":"))


def run_into(recipe: str, name: str) -> str:
    """Return `recipe` with the segment that each step ran on, for those that don't say it."""
    told = [{"into": name, **step} for step in steps(recipe)]
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""


def made_by(recipe: str) -> Mapping[str, str] | None:
    """Return which model a mask comes from, whatever was done to it later; None for none.

    The texts are those of `segmentation.models.predict.made_by`: `title`, `version`, hashes.
    """
    for step in reversed(steps(recipe) if MADE_BY in recipe else ()):
        told = step.get("made_by")
        if isinstance(told, dict):
            return {str(name): str(value) for name, value in told.items()}
    return None


def is_last_by_model(recipe: str) -> bool:
    """Return whether a model had the last word on a mask."""
    return MADE_BY in recipe and "made_by" in steps(recipe)[-1]


def edge_hu(recipe: str) -> float | None:
    """Return the HU at which the mask's surface lies, None where the mask alone decides.

    Half a HU off the range's bound, so that no vertex falls on a voxel. A range that is open
    below, as for lung, has its surface at the upper bound. After a smoothing or a margin the
    voxels' values no longer say where the border is, nor do they along the border of an area.
    """
    done = steps(recipe)
    if not done or any(s["tool"] not in KEEPS_THE_EDGE or "area" in s for s in done):
        return None
    asked = done[0].get("set")
    settings = done[0].get("found", asked)
    if done[0]["tool"] not in ONE_RANGE or not isinstance(settings, dict):
        return None
    if isinstance(asked, dict) and asked.get("method") == "gradient":
        return None  # it ends at edges, whatever their values
    lower, upper = settings.get("lower_hu"), settings.get("upper_hu")
    if lower is not None and float(lower) > COLDEST_HU:
        return float(lower) - 0.5
    return None if upper is None else float(upper) + 0.5
