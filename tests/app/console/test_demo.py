"""The whole road on a phantom: case, package and pictures, held against verify and schemas."""

import json

import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from app import cli, run_here
from app.console.demo import SIGNER, handed_over
from planning.case import lock
from planning.case.file import create, open_case
from planning.exchange.verify import verify
from planning.phantoms.phantom import build_phantom
from planning.phantoms.practice import practice_case
from resources import FOLDER
from segmentation.progress import silent

pytestmark = [pytest.mark.gl, pytest.mark.slow]
NAMES = ("shoulder", "lumbar", "abdomen")


@pytest.fixture(scope="module", params=NAMES)
def demo(request, tmp_path_factory):
    """A demo of half detail, and what it answered."""
    folder = tmp_path_factory.mktemp(request.param)
    case = practice_case(build_phantom(request.param))
    return folder, handed_over(case, folder, silent)


def call(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_package_passes_as_a_simulation_and_only_as_one(demo):
    folder, answer = demo
    package, signer = folder / "package", answer.fields["fingerprint"]
    passed = verify(package, signer=signer, allow_simulation=True)
    assert [check.code for check in passed.checks if not check.ok] == []
    assert (passed.passed, passed.state, passed.kind) == (True, "sealed", "simulation")
    assert passed.signer_trusted
    refused = verify(package, signer=signer)
    assert [check.code for check in refused.checks if not check.ok] == ["verify-simulation"]


def test_the_case_is_sealed_and_nothing_blocks(demo):
    folder, answer = demo
    with open_case(folder / "case.tasrif") as file:
        case = file.case
        assert file.verify() == ()
        assert [entry.title for entry in file.entries()] == ["Create case", "Seal the plan"]
    assert case.is_sealed
    (seal,) = case.seals
    assert ((seal.by, seal.role), seal.fingerprint) == (SIGNER, answer.fields["fingerprint"])
    plan = json.loads((folder / "package" / "data" / "plan.json").read_text())
    assert seal.plan.encode() == (folder / "package" / "data" / "plan.json").read_bytes()
    assert {finding["severity"] for finding in plan["findings"]} <= {"warn", "info"}
    assert case.kind == "simulation"


def test_no_private_key_is_left_behind(demo):
    folder, _ = demo
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".png":
            assert b"PRIVATE KEY" not in path.read_bytes()


def test_each_picture_is_a_picture(demo):
    folder, answer = demo
    paths = sorted((folder / "pictures").iterdir())
    assert [str(path) for path in paths] == answer.fields["pictures"]
    assert [path.name for path in paths] == [
        f"{name}.png" for name in ("3d", "axial", "coronal", "sagittal", "views")
    ]
    for path in paths:
        with Image.open(path) as image:
            assert len(image.convert("RGB").getcolors(1 << 20)) > 100
    in_package = {path.name for path in (folder / "package" / "data" / "pictures").iterdir()}
    assert in_package == {path.name for path in paths} - {"views.png"}


def test_the_listed_plan_fits_the_schema_and_is_applied_again(demo, tmp_path, capsys):
    folder, _ = demo
    code, listed = call(capsys, "plan", folder / "case.tasrif", "--list")
    assert code == 0
    schema = json.loads((FOLDER / "schemas" / "plan-apply.schema.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(listed)] == []
    (tmp_path / "items.json").write_text(json.dumps(listed))
    draft = run_here.practice(folder / "case.tasrif", tmp_path / "own.tasrif")
    code, again = call(capsys, "plan", draft, "--apply", tmp_path / "items.json")
    assert (code, again["items"]) == (0, listed["items"])


def test_what_is_played_with_is_a_draft_and_stays(demo, tmp_path):
    folder, _ = demo
    own = tmp_path / "practice.tasrif"
    assert run_here.practice(folder / "case.tasrif", own) == own
    with open_case(own) as file, open_case(folder / "case.tasrif") as sealed:
        assert not file.case.is_sealed
        assert not file.case.seals
        assert file.case.plan == sealed.case.plan
        assert len(file.case.segments) == len(sealed.case.segments)
    before = own.stat().st_mtime_ns
    assert run_here.practice(folder / "case.tasrif", own) == own
    assert own.stat().st_mtime_ns == before


def test_a_demo_that_is_open_elsewhere_is_not_replaced(tmp_path, capsys, small_shoulder):
    folder = tmp_path / "demo"
    folder.mkdir()
    with create(folder / "case.tasrif", small_shoulder, person="Eve"):
        code, said = call(capsys, "demo", "--out", folder, "--force")
        assert (code, said["error"]["code"]) == (4, "case-locked")
        assert (folder / "case.tasrif").exists()
        assert lock.lock_path(folder / "case.tasrif").exists()


@pytest.fixture(scope="module")
def small_shoulder():
    return practice_case(build_phantom("shoulder", detail="quarter"))


@pytest.mark.campaign  # at full detail, as each `make setup` does it
def test_the_command_answers_with_its_three_places(tmp_path, capsys):
    folder = tmp_path / "demo"
    code, said = call(capsys, "demo", "--out", folder)
    assert code == 0
    assert said["case"] == str(folder / "case.tasrif")
    assert said["package"] == str(folder / "package")
    assert len(said["pictures"]) == 5
    code, verdict = call(capsys, "verify", folder / "package", "--allow-simulation",
                         "--signer", said["fingerprint"])  # fmt: skip
    assert (code, verdict["verdict"]) == (0, "pass")
    assert call(capsys, "verify", folder / "package")[0] == 1
