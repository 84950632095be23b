"""Names for the further segments that a tool makes."""

from collections.abc import Container, Iterator
from itertools import count


def part_names(name: str, taken: Container[str]) -> Iterator[str]:
    """Yield `name 2`, `name 3` and so on, without those that a segment already has."""
    for n in count(2):
        if (one := f"{name or 'Part'} {n}") not in taken:
            yield one
