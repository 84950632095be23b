"""SEC-15, SEC-16: what a run leaves behind, also one that was killed; and what it logs."""

import logging
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import pytest

from app.private_run import Nameless, private_run
from planning.case.file import create, open_case
from planning.exchange.place import publish
from segmentation.scratch import OLD, PART, RUN, scratch_name, sweep
from tests.faults.conftest import ROOT, home
from tests.planning.case.making import tiny_case

posix = pytest.mark.skipif(os.name != "posix", reason="process numbers and kill -9 of POSIX")
SECRET = "Kanari^Patient"
WRITER = """
import sys, tempfile
from pathlib import Path
from app.private_run import private_run
from planning.exchange.place import publish
from planning.case.file import create
from tests.planning.case.making import tiny_case

def fill(part):
    for n in range(10**6):
        (part / f"{n % 50}.stl").write_bytes(b"Kanari" * 20000)

with private_run():
    Path(tempfile.mkdtemp(), "Kanari").write_text("Kanari")
    print("ready", flush=True)
    n = 0
    if sys.argv[2] == "case":
        while True:
            n += 1
            create(Path(sys.argv[1], "case.tasrif"), tiny_case((40, 90, 130)), force=True).close()
    publish(Path(sys.argv[1], "package"), fill, force=True)
"""


