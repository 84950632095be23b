"""The exporter `package`: masks and surfaces read by SimpleITK and trimesh, and planted faults."""

import gzip
import math
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import trimesh

from planning.case.case import SegmentId
from planning.exchange.mask_nrrd import read_back_mask, write_mask
from planning.exchange.read_back import ALLOWED_MM, float32_allowed_mm, largest_mm
from planning.exchange.stl_file import read_back_stl, read_stl, write_stl
from planning.measures.surfaces import Surfaces
from planning.model.plan import Plan
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.exchange.making import FAR, exported, volume, whole_case

NOTES = {"tasrif_segment_id": "id", "tasrif_segment_name": "name"}


def surface_of(case, name):
    segment = case.segment(SegmentId(name))
    return Surfaces().of(case, segment).surface.mesh


def differs(call, *arguments):
    with pytest.raises(Refusal) as no:
        call(*arguments)
    assert no.value.code == "export-read-back-differs"
    return True


def test_each_voxel_of_a_mask_lies_where_it_lay(draft):
    """SimpleITK's own millimetres of every voxel against the grid's."""
    case = whole_case()
    for segment in case.segments:
        image = sitk.ReadImage(str(draft / "data/package" / f"{segment.id}.nrrd"))
        voxels = sitk.GetArrayFromImage(image)
        assert image.GetPixelID() == sitk.sitkUInt8
        assert image.GetMetaData("tasrif_segment_id") == segment.id
        assert image.GetMetaData("tasrif_state") == "draft"
        found = [
            image.TransformIndexToPhysicalPoint(p) for p in np.argwhere(voxels)[:, ::-1].tolist()
        ]
        meant = case.volume.grid.lps_mm(np.argwhere(segment.mask.to_bool())[:, ::-1])
        assert len(found) == segment.mask.voxels
        if found:
            assert np.abs(np.array(found) - meant).max() < 1e-9
            assert voxels.any(axis=(1, 2)).all()  # nothing but the box of its voxels
            assert voxels.any(axis=(0, 1)).all()


@pytest.mark.parametrize("seed", range(6))
def test_any_mask_comes_back(tmp_path, seed):
    rng = np.random.default_rng(seed)
    voxels = np.zeros(volume().grid.shape_kji, bool)
    low = [rng.integers(0, n) for n in voxels.shape]
    high = [rng.integers(a, n) + 1 for a, n in zip(low, voxels.shape, strict=True)]
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    voxels[box] = rng.random(voxels[box].shape) < rng.choice([0.02, 0.5, 1.0])
    mask = BitMask.from_bool(voxels)
    write_mask(tmp_path / "m.nrrd", volume().grid, mask, NOTES)
    assert read_back_mask(tmp_path / "m.nrrd", volume().grid, mask) < 1e-9


@pytest.fixture
def nrrd(tmp_path):
    """A mask on disk, its grid, and a way to change its header or its voxels."""
    grid, mask = volume().grid, whole_case().segments[1].mask
    path = tmp_path / "m.nrrd"
    write_mask(path, grid, mask, NOTES)
    head, _, body = path.read_bytes().partition(b"\n\n")

    def change(old=b"", new=b"", voxels=None):
        data = body
        if voxels is not None:
            data = gzip.compress(voxels(bytearray(gzip.decompress(body))))
        path.write_bytes(head.replace(old, new) + b"\n\n" + data)
        return path, grid, mask

    return change


@pytest.mark.parametrize(("shift_mm", "is_seen"), [(0.0009, False), (0.0011, True), (0.6, True)])
def test_a_mask_that_moved_is_seen_from_a_thousandth_of_a_millimetre(nrrd, shift_mm, is_seen):
    path, grid, mask = nrrd()
    head = path.read_bytes().split(b"\n\n")[0]
    line = next(one for one in head.split(b"\n") if one.startswith(b"space origin"))
    x, rest = line.decode().removeprefix("space origin: (").split(",", 1)
    moved = f"space origin: ({float(x) + shift_mm!r},{rest}".encode()
    nrrd(line, moved)
    if is_seen:
        assert differs(read_back_mask, path, grid, mask)
    else:
        assert read_back_mask(path, grid, mask) == pytest.approx(shift_mm, abs=1e-6)


@pytest.mark.hazard("HAZ-2")
def test_a_mask_in_another_frame_or_with_another_voxel_is_seen(nrrd):
    assert differs(read_back_mask, *nrrd(b"left-posterior-superior", b"right-anterior-superior"))
    assert differs(read_back_mask, *nrrd(b"sizes: 6 4 3", b"sizes: 4 6 3"))
    assert differs(read_back_mask, *nrrd(b"gzip", b"raw"))

    def flipped(voxels):
        voxels[7] ^= 1
        return bytes(voxels)

    assert differs(read_back_mask, *nrrd(voxels=flipped))
    assert differs(read_back_mask, *nrrd(voxels=lambda voxels: bytes(voxels[:-1])))


def test_a_mask_whose_own_box_hides_voxels_elsewhere_is_seen(nrrd):
    path, grid, mask = nrrd()
    more = mask.to_bool()
    more[0, 0, 0] = True
    assert differs(read_back_mask, path, grid, BitMask.from_bool(more))


