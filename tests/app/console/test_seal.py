"""`tasrif keygen`, `tasrif seal`, and what `tasrif info` says of seals."""

import hashlib
import json
import os
import pty
import select
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app import cli
from app.console import passphrase as asking
from planning.case.case import Outcome
from planning.case.codec import canonical, parse
from planning.case.edits import SealPlan, done
from planning.case.file import create, open_case
from planning.case.journal import read_entry
from planning.exchange.document import text_sha256
from planning.exchange.key_file import write_key_file
from planning.exchange.keys import unwrapped, wrapped
from planning.exchange.seal import holds
from planning.model.plan import Plan
from tests.planning.exchange.sealing import CHEAP, key, planned, seal_edit

ROOT = Path(__file__).resolve().parents[3]
RUN = "import sys; from app.cli import main; sys.exit(main())"
OWN_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
SECRET = "perfectly safe 4711"
WORDS = ("--confirm", "Schulter 1 L", "--by", "Dr A. Haddad, surgeon")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")
    monkeypatch.setenv(asking.VARIABLE, SECRET)


@pytest.fixture
def case(tmp_path):
    create(tmp_path / "case.tasrif", planned()).close()
    return tmp_path / "case.tasrif"


@pytest.fixture
def key_file(tmp_path):
    write_key_file(tmp_path / "key.json", wrapped(key(), SECRET, CHEAP))
    return tmp_path / "key.json"


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert SECRET not in out + err
    return code, json.loads(out)


def seal(capsys, case, key_file, *words):
    return call(capsys, "seal", case, "--key", key_file, *(words or WORDS))


def sealed_n(case):
    with open_case(case, read_only=True) as file:
        return len(file.case.seals)


# --- keygen --------------------------------------------------------------------------------


