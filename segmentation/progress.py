"""How long work reports and stops: one callable, called between chunks of at most 50 ms."""

from typing import Protocol


class Progress(Protocol):
    """Take note of `done` of `total` steps; raises `Cancelled` when the work shall stop."""

    def __call__(self, done: int, total: int) -> None:
        """Report."""


def silent(done: int, total: int) -> None:
    """Report to nobody and never stop."""
