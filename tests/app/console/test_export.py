"""`tasrif export` as a script uses it: bags and folders, keys, refusals, one sentence each."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import bagit
import pytest
from PySide6.QtGui import QImage

from app import cli
from planning.case.file import create, open_case
from planning.exchange.key_file import write_key_file
from planning.exchange.keys import make_key, wrapped
from planning.exchange.wrapping import Cost
from tests.planning.exchange.making import CANARIES, bytes_of, key, sealed_case, whole_case

ROOT = Path(__file__).resolve().parents[3]
PASSPHRASE = "three words here"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")
    monkeypatch.setenv("TASRIF_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def case(tmp_path):
    create(tmp_path / "case.tasrif", whole_case()).close()
    return tmp_path / "case.tasrif"


@pytest.fixture
def stamped(tmp_path):
    create(tmp_path / "sealed.tasrif", sealed_case()).close()
    return tmp_path / "sealed.tasrif"


def key_file(path, signing_key):
    write_key_file(path, wrapped(signing_key, PASSPHRASE, Cost(memory_kib=8192, passes=1, lanes=1)))
    return path


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, json.loads(out)


def refused(capsys, *words):
    code, answer = call(capsys, *words)
    error = answer["error"]
    assert error["message"] != error["code"]
    assert error["fix"]
    return code, error["code"]


@pytest.mark.gl
def test_with_its_key_a_sealed_case_is_signed_without_it_a_draft(stamped, tmp_path, capsys):
    """Two bags of one case with pictures; only the draft's have the word across."""
    signed = key_file(tmp_path / "k.json", key())
    words = ("export", stamped, "--to", "package,print", "--out")
    code, answer = call(capsys, *words, tmp_path / "a", "--key", signed)
    assert (code, answer["state"], answer["kind"]) == (0, "sealed", "clinical")
    assert answer["fingerprint"] == key().fingerprint
    assert (tmp_path / "a/data/plan.json").read_text() == sealed_case().seals[-1].plan
    code, answer = call(capsys, *words, tmp_path / "b")
    assert (code, answer["state"], answer["fingerprint"]) == (0, "draft", None)
    assert answer["out"] == str(tmp_path / "b")
    for view in ("axial", "coronal", "sagittal", "3d"):
        a, b = (QImage(str(tmp_path / n / f"data/pictures/{view}.png")) for n in ("a", "b"))
        assert a.size() == b.size()
        assert a != b
        assert a.textKeys() == []
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert bagit.Bag(str(folder)).is_valid()
        for name, body in bytes_of(folder).items():
            assert not any(canary.encode() in body for canary in CANARIES), name
            assert str(tmp_path).encode() not in body, name
    paths = [row["path"] for row in answer["files"]]
    payload = [name for name in bytes_of(tmp_path / "b") if name.startswith("data/")]
    assert sorted([*paths, "data/passport.json"]) == payload


def test_exporters_alone_need_no_bag(case, tmp_path, capsys):
    code, answer = call(capsys, "export", case, "--to", "print", "--out", tmp_path / "out")
    assert code == 0
    assert sorted(bytes_of(tmp_path / "out")) == [row["path"] for row in answer["files"]]


def test_another_who_holds_the_case_open_is_not_in_the_way(case, tmp_path, capsys):
    before = case.read_bytes()
    with open_case(case) as held:
        assert not held.is_read_only
        words = ("export", case, "--to", "print", "--out", tmp_path / "out")
        assert call(capsys, *words)[0] == 0
        assert not held.is_read_only
    assert case.read_bytes()[:16] == before[:16]


BAD = [
    (["--to", "nowhere"], 2, "exporter-unknown"),
    (["--to", "package,nowhere"], 2, "exporter-unknown"),
    (["--to", ""], 2, "exporter-none"),
    (["--to", ","], 2, "exporter-none"),
    ([], 2, "usage"),
    (["--to", "print", "--key", "{tmp}/none.json"], 3, "key-missing"),
    (["--to", "print", "--key", "{tmp}/other.json"], 3, "export-key-not-sealers"),
    (["--to", "print", "--key", "{case}"], 3, "key-unreadable"),
]


