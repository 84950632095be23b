"""SEC-9: case files, packages and plan files that were spoiled on purpose: a no, never a fall.

The spoiler knows the hashes and makes them anew, so that what lies behind them is reached. Each
example runs in this very process: a crash, a hang or any exception but the program's own no fails.
"""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.case.codec import canonical, parse
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.journal import read_entry
from planning.exchange.verify import verify
from planning.model.written import Known, read_items, written
from segmentation.errors import Refusal
from tests.faults.fuzz import VALUES, mangled, spoilt
from tests.planning.case.fault_child import act
from tests.planning.case.making import SHAPE, tiny_case
from tests.planning.exchange.making import bytes_of, exported, whole_case
from tests.planning.exchange.verify.packing import laid_out

QUICK = 40
LONG = 5000
KNOWN = Known("1.2.3", {"bone": "id-bone", "Canal": "id-canal", "none": "id-none"})
LOOSE = {
    "suppress_health_check": list(HealthCheck), "deadline": None, "database": None,
    "print_blob": False,
}  # fmt: skip


def often(quick, long):
    """Return a test in two lengths: one of the suite, one of the campaign."""
    marks = [pytest.mark.campaign, pytest.mark.timeout(7200)]
    return pytest.mark.parametrize("examples", [quick, pytest.param(long, marks=marks)])


def tried(strategy, examples, judge):
    """Put so many examples before `judge`; return how many were refused."""
    refused = []

    @settings(max_examples=examples, **LOOSE)
    @given(strategy)
    def one(example):
        try:
            judge(example)
        except Refusal as no:
            refused.append(no.code)

    one()
    return refused


# --- plan files ------------------------------------------------------------------------------


def raw(data):
    """Return JSON text as an attacker writes it: NaN and lone surrogates included."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


@often(QUICK * 10, LONG * 10)
def test_a_spoilt_plan_file_is_applied_whole_or_refused(examples):
    document = written(whole_case().plan.items, KNOWN)
    assert len(read_items(raw(document), "plan.json", KNOWN)) == len(document["items"])
    any_text = st.one_of(spoilt(document).map(raw), mangled(raw(document)), VALUES.map(raw))
    refused = tried(any_text, examples, lambda body: read_items(body, "plan.json", KNOWN))
    assert len(refused) > examples / 4
    assert all(code.startswith(("plan-", "item-")) for code in refused)


# --- case files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def case_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "case.tasrif"
    history = History(create(path, tiny_case(SHAPE)))
    for n in range(1, 9):
        act(history, n)
    history.close()
    return path.read_bytes()


def records_of(path):
    with closing(sqlite3.connect(path)) as connection:
        told = dict(connection.execute("SELECT name, body FROM record"))
        rows = [body for (body,) in connection.execute("SELECT body FROM journal ORDER BY row")]
    return {name: parse(body) for name, body in told.items()}, [parse(body) for body in rows]


def rewritten(path, records, rows):
    """Put records and journal rows into the file and make every hash anew."""
    with closing(sqlite3.connect(path)) as connection:
        hashes = {}
        for name, data in records.items():
            body = raw(data)
            hashes[name] = hashlib.sha256(body).hexdigest()
            connection.execute("UPDATE record SET body=? WHERE name=?", (body, name))
        previous = "0" * 64
        for number, row in enumerate(rows, start=1):
            told = dict(row) if isinstance(row, dict) else row
            if isinstance(told, dict) and "previous" in told:
                told["previous"] = previous
            if number == 1 and isinstance(told, dict) and isinstance(told.get("hashes"), dict):
                told["hashes"] = {**told["hashes"], **hashes}
            body = raw(told)
            previous = hashlib.sha256(body).hexdigest()
            values = (bytes.fromhex(previous), body, number)
            connection.execute("UPDATE journal SET sha256=?, body=? WHERE row=?", values)
        connection.execute("UPDATE head SET row=?, sha256=?", (len(rows), values[0]))
        connection.commit()


def looked_at(path):
    """Open, go through everything and close; a damaged file says so."""
    with open_case(path) as file:
        file.entries()
        file.verify()
        if not file.findings:
            history = History(file)
            while history.undo():
                pass
            history.close()


@often(QUICK, LONG)
def test_a_case_file_with_true_hashes_over_false_words_is_named_or_opens(
    case_bytes, tmp_path, examples
):
    path = tmp_path / "case.tasrif"
    path.write_bytes(case_bytes)
    records, rows = records_of(path)
    looked_at(path)

    def judge(spoiled):
        path.write_bytes(case_bytes)
        rewritten(path, spoiled["records"], spoiled["rows"])
        looked_at(path)

    document = {"records": records, "rows": rows}
    kept = spoilt(document).filter(
        lambda one: isinstance(one.get("records"), dict) and isinstance(one.get("rows"), list)
        and one["rows"] and len(one["rows"]) <= len(rows)
    )  # fmt: skip
    assert tried(kept, examples, judge)


@often(QUICK, LONG)
def test_a_mangled_case_file_is_named_or_opens(case_bytes, tmp_path, examples):
    path = tmp_path / "case.tasrif"

    def judge(body):
        path.write_bytes(body)
        looked_at(path)

    assert tried(mangled(case_bytes), examples, judge)


def test_damaged_text_that_sqlite_quotes_is_damage_and_no_fall(case_bytes, tmp_path):
    """Found by the campaign: Python couldn't decode what SQLite said about the schema."""
    path = tmp_path / "case.tasrif"
    path.write_bytes(case_bytes.replace(b"CREATE TABLE brick", b"CREATE\x80TABLE brick"))
    with pytest.raises(Refusal) as refused:
        open_case(path)
    assert refused.value.code == "case-damaged"


