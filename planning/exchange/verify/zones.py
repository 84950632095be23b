"""What a plan document says of its no-go zones."""

from typing import Final

from planning.exchange.verify.papers import Paper

SEVERITIES: Final = ("forbid", "warn")


def severity_of(zone: Paper) -> str:
    """Return a zone's severity; plans from before there were two of them forbid."""
    return str(zone.get("severity", SEVERITIES[0]))
