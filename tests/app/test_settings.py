import json
from pathlib import Path

from app import settings
from app.settings import Settings


def test_settings_come_back(tmp_path):
    file = tmp_path / "deep" / "settings.json"
    chosen = Settings("fr", "light", "/a", "/b").with_recent(Path("/c/x.tasrif"))
    assert settings.write(chosen, file)
    assert settings.read(file) == chosen


def test_a_broken_or_foreign_file_gives_the_defaults(tmp_path):
    file = tmp_path / "settings.json"
    for text in ("{", "[]", "3", json.dumps({"theme": 5, "unknown": 1, "recent_cases": "no"})):
        file.write_text(text)
        assert settings.read(file) == Settings()
    assert settings.read(tmp_path / "missing.json") == Settings()


def test_the_newest_case_stands_first_once_and_the_list_stays_short():
    chosen = Settings()
    for n in (*range(12), 3):
        chosen = chosen.with_recent(Path(f"/case{n}.tasrif"))
    assert chosen.recent_cases[0] == "/case3.tasrif"
    assert len(set(chosen.recent_cases)) == len(chosen.recent_cases) == settings.RECENT_MAX


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    file = tmp_path / "taken"
    file.write_text("")
    assert not settings.write(Settings(), file / "settings.json")
