"""`tasrif withdraw`, what `info` says of versions, and the whole road to two receivers."""

import json
import shutil

import pytest

from app import cli
from app.console import passphrase as asking
from planning.case.file import create, open_case
from planning.exchange.export import ExportOptions, export
from planning.exchange.key_file import write_key_file
from planning.exchange.keys import wrapped
from tests.planning.exchange.sealing import CHEAP, DAY, SURFACES, key, planned

SECRET = "perfectly safe 4711"
WORDS = ("--confirm", "Schulter 1 L", "--by", "Dr A. Haddad, surgeon")
WHY = ("--reason", "The wrong level.", "--by", "Dr B. Nour, surgeon")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")
    monkeypatch.setenv(asking.VARIABLE, SECRET)


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, json.loads(out)


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    """One case sealed three times, the second withdrawn, with a package of every version."""
    folder = tmp_path_factory.mktemp("road")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASRIF_LANGUAGE", "en")
        patch.setenv(asking.VARIABLE, SECRET)
        make_road(folder)
    return folder


def make_road(folder):
    case = folder / "case.tasrif"
    create(case, planned()).close()
    write_key_file(folder / "key.json", wrapped(key(), SECRET, CHEAP))
    seal(case)
    hand_over(case, "v1")
    change(case, "two")
    seal(case)
    hand_over(case, "v2")
    assert cli.main(["withdraw", str(case), *WHY]) == 0
    shutil.copy(case, folder / "withdrawn.tasrif")
    change(case, "three")
    seal(case)
    words = ["--to", "package", "--key", str(folder / "key.json")]
    assert cli.main(["export", str(case), *words, "--out", str(folder / "v3")]) == 0


def seal(case):
    key_file = str(case.parent / "key.json")
    assert cli.main(["seal", str(case), "--key", key_file, *WORDS]) == 0


def hand_over(case, name):
    """The package without pictures, which take their time and tell nothing of versions."""
    with open_case(case, read_only=True) as file:
        how = ExportOptions(False, file.head, DAY, surfaces=SURFACES)
        export(file.case, ["package"], case.parent / name, key(), how)


def change(case, name):
    """A landmark more: what was sealed is no longer the plan."""
    apply = case.parent / "items.json"
    point = list(planned().plan.items[0].point_lps_mm)
    item = {"kind": "landmark", "name": name, "point_lps_mm": point}
    apply.write_text(json.dumps({"version": 1, "items": [item]}))
    assert cli.main(["plan", str(case), "--apply", str(apply)]) == 0


def verified(capsys, road, name, *words):
    code, told = call(capsys, "verify", road / name, *words)
    assert code == (0 if told["verdict"] == "pass" else 1)
    failed = {one["name"]: one for one in told["checks"] if not one["ok"]}
    return told, failed


# --- the road to receivers -------------------------------------------------------------------


def test_the_package_lists_every_version_and_what_became_of_it(road):
    rows = json.loads((road / "v3/data/package/versions.json").read_bytes())["versions"]
    assert [(row["version"], row["state"]) for row in rows] == [
        (1, "superseded"), (2, "withdrawn"), (3, "current"),
    ]  # fmt: skip
    assert rows[1]["withdrawn"]["text"] == "The wrong level."
    assert rows[1]["withdrawn"]["by"] == "Dr B. Nour, surgeon"
    (only,) = json.loads((road / "v1/data/package/versions.json").read_bytes())["versions"]
    assert only["state"] == "current"


@pytest.mark.hazard("HAZ-26")
def test_old_and_withdrawn_versions_are_refused_once_the_new_one_is_known(road, tmp_path, capsys):
    register = ("--register", tmp_path / "register.json")
    assert verified(capsys, road, "v1", *register)[1] == {}
    assert verified(capsys, road, "v3", *register)[1] == {}
    told, failed = verified(capsys, road, "v1", *register)
    assert (told["verdict"], set(failed)) == ("fail", {"newest"})
    assert "your register knows version 3" in failed["newest"]["message"]
    told, failed = verified(capsys, road, "v2", *register)
    assert (told["verdict"], set(failed)) == ("fail", {"newest"})
    assert "The wrong level." in failed["newest"]["message"]
    assert "Dr B. Nour" in failed["newest"]["message"]
    assert verified(capsys, road, "v3", *register)[1] == {}


@pytest.mark.hazard("HAZ-26")
def test_a_receiver_that_never_met_the_new_one_can_not_know(road, tmp_path, capsys):
    """Two receivers: what one knows the other doesn't, and each says what it can't confirm."""
    ours, theirs = tmp_path / "a.json", tmp_path / "b.json"
    assert verified(capsys, road, "v3", "--register", ours)[1] == {}
    assert verified(capsys, road, "v1", "--register", theirs)[1] == {}
    assert set(verified(capsys, road, "v1", "--register", ours)[1]) == {"newest"}
    told, failed = verified(capsys, road, "v1")
    (newest,) = [one for one in told["checks"] if one["name"] == "newest"]
    assert failed == {}
    assert "sealed" in newest["message"]
    assert "nobody can confirm that it is the newest" in newest["message"]


