"""Which segments a model made, and whether a person has accepted them."""

from planning.case.case import Segment, Status
from segmentation.finding import Finding, Severity
from segmentation.recipe import made_by


def is_unaccepted(segment: Segment) -> bool:
    """Return whether a model made a segment and no person has marked it as reviewed since.

    An empty one says nothing that could be believed.
    """
    is_said = made_by(segment.recipe) is not None and not segment.mask.is_empty
    return is_said and segment.status is not Status.REVIEWED


def model_findings(segment: Segment) -> tuple[Finding, ...]:
    """Return what to know of a segment that a model made; nothing of others."""
    made = made_by(segment.recipe)
    if made is None or segment.mask.is_empty:
        return ()
    values = {
        "segment": segment.name,
        "model": made.get("title", ""),
        "version": made.get("version", ""),
        "day": made.get("on", ""),
        "hash": made.get("sha256", "")[:16],
    }
    if is_unaccepted(segment):
        return (Finding("model-not-accepted", Severity.WARN, values),)
    return (Finding("model-accepted", Severity.INFO, values),)
