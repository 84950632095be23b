"""Faults done to the file: killed writers, flipped bits, cuts, full disks."""

import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from planning.case import schema
from planning.case.case import SegmentId, Side, Touched
from planning.case.edits import AddSegment, ReplaceMask, SetSide
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.errors import Refusal, Unavailable
from tests.planning.case.fault_child import act, after
from tests.planning.case.making import content, random_mask, segment, state, tiny_case

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="kill -9 and limits of POSIX")


def child(*arguments):
    command = [sys.executable, "-m", "tests.planning.case.fault_child", *map(str, arguments)]
    # Unbuffered, or `select` would not see a line that was read along with the one before.
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )


def line_of(process, timeout_s=60.0):
    ready, _, _ = select.select([process.stdout], [], [], timeout_s)
    assert ready, "the child says nothing"
    return process.stdout.readline().decode().split()


def killed_once(process, path, wait_s, *, is_patient):
    """Let the child write to `path`, kill the writer; return the last step it acknowledged.

    The patient wait for the first step; the others may kill while the file is being opened.
    """
    process.stdin.write(f"{path}\n".encode())
    process.stdin.flush()
    words = line_of(process)
    assert words[0] == "pid"
    acknowledged = 0
    if is_patient:
        acknowledged = int(line_of(process)[1])
    threading.Event().wait(wait_s)
    os.kill(int(words[1]), signal.SIGKILL)
    while (words := line_of(process)) != ["dead"]:
        assert words[0] == "ack", words
        acknowledged = int(words[1])
    return acknowledged


def kill_rounds(folder, rounds, seed):
    """Kill writers at random moments; each time all that was acknowledged must be there."""
    rng = random.Random(seed)
    path = folder / "case.tasrif"
    acknowledged_n = cut_short_n = 0
    process = child("writers")
    try:
        for number in range(rounds):
            if number % 10 == 0:
                path.unlink(missing_ok=True)
                create(path, tiny_case()).close()
                before = 0
            last = killed_once(process, path, rng.uniform(0.0, 0.06), is_patient=number % 4 > 0)
            last = last or before
            cut_short_n += schema.has_hot_journal(path)
            with open_case(path) as file:
                steps = len(file.entries()) - 1
                # One step may have reached the disk without its word reaching us.
                assert last <= steps <= last + 1, (number, last, steps)
                assert file.findings == ()
                assert not file.is_read_only
                assert file.recovered_n == steps - before
                assert state(file.case) == state(after(steps))
            acknowledged_n += last - before
            before = steps
        with open_case(path) as file:
            assert file.verify() == ()
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
    return acknowledged_n, cut_short_n


@posix
@pytest.mark.parametrize(
    "rounds",
    [
        12,
        pytest.param(200, marks=pytest.mark.slow),
        pytest.param(1000, marks=[pytest.mark.campaign, pytest.mark.timeout(3600)]),
    ],
)
def test_no_acknowledged_step_is_lost_when_the_writer_is_killed(tmp_path, rounds):
    acknowledged_n, cut_short_n = kill_rounds(tmp_path, rounds, seed=rounds)
    print(f"{rounds} kills, {acknowledged_n} steps acknowledged, {cut_short_n} commits cut short")
    assert acknowledged_n >= 0.7 * rounds  # or the test has watched nobody write


# --- damage at rest ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A closed file with some steps, its bytes, what it shows and its journal."""
    path = tmp_path_factory.mktemp("whole") / "case.tasrif"
    shape = (20, 70, 130)
    history = History(create(path, tiny_case(shape), person="Ada"))
    for n in range(1, 12):
        act(history, n, shape)
    history.close()
    with open_case(path) as file:
        return path, path.read_bytes(), content(file.case), file.entries()


def what_is_said(path):
    """What a person hears about a damaged file: the code of a refusal or of the first finding."""
    try:
        with open_case(path) as file:
            if file.findings:
                assert file.is_read_only
                return file.findings[0].code
            findings = file.verify()
            return findings[0].code if findings else None
    except Refusal as refusal:
        return refusal.code


def flips(folder, whole, count, seed):
    """Flip single bits; return how often it was noticed and what was said."""
    source, raw, shown, entries = whole
    path = folder / source.name
    rng = random.Random(seed)
    said = {}
    for _ in range(count):
        flipped = bytearray(raw)
        place = rng.randrange(len(raw))
        flipped[place] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        code = what_is_said(path)
        if code is None:
            # Unused bytes of a page, or the note of who closed last: the case and its journal
            # are the same, and all blocks have passed their hash.
            with open_case(path, read_only=True) as file:
                assert content(file.case) == shown, place
                assert file.entries() == entries, place
        said[code] = said.get(code, 0) + 1
    return said


