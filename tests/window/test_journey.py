"""The real window, used by mouse and keyboard: from a folder to a segmented case on the disk."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.window.screen import ROOT, Person, sitting_at, until

pytestmark = [pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(600)]


def ask(*words: object) -> dict[str, object]:
    """What the command line says of the same case."""
    answer = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *map(str, words), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(answer.stdout)


def view(person: Person, name: str) -> np.ndarray:
    x, y, w, h = person.place(f"view.{name}")
    return person.pixels()[y : y + h, x : x + w].astype(int)


def changed(person: Person, name: str, before: np.ndarray) -> bool:
    return bool((view(person, name) != before).any())


def colours(picture: np.ndarray) -> int:
    return len(np.unique(picture.reshape(-1, 3), axis=0))


def wait_for_views(person: Person) -> None:
    person.place("view.axial")
    until(lambda: colours(view(person, "axial")) > 60, what="an axial picture")
    until(lambda: colours(view(person, "3d")) > 60, seconds=120, what="a 3D picture")


def close(person: Person) -> int:
    person.press("alt+F4")
    return person.process.wait(30)


def apply_range(person: Person) -> None:
    person.click("tool_threshold")
    person.place("preview_line")
    person.click("lower_hu")
    person.press("ctrl+a")
    person.tool("type", "250")
    person.press("Tab")
    person.click("tool_apply")
    until(lambda: "preview_line" not in person.places(), what="the tool to close")


@pytest.mark.data
def test_a_folder_becomes_a_segmented_case(screen, tmp_path, shots, shared_data):
    folder = shared_data / "ct_shoulder_thorax_lidc0314"
    with sitting_at(screen, tmp_path, [str(folder)]) as person:
        person.click("series_0")
        person.photograph(shots / "journey-1-series.png")
        person.click("side_L")
        person.click("use_series")
        wait_for_views(person)
        person.steady()
        person.photograph(shots / "journey-2-views.png")
        (case,) = until(lambda: list((tmp_path / "home").rglob("*.tasrif")), what="the case file")

        before = view(person, "coronal")
        x, y = person.point("view.axial", 0.3, 0.3)
        person.tool("mousemove", x, y, "click", "--repeat", 10, "--delay", 30, 4)
        until(lambda: changed(person, "coronal", before), what="the red line to move")

        if "new_segment" in person.places():
            person.click("new_segment")
        apply_range(person)
        wait_for_views(person)
        person.steady()
        person.photograph(shots / "journey-3-segmented.png")
        person.press("ctrl+z")
        person.press("ctrl+shift+z")
        person.steady()
        assert close(person) == 0
    said = ask("info", case)
    assert said["side"] == "L"
    assert said["outcome"] == "plan_grade"
    assert len(said["segments"]) == 1
    acts = [row["act"] for row in ask("history", case)["edits"]]
    assert acts[-2:] == ["undo", "redo"]
    assert "Traceback" not in person.log.read_text()


def test_the_built_in_shoulder_opens_as_a_simulation(screen, tmp_path, shots):
    with sitting_at(screen, tmp_path, []) as person:
        person.place("phantom_shoulder")
        person.steady()
        person.photograph(shots / "phantom-1-open.png")
        person.click("phantom_shoulder")
        person.place("simulation_band", seconds=180)
        wait_for_views(person)
        person.steady()
        person.photograph(shots / "phantom-2-shoulder.png")
        before = view(person, "3d")
        start = person.point("view.3d", 0.4, 0.5)
        person.drag(start, (start[0] + 80, start[1] + 10))
        until(lambda: changed(person, "3d", before), what="the bones to turn")
        assert close(person) == 0
    assert "Traceback" not in person.log.read_text()


@pytest.mark.hazard("HAZ-3")
@pytest.mark.hazard("HAZ-1")
@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.hazard("HAZ-40")
def test_r_stays_at_the_left_of_the_picture_in_every_language(
    screen, tmp_path, shots, language, small_case
):
    pictures = {}
    for spoken in ("en", language):
        home = tmp_path / spoken
        home.mkdir()
        with sitting_at(screen, home, [str(small_case)], language=spoken) as person:
            person.place("view.axial")
            until(lambda: colours(view(person, "axial")) > 20, what="an axial picture")
            person.steady()
            height = person.place("view.axial")[3]
            pictures[spoken] = view(person, "axial")[height // 2 - 12 : height // 2 + 12, 6:34]
            person.photograph(shots / f"language-{spoken}.png")
            assert close(person) == 0
    assert (pictures["en"] > 200).any(), "no letter at the left of the axial picture"
    assert np.array_equal(pictures["en"] > 200, pictures[language] > 200)


@pytest.fixture
def small_case(tmp_path) -> Path:
    """A case of the synthetic series, made by the command line."""
    from tests.segmentation.io.series import make_series, save

    folder = save(make_series(), tmp_path / "ct")
    ask("import", folder, "--out", tmp_path / "small.tasrif", "--side", "L")
    return tmp_path / "small.tasrif"
