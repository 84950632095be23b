"""Surfaces of other programs: what they say of frame and unit, and files that lie."""

import json
import struct
from io import BytesIO

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.errors import Refusal
from segmentation.io.encapsulated_stl import read_encapsulated_stl
from segmentation.io.meshes import write_mesh
from segmentation.io.meshes.incoming import decoded, read_incoming
from segmentation.io.meshes.source import Source
from tests.segmentation import solids
from tests.segmentation.io import structures

ENDINGS = ("stl", "ply", "obj", "glb")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Bytes of one file of each kind that is read, by us and by trimesh."""
    folder = tmp_path_factory.mktemp("meshes")
    ball = trimesh.creation.icosphere(subdivisions=1, radius=9.0)
    ball.apply_translation((20.0, -30.0, 800.0))
    bodies = {}
    for ending in ENDINGS:
        write_mesh(solids.cube(), folder / f"own.{ending}", "cube")
        bodies["own", ending] = (folder / f"own.{ending}").read_bytes()
        ball.export(folder / f"other.{ending}")
        bodies["other", ending] = (folder / f"other.{ending}").read_bytes()
    ball.export(folder / "text.stl", file_type="stl_ascii")
    bodies["text", "stl"] = (folder / "text.stl").read_bytes()
    return ball, bodies


def read(ending, body):
    return decoded(ending, Source(BytesIO(body), f"file.{ending}", len(body)), "file")


def refused(ending, body):
    with pytest.raises(Refusal) as caught:
        read(ending, body)
    return caught.value.code


@pytest.mark.parametrize(("who", "ending"), [("other", e) for e in ENDINGS] + [("text", "stl")])
def test_a_file_of_another_program_has_its_volume_and_its_place(who, ending, files):
    ball, bodies = files
    found = read(ending, bodies[who, ending])
    (part,) = found.parts
    expected = np.array(ball.centroid)
    factor = 1.0
    if ending == "glb":  # metres, Y up: the numbers were millimetres, so they count as metres
        expected, factor = np.array([1, -1, 1]) * expected[[0, 2, 1]] * 1000, 1e9
    assert part.mesh.is_closed
    assert part.mesh.volume_ml == pytest.approx(ball.volume / 1000 * factor, rel=1e-5)
    middle = part.mesh.points_lps_mm.mean(axis=0)
    assert np.abs(middle - expected).max() < 1e-4 * factor ** (1 / 3)
    assert not found.is_sure
    assert found.space == ("LPS" if ending == "glb" else "")


@pytest.mark.hazard("HAZ-2")
@pytest.mark.parametrize("ending", ENDINGS)
def test_our_own_file_vouches_for_frame_and_unit(ending, files):
    found = read(ending, files[1]["own", ending])
    assert (found.space, found.is_sure) == ("LPS", True)
    cube = solids.cube()
    error = np.abs(
        np.sort(found.parts[0].mesh.points_lps_mm, axis=0) - np.sort(cube.points_lps_mm, axis=0)
    ).max()
    assert error <= 1e-5


@pytest.mark.hazard("HAZ-2")
@pytest.mark.parametrize("space", ["LPS", "RAS"])
def test_the_word_of_a_header_about_its_frame_is_taken(space, files):
    _ball, bodies = files
    stl = bytearray(bodies["other", "stl"])
    stl[:80] = f"3D Slicer output. SPACE={space}".encode().ljust(80)
    assert read("stl", bytes(stl)).space == space
    ply = bodies["other", "ply"].replace(b"ply\n", b"ply\n", 1)
    ply = ply.replace(b"1.0\n", f"1.0\ncomment SPACE={space}\n".encode(), 1)
    assert read("ply", ply).space == space
    obj = f"# SPACE={space}\n".encode() + bodies["other", "obj"]
    assert read("obj", obj).space == space


def glb(document, binary):
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<5I", 0x46546C67, 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return head + text + struct.pack("<2I", len(binary), 0x004E4942) + binary


def scene(**changes):
    """Return a GLB document of one tetrahedron under two turned nodes, and its bytes."""
    points = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], "<f4")
    corners = np.array([(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)], "<u2")
    document = {
        "asset": {"version": "2.0", "extras": {"anchor_lps_mm": [10.0, 20.0, 30.0]}},
        "scene": 0,
        "scenes": [{"nodes": [1]}],
        "nodes": [
            {"name": "tip", "mesh": 0, "scale": [2, 2, 2]},
            {"children": [0], "translation": [0.5, 0, 0]},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 24},
        ],
        "buffers": [{"byteLength": 72}],
    }
    document.update(changes)
    return document, points.tobytes() + corners.tobytes()


def test_nodes_and_the_anchor_of_a_scene_are_honoured():
    (part,) = read("glb", glb(*scene())).parts
    assert part.name == "tip"
    low, high = part.mesh.points_lps_mm.min(axis=0), part.mesh.points_lps_mm.max(axis=0)
    # Metres (x, y up, z front) are left, superior, anterior: y of LPS is minus z.
    assert np.allclose(low, (510.0, 20.0 - 2000.0, 30.0), atol=1e-4)
    assert np.allclose(high, (2510.0, 20.0, 2030.0), atol=1e-4)
    assert part.mesh.volume_ml > 0.0


def _broken(key, **values):
    document, binary = scene()
    document[key][0].update(values)
    return document, binary


HOSTILE_SCENES = {
    "count": _broken("accessors", count=4_000_000_000),
    "negative": _broken("bufferViews", byteOffset=-8),
    "far": _broken("bufferViews", byteLength=1 << 40),
    "stride": _broken("bufferViews", byteStride=4),
    "sparse": _broken("accessors", sparse={}),
    "loop": scene(nodes=[{"mesh": 0, "children": [1]}, {"children": [0]}]),
    "shared": scene(scenes=[{"nodes": [1, 0]}]),
    "outside": scene(nodes=[{"mesh": 7}, {"children": [0]}]),
    "backwards": scene(nodes=[{"mesh": -1}, {"children": [0]}]),
    "uri": scene(buffers=[{"byteLength": 72, "uri": "file:///etc/passwd"}]),
    "anchor": scene(asset={"version": "2.0", "extras": {"anchor_lps_mm": [1e999, 0, 0]}}),
    "text": scene(nodes="nodes"),
    "scale": scene(nodes=[{"mesh": 0, "scale": [1, 2]}, {"children": [0]}]),
}


@pytest.mark.parametrize("name", HOSTILE_SCENES)
def test_a_scene_that_lies_is_refused(name):
    assert refused("glb", glb(*HOSTILE_SCENES[name])) == "mesh-file-malformed"


def test_a_scene_that_needs_an_extension_names_it():
    document, binary = scene(extensionsRequired=["KHR_draco_mesh_compression"])
    assert refused("glb", glb(document, binary)) == "mesh-extension"


TEXTS = {
    "cut": (b"solid a\nfacet normal 0 0 1\nouter loop\n", "mesh-file-malformed"),
    "two": (
        b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nendloop\n"
        b"endfacet\nendsolid\n",
        "mesh-file-malformed",
    ),
    "nan": (
        b"solid a\nfacet normal 0 0 1\nouter loop\nvertex nan 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
        b"endloop\nendfacet\nendsolid\n",
        "mesh-file-malformed",
    ),
    "endless": (
        b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 1e999 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
        b"endloop\nendfacet\nendsolid\n",
        "mesh-file-not-finite",
    ),
    "words": (b"solid a\nfacet\nouter\nimport os\n", "mesh-file-malformed"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_stl_that_is_not_whole_is_refused(name):
    body, code = TEXTS[name]
    assert refused("stl", body) == code


OBJS = {
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n": "mesh-file-index",
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 2 3\n": "mesh-file-malformed",
    b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf -4 2 3\n": "mesh-file-malformed",
    b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n": "mesh-file-not-finite",
    b"v 0 0 0\n": "mesh-file-malformed",
    b"f 1 2 3\n": "mesh-file-index",
    b"v 0 0\n": "mesh-file-malformed",
    b"call evil.obj\n": "mesh-file-malformed",
    b"": "mesh-file-malformed",
}


@pytest.mark.parametrize("body", OBJS)
def test_an_obj_that_lies_is_refused(body):
    code = refused("obj", body)
    assert code in {OBJS[body], "mesh-file-malformed"}


def test_faces_of_more_corners_and_backward_numbers_are_read():
    quads = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1/1/1 2//2 -2 -1\n"
    (part,) = read("obj", quads).parts
    assert part.mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]


@given(st.data())
@settings(max_examples=120)
def test_no_hurt_file_does_more_than_be_refused(files, data):
    keys = sorted(files[1])
    who, ending = data.draw(st.sampled_from(keys))
    body = bytearray(files[1][who, ending])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 40))
    hurt = bytes(body[: len(body) - cut]) + data.draw(st.binary(max_size=8))
    try:
        found = read(ending, hurt)
    except Refusal:
        return
    for part in found.parts:
        assert np.isfinite(part.mesh.points_lps_mm).all()


@given(st.sampled_from(ENDINGS), st.binary(max_size=400))
@settings(max_examples=80)
def test_noise_is_a_refusal_or_a_body_and_nothing_else(ending, body):
    start = {"stl": b"", "ply": b"ply\nformat binary_little_endian 1.0\n", "obj": b"v ",
             "glb": b"glTF\x02\0\0\0"}  # fmt: skip
    try:
        read(ending, start[ending] + body)
    except Refusal:
        return


def test_a_declared_count_is_held_against_the_length(tmp_path):
    path = tmp_path / "giant.stl"
    path.write_bytes(b"\0" * 80 + (4_000_000_000).to_bytes(4, "little") + bytes(50))
    with pytest.raises(Refusal) as caught:
        read_incoming(path)
    assert caught.value.code == "mesh-file-incomplete"


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("unit", ["mm", "cm", "m"])
def test_the_unit_and_the_frame_of_an_encapsulated_stl_are_read(unit, files, tmp_path):
    structures.encapsulated_stl(
        tmp_path / "a.dcm", "1.2.3", files[1]["other", "stl"], unit, "Omoplate droite"
    )
    found = read_encapsulated_stl(tmp_path / "a.dcm")
    incoming = found.incoming
    assert (incoming.unit, incoming.frame_uid, incoming.is_sure) == (unit, "1.2.3", True)
    assert incoming.parts[0].name == "Omoplate droite"


def test_an_encapsulated_stl_without_unit_or_frame_is_refused(files, tmp_path):
    body = files[1]["other", "stl"]
    cases = {
        "stl-object-unit": ("1.2.3", body, "[in_i]"),
        "stl-object-frame": ("", body, "mm"),
        "mesh-file-incomplete": ("1.2.3", body[:-60], "mm"),
    }
    for code, (frame_uid, some, unit) in cases.items():
        structures.encapsulated_stl(tmp_path / "a.dcm", frame_uid, some, unit)
        with pytest.raises(Refusal) as caught:
            read_encapsulated_stl(tmp_path / "a.dcm")
        assert caught.value.code == code
