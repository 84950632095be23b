"""What the window may load before it stands: nothing that takes its time."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = frozenset(
    (
        "numba", "vtkmodules", "SimpleITK", "scipy", "skimage", "pydicom", "cryptography",
        "jsonschema", "highdicom", "fpdf",
    )
)  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Return the heavy packages that a fresh process has in memory after `code`."""
    probe = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    return HEAVY & set(answer.stdout.split())


@pytest.mark.parametrize("module", ["app.main_window", "app.start"])
def test_the_window_starts_without_anything_heavy(module):
    assert loaded_by(f"import {module}") == set()


def test_what_later_steps_need_is_loaded_behind_the_window_and_nothing_heavier():
    wanted = "from app.warm import load_later_steps\nload_later_steps()"
    check = "import sys\nassert {'planning.exchange.seal', 'planning.checks'} <= set(sys.modules)"
    heavy = loaded_by(f"{wanted}\n{check}")
    assert not heavy & {"vtkmodules", "SimpleITK", "highdicom", "fpdf", "skimage"}


def test_the_probe_sees_what_a_module_brings_along():
    assert {"numba", "scipy"} <= loaded_by("import planning.checks.finding, scipy")
