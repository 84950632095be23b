"""Why a person goes on although a check says otherwise; printed with the plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for one finding as it stood when it was given.

    It holds for the finding with this code about these subjects as long as what was found and the
    limit read the same; when the plan moves on, it has to be given again.

    Attributes
    ----------
    code, item, other
        The finding's code and what it is about: ids of items or segments, or "".
    found, limit
        What was found and its limit, as people read them; "" where there is no number.
    text, by, at
        The reason, who gave it, and when (ISO 8601, UTC).
    """

    code: str
    item: str
    other: str
    found: str
    limit: str
    text: str
    by: str
    at: str
