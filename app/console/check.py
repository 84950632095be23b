"""`tasrif check`: what the checks find, and reasons for going on in spite of it."""

from argparse import ArgumentParser, Namespace

from app.console.case_info import add_case
from app.console.command import Answer, Command
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument(
        "--override",
        metavar="CODE[:ITEM]",
        help="record a reason for this finding; name its item where the code was found twice",
    )
    parser.add_argument("--reason", metavar="TEXT", help="why you go on; it is printed")
    parser.add_argument("--by", metavar="NAME", help="who gives the reason")


def run(options: Namespace, progress: Progress) -> Answer:
    """Check the plan; with `--override` record a reason first."""
    from app.console import checked  # the checks load Numba, which other commands don't need

    return checked.run(options, progress)


COMMAND = Command(
    "check", "check the plan, or record why to go on in spite of a finding", add_arguments, run
)
