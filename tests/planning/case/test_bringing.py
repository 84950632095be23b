"""Segments of files into a case: bound by frame and place, refused or told otherwise."""

import json
from dataclasses import replace

import numpy as np
import pytest

from planning.case.bringing import Wish, bring
from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)
from planning.case.deidentify import mapped_source, mapped_volume, new_key
from planning.exchange.glb_file import Part, Shape, glb_bytes
from segmentation.errors import Cancelled, Refusal
from segmentation.grid import Grid
from segmentation.io.meshes import write_mesh
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from tests.segmentation.io import segs, structures
from tests.segmentation.test_voxelise import ball

SHAPE = (26, 40, 44)


def body(centre_shift_mm=(0.0, 0.0, 0.0), radius_mm=9.0):
    """Return the voxels of a ball in the test grid."""
    grid = segs.oblique(SHAPE)
    kji = np.indices(SHAPE).reshape(3, -1).T
    away = grid.lps_mm(kji[:, ::-1]) - grid.centre_lps_mm - np.array(centre_shift_mm)
    return (np.linalg.norm(away, axis=1) < radius_mm).reshape(SHAPE)


@pytest.fixture(scope="module")
def case():
    grid = segs.oblique(SHAPE)
    voxels = body()
    hu = np.where(voxels, 700, 40).astype(np.int16)
    source = Source("2.25.1001", "2.25.1000", "", "CT", "", Outcome.PLAN_GRADE)
    segment = Segment(SegmentId("s1"), "ball", BitMask.from_bool(voxels), "#E6D3A8")
    return Case(
        CaseId("c"), Kind.CLINICAL, Identity("C-1", "P-7"), Side.LEFT, source, Volume(hu, grid),
        (segment,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def surface(case):
    return iso_surface(case.volume, case.segments[0].mask, 370.0)


@pytest.fixture(scope="module")
def seg(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seg")
    sources = segs.series(folder / "ct", segs.oblique(SHAPE))
    masks = [body((4, 0, 0), 6.0), body((-2, 0, 0), 7.0)]
    segs.written(folder / "seg.dcm", sources, masks, labels=["Omoplate", "ورم"])
    return folder / "seg.dcm", masks


def refused(case, path, wish=Wish()):  # noqa: B008 - frozen
    with pytest.raises(Refusal) as caught:
        bring(case, path, wish)
    return caught.value.code


def codes(brought):
    return {finding.code for finding in brought.all_findings}


def dice(mask, voxels):
    both = mask.to_bool() & voxels
    return 2.0 * both.sum() / (mask.voxels + voxels.sum())


def on_frame(case, uid):
    grid = case.volume.grid
    other = Grid(grid.shape_kji, grid.origin_lps_mm, grid.spacing_kji_mm, grid.direction, uid)
    return replace(case, volume=Volume(case.volume.hu, other))


@pytest.mark.hazard("HAZ-15")
def test_overlapping_segments_come_in_voxel_by_voxel(case, seg):
    path, masks = seg
    brought = bring(case, path, Wish())
    assert [one.name for one in brought.arrivals] == ["Omoplate", "ورم"]
    for one, mask in zip(brought.arrivals, masks, strict=True):
        assert np.array_equal(one.mask.to_bool(), mask)
    assert not brought.all_findings
    (step,) = json.loads(brought.arrivals[0].recipe)
    assert step["tool"] == "bring-in"
    assert (step["set"]["format"], step["set"]["shift_mm"]) == ("dicom-seg", 0.0)
    assert "seg.dcm" not in brought.arrivals[0].recipe  # a file's name may be a patient's


def test_only_what_was_asked_for_comes_in(case, seg):
    path, masks = seg
    (one,) = bring(case, path, Wish(only=("ورم",), into="tumour")).arrivals
    assert one.name == "tumour"
    assert np.array_equal(one.mask.to_bool(), masks[1])
    assert refused(case, path, Wish(only=("liver",))) == "brought-label-unknown"
    assert refused(case, path, Wish(into="both")) == "brought-into-many"


def test_a_taken_name_gets_a_number(case, seg):
    path, _masks = seg
    renamed = replace(case, segments=(replace(case.segments[0], name="Omoplate"),))
    assert bring(renamed, path, Wish()).arrivals[0].name == "Omoplate 2"


def test_another_frame_of_reference_is_refused(case, seg):
    assert refused(on_frame(case, "1.2.999"), seg[0]) == "brought-frame"


def test_a_case_without_identity_knows_the_frame_it_had(case, seg):
    path, masks = seg
    key = new_key()
    anonymous = replace(
        case, identity=Identity("C-9"), source=mapped_source(case.source, key),
        volume=mapped_volume(case.volume, key),
    )  # fmt: skip
    brought = bring(anonymous, path, Wish())
    assert np.array_equal(brought.arrivals[0].mask.to_bool(), masks[0])
    assert not brought.all_findings
    assert "sha256" not in brought.arrivals[0].recipe
    assert refused(on_frame(anonymous, "1.2.999"), path) == "brought-frame"


def test_one_difference_of_patient_or_study_is_told_and_two_are_refused(case, seg):
    path, _masks = seg
    other_id = replace(case, identity=replace(case.identity, patient_id="P-8"))
    other_study = replace(case, source=replace(case.source, study_uid="2.25.5"))
    assert codes(bring(other_id, path, Wish())) == {"brought-other-id"}
    assert codes(bring(other_study, path, Wish())) == {"brought-other-study"}
    both = replace(other_id, source=other_study.source)
    assert refused(both, path) == "brought-patient"
    silent = replace(both, identity=replace(case.identity, patient_id=""))
    assert codes(bring(silent, path, Wish())) == {"brought-other-study"}


@pytest.mark.hazard("HAZ-15")
def test_contours_on_every_slice_bring_the_body_back(case, tmp_path):
    grid, voxels = case.volume.grid, body()
    contours = []
    for k in np.flatnonzero(voxels.any(axis=(1, 2))):
        # Each row of pixels as one outline along its outer edges: an exact staircase.
        for j in np.flatnonzero(voxels[k].any(axis=1)):
            i = np.flatnonzero(voxels[k, j])
            i0, i1 = i[0] - 0.5, i[-1] + 0.5
            row = [(i0, j - 0.5), (i1, j - 0.5), (i1, j + 0.5), (i0, j + 0.5)]
            points = grid.lps_mm(np.column_stack([np.array(row), np.full(4, float(k))]))
            contours.append(("CLOSED_PLANAR", points))
    contours.append(("POINT", grid.centre_lps_mm[None]))
    path = tmp_path / "rs.dcm"
    structures.rtstruct(path, segs.FRAME, [("Tête", (255, 0, 0), contours)])
    brought = bring(case, path, Wish())
    (one,) = brought.arrivals
    assert (one.name, one.colour) == ("Tête", "#FF0000")
    assert np.array_equal(one.mask.to_bool(), voxels)
    assert codes(brought) == {"contours-left-out"}
    structures.rtstruct(path, "1.2.9", [("Tête", (255, 0, 0), contours)])
    assert refused(case, path) == "brought-frame"


@pytest.fixture(scope="module")
def balls(tmp_path_factory):
    """A ball of 20 mm at a sub-voxel centre, as contours, as a surface and as voxels; its case."""
    folder = tmp_path_factory.mktemp("balls")
    grid = Grid((36, 56, 64), (-31.25, -220.5, 812.75), (1.25, 0.8, 0.7), segs.turned(12, 7, -5),
                segs.FRAME)  # fmt: skip
    centre, radius = grid.centre_lps_mm + np.array([0.31, -0.17, 0.23]), 20.0
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    away = np.linalg.norm(grid.lps_mm(kji[:, ::-1]) - centre, axis=1)
    voxels = (away < radius).reshape(grid.shape_kji)
    middle = grid.ijk(centre)
    contours = []
    for k in range(grid.shape_kji[0]):
        height = (k - middle[2]) * grid.spacing_kji_mm[0]
        if abs(height) < radius:
            angle = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
            ring = np.sqrt(radius**2 - height**2)
            ij = middle[:2] + ring * np.column_stack([np.cos(angle), np.sin(angle)]) / (0.7, 0.8)
            points = grid.lps_mm(np.column_stack([ij, np.full(720, float(k))]))
            contours.append(("CLOSED_PLANAR", points))
    structures.rtstruct(folder / "rs.dcm", segs.FRAME, [("ball", (1, 2, 3), contours)])
    write_mesh(ball(centre, radius, rows=60), folder / "ball.stl")
    segs.written(folder / "seg.dcm", segs.series(folder / "ct", grid), [voxels])
    source = Source("2.25.1001", "2.25.1000", "", "CT", "", Outcome.PLAN_GRADE)
    volume = Volume(np.zeros(grid.shape_kji, np.int16), grid)
    who = Identity("C-1", "P-7")
    return Case(CaseId("b"), Kind.CLINICAL, who, Side.LEFT, source, volume), centre, folder, voxels


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize("name", ["rs.dcm", "ball.stl", "seg.dcm"])
def test_a_ball_of_20_mm_lies_within_two_hundredths_of_its_centre(name, balls):
    case, centre, folder, voxels = balls
    (one,) = bring(case, folder / name, Wish()).arrivals
    grid = case.volume.grid
    kji = np.argwhere(one.mask.to_bool())
    assert np.linalg.norm(grid.lps_mm(kji.mean(axis=0)[::-1]) - centre) < 0.02
    assert one.mask.voxels * grid.voxel_ml == pytest.approx(4 / 3 * np.pi * 8.0, rel=0.003)
    assert dice(one.mask, voxels) > 0.999


@pytest.mark.hazard("HAZ-2", "HAZ-17")
@pytest.mark.parametrize("ending", ["stl", "ply", "obj", "glb"])
def test_our_own_surface_comes_back_as_the_segment_it_was(ending, case, surface, tmp_path):
    path = tmp_path / f"ball.{ending}"
    write_mesh(surface, path, "ball")
    brought = bring(case, path, Wish())
    (one,) = brought.arrivals
    voxels = body()
    assert dice(one.mask, voxels) == 1.0  # the surface at 370 HU parts 700 from 40 midway
    assert one.name == "ball 2"
    assert codes(brought) == {"mesh-frame-assumed"}


def test_a_scene_for_the_headset_comes_back_about_its_anchor(case, surface, tmp_path):
    anchor = tuple(np.round(case.volume.grid.centre_lps_mm).tolist())
    open_sheet = Mesh(surface.points_lps_mm, surface.triangles[:50])
    parts = [
        Part("bone", {}, Shape(surface), "#E6D3A8"),
        Part("cut", {}, Shape(open_sheet), "#E6D3A8"),
    ]
    extras = {"anchor_lps_mm": list(anchor), "frame": {"uid": segs.FRAME}}
    (tmp_path / "scene.glb").write_bytes(glb_bytes(parts, anchor, extras))
    brought = bring(case, tmp_path / "scene.glb", Wish())
    (one,) = brought.arrivals
    assert one.name == "bone"
    assert dice(one.mask, body()) == 1.0
    assert codes(brought) == {"brought-left-open"}
    assert refused(case, tmp_path / "scene.glb", Wish(only=("cut",))) == "mesh-open"
    assert refused(on_frame(case, "1.2"), tmp_path / "scene.glb") == "brought-frame"


def stl(path, surface, factor=1.0, header="", signs=(1, 1, 1)):
    """Write a surface with other units, signs and words in its header."""
    write_mesh(Mesh(surface.points_lps_mm * np.array(signs) * factor, surface.triangles), path)
    data = bytearray(path.read_bytes())
    data[:80] = header.encode().ljust(80)
    path.write_bytes(data)
    return path


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize(("unit", "factor"), [("cm", 0.1), ("m", 0.001)])
def test_another_unit_is_asked_about_and_the_answer_taken(unit, factor, case, surface, tmp_path):
    path = stl(tmp_path / "a.stl", surface, factor)
    with pytest.raises(Refusal) as caught:
        bring(case, path, Wish())
    assert caught.value.code == "mesh-size-asked" or unit == "cm"
    if caught.value.code == "mesh-size-asked":
        assert caught.value.values["fits"] == unit
    brought = bring(case, path, Wish(unit=unit))
    # 32-bit floats of metres at 0.8 m from the origin keep 6e-5 mm.
    assert dice(brought.arrivals[0].mask, body()) > 0.999
    assert "mesh-mm-assumed" not in codes(brought)


@pytest.mark.hazard("HAZ-17")
def test_a_thing_of_three_millimetres_or_of_metres_is_refused(case, surface, tmp_path):
    """The longest side of this scan is 32.5 mm: 1.6 mm and 55 mm are the limits."""
    grid = case.volume.grid
    centre = grid.lps_mm(np.array([22, 20, 13]))
    middle = grid.centre_lps_mm
    size = np.ptp(surface.points_lps_mm, axis=0).max()
    for wanted_mm, is_asked in ((1.5, True), (1.8, False), (54.0, False), (56.0, True)):
        points = (surface.points_lps_mm - middle) * (wanted_mm / size) + centre
        path = tmp_path / "a.stl"
        stl(path, Mesh(points, surface.triangles))
        if is_asked:
            assert refused(case, path) == "mesh-size-asked"
            assert bring(case, path, Wish(unit="mm")).arrivals
        else:
            assert bring(case, path, Wish()).arrivals


@pytest.mark.hazard("HAZ-2")
def test_a_file_in_ras_is_turned_when_it_says_so_and_refused_when_not(case, surface, tmp_path):
    said = stl(tmp_path / "a.stl", surface, header="SPACE=RAS", signs=(-1, -1, 1))
    brought = bring(case, said, Wish())
    assert dice(brought.arrivals[0].mask, body()) > 0.999
    assert codes(brought) == {"mesh-mm-assumed", "mesh-frame-assumed"}
    unsaid = stl(tmp_path / "b.stl", surface, signs=(-1, -1, 1))
    assert refused(case, unsaid) == "mesh-elsewhere-ras"
    plain = bring(case, stl(tmp_path / "c.stl", surface), Wish())
    assert codes(plain) == {"mesh-lps-assumed", "mesh-mm-assumed", "mesh-frame-assumed"}


def test_an_encapsulated_surface_is_bound_by_its_frame(case, surface, tmp_path):
    path = stl(tmp_path / "a.stl", surface, 0.001)
    body_bytes = path.read_bytes()
    structures.encapsulated_stl(tmp_path / "a.dcm", segs.FRAME, body_bytes, "m", "Omoplate")
    brought = bring(case, tmp_path / "a.dcm", Wish())
    assert brought.arrivals[0].name == "Omoplate"
    assert dice(brought.arrivals[0].mask, body()) > 0.999
    assert not brought.all_findings
    structures.encapsulated_stl(tmp_path / "a.dcm", "1.2.9", body_bytes, "m")
    assert refused(case, tmp_path / "a.dcm") == "brought-frame"


def test_what_is_no_segment_is_refused_with_one_code(case, surface, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    assert refused(case, tmp_path / "a.txt") == "segments-format"
    assert refused(case, tmp_path / "missing.stl") == "mesh-file-missing"
    assert refused(case, tmp_path / "missing.dcm") == "segments-format"
    away = Mesh(surface.points_lps_mm + np.array([500.0, 0, 0]), surface.triangles)
    stl(tmp_path / "away.stl", away)
    assert refused(case, tmp_path / "away.stl") == "mesh-elsewhere"
    tiny = surface.points_lps_mm[:3].mean(axis=0)
    stl(tmp_path / "t.stl", Mesh((surface.points_lps_mm - tiny) * 1e-3 + tiny, surface.triangles))
    assert refused(case, tmp_path / "t.stl", Wish(unit="mm")) == "brought-empty"
    assert refused(case, tmp_path / "t.stl", Wish(unit="inch")) == "brought-unit"


def test_it_can_be_stopped(case, seg):
    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        bring(case, seg[0], Wish(), stop)