@pytest.mark.hazard("HAZ-37")
@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.slow)])
def test_a_flipped_bit_is_said_or_changes_nothing(tmp_path, whole, count):
    said = flips(tmp_path, whole, count, seed=count)
    print(said)
    assert count - said.get(None, 0) > 0.3 * count  # small pages are half empty


@pytest.mark.hazard("HAZ-37")
@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.slow)])
def test_every_flipped_bit_of_what_is_stored_is_named(tmp_path, whole, count):
    path = tmp_path / "case.tasrif"
    rng = random.Random(count)
    shutil.copy(whole[0], path)
    connection = sqlite3.connect(path)
    blocks = [
        (table, row)
        for table in ("record", "slab", "mask", "brick", "journal")
        for (row,) in connection.execute(f"SELECT rowid FROM {table}")
    ]
    for _ in range(count):
        table, row = rng.choice(blocks)
        column = "body" if table == "record" else rng.choice(("body", "sha256"))
        read = f"SELECT {column} FROM {table} WHERE rowid=?"
        write = f"UPDATE {table} SET {column}=? WHERE rowid=?"
        (before,) = connection.execute(read, (row,)).fetchone()
        flipped = bytearray(before)
        flipped[rng.randrange(len(before))] ^= 1 << rng.randrange(8)
        connection.execute(write, (bytes(flipped), row))
        connection.commit()
        said = what_is_said(path)
        # Zlib ignores some bits behind its last symbol; the voxels then still fit their hash.
        assert said is not None or (table in ("slab", "brick") and column == "body"), (table, row)
        connection.execute(write, (before, row))
        connection.commit()
    connection.close()
    assert what_is_said(path) is None


