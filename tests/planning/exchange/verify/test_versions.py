"""Which version is the newest: the list in a package, and the register that a receiver keeps."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785

from planning.case.lock import Owner, claim
from planning.exchange.verify import Wanted, receive, verify
from planning.exchange.verify.register import read_register
from segmentation.errors import Refusal, Unavailable
from tests.planning.exchange.verify.packing import (
    STAMP,
    VERSIONS,
    key_of,
    laid_out,
    rebodied,
    sha,
    versions_of,
)
from tests.planning.exchange.verify.test_tampering import failed

KEY = key_of(1)
GONE = {"text": "The wrong level.", "by": "A. Sina, surgeon", "at": "2026-01-03T00:00:00Z"}
PLAN = "data/plan.json"


def plan_body(payload, version, before=None, say=""):
    """The canonical plan of a version; `say` makes it another plan."""
    plan = json.loads(payload[PLAN])
    plan["plan"].update(version=version, supersedes=before)
    plan["journal_head"] = sha(say.encode()) if say else plan["journal_head"]
    return plan, rfc8785.dumps(plan)


def hashes_of(payload, versions, say=""):
    """The hashes of versions 1 to `versions`, each superseding the one before."""
    found = []
    for version in range(1, versions + 1):
        before = found[-1] if found else None
        found.append(sha(plan_body(payload, version, before, say)[1]))
    return found


def files_of(payload, version, withdrawn=(), say="", change=lambda rows: None, key=KEY):
    """A package of a version that lists all before it; `withdrawn` versions say why."""
    known = hashes_of(payload, version, say)
    plan, body = plan_body(payload, version, known[-2] if version > 1 else None, say)

    def listed(rows):
        for row, plan_sha256 in zip(rows, known, strict=True):
            row["plan_sha256"] = plan_sha256
            if row["version"] in withdrawn:
                row.update(state="withdrawn", withdrawn=GONE)
        change(rows)

    kind = plan["plan"]["kind"]
    made = {**payload, PLAN: body, VERSIONS: versions_of(plan, body, key, listed)}
    return rebodied(made, key, kind=kind)


@pytest.fixture(scope="module")
def shelf(payload, tmp_path_factory):
    """Packages of one plan by name: versions 1 to 3, and 3 that says that 1 and 2 are withdrawn."""
    root = tmp_path_factory.mktemp("versions")
    made = {
        "1": files_of(payload, 1),
        "2": files_of(payload, 2),
        "3": files_of(payload, 3),
        "3-1": files_of(payload, 3, withdrawn=(1,)),
        "2-1": files_of(payload, 2, withdrawn=(1,)),
        "other 2": files_of(payload, 2, say="other"),
        "other 3": files_of(payload, 3, say="other"),
    }
    return {name: laid_out(files, root / name) for name, files in made.items()}


@pytest.fixture
def register(tmp_path):
    return tmp_path / "register.json"


def met(folder, register, **wanted):
    return receive(folder, Wanted(register=register, **wanted))


def outcome(verdict):
    """Whether it passed, and the code of the check `newest`."""
    (found,) = [one for one in verdict.checks if one.name == "newest"]
    assert found.ok is verdict.passed
    return verdict.passed, found.code


# --- without a register --------------------------------------------------------------------


@pytest.mark.hazard("HAZ-26")
def test_who_keeps_no_register_reads_the_day_and_that_nobody_can_confirm(shelf):
    for name, version in (("1", 1), ("3", 3)):
        verdict = verify(shelf[name])
        assert outcome(verdict) == (True, "verify-newest-unknown")
        (found,) = [one for one in verdict.checks if one.name == "newest"]
        assert found.values == {"version": version, "at": STAMP["at"]}


def test_a_draft_without_a_register_says_so_too(draft_files, tmp_path):
    verdict = verify(laid_out(draft_files, tmp_path / "p"), allow_draft=True)
    assert outcome(verdict) == (True, "verify-newest-draft-unknown")


# --- with one ------------------------------------------------------------------------------


@pytest.mark.hazard("HAZ-26")
def test_an_older_version_is_refused_after_a_newer_one(shelf, register):
    assert outcome(met(shelf["3"], register)) == (True, "verify-newest-first")
    for name in ("1", "2"):
        verdict = met(shelf[name], register)
        assert outcome(verdict) == (False, "verify-newest-older")
        assert failed(verdict) == {"newest": "verify-newest-older"}
    assert outcome(met(shelf["3"], register)) == (True, "verify-newest-ok")


def test_versions_in_their_order_pass_and_each_ends_the_one_before(shelf, register):
    for n, name in enumerate(("1", "2", "3"), 1):
        assert met(shelf[name], register).passed
        assert read_register(register)["clinical"]["c"]["newest"] == n
    assert not met(shelf["1"], register).passed


@pytest.mark.hazard("HAZ-26")
def test_a_withdrawn_version_is_refused_with_the_reason(shelf, register):
    assert met(shelf["1"], register).passed
    assert met(shelf["2-1"], register).passed
    verdict = met(shelf["1"], register)
    assert outcome(verdict) == (False, "verify-withdrawn")
    (found,) = [one for one in verdict.checks if one.name == "newest"]
    assert found.values == {
        "version": 1,
        "by": GONE["by"],
        "at": GONE["at"],
        "reason": GONE["text"],
    }


def test_a_later_export_of_the_same_version_teaches_a_withdrawal_and_none_is_forgotten(
    shelf, register
):
    for name in ("3", "3-1", "3"):
        assert met(shelf[name], register).passed
    assert outcome(met(shelf["1"], register)) == (False, "verify-withdrawn")
    assert outcome(met(shelf["2"], register)) == (False, "verify-newest-older")


@pytest.mark.hazard("HAZ-26")
@pytest.mark.parametrize("name", ["other 2", "other 3"])
def test_another_plan_under_a_version_that_was_met_is_refused(shelf, register, name):
    """Also deep in the list: a copy of the case that went its own way."""
    assert met(shelf["2"], register).passed
    before = register.read_bytes()
    assert outcome(met(shelf[name], register)) == (False, "verify-newest-other")
    assert register.read_bytes() == before


@pytest.mark.hazard("HAZ-26")
def test_two_receivers_know_each_what_it_met(shelf, tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    assert met(shelf["3"], first).passed
    assert met(shelf["1"], second).passed
    assert not met(shelf["1"], first).passed
    assert met(shelf["2"], second).passed
    assert not met(shelf["2"], first).passed


@pytest.mark.hazard("HAZ-26")
def test_a_stranger_cannot_withdraw_or_replace_a_plan_that_was_met(payload, register, tmp_path):
    """Whoever can make a key could seal a version 2 that says that version 1 is withdrawn."""
    stranger = key_of(2)

    def owned(rows):
        rows[0]["fingerprint"] = first["fingerprint"]

    assert met(laid_out(files_of(payload, 1), tmp_path / "1"), register).passed
    before = register.read_bytes()
    (first,) = read_register(register)["clinical"]["c"]["versions"]
    claimed = files_of(payload, 2, withdrawn=(1,), key=stranger)
    assert outcome(met(laid_out(claimed, tmp_path / "a"), register)) == (
        False,
        "verify-newest-other",  # it says that the stranger sealed version 1, too
    )
    forged = files_of(payload, 2, withdrawn=(1,), change=owned, key=stranger)
    folder = laid_out(forged, tmp_path / "b")
    verdict = met(folder, register)
    assert outcome(verdict) == (False, "verify-newest-signer")
    key = verdict.signer
    assert register.read_bytes() == before
    assert met(laid_out(files_of(payload, 1), tmp_path / "again"), register).passed
    assert outcome(met(folder, register, signer=key)) == (True, "verify-newest-ok")
    assert not met(tmp_path / "1", register).passed
    # A key that was met once may go on.
    third = files_of(payload, 3, withdrawn=(1,), key=stranger, change=owned)
    assert met(laid_out(third, tmp_path / "3"), register).passed


# --- what is kept --------------------------------------------------------------------------


def test_what_passes_is_kept_once_and_a_second_look_writes_nothing(shelf, register, payload):
    met(shelf["3-1"], register)
    body = register.read_bytes()
    plan = json.loads(body)["clinical"]["c"]
    assert plan["newest"] == 3
    assert [row["plan_sha256"] for row in plan["versions"]] == hashes_of(payload, 3)
    assert [row["withdrawn"] for row in plan["versions"]] == [GONE, None, None]
    assert all(row["seen_at"] for row in plan["versions"])
    inode = register.stat().st_ino
    assert met(shelf["3-1"], register).passed
    assert (register.stat().st_ino, register.read_bytes()) == (inode, body)
    assert [path.name for path in register.parent.iterdir()] == [register.name]


@pytest.mark.parametrize("wanted", [{"signer": "0" * 64}, {"ct": "none"}])
def test_what_does_not_pass_teaches_nothing(shelf, register, wanted, tmp_path):
    if "ct" in wanted:
        with pytest.raises(Refusal):
            met(shelf["1"], register, ct=tmp_path / "none")
    else:
        assert not met(shelf["1"], register, **wanted).passed
    assert not register.exists()


def test_what_fails_after_its_list_was_read_teaches_nothing(payload, practice_files, register):
    """A simulation that nobody allowed, a plan with a wrong number: their lists are in order."""
    plan = json.loads(payload[PLAN])
    next(one for one in plan["measures"] if one["value"])["value"] += 1.0
    wrong = files_of({**payload, PLAN: rfc8785.dumps(plan)}, 1)
    for name, files in (("practice", practice_files), ("wrong", wrong)):
        verdict = met(laid_out(files, register.parent / name), register)
        assert not verdict.passed
        assert {one.name: one.ok for one in verdict.checks}["newest"]
        assert not register.exists()


def test_a_package_with_a_flipped_byte_teaches_nothing(payload, register, tmp_path):
    files = dict(files_of(payload, 1))
    files[VERSIONS] = files[VERSIONS].replace(b"surgeon", b"nurse", 1)
    assert not met(laid_out(files, tmp_path / "p"), register).passed
    assert not register.exists()


def test_a_draft_is_held_against_the_register_and_never_kept(
    shelf, draft_files, register, tmp_path
):
    draft = laid_out(draft_files, tmp_path / "draft")
    assert outcome(met(draft, register, allow_draft=True)) == (True, "verify-newest-draft")
    assert not register.exists()
    assert met(shelf["1"], register).passed
    verdict = met(draft, register, allow_draft=True)
    assert outcome(verdict) == (False, "verify-newest-draft-older")


def test_a_simulation_stands_apart_from_a_plan_of_the_same_id(shelf, practice_files, register):
    practice = {path: body for path, body in practice_files.items() if path.startswith("data/")}
    folder = laid_out(files_of(practice, 3), register.parent / "practice")
    assert met(folder, register, allow_simulation=True).passed
    assert met(shelf["1"], register).passed
    kept = read_register(register)
    assert {kind: kept[kind]["c"]["newest"] for kind in kept} == {"clinical": 1, "simulation": 3}
    assert not met(folder, register).passed
    other = register.with_name("other.json")
    assert met(shelf["1"], other).passed
    assert met(folder, other, allow_simulation=True).passed
    firsts = [read_register(other)[kind]["c"]["versions"][0]["plan_sha256"] for kind in kept]
    assert len(set(firsts)) == 2


def test_plans_of_other_ids_do_not_meet(shelf, payload, register):
    met(shelf["3"], register)
    plan = json.loads(payload[PLAN])
    plan["plan"]["id"] = "another"
    body = rfc8785.dumps(plan)
    made = {**payload, PLAN: body, VERSIONS: versions_of(plan, body, KEY)}
    folder = laid_out(rebodied(made, KEY), register.parent / "another")
    assert outcome(met(folder, register)) == (True, "verify-newest-first")


# --- a register that is damaged, locked or out of reach ---------------------------------------


@pytest.mark.hazard("HAZ-26")
def test_every_flipped_bit_of_a_register_is_found(shelf, register):
    met(shelf["1"], register)
    body = register.read_bytes()
    for at in range(len(body)):
        for bit in (0, 1, 4, 7):
            harmed = bytearray(body)
            harmed[at] ^= 1 << bit
            register.write_bytes(harmed)
            with pytest.raises(Refusal) as refused:
                read_register(register)
            assert refused.value.code == "register-damaged"
    register.write_bytes(body)
    assert read_register(register)["clinical"]["c"]["newest"] == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"[" * 99_999, b'{"a":NaN}'])
def test_what_is_no_register_is_refused_before_a_package_is_read(shelf, register, body):
    register.write_bytes(body)
    with pytest.raises(Refusal) as refused:
        met(shelf["1"], register)
    assert refused.value.code == "register-damaged"
    assert refused.value.exit_code == 3
    assert register.read_bytes() == body
    for cut in (1, 40):
        register.unlink()
        met(shelf["1"], register)
        register.write_bytes(register.read_bytes()[:-cut])
        with pytest.raises(Refusal):
            met(shelf["1"], register)


def test_a_folder_is_no_register_and_no_folder_has_no_room_for_one(shelf, tmp_path):
    with pytest.raises(Refusal) as refused:
        met(shelf["1"], tmp_path)
    assert refused.value.code == "register-damaged"
    with pytest.raises(Unavailable):
        met(shelf["1"], tmp_path / "none" / "register.json")


HOLD = """
import sys
from pathlib import Path
from planning.case.lock import claim, present_owner
claim(Path(sys.argv[1]), present_owner("B"))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_pipe_is_no_register_and_is_not_waited_for(shelf, tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(Refusal) as caught:
        met(shelf["1"], tmp_path / "pipe.json")
    assert caught.value.code == "register-damaged"


def test_a_register_never_grows_beyond_what_can_be_read_again(shelf, register, monkeypatch):
    """A list may have 10,000 rows with long words, and a register of it was damaged for ever."""
    assert met(shelf["1"], register).passed
    before = register.read_bytes()
    monkeypatch.setattr("planning.exchange.verify.register.BYTES_MAX", len(before) + 10)
    with pytest.raises(Unavailable) as caught:
        met(shelf["2"], register)
    assert caught.value.code == "register-full"
    assert register.read_bytes() == before
    assert met(shelf["1"], register).passed


def test_a_register_that_another_process_writes_is_left_alone(shelf, register):
    root = Path(__file__).resolve().parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, register],
        cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable) as refused:
            met(shelf["1"], register)
        assert refused.value.code == "register-busy"
        assert not register.exists()
        other.stdin.close()
    assert met(shelf["1"], register).passed


