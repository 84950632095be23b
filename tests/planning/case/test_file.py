"""The case file: what it is, who may write it, and what is refused."""

import hashlib
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from planning.case import schema
from planning.case.case import Kind, Outcome, SegmentId, Side
from planning.case.edits import AddSegment, RenameSegment, ReplaceMask, SetSide
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.journal import Act
from planning.case.lock import lock_path
from segmentation.errors import Cancelled, Refusal, Unavailable
from tests.planning.case.making import content, random_mask, segment, state, tiny_case

BONE = SegmentId("id-bone")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "épaule.tasrif"


@pytest.fixture
def written(path):
    """A closed file with four steps, one of them undone."""
    history = History(create(path, tiny_case(), person="Ada"))
    history.do(AddSegment(segment("bone", 1)))
    history.do(ReplaceMask(BONE, random_mask(2), '{"tool":"islands"}'))
    history.do(RenameSegment(BONE, "humérus"))
    history.undo()
    history.close()
    return path


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def code_of(call):
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code


def test_a_new_file_brings_the_whole_case_back(path):
    case = tiny_case(segments=[segment("lung", 3)])
    create(path, case).close()
    with open_case(path) as file:
        assert content(file.case) == content(case)
        assert file.case.kind is Kind.SIMULATION
        assert np.array_equal(file.case.volume.hu, case.volume.hu)
        assert (file.is_read_only, file.recovered_n, file.findings) == (False, 0, ())
        assert file.verify() == ()


def test_the_file_carries_its_marks_and_stands_alone(written):
    header = written.read_bytes()[:100]
    assert header[68:72] == b"TSRF"
    assert int.from_bytes(header[60:64], "big") == schema.SCHEMA_VERSION
    assert header[18:20] == b"\x01\x01"  # rollback mode
    assert [p.name for p in written.parent.iterdir()] == [written.name]


def test_every_pragma_is_what_was_asked(written):
    with closing(schema.connect(written, is_writable=True)) as connection:
        wanted = {
            "foreign_keys": 1,
            "synchronous": 3,
            "cell_size_check": 1,
            "trusted_schema": 0,
            "secure_delete": 1,
            "temp_store": 2,
            "page_size": 16384,
            "application_id": 0x54535246,
            "user_version": schema.SCHEMA_VERSION,
        }
        for name, value in wanted.items():
            assert connection.execute(f"PRAGMA {name}").fetchone()[0] == value, name


@pytest.mark.hazard("HAZ-6")
def test_identity_stands_in_one_record_only(written):
    raw = written.read_bytes()
    assert raw.count("Núñez^Ana".encode()) == 1
    assert raw.count(b"4711") == 1
    assert b"Ana" not in written.name.encode()


def test_opening_and_closing_changes_no_byte(written):
    before = written.read_bytes()
    open_case(written).close()
    open_case(written, read_only=True).close()
    assert written.read_bytes() == before


def test_the_journal_says_who_what_and_when(written):
    with open_case(written) as file:
        entries = file.entries()
        assert file.head == entries[-1].sha256
    assert [entry.act for entry in entries] == [Act.CREATE, Act.DO, Act.DO, Act.DO, Act.UNDO]
    assert [entry.row for entry in entries] == [1, 2, 3, 4, 5]
    assert {entry.person for entry in entries} == {"Ada"}
    assert all(entry.at.endswith("+00:00") and entry.program for entry in entries)
    assert entries[2].edits[0]["type"] == "ReplaceMask"
    assert entries[2].edits[0]["fields"]["recipe"] == '{"tool":"islands"}'
    for before, after in itertools.pairwise(entries):
        assert after.previous == hashlib.sha256(before.body()).hexdigest()


def test_an_existing_file_is_replaced_only_by_force(written):
    before = written.read_bytes()
    assert code_of(lambda: create(written, tiny_case())) == "case-exists"
    assert written.read_bytes() == before
    with written.open("rb") as old:  # never written over: it stays whole until the new one is
        create(written, tiny_case(seed=9), force=True).close()
        assert old.read() == before
    with open_case(written) as file:
        assert content(file.case) == content(tiny_case(seed=9))


