"""A withdrawal: a sealed version that nobody shall use any more, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One sealed version was taken back; its seal stays, so that everybody can see which it was.

    Attributes
    ----------
    version
        The sealed version that is meant.
    text, by, at
        The reason, who withdrew (name and role), and when (ISO 8601, UTC).
    """

    version: int
    text: str
    by: str
    at: str