def test_surfaces_are_those_that_are_measured(draft):
    """trimesh: watertight, outward, the volume of the accepted surface, where that lies."""
    case = whole_case()
    for name in ("id-bone", "id-canal"):
        mesh = trimesh.load(draft / "data/package" / f"{name}.stl")
        meant = surface_of(case, name)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume / 1000 == pytest.approx(meant.volume_ml, rel=1e-4)
        assert mesh.bounds == pytest.approx(
            np.array([meant.points_lps_mm.min(0), meant.points_lps_mm.max(0)]), abs=1e-3
        )
    block = trimesh.load(draft / "data/package/id-bone.stl")
    area_mm2 = 2 * (14 * 12 + 12 * 16 + 16 * 14)
    assert block.volume == pytest.approx(14 * 12 * 16, abs=0.03 * area_mm2)  # 0.03 mm in the mean
    assert block.centroid == pytest.approx(FAR, abs=0.05)


def test_only_surfaces_that_an_item_rests_on_are_in_the_package(draft):
    names = sorted(path.name for path in (draft / "data/package").iterdir())
    assert names == [
        "id-bone.nrrd", "id-bone.stl", "id-canal.nrrd", "id-canal.stl", "id-none.nrrd",
        "versions.json",
    ]  # fmt: skip


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_header_lines_say_draft_and_practice(draft, sealed_package, practice):
    assert read_stl(draft / "data/package/id-bone.stl")[0] == "Tasrif DRAFT LPS mm"
    assert read_stl(sealed_package / "data/package/id-bone.stl")[0] == "Tasrif LPS mm"
    assert read_stl(practice / "data/package/id-bone.stl")[0] == "Tasrif SIM LPS mm"
    assert read_stl(practice / "data/print/SIM-wire-path.stl")[0] == "Tasrif SIM LPS mm"


@pytest.mark.parametrize(("shift_mm", "is_seen"), [(0.0007, False), (0.0012, True), (25.4, True)])
def test_a_corner_that_moved_is_seen_from_a_thousandth_of_a_millimetre(tmp_path, shift_mm, is_seen):
    mesh = surface_of(whole_case(), "id-canal")
    path = tmp_path / "m.stl"
    write_stl(path, mesh, ())
    body = bytearray(path.read_bytes())
    at = 84 + 50 * 17 + 12 + 12  # the second corner of a triangle in the middle
    x = np.frombuffer(body, "<f4", 1, at)[0]
    body[at : at + 4] = np.float32(x + shift_mm).tobytes()
    path.write_bytes(body)
    if is_seen:
        assert differs(read_back_stl, path, mesh, ())
    else:
        assert read_back_stl(path, mesh, ())[0] == pytest.approx(shift_mm, abs=2e-4)


def test_a_triangle_less_turned_or_unmarked_is_seen(tmp_path):
    mesh = surface_of(whole_case(), "id-canal")
    path = tmp_path / "m.stl"
    write_stl(path, mesh, ("DRAFT",))
    body = path.read_bytes()
    assert read_back_stl(path, mesh, ("DRAFT",))[0] < 1e-4
    assert differs(read_back_stl, path, mesh, ())
    for wrong in (body[:-50], body[:-1], body + b"\0", body[:60], b""):
        path.write_bytes(wrong)
        assert differs(read_back_stl, path, mesh, ("DRAFT",))
    turned = body[:84] + body[84:96] + body[108:120] + body[96:108] + body[120:]
    path.write_bytes(turned)
    assert differs(read_back_stl, path, mesh, ("DRAFT",))
    count = (len(mesh.triangles) - 1).to_bytes(4, "little")
    path.write_bytes(body[:80] + count + body[84:-50])
    assert differs(read_back_stl, path, mesh, ("DRAFT",))


def test_what_is_allowed_is_the_float_step_only_where_that_is_larger():
    assert float32_allowed_mm([[820.0, 1.0, 0.0]]) == ALLOWED_MM
    assert float32_allowed_mm([[20000.0, 0.0, 0.0]]) == pytest.approx(2**-9)
    assert float32_allowed_mm(np.zeros((0, 3))) == ALLOWED_MM


def test_what_is_not_a_number_or_not_there_is_infinitely_far():
    assert largest_mm([[0.0, 0, 0]], [[math.nan, 0, 0]]) == math.inf
    assert largest_mm([[0.0, 0, 0]], [[0.0, 0]]) == math.inf
    assert largest_mm(np.zeros((0, 3)), np.zeros((0, 3))) == 0.0
    assert largest_mm([[0.0, 0, 0], [1, 2, 3]], [[0.0, 0, 0], [1, 5, 7]]) == 5.0


@pytest.mark.parametrize("one", ["../../etc", "CON", "x" * 300, "\u202eabc", "", ".a", "a/b", "A1"])
def test_an_id_that_is_no_plain_name_is_refused_and_writes_nothing(tmp_path, one):
    """Ids are made by the program; another one comes from a forged file."""
    bone = whole_case().segments[0]
    ids = [SegmentId(name) for name in ("a1", one)]
    case = replace(
        whole_case(),
        segments=tuple(replace(bone, id=name, name="evil") for name in ids),
        plan=Plan(),
    )
    with pytest.raises(Refusal) as no:
        exported(case, tmp_path / "a" / "out")
    assert no.value.code == "export-id-unusable"
    assert list(tmp_path.iterdir()) == []