def test_a_device_is_no_place_for_a_key(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TASRIF_PASSPHRASE", "nine words or more")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, answer = call(capsys, "keygen", "--out", pipe, "--force")
    assert (code, answer["error"]["code"]) == (3, "out-is-device")
    assert pipe.is_fifo()


def test_a_new_key_is_its_owners_alone_and_opens_with_the_passphrase(tmp_path, capsys):
    path = tmp_path / "new" / "key.json"
    code, answer = call(capsys, "keygen", "--out", path)
    assert code == 0
    assert answer.keys() == {"key", "fingerprint"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    body = path.read_bytes()
    assert unwrapped(body, SECRET, "k").fingerprint == answer["fingerprint"]
    assert answer["fingerprint"] in body.decode()  # shown without the passphrase
    code, again = call(capsys, "keygen", "--out", path)
    assert (code, again["error"]["code"]) == (3, "out-exists")
    assert path.read_bytes() == body
    code, other = call(capsys, "keygen", "--out", path, "--force")
    assert code == 0
    assert other["fingerprint"] != answer["fingerprint"]


def test_no_key_is_made_without_a_passphrase(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(asking.VARIABLE, "")
    code, answer = call(capsys, "keygen", "--out", tmp_path / "key.json")
    assert (code, answer["error"]["code"]) == (3, "key-passphrase-empty")
    assert list(tmp_path.iterdir()) == []


# --- the passphrase ------------------------------------------------------------------------


def at_a_terminal(tmp_path, *typed):
    """Run keygen at a terminal of its own and type; return the exit code and what it showed."""
    environment = {k: v for k, v in os.environ.items() if k != asking.VARIABLE}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", f"{OWN_TERMINAL}; {RUN}", "keygen", "--out"]
    with subprocess.Popen(
        [*command, tmp_path / "k.json"], cwd=ROOT, env=environment, start_new_session=True,
        stdin=theirs, stdout=theirs, stderr=theirs,
    ) as child:  # fmt: skip
        os.close(theirs)
        shown, typed_n = b"", 0
        while chunk := read_some(ours):
            shown += chunk
            if typed_n < min(shown.count(b": "), len(typed)):
                os.write(ours, f"{typed[typed_n]}\n".encode())
                typed_n += 1
    os.close(ours)
    return child.returncode, shown.decode()


def read_some(terminal):
    """What comes next; nothing at the end."""
    ready, _, _ = select.select([terminal], [], [], 60.0)
    assert ready, "the program waits for something"
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


def test_a_typed_passphrase_is_asked_for_twice_and_never_shown(tmp_path):
    code, shown = at_a_terminal(tmp_path, SECRET, SECRET)
    assert (code, SECRET in shown) == (0, False)
    assert "New passphrase: " in shown
    assert "The same again: " in shown
    assert unwrapped((tmp_path / "k.json").read_bytes(), SECRET, "k").fingerprint in shown


def test_two_different_passphrases_make_no_key(tmp_path):
    code, shown = at_a_terminal(tmp_path, SECRET, f"{SECRET}.")
    assert (code, SECRET in shown) == (3, False)
    assert "not the same" in shown
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_one_sentence_says_so_and_nothing_is_read(case, key_file):
    environment = {k: v for k, v in os.environ.items() if k != asking.VARIABLE}
    answer = subprocess.run(
        [sys.executable, "-c", RUN, "seal", case, "--key", key_file, *WORDS],
        cwd=ROOT, env=environment, input=f"{SECRET}\n", start_new_session=True,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 4
    assert answer.stdout == ""
    assert answer.stderr.splitlines() == [
        "There is no terminal to ask for the passphrase on. "
        "Run the command in a terminal, or set TASRIF_PASSPHRASE."
    ]
    assert sealed_n(case) == 0


# --- seal ----------------------------------------------------------------------------------


def test_a_seal_answers_what_the_receiver_must_know_and_lies_in_the_file(case, key_file, capsys):
    with open_case(case, read_only=True) as file:
        head = file.head
    code, answer = seal(capsys, case, key_file)
    assert code == 0
    assert answer.keys() == {
        "case", "version", "fingerprint", "sealed_at", "journal_head", "plan_sha256",
    }  # fmt: skip
    with open_case(case, read_only=True) as file:
        kept = file.case.seals[-1]
        assert file.entries()[-1].title == SealPlan.title
    assert holds(kept)
    assert answer["version"] == kept.version == 1
    assert answer["fingerprint"] == kept.fingerprint == key().fingerprint
    assert answer["journal_head"] == kept.journal_head == head
    assert answer["plan_sha256"] == text_sha256(kept.plan)
    assert (kept.by, kept.role, kept.at) == ("Dr A. Haddad", "surgeon", answer["sealed_at"])
    assert SECRET not in kept.plan


def test_a_sealed_case_is_changed_only_into_the_next_version(case, key_file, capsys):
    seal(capsys, case, key_file)
    code, again = seal(capsys, case, key_file)
    assert (code, again["error"]["code"]) == (3, "seal-again")
    assert call(capsys, "undo", case)[1]["moved"] is False
    _, told = call(capsys, "info", case)
    assert (told["state"], told["version"]) == ("sealed", 1)
    mark = planned().plan.items[0]
    apply = case.parent / "items.json"
    item = {"kind": "landmark", "name": "more", "point_lps_mm": list(mark.point_lps_mm)}
    apply.write_text(json.dumps({"version": 1, "items": [item]}))
    assert call(capsys, "plan", case, "--apply", apply)[0] == 0
    _, told = call(capsys, "info", case)
    assert (told["state"], told["version"], len(told["seals"])) == ("draft", 2, 1)
    code, second = seal(capsys, case, key_file)
    assert (code, second["version"]) == (0, 2)
    _, told = call(capsys, "info", case)
    assert [row["version"] for row in told["seals"]] == [1, 2]
    assert all(row["holds"] for row in told["seals"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--confirm", "Schulter 1 R", *WORDS[2:]), "seal-confirmation-differs"),
        (("--confirm", "", *WORDS[2:]), "seal-confirmation-differs"),
        ((*WORDS[:2], "--by", "Dr A. Haddad"), "seal-by-incomplete"),
        ((*WORDS[:2], "--by", ",surgeon"), "seal-by-incomplete"),
        ((*WORDS[:2], "--by", "A\x07, surgeon"), "seal-words-unusable"),
    ],
)
def test_wrong_words_seal_nothing(case, key_file, capsys, words, code):
    before = case.read_bytes()
    exit_code, answer = seal(capsys, case, key_file, *words)
    assert (exit_code, answer["error"]["code"]) == (3, code)
    assert answer["error"]["fix"]
    assert case.read_bytes() == before


def test_the_sentence_shows_what_was_typed_and_what_this_case_is(case, key_file, capsys):
    _, answer = seal(capsys, case, key_file, "--confirm", "Schulter 2 L", *WORDS[2:])
    assert "Schulter 2 L" in answer["error"]["message"]
    assert "Schulter 1 L" in answer["error"]["message"]
    assert "Núñez" not in json.dumps(answer, ensure_ascii=False)


def test_a_wrong_passphrase_and_a_key_that_is_none_seal_nothing(
    case, key_file, capsys, monkeypatch
):
    foreign = case.parent / "foreign.json"
    foreign.write_bytes(b"{}")
    for path, code in (
        (foreign, "key-unreadable"), (case, "key-unreadable"), (case.parent, "key-unreadable"),
        (case.parent / "none", "key-missing"),
    ):  # fmt: skip
        exit_code, answer = seal(capsys, case, path)
        assert (exit_code, answer["error"]["code"]) == (3, code)
    monkeypatch.setenv(asking.VARIABLE, "wrong")
    exit_code, answer = seal(capsys, case, key_file)
    assert (exit_code, answer["error"]["code"]) == (3, "key-passphrase-wrong")
    monkeypatch.setenv(asking.VARIABLE, "")
    exit_code, answer = seal(capsys, case, key_file)
    assert (exit_code, answer["error"]["code"]) == (3, "key-passphrase-empty")
    assert sealed_n(case) == 0


def test_what_blocks_is_a_judged_no_that_names_the_first(tmp_path, key_file, capsys):
    path = tmp_path / "blocked.tasrif"
    create(path, replace(planned(), reasons=())).close()
    code, answer = seal(capsys, path, key_file)
    assert (code, answer["error"]["code"]) == (1, "seal-blocked")
    assert answer["error"]["details"]["n"] >= 1
    assert "zone" in answer["error"]["message"]  # the sentence itself, not its code
    assert "zone-entered" not in answer["error"]["message"]
    assert sealed_n(path) == 0


def test_what_may_only_be_looked_at_is_refused_before_a_passphrase_is_asked(
    tmp_path, key_file, capsys, monkeypatch
):
    monkeypatch.setenv(asking.VARIABLE, "wrong")  # had it been asked for, it would be wrong
    path = tmp_path / "look.tasrif"
    source = replace(planned().source, outcome=Outcome.VIEW_ONLY)
    create(path, replace(planned(), source=source)).close()
    code, answer = seal(capsys, path, key_file)
    assert (code, answer["error"]["code"]) == (3, "seal-view-only")


def test_an_empty_plan_is_not_sealed(tmp_path, key_file, capsys):
    path = tmp_path / "empty.tasrif"
    create(path, replace(planned(), plan=Plan())).close()
    code, answer = seal(capsys, path, key_file)
    assert (code, answer["error"]["code"]) == (1, "seal-blocked")


def test_a_case_that_another_holds_is_not_sealed(case, key_file, capsys):
    with open_case(case):
        code, answer = seal(capsys, case, key_file)
    assert (code, answer["error"]["code"]) == (4, "case-locked")
    assert sealed_n(case) == 0


# --- info ----------------------------------------------------------------------------------


def test_info_of_a_draft_says_so(case, capsys):
    _, told = call(capsys, "info", case)
    assert (told["state"], told["version"], told["seals"]) == ("draft", 1, [])


@pytest.mark.hazard("HAZ-25")
def test_info_says_when_a_seal_in_the_file_was_tampered_with(case, key_file, capsys):
    """All hashes of the journal made anew, as an attacker would: only the signature tells."""
    seal(capsys, case, key_file)
    assert call(capsys, "info", case)[1]["seals"][0]["holds"] is True
    with closing(sqlite3.connect(case)) as connection:
        row, body = connection.execute("SELECT row, body FROM journal ORDER BY row DESC").fetchone()
        (edit,) = read_entry(body).edits
        edit["fields"]["seal"]["plan"] = edit["fields"]["seal"]["plan"].replace("4.0", "5.0", 1)
        edit["fields"]["seal"]["by"] = "Dr B"
        entry = replace(read_entry(body), edits=(parse(canonical(edit)),))
        raw = bytes.fromhex(entry.sha256)
        connection.execute(
            "UPDATE journal SET sha256=?, body=? WHERE row=?", (raw, entry.body(), row)
        )
        connection.execute("UPDATE head SET sha256=?", (raw,))
        connection.commit()
    _, told = call(capsys, "info", case)
    assert (told["state"], told["seals"][0]["holds"]) == ("draft", False)
    cli.main(["info", str(case)])
    assert "The seal of version 1 doesn't hold" in capsys.readouterr().out


def test_info_words_name_who_sealed(case, key_file, capsys):
    seal(capsys, case, key_file)
    cli.main(["info", str(case)])
    lines = capsys.readouterr().out.splitlines()
    assert "state: sealed" in lines
    assert lines[-1].startswith("seal 1: Dr A. Haddad, surgeon, ")
    assert key().fingerprint in lines[-1]


def rewritten(path, change):
    """The case file again with its first record changed, every hash computed anew."""
    connection = sqlite3.connect(path)
    record = json.loads(
        connection.execute("SELECT body FROM record WHERE name='case'").fetchone()[0]
    )
    change(record)
    body = canonical(record)
    connection.execute("UPDATE record SET body=? WHERE name='case'", (body,))
    first = json.loads(connection.execute("SELECT body FROM journal WHERE row=1").fetchone()[0])
    first["hashes"]["case"] = hashlib.sha256(body).hexdigest()
    row = canonical(first)
    sha256 = hashlib.sha256(row).digest()
    connection.execute("DELETE FROM journal WHERE row>1")
    connection.execute("UPDATE journal SET sha256=?, body=?", (sha256, row))
    connection.execute("UPDATE head SET row=1, sha256=?", (sha256,))
    connection.commit()
    connection.close()


@pytest.mark.hazard("HAZ-25")
def test_a_word_in_the_file_seals_nothing(tmp_path, capsys):
    path = tmp_path / "forged.tasrif"
    create(path, planned()).close()
    rewritten(path, lambda record: record.update(is_sealed=True))
    for words in (["info", path], ["export", path, "--to", "print", "--out", tmp_path / "out"]):
        code, answer = call(capsys, *words)
        assert (code, answer["error"]["code"]) == (3, "case-damaged")


@pytest.mark.hazard("HAZ-25")
def test_a_good_seal_over_another_plan_is_no_sealed_state(tmp_path, capsys):
    """Whoever rewrites a sealed file, hashes and all, keeps the seal but not what it is of."""
    path = tmp_path / "forged.tasrif"
    create(path, done(seal_edit(), planned())).close()
    assert call(capsys, "info", path)[1]["state"] == "sealed"
    rewritten(path, lambda record: record["plan"]["items"][0].update(name="elsewhere"))
    assert call(capsys, "info", path)[1]["state"] == "draft"
    rewritten(path, lambda record: record.update(side="R"))
    assert call(capsys, "info", path)[1]["state"] == "draft"
