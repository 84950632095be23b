"""One destination of the hand-over: what it is for, and whether it is chosen."""

from collections.abc import Callable

from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import column, label, picture, row
from app.parts.card import Card

SIGNS = {"package": "package", "print": "printer", "nav": "navigation", "robot": "robot",
         "report": "report", "ar": "headset"}  # fmt: skip
HEIGHT_PX = 48


def destination(
    name: str, words: tuple[str, str], on_click: Callable[[], object] | None, *, is_chosen: bool
) -> Card:
    """Return the toggle of one exporter: a card with a tick, or a plain row with a plus."""
    title, purpose = words
    sign = picture(SIGNS.get(name, "export"), "text" if is_chosen else "soft")
    said = Elided(12, 400, "soft")
    said.show_words(purpose)
    text = column(None, label(title, 13, 600 if is_chosen else 400), said, None, gap=0)
    end = picture("check" if is_chosen else "plus", "ok" if is_chosen else "soft")
    line = row(sign, text, None, end, gap=12, margins=(12, 0, 12, 0))
    state = _("chosen") if is_chosen else _("not chosen")
    role = "card" if is_chosen else "plain"
    card = Card(f"send_{name}", f"{title}, {state}", on_click, line, role)
    card.setFixedHeight(HEIGHT_PX)
    return card
