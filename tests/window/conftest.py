"""A screen for the tests that use the program as a person does."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.window.screen import ROOT, missing_programs, x_server

SHOTS = ROOT / "build" / "screens"


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    missing = missing_programs()
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"these programs are not installed: {', '.join(missing)}")
    assert not missing, f"CI needs {missing}"
    with x_server(1440, 900) as display:
        yield display


@pytest.fixture
def shots() -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
