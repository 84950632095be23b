"""Files of schema versions 1 to 5: read, and marked when they are changed.

Version 1 knew no reasons and seals, 1 and 2 no names of the images, 1 to 3 no withdrawals, 1 to 4
no status, lock and code of segments, none of them single steps of recipes.
"""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from planning.case import schema
from planning.case.case import Side, Status
from planning.case.codec import canonical
from planning.case.edits import (
    GiveReason,
    LockSegment,
    RenameSegment,
    SetSegmentCode,
    SetSegmentStatus,
    SetSide,
)
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.journal import read_entry
from planning.case.reason import Reason
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal, Unavailable
from tests.planning.case.making import content, segment, tiny_case

REASON = Reason("near-zone", "a", "b", "1.9 mm", "2.0 mm", "Wanted.", "A. Haddad", "2026-01-02")


def case_before():
    bone = segment("bone", 1)
    plan = Plan((NoGoZone(ItemId("zone"), "zone", bone.id, 2.0),))
    case = replace(tiny_case(segments=[bone]), plan=plan)
    return replace(case, source=replace(case.source, images=None))


@pytest.fixture(params=[1, 2, 3, 4, 5])
def old(tmp_path, request):
    """The case's record as that version wrote it, with all hashes of the journal made anew."""
    path, version = tmp_path / "old.tasrif", request.param
    with create(path, case_before()) as file:
        file.append("do", SetSide.title, [SetSide(Side.RIGHT)]).result()
    with closing(sqlite3.connect(path)) as connection:
        record = json.loads(one(connection, "SELECT body FROM record WHERE name='case'"))
        new = {"reasons": [], "seals": [], "is_sealed": False}
        assert {key: record[key] for key in new} == new
        marks = {"status": "to do", "is_locked": False, "code": ""}
        for key, value in marks.items() if version < 5 else ():
            assert record["segments"][0].pop(key) == value
        if version < 4:
            assert record.pop("withdrawals") == []
            assert record["plan"]["items"][0].pop("severity") == "forbid"
        assert record["source"]["images"] is None
        if version < 3:
            del record["source"]["images"]
        for key in new if version == 1 else ():
            del record[key]
        body = canonical(record)
        connection.execute("UPDATE record SET body=? WHERE name='case'", (body,))
        rewrite_journal(connection, hashlib.sha256(body).hexdigest(), version)
        connection.execute(f"PRAGMA user_version={version}")
        connection.commit()
    return path


def rewrite_journal(connection, case_sha256, version):
    previous = "0" * 64
    for (body,) in connection.execute("SELECT body FROM journal ORDER BY row").fetchall():
        entry = replace(read_entry(body), previous=previous, version=version)
        if entry.row == 1:
            entry = replace(entry, hashes={**entry.hashes, "case": case_sha256})
        previous = entry.sha256
        values = (bytes.fromhex(previous), entry.body(), entry.row)
        connection.execute("UPDATE journal SET sha256=?, body=? WHERE row=?", values)
        connection.execute("UPDATE head SET row=?, sha256=?", (entry.row, values[0]))


def one(connection, statement):
    return connection.execute(statement).fetchone()[0]


def version_of(path):
    return int.from_bytes(path.read_bytes()[60:64], "big")


def test_an_older_file_opens_whole_and_reads_as_a_case_without_what_it_lacks(old):
    before = old.read_bytes()
    version = version_of(old)
    with open_case(old) as file:
        assert file.findings == ()
        assert not file.is_read_only
        assert content(file.case) == content(replace(case_before(), side=Side.RIGHT))
        assert (file.case.reasons, file.case.seals, file.case.is_sealed) == ((), (), False)
        assert file.case.withdrawals == ()
        bone = file.case.segments[0]
        assert (bone.status, bone.is_locked, bone.code) == (Status.TO_DO, False, "")
        assert file.case.source.images is None
        assert file.case.plan.items[0].is_forbidden
        assert file.case.version == 1
        assert file.verify() == ()
    assert old.read_bytes() == before  # looking at it doesn't change it
    assert version_of(old) == version


def test_the_first_change_marks_it_so_that_the_older_release_says_newer(old):
    version = version_of(old)
    with open_case(old) as file:
        history = History(file)
        history.do(GiveReason(REASON))
        history.flush()
        now = schema.SCHEMA_VERSION
        assert [entry.version for entry in file.entries()] == [version, version, now]
    assert version_of(old) == schema.SCHEMA_VERSION == 6
    with open_case(old) as file:
        assert file.case.reasons == (REASON,)
        assert file.verify() == ()
        history = History(file)
        assert history.undo()  # steps of the older release are still there to be taken back
        assert history.undo()
        assert history.case.side is case_before().side


def test_the_marks_of_a_segment_survive_in_a_file_that_was_older(old):
    femur = "71341001:272741003=7771000"
    with open_case(old) as file:
        history, bone = History(file), file.case.segments[0].id
        history.do(SetSegmentStatus(bone, Status.REVIEWED))
        history.do(SetSegmentCode(bone, femur))
        history.do(LockSegment(bone, is_locked=True))
        history.flush()
    with open_case(old) as file:
        bone = file.case.segments[0]
        assert (bone.status, bone.is_locked, bone.code) == (Status.REVIEWED, True, femur)
        assert file.verify() == ()


def test_a_change_that_fails_leaves_the_mark_as_it_was(old):
    version = version_of(old)
    with open_case(old) as file:
        connection = file._store.connection
        connection.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON journal"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        with pytest.raises(Unavailable):
            file.append("do", RenameSegment.title, [SetSide(Side.BOTH)]).result()
    assert version_of(old) == version
    with open_case(old) as file:
        assert file.findings == ()


@pytest.mark.parametrize(("version", "code"), [(0, "not-a-case"), (7, "case-newer")])
def test_only_versions_one_to_six_are_read(old, version, code):
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    with pytest.raises(Refusal) as refused:
        open_case(old)
    assert refused.value.code == code
