"""`tasrif verify`: the receiver's answer about a package."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.console.command import Answer, Command
from app.language import remedy, sentence, translate
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.exchange.verify import CheckDone, Verdict

JUDGED_NO = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("package", type=Path, metavar="DIR", help="the package's folder")
    parser.add_argument(
        "--ct", type=Path, metavar="PATH", help="the CT of the plan, to compute its HU again"
    )
    parser.add_argument(
        "--signer", metavar="FINGERPRINT", help="the key that is expected, by its SHA-256"
    )
    parser.add_argument(
        "--register",
        type=Path,
        metavar="FILE",
        help="your own list of the newest versions, kept from one package to the next",
    )
    parser.add_argument("--allow-draft", action="store_true", help="let an unsealed plan pass")
    parser.add_argument("--allow-simulation", action="store_true", help="let a made case pass")


def run(options: Namespace, progress: Progress) -> Answer:
    """Verify the package; whatever is wrong with it is a judged no."""
    from planning.exchange.verify import Wanted, receive  # needs Numba; other commands don't

    wanted = Wanted(
        options.ct,
        options.signer,
        options.allow_draft,
        options.allow_simulation,
        options.register,
    )
    verdict = receive(options.package, wanted, progress)
    return Answer(fields(verdict), words(verdict), 0 if verdict.passed else JUDGED_NO)


def fields(verdict: "Verdict") -> dict[str, object]:
    """Return the JSON shape of a verdict."""
    return {
        "verdict": "pass" if verdict.passed else "fail",
        "state": verdict.state or None,
        "kind": verdict.kind or None,
        "signer": verdict.signer,
        "signer_trusted": verdict.signer_trusted,
        "checks": [_check_fields(check) for check in verdict.checks],
        "not_recomputed": verdict.not_recomputed,
    }


def words(verdict: "Verdict") -> tuple[str, ...]:
    """Return a line for each check, then the verdict."""
    lines = tuple(_line(check) for check in verdict.checks)
    if not verdict.passed:
        return (*lines, translate("The package does not pass. Don't use it."))
    said = {"state": translate(verdict.state), "kind": translate(verdict.kind)}
    return (*lines, translate("The package passes: {state}, {kind}.").format(**said))


def _check_fields(check: "CheckDone") -> dict[str, object]:
    return {
        "name": check.name,
        "ok": check.ok,
        "message": sentence(check.code, check.values),
        "fix": remedy(check.code, check.values),
        "code": check.code,
        "values": dict(check.values),
    }


def _line(check: "CheckDone") -> str:
    outcome = translate("ok") if check.ok else translate("FAILED")
    text = f"{sentence(check.code, check.values)} {remedy(check.code, check.values)}"
    return f"{outcome:6}  {text}".rstrip()


COMMAND = Command("verify", "act as a package's receiver", add_arguments, run)
