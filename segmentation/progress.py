"""How long work reports and stops: one callable, called between chunks of at most 50 ms."""

from typing import Protocol

STEPS = 1000


class Progress(Protocol):
    """Take note of `done` of `total` steps; raises `Cancelled` when the work shall stop."""

    def __call__(self, done: int, total: int) -> None:
        """Report."""


def silent(done: int, total: int) -> None:
    """Report to nobody and never stop."""


def share(progress: Progress, start_ratio: float, end_ratio: float) -> Progress:
    """Return the progress of one stage that fills `start_ratio` to `end_ratio` of the whole."""

    def report(done: int, total: int) -> None:
        """Pass the stage's steps on as thousandths of the whole."""
        ratio = start_ratio + (end_ratio - start_ratio) * done / max(total, 1)
        progress(round(STEPS * ratio), STEPS)

    return report
