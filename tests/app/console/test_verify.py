"""`tasrif verify` as a receiver calls it: words, JSON and exit codes."""

import json

import pytest

from app.cli import main
from planning.case.case import Kind
from tests.planning.exchange.verify.packing import bagged, key_of, laid_out, payload_of, public
from tests.planning.exchange.verify.scenes import planned_case

KEY = key_of(1)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    case = planned_case(Kind.SIMULATION)
    files = bagged(payload_of(case, "sealed", KEY), KEY, "sealed", "simulation")
    return laid_out(files, tmp_path_factory.mktemp("verify") / "package")


def answer(capsys, *words):
    code = main(["verify", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_verdict_has_its_keys(package, capsys):
    code, found = answer(capsys, package, "--allow-simulation", "--signer", public(KEY)[1])
    assert code == 0
    assert (found["verdict"], found["state"], found["kind"]) == ("pass", "sealed", "simulation")
    assert found["signer"] == public(KEY)[1]
    assert found["signer_trusted"] is True
    assert found["not_recomputed"] == 4
    assert all({"name", "ok", "message"} <= set(check) for check in found["checks"])
    assert all(check["ok"] is True and " " in check["message"] for check in found["checks"])


@pytest.mark.hazard("HAZ-38")
def test_a_simulation_is_a_judged_no(package, capsys):
    code, found = answer(capsys, package)
    assert (code, found["verdict"], found["signer_trusted"]) == (1, "fail", None)
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["kind"]


def test_another_signer_is_a_judged_no(package, capsys):
    code, found = answer(capsys, package, "--allow-simulation", "--signer", "0" * 64)
    assert (code, found["verdict"], found["signer_trusted"]) == (1, "fail", False)


def test_what_is_no_package_is_bad_input(tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"x")
    for path in (tmp_path, tmp_path / "file", tmp_path / "none"):
        code, found = answer(capsys, path)
        assert code == 3
        assert found["error"]["message"]
        assert found["error"]["fix"]


def test_an_unknown_option_is_usage(package, capsys):
    assert answer(capsys, package, "--trust-me")[0] == 2
    assert main(["verify"]) == 2


@pytest.mark.parametrize(
    ("language", "ok", "failed", "verdict"),
    [
        ("en", "ok", "FAILED", "The package does not pass. Don't use it."),
        ("fr", "ok", "ÉCHEC", "Le paquet n’est pas accepté. Ne l’utilisez pas."),
    ],
)
def test_people_read_a_line_a_check_and_the_verdict(
    package, capsys, monkeypatch, language, ok, failed, verdict
):
    monkeypatch.setenv("TASRIF_LANGUAGE", language)
    assert main(["verify", str(package)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 20
    assert sum(line.startswith(f"{ok} ") for line in lines) == 18
    assert sum(line.startswith(f"{failed} ") for line in lines) == 1
    assert lines[-1] == verdict
    assert "{" not in "".join(lines)
    assert main(["verify", str(package), "--allow-simulation"]) == 0
