"""`tasrif export`: a case handed over as files that were read back."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.console.render import VIEWS
from app.console.target import add_out
from app.drawing import drawn
from app.figures import decimal
from app.language import LANGUAGES, current, translate
from app.words import CatalogueWords
from planning.case.case import Case
from planning.case.file import open_case
from segmentation.errors import Refusal
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.exchange.export import Exported
    from planning.exchange.keys import SigningKey

DIGITS: Final = 4
EXACT_MM: Final = 0.01


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="NAME[,NAME...]",
        help="exporters: package, print, nav, robot, ar, report, dicom",
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key that sealed the plan")
    parser.add_argument(
        "--language", choices=LANGUAGES, help="what people read; by default the language in use"
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--deidentify", action="store_true", help="hand over a draft without the patient in it"
    )
    who.add_argument(
        "--identity", action="store_true", help="name the patient in DICOM objects and the report"
    )
    parser.add_argument("--code", help="what the case is called then; else its own code")
    add_out(parser, "the folder to make")


def run(options: Namespace, progress: Progress) -> Answer:
    """Write the case's files, read back, into a new folder."""
    from planning.exchange import exporters_named
    from planning.exchange.export import ExportOptions, export, gives_draft
    from planning.exchange.exporter import Need
    from planning.exchange.outlook import require_ready
    from planning.exchange.versions import require_in_force

    names = [name for name in options.to.split(",") if name]
    exporters = exporters_named(names)  # before a passphrase is asked for and anything is drawn
    with open_case(options.case, read_only=True) as file:
        if file.findings:
            raise Refusal("export-case-damaged", file=options.case.name)
        require_in_force(file.case)
        case, head = told_of(file.case, file.head, options)
    for exporter in exporters:
        require_ready(case, exporter)
    key = the_key(options.key) if case.is_sealed and options.key else None
    is_draft = gives_draft(case, has_key=key is not None)
    words = CatalogueWords(options.language or current())
    shows = any(Need.PICTURES in one.needs for one in exporters)
    pictures = draw(case, words, is_draft=is_draft) if shows else {}
    today = datetime.now(UTC).date()
    how = ExportOptions(
        options.force, head, today, pictures, words=words, has_identity=options.identity
    )
    return answer(case, export(case, names, options.out, key, how, progress))


def told_of(case: Case, head: str, options: Namespace) -> tuple[Case, str]:
    """Return the case to hand over and its journal's head; without the person when asked for."""
    if not options.deidentify:
        return case, head
    from planning.case.deidentify import deidentified, mapped_head
    from planning.case.intake import usable_code

    bare = deidentified(case, usable_code(options.code or case.identity.code))
    return bare, head if bare is case else mapped_head(head, bare.source.uid_key)


def the_key(path: Path) -> "SigningKey":
    """Return the signing key in a file, opened with the passphrase."""
    from app.console.passphrase import passphrase
    from planning.exchange.key_file import read_key_file
    from planning.exchange.keys import unwrapped

    body = read_key_file(path)
    return unwrapped(body, passphrase(path.name), path.name)


def draw(case: Case, words: CatalogueWords, *, is_draft: bool) -> dict[str, bytes]:
    """Return a picture of each view, marked as what it is."""
    return {view: drawn(case, (view,), is_draft=is_draft, words=words) for view in VIEWS}


def answer(case: Case, done: "Exported") -> Answer:
    """Return where the files are, as what, and each file's row."""
    from planning.measures.quantity import Rounding
    from planning.measures.rounding import rounded

    state = "draft" if done.is_draft else "sealed"
    fields: dict[str, object] = {
        "out": str(done.folder),
        "state": state,
        "kind": str(case.kind),
        "fingerprint": done.fingerprint,
        "files": [row.fields() for row in done.files],
    }
    # Fields of distances are sampled and scenes thinned, each within a bound of its own row.
    errors = [
        one.error_mm
        for one in (row.written for row in done.files)
        if one.error_mm is not None and (one.allowed_mm or 0.0) <= EXACT_MM
    ]
    largest = rounded(max(errors, default=0.0), Rounding.UP, DIGITS)
    said = translate(
        "{n} files, each read back; what is neither thinned nor sampled is at most {mm} mm off"
    )
    words = [
        f"{done.folder}: {translate(state)}, {translate(str(case.kind))}",
        said.format(n=len(done.files), mm=decimal(float(largest), DIGITS)),
    ]
    if done.fingerprint is not None:
        words.append(translate("signed by {fingerprint}").format(fingerprint=done.fingerprint))
    return Answer(fields, tuple(words))


COMMAND = Command("export", "hand a case over as files that were read back", add_arguments, run)
