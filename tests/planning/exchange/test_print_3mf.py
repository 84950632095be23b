"""The exporter `print` as 3MF: each body's name, colour and place, by lib3mf and PrusaSlicer."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from planning.case.case import Kind, Segment, SegmentId
from planning.exchange.exporter import Handover
from planning.exchange.print_models import ROD_COLOUR, rod
from planning.exchange.three_mf_file import FRAME, build_of, read_back_build, written_build
from planning.measures.paths import cylinder_of
from planning.measures.surfaces import Surfaces
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.io.meshes.stl import encode
from segmentation.io.meshes.three_mf import Body, Build, packed
from segmentation.io.meshes.three_mf_reader import MODEL
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.volume import Volume
from tests.planning.exchange.judges.solids import (
    colour_of,
    is_sound,
    points_of,
    read_by_lib3mf,
    sliced,
    triangles_of,
)
from tests.planning.exchange.making import (
    CANARIES,
    FAR,
    TURN,
    exported,
    key,
    passport,
    sealed_case,
    whole_case,
)
from tests.planning.exchange.test_print import HOSTILE
from tests.planning.measures.making import case_of, segment_of

SPACE = "urn:tasrif:print|"


def meant_bodies(case):
    """Name, part number, colour and mesh of each body that a case has, in order."""
    solid = [one for one in case.segments if not one.mask.is_empty]
    found = [(one.name, one.id, one.colour, Surfaces().of(case, one).surface.mesh) for one in solid]
    for item in case.plan.of(Trajectory):
        found.append((item.name, item.id, ROD_COLOUR, rod(cylinder_of(item))))
    return found


def offset_of(notes):
    return np.array([float(one) for one in notes[f"{SPACE}lps_offset_mm"].split(" ")])


@pytest.mark.hazard("HAZ-2", "HAZ-17")
def test_lib3mf_finds_each_body_of_the_plan_where_it_lies(sealed_package):
    case = sealed_case()
    model, notes, found = read_by_lib3mf(sealed_package / "data/print/bodies.3mf")
    assert len(found) == 3
    for made, (name, number, colour, mesh) in zip(found, meant_bodies(case), strict=True):
        assert (made.GetName(), made.GetPartNumber()) == (name, number)
        assert colour_of(model, made) == colour.upper()
        assert made.IsManifoldAndOriented()
        assert np.array_equal(triangles_of(made), mesh.triangles)
        assert np.abs(points_of(made) + offset_of(notes) - mesh.points_lps_mm).max() <= 1e-4
    assert min(points_of(one).min() for one in found) == pytest.approx(0.0, abs=1e-6)


def test_it_says_which_plan_it_is_of(sealed_package, draft):
    _, notes, _ = read_by_lib3mf(sealed_package / "data/print/bodies.3mf")
    stated = passport(sealed_package)
    assert notes[f"{SPACE}plan_sha256"] == stated["plan_sha256"]
    assert notes[f"{SPACE}plan_version"] == "1"
    assert notes["|Title"] == "Tasrif CASE-7 v1"
    assert notes["|Designer"] == "Tasrif"
    (row,) = (one for one in stated["files"] if one["path"].endswith(".3mf"))
    assert (row["frame"], row["unit"]) == (FRAME, "mm")
    assert row["error_mm"] <= 1e-4
    assert "lib3mf" in row["written_by"]
    assert "lib3mf" not in row["read_by"]
    _, notes, _ = read_by_lib3mf(draft / "data/print/DRAFT-bodies.3mf")
    assert notes[f"{SPACE}plan_sha256"] == passport(draft)["plan_sha256"]


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_its_name_its_title_and_each_body_say_draft_and_practice(tmp_path):
    exported(whole_case(Kind.SIMULATION), tmp_path / "out", names=["print"])
    _, notes, found = read_by_lib3mf(tmp_path / "out/print/DRAFT-SIM-bodies.3mf")
    assert notes["|Title"].startswith("DRAFT SIM Tasrif ")
    assert [one.GetName() for one in found] == [
        "DRAFT SIM bone", "DRAFT SIM Canal", "DRAFT SIM wire",
    ]  # fmt: skip
    assert (notes[f"{SPACE}state"], notes[f"{SPACE}kind"]) == ("draft", "simulation")
    assert f"{SPACE}plan_sha256" not in notes


def test_the_same_plan_is_the_same_bytes(sealed_package, tmp_path):
    exported(sealed_case(), tmp_path / "out", names=["print"], with_key=key())
    alone, packaged = (tmp_path / "out/print", sealed_package / "data/print")
    assert (alone / "bodies.3mf").read_bytes() == (packaged / "bodies.3mf").read_bytes()


def test_nobodys_name_is_in_it(sealed_package):
    with zipfile.ZipFile(sealed_package / "data/print/bodies.3mf") as container:
        text = b"".join(container.read(one) for one in container.namelist()).decode()
    assert not any(canary in text for canary in CANARIES)
    assert str(sealed_package.parent) not in text


def test_hostile_names_are_words_only(tmp_path):
    case = whole_case()
    tiny = np.zeros(case.volume.grid.shape_kji, bool)
    tiny[3, 3, 3] = True
    mask = BitMask.from_bool(tiny)
    odd = (*HOSTILE, "]]>", '"><object/>', "&amp;", "\ufffe", "\ud800", "\x0b")
    segments = [Segment(SegmentId(f"s{n}"), name, mask, "#ffffff") for n, name in enumerate(odd)]
    exported(
        replace(case, segments=tuple(segments), plan=Plan(())), tmp_path / "o", names=["print"]
    )
    _, _, found = read_by_lib3mf(tmp_path / "o/print/DRAFT-bodies.3mf")
    assert [one.GetPartNumber() for one in found] == [f"s{n}" for n in range(len(odd))]
    assert all(one.GetName().isprintable() for one in found)
    assert found[odd.index("Épaule gauche")].GetName() == "DRAFT Épaule gauche"
    assert found[odd.index("\n")].GetName() == f"DRAFT s{odd.index(chr(10))}"


def test_a_plan_without_a_body_has_no_3mf(tmp_path):
    case = replace(whole_case(), segments=(), plan=Plan(()))
    exported(case, tmp_path / "out", names=["print"])
    assert not list((tmp_path / "out").rglob("*.3mf"))


@pytest.mark.hazard("HAZ-17")
def test_a_cube_of_100_mm_is_100_mm_large_in_each_file(tmp_path):
    """Straight for PrusaSlicer, turned for lib3mf; sides are 100 mm by construction."""
    for name, turn in (("straight", np.eye(3)), ("turned", TURN)):
        grid = Grid((24, 44, 54), np.array(FAR), (5.0, 2.5, 2.0), turn, "1.2.3")
        hu = np.zeros(grid.shape_kji, np.int16)
        hu[2:22, 2:42, 2:52] = 1000
        volume = Volume(hu, grid)
        case = case_of(volume, [segment_of(volume, "cube")])
        exported(case, tmp_path / name, names=["print"])
        _, _, (made,) = read_by_lib3mf(tmp_path / name / "print/DRAFT-SIM-bodies.3mf")
        assert np.ptp(points_of(made) @ turn, axis=0) == pytest.approx([100.0] * 3, abs=0.01)
    for file in ("bodies.3mf", "cube.stl"):
        (told,) = sliced(tmp_path / f"straight/print/DRAFT-SIM-{file}")
        sizes = [float(told[f"size_{axis}"]) for axis in "xyz"]
        assert sizes == pytest.approx([100.0] * 3, abs=0.01)
        assert is_sound(told)


def test_prusaslicer_finds_sound_bodies_of_the_measured_volume(sealed_package):
    meant = [mesh.volume_ml * 1000 for *_, mesh in meant_bodies(sealed_case())]
    told = sliced(sealed_package / "data/print/bodies.3mf")
    assert all(is_sound(one) for one in told)
    assert [float(one["volume"]) for one in told] == pytest.approx(meant, rel=1e-4)
    (alone,) = sliced(sealed_package / "data/print/bone.stl")
    assert is_sound(alone)
    assert float(alone["volume"]) == pytest.approx(meant[0], rel=1e-4)


@pytest.fixture(scope="module")
def bone():
    return Surfaces().of(whole_case(), whole_case().segments[0]).surface.mesh


def changed(body, change):
    """A 3MF whose model has been changed, as another program may leave it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, change(part) if entry.filename == MODEL else part)
    return made.getvalue()


