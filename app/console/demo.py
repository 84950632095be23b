"""`tasrif demo`: the road on a phantom, from a made CT to a case and its pictures."""

from argparse import ArgumentParser, Namespace

from app.console.command import Answer, Command
from app.console.drawing import drawn
from app.console.phantom import NAMES
from app.console.render import VIEWS
from app.console.target import add_out, new_folder
from planning.case.file import create
from segmentation.progress import Progress

TILES = ("axial", "3d", "coronal", "sagittal")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_out(parser, "the folder to make")
    parser.add_argument("--phantom", choices=NAMES, default="shoulder", help="which anatomy")


def run(options: Namespace, progress: Progress) -> Answer:
    """Build the case and draw it."""
    from planning.phantoms.phantom import build_phantom
    from planning.phantoms.practice import practice_case

    folder = new_folder(options.out, force=options.force)
    case = practice_case(build_phantom(options.phantom, detail="full", progress=progress))
    file = folder / "case.tasrif"
    create(file, case).close()
    pictures = folder / "pictures"
    pictures.mkdir()
    for name in VIEWS:
        (pictures / f"{name}.png").write_bytes(drawn(case, (name,)))
    (pictures / "views.png").write_bytes(drawn(case, TILES))
    fields: dict[str, object] = {
        "case": str(file),
        "package": None,
        "pictures": sorted(str(path) for path in pictures.glob("*.png")),
    }
    return Answer(fields, (f"case: {file}", f"pictures: {pictures}"))


COMMAND = Command("demo", "make a case of a phantom with its pictures", add_arguments, run)
