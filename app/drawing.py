"""Pictures of a case for files: framed on its plan, marked as what they are."""

from collections.abc import Callable
from typing import Final

from app.language import translate
from planning.case.case import Case, Kind

SIZE_PX: Final = (1044, 784)


def drawn(
    case: Case,
    views: tuple[str, ...],
    size_px: tuple[int, int] = SIZE_PX,
    *,
    is_draft: bool = True,
    say: Callable[[str], str] = translate,
) -> bytes:
    """Return the views, tiled, as PNG, with the DRAFT and SIMULATION marks that apply.

    A planned case is shown close by, as its first path's operation does; another one whole.
    `say` translates the words in it; by default into the language in use.
    """
    from viewers.still import Look, first_item, picture

    look = Look(
        item=first_item(case),
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=is_draft,
        translate=say,
    )
    return picture(case, views, size_px, look)