def test_the_judges_can_say_no(bone, tmp_path):
    """Three triangles fewer, and every triangle turned: lib3mf and PrusaSlicer see it."""
    body = packed(Build((Body("bone", bone),), "t"))
    row = rb'<triangle v1="(\d+)" v2="(\d+)" v3="(\d+)" />'
    faults = {
        "hole": lambda text: re.sub(row, b"", text, count=3),
        "turned": lambda text: re.sub(row, rb'<triangle v1="\2" v2="\1" v3="\3" />', text),
    }
    for name, change in faults.items():
        (tmp_path / f"{name}.3mf").write_bytes(changed(body, change))
    _, _, (hole,) = read_by_lib3mf(tmp_path / "hole.3mf")
    assert not hole.IsManifoldAndOriented()
    (told,) = sliced(tmp_path / "hole.3mf")
    assert not is_sound(told)
    # Inside out is oriented all the same; the volume's sign tells, and so does our own gate.
    _, _, (turned,) = read_by_lib3mf(tmp_path / "turned.3mf")
    assert Mesh(points_of(turned), triangles_of(turned)).volume_ml < 0.0
    inside_out = Mesh(bone.points_lps_mm, bone.triangles[:, ::-1])
    (tmp_path / "turned.stl").write_bytes(b"".join(encode(inside_out, "turned")))
    (told,) = sliced(tmp_path / "turned.stl")
    assert not is_sound(told)


