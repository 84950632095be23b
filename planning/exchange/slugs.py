"""File names from people's words: short, plain, unlike all others, and never a path."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LENGTH_MAX: Final = 40
RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def slug(words: str, fallback: str) -> str:
    """Return `words` as a-z, 0-9 and single hyphens, at most 40 long.

    Accents fall off; words without any such letter, and names that Windows keeps for devices,
    become or get `fallback`.
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LENGTH_MAX].strip("-")
    if not name:
        return fallback
    return f"{fallback}-{name}" if name in RESERVED else name


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in order; one that was there before, whatever its case, gets a number."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        one, n = name, 1
        while one.lower() in taken:
            n += 1
            one = f"{name}-{n}"
        taken.add(one.lower())
        found.append(one)
    return tuple(found)


def is_plain_id(one: str) -> bool:
    """Return whether an id can be a file's name as it is, on any system."""
    return ID.fullmatch(one) is not None and one.lower() not in RESERVED
