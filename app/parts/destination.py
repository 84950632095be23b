"""One destination of the hand-over: what it is for, and how it stands."""

from collections.abc import Callable
from enum import Enum

from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import column, label, picture, row
from app.parts.card import Card

SIGNS = {"package": "package", "print": "printer", "nav": "navigation", "robot": "robot",
         "report": "report", "ar": "headset", "dicom": "dicom"}  # fmt: skip
HEIGHT_PX = 48


class Stand(Enum):
    """How a destination stands: its sign, the sign's tone, and a number of its own."""

    CHOSEN = "check", "ok", 0
    FREE = "plus", "soft", 1
    AGAINST = "blocked", "block", 2
    WAITING = "stale", "soft", 3
    WRITING = "export", "accent", 4
    WRITTEN = "check", "ok", 5

    @property
    def words(self) -> str:
        """The state in the window's language."""
        states = {
            Stand.CHOSEN: _("chosen"),
            Stand.FREE: _("not chosen"),
            Stand.AGAINST: _("not possible"),
            Stand.WAITING: _("waits its turn"),
            Stand.WRITING: _("being written"),
            Stand.WRITTEN: _("written"),
        }
        return states[self]


def destination(
    name: str, words: tuple[str, str], on_click: Callable[[], object] | None, stand: Stand
) -> Card:
    """Return the toggle of one exporter: a card, or a plain row for one that isn't chosen.

    `words` are its title and what stands below: its purpose, or what is against it.
    """
    title, purpose = words
    is_on = stand not in (Stand.FREE, Stand.AGAINST)
    sign = picture(SIGNS.get(name, "export"), "text" if is_on else "soft")
    said = Elided(12, 400, "block" if stand is Stand.AGAINST else "soft")
    said.show_words(purpose)
    text = column(None, label(title, 13, 600 if is_on else 400), said, None, gap=0)
    end = picture(*stand.value[:2])
    end.setToolTip(stand.words)
    line = row(sign, text, None, end, gap=12, margins=(12, 0, 12, 0))
    card = Card(f"send_{name}", f"{title}, {stand.words}", on_click, line,
                "card" if is_on else "plain")  # fmt: skip
    card.setFixedHeight(HEIGHT_PX)
    card.setToolTip(purpose)
    return card