def killed(folder, env, what, wait_s):
    """Start a writer and kill it at some moment after it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), what], cwd=ROOT, env={**os.environ, **env},
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == b"ready\n"
    threading.Event().wait(wait_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def hidden_in(*folders):
    return [path.name for folder in folders for path in folder.iterdir() if path.name[0] == "."]


@posix
@pytest.mark.parametrize(
    "kills",
    [3, pytest.param(50, marks=[pytest.mark.campaign, pytest.mark.timeout(1800)])],
)
def test_a_killed_run_leaves_nothing_after_the_next_one(tmp_path, kills):
    rng = random.Random(kills)
    env = home(tmp_path)
    out, temp = tmp_path / "out", Path(env["TMPDIR"])
    out.mkdir()
    left = 0
    for n in range(kills):
        killed(out, env, "case" if n % 2 else "package", rng.uniform(0.02, 0.3))
        left += len(hidden_in(out, temp))
    assert left >= kills  # or the test has watched nobody write
    code = subprocess.run(
        [sys.executable, "main.py", "scan", str(out)], cwd=ROOT, env={**os.environ, **env},
        capture_output=True, check=False,
    )  # fmt: skip
    assert code.returncode == 3  # no image there; the start alone sweeps the private folders
    assert hidden_in(temp) == []
    publish(out / "package", lambda part: (part / "x").write_text("x"), force=True)
    assert hidden_in(out) == []


@posix
def test_what_a_living_process_writes_is_not_swept(tmp_path):
    mine = tmp_path / scratch_name(RUN)
    mine.mkdir()
    (tmp_path / scratch_name(PART)).write_bytes(b"x")
    assert sweep(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


@posix
@pytest.mark.parametrize("field", ["pid", "start"])
def test_a_number_that_was_given_to_another_process_keeps_nothing_alive(tmp_path, field):
    head, host, pid, start, rest = scratch_name(PART).split("-")
    assert host
    name = "-".join(
        [head, host, "4194999" if field == "pid" else pid, start if field == "pid" else "1", rest]
    )
    (tmp_path / name).write_bytes(b"left")
    (tmp_path / f"{name}-journal").write_bytes(b"left")
    assert sweep(tmp_path) == 2


@posix
@pytest.mark.parametrize(
    "name",
    [
        ".tasrif-deadbeef-4194999-1-00000000.part",  # another machine's, on a shared drive
        "case.tasrif",
        ".case.tasrif.12.part",
        ".tasrif-notes",
    ],
)
def test_nothing_else_is_ever_swept(tmp_path, name):
    (tmp_path / name).write_bytes(b"kept")
    assert sweep(tmp_path) == 0
    assert (tmp_path / name).read_bytes() == b"kept"


@posix
def test_a_replacement_cut_between_its_renames_keeps_both(tmp_path):
    head, host, _, start, rest = scratch_name(PART).split("-")
    part = tmp_path / "-".join([head, host, "4194999", start, rest])
    old = part.with_suffix(OLD)
    for folder in (part, old):
        folder.mkdir()
        (folder / "plan.json").write_bytes(b"{}")
    assert sweep(tmp_path) == 0
    (part / "plan.json").unlink()
    part.rmdir()  # the new one has its name: what was moved aside is only in the way
    assert sweep(tmp_path) == 1
    assert not old.exists()


@posix
def test_a_link_is_removed_and_not_followed(tmp_path):
    head, host, _, start, rest = scratch_name(PART).split("-")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "case.tasrif").write_bytes(b"kept")
    (tmp_path / "-".join([head, host, "4194999", start, rest])).symlink_to(kept)
    sweep(tmp_path)
    assert (kept / "case.tasrif").read_bytes() == b"kept"


@posix
def test_a_crashed_writer_s_part_goes_when_the_case_is_opened_again(tmp_path):
    create(tmp_path / "case.tasrif", tiny_case()).close()
    head, host, _, start, rest = scratch_name(PART).split("-")
    left = tmp_path / "-".join([head, host, "4194999", start, rest])
    left.write_bytes(b"half a case")
    open_case(tmp_path / "case.tasrif").close()
    assert not left.exists()


# --- one run -------------------------------------------------------------------------------


@posix
def test_a_run_has_one_folder_that_only_its_user_opens(tmp_path):
    before = tempfile.tempdir
    outside = Path(tempfile.gettempdir())
    with private_run():
        folder = Path(tempfile.gettempdir())
        assert folder.parent == outside
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert os.environ["TMPDIR"] == str(folder)
        Path(tempfile.mkdtemp(), SECRET).write_text(SECRET)
    assert not folder.exists()
    assert tempfile.tempdir == before


@posix
def test_no_core_is_dumped_in_a_run(tmp_path):
    """A process of its own, which cannot take it back."""
    told = subprocess.run(
        [sys.executable, "-c",
         "import ctypes, resource\nfrom app.private_run import private_run\n"
         "with private_run():\n"
         "    print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3))"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.split()[0] == "0"
    if sys.platform.startswith("linux"):
        assert told.stdout.split()[1] == "0"
    assert resource.getrlimit(resource.RLIMIT_CORE)


def thrown():
    """Return what is caught when a file of a patient is missing, as a log gets it."""
    try:
        try:
            open(f"/nowhere/{SECRET}")  # noqa: PTH123, SIM115 - it is never there
        except OSError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        return type(error), error, error.__traceback__


@pytest.mark.parametrize("name", ["app.start", "pydicom", "py.warnings"])
def test_a_logged_fault_says_its_place_and_no_word_of_a_patient(name):
    args = ("log", logging.ERROR, "/x/reader.py", 7, "could not read %s", (SECRET,), thrown())
    record = logging.LogRecord(name, *args[1:])
    said = Nameless().format(record)
    assert SECRET not in said
    assert "ValueError" in said
    assert "FileNotFoundError" in said  # the cause, too
    assert "test_left_behind.py" in said
    assert "thrown" in said
    foreign = logging.LogRecord("pydicom", logging.ERROR, "/x/reader.py", 7, SECRET, (), None)
    assert SECRET not in Nameless().format(foreign)  # others put values into the text itself
    assert "reader.py:7" in Nameless().format(foreign)


def test_warnings_and_threads_speak_without_words_too(capfd):
    def fall():
        raise ValueError(SECRET)

    kept = threading.excepthook
    threading.excepthook = threading.__excepthook__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            with private_run():
                warnings.warn(f"The name {SECRET} is too long", UserWarning, stacklevel=1)
                thread = threading.Thread(target=fall)
                thread.start()
                thread.join()
    finally:
        threading.excepthook = kept
    said = capfd.readouterr().err
    assert SECRET not in said
    assert "ValueError" in said
    assert "fall" in said
    assert "py.warnings" in said


def test_a_developer_may_ask_for_everything(monkeypatch):
    monkeypatch.setenv("TASRIF_DEBUG", "1")
    before = tempfile.gettempdir()
    with private_run():
        assert tempfile.gettempdir() == before
