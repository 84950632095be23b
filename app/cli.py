"""The command line `tasrif`: one command, one answer, one exit code.

Exit codes: 0 done, 1 a judged no, 2 usage, 3 bad input, 4 the environment, 130 cancelled, and 70
for a fault of the program itself. No traceback reaches a user unless TASRIF_DEBUG=1.
"""

import json
import locale
import os
import sys
import traceback
import unicodedata
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from app.console import COMMANDS
from app.console.command import Answer, Command
from app.console.progress import ConsoleProgress
from app.console.target import as_unavailable
from app.language import remedy, sentence, use
from app.private_run import private_run
from segmentation.errors import Cancelled, Misuse, Refusal, Unavailable, Value

CANCELLED = 130
FAULT = 70
STEERING = frozenset({"Cc", "Cs"})
FLAGS = ("-h", "--help", "--version")


class _Parser(ArgumentParser):
    """A parser that refuses instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        """Refuse the words."""
        raise Misuse("usage", reason=message, command=self.prog)


def parser() -> ArgumentParser:
    """Return the parser of all commands."""
    whole = _Parser(
        prog="tasrif",
        description="Plan an operation on a CT. Without a command: open the window on PATH.",
        epilog="tasrif [PATH] opens the window. --json gives one JSON object, with any command.",
    )
    whole.add_argument("--version", action="version", version=f"Tasrif {version('tasrif')}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = commands.add_parser(command.name, help=command.summary, description=command.summary)
        command.add_arguments(one)
        one.set_defaults(does=command)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command or the window; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in words
    words = [word for word in words if word != "--json"]
    # SimpleITK and VTK read 1.25 as 1 under a French number format (HAZ-16).
    locale.setlocale(locale.LC_NUMERIC, "C")
    use(os.environ.get("TASRIF_LANGUAGE", "") or os.environ.get("LANG", "en")[:2])
    try:
        with private_run():
            if opens_window(words):
                return open_window(words)
            answer = run(words)
    except (Refusal, Cancelled, KeyboardInterrupt, OSError, MemoryError) as no:
        return refuse(no, wants_json=wants_json)
    except Exception as fault:  # noqa: BLE001 - the top-level hook: a bug, said as one
        return admit(fault, wants_json=wants_json)
    print_answer(answer, wants_json=wants_json)
    return answer.exit_code


def opens_window(words: Sequence[str]) -> bool:
    """Return whether the words ask for the window rather than for a command."""
    names = {command.name for command in COMMANDS}
    return not words or (words[0] not in names and words[0] not in FLAGS)


def open_window(words: Sequence[str]) -> int:
    """Open the window on the path in `words`, if there is one."""
    rest = list(words)
    places = None
    if "--dump-ui" in rest[:-1]:  # for tests: a file that names each control and its place
        at = rest.index("--dump-ui")
        places = Path(rest[at + 1])
        del rest[at : at + 2]
    path = Path(rest[0]) if rest else None
    if len(rest) > 1 or (rest and rest[0].startswith("-")):
        raise Misuse("usage", reason=" ".join(words), command="tasrif")
    if path is not None and not path.exists():
        raise Misuse("no-such-command", word=str(path))
    if not has_display():
        raise Unavailable("no-display")
    from app.start import start_window

    return start_window(path, places)


def has_display() -> bool:
    """Return whether a window can be shown here."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def run(words: Sequence[str]) -> Answer:
    """Parse the words and run their command."""
    options: Namespace = parser().parse_args(words)
    command: Command = options.does
    progress = ConsoleProgress(command.name)
    try:
        return command.run(options, progress)
    finally:
        progress.close()


def print_answer(answer: Answer, *, wants_json: bool) -> None:
    """Write the answer to standard output."""
    if wants_json:
        write_json(answer.fields)
        return
    sys.stdout.write("".join(printable(line) + "\n" for line in answer.words))
    sys.stdout.flush()


def write_json(fields: Mapping[str, object]) -> None:
    """Write one JSON object; what is no character in a file's name stands as its escape."""
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(text.encode(errors="backslashreplace").decode() + "\n")
    sys.stdout.flush()


def printable(line: str) -> str:
    """Return a line whose names can't steer a terminal: such signs stand as U+FFFD."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in STEERING else sign
        for sign in line
    )


def refuse(no: BaseException, *, wants_json: bool) -> int:
    """Say no in one sentence and return the exit code."""
    if isinstance(no, Cancelled | KeyboardInterrupt):
        return say("cancelled", {}, CANCELLED, wants_json=wants_json)
    if isinstance(no, MemoryError):
        no = Unavailable("out-of-memory")
    if isinstance(no, OSError):
        no = as_unavailable(no)
    assert isinstance(no, Refusal)
    debug()
    return say(no.code, no.values, no.exit_code, wants_json=wants_json)


def admit(fault: Exception, *, wants_json: bool) -> int:
    """Say that the program is at fault."""
    debug()
    return say("fault", {"kind": type(fault).__name__}, FAULT, wants_json=wants_json)


def debug() -> None:
    """Print the traceback for a developer who asked for it."""
    if os.environ.get("TASRIF_DEBUG") == "1":
        traceback.print_exc()


def say(code: str, values: Mapping[str, Value], exit_code: int, *, wants_json: bool) -> int:
    """Write one error and return its exit code."""
    message, fix = sentence(code, values), remedy(code, values)
    if wants_json:
        error = {"code": code, "message": message, "fix": fix, "details": dict(values)}
        write_json({"error": error})
    sys.stderr.write(printable(f"{message} {fix}".rstrip()) + "\n")
    return exit_code
