"""`tasrif seal`: a person stands for the plan as it is."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.console.passphrase import passphrase
from app.language import sentence
from planning.case.case import Case
from planning.case.edits import SealPlan
from planning.case.file import open_case
from planning.case.history import History
from segmentation.errors import Denied
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the key file")
    parser.add_argument(
        "--confirm", required=True, metavar='"CODE SIDE"', help="code and side of this case"
    )
    parser.add_argument(
        "--by", required=True, metavar='"NAME, ROLE"', help="who seals, and in which role"
    )


def run(options: Namespace, progress: Progress) -> Answer:
    """Seal the plan; `journal_head` is the row that the seal was made from."""
    with open_case(options.case) as file:
        if file.refusal is not None:
            raise file.refusal
        history = History(file)
        edit = signed(history.case, file.head, options, progress)
        history.do(edit)
        history.flush()
    return answer(options.case, edit)


def signed(case: Case, journal_head: str, options: Namespace, progress: Progress) -> SealPlan:
    """Return the seal; nobody is asked for a passphrase before the words are in order."""
    from planning.exchange import seal  # the measures load Numba, which other commands don't need
    from planning.exchange.document import SealStamp
    from planning.exchange.key_file import read_key_file
    from planning.exchange.keys import unwrapped
    from planning.measures.surfaces import Surfaces

    seal.require_sealable(case)
    seal.confirmed(case, options.confirm)
    by, role = seal.signer(options.by)
    name = options.key.name
    key = unwrapped(read_key_file(options.key), passphrase(name), name)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    stamp = SealStamp(by, role, at, journal_head, case.version)
    try:
        return seal.sealed(case, key, stamp, Surfaces(), progress)
    except seal.Blocked as no:
        first = no.findings[0]
        said = sentence(first.code, first.values)
        raise Denied("seal-blocked", n=len(no.findings), first=said) from None


def answer(case: Path, edit: SealPlan) -> Answer:
    """Return the JSON shape of `seal`."""
    from planning.exchange.document import text_sha256

    seal = edit.seal
    fields: dict[str, object] = {
        "case": str(case),
        "version": seal.version,
        "fingerprint": seal.fingerprint,
        "sealed_at": seal.at,
        "journal_head": seal.journal_head,
        "plan_sha256": text_sha256(seal.plan),
    }
    return Answer(fields, tuple(f"{key}: {value}" for key, value in fields.items()))


COMMAND = Command("seal", "seal the plan with a person's key", add_arguments, run)
