"""The title of an undo step in the user's language, with the name of what it was done to."""

from typing import Final

from app.language import translate as _

# A title is kept in English, with the item's own name behind the verb: "Move K-wire 1".
TEMPLATES: Final = ("Add {name}", "Move {name}", "Change {name}", "Delete {name}")


def step_words(title: str) -> str:
    """Return what a step is called: from the catalogue, or the verb around the item's name."""
    words = _(title)
    if words != title:
        return words
    for template in TEMPLATES:
        verb = template.removesuffix("{name}")
        if title.startswith(verb):
            return _(template).format(name=title.removeprefix(verb))
    return words
