"""The list of recent cases: newest first, bounded, and never in the way."""

import pytest

from planning.case.recent import RECENT_MAX, forget, recent_cases, remember
from segmentation.errors import Unavailable


def test_the_newest_case_stands_first_and_once(tmp_path):
    folder = tmp_path / "user" / "tasrif"
    assert recent_cases(folder) == ()
    for name in ("a", "b", "a"):
        remember(folder, tmp_path / f"{name}.tasrif", f"C-{name}")
    cases = recent_cases(folder)
    assert [case.code for case in cases] == ["C-a", "C-b"]
    assert all(case.opened_at.endswith("+00:00") for case in cases)
    assert forget(folder, tmp_path / "a.tasrif") == cases[1:] == recent_cases(folder)


def test_the_list_is_bounded(tmp_path):
    for n in range(30):
        remember(tmp_path, tmp_path / f"{n}.tasrif", str(n))
    assert [case.code for case in recent_cases(tmp_path)] == [
        str(n) for n in range(29, 29 - RECENT_MAX, -1)
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["recent.json"]


@pytest.mark.parametrize("text", ["", "{", "{}", '[{"path": 1}]', "[1]", "\ud800"])
def test_a_damaged_list_is_an_empty_one(tmp_path, text):
    (tmp_path / "recent.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert recent_cases(tmp_path) == ()
    remember(tmp_path, tmp_path / "a.tasrif", "C")
    assert len(recent_cases(tmp_path)) == 1


def test_a_list_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as refused:
        remember(tmp_path / "file", tmp_path / "a.tasrif", "C")
    assert refused.value.code == "recent-not-written"
