"""A screen for the tests that use the program as a person does."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.window.screen import ROOT, STALLS, missing_programs, x_server

SHOTS = ROOT / "build" / "screens"
SHOWN_N = 4


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    missing = missing_programs()
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"these programs are not installed: {', '.join(missing)}")
    assert not missing, f"CI needs {missing}"
    with x_server(1440, 900) as display:
        yield display


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the report how long each window was deaf at the most, and where."""
    if not STALLS:
        return
    terminalreporter.section("largest stalls of the window's thread")
    for test, said in STALLS:
        late = f"99 % under {said['p99_ms']} ms, largest {said['largest_ms']} ms"
        terminalreporter.write_line(f"{test}: {said['beats']} beats, {late}")
        for one in said["stalls"][:SHOWN_N]:
            times = f"{one['late_ms']:.0f} ms, {one['ran_ms']:.0f} at work"
            place = one["where"][0] if one["where"] else "not seen"
            terminalreporter.write_line(f"  {times}, {one['queued_ms']:.0f} in line: {place}")


@pytest.fixture
def shots() -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
