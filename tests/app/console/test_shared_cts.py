"""Every plan-grade CT beside the checkout, by command: import, segment, mesh, read elsewhere."""

import json

import pytest
import trimesh

from app import cli

pytestmark = [pytest.mark.data, pytest.mark.slow]
NO_BONE = {"dicomdir_pydicom/98892001/CT5N": 20}  # HU; a heart without any voxel over 226
PLAN_GRADE = [
    "ct_abdomen_contrast_crlm1006",
    "ct_abdomen_pelvis_3mm_nail/ct.nii.gz",
    "ct_pelvis_visible_human_5slices/ct",
    "ct_shoulder_thorax_lidc0314",
    "ct_shoulder_tumour_rtstruct_sts037/ct",
    "dicom_seg_dcmqi/ct",
    "dicomdir_pydicom/98892001/CT5N",
]


def answer(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)


def test_the_list_is_the_expected_one(shared_data):
    expected = json.loads((shared_data / "expected.json").read_text())["outcomes"]
    assert sorted(PLAN_GRADE) == sorted(k for k, v in expected.items() if v == "plan_grade")


@pytest.mark.parametrize("name", PLAN_GRADE)
def test_a_bone_goes_from_the_scan_to_another_librarys_mesh(name, shared_data, tmp_path, capsys):
    case, path = tmp_path / "case.tasrif", tmp_path / "bone.stl"
    made = answer(capsys, "import", shared_data / name, "--out", case, "--side", "none",
                  "--code", "C1")  # fmt: skip
    assert made["outcome"] == "plan_grade"
    lower_hu = NO_BONE.get(name, 226)
    threshold = ["--tool", "threshold", "--set", f"lower_hu={lower_hu}", "--into", "Bone"]
    whole = answer(capsys, "segment", case, *threshold)
    part = answer(capsys, "segment", case, "--tool", "islands", "--into", "Bone")
    assert 0 < part["voxels"] <= whole["voxels"]
    said = answer(capsys, "mesh", case, "--segment", "Bone", "--out", path)
    assert said["closed"]
    assert said["read_back_error_mm"] < 0.001
    mesh = trimesh.load(path)
    assert mesh.is_watertight
    assert mesh.volume / 1000 == pytest.approx(said["ml"], rel=1e-3)
    assert said["ml"] == pytest.approx(part["ml"], rel=0.25)