def test_a_lock_of_a_dead_machine_is_taken_over(shelf, register):
    lock = register.with_name(f"{register.name}.lock")
    lock.write_text(json.dumps({"name": "B", "host": "elsewhere", "since": "2020"}))
    os.utime(lock, (0, 0))
    assert met(shelf["1"], register).passed
    assert isinstance(claim(register, Owner("a", "b", "c")), Owner) is False


@pytest.mark.hazard("HAZ-26")
def test_a_newer_version_that_came_meanwhile_wins(shelf, register):
    """Between the first look and the record, another verification taught the register more."""
    seen = []

    def meanwhile(done, total):
        if not seen and done > 0.8 * total:  # while the numbers are computed again
            seen.append(met(shelf["3"], register))

    verdict = receive(shelf["1"], Wanted(register=register), meanwhile)
    assert seen[0].passed
    assert [one.name for one in verdict.checks][-1] == "newest"
    assert failed(verdict) == {"newest": "verify-newest-older"}
    assert read_register(register)["clinical"]["c"]["newest"] == 3


# --- the list in a package -------------------------------------------------------------------


def edited(payload, version, change):
    """The package with its list changed after it was made, hashed and signed anew."""

    def over(rows):
        change(rows)

    return files_of(payload, version, change=over)


def swap(rows):
    rows[0], rows[1] = rows[1], rows[0]


