"""The exporter `print`: true sizes, closed bodies, names that stay inside."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from planning.case.case import Segment, SegmentId
from planning.exchange.print_models import rod
from planning.exchange.slugs import LENGTH_MAX, RESERVED, distinct, slug
from planning.geometry.cylinder import Cylinder
from planning.measures.surfaces import Surfaces
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.exchange.judges.solids import admesh_volume
from tests.planning.exchange.making import FAR, TURN, exported, whole_case
from tests.planning.measures.making import case_of, segment_of

HOSTILE = (
    "../../x", "..", ".", "/etc/passwd", "C:\\Windows\\x", "CON", "con", "nul", "LPT1", "a/b",
    "a\\b", "x" * 400, "عظم الكتف", "كلية", "肝臓", "Épaule gauche", "Epaule gauche", "\u202eevil",
    "\u200f\u200fbone", "bone", "Bone", "BONE", "bone ", "bone\u00a0", "bone.stl", "a\0b", "\0",
    "-rf", "$(rm -rf ~)", "`x`", "screw-path", "screw path", '*?<>|"', "\n", " ", "DRAFT-SIM", "😀",
)  # fmt: skip


def printed(folder):
    return sorted((folder / "data/print").glob("*.stl"))


@pytest.mark.hazard("HAZ-17")
def test_a_cube_of_100_mm_is_printed_100_mm_large(tmp_path):
    """Its faces lie half-way between voxels, so its sides are 100 mm by construction."""
    grid = Grid((54, 104, 204), np.array(FAR), (2.0, 1.0, 0.5), TURN, "1.2.3")
    hu = np.zeros(grid.shape_kji, np.int16)
    hu[2:52, 2:102, 2:202] = 1000
    volume = Volume(hu, grid)
    exported(case_of(volume, [segment_of(volume, "cube")]), tmp_path / "out", names=["print"])
    mesh = trimesh.load(tmp_path / "out/print/DRAFT-SIM-cube.stl")
    along = (mesh.vertices - np.array(FAR)) @ TURN
    assert np.ptp(along, axis=0) == pytest.approx([100.0, 100.0, 100.0], abs=0.01)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(100.0**3, rel=1e-3)  # edges and corners are bevelled


def test_printed_bodies_are_closed_and_as_large_as_what_is_measured(draft):
    case = whole_case()
    for name, segment in (("bone", case.segments[0]), ("canal", case.segments[1])):
        mesh = trimesh.load(draft / f"data/print/DRAFT-{name}.stl")
        meant = Surfaces().of(case, segment).surface.mesh
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume / 1000 == pytest.approx(meant.volume_ml, rel=1e-4)
    assert [path.name for path in printed(draft)] == [
        "DRAFT-bone.stl", "DRAFT-canal.stl", "DRAFT-wire-path.stl",
    ]  # fmt: skip


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_names_say_draft_and_practice(sealed_package, practice, tmp_path):
    assert {path.name for path in printed(sealed_package)} == {
        "bone.stl", "canal.stl", "wire-path.stl",
    }  # fmt: skip
    assert all(path.name.startswith("SIM-") for path in printed(practice))


@pytest.mark.parametrize("diameter_mm", [0.1, 2.5, 12.0, 50.0])
def test_a_rod_is_the_paths_own_cylinder(diameter_mm):
    """Ends and edge on the true cylinder; the volume of the regular prism it is."""
    start, end = np.array(FAR), np.array(FAR) + TURN @ np.array([3.0, -20.0, 31.0])
    cylinder = Cylinder(start, end, diameter_mm / 2)
    mesh = rod(cylinder)
    assert mesh.is_closed
    assert np.abs(cylinder.signed_mm(mesh.points_lps_mm[:-2])).max() < 1e-9
    sides = (len(mesh.points_lps_mm) - 2) // 2
    base = sides / 2 * (diameter_mm / 2) ** 2 * np.sin(2 * np.pi / sides)
    assert mesh.volume_ml * 1000 == pytest.approx(base * cylinder.length_mm, rel=1e-9)
    assert diameter_mm / 2 * (1 - np.cos(np.pi / sides)) <= 0.01
    assert np.ptp((mesh.points_lps_mm - start) @ cylinder.direction) == pytest.approx(
        cylinder.length_mm
    )


def test_a_path_in_the_package_is_the_plans_cylinder(sealed_package):
    item = whole_case().plan.of(Trajectory)[0]
    mesh = trimesh.load(sealed_package / "data/print/wire-path.stl")
    axis = Cylinder(np.array(item.entry_lps_mm), np.array(item.target_lps_mm), item.diameter_mm / 2)
    assert mesh.is_watertight
    assert np.abs(axis.signed_mm(mesh.vertices)).min() < 1e-3
    assert axis.signed_mm(mesh.vertices).max() < 1e-3
    assert mesh.volume == pytest.approx(
        np.pi * axis.radius_mm**2 * axis.length_mm, rel=0.007
    )  # 32 sides


def test_hostile_names_stay_inside_and_apart(tmp_path):
    """200 segments and some paths, many with the same or no letters: as many files, all plain."""
    case = whole_case()
    tiny = np.zeros(case.volume.grid.shape_kji, bool)
    tiny[3, 3, 3] = True
    mask = BitMask.from_bool(tiny)
    names = [HOSTILE[n % len(HOSTILE)] for n in range(200)]
    segments = [Segment(SegmentId(f"s{n}"), name, mask, "#ffffff") for n, name in enumerate(names)]
    paths = [
        Trajectory(ItemId(f"t{n}"), name, FAR, (FAR[0], FAR[1], FAR[2] + 9), 2.0)
        for n, name in enumerate(("screw", "../../y", "CON", "عظم"))
    ]
    case = replace(case, segments=tuple(segments), plan=Plan(tuple(paths)))
    place = tmp_path / "a" / "b" / "out"
    exported(case, place)
    files = printed(place)
    assert len(files) == 204
    assert len({path.name.lower() for path in files}) == 204
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-.DRAFTSIM")
    assert all(set(path.name) <= allowed and len(path.name) < 80 for path in files)
    assert {path.name for path in tmp_path.rglob("*") if path.is_dir()} == {
        "a", "b", "out", "data", "package", "print",
    }  # fmt: skip
    assert len(list((place / "data/package").glob("*.nrrd"))) == 200


@pytest.mark.parametrize("words", ["", *HOSTILE, *sorted(RESERVED)])
def test_a_slug_is_never_a_path_a_device_or_empty(words):
    found = slug(words, "segment")
    assert found.strip("-") == found
    assert found.replace("-", "").isalnum()
    assert found.isascii()
    assert found not in RESERVED
    assert len(found) <= LENGTH_MAX + len("segment-")


def test_slugs_keep_what_can_be_kept():
    assert slug("Épaule gauche (2)", "x") == "epaule-gauche-2"
    assert slug("CON", "segment") == "segment-con"
    assert slug("عظم", "segment") == "segment"
    assert distinct(["a", "A", "a-2", "a", "a"]) == ("a", "A-2", "a-2-2", "a-3", "a-4")


def test_admesh_finds_nothing_to_mend(sealed_package):
    for path in printed(sealed_package):
        is_whole, volume = admesh_volume(path)
        assert is_whole
        assert volume == pytest.approx(trimesh.load(path).volume, rel=1e-4)


def test_admesh_can_say_no(sealed_package, tmp_path):
    body = (sealed_package / "data/print/bone.stl").read_bytes()
    count = int.from_bytes(body[80:84], "little")
    hole = body[:80] + (count - 3).to_bytes(4, "little") + body[84:-150]
    turned = body[:96] + body[108:120] + body[96:108] + body[120:]
    for wrong in (hole, turned):
        (tmp_path / "wrong.stl").write_bytes(wrong)
        assert not admesh_volume(tmp_path / "wrong.stl")[0]
