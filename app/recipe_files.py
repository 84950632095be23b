"""Recipes in the window: the chosen segment's into a file, and one from a file run on it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.desk import Desk
from app.language import remedy, sentence
from app.language import translate as _
from app.message import of_error
from planning.case.case import Segment
from segmentation.errors import Refusal
from segmentation.progress import Progress

if TYPE_CHECKING:
    from app.recipes import Recipe, Rerun

KEY: Final = "recipe"
TITLE: Final = "Run recipe"


def save_recipe(desk: Desk, segment: Segment, path: Path) -> bool:
    """Write a segment's recipe; return whether it was written. What is refused is said."""
    from app.recipes import recipe_text
    from segmentation.unavailable import as_unavailable

    case = desk.case
    if case is None:
        return False
    try:
        path.write_text(recipe_text(case, segment), encoding="utf-8")
    except Refusal as refusal:
        desk.bridge.say(of_error(refusal))
        return False
    except OSError as error:
        desk.bridge.say(of_error(as_unavailable(error)))
        return False
    desk.bridge.say(None)
    return True


def run_recipe(desk: Desk, segment: Segment, path: Path) -> None:
    """Run a file's recipe on a segment beside the window; what it leaves is one step back."""
    from app.recipes import read_recipe, recipe_findings, rerun
    from segmentation.unavailable import as_unavailable

    case = desk.case
    if case is None:
        return
    try:
        recipe = onto(
            read_recipe(path.read_text(encoding="utf-8"), path.name, segment.name), segment
        )
    except UnicodeDecodeError:
        desk.bridge.say(of_error(Refusal("recipe-unreadable", path=path.name, reason="UTF-8")))
        return
    except Refusal as refusal:
        desk.bridge.say(of_error(refusal))
        return
    except OSError as error:
        desk.bridge.say(of_error(as_unavailable(error)))
        return

    def work(progress: Progress) -> "tuple[Rerun, list[str]]":
        found = recipe_findings(case, recipe)
        words = [f"{sentence(f.code, f.values)} {remedy(f.code, f.values)}" for f in found]
        return rerun(case, recipe, progress), words

    def took(answer: "tuple[Rerun, list[str]]") -> None:
        ran, words = answer
        if desk.do_all(ran.edits, TITLE) and words:
            desk.say(" ".join(words), "warn")

    desk.work(_("Running the recipe"), work, took, key=KEY, is_wanted=lambda: desk.case is case)


def onto(recipe: "Recipe", segment: Segment) -> "Recipe":
    """Return a recipe whose own segment, the one of its last step, is `segment`."""
    own = recipe.steps[-1].into
    steps = (replace(s, into=segment.name) if s.into == own else s for s in recipe.steps)
    return replace(recipe, steps=tuple(steps))
