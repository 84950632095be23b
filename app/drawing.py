"""Pictures of a case for files: framed on its plan, marked as what they are."""

from typing import TYPE_CHECKING, Final

from app.language import current
from app.words import CatalogueWords
from planning.case.case import Case, Kind

if TYPE_CHECKING:
    from planning.exchange.words import Words

SIZE_PX: Final = (1044, 784)


def drawn(
    case: Case,
    views: tuple[str, ...],
    size_px: tuple[int, int] = SIZE_PX,
    *,
    is_draft: bool = True,
    words: "Words | None" = None,
) -> bytes:
    """Return the views, tiled, as PNG, with the marks that apply: DRAFT, WITHDRAWN, SIMULATION.

    A planned case is shown close by, as its first path's operation does; another one whole.
    It speaks `words`; by default the language in use.
    """
    from viewers.still import Look, first_item, picture

    spoken = words or CatalogueWords(current())
    look = Look(
        item=first_item(case),
        is_simulation=case.kind is Kind.SIMULATION,
        is_draft=is_draft,
        is_withdrawn=case.is_withdrawn,
        translate=spoken.text,
        number=spoken.number,
    )
    return picture(case, views, size_px, look)
