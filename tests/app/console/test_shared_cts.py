"""Every plan-grade CT beside the checkout, by command: from the scan to a verified package."""

import hashlib
import itertools
import json
import math

import numpy as np
import pytest
import trimesh
from scipy import ndimage

from app import cli
from planning.case.file import open_case
from tests.planning.exchange.judges.solids import points_of, read_by_lib3mf

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


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setenv("TASRIF_PASSPHRASE", "correct horse battery staple")


def answer(capsys, *words):
    capsys.readouterr()
    code = cli.main([*map(str, words), "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out)


def test_the_list_is_the_expected_one(shared_data):
    expected = json.loads((shared_data / "expected.json").read_text())["outcomes"]
    assert sorted(PLAN_GRADE) == sorted(k for k, v in expected.items() if v == "plan_grade")


def bone_of(name, shared_data, case, capsys):
    """Import a CT and segment the largest part of its bone; return what `islands` answered."""
    made = answer(capsys, "import", shared_data / name, "--out", case, "--side", "none",
                  "--code", "C1")  # fmt: skip
    assert made["outcome"] == "plan_grade"
    lower_hu = NO_BONE.get(name, 226)
    threshold = ["--tool", "threshold", "--set", f"lower_hu={lower_hu}", "--into", "Bone"]
    whole = answer(capsys, "segment", case, *threshold)
    part = answer(capsys, "segment", case, "--tool", "islands", "--into", "Bone")
    assert 0 < part["voxels"] <= whole["voxels"]
    return part


def path_in(case):
    """A path of up to 20 mm about the deepest point of the bone, along where it goes on longest."""
    with open_case(case, read_only=True) as file:
        grid, mask = file.case.volume.grid, file.case.segments[0].mask.to_bool()
    padded = np.pad(mask, 1)  # the scan ends there, and so does the bone
    depth_mm = ndimage.distance_transform_edt(padded, sampling=grid.spacing_kji_mm)
    kji = np.array(np.unravel_index(depth_mm.argmax(), padded.shape)) - 1
    centre = grid.lps_mm(kji[::-1].astype(float))

    def reach_mm(direction):
        for step in range(1, 41):
            ijk = np.rint(grid.ijk(centre + 0.25 * step * direction)).astype(int)
            at = tuple(ijk[::-1])
            if min(at) < 0 or (np.array(at) >= mask.shape).any() or not mask[at]:
                return 0.25 * (step - 1)
        return 10.0

    ways = [np.array(way) / np.linalg.norm(way)
            for way in itertools.product((-1, 0, 1), repeat=3) if way > (0, 0, 0)]  # fmt: skip
    half_mm, best = max(
        ((min(reach_mm(way), reach_mm(-way)), n) for n, way in enumerate(ways)),
        key=lambda one: one[0],
    )
    ends = centre - half_mm * ways[best], centre + half_mm * ways[best]
    return tuple(end.tolist() for end in ends), float(depth_mm.max())


@pytest.mark.parametrize("name", PLAN_GRADE)
def test_a_bone_goes_from_the_scan_to_another_librarys_mesh(name, shared_data, tmp_path, capsys):
    case, path = tmp_path / "case.tasrif", tmp_path / "bone.stl"
    part = bone_of(name, shared_data, case, capsys)
    said = answer(capsys, "mesh", case, "--segment", "Bone", "--out", path)
    assert said["closed"]
    assert said["read_back_error_mm"] < 0.001
    mesh = trimesh.load(path)
    assert mesh.is_watertight
    assert mesh.volume / 1000 == pytest.approx(said["ml"], rel=1e-3)
    assert said["ml"] == pytest.approx(part["ml"], rel=0.25)
    package_road(shared_data / name, case, tmp_path, part, capsys)


def package_road(ct, case, folder, part, capsys):
    """Plan a path in the bone, seal it, hand it over, and receive it as another hospital would."""
    (entry, target), depth_mm = path_in(case)
    plan, key, package = folder / "plan.json", folder / "key", folder / "package"
    item = {"kind": "trajectory", "name": "Path", "segment": "Bone", "diameter_mm": 2.0,
            "entry_lps_mm": entry, "target_lps_mm": target}  # fmt: skip
    plan.write_text(json.dumps({"version": 1, "items": [item]}))
    assert len(answer(capsys, "plan", case, "--apply", plan)["applied"]) == 1
    assert depth_mm > 1.0
    override_all(case, capsys)
    fingerprint = answer(capsys, "keygen", "--out", key)["fingerprint"]
    answer(capsys, "seal", case, "--key", key, "--confirm", "C1 none", "--by", "T. Est, tester")
    exported = answer(capsys, "export", case, "--to", "package,print", "--out", package,
                      "--key", key)  # fmt: skip
    assert (exported["state"], exported["kind"]) == ("sealed", "clinical")
    verdict = answer(capsys, "verify", package, "--signer", fingerprint, "--ct", ct)
    assert (verdict["verdict"], verdict["signer_trusted"]) == ("pass", True)
    assert verdict["not_recomputed"] == 0
    read_elsewhere(package / "data", entry, target, part["ml"])


def override_all(case, capsys):
    """Give a reason for each finding that blocks: a scan of anything is planned on anyhow."""
    capsys.readouterr()
    code = cli.main(["check", str(case), "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    blocking = {one["code"] for one in findings if one["severity"] == "block"}
    assert code == (1 if blocking else 0)
    for one in blocking:
        answer(capsys, "check", case, "--override", one, "--reason", "a path of the test suite")


def read_elsewhere(data, entry, target, ml):
    """Another library reads what was handed over: hashes, the bone, the path in its place."""
    passport = json.loads((data / "passport.json").read_text())
    for row in passport["files"]:
        body = (data.parent / row["path"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
    plan = json.loads((data / "plan.json").read_text())
    (bone,) = plan["segments"]
    mesh = trimesh.load(data / "package" / f"{bone['id']}.stl")
    assert mesh.is_watertight
    assert mesh.volume / 1000 == pytest.approx(ml, rel=0.25)
    path = trimesh.load(next((data / "print").glob("*-path.stl")))
    assert path.is_watertight
    assert path.volume == pytest.approx(math.pi * math.dist(entry, target), rel=0.02)
    assert path.center_mass == pytest.approx((np.array(entry) + target) / 2, abs=0.001)
    _, notes, (solid, rod) = read_by_lib3mf(data / "print/bodies.3mf")
    assert solid.IsManifoldAndOriented()
    assert solid.GetTriangleCount() == len(mesh.faces)
    offset = np.array(notes["urn:tasrif:print|lps_offset_mm"].split(), float)
    assert points_of(solid).min(axis=0) + offset == pytest.approx(mesh.bounds[0], abs=0.001)
    assert points_of(rod).min(axis=0) + offset == pytest.approx(path.bounds[0], abs=0.001)
