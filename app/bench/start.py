"""Start-up in a fresh process, files in the page cache: the command line and the window."""

from collections.abc import Iterator, Sequence
from functools import partial

from app.bench.job import Group, Job
from app.bench.material import Material
from app.bench.process import Ran, run_fresh, script
from segmentation.errors import Unavailable

WINDOW_MS = 2500.0
REASON_CHARACTERS = 200
COMMAND_LINE = "import sys; from app.cli import main; sys.exit(main(['--help']))"
MODULES = "import app.start"


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group; there is no peer, since no other program does the same."""
    del material
    ways = (
        ("command line, --help", ("-c", COMMAND_LINE), None),
        ("modules of the window", ("-c", MODULES), WINDOW_MS),
        ("window shown, off screen", ("-I", script("run_window.py")), WINDOW_MS),
    )
    for name, words, budget_ms in ways:
        yield Job(
            name,
            "fresh process",
            partial(well_run, words),
            budget_ms=budget_ms,
            peak_mib_of=peak_mib,
        )


def well_run(words: Sequence[str]) -> Ran:
    """Run this Python with `words`; see `well`."""
    return well(run_fresh(words))


def well(ran: Ran) -> Ran:
    """Return the run; refuse one that failed, whose time would mean nothing."""
    if ran.exit_code != 0:
        said = ran.words.strip().splitlines() or [str(ran.exit_code)]
        raise Unavailable("bench-process-failed", reason=said[-1][:REASON_CHARACTERS])
    return ran


def peak_mib(ran: Ran) -> float:
    """Return the most memory of the process and its own."""
    return ran.peak_mib


GROUP = Group("start", jobs)
