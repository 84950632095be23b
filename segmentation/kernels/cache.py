"""Where compiled kernels are kept: one folder for each state of their sources.

Numba holds a compiled function against its own file only. One that calls a function of another
file, and was compiled before that file changed, would go on with the old one: after an update a
clearance could be wrong without a word (measured: 0.6 mm became -17.2). So the folder's name is
the hash of all sources of kernels; any change compiles all of them again.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numba
from numba.core import config

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = (
    "segmentation/kernels/*.py",
    "planning/geometry/kernels/*.py",
    "planning/phantoms/kernels/*.py",
    "viewers/pipelines/*.py",
    "app/bench/phantom_volume.py",
)
PREFIX: Final = "kernels-"
DIGITS: Final = 16
NAME: Final = "CACHE_DIR"


def digest(root: Path = ROOT) -> str:
    """Return the hash of every source that holds kernels, and of what compiles them."""
    told = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted({path for pattern in SOURCES for path in root.glob(pattern)}):
        told.update(f"{path.relative_to(root).as_posix()}\0".encode())
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()[:DIGITS]


def folder() -> Path:
    """Return the folder for this state of the sources, made if need be.

    It lies beside the kernels, or in the user's cache where that place can't be written.
    `NUMBA_CACHE_DIR` says another place.
    """
    name = PREFIX + digest()
    for base in _bases():
        place = base / name
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                return place
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix=PREFIX))


def _bases() -> Iterable[Path]:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return (Path(os.environ["NUMBA_CACHE_DIR"]),)
    own = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    user = Path(own) if own else Path.home() / ".cache"
    return Path(__file__).parent / "__pycache__", user / "tasrif"


def use() -> None:
    """Let Numba keep what it compiles in the folder for this state of the sources."""
    setattr(config, NAME, str(folder()))  # by name: Numba makes its settings at run time


def forget_others() -> None:
    """Remove what was compiled from former sources."""
    kept = Path(getattr(config, NAME))
    for old in kept.parent.glob(f"{PREFIX}*"):
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)
