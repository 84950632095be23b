"""Pictures of a case for files: marked as what they are."""

from app.language import translate
from planning.case.case import Case, Kind


def drawn(case: Case, views: tuple[str, ...], *, is_draft: bool = True) -> bytes:
    """Return the views, tiled, as PNG, with the DRAFT and SIMULATION marks that apply."""
    from viewers.still import Look, picture

    look = Look(is_simulation=case.kind is Kind.SIMULATION, is_draft=is_draft, translate=translate)
    return picture(case, views, look=look)
