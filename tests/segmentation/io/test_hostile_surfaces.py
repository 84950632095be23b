"""Surfaces that would lie elsewhere than their file shows them, and text PLY."""

import gzip
import io
import os
import zipfile

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.errors import Refusal
from segmentation.io.incoming_segments import open_segments
from segmentation.io.mesh_units import Reading
from segmentation.io.meshes import obj, ply
from segmentation.mesh import Mesh
from tests.segmentation import solids
from tests.segmentation.io.test_incoming_meshes import glb, read, refused, scene

TURNED = 2 * [0.5**0.5]
FLAT = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
SKEW = {
    "perspective": {"matrix": [1, 0, 0, 20, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]},
    "weighted": {"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2]},
    "two": {"matrix": FLAT, "translation": [1, 0, 0]},
    "long quaternion": {"rotation": [0.3, 0.3, 0.0, 1.0]},
    "no quaternion": {"rotation": [0.0, 0.0, 0.0, 0.0]},
}
MOVED = {
    "skin": {"skin": 0},
    "weights": {"weights": [0.0, 0.5]},
    "EXT_mesh_gpu_instancing": {"extensions": {"EXT_mesh_gpu_instancing": {}}},
}


def alone(**node):
    """Return a scene whose one node has these values."""
    return scene(nodes=[{"mesh": 0, **node}], scenes=[{"nodes": [0]}])


@pytest.mark.hazard("HAZ-1")
@pytest.mark.parametrize("name", SKEW)
def test_a_transform_that_is_not_one_affine_motion_is_refused(name):
    assert refused("glb", glb(*alone(**SKEW[name]))) == "mesh-file-malformed"
    half = alone(rotation=[0.0, 0.0, *TURNED])
    assert len(read("glb", glb(*half)).parts) == 1


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize("feature", MOVED)
def test_a_surface_that_is_bent_or_repeated_is_refused(feature):
    assert refused("glb", glb(*alone(**MOVED[feature]))) == "mesh-scene-moved"
    document, binary = alone()
    document["meshes"][0]["weights"] = [1.0]
    assert refused("glb", glb(document, binary)) == "mesh-scene-moved"
    document["meshes"][0]["weights"] = [0.0]
    assert len(read("glb", glb(document, binary)).parts) == 1


@pytest.mark.hazard("HAZ-1")
@pytest.mark.parametrize(("scale", "is_mirrored"), [((-1, 1, 1), True), ((-1, -1, 1), False)])
def test_a_mirroring_transform_is_known(scale, is_mirrored):
    (part,) = read("glb", glb(*alone(scale=list(scale)))).parts
    assert part.is_mirrored is is_mirrored


def test_strips_and_fans_are_triangles():
    """A strip of 4 corners is two triangles, a fan of 4 too; lines are none."""
    document, binary = alone()
    accessor = {"bufferView": 1, "componentType": 5123, "count": 4, "type": "SCALAR"}
    document["accessors"][1] = accessor
    index = np.frombuffer(binary[48:56], "<u2").tolist()
    a, b, c, d = (
        np.array((x, -z, y)) for x, y, z in np.frombuffer(binary[:48], "<f4").reshape(-1, 3)[index]
    )
    for mode, expected in ((5, [(a, b, c), (b, c, d)]), (6, [(a, b, c), (a, c, d)])):
        document["meshes"][0]["primitives"][0]["mode"] = mode
        (part,) = read("glb", glb(document, binary)).parts
        corners = part.mesh.points_lps_mm[part.mesh.triangles] - [10.0, 20.0, 30.0]
        assert np.allclose(corners, 1000.0 * np.array(expected), atol=1e-3)
    document["meshes"][0]["primitives"][0]["mode"] = 3
    assert not read("glb", glb(document, binary)).parts
    document["meshes"][0]["primitives"][0]["mode"] = 9
    assert refused("glb", glb(document, binary)) == "mesh-file-malformed"


def test_only_a_scene_as_we_write_it_vouches_for_itself():
    """Words in `extras` alone switched the question about the unit off (HAZ-17)."""
    for extras in ("lps_origin_mm", {"frame": "LPS", "unit": "mm", "lps_origin_mm": [0, 0, 0]}):
        document, binary = alone(extras=extras)
        document["asset"] = {"version": "2.0"}
        assert not read("glb", glb(document, binary)).is_sure


def test_a_count_is_held_before_anything_is_made_of_it():
    document, binary = alone()
    document["accessors"][1].update(componentType=5121, count=160_000_000)
    assert refused("glb", glb(document, binary)) == "mesh-too-large"


@pytest.mark.hazard("HAZ-2")
def test_the_word_ras_counts_in_small_letters_and_two_words_cancel():
    body = bytearray(trimesh.creation.icosphere(1).export(file_type="stl"))
    for header, space in (("space=ras", "RAS"), ("SPACE=LPS SPACE=RAS", ""), ("MYSPACE=RAS", "")):
        body[:80] = header.encode().ljust(80)
        assert read("stl", bytes(body)).space == space
    own = b"".join(ply.encode(solids.cube(), "x")).replace(
        b"element", b"comment SPACE=RAS\nelement", 1
    )
    found = read("ply", own)
    assert (found.space, found.is_sure) == ("RAS", False)


def test_our_own_obj_is_held_against_its_counts():
    """Cut after the first of two bodies it was closed, and taken for the whole."""
    cube = solids.cube()
    two = Mesh(
        np.vstack([cube.points_lps_mm, cube.points_lps_mm + 50.0]),
        np.vstack([cube.triangles, cube.triangles + len(cube.points_lps_mm)]),
    )
    body = b"".join(obj.encode(two, "two"))
    assert len(read("obj", body).parts[0].mesh.triangles) == 2 * len(cube.triangles)
    lines = body.splitlines(keepends=True)
    cut = b"".join(lines[: -1 - len(cube.triangles)])
    assert refused("obj", cut) == "mesh-file-malformed"


@pytest.mark.parametrize(
    "body", [b"v 1_0 0 0\n", b"v 0 0 0 2\n", b"v 0 0 0\nf 1 0_1 1\n", b"v 0x1 0 0"]
)
def test_numbers_that_only_python_reads_are_none(body):
    triangle = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
    assert refused("obj", triangle + body) == "mesh-file-malformed"


def test_an_archive_that_is_called_a_surface_is_named_one():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.stl", b"x")
    for body in (packed.getvalue(), gzip.compress(b"solid")):
        assert refused("stl", body) == "mesh-file-packed"


@pytest.mark.parametrize("name", ["a.stl", "a.dcm"])
def test_a_pipe_is_no_file_and_is_not_waited_for(name, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(Refusal) as caught:
        open_segments(tmp_path / name, Reading())
    assert caught.value.code in {"mesh-file-missing", "segments-format"}


@pytest.mark.hazard("HAZ-7")
def test_a_name_is_one_line_of_what_can_be_seen(tmp_path):
    document, binary = alone(name="\x1b[31m\u202eevil\n" + "x" * 3000)
    (tmp_path / "a.glb").write_bytes(glb(document, binary))
    (name,) = open_segments(tmp_path / "a.glb", Reading()).names
    assert name.isprintable()
    assert len(name) <= 80


def text_ply(mesh, ending="\n", faces=None, extra=()):
    """Return a text PLY as other programs write it."""
    faces = mesh.triangles.tolist() if faces is None else faces
    lines = ["ply", "format ascii 1.0", "comment made by hand"]
    lines += [f"element vertex {len(mesh.points_lps_mm)}"]
    lines += [*(f"property float {axis}" for axis in "xyz"), *extra[:1]]
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header"]
    points = mesh.points_lps_mm.tolist()
    lines += [" ".join([*map(repr, point), *extra[1:]]) for point in points]
    lines += [" ".join(map(str, [len(face), *face])) for face in faces]
    return (ending.join(lines) + ending).encode()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("extra", [(), ("property uchar red", "7")])
def test_a_text_ply_has_the_points_and_triangles_of_the_binary_one(ending, extra):
    cube = solids.cube()
    found = read("ply", text_ply(cube, ending, extra=extra))
    assert np.array_equal(found.parts[0].mesh.points_lps_mm, cube.points_lps_mm)
    assert np.array_equal(found.parts[0].mesh.triangles, cube.triangles)
    assert (found.space, found.is_sure) == ("", False)


def test_a_text_ply_of_trimesh_is_read():
    ball = trimesh.creation.icosphere(2, 9.0)
    found = read("ply", ball.export(file_type="ply", encoding="ascii"))
    assert found.parts[0].mesh.volume_ml == pytest.approx(ball.volume / 1000.0, rel=1e-6)


def test_faces_of_a_text_ply_are_fanned():
    square = Mesh(
        np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0.0)]), np.zeros((0, 3), np.int32)
    )
    found = read("ply", text_ply(square, faces=[[0, 1, 2, 3], [0, 2, 1]]))
    triangles = {tuple(each) for each in found.parts[0].mesh.triangles.tolist()}
    assert triangles == {(0, 1, 2), (0, 2, 3), (0, 2, 1)}


