"""Pictures of a case for files: framed on its plan, marked as what they are."""

from typing import Final

from app.language import translate
from planning.case.case import Case, Kind

SIZE_PX: Final = (1044, 784)


def drawn(
    case: Case, views: tuple[str, ...], size_px: tuple[int, int] = SIZE_PX, *, is_draft: bool = True
) -> bytes:
    """Return the views, tiled, as PNG, with the DRAFT and SIMULATION marks that apply.

    A planned case is shown close by, as its first path's operation does; another one whole.
    """
    from viewers.still import Look, first_item, picture

    look = Look(
        item=first_item(case),
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=is_draft,
        translate=translate,
    )
    return picture(case, views, size_px, look)
