"""How a judge is found and asked: without it a build fails, other runs skip.

Those from Debian are listed in `.ci/debian-judges.txt`, those from npm are locked in `.ci/npm`,
those in Python in `requirements-test.lock`.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ROOT / ".ci" / "npm"
HERE = Path(__file__).resolve().parent


def require(is_there, what, how):
    """Fail a build and skip any other run where a judge is missing."""
    if not is_there:
        assert os.environ.get("CI") != "true", f"{what} is missing: {how}"
        pytest.skip(f"{what} is not installed: {how}")


def program(name, package):
    """The path of a program, of this environment or of the system."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    require(found, name, f"install the package {package}")
    return found


def require_library(name):
    """Ask for a judge in Python before it is imported."""
    require(importlib.util.find_spec(name), name, f"install the package {name}")


def run(*command, seconds=300, **more):
    """What a program answers, as text; its exit code is the caller's to read."""
    words = [str(one) for one in command]
    return subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=seconds, **more
    )


def node(package):
    """The program that runs the judges of npm."""
    found = shutil.which("node")
    is_there = found is not None and (PACKAGES / "node_modules" / package).is_dir()
    require(is_there, package, "run npm ci in .ci/npm")
    return found


def asked(package, judge, *arguments, seconds=120):
    """Each line of JSON that a judge of npm answers."""
    done = run(node(package), HERE / judge, PACKAGES, *arguments, seconds=seconds)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
