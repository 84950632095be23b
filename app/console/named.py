"""Finding a segment by the name a person typed."""

from planning.case.case import Case, Segment
from segmentation.errors import Refusal


def segment_named(case: Case, name: str) -> Segment:
    """Return the segment called `name`; refuse with the names there are."""
    for segment in case.segments:
        if segment.name == name:
            return segment
    known = ", ".join(segment.name for segment in case.segments)
    raise Refusal("no-such-segment", name=name, known=known or "-")