@pytest.mark.hazard("HAZ-26")
def test_a_damaged_register_is_bad_input_in_one_sentence(road, tmp_path, capsys):
    path = tmp_path / "register.json"
    verified(capsys, road, "v1", "--register", path)
    body = path.read_bytes()
    path.write_bytes(body.replace(b'"newest":1', b'"newest":0'))
    assert path.read_bytes() != body
    code, told = call(capsys, "verify", road / "v1", "--register", path)
    assert (code, told["error"]["code"]) == (3, "register-damaged")
    assert cli.main(["verify", str(road / "v1"), "--register", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1


# --- the withdrawn case ----------------------------------------------------------------------


@pytest.mark.hazard("HAZ-26")
@pytest.mark.parametrize("has_key", [False, True])
def test_a_withdrawn_version_is_not_handed_over_not_even_as_a_draft(
    road, tmp_path, capsys, monkeypatch, has_key
):
    monkeypatch.setenv(asking.VARIABLE, "wrong")  # it is refused before a passphrase is asked for
    words = ["--key", road / "key.json"] if has_key else []
    for names in ("package", "print"):
        code, told = call(
            capsys, "export", road / "withdrawn.tasrif", "--to", names, *words,
            "--out", tmp_path / "out",
        )  # fmt: skip
        assert (code, told["error"]["code"]) == (3, "export-withdrawn")
        assert "The wrong level." in told["error"]["message"]
        assert "Dr B. Nour" in told["error"]["message"]
        assert not (tmp_path / "out").exists()


def test_info_says_the_state_of_every_version(road, capsys):
    _, told = call(capsys, "info", road / "withdrawn.tasrif")
    assert (told["state"], told["version"]) == ("withdrawn", 2)
    assert [row["state"] for row in told["seals"]] == ["superseded", "withdrawn"]
    assert told["seals"][0]["withdrawn"] is None
    assert told["seals"][1]["withdrawn"]["by"] == "Dr B. Nour, surgeon"
    _, told = call(capsys, "info", road / "case.tasrif")
    assert [row["state"] for row in told["seals"]] == ["superseded", "withdrawn", "sealed"]
    assert told["state"] == "sealed"
    cli.main(["info", str(road / "case.tasrif")])
    said = capsys.readouterr().out
    assert "Version 2 was withdrawn by Dr B. Nour, surgeon, " in said
    assert said.count("superseded") == 1


def test_a_withdrawal_is_not_undone_and_not_sealed_over(road, tmp_path, capsys):
    case = tmp_path / "case.tasrif"
    shutil.copy(road / "withdrawn.tasrif", case)
    assert call(capsys, "undo", case)[1]["moved"] is False
    key_file = ("--key", road / "key.json")
    code, told = call(capsys, "seal", case, *key_file, *WORDS)
    assert (code, told["error"]["code"]) == (3, "seal-again")
    assert call(capsys, "info", case)[1]["state"] == "withdrawn"
    change(case, "next")
    _, told = call(capsys, "info", case)
    assert (told["state"], told["version"]) == ("draft", 3)
    assert call(capsys, "export", case, "--to", "package", "--out", tmp_path / "out")[0] == 0
    listed = json.loads((tmp_path / "out/data/package/versions.json").read_bytes())
    assert [row["state"] for row in listed["versions"]] == ["superseded", "withdrawn"]
    told, failed = verified(capsys, tmp_path, "out", "--allow-draft")
    assert (told["verdict"], failed) == ("pass", {})


def test_an_earlier_version_is_withdrawn_by_its_number(road, tmp_path, capsys):
    case = tmp_path / "case.tasrif"
    shutil.copy(road / "case.tasrif", case)
    code, told = call(capsys, "withdraw", case, "--version", 1, *WHY)
    assert code == 0
    assert told.keys() == {"case", "version", "reason", "by", "withdrawn_at", "journal_head"}
    assert (told["version"], told["reason"], told["by"]) == (
        1, "The wrong level.", "Dr B. Nour, surgeon",
    )  # fmt: skip
    with open_case(case, read_only=True) as file:
        assert not file.case.is_withdrawn
        assert file.head == told["journal_head"]
        assert file.case.withdrawals[-1].at == told["withdrawn_at"]
    code, told = call(capsys, "withdraw", case, "--version", 1, *WHY)
    assert (code, told["error"]["code"]) == (3, "withdraw-again")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--version", "4", *WHY), "withdraw-unsealed"),
        (("--version", "0", *WHY), "withdraw-unsealed"),
        (("--reason", "  ", *WHY[2:]), "withdraw-empty"),
        (("--reason", "x" * 501, *WHY[2:]), "withdraw-empty"),
        ((*WHY[:2], "--by", "Dr B. Nour"), "seal-by-incomplete"),
        ((*WHY[:2], "--by", ", surgeon"), "seal-by-incomplete"),
    ],
)
def test_wrong_words_withdraw_nothing(road, tmp_path, capsys, words, code):
    case = tmp_path / "case.tasrif"
    shutil.copy(road / "case.tasrif", case)
    before = case.read_bytes()
    exit_code, told = call(capsys, "withdraw", case, *words)
    assert (exit_code, told["error"]["code"]) == (3, code)
    assert told["error"]["fix"]
    assert case.read_bytes() == before


def test_a_draft_has_nothing_to_withdraw(tmp_path, capsys):
    create(tmp_path / "case.tasrif", planned()).close()
    code, told = call(capsys, "withdraw", tmp_path / "case.tasrif", *WHY)
    assert (code, told["error"]["code"]) == (3, "withdraw-unsealed")
    assert call(capsys, "withdraw", tmp_path / "case.tasrif")[0] == 2