def again(rows):
    rows.append({**copy.deepcopy(rows[-1]), "version": 4})


@pytest.mark.hazard("HAZ-26")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows.pop(), "verify-versions-odd"),
        (lambda rows: (rows.pop(), rows[-1].update(state="current")), "verify-versions-count"),
        (lambda rows: rows.pop(0), "verify-versions-odd"),
        (lambda rows: rows.clear(), "verify-versions-count"),
        (swap, "verify-versions-odd"),
        (again, "verify-versions-odd"),
        (lambda rows: rows[0].update(state="current"), "verify-versions-odd"),
        (lambda rows: rows[2].update(state="superseded"), "verify-versions-odd"),
        (lambda rows: rows[0].update(plan_sha256=rows[1]["plan_sha256"]), "verify-versions-odd"),
        (lambda rows: rows[0].update(sealed_at="yesterday"), "verify-versions-odd"),
        (lambda rows: rows[1].update(plan_sha256="0" * 64), "verify-versions-chain"),
        (lambda rows: rows[2].update(plan_sha256="0" * 64), "verify-versions-own"),
        (lambda rows: rows[2].update(sealed_by="B, nurse"), "verify-versions-own"),
        (lambda rows: rows[2].update(sealed_at="2026-01-02T03:04:06Z"), "verify-versions-own"),
        (lambda rows: rows[2].update(fingerprint="0" * 64), "verify-versions-own"),
        (lambda rows: rows[2].update(state="withdrawn", withdrawn=GONE), "verify-withdrawn"),
        (lambda rows: rows[0].update(state="withdrawn"), "verify-schema"),
        (lambda rows: rows[0].update(withdrawn=GONE), "verify-schema"),
        (lambda rows: rows[0].update(more=1), "verify-schema"),
        (lambda rows: rows[0].update(sealed_by=""), "verify-schema"),
    ],
)
def test_a_list_that_lies_is_refused_whoever_signed_it(payload, tmp_path, change, code):
    folder = laid_out(edited(payload, 3, change), tmp_path / "p")
    verdict = verify(folder)
    assert failed(verdict) == {"versions": code}
    assert "newest" not in {one.name for one in verdict.checks}


