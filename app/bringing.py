"""Segments that came in a file become edits; window and command line take this same way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.segments import new_segment
from planning.case.case import Case
from planning.case.edits import AddSegment, Edit, ReplaceMask

if TYPE_CHECKING:
    from planning.case.bringing import Brought

TITLE = "Import segments"


def edits_for(case: Case, brought: "Brought") -> Sequence[Edit]:
    """Return one edit for each segment: a new one, or a new mask for the one of its name.

    A segment without a colour of its own gets one that no other has. A mask is replaced only for a
    name that the case already has; a file's own labels were given free names before.
    """
    edits: list[Edit] = []
    for arrival in brought.arrivals:
        there = next((one for one in case.segments if one.name == arrival.name), None)
        if there is not None:
            edits.append(ReplaceMask(there.id, arrival.mask, arrival.recipe))
            continue
        segment = new_segment(case)
        added = AddSegment(
            replace(
                segment,
                name=arrival.name,
                mask=arrival.mask,
                colour=arrival.colour or segment.colour,
                recipe=arrival.recipe,
            )
        )
        edits.append(added)
        case = added.apply(case)
    return edits