@pytest.mark.hazard("HAZ-37")
@pytest.mark.parametrize("count", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_every_cut_is_refused(tmp_path, whole, count):
    source, raw, _, _ = whole
    path = tmp_path / source.name
    rng = random.Random(count)
    for _ in range(count):
        path.write_bytes(raw[: rng.randrange(len(raw))])
        assert what_is_said(path) in ("case-truncated", "not-a-case")


def test_swapped_bricks_are_noticed(tmp_path, whole):
    path = tmp_path / "case.tasrif"
    shutil.copy(whole[0], path)
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sha256, body FROM brick LIMIT 2").fetchall()
    for (sha256, _), (_, body) in zip(rows, reversed(rows), strict=True):
        connection.execute("UPDATE brick SET body=? WHERE sha256=?", (body, sha256))
    connection.commit()
    connection.close()
    assert what_is_said(path) is not None


def test_a_damaged_old_step_refuses_to_be_undone_and_leaves_the_case(tmp_path, whole):
    path = tmp_path / "case.tasrif"
    shutil.copy(whole[0], path)
    with open_case(path) as file:
        masks = [e.edits[0]["fields"].get("mask") for e in file.entries() if e.edits]
        now = content(file.case)
    connection = sqlite3.connect(path)
    old = bytes.fromhex(next(m for m in masks if m))
    connection.execute("UPDATE mask SET body=x'00' WHERE sha256=?", (old,))
    connection.commit()
    connection.close()
    history = History(open_case(path))
    assert content(history.case) == now
    said = None
    while said is None:
        before = history.case
        try:
            assert history.undo()
        except Unavailable as refusal:
            said = refusal.code
    assert said == "case-step-damaged"
    assert history.case is before
    history.close()


# --- full disks ----------------------------------------------------------------------------


@posix
def test_a_file_that_may_not_grow_keeps_every_acknowledged_step(tmp_path):
    shape = (64, 64, 256)
    path = tmp_path / "case.tasrif"
    create(path, tiny_case(shape)).close()
    process = child("full", path, 400_000)
    out, _ = process.communicate(timeout=60)
    lines = [line.split() for line in out.decode().splitlines()]
    refused = next(words for words in lines if words[0] == "refused")
    acknowledged = [int(words[1]) for words in lines if words[0] == "ack"]
    assert refused == ["refused", "case-disk-error", "4", "1", "0"]
    assert len(acknowledged) > 3
    with open_case(path) as file:
        assert len(file.entries()) - 1 == acknowledged[-1]
        assert state(file.case) == state(after(acknowledged[-1], shape))
        assert file.recovered_n == 0
        assert file.verify() == ()


@contextmanager
def full_disk(file):
    """Let SQLite find no free page, which it reports as it does a full disk."""
    connection = file._store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count=1073741823")


def do_all(history, edits):
    for edit in edits:
        history.do(edit)
    history.flush()


def drag(history, file):
    with history.gesture("Drag"):
        history.do(SetSide(Side.BOTH))
        file.entries()  # waits for the writer
        assert history.settle() is None
        history.do(SetSide(Side.NONE))
        assert history.case.side is Side.NONE


def test_on_a_full_disk_the_case_goes_back_to_what_the_disk_holds(tmp_path):
    shape = (64, 64, 256)
    path = tmp_path / "case.tasrif"
    history = History(file := create(path, tiny_case(shape)))
    history.do(AddSegment(segment("bone", 0, shape)))
    history.flush()
    durable, heard = history.case, []
    history.listen(lambda case, touched: heard.append(touched))
    edits = [ReplaceMask(SegmentId("id-bone"), random_mask(seed, shape)) for seed in (1, 2)]
    with full_disk(file):
        with pytest.raises(Unavailable) as refused:
            do_all(history, edits)
        assert refused.value.code == "case-disk-full"
        assert refused.value.exit_code == 4
    assert history.case is durable
    assert history.lost
    assert heard[-1] is Touched.EVERYTHING
    assert history.unsaved_n == 0
    for edit in history.lost:
        history.do(edit)
    history.flush()
    expected = state(history.case)
    history.close()
    with open_case(path) as again:
        assert state(again.case) == expected
        assert again.verify() == ()


def test_steps_behind_a_failed_one_are_taken_back_with_it(tmp_path):
    """Two steps are on their way when the first fails: neither may stay."""
    shape = (64, 64, 256)
    path = tmp_path / "case.tasrif"
    history = History(file := create(path, tiny_case(shape)))
    start = history.case
    gate = threading.Event()
    with full_disk(file):
        blocked = file._writer.submit(gate.wait, 30)
        history.do(AddSegment(segment("bone", 0, shape)))
        history.do(SetSide(Side.BOTH))
        assert history.unsaved_n == 2
        gate.set()
        blocked.result()
        with pytest.raises(Unavailable):
            history.flush()
    assert history.case is start
    assert history.undo_title is None
    assert [type(edit).__name__ for edit in history.lost] == ["AddSegment", "SetSide"]
    history.close()
    with open_case(path) as again:
        assert len(again.entries()) == 1


def test_a_failure_during_a_drag_is_told_at_its_end(tmp_path):
    shape = (64, 64, 256)
    history = History(file := create(tmp_path / "case.tasrif", tiny_case(shape)))
    start, written = history.case, []
    history.when_written(lambda: written.append(threading.current_thread().name))
    with full_disk(file):
        history.do(AddSegment(segment("bone", 0, shape)))
        with pytest.raises(Unavailable):
            drag(history, file)
    assert history.case is start
    assert [type(edit).__name__ for edit in history.lost] == ["AddSegment", "SetSide"]
    assert written
    assert all(name.startswith("case-writer") for name in written)
    history.close()


@pytest.mark.parametrize(
    ("code", "said", "exit_code"),
    [
        (sqlite3.SQLITE_FULL, "case-disk-full", 4),
        (sqlite3.SQLITE_IOERR_WRITE, "case-disk-error", 4),
        (sqlite3.SQLITE_READONLY, "case-place-read-only", 4),
        (sqlite3.SQLITE_READONLY_ROLLBACK, "case-needs-recovery", 4),
        (sqlite3.SQLITE_CANTOPEN, "case-place-read-only", 4),
        (sqlite3.SQLITE_BUSY, "case-busy", 4),
        (sqlite3.SQLITE_CORRUPT, "case-damaged", 3),
        (sqlite3.SQLITE_NOTADB, "case-damaged", 3),
    ],
)
def test_what_sqlite_says_becomes_a_sentence(code, said, exit_code):
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    refusal = schema.failure(error, Path("a.tasrif"))
    assert (refusal.code, refusal.exit_code) == (said, exit_code)


@posix
def test_a_commit_cut_short_on_a_read_only_place_asks_for_a_copy(tmp_path):
    """A hot journal that cannot be rolled back: never shown as if nothing had happened."""
    path = tmp_path / "case.tasrif"
    create(path, tiny_case()).close()
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("UPDATE slab SET body=zeroblob(2000000)")
    folder = tmp_path / "stick"
    folder.mkdir()
    for part in (path, path.with_name(f"{path.name}-journal")):
        shutil.copy(part, folder / part.name)
    writer.execute("ROLLBACK")
    writer.close()
    left = folder / path.name
    assert schema.has_hot_journal(left)
    with pytest.raises(Unavailable) as refused:
        open_case(left, read_only=True)
    assert refused.value.code == "case-needs-recovery"
    with open_case(left) as file:
        assert content(file.case) == content(tiny_case())
        assert file.verify() == ()
