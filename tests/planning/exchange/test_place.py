"""A folder appears whole or not at all, whatever stands in the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planning.exchange.place import publish
from segmentation.errors import Cancelled, Refusal, Unavailable

ROOT = Path(__file__).resolve().parents[3]


def fill_with(text):
    def fill(folder):
        (folder / "deep").mkdir()
        (folder / "deep" / "a.txt").write_text(text)
        return text

    return fill


def test_an_empty_folder_counts_as_new_and_parents_are_made(tmp_path):
    (tmp_path / "there").mkdir()
    assert publish(tmp_path / "there", fill_with("x"), force=False) == "x"
    publish(tmp_path / "a" / "b" / "out", fill_with("y"), force=False)
    assert (tmp_path / "a/b/out/deep/a.txt").read_text() == "y"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "there"]


def test_what_is_there_stays_unless_forced_and_goes_last(tmp_path):
    out = tmp_path / "out"
    publish(out, fill_with("old"), force=False)
    with pytest.raises(Refusal) as no:
        publish(out, fill_with("new"), force=False)
    assert no.value.code == "out-exists"
    seen = []

    def look(folder):
        seen.append((out / "deep/a.txt").read_text())
        return fill_with("new")(folder)

    publish(out, look, force=True)
    assert seen == ["old"]  # it is still whole while the new one is made
    assert (out / "deep/a.txt").read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("error", [Cancelled(), Refusal("x"), ZeroDivisionError()])
def test_a_failure_leaves_nothing_and_keeps_what_was(tmp_path, is_new, error):
    out = tmp_path / "deep" / "out"
    if not is_new:
        publish(out, fill_with("old"), force=False)

    def fail(folder):
        fill_with("half")(folder)
        raise error

    with pytest.raises(type(error)):
        publish(out, fail, force=True)
    if is_new:
        assert list(tmp_path.iterdir()) == []
    else:
        assert (out / "deep/a.txt").read_text() == "old"
        assert list(out.parent.iterdir()) == [out]


def test_a_file_and_a_folder_with_a_case_in_it_are_never_replaced(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refusal) as no:
        publish(tmp_path / "file", fill_with("y"), force=True)
    assert no.value.code == "out-is-file"
    (tmp_path / "home" / "work").mkdir(parents=True)
    case = tmp_path / "home" / "work" / "one.tasrif"
    case.write_text("x")
    with pytest.raises(Refusal) as no:
        publish(tmp_path / "home", fill_with("y"), force=True)
    assert no.value.code == "out-holds-case"
    assert case.read_text() == "x"


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    publish(tmp_path / "link", fill_with("x"), force=False)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/deep/a.txt").read_text() == "x"


def test_a_vanished_folder_is_the_environments_fault(tmp_path):
    import shutil

    def vanish(folder):
        shutil.rmtree(tmp_path / "stick")
        (folder / "a").write_text("x")

    with pytest.raises(Unavailable) as no:
        publish(tmp_path / "stick" / "out", vanish, force=False)
    assert (no.value.code, no.value.values) == ("path-vanished", {"path": "out"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a place of Linux that takes no folder")
def test_a_place_that_cannot_be_written_to_is_the_environments_fault():
    with pytest.raises(Unavailable) as no:
        publish(Path("/proc/tasrif-out"), fill_with("x"), force=False)
    assert no.value.exit_code == 4


FULL = """
import resource, sys
from pathlib import Path
from planning.exchange.place import publish
from segmentation.errors import Unavailable
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    publish(Path(sys.argv[1]), lambda f: (f / "a").write_bytes(bytes(2000)), force=True)
except Unavailable as no:
    sys.exit(f"{no.code} {no.values['path']}")
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_says_so_and_keeps_what_was(tmp_path):
    out = tmp_path / "out"
    publish(out, fill_with("old"), force=False)
    command = [sys.executable, "-c", FULL, str(out)]
    answer = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.stderr.strip() == "disk-full out"
    assert (out / "deep/a.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]
