"""FILE-5: each call to the disk fails once, and no acknowledged step is lost.

strace (an independent program, 5.0 or newer) makes the n-th call of each thread fail.
"""

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from planning.case.file import open_case
from segmentation.errors import Refusal
from segmentation.scratch import sweep
from tests.planning.case.fault_child import after
from tests.planning.case.making import state

ROOT = Path(__file__).resolve().parents[3]
STEPS = 4
CHANGING = "pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat2,link,linkat"
LOOKING = "openat,pread64"
FAULTS = [("ENOSPC", CHANGING), ("EIO", CHANGING), ("EINTR", CHANGING), ("EIO", LOOKING)]


@pytest.fixture(scope="module")
def strace():
    """The program that makes calls fail; a missing one fails where all judges must be."""
    found = shutil.which("strace")
    if found is None and os.environ.get("CI"):
        pytest.fail("strace is missing")
    if found is None:
        pytest.skip("strace is not installed")
    return found


def traced(strace, folder, *words):
    """Make a case with a few steps under strace; return what the child said, and the calls."""
    path, log = folder / "case.tasrif", folder.parent / f"{folder.name}.log"
    command = [
        strace, "-f", "-qq", "--seccomp-bpf", "-o", str(log), *words,
        sys.executable, "-m", "tests.planning.case.fault_child", "few", str(path), str(STEPS),
    ]  # fmt: skip
    answer = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return [line.split() for line in answer.stdout.splitlines()], log.read_text().splitlines()


def filters(calls, folder):
    """Return which calls strace sees; of those that only look, those in the case's folder."""
    words = ["-e", f"trace={calls}"]
    if calls == LOOKING:
        for name in ("", "case.tasrif", "case.tasrif-journal"):
            words += ["-P", str(folder / name)]
    return words


def hold(folder, said):
    """Hold the file against what the child acknowledged; return the code that was said, or ""."""
    acknowledged = sum(words[0] == "ack" for words in said)
    is_closed = said[-1] == ["closed"]
    assert is_closed or said[-1][0] == "refused", said
    path = folder / "case.tasrif"
    if ["made"] not in said:
        assert said[-1][1] == "create"
        assert not path.exists() or not steps_lost(path, 0)
    else:
        assert not steps_lost(path, acknowledged)
    sweep(folder)  # what a failed removal left behind goes at the next start
    left = {one.name for one in folder.iterdir()}
    assert left <= {"case.tasrif", "case.tasrif-journal", "case.tasrif.lock"}, left
    if is_closed:
        return ""
    _, _doing, code, exit_code, *values = said[-1]
    assert exit_code == "4" or code == "case-damaged"  # as which a failed first read is seen
    assert any("case" in value or str(folder) in value for value in values), said[-1]
    return code


def steps_lost(path, acknowledged):
    """Open the file as a person does afterwards; return whether an acknowledged step is missing."""
    with open_case(path) as file:
        steps = len(file.entries()) - 1
        assert file.findings == ()
        assert file.verify() == ()
        assert state(file.case) == state(after(steps))
        # One step may have reached the disk without its word reaching us.
        return not acknowledged <= steps <= acknowledged + 1


def fail_each(strace, tmp_path, error, calls, stride):
    """Let every `stride`-th call fail until a save passes whole; return how many, and what said."""
    told = {}
    for n in count(1, stride):
        folder = tmp_path / f"call{n}"
        folder.mkdir()
        words = [*filters(calls, folder), "-e", f"inject={calls}:error={error}:when={n}"]
        said, log = traced(strace, folder, *words)
        code = hold(folder, said)
        if not any("(INJECTED)" in line for line in log):
            assert not code
            return n, told
        told[code] = told.get(code, 0) + 1
        shutil.rmtree(folder)
    raise AssertionError("no save passed whole")


@pytest.mark.slow
@pytest.mark.hazard("HAZ-37")
@pytest.mark.parametrize(("error", "calls", "stride"), [
    ("ENOSPC", CHANGING, 19),
    ("EIO", CHANGING, 23),
    *(
        pytest.param(*fault, 1, marks=[pytest.mark.campaign, pytest.mark.timeout(7200)])
        for fault in FAULTS
    ),
])  # fmt: skip
def test_a_failing_call_loses_no_acknowledged_step(strace, tmp_path, error, calls, stride):
    calls_n, told = fail_each(strace, tmp_path, error, calls, stride)
    print(f"{error}, {calls_n} calls: {told}")
    assert calls_n > 2 * stride
    assert error == "EINTR" or any(told), "no failure was ever said"
    assert "case-place-read-only" not in told or calls == LOOKING


def test_a_step_that_is_missing_would_be_seen(strace, tmp_path):
    """The negative control: the word of a step that the file does not hold."""
    folder = tmp_path / "plain"
    folder.mkdir()
    said, _log = traced(strace, folder, "-e", "trace=none")
    with pytest.raises((AssertionError, Refusal)):
        hold(folder, [*said[:-1], ["ack", "5"], ["ack", "6"], ["closed"]])
