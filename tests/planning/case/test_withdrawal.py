"""Withdrawals: of which versions, with which words, and that nothing takes one back."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from planning.case import schema
from planning.case.case import Side
from planning.case.codec import canonical
from planning.case.deidentify import deidentified
from planning.case.edits import SetSide, WithdrawPlan, done
from planning.case.edits.review import TEXT_LENGTH_MAX
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.journal import read_entry
from planning.case.withdrawal import Withdrawal
from segmentation.errors import Refusal
from tests.planning.case.making import content, state, tiny_case
from tests.planning.case.test_review_edits import CHANGES, LOOKS, draft, seal

MADE = Withdrawal(1, "The wrong level.", "Dr A, surgeon", "2026-01-03T10:00:00+00:00")
WITHDRAW = WithdrawPlan(MADE)


def sealed():
    return done(seal(), draft())


def test_a_withdrawn_version_stays_sealed_and_says_so():
    case = done(WITHDRAW, sealed())
    assert (case.is_sealed, case.is_withdrawn, case.version) == (True, True, 1)
    assert case.withdrawals == (MADE,)
    assert case.seals == sealed().seals
    assert not sealed().is_withdrawn


@pytest.mark.parametrize("edit", CHANGES, ids=lambda edit: type(edit).__name__)
def test_the_next_edit_begins_the_next_draft_which_is_not_withdrawn(edit):
    after = done(edit, done(WITHDRAW, sealed()))
    assert (after.is_sealed, after.is_withdrawn, after.version) == (False, False, 2)
    assert after.withdrawals == (MADE,)
    again = done(seal(2), after)
    assert (again.is_sealed, again.is_withdrawn) == (True, False)


@pytest.mark.parametrize("edit", LOOKS, ids=lambda edit: type(edit).__name__)
def test_looks_bring_nothing_back(edit):
    assert done(edit, done(WITHDRAW, sealed())).is_withdrawn


def test_a_version_before_the_draft_can_be_withdrawn_and_the_draft_stays_one():
    case = done(WITHDRAW, done(SetSide(Side.RIGHT), sealed()))
    assert (case.is_sealed, case.is_withdrawn, case.version) == (False, False, 2)
    assert case.withdrawal_of(1) == MADE
    assert case.withdrawal_of(2) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 0}, "withdraw-unsealed"),
        ({"version": 2}, "withdraw-unsealed"),
        ({"version": -1}, "withdraw-unsealed"),
        ({"text": " \n"}, "withdraw-empty"),
        ({"text": "x" * (TEXT_LENGTH_MAX + 1)}, "withdraw-empty"),
        ({"text": "half \ud83d"}, "withdraw-empty"),
        ({"by": ""}, "withdraw-empty"),
        ({"by": "x" * (TEXT_LENGTH_MAX + 1)}, "withdraw-empty"),
    ],
)
def test_what_is_no_withdrawal_is_refused_and_leaves_the_case(change, code):
    case = sealed()
    with pytest.raises(Refusal) as refused:
        WithdrawPlan(replace(MADE, **change)).apply(case)
    assert refused.value.code == code
    assert case.withdrawals == ()
    assert WithdrawPlan(replace(MADE, text="x" * TEXT_LENGTH_MAX)).apply(case).is_withdrawn


def test_a_draft_and_what_is_withdrawn_already_are_refused():
    with pytest.raises(Refusal) as refused:
        WITHDRAW.apply(draft())
    assert refused.value.code == "withdraw-unsealed"
    with pytest.raises(Refusal) as refused:
        WithdrawPlan(replace(MADE, text="Other words.")).apply(done(WITHDRAW, sealed()))
    assert refused.value.code == "withdraw-again"
    assert refused.value.values["by"] == MADE.by


@pytest.mark.hazard("HAZ-26")
@pytest.mark.parametrize("is_reopened", [False, True])
def test_undo_stops_at_a_withdrawal(tmp_path, is_reopened):
    """Also one of a version before the draft: the draft's own steps are then final too."""
    path = tmp_path / "a.tasrif"
    history = History(create(path, draft()))
    history.do(seal())
    history.do(SetSide(Side.RIGHT))
    history.do(WITHDRAW)
    kept = state(history.case)
    if is_reopened:
        history.close()
        history = History(open_case(path))
    assert state(history.case) == kept
    assert history.undo_title is None
    assert not history.undo()
    history.do(SetSide(Side.BOTH))
    assert history.undo()
    assert not history.undo()
    assert state(history.case) == kept
    history.close()


