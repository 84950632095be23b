"""The exporter `ar`: what a GLB says, through trimesh, plain JSON and Khronos' validator."""

import base64
import json
import math
import re
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from app.words import CatalogueWords
from planning.case.case import Case, Kind, Segment, SegmentId
from planning.exchange.ar import Ar, read_back_mm, require_embedded
from planning.exchange.ar_page import page_words, policy, script_of, style_of
from planning.exchange.ar_scene import scene_of
from planning.exchange.ar_shapes import ball
from planning.exchange.ar_thin import (
    SURFACE_TRIANGLES,
    TRIANGLES_MAX,
    deviation_between_mm,
    targets,
    thinned,
)
from planning.exchange.exporter import Handover
from planning.exchange.glb_file import Part, Shape, glb_bytes, lps_mm_from_metres, metres
from planning.exchange.verify.ar_page import translated
from planning.geometry.surface import surface_of
from planning.measures.surfaces import Accepted
from planning.model.plan import KINDS, Plan
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.progress import silent
from tests.planning.exchange.judges.scenes import answers_of_khronos
from tests.planning.exchange.making import CANARIES, FAR, exported, key, sealed_case, whole_case
from tests.planning.exchange.verify.scenes import planned_case

STEP_MM = 0.001


def handed(case, **more):
    return Handover(case, b"{}", True, **more)


def written(case, folder, **more):
    folder.mkdir(parents=True, exist_ok=True)
    return {one.path: one for one in Ar().write(handed(case, **more), folder)}


def document(path):
    body = path.read_bytes()
    (size,) = struct.unpack_from("<I", body, 12)
    return json.loads(body[20 : 20 + size])


def lps_mm(path, points_m):
    about = document(path)["asset"]["extras"]
    whole = np.c_[np.asarray(points_m, float), np.ones(len(points_m))]
    return (whole @ np.array(about["lps_mm_from_metres"]).T)[:, :3]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ar") / "out"
    written(whole_case(Kind.SIMULATION), folder)
    return folder


@pytest.fixture(scope="module")
def glb(out):
    return out / "DRAFT-SIM-scene.glb"


@pytest.fixture(scope="module")
def nodes(glb):
    found = document(glb)["nodes"]
    return {(one["extras"]["kind"], one["extras"].get("id", "")): one for one in found}


@pytest.fixture(scope="module")
def geometry(glb):
    """Each mesh by its name, as trimesh reads it."""
    return trimesh.load(glb, process=False).geometry


def sphere(radius_mm, subdivisions=4):
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius_mm)
    return Mesh(made.vertices + np.array(FAR), made.faces.astype(np.int32))


@pytest.mark.hazard("HAZ-27")
def test_each_item_of_the_plan_has_its_node_with_the_plans_own_numbers(nodes):
    plan = whole_case().plan
    assert {kind.kind for kind in KINDS} <= set(Ar.expresses)
    for item in plan.items:
        node = nodes[item.kind, item.id]
        assert node["name"] == f"DRAFT SIM {item.name}"
        for point in item.points:
            assert tuple(node["extras"][point]) == getattr(item, point)
    assert nodes["no_go_zone", "z1"]["extras"]["margin_mm"] == 1.0
    assert nodes["no_go_zone", "z1"]["extras"]["severity"] == "forbid"
    assert nodes["registration_target", "l1"]["extras"]["kind"] == "registration_target"
    assert ("segment", "id-none") not in nodes


@pytest.mark.hazard("HAZ-1", "HAZ-2")
def test_landmarks_come_back_within_a_float_step_by_another_reader(glb, nodes):
    for item in (one for one in whole_case().plan.items if one.kind == "landmark"):
        for kind in ("landmark", "registration_target"):
            place = nodes[kind, item.id]["translation"]
            found = lps_mm(glb, [np.float32(place)])[0]
            assert np.abs(found - item.point_lps_mm).max() <= STEP_MM


def test_metres_are_left_up_and_forward():
    left, front, up = np.array(FAR) + np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1]])
    found = metres([left, front, up], FAR)
    assert found == pytest.approx(np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]]) / 1000)
    back = np.array(lps_mm_from_metres(FAR))
    assert np.linalg.det(back[:3, :3]) == pytest.approx(1e9)
    assert back @ [*metres(left, FAR), 1] == pytest.approx([*left, 1])


@pytest.mark.hazard("HAZ-17")
def test_the_check_cube_is_100_mm_large(geometry, glb):
    cube = geometry["DRAFT SIM 100 mm check cube"]
    assert 1000 * np.ptp(cube.vertices, axis=0) == pytest.approx([100.0] * 3, abs=0.01)
    assert cube.volume == pytest.approx(1e-3, rel=1e-5)


