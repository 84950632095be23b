"""`tasrif demo`: the whole road on a phantom, from a made CT to a sealed package and pictures."""

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.console.command import Answer, Command
from app.console.phantom import NAMES
from app.console.render import VIEWS
from app.console.target import add_out, new_folder
from app.drawing import drawn
from app.language import current, translate
from app.words import CatalogueWords
from planning.case.case import Case, Kind
from planning.case.file import CaseFile, create, open_case, require_free
from planning.case.history import History
from segmentation.progress import Progress, share

if TYPE_CHECKING:
    from planning.case.edits import SealPlan
    from planning.exchange.keys import SigningKey
    from planning.measures.surfaces import Surfaces

TILES: Final = ("axial", "3d", "coronal", "sagittal")
CASE, PACKAGE, PICTURES = "case.tasrif", "package", "pictures"
SIGNER: Final = ("Tasrif demo", "practice")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_out(parser, "the folder to make")
    parser.add_argument("--phantom", choices=NAMES, default="shoulder", help="which anatomy")


def run(options: Namespace, progress: Progress) -> Answer:
    """Build the case, seal its plan, draw it and hand it over to every exporter."""
    own = CASE if options.force and is_practice(options.out / CASE) else ""
    folder = new_folder(options.out, force=options.force, own=own)
    from planning.phantoms.phantom import build_phantom
    from planning.phantoms.practice import practice_case

    part = share(progress, 0.0, 0.6)
    case = practice_case(build_phantom(options.phantom, detail="full", progress=part))
    return handed_over(case, folder, share(progress, 0.6, 1.0))


def is_practice(path: Path) -> bool:
    """Return whether there is a case made for practice, which nobody holds open, to be replaced."""
    if not path.is_file():
        return False
    require_free(path)
    with open_case(path, read_only=True) as file:
        return file.case.kind is Kind.SIMULATION


def handed_over(case: Case, folder: Path, progress: Progress) -> Answer:
    """Write the case, its package and its pictures into an empty folder.

    The same case gives the same files but for the key, which is made for it, and the time.
    """
    made = _sealed(folder / CASE, case, share(progress, 0.0, 0.3))
    pictures = {name: drawn(made.case, (name,), is_draft=False) for name in VIEWS}
    progress(60, 100)
    _hand_over(made, folder / PACKAGE, pictures, share(progress, 0.6, 1.0))
    pictures["views"] = drawn(made.case, TILES, is_draft=False)
    return _answer(folder, made, _kept(folder / PICTURES, pictures))


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A sealed case, the journal's head, the key it was sealed with, and surfaces so far."""

    case: Case
    head: str
    key: "SigningKey"
    surfaces: "Surfaces"


def _sealed(path: Path, case: Case, progress: Progress) -> _Made:
    """Write the case, seal its plan with a key that is never written, and return it."""
    from planning.exchange.keys import make_key
    from planning.measures.surfaces import Surfaces

    key, surfaces = make_key(), Surfaces()
    with create(path, case) as file:
        history = History(file)
        history.do(_seal_edit(file, history.case, key, surfaces, progress))
        history.flush()
        return _Made(history.case, file.head, key, surfaces)


def _seal_edit(
    file: CaseFile, case: Case, key: "SigningKey", surfaces: "Surfaces", progress: Progress
) -> "SealPlan":
    from planning.exchange.document import SealStamp
    from planning.exchange.seal import sealed

    at = datetime.now(UTC).isoformat(timespec="seconds")
    stamp = SealStamp(*SIGNER, at, file.head, case.version)
    return sealed(case, key, stamp, surfaces, progress)


def _hand_over(made: _Made, out: Path, pictures: dict[str, bytes], progress: Progress) -> None:
    from planning.exchange import EXPORTERS
    from planning.exchange.export import ExportOptions, export

    today = datetime.now(UTC).date()
    words = CatalogueWords(current())
    how = ExportOptions(False, made.head, today, pictures, made.surfaces, words)
    export(made.case, [one.name for one in EXPORTERS], out, made.key, how, progress)


def _kept(folder: Path, pictures: dict[str, bytes]) -> tuple[Path, ...]:
    folder.mkdir()
    paths = tuple(folder / f"{name}.png" for name in sorted(pictures))
    for path in paths:
        path.write_bytes(pictures[path.stem])
    return paths


def _answer(folder: Path, made: _Made, pictures: tuple[Path, ...]) -> Answer:
    fields: dict[str, object] = {
        "case": str(folder / CASE),
        "package": str(folder / PACKAGE),
        "pictures": [str(path) for path in pictures],
        "fingerprint": made.key.fingerprint,
    }
    words = (
        translate("Case, planned and sealed: {path}").format(path=folder / CASE),
        translate("Package, a simulation: {path}").format(path=folder / PACKAGE),
        translate("Pictures: {path}").format(path=folder / PICTURES),
    )
    return Answer(fields, words)


COMMAND = Command("demo", "make, seal and hand over a case of a phantom", add_arguments, run)
