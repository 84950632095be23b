"""What a destination will get of a case, what stays out and why, before anything is written."""

from dataclasses import dataclass

from planning.case.case import Case
from planning.exchange.exporter import Exporter
from planning.exchange.versions import require_in_force
from segmentation.errors import Refusal


@dataclass(frozen=True, slots=True)
class Outlook:
    """One destination's share of a case.

    Attributes
    ----------
    sent
        The names of the items that go there, in the order of the plan, then of the segments.
    left_out
        The items that stay out on purpose: the name of each and the reason, a msgid.
    against
        What stands against the export at all; None when nothing does.
    """

    sent: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    against: Refusal | None


def require_ready(case: Case, exporter: Exporter) -> None:
    """Refuse what this exporter can't hand over, before anything is drawn or written.

    Raises
    ------
    Refusal
        `export-withdrawn` for a plan whose version was withdrawn, `export-cannot-express` for a
        kind of item that the exporter doesn't know (HAZ-27), or what
        the exporter's own `require` says.
    """
    require_in_force(case)
    for item in case.plan.items:
        if item.kind not in exporter.expresses:
            raise Refusal(
                "export-cannot-express", exporter=exporter.name, item=item.name, kind=item.kind
            )
    exporter.require(case)


def outlook(case: Case, exporter: Exporter) -> Outlook:
    """Return what `exporter` would hand over of `case`."""
    items = case.plan.items
    sent = [item.name for item in items if exporter.expresses.get(item.kind)]
    sent += [segment.name for segment in exporter.segments(case)]
    left = [(one.name, exporter.left_out[one.kind]) for one in items
            if one.kind in exporter.left_out]  # fmt: skip
    against = None
    try:
        require_ready(case, exporter)
    except Refusal as refusal:
        against = refusal
    return Outlook(tuple(sent), tuple(left), against)
