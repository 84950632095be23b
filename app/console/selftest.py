"""`tasrif selftest`: numbers that are known beforehand, computed on this machine."""

import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.console.command import Answer, Command
from app.language import translate
from segmentation.progress import Progress

if TYPE_CHECKING:
    from app.selftest.known import Known, Told

JUDGED_NO = 1
DIGITS = 4


def add_arguments(parser: ArgumentParser) -> None:
    """Add no argument: what is tested is a fact of the release."""


def run(options: Namespace, progress: Progress) -> Answer:
    """Ask for every known answer; one that comes out wrong is a judged no."""
    from app.selftest import KNOWN

    return answered(KNOWN, progress)


def answered(known: "Sequence[Known]", progress: Progress) -> Answer:
    """Return how these answers come out, in a temporary folder of their own."""
    from app.selftest.known import told
    from app.selftest.material import Material

    outcomes: list[Told] = []
    with tempfile.TemporaryDirectory(prefix="tasrif-selftest-") as folder:
        material = Material(Path(folder))
        for done, one in enumerate(known):
            progress(done, len(known))
            outcomes.append(told(one, material))
    passed = all(outcome.ok for outcome in outcomes)
    fields: dict[str, object] = {
        "checks": [_fields(outcome) for outcome in outcomes],
        "passed": passed,
    }
    good, bad = (
        "Every known answer came out.",
        "This installation computes wrong. Don't plan on it.",
    )
    verdict = translate(good) if passed else translate(bad)
    return Answer(fields, (*map(_line, outcomes), verdict), 0 if passed else JUDGED_NO)


def _fields(outcome: "Told") -> dict[str, object]:
    return {
        "name": outcome.known.name,
        "ok": outcome.ok,
        "value": outcome.value,
        "expected": outcome.expected,
        "unit": outcome.known.unit,
        "tolerance": outcome.known.tolerance,
    }


def _line(outcome: "Told") -> str:
    verdict = translate("ok") if outcome.ok else translate("FAILED")
    text = translate("{what}: {value} {unit}, known: {expected} {unit}").format(
        what=translate(outcome.known.title),
        value=_shown(outcome.value),
        expected=_shown(outcome.expected),
        unit=translate(outcome.known.unit) if outcome.known.unit else "",
    )
    return f"{verdict:6}  {' '.join(text.split()).replace(' ,', ',')}"


def _shown(value: float | None) -> str:
    from app.figures import NOTHING, decimal

    if value is None:
        return NOTHING
    return decimal(value, 0 if value == int(value) else DIGITS)


COMMAND = Command("selftest", "compute known answers on this machine", add_arguments, run)
