"""`tasrif bench` as a script and a person use it."""

import json
import platform
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from app import cli
from app.bench.machine import machine
from app.bench.row import Row
from app.bench.table import lines

SMALL = ("--shape", "16x48x80")
KEYS = {
    "group",
    "name",
    "size",
    "peer",
    "ratio",
    "ours_ms",
    "peer_ms",
    "budget_ms",
    "peak_mib",
    "rounds",
}


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("TASRIF_LANGUAGE", "en")


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*words, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def test_a_group_is_answered_in_the_published_shape(capsys):
    code, answer, err = call(capsys, "bench", "threshold", *SMALL)
    assert (code, err) == (0, "")
    assert set(answer) == {"machine", "rows"}
    assert {row["peer"] for row in answer["rows"]} == {
        "SimpleITK BinaryThreshold",
        "NumPy, one compare",
    }
    for row in answer["rows"]:
        assert set(row) >= KEYS
        assert row["group"] == "threshold"
        assert row["size"] == "16x48x80"
        assert row["rounds"] >= 7
        assert row["ratio"] > 0.0
        assert row["budget_ms"] == 100.0


def test_a_missing_peer_is_named_and_has_no_ratio(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "SimpleITK", None)  # as if it weren't installed
    code, answer, err = call(capsys, "bench", "threshold", *SMALL)
    assert code == 0
    by_peer = {row["peer"]: row for row in answer["rows"]}
    assert by_peer["SimpleITK BinaryThreshold"]["ratio"] is None
    assert by_peer["SimpleITK BinaryThreshold"]["ours_ms"] > 0.0
    assert by_peer["NumPy, one compare"]["ratio"] > 0.0
    assert err.splitlines() == [
        "SimpleITK BinaryThreshold is not installed, so there is nothing to compare with."
    ]


def test_a_peer_that_is_wrong_is_a_judged_no(capsys, monkeypatch):
    wrong = ModuleType("SimpleITK")
    wrong.GetImageFromArray = np.asarray
    wrong.GetArrayViewFromImage = np.asarray
    wrong.BinaryThreshold = lambda hu, lower, upper: (hu > lower + 100) & (hu <= upper)
    monkeypatch.setitem(sys.modules, "SimpleITK", wrong)
    code, answer, err = call(capsys, "bench", "threshold", *SMALL)
    assert code == 1
    row = next(row for row in answer["rows"] if row["peer"] == "SimpleITK BinaryThreshold")
    assert (row["error"], row["ratio"], row["ours_ms"]) == ("result-differs", None, None)
    assert "SimpleITK BinaryThreshold gives another result" in err


@pytest.mark.parametrize("words", [("nonsense",), ("threshold", "--shape", "1x2x3")])
def test_what_cannot_be_measured_is_a_usage_error(capsys, words):
    code, answer, _ = call(capsys, "bench", *words)
    assert code == 2
    assert answer["error"]["message"]


def test_words_are_an_aligned_table(capsys):
    assert cli.main(["bench", "threshold", *SMALL]) == 0
    out = capsys.readouterr().out.splitlines()
    at = out[1].index("peer")
    assert out[1].split()[:3] == ["job", "peer", "ratio"]
    assert out[2] == "-- threshold"
    assert {line[at - 2 : at] for line in out[3:5]} == {"  "}
    assert [line[at:].split()[0] for line in out[3:5]] == ["SimpleITK", "NumPy,"]


def test_a_missing_peer_and_a_budget_stand_in_the_table():
    known = Row("g", "n", "s", "P", None, 1.0, None, 16.0, 2.0, 7, None, 99.0, "equal", None)
    gone = Row("g", "n", "s", "Q", None, 1.0, None, 16.0, 2.0, 7, None, None, "", "peer-missing")
    text = list(lines(machine(), (known, gone)))
    assert "2.0 of 99" in text[3]
    assert "not installed" in text[4]


def test_the_machine_is_described_without_its_name():
    known = machine()
    assert {"processor", "cores", "memory_gib", "python", "load_1_min"} <= set(known)
    assert known["versions"]["numpy"] == np.__version__
    assert platform.node() not in json.dumps(known).split('"')


def test_other_commands_load_neither_the_comparison_nor_a_peer():
    probe = (
        "import sys\nfrom app import cli\ncli.parser().parse_args(['scan', '.'])\n"
        "heavy = {'SimpleITK', 'vtkmodules', 'skimage', 'cc3d', 'fill_voids', 'numba', 'psutil'}\n"
        "bad = heavy & set(sys.modules) | {m for m in sys.modules if m.startswith('app.bench')}\n"
        "sys.exit(', '.join(sorted(bad)) or None)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
