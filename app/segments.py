"""New segments of the window: their ids, names and colours."""

import uuid

from app.language import translate as _
from planning.case.case import Case, Segment, SegmentId
from segmentation.mask import BitMask
from viewers.palette import SEGMENTS, segment_colour


def new_segment(case: Case) -> Segment:
    """Return an empty segment with a name and, while there are any, a colour that no other has."""
    names = {segment.name for segment in case.segments}
    used = {segment.colour.lower() for segment in case.segments}
    free = [colour for colour in SEGMENTS if colour.lower() not in used]
    n = len(case.segments) + 1
    while (name := _("Segment {n}").format(n=n)) in names:
        n += 1
    colour = free[0] if free else segment_colour(len(case.segments))
    empty = BitMask.empty(case.volume.grid.shape_kji)
    return Segment(SegmentId(uuid.uuid4().hex[:12]), name, empty, colour)
