"""Progress of a command on standard error."""

import sys
from dataclasses import dataclass, field
from typing import TextIO


@dataclass(slots=True)
class ConsoleProgress:
    """One line that counts to a hundred on a terminal; nothing where standard error is a file."""

    title: str
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _shown: int = -1

    def __call__(self, done: int, total: int) -> None:
        """Show `done` of `total` when the percentage has changed."""
        percent = 100 * done // max(total, 1)
        if percent != self._shown and self.stream.isatty():
            self._shown = percent
            self.stream.write(f"\r{self.title} {percent:3d} %")
            self.stream.flush()

    def close(self) -> None:
        """Leave the line for what comes next."""
        if self._shown >= 0:
            self.stream.write("\n")
            self._shown = -1