def test_an_open_or_turned_body_is_not_handed_over(bone, tmp_path):
    for wrong in (bone.triangles[:-3], bone.triangles[:, ::-1]):
        bodies = (Body("bone", Mesh(bone.points_lps_mm, wrong)),)
        with pytest.raises(Refusal, match="mesh-not-solid"):
            written_build(tmp_path / "no.3mf", Build(bodies, "t"))
        assert not (tmp_path / "no.3mf").exists()


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("fault", ["name", "number", "colour", "title", "note", "moved", "less"])
def test_what_does_not_come_back_as_meant_is_refused(bone, tmp_path, fault):
    """The file holds another build than the one that was meant: by a word, a corner, a body."""
    handover = Handover(whole_case(), b"{}", True)
    meant = build_of(handover, (Body("bone", bone, "1"), Body("rod", bone, "2")))
    shift = np.zeros_like(bone.points_lps_mm)
    shift[5] = [0.0, 0.003, 0.0]
    first = meant.bodies[0]
    others = {
        "name": replace(first, name="bane"),
        "number": replace(first, number="3"),
        "colour": replace(first, colour="#000000"),
        "moved": replace(first, mesh=Mesh(bone.points_lps_mm + shift, bone.triangles)),
    }
    bodies = (others.get(fault, first), *meant.bodies[1:])
    title = "other" if fault == "title" else meant.title
    notes = {**meant.notes, "state": "sealed"} if fault == "note" else meant.notes
    wrong = Build(bodies[: 1 if fault == "less" else 2], title, notes)
    path = tmp_path / "x.3mf"
    path.write_bytes(packed(meant))
    assert read_back_build(path, meant) <= 1e-4
    path.write_bytes(packed(wrong))
    with pytest.raises(Refusal, match="export-read-back-differs"):
        read_back_build(path, meant)
