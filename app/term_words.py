"""What a segment's code means, in the user's language."""

from app.language import translate as _
from planning.case.terminology import LEFT, RIGHT, coded


def term_words(code: str) -> str:
    """Return what a code means in the user's language; empty for none."""
    if not code:
        return ""
    chosen = coded(code)
    words = _(chosen.term.meaning)
    sided = {"": "{term}", LEFT: _("{term}, left"), RIGHT: _("{term}, right")}
    return sided[chosen.side].format(term=words)
