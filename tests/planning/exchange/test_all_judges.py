"""Every judge over whole packages: phantoms, plan-grade CTs, a small case; and each can say no."""

import gzip
import hashlib
import json
import re
import shutil

import pytest

from tests.app.console.test_shared_cts import NO_BONE, PLAN_GRADE
from tests.planning.exchange import wholes
from tests.planning.exchange.judges.whole import JUDGES, Whole

IN_SUITE = ("shoulder", "ct_pelvis_visible_human_5slices/ct")
PHANTOMS = ("shoulder", "lumbar", "abdomen")
OF_DICOM = ("dciodvfy", "dsrdump", "dcmqi")
campaign = (pytest.mark.campaign, pytest.mark.timeout(3600))


def marks(name):
    wanted = [] if name in IN_SUITE else list(campaign)
    return [*wanted, pytest.mark.slow, *([] if name in PHANTOMS else [pytest.mark.data])]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=marks(name)) for name in (*PHANTOMS, *PLAN_GRADE)],
)
def whole(request, tmp_path_factory):
    """A sealed package of all exporters, of a phantom or of a CT with its bone."""
    name, folder = request.param, tmp_path_factory.mktemp("whole")
    if name in PHANTOMS:
        case = wholes.phantom_case(name)
    else:
        data = request.getfixturevalue("shared_data")
        case = wholes.ct_case(data / name, NO_BONE.get(name, 226))
    wholes.packaged(case, folder / "package")
    yield Whole(folder / "package", folder / "room")
    shutil.rmtree(folder)


@pytest.mark.parametrize("judge", JUDGES)
def test_no_judge_complains(whole, judge, request):
    assert {one["kind"] for one in whole.plan["items"]} == {
        "landmark", "distance", "angle", "trajectory", "cut_plane", "no_go_zone",
    }  # fmt: skip
    is_nifti = request.node.callspec.params["whole"].endswith(".nii.gz")
    assert (whole.folder / "data/dicom").exists() != is_nifti
    if judge in OF_DICOM and is_nifti:
        return
    assert JUDGES[judge](whole) == []


@pytest.fixture(scope="module")
def small(everything, tmp_path_factory):
    return Whole(everything, tmp_path_factory.mktemp("small"))


@pytest.mark.parametrize("judge", JUDGES)
def test_no_judge_complains_of_a_small_case(small, judge):
    assert JUDGES[judge](small) == []


def cut(body):
    return body[: len(body) * 2 // 3]


def put(old, new):
    """Change the first place that a pattern matches."""
    return lambda body: re.sub(old, new, body, count=1)


def hole(body):
    """A binary STL without its last three triangles."""
    count = int.from_bytes(body[80:84], "little")
    return body[:80] + (count - 3).to_bytes(4, "little") + body[84:-150]


def nearer(body):
    """A field that gives 3 mm more room than there is."""
    head, blank, data = body.partition(b"\n\n")
    codes = bytearray(gzip.decompress(data))
    for n in range(1, len(codes), 2):  # the higher byte of each sample: 256 steps, 1 mm
        codes[n] = (codes[n] + 3 - 256 if codes[n] > 127 else min(codes[n] + 3, 127)) % 256
    return head + blank + gzip.compress(bytes(codes))


FAULTS = {
    "openssl": ("tagmanifest-sha256.txt", put(rb"[0-8]", b"9")),
    "sha256sum": ("data/plan.json", put(rb"CASE-7", b"CASE-8")),
    "bagit": ("data/print/bone.stl", hole),
    "ajv": ("data/passport.json", put(rb'"state"', b'"stale"')),
    "pdftotext": ("data/plan.json", put(rb'"case_code":"CASE-7"', b'"case_code":"CASE-8"')),
    "pdffonts": ("data/report/report.pdf", cut),
    "zbarimg": ("data/passport.json", put(rb'"plan_sha256":".', b'"plan_sha256":"x')),
    "dciodvfy": ("data/dicom/surface-bone.dcm", cut),
    "dsrdump": ("data/plan.json", put(rb'"name":"wire"', b'"name":"pire"')),
    "dcmqi": ("data/dicom/segmentation.dcm", cut),
    "admesh": ("data/print/bone.stl", hole),
    "lib3mf": ("data/print/bodies.3mf", cut),
    "prusa-slicer": ("data/print/bone.stl", hole),
    "slicerio": ("data/nav/segmentation.seg.nrrd", put(rb"0_Name:=bone", b"0_Name:=bane")),
    "openigtlink": ("data/nav/plan.igtl", put(rb"wire", b"pire")),
    "gltf-validator": ("data/ar/scene.glb", put(rb'"componentType":5125', b'"componentType":5123')),
    "chromium": ("data/ar/scene.html", put(rb'"use strict";', b'"use strict"; ')),
    "python-fcl": ("data/robot/zones/z1.sdf.nrrd", nearer),
}  # fmt: skip


@pytest.mark.parametrize("judge", JUDGES)
def test_each_judge_can_say_no(small, judge, tmp_path):
    name, change = FAULTS[judge]
    copy = shutil.copytree(small.folder, tmp_path / "broken")
    body = (copy / name).read_bytes()
    (copy / name).write_bytes(change(body))
    assert hashlib.sha256((copy / name).read_bytes()).digest() != hashlib.sha256(body).digest()
    assert JUDGES[judge](Whole(copy, tmp_path / "room"))


def test_every_judge_of_the_list_sits_here(small):
    """Each destination is looked at by somebody else than ourselves."""
    assert set(JUDGES) == set(FAULTS)
    folders = {path.name for path in (small.folder / "data").iterdir() if path.is_dir()}
    assert folders == {*wholes.ALL, "pictures"}
    stated = json.loads((small.folder / "data/passport.json").read_text("utf-8"))
    assert {row["exporter"] for row in stated["files"]} == set(wholes.ALL)