def test_a_big_endian_ply_is_read():
    cube = solids.cube()
    header, little = b"".join(ply.encode(cube, "x")).split(b"end_header\n")
    header = header.replace(b"little", b"big").replace(b"comment Tasrif LPS mm x\n", b"")
    points = cube.points_lps_mm.astype(">f8").tobytes()
    faces = np.zeros(len(cube.triangles), ply.FACE.newbyteorder(">"))
    faces["n"], faces["corners"] = 3, cube.triangles
    found = read("ply", header + b"end_header\n" + points + faces.tobytes())
    assert np.array_equal(found.parts[0].mesh.points_lps_mm, cube.points_lps_mm)
    assert np.array_equal(found.parts[0].mesh.triangles, cube.triangles)
    assert refused("ply", header + b"end_header\n" + little[:-1]) == "mesh-file-incomplete"


CUBE = text_ply(solids.cube())
LIES = {
    "nan": CUBE.replace(b"-340.25", b"nan", 1),
    "underscore": CUBE.replace(b"-340.25", b"-34_0", 1),
    "long": CUBE.replace(b"-340.25", b"-340." + b"0" * 60, 1),
    "wide": CUBE.replace(b"3 ", b"3 1 ", 1),
    "short": CUBE[: CUBE.rindex(b" ")],
    "cut": CUBE[: len(CUBE) - 40],
    "more": CUBE + b"3 0 1 2\n",
    "index": CUBE[: CUBE.rindex(b" ")] + b" 99\n",
    "negative": CUBE[: CUBE.rindex(b" ")] + b" -1\n",
    "many": CUBE.replace(b"element face ", b"element face 99999"),
    "points": CUBE.replace(b"element vertex ", b"element vertex 99999"),
    "half": CUBE.replace(b"\n3 ", b"\n3.0 ", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_text_ply_that_lies_is_refused(name):
    assert LIES[name] != CUBE
    known = {"mesh-file-malformed", "mesh-file-incomplete", "mesh-file-index"}
    assert refused("ply", LIES[name]) in known


@given(st.data())
@settings(max_examples=100)
def test_no_hurt_text_ply_does_more_than_be_refused(data):
    body = bytearray(CUBE)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    hurt = bytes(body[: len(body) - data.draw(st.integers(0, 40))])
    try:
        found = read("ply", hurt)
    except Refusal:
        return
    assert np.isfinite(found.parts[0].mesh.points_lps_mm).all()