@pytest.mark.parametrize(("words", "code", "error"), BAD, ids=[" ".join(b[0])[:40] for b in BAD])
def test_bad_calls_leave_nothing_and_say_why(stamped, tmp_path, capsys, words, code, error):
    key_file(tmp_path / "other.json", make_key())
    words = [word.format(tmp=tmp_path, case=stamped) for word in words]
    out = tmp_path / "deep" / "out"
    assert refused(capsys, "export", stamped, *words, "--out", out) == (code, error)
    assert not out.parent.exists()


def test_a_wrong_passphrase_gives_nothing(stamped, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TASRIF_PASSPHRASE", "other words")
    words = ["--to", "print", "--key", key_file(tmp_path / "k.json", key())]
    code, error = refused(capsys, "export", stamped, *words, "--out", tmp_path / "out")
    assert (code, error) == (3, "key-passphrase-wrong")
    assert not (tmp_path / "out").exists()


def test_what_is_there_stays_without_force_and_a_case_is_never_replaced(case, tmp_path, capsys):
    words = ["export", case, "--to", "print", "--out", tmp_path / "out"]
    assert call(capsys, *words)[0] == 0
    assert refused(capsys, *words) == (3, "out-exists")
    assert call(capsys, *words, "--force")[0] == 0
    (tmp_path / "file").write_text("x")
    words = ["export", case, "--to", "print", "--force", "--out"]
    assert refused(capsys, *words, tmp_path / "file") == (3, "out-is-file")
    assert refused(capsys, *words, tmp_path) == (3, "out-holds-case")
    assert case.exists()


def test_a_damaged_case_is_not_handed_over(case, tmp_path, capsys):
    connection = sqlite3.connect(case)
    connection.execute("UPDATE brick SET body = substr(body, 1, length(body) - 9)")
    connection.commit()
    connection.close()
    words = ["export", case, "--to", "print", "--out", tmp_path / "out"]
    code, error = refused(capsys, *words)
    assert (code, error) in ((3, "export-case-damaged"), (3, "case-damaged"))
    assert not (tmp_path / "out").exists()


def test_people_read_where_it_is_and_as_what(case, tmp_path):
    command = [sys.executable, str(ROOT / "main.py"), "export", case, "--to", "print", "--out"]
    answer = subprocess.run(
        [*command, tmp_path / "out"], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "TASRIF_LANGUAGE": "fr"},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    where, how = answer.stdout.splitlines()
    assert where == f"{tmp_path / 'out'}: brouillon, clinique"
    exact = "écart maximal de ce qui n'est ni allégé ni échantillonné"
    assert how == f"4 fichiers, chacun relu ; {exact} : 0,0001 mm"


@pytest.mark.hazard("HAZ-37")
@pytest.mark.parametrize("command", ["phantom", "demo", "keygen"])
def test_force_never_takes_a_case_away(case, command, tmp_path, capsys):
    """`demo --force` emptied a folder of patients, `keygen --force` wrote a key over a case."""
    body = case.read_bytes()
    words = {
        "phantom": ["phantom", "shoulder", "--out", tmp_path],
        "demo": ["demo", "--out", tmp_path],
        "keygen": ["keygen", "--out", case],
    }[command]
    code = "out-is-case" if command == "keygen" else "out-holds-case"
    assert refused(capsys, *words, "--force") == (3, code)
    assert case.read_bytes() == body


def test_a_key_that_is_refused_leaves_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TASRIF_PASSPHRASE", "")
    words = ["keygen", "--out", tmp_path / "new" / "key.json"]
    assert refused(capsys, *words) == (3, "key-passphrase-empty")
    assert not (tmp_path / "new").exists()
