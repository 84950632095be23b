"""What a command of the command line is, and what it answers."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segmentation.progress import Progress


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command: `fields` for `--json`, `words` (lines) for people."""

    fields: Mapping[str, object]
    words: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, its one-line summary, its arguments and its work."""

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Progress], Answer]
