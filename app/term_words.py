"""What a segment's code means, in the user's language."""

from app.language import catalogue, current
from app.language import translate as _
from planning.case.terminology import LEFT, RIGHT, Term, coded


def meaning(term: Term) -> str:
    """Return a term in the user's language; terms have a context: a radius is a bone here."""
    return catalogue(current()).pgettext("term", term.meaning)


def term_words(code: str) -> str:
    """Return what a code means in the user's language; empty for none."""
    if not code:
        return ""
    chosen = coded(code)
    sided = {"": "{term}", LEFT: _("{term}, left"), RIGHT: _("{term}, right")}
    return sided[chosen.side].format(term=meaning(chosen.term))
