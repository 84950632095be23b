"""`tasrif phantom`: a made CT with its exact truth, as DICOM."""

from argparse import ArgumentParser, Namespace

from app.console.command import Answer, Command
from app.console.target import add_out, new_folder
from segmentation.progress import Progress

NAMES = ("shoulder", "lumbar", "abdomen")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("name", choices=NAMES, help="which anatomy")
    add_out(parser, "the folder to make")
    parser.add_argument("--oblique", action="store_true", help="a turned grid far from the origin")
    parser.add_argument("--seed", type=int, default=0, help="another patient of the same kind")


def run(options: Namespace, progress: Progress) -> Answer:
    """Build the phantom and write it."""
    folder = new_folder(options.out, force=options.force)
    from planning.phantoms.phantom import build_phantom
    from planning.phantoms.write import write_phantom

    phantom = build_phantom(
        options.name, seed=options.seed, oblique=options.oblique, detail="full", progress=progress
    )
    write_phantom(phantom, folder, progress)
    fields: dict[str, object] = {
        "phantom": options.name,
        "dicom": str(folder / "dicom"),
        "truth": str(folder / "truth.json"),
    }
    return Answer(fields, (f"{folder}: {options.name}, {phantom.volume.hu.shape[0]} slices",))


COMMAND = Command("phantom", "write a made CT with its exact truth", add_arguments, run)
