"""`tasrif bench`: how quick this machine is, beside the libraries that people use otherwise."""

import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.console.command import Answer, Command
from app.language import sentence
from segmentation.errors import Misuse
from segmentation.grid import Shape
from segmentation.progress import Progress

if TYPE_CHECKING:
    from app.bench.job import Group
    from app.bench.row import Row

JUDGED_NO = 1
FILL_S = 2.0
PATIENCE_S = 6.0
SLICES_MIN, SIDE_MIN = 8, 32


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("group", nargs="?", metavar="GROUP", help="one group; all without it")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, metavar="SECONDS",
        help="how long a slow peer is run again in one job (6; 1000 gives all of them 7 rounds)",
    )  # fmt: skip
    # For tests: the comparison means little on a small grid.
    parser.add_argument("--shape", type=shape, default=None, help=SUPPRESS)


def shape(word: str) -> Shape:
    """Return the grid that a word like 300x512x512 asks for, slices first."""
    numbers = word.split("x")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise ArgumentTypeError(word)
    nk, nj, ni = map(int, numbers)
    if nk < SLICES_MIN or min(nj, ni) < SIDE_MIN:
        raise ArgumentTypeError(word)
    return nk, nj, ni


def run(options: Namespace, progress: Progress) -> Answer:
    """Measure the group, or all; a peer whose result differs from ours is a judged no."""
    from app.bench.machine import machine
    from app.bench.material import FULL_KJI
    from app.bench.paired import Rounds
    from app.bench.row import DIFFERS
    from app.bench.run import rows_of
    from app.bench.table import lines

    known = machine()
    rounds = Rounds(fill_s=0.0 if options.shape else FILL_S, patience_s=options.patience)
    shape_kji = options.shape or FULL_KJI
    rows = tuple(rows_of(asked(options.group), shape_kji, rounds, progress))
    for text in warnings(rows):
        sys.stderr.write(text + "\n")
    is_wrong = any(row.error == DIFFERS for row in rows)
    fields: dict[str, object] = {"machine": known, "rows": [row.fields() for row in rows]}
    return Answer(fields, tuple(lines(known, rows)), JUDGED_NO if is_wrong else 0)


def asked(name: str | None) -> "Sequence[Group]":
    """Return the group of that name, all without a name."""
    from app.bench import GROUPS

    groups = tuple(group for group in GROUPS if name in (None, group.name))
    if not groups:
        known = ", ".join(group.name for group in GROUPS)
        raise Misuse("bench-group-unknown", group=str(name), known=known)
    return groups


def warnings(rows: "Sequence[Row]") -> Iterator[str]:
    """Yield a sentence for each peer that is missing or differs, and each job not done, once."""
    for error, peer in dict.fromkeys((row.error, row.peer) for row in rows):
        if error is not None:
            yield sentence(error, {"peer": peer} if peer is not None else {})


COMMAND = Command("bench", "compare the speed with other libraries", add_arguments, run)