def test_a_trajectory_is_a_cylinder_from_entry_to_target(geometry, glb):
    wire = whole_case().plan.named("wire")
    scene = trimesh.load(glb, process=False)
    (rod,) = (
        one
        for name, one in scene.geometry.items()
        if name.startswith("DRAFT SIM wire") and hasattr(one, "faces")
    )
    points = lps_mm(glb, rod.vertices)
    entry, target = np.array(wire.entry_lps_mm), np.array(wire.target_lps_mm)
    axis = (target - entry) / np.linalg.norm(target - entry)
    along = (points - entry) @ axis
    assert along.min() == pytest.approx(0.0, abs=STEP_MM)
    assert along.max() == pytest.approx(math.dist(entry, target), abs=STEP_MM)
    off = np.linalg.norm(points - entry - along[:, None] * axis, axis=1)
    assert off.max() == pytest.approx(wire.diameter_mm / 2, abs=STEP_MM)


def test_surfaces_lie_within_what_they_state(geometry, glb, nodes):
    """Points of the light surface against dense samples of the whole one, by a k-d tree."""
    case = whole_case()
    segment = case.segments[0]
    stated = nodes["segment", segment.id]["extras"]["deviation_mm"]
    whole = handed(case).surfaces.of(case, segment).surface.mesh
    triangles = trimesh.Trimesh(whole.points_lps_mm, whole.triangles, process=False)
    dense, _ = trimesh.sample.sample_surface(triangles, 60_000, seed=1)
    light = lps_mm(glb, geometry[f"DRAFT SIM {segment.name}"].vertices)
    far, _ = cKDTree(dense).query(light)
    assert far.max() <= stated + 0.25
    assert stated < 1.0


def test_deviation_of_nested_balls_is_the_difference_of_their_radii():
    assert deviation_between_mm(sphere(20.0), sphere(21.5)) == pytest.approx(1.5, abs=0.06)


def test_a_part_that_was_lost_shows_as_deviation():
    both, one = sphere(5.0, 2), sphere(5.0, 2)
    far = Mesh(
        np.concatenate([both.points_lps_mm, both.points_lps_mm + np.array([30.0, 0.0, 0.0])]),
        np.concatenate([both.triangles, both.triangles + len(both.points_lps_mm)]),
    )
    assert deviation_between_mm(far, one) > 20.0


def test_a_surface_that_cannot_be_thinned_is_refused():
    mesh = sphere(80.0, 5)
    segment = Segment(SegmentId("s"), "ball", BitMask.empty((1, 1, 1)), "#ffffff")
    accepted = Accepted(surface_of(mesh), 0.1, is_mask_only=False)
    assert thinned(segment, accepted, 2_000, silent).deviation_mm < 4.0
    with pytest.raises(Refusal) as no:
        thinned(segment, accepted, 60, silent)
    assert no.value.code == "ar-surface-far"
    assert no.value.values["segment"] == "ball"


