"""`tasrif render`: a picture of the views, drawn off screen by the window's own painters."""

from argparse import ArgumentParser, Namespace

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.console.target import add_out, new_file
from app.drawing import drawn
from planning.case.file import open_case
from segmentation.errors import Misuse
from segmentation.progress import Progress

VIEWS = ("axial", "coronal", "sagittal", "3d")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument(
        "--view",
        default="axial,3d,coronal,sagittal",
        metavar="NAMES",
        help="views to tile, of " + ", ".join(VIEWS),
    )
    add_out(parser, "the PNG file to write")


def run(options: Namespace, progress: Progress) -> Answer:
    """Draw the views of a case."""
    names = tuple(options.view.split(","))
    for name in names:
        if name not in VIEWS:
            raise Misuse("view-unknown", name=name, known=", ".join(VIEWS))
    target = new_file(options.out, force=options.force)
    file = open_case(options.case, read_only=True)
    try:
        target.write_bytes(drawn(file.case, names))
    finally:
        file.close()
    return Answer({"file": str(options.out), "views": list(names)}, (str(options.out),))


COMMAND = Command("render", "draw the views of a case into a PNG file", add_arguments, run)
