"""`tasrif measure`: every number of the plan's items and the segments, with what it means."""

from argparse import ArgumentParser, Namespace

from app.console.case_info import add_case
from app.console.command import Answer, Command
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument("names", nargs="*", metavar="NAME", help="measures, items or segments")
    parser.add_argument("--csv", action="store_true", help="a table with decimal points")
    parser.add_argument(
        "--segments", action="store_true", help="statistics of the segments: size, values, place"
    )
    parser.add_argument(
        "--quality", action="store_true", help="what may be wrong with the segments"
    )
    parser.add_argument(
        "--tree", action="store_true", help="the branches of the named segments: lengths and radii"
    )


def run(options: Namespace, progress: Progress) -> Answer:
    """Measure what was asked for, or everything."""
    # The measures load Numba, which other commands don't need.
    from app.console import measured, segment_table, tree_table

    if options.tree:
        return tree_table.run(options, progress)
    if options.segments or options.quality:
        return segment_table.run(options, progress)
    return measured.run(options, progress)


COMMAND = Command("measure", "measure the plan's items and the segments", add_arguments, run)