@pytest.mark.hazard("HAZ-27")
def test_no_island_of_a_surface_is_thinned_away():
    """A ball of 20,480 triangles and 40 small ones far from it: each is there, in its place."""
    large, small = sphere(60.0, 5), sphere(1.5, 1)
    shifts = [np.array([100.0 + 12.0 * (n % 8), 12.0 * (n // 8), 0.0]) for n in range(40)]
    places = [large.points_lps_mm, *(small.points_lps_mm + shift for shift in shifts)]
    starts = np.cumsum([0, *(len(one) for one in places[:-1])])
    faces = [large.triangles, *[small.triangles] * 40]
    triangles = np.concatenate([one + n for one, n in zip(faces, starts, strict=True)])
    whole = Mesh(np.concatenate(places), triangles.astype(np.int32))
    segment = Segment(SegmentId("s"), "scattered", BitMask.empty((1, 1, 1)), "#ffffff")
    accepted = Accepted(surface_of(whole), 0.1, is_mask_only=False)
    found = thinned(segment, accepted, 3_000, silent)
    assert found.mesh.is_closed
    assert len(found.mesh.triangles) < 3_600
    assert found.deviation_mm < 1.5
    for shift in shifts:
        middle = np.array(FAR) + shift
        near = np.linalg.norm(found.mesh.points_lps_mm - middle, axis=1) < 2.0
        assert near.sum() >= 4


@pytest.mark.parametrize("n", [1, 7, 90, 400])
def test_targets_stay_within_the_budget(n):
    case = whole_case()
    solid = [replace(case.segments[0], id=SegmentId(f"s{i}")) for i in range(n)]
    found = targets(handed(case), solid, [900_000 // (1 + i % 5) for i in range(n)])
    assert sum(found) <= SURFACE_TRIANGLES < TRIANGLES_MAX
    assert min(found) > 0


def test_the_words_of_a_file_say_what_it_is_and_no_more(glb, out):
    about = document(glb)["asset"]["extras"]
    assert about["mode"] == "visualisation"
    assert (about["state"], about["kind"]) == ("draft", "simulation")
    uid = whole_case().volume.grid.frame_uid
    assert about["frame"] == {"uid": uid, "convention": "LPS", "unit": "mm"}
    for path in out.iterdir():
        body = path.read_bytes()
        assert not [one for one in CANARIES if one.encode() in body]


def test_solid_parts_come_before_glass(glb):
    found = document(glb)
    modes = [
        found["materials"][found["meshes"][one["mesh"]]["primitives"][0]["material"]]
        for one in found["nodes"]
        if "mesh" in one
    ]
    is_glass = ["alphaMode" in one for one in modes]
    assert is_glass == sorted(is_glass)
    assert True in is_glass
    assert False in is_glass


def test_the_page_holds_the_very_scene(glb, out):
    page = (out / "DRAFT-SIM-scene.html").read_bytes()
    (held,) = re.findall(rb'id="scene">([^<]*)<', page)
    assert base64.b64decode(held) == glb.read_bytes()
    with pytest.raises(Refusal):
        require_embedded(page, glb.read_bytes()[:-1], "page")


def test_the_same_plan_gives_the_same_bytes(out, tmp_path):
    written(whole_case(Kind.SIMULATION), tmp_path / "again")
    for path in out.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_each_language_has_every_word_of_the_page():
    for language in ("fr", "ar"):
        words = CatalogueWords(language)
        same = {text for text in page_words().values() if words.text(text) == text}
        assert same <= {"Surfaces", "Plan SHA-256", "Sagittal", "Coronal", "Axial", "Version"}
        for text in page_words().values():
            assert words.text(text) == translated(language, text)


def test_the_policy_allows_nothing_but_the_pages_own_script():
    said = policy(script_of(), style_of("en"))
    assert said.startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe" not in said
    assert "http" not in said
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", script_of() + style_of("ar"))
    risky = r"\b(eval|innerHTML|outerHTML|document\.write|insertAdjacent|fetch)\b"
    assert not re.search(risky, script_of())


@pytest.mark.parametrize(
    "harm",
    [
        lambda body: body[:-4] + b"\0\0\0\x3f",
        lambda body: body[:-4],
        lambda body: body.replace(b"DRAFT SIM wire", b"DRAFT SIM pire", 1),
        lambda body: body.replace(b'"margin_mm":1.0', b'"margin_mm":2.0', 1),
    ],
    ids=["number", "cut", "name", "margin"],
)
def test_what_comes_back_otherwise_is_refused(harm):
    scene = scene_of(handed(whole_case(Kind.SIMULATION)), silent)
    body = scene.glb()
    assert read_back_mm(scene, body, "x") <= STEP_MM
    broken = harm(body)
    assert broken != body
    with pytest.raises(Refusal) as no:
        read_back_mm(scene, broken, "x")
    assert no.value.code == "export-read-back-differs"


def empty_case() -> Case:
    case = whole_case()
    return replace(case, segments=case.segments[2:], plan=Plan(()))


def test_khronos_finds_nothing_to_say(out, tmp_path):
    written(empty_case(), tmp_path / "empty")
    written(planned_case(), tmp_path / "planned")
    exported(sealed_case(), tmp_path / "sealed", names=("ar",), with_key=key())
    folders = [out, *(tmp_path / one for one in ("empty", "planned", "sealed"))]
    files = [next(folder.rglob("*.glb")) for folder in folders]
    answers = answers_of_khronos(files)
    assert [one["messages"] for one in answers] == [[]] * 4
    assert all(0 < one["triangles"] <= TRIANGLES_MAX for one in answers)


def test_khronos_sees_what_is_wrong(glb, tmp_path):
    """The negative control: a wrong bound, a wrong type of index, a cut file, a normal of 0."""
    body = glb.read_bytes()
    harmed = {
        "bound": re.sub(rb'"max":\[-?\d', lambda one: one[0][:-1] + b"7", body, count=1),
        "index": body.replace(b'"componentType":5125', b'"componentType":5123', 1),
        "cut": body[:-4],
    }
    shape = Shape(ball(FAR).mesh)
    harmed["look"] = glb_bytes([Part("x", {"kind": "x"}, shape, "#ffffff", 1.5)], FAR, {})
    files = []
    for name, one in harmed.items():
        assert one != body
        files.append(tmp_path / f"{name}.glb")
        files[-1].write_bytes(one)
    answers = answers_of_khronos(files)
    assert all(one["messages"] for one in answers), answers