def test_a_cancelled_creation_leaves_what_was_there(written):
    before = written.read_bytes()

    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        create(written, tiny_case(), force=True, progress=stop)
    assert written.read_bytes() == before
    assert [p.name for p in written.parent.iterdir()] == [written.name]


def test_a_missing_folder_is_said(tmp_path):
    assert code_of(lambda: create(tmp_path / "no" / "a.tasrif", tiny_case())) == (
        "case-folder-missing"
    )
    assert code_of(lambda: open_case(tmp_path / "no.tasrif")) == "case-missing"


def test_a_copy_into_a_missing_folder_is_said_as_that(written, tmp_path):
    with open_case(written) as file:
        for place in (tmp_path / "no", written):
            assert code_of(lambda at=place: file.save_copy(at / "a.tasrif")) == (
                "case-folder-missing"
            )


def test_long_and_odd_names_open(tmp_path):
    for name in ("x" * 200 + ".tasrif", "a?b#c%20d.tasrif", "مريض ١.tasrif", "file:x.tasrif"):
        create(tmp_path / name, tiny_case()).close()
        with open_case(tmp_path / name) as file:
            assert not file.is_read_only


# --- who may write -------------------------------------------------------------------------


@pytest.mark.hazard("HAZ-36")
def test_the_second_opener_reads_and_is_told_who_writes(written):
    with open_case(written, person="Ada") as first:
        with open_case(written, person="Bob") as second:
            assert not first.is_read_only
            assert second.is_read_only
            assert second.lock_owner.name == "Ada"
            assert second.lock_owner.since
            assert content(second.case) == content(first.case)
            with pytest.raises(Unavailable) as refused:
                History(second).do(SetSide(Side.RIGHT))
            assert refused.value.code == "case-locked"
            assert refused.value.values["name"] == "Ada"
        assert code_of(lambda: create(written, tiny_case(), force=True)) == "case-locked"
    with open_case(written, person="Bob") as third:
        assert not third.is_read_only


@pytest.mark.hazard("HAZ-36")
def test_another_process_is_told_who_writes(written):
    script = (
        "import sys; from pathlib import Path; from planning.case.file import open_case\n"
        "file = open_case(Path(sys.argv[1]), take_over=True)\n"
        "print(file.is_read_only, file.lock_owner and file.lock_owner.name); file.close()"
    )
    root = Path(__file__).resolve().parents[3]

    def other():
        command = [sys.executable, "-c", script, str(written)]
        return subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout

    with open_case(written, person="Ada"):
        assert other() == "True Ada\n"  # a live lock is never taken over
    assert other() == "False None\n"


