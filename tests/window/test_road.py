"""The whole road in the real window: a folder of a CT becomes a package that verifies."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planning.phantoms.phantom import build_phantom
from planning.phantoms.write import write_phantom
from tests.window.screen import ROOT, Person, sitting_at, until
from tests.window.test_journey import ask, close, view, wait_for_views

pytestmark = [pytest.mark.window, pytest.mark.slow, pytest.mark.timeout(900)]

PASSPHRASE = "nine words or more"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shoulder phantom as a scanner would send it; its issuer keeps it a simulation."""
    out = tmp_path_factory.mktemp("road") / "phantom"
    write_phantom(build_phantom("shoulder", detail="half"), out)
    return out / "dicom"


def write(person: Person, name: str, words: str) -> None:
    person.click(name)
    person.press("ctrl+a")
    person.tool("type", "--delay", "20", words)


def open_folder(person: Person, home: Path) -> Path:
    for name in ("series_0", "side_L", "use_series"):
        person.place(name)
        person.steady()  # what was just chosen may push the next one to another place
        person.click(name)
    wait_for_views(person)
    (case,) = until(lambda: list(home.rglob("*.tasrif")), what="the case file")
    return case


def keep_bone(person: Person) -> None:
    if "new_segment" in person.places():
        person.click("new_segment")
    person.click("tool_threshold")
    person.place("preview_line")
    write(person, "lower_hu", "250")
    person.press("Tab")
    person.click("tool_apply")
    until(lambda: "preview_line" not in person.places(), what="the tool to close")


def place_a_path(person: Person) -> None:
    """Click entry and target beside the crosshair, then drag the target further."""
    person.click("plan_add_trajectory")
    person.steady()
    before = view(person, "axial")
    person.click("view.axial", 0.72, 0.40)
    until(lambda: bool((view(person, "axial") != before).any()), what="the entry to be drawn")
    person.click("view.axial", 0.66, 0.46)
    person.place("plan_item_0")
    person.place("plan_number_trajectory_length_value")


def give_reasons(person: Person) -> None:
    """Give a reason for every finding that keeps the seal closed."""
    person.place("check_passed", seconds=120)
    while "check_blocks" in person.places():
        (first, *_) = (name for name in sorted(person.places()) if name.startswith("check_reason_"))
        person.click(first)
        person.place("reason_text")
        person.click("reason_text")
        person.tool("type", "--delay", "20", "Trial of the road on a phantom")
        if "reason_name" in person.places():
            write(person, "reason_name", "Amal Idrissi")
        person.click("reason_apply")
        until(lambda: "reason_text" not in person.places(), what="the reason to be recorded")
        person.steady()


def seal(person: Person, words: str) -> None:
    person.click("seal_plan")
    person.place("seal_confirm")
    person.click("seal_make_key")
    write(person, "seal_new_passphrase", PASSPHRASE)
    write(person, "seal_new_again", PASSPHRASE)
    person.click("seal_keep_key")
    person.place("seal_passphrase")
    write(person, "seal_confirm", words)
    write(person, "seal_name", "Amal Idrissi")
    write(person, "seal_role", "surgeon")
    write(person, "seal_passphrase", PASSPHRASE)
    person.press("Return")  # Enter never seals
    assert "seal_apply" in person.places()
    person.click("seal_apply")
    until(lambda: "seal_apply" not in person.places(), seconds=120, what="the seal")


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_a_folder_becomes_a_verified_package(screen, tmp_path, shots, folder):
    home = tmp_path / "home"
    with sitting_at(screen, tmp_path, [str(folder)]) as person:
        case = open_folder(person, home)
        keep_bone(person)
        person.click("step_plan")
        place_a_path(person)
        person.steady()
        person.photograph(shots / "road-1-plan.png")
        person.click("step_check")
        give_reasons(person)
        person.photograph(shots / "road-2-check.png")
        code = ask("info", case)["code"]
        seal(person, f"{code} L")
        person.place("save_package", seconds=60)
        write(person, "send_passphrase", PASSPHRASE)
        person.photograph(shots / "road-3-sealed.png")
        person.click("save_package")
        person.place("passport_row_0", seconds=180)
        person.steady()
        person.photograph(shots / "road-4-passport.png")
        assert close(person) == 0
    (bag,) = (path.parent for path in home.rglob("bagit.txt"))
    said = verified(bag, "--allow-simulation")
    assert (said["verdict"], said["state"], said["kind"]) == ("pass", "sealed", "simulation")
    assert said["signer"] == ask("info", case)["seals"][0]["fingerprint"]
    assert verified(bag)["verdict"] == "fail"
    assert "Traceback" not in person.log.read_text()


def verified(bag: Path, *words: str) -> dict[str, object]:
    """What another process, the receiver's, says of the package."""
    command = [sys.executable, str(ROOT / "main.py"), "verify", str(bag), *words, "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return json.loads(answer.stdout)