def test_the_list_is_of_this_plan_and_kind(payload, tmp_path):
    for n, change in enumerate(({"plan_id": "x"}, {"kind": "simulation"})):
        listed = {**json.loads(payload[VERSIONS]), **change}
        files = rebodied({**payload, VERSIONS: rfc8785.dumps(listed)}, KEY)
        found = failed(verify(laid_out(files, tmp_path / str(n))))
        assert found == {"versions": "verify-versions-foreign"}


def test_a_package_without_a_list_and_one_in_loose_json_are_refused(payload, tmp_path):
    rest = {path: body for path, body in payload.items() if path != VERSIONS}
    found = failed(verify(laid_out(rebodied(rest, KEY), tmp_path / "a")))
    assert found == {"versions": "verify-file-missing"}
    loose = {**payload, VERSIONS: payload[VERSIONS] + b"\n"}
    found = failed(verify(laid_out(rebodied(loose, KEY), tmp_path / "b")))
    assert found == {"versions": "verify-not-canonical"}


def test_the_passports_row_of_the_list_states_no_geometry(payload, tmp_path):
    def change(passport):
        (row,) = [one for one in passport["files"] if one["path"] == VERSIONS]
        row.update(frame="LPS", unit="mm", error_mm=0.0, allowed_mm=0.001)

    folder = laid_out(rebodied(payload, KEY, change=change), tmp_path / "p")
    assert failed(verify(folder)) == {"files": "verify-row-odd"}