def test_it_lies_in_the_file_and_in_a_copy_that_begins_with_it(tmp_path):
    path = tmp_path / "a.tasrif"
    with create(path, sealed()) as file:
        file.append("do", WithdrawPlan.title, [WITHDRAW]).result()
    with open_case(path) as file:
        assert file.case.is_withdrawn
        assert file.case.withdrawals == (MADE,)
        assert file.verify() == ()
        whole = file.case
    with create(tmp_path / "b.tasrif", whole) as file:
        pass
    with open_case(tmp_path / "b.tasrif") as file:
        assert file.case.withdrawals == (MADE,)
        assert content(file.case) == content(whole)


def rewritten(path, change, version=schema.SCHEMA_VERSION):
    """The case's first record changed, with every hash of the journal made anew."""
    with closing(sqlite3.connect(path)) as connection:
        (body,) = connection.execute("SELECT body FROM record WHERE name='case'").fetchone()
        record = json.loads(body)
        change(record)
        body = canonical(record)
        connection.execute("UPDATE record SET body=? WHERE name='case'", (body,))
        (row,) = connection.execute("SELECT body FROM journal").fetchone()
        entry = read_entry(row)
        hashes = {**entry.hashes, "case": hashlib.sha256(body).hexdigest()}
        entry = replace(entry, hashes=hashes, version=version)
        raw = bytes.fromhex(entry.sha256)
        connection.execute("UPDATE journal SET sha256=?, body=?", (raw, entry.body()))
        connection.execute("UPDATE head SET sha256=?", (raw,))
        connection.execute(f"PRAGMA user_version={version}")
        connection.commit()


def test_a_sealed_file_of_version_three_reads_as_one_without_withdrawals(tmp_path):
    path = tmp_path / "old.tasrif"
    create(path, sealed()).close()
    rewritten(path, lambda record: record.pop("withdrawals"), version=3)
    with open_case(path) as file:
        assert file.findings == ()
        assert (file.case.is_sealed, file.case.withdrawals) == (True, ())
        assert content(file.case) == content(sealed())
        history = History(file)
        history.do(WITHDRAW)
        history.flush()
    assert int.from_bytes(path.read_bytes()[60:64], "big") == schema.SCHEMA_VERSION
    with open_case(path) as file:
        assert file.case.is_withdrawn


@pytest.mark.parametrize("versions", [[2], [0], [1, 1]])
def test_a_record_with_odd_withdrawals_is_damaged(tmp_path, versions):
    path = tmp_path / "odd.tasrif"
    create(path, done(WITHDRAW, sealed())).close()

    def change(record):
        (one,) = record["withdrawals"]
        record["withdrawals"] = [{**one, "version": version} for version in versions]

    rewritten(path, change)
    with pytest.raises(Refusal) as refused:
        open_case(path)
    assert refused.value.code == "case-damaged"


def test_a_case_without_the_person_has_no_withdrawals():
    """Its plan is one of its own; a reason might name somebody."""
    named = done(SetSide(Side.RIGHT), done(WITHDRAW, sealed()))
    bare = deidentified(named, "ANON-1")
    assert (bare.seals, bare.withdrawals, bare.version) == ((), (), 1)


def test_the_content_that_tests_compare_knows_withdrawals():
    assert content(done(WITHDRAW, sealed())) != content(sealed())
    assert tiny_case().withdrawals == ()
