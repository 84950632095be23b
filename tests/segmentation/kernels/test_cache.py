"""A kernel never runs with another file's former code (Numba alone would let it)."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core import config

from segmentation.kernels import cache, jit

CALLEE = """
from segmentation.kernels.jit import kernel

@kernel
def answer() -> int:
    return {number}
"""
CALLER = """
from segmentation.kernels.jit import kernel
from segmentation.kernels.callee import answer

@kernel
def asked() -> int:
    return answer()
"""


def says(root: Path) -> int:
    code = "from segmentation.kernels.caller import asked; print(asked())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    return int(done.stdout)


@pytest.mark.slow
def test_a_changed_callee_is_compiled_into_its_callers(tmp_path: Path) -> None:
    own = Path(cache.__file__).parents[1]
    shutil.copytree(own, tmp_path / "segmentation", ignore=shutil.ignore_patterns("__pycache__"))
    kernels = tmp_path / "segmentation" / "kernels"
    (kernels / "caller.py").write_text(CALLER)
    for number in (1, 2):
        (kernels / "callee.py").write_text(CALLEE.format(number=number))
        assert says(tmp_path) == number
    assert len(list((kernels / "__pycache__").glob("kernels-*"))) == 2


def test_the_hash_follows_every_source_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "planning" / "geometry" / "kernels" / "tree.py"
    source.parent.mkdir(parents=True)
    source.write_text("a = 1\n")
    first = cache.digest(tmp_path)
    (tmp_path / "planning" / "geometry" / "query.py").write_text("no kernel\n")
    assert cache.digest(tmp_path) == first
    source.write_text("a = 2\n")
    second = cache.digest(tmp_path)
    source.rename(source.with_name("other.py"))
    assert len({first, second, cache.digest(tmp_path)}) == 3


def test_numba_keeps_its_files_there() -> None:
    assert jit.kernel
    assert Path(config.CACHE_DIR).name == f"kernels-{cache.digest()}"


def test_a_place_that_cannot_be_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    assert cache.folder().is_dir()
    assert blocked not in cache.folder().parents


def test_every_source_of_kernels_counts() -> None:
    """A file that declares kernels and isn't hashed could leave stale ones behind."""
    marks = ("\n@kernel", "\n@inlined", "\n@emitted")
    floors = ("app", "viewers", "planning", "segmentation")
    paths = [path for floor in floors for path in (cache.ROOT / floor).rglob("*.py")]
    holding = {path for path in paths if any(mark in path.read_text() for mark in marks)}
    counted = {path for pattern in cache.SOURCES for path in cache.ROOT.glob(pattern)}
    assert holding
    assert holding <= counted
