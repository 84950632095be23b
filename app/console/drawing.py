"""Pictures of a case for files: marked as what they are."""

from app.language import translate
from planning.case.case import Case, Kind
from planning.model.item import LpsPoint
from planning.model.trajectory import Trajectory


def drawn(case: Case, views: tuple[str, ...], *, is_draft: bool = True) -> bytes:
    """Return the views, tiled, as PNG, with the DRAFT and SIMULATION marks that apply.

    Slices go through the middle of the plan's first trajectory, or what else it has first.
    """
    from viewers.still import Look, picture

    look = Look(
        centre_lps_mm=plan_centre_lps_mm(case),
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=is_draft,
        translate=translate,
    )
    return picture(case, views, look=look)


def plan_centre_lps_mm(case: Case) -> LpsPoint | None:
    """Return the middle of the first trajectory, else of the first item with a place."""
    for item in (*case.plan.of(Trajectory), *case.plan.items):
        places = item.places_lps_mm
        if places:
            x, y, z = (sum(numbers) / len(places) for numbers in zip(*places, strict=True))
            return (x, y, z)
    return None
