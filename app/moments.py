"""Moments as people say them: files hold ISO 8601 in UTC, people read their own day and clock."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?")
# fmt: off
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)
# fmt: on


def moment_words(text: str, translate: Callable[[str], str], now: datetime | None = None) -> str:
    """Return an ISO moment (UTC where it names no zone) in local words; any other text as it is.

    `now` is the moment to say "today" from, with a time zone; the local one when None.
    """
    if MOMENT.fullmatch(text) is None:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    here = datetime.now().astimezone() if now is None else now
    local = moment.astimezone(here.tzinfo if now is not None else None)
    time = f"{local:%H:%M}"
    days = (here.date() - local.date()).days
    if days == 0:
        return translate("today at {time}").format(time=time)
    if days == 1:
        return translate("yesterday at {time}").format(time=time)
    month = translate(MONTHS[local.month - 1])
    words = translate("{day} {month} {year} at {time}")
    return words.format(day=local.day, month=month, year=local.year, time=time)
