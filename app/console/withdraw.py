"""`tasrif withdraw`: a sealed version that nobody shall use any more."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from app.console.case_info import add_case
from app.console.command import Answer, Command
from planning.case.edits import WithdrawPlan
from planning.case.file import open_case
from planning.case.history import History
from planning.case.withdrawal import Withdrawal
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument(
        "--version", type=int, metavar="N", help="the sealed version; by default the newest"
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it is handed over")
    parser.add_argument(
        "--by", required=True, metavar='"NAME, ROLE"', help="who withdraws, and in which role"
    )


def run(options: Namespace, progress: Progress) -> Answer:
    """Record the withdrawal; the seal stays, and undo does not bring the version back."""
    from planning.exchange.seal import signer  # loads Numba, which other commands don't need

    name, role = signer(options.by)
    with open_case(options.case) as file:
        if file.refusal is not None:
            raise file.refusal
        history = History(file)
        newest = len(history.case.seals)
        version = newest if options.version is None else options.version
        at = datetime.now(UTC).isoformat(timespec="seconds")
        text = " ".join(options.reason.split())
        history.do(WithdrawPlan(Withdrawal(version, text, f"{name}, {role}", at)))
        history.flush()
        head = file.head
    fields: dict[str, object] = {
        "case": str(options.case),
        "version": version,
        "reason": text,
        "by": f"{name}, {role}",
        "withdrawn_at": at,
        "journal_head": head,
    }
    return Answer(fields, tuple(f"{key}: {value}" for key, value in fields.items()))


COMMAND = Command("withdraw", "withdraw a sealed version of the plan", add_arguments, run)
