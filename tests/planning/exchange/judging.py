"""Judges that come by npm, and how they are asked; locked in `.ci/npm`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ROOT / ".ci" / "npm"
JUDGES = Path(__file__).resolve().parent / "judges"


def node(package):
    """The program that runs judges; without it or the package a build fails, others skip."""
    program = shutil.which("node")
    if program is None or not (PACKAGES / "node_modules" / package).is_dir():
        assert os.environ.get("CI") != "true", f"run npm ci in .ci/npm for {package}"
        pytest.skip(f"{package} is not installed (npm ci in .ci/npm)")
    return program


def asked(package, judge, *arguments, seconds=120):
    """Each line of JSON that a judge answers."""
    command = [node(package), JUDGES / judge, PACKAGES, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