@pytest.mark.hazard("HAZ-36")
def test_a_copy_never_replaces_a_case_that_is_open_in_another_process(written, tmp_path):
    target = tmp_path / "theirs.tasrif"
    create(target, tiny_case(seed=5)).close()
    before = target.read_bytes()
    script = (
        "import sys; from pathlib import Path; from planning.case.file import open_case\n"
        "with open_case(Path(sys.argv[1]), person='Eve') as file:\n"
        "    print('open', flush=True); sys.stdin.readline()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(target)],
        cwd=Path(__file__).resolve().parents[3],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with other, open_case(written) as file:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(Unavailable) as refused:
            file.save_copy(target, force=True)
        assert (refused.value.code, refused.value.values["name"]) == ("case-locked", "Eve")
        assert target.read_bytes() == before
        other.communicate("\n")
        file.save_copy(target, force=True)
        assert not lock_path(target).exists()
    with open_case(target) as copy, open_case(written) as file:
        assert content(copy.case) == content(file.case)


def test_a_copy_never_replaces_the_case_itself(written):
    before = written.stat().st_ino
    with open_case(written) as file:
        assert code_of(lambda: file.save_copy(written, force=True)) == "case-exists"
    with open_case(written, read_only=True) as reader:
        assert code_of(lambda: reader.save_copy(written, force=True)) == "case-exists"
    assert written.stat().st_ino == before


def far_lock(path, age_s):
    """A lock as a machine across the network leaves it."""
    lock = lock_path(path)
    lock.write_text(json.dumps({"name": "Eve", "host": "far", "since": "2026-01-01T08:00:00"}))
    then = time.time() - age_s
    os.utime(lock, (then, then))


@pytest.mark.parametrize("age_s", [3600.0, -3600.0])  # also when a clock was set back
def test_a_stale_lock_is_taken_only_after_asking(written, age_s):
    far_lock(written, age_s)
    with open_case(written) as file:
        assert file.is_read_only
        assert file.refusal.code == "case-lock-stale"
        assert file.lock_owner.name == "Eve"
        assert file.lock_owner.is_stale
    with open_case(written, take_over=True) as file:
        assert not file.is_read_only


def test_a_fresh_lock_of_another_machine_is_never_taken(written):
    far_lock(written, 5.0)
    with open_case(written, take_over=True) as file:
        assert file.refusal.code == "case-locked"


@pytest.mark.hazard("HAZ-36")
def test_a_writer_that_was_overtaken_does_not_overwrite(written):
    history = History(open_case(written, person="Ada"))
    lock_path(written).unlink()  # what a network drive may do to a lock
    other = History(open_case(written, person="Bob"))
    other.do(SetSide(Side.BOTH))
    other.flush()
    history.do(SetSide(Side.RIGHT))
    with pytest.raises(Unavailable) as refused:
        history.flush()
    assert refused.value.code == "case-changed-elsewhere"
    other.close()
    history.close()
    with open_case(written) as file:
        assert file.case.side is Side.BOTH
        assert file.verify() == ()


@contextmanager
def ordinary_user():
    """Give up root for a while: root may write anywhere, which a test of permissions must not."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_read_only_place_opens_to_read_and_says_so(written):
    folder = Path(tempfile.mkdtemp())
    try:
        case = folder / "case.tasrif"
        shutil.copy(written, case)
        case.chmod(0o444)
        folder.chmod(0o555)
        with ordinary_user():
            file = open_case(case)
            assert state(file.case)[1][0][1] == "bone"
            assert file.refusal.code == "case-place-read-only"
            assert file.verify() == ()
            with pytest.raises(Unavailable) as refused:
                History(file).do(SetSide(Side.RIGHT))
            assert refused.value.exit_code == 4
            with pytest.raises(Unavailable) as refused:
                create(folder / "new.tasrif", tiny_case())
            assert refused.value.code == "case-place-read-only"
            with pytest.raises(Unavailable):
                file.save_copy(folder / "copy.tasrif")
            file.close()
        assert [p.name for p in folder.iterdir()] == ["case.tasrif"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_may_not_be_read_is_said():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    case = folder / "case.tasrif"
    create(case, tiny_case()).close()
    case.chmod(0o000)
    try:
        with ordinary_user():
            assert code_of(lambda: open_case(case)) == "case-unreadable"
    finally:
        shutil.rmtree(folder)


# --- what is not ours ----------------------------------------------------------------------


def test_a_newer_schema_is_refused_with_both_versions(written):
    change(written, f"PRAGMA user_version={schema.SCHEMA_VERSION + 1}")
    with pytest.raises(Refusal) as refused:
        open_case(written)
    assert refused.value.code == "case-newer"
    assert refused.value.values["theirs"] == schema.SCHEMA_VERSION + 1
    assert refused.value.values["ours"] == schema.SCHEMA_VERSION


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA application_id=1",
        "PRAGMA user_version=0",
        "PRAGMA journal_mode=WAL",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more(x)",
        "CREATE INDEX i ON journal(body)",
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM brick; END",
        "ALTER TABLE slab ADD COLUMN x",
        "DROP TABLE session",
    ],
)
def test_a_file_that_is_not_as_we_write_it_is_refused(written, statement):
    change(written, statement)
    assert code_of(lambda: open_case(written)) == "not-a-case"


def test_a_view_that_never_ends_is_refused_at_once(written):
    endless = (
        "CREATE VIEW slab AS WITH RECURSIVE n(start_k, sha256, body) AS (SELECT 0, x'', x''"
        " UNION ALL SELECT start_k + 1, x'', x'' FROM n) SELECT * FROM n"
    )
    change(written, "DROP TABLE slab", endless)
    begin = time.monotonic()
    assert code_of(lambda: open_case(written)) == "not-a-case"
    assert time.monotonic() - begin < schema.CHECK_S_MAX


def test_foreign_files_are_refused(tmp_path):
    foreign = tmp_path / "foreign.db"
    change(foreign, "CREATE TABLE t(x)")
    text = tmp_path / "text.tasrif"
    text.write_text("Tasrif")
    empty = tmp_path / "empty.tasrif"
    empty.touch()
    for path in (foreign, text, empty, tmp_path):
        assert code_of(lambda path=path: open_case(path)) == "not-a-case"


# --- crash, copy, copy while open ----------------------------------------------------------


def test_a_crash_is_noticed_and_its_steps_are_counted(written):
    history = History(open_case(written))
    history.do(SetSide(Side.RIGHT))
    history.do(SetSide(Side.NONE))
    history.flush()
    left = written.with_name("left.tasrif")
    shutil.copy(written, left)  # the one file, copied while it is open
    history.close()
    with open_case(left) as file:
        assert file.recovered_n == 2
        assert file.case.side is Side.NONE
        assert file.verify() == ()
        assert not file.is_read_only
    with open_case(left) as file:
        assert file.recovered_n == 0
    with open_case(written) as file:
        assert file.recovered_n == 0


def test_a_copy_is_whole_has_all_steps_and_is_the_same_to_the_byte(written, tmp_path):
    one, two = tmp_path / "one.tasrif", tmp_path / "two.tasrif"
    history = History(file := open_case(written))
    history.do(SetSide(Side.RIGHT))
    file.save_copy(one)
    file.save_copy(two)
    assert one.read_bytes() == two.read_bytes()
    assert code_of(lambda: file.save_copy(one)) == "case-exists"
    file.save_copy(one, force=True)
    history.close()
    copied = History(open_case(one))
    assert state(copied.case) == state(history.case)
    while copied.undo():
        pass
    assert copied.case.segments == ()
    copied.close()
    with open_case(two, read_only=True) as reader:
        assert (reader.recovered_n, reader.verify()) == (0, ())
        reader.save_copy(tmp_path / "three.tasrif")
    with open_case(tmp_path / "three.tasrif") as file:
        assert state(file.case) == state(history.case)


def test_the_same_case_gives_the_same_stored_content(tmp_path):
    dumps = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.tasrif"
        history = History(create(path, tiny_case()))
        history.do(AddSegment(segment("bone", 1)))
        history.close()
        with closing(sqlite3.connect(path)) as connection:
            dumps.append(
                [
                    connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                    for table in ("record", "slab", "mask", "brick")
                ]
            )
    assert dumps[0] == dumps[1]


def test_bricks_that_an_edit_did_not_change_are_kept_once(path):
    shape = (70, 70, 130)
    mask = random_mask(1, shape)
    history = History(create(path, tiny_case(shape, segments=[segment("bone", 1, shape)])))
    words = mask.to_words()
    words[0, 0, 0] ^= np.uint64(1)
    history.do(ReplaceMask(BONE, type(mask).from_words(shape, words)))
    history.close()
    with closing(sqlite3.connect(path)) as connection:
        bricks = connection.execute("SELECT count(*) FROM brick").fetchone()[0]
    padding_bricks = 2  # three words of the row, two of them alike
    assert bricks == 2 * 2 * 3 + 1 + padding_bricks


# --- tampering -----------------------------------------------------------------------------


def rehashed(path, row):
    """Edit a row and give it the hash of its new bytes, as a careful forger would."""
    with closing(sqlite3.connect(path)) as connection:
        (body,) = connection.execute("SELECT body FROM journal WHERE row=?", (row,)).fetchone()
        body = body.replace(b"Ada", b"Eve")
        raw = hashlib.sha256(body).digest()
        connection.execute("UPDATE journal SET body=?, sha256=? WHERE row=?", (body, raw, row))
        connection.commit()


@pytest.mark.parametrize(
    ("tamper", "row"),
    [
        (lambda p: change(p, "UPDATE journal SET body=CAST(body || ' ' AS BLOB) WHERE row=3"), 3),
        (lambda p: change(p, "DELETE FROM journal WHERE row=3"), 3),
        (lambda p: change(p, "DELETE FROM journal WHERE row=5"), 5),
        (lambda p: change(p, "DELETE FROM journal WHERE row>=4"), 4),
        (
            lambda p: change(
                p,
                "UPDATE journal SET row=99 WHERE row=3",
                "UPDATE journal SET row=3 WHERE row=4",
                "UPDATE journal SET row=4 WHERE row=99",
            ),
            3,
        ),
        (lambda p: change(p, "INSERT INTO journal SELECT 6, sha256, body FROM journal"
                             " WHERE row=4"), 6),
        (lambda p: rehashed(p, 3), 4),
        (lambda p: rehashed(p, 5), 6),
        (lambda p: change(p, "DELETE FROM head"), 6),
    ],
)  # fmt: skip
def test_a_journal_that_was_tampered_with_is_noticed(written, tamper, row):
    tamper(written)
    with open_case(written) as file:
        assert file.is_read_only
        assert file.refusal.code == "case-damaged-read-only"
        codes = {(finding.code, finding.values.get("row")) for finding in file.findings}
        assert ("case-journal-damaged", row) in codes
        assert file.case.source.outcome is Outcome.VIEW_ONLY
        assert file.findings[0] in file.case.source.findings
        with pytest.raises(Unavailable):
            History(file).do(SetSide(Side.RIGHT))


def test_an_edit_smuggled_into_the_last_row_is_noticed(written):
    """All hashes made anew: only the head that a seal or a person noted elsewhere tells."""
    with open_case(written) as file:
        head = file.head
    rehashed(written, 5)
    change(written, "UPDATE head SET sha256=(SELECT sha256 FROM journal WHERE row=5)")
    with open_case(written) as file:
        assert file.head != head


def test_damaged_items_are_named_and_the_rest_opens(path):
    shape = (70, 40, 70)
    parts = [segment("bone", 1, shape), segment("skin", 2, shape)]
    create(path, tiny_case(shape, segments=parts)).close()
    with closing(sqlite3.connect(path)) as connection:
        skin = bytes.fromhex(_key(parts[1].mask))
        connection.execute("UPDATE mask SET body=x'00' WHERE sha256=?", (skin,))
        connection.commit()
    with open_case(path) as file:
        assert [s.name for s in file.case.segments] == ["bone"]
        assert [(f.code, f.values) for f in file.findings] == [
            ("case-segment-damaged", {"segment": "skin"})
        ]
    change(path, "UPDATE slab SET sha256=zeroblob(32)")
    with open_case(path) as file:
        assert [f.code for f in file.findings] == ["case-slices-damaged", "case-segment-damaged"]
        assert file.findings[0].values == {"first_slice": 1, "last_slice": 70}
        assert file.case.volume.padding.voxels == 70 * 40 * 70


def _key(mask):
    from planning.case.bricks import cut

    return cut(mask).key


@pytest.mark.parametrize("record", ["identity", "grid", "case"])
def test_without_identity_grid_or_start_nothing_opens(written, record):
    change(written, f"UPDATE record SET body=CAST(body || ' ' AS BLOB) WHERE name='{record}'")
    with pytest.raises(Refusal) as refused:
        open_case(written)
    assert refused.value.code == "case-damaged"
    assert record in refused.value.values["item"]