def test_the_rewriting_itself_keeps_a_whole_file_whole(case_bytes, tmp_path):
    """The negative control: without a false word the same way through opens with every step."""
    path = tmp_path / "case.tasrif"
    path.write_bytes(case_bytes)
    records, rows = records_of(path)
    rewritten(path, records, rows)
    with open_case(path) as file:
        assert file.findings == ()
        assert len(file.entries()) == len(rows)
        assert canonical(records["identity"])
        assert replace(read_entry(raw(rows[0])), row=1).row == 1


# --- packages --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "draft"
    exported(whole_case(), folder, names=("package", "print", "nav", "robot"))
    return bytes_of(folder)


def sha(body):
    return hashlib.sha256(body).hexdigest()


def again(files, path, body):
    """Put another file into a package and make every hash that names it anew."""
    told = {**files, path: body}
    if path != "data/passport.json":
        old, new = sha(files[path]).encode(), sha(body).encode()
        told["data/passport.json"] = files["data/passport.json"].replace(old, new)
    rows = {name: sha(text) for name, text in told.items() if name.startswith("data/")}
    if path != "manifest-sha256.txt":
        told["manifest-sha256.txt"] = listed(rows)
    tags = [name for name in told if not name.startswith(("data/", "tagmanifest"))]
    if path == "tagmanifest-sha256.txt":
        return told
    told["tagmanifest-sha256.txt"] = listed({name: sha(told[name]) for name in tags})
    return told


def listed(rows):
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(rows.items())).encode()


def one_form(data):
    try:
        return rfc8785.dumps(data)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return raw(data)


@st.composite
def spoilt_package(draw, files):
    path = draw(st.sampled_from(sorted(files)))
    body = files[path]
    if path.endswith(".json") and draw(st.booleans()):
        return path, one_form(draw(spoilt(json.loads(body))))
    return path, draw(mangled(body))


@pytest.mark.hazard("HAZ-27")
@often(QUICK, 1500)
def test_a_spoilt_package_is_judged_and_never_passes(package, tmp_path, examples):
    whole = verify(laid_out(package, tmp_path / "whole"), allow_draft=True)
    assert whole.passed, [one.name for one in whole.checks if not one.ok]
    passed = []
    counter = iter(range(10**9))

    def judge(spoiled):
        path, body = spoiled
        if body == package[path]:
            return
        folder = laid_out(again(package, path, body), tmp_path / f"p{next(counter)}")
        if verify(folder, allow_draft=True).passed:
            passed.append((path, body))

    tried(spoilt_package(package), examples, judge)
    # A draft isn't signed: what nobody can compute again may be written by anyone.
    assert {path for path, body in passed} <= BELIEVED


BELIEVED = {"bag-info.txt", "data/passport.json", "data/plan.json"}
