"""Surfaces through files: round trips, other readers, hostile and truncated files."""

import contextlib
import json
import locale
import struct
import zipfile

import numpy as np
import pytest
import trimesh
import vtkmodules.util.numpy_support as vtk_numpy
from vtkmodules.vtkCommonCore import vtkObject
from vtkmodules.vtkIOGeometry import vtkGLTFReader, vtkOBJReader, vtkSTLReader
from vtkmodules.vtkIOPLY import vtkPLYReader

from segmentation.errors import Misuse, Refusal, Unavailable
from segmentation.io.meshes import FORMATS, read_mesh, verify_mesh, write_mesh
from segmentation.io.meshes.whole_file import write_whole
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from tests.segmentation import solids

ENDINGS = sorted(FORMATS)
OTHERS_READ = sorted(set(FORMATS) - {"3mf"})  # trimesh lacks lxml, VTK a reader: test_three_mf
FORMAT_STEP_MM = {"stl": 6.2e-5, "ply": 0.0, "obj": 5.1e-7, "glb": 3.9e-6, "3mf": 4.4e-6}
FORMAT_ERROR_MM = {ending: 3**0.5 * step for ending, step in FORMAT_STEP_MM.items()}
UP_METRES_FROM_LPS = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) / 1000.0


def refused(path):
    with pytest.raises(Refusal) as caught:
        read_mesh(path)
    return caught.value.code


@pytest.fixture(scope="module")
def ball():
    volume, _ = solids.ball(6.0)
    return iso_surface(volume, solids.over(volume, 500), 499.5)


@pytest.fixture(params=ENDINGS)
def cube_file(request, tmp_path):
    path = tmp_path / f"cube.{request.param}"
    write_mesh(solids.cube(), path, "cube")
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_surface_comes_back_with_its_triangles(ball, ending, tmp_path):
    path = tmp_path / f"ball.{ending}"
    write_mesh(ball, path, "ball")
    back = read_mesh(path)
    there = back.points_lps_mm[back.triangles]
    error = np.linalg.norm(there - ball.points_lps_mm[ball.triangles], axis=2).max()
    assert error <= 1e-5
    assert verify_mesh(ball, path) == error
    assert len(back.points_lps_mm) == len(ball.points_lps_mm)
    assert back.is_closed
    assert list(tmp_path.iterdir()) == [path]


def test_a_cube_of_100_mm_far_from_the_origin_keeps_its_corners(cube_file):
    """HAZ-17: 100.000 mm in each format, here by our reader."""
    back = read_mesh(cube_file)
    extent = np.ptp(back.points_lps_mm, axis=0)
    np.testing.assert_allclose(extent, 100.0, atol=0.001)
    assert verify_mesh(solids.cube(), cube_file) <= FORMAT_ERROR_MM[cube_file.suffix[1:]]


@pytest.mark.parametrize("cube_file", OTHERS_READ, indirect=True)
def test_trimesh_reads_the_cube_where_it_lies(cube_file):
    """HAZ-2 and HAZ-17: an independent reader; glTF is metres with Y up."""
    loaded = trimesh.load(cube_file, process=True, merge_norm=True, merge_tex=True)
    body = loaded.to_geometry() if isinstance(loaded, trimesh.Scene) else loaded
    expected = solids.cube().points_lps_mm
    scale = 1.0
    if cube_file.suffix == ".glb":
        expected, scale = expected @ UP_METRES_FROM_LPS.T, 1000.0
    np.testing.assert_allclose(np.ptp(body.vertices, axis=0) * scale, 100.0, atol=0.01)
    np.testing.assert_allclose(body.bounds, [expected.min(0), expected.max(0)], atol=1e-4 / scale)
    assert body.is_watertight
    assert body.volume * scale**3 == pytest.approx(1e6, rel=1e-4)


@pytest.mark.parametrize("cube_file", OTHERS_READ, indirect=True)
def test_vtk_reads_the_cube_where_it_lies(cube_file):
    """HAZ-2 and HAZ-17: a second independent reader."""
    kinds = {"stl": vtkSTLReader, "ply": vtkPLYReader, "obj": vtkOBJReader, "glb": vtkGLTFReader}
    reader = kinds[cube_file.suffix[1:]]()
    reader.SetFileName(str(cube_file))
    reader.Update()
    output = reader.GetOutput()
    while output.IsA("vtkMultiBlockDataSet"):
        output = output.GetBlock(0)
    points = vtk_numpy.vtk_to_numpy(output.GetPoints().GetData()).astype(float)
    expected, scale = solids.cube().points_lps_mm, 1.0
    if cube_file.suffix == ".glb":
        expected, scale = expected @ UP_METRES_FROM_LPS.T, 1000.0
    np.testing.assert_allclose(np.ptp(points, axis=0) * scale, 100.0, atol=0.01)
    np.testing.assert_allclose(points.min(axis=0), expected.min(axis=0), atol=1e-4)
    assert output.GetNumberOfCells() == 12


def test_sides_survive_the_trip_to_a_headset():
    """HAZ-1: left stays left, up is superior, the front is anterior."""
    lps = np.array([[100.0, 0, 0], [0, -100.0, 0], [0, 0, 100.0]])
    gltf = lps @ UP_METRES_FROM_LPS.T
    np.testing.assert_allclose(gltf, [[0.1, 0, 0], [0, 0, 0.1], [0, 0.1, 0]])
    assert np.linalg.det(UP_METRES_FROM_LPS) > 0


def test_headers_say_frame_and_unit(cube_file):
    head = cube_file.read_bytes()[:2000]
    if cube_file.suffix == ".glb":
        assert b'"frame": "LPS", "unit": "mm"' in head
    elif cube_file.suffix == ".3mf":
        with zipfile.ZipFile(cube_file) as container:
            xml = container.read("3D/3dmodel.model")
        assert b'unit="millimeter"' in xml
        assert b":lps_offset_mm" in xml
    else:
        assert b"LPS mm" in head[:80]


def test_a_name_cannot_add_lines_to_a_header(tmp_path):
    for ending in ENDINGS:
        path = tmp_path / f"odd.{ending}"
        write_mesh(solids.cube(), path, 'Fémur "droit"\nelement vertex 9\r\n# end\n')
        assert verify_mesh(solids.cube(), path) < 1e-3


def test_no_cut_file_is_accepted(cube_file):
    """HAZ-27: cut at 200 places (every place of a small file counts), none is read."""
    whole = cube_file.read_bytes()
    cuts = np.random.default_rng(27).integers(0, len(whole), 200)
    cut_file = cube_file.with_name(f"cut{cube_file.suffix}")
    for cut in [*cuts.tolist(), 0, len(whole) - 1]:
        cut_file.write_bytes(whole[:cut])
        assert refused(cut_file).startswith("mesh-")


def test_a_longer_file_is_not_accepted(cube_file):
    with cube_file.open("ab") as file:
        file.write(b"\0")
    assert refused(cube_file) in {"mesh-file-incomplete", "mesh-file-malformed"}


def test_flipped_bytes_never_crash_the_reader(cube_file):
    """Whatever a byte becomes: a mesh or a refusal, and no warning."""
    whole = bytearray(cube_file.read_bytes())
    rng = np.random.default_rng(4)
    for at in rng.integers(0, len(whole), 300).tolist():
        changed = whole.copy()
        changed[at] ^= int(rng.integers(1, 256))
        cube_file.write_bytes(changed)
        with contextlib.suppress(Refusal):
            assert len(read_mesh(cube_file).triangles) == 12


@pytest.mark.parametrize("count", [0xFFFFFFFF, 2_000_000_000, 60_000_000])
def test_an_stl_that_claims_too_much_is_refused(count, tmp_path):
    path = tmp_path / "claims.stl"
    path.write_bytes(b" " * 80 + struct.pack("<I", count) + bytes(50))
    assert refused(path) == "mesh-file-incomplete"


def test_more_triangles_than_the_limit_are_refused_before_reading(tmp_path):
    path = tmp_path / "sparse.stl"
    with path.open("wb") as file:
        file.write(b" " * 80 + struct.pack("<I", 60_000_000))
        file.truncate(84 + 50 * 60_000_000)
    assert refused(path) == "mesh-too-large"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"element vertex 8", b"element vertex 2000000000"),
        (b"element face 12", b"element face 99999999999999999999"),
        (b"element face 12", b"element face -12"),
        (b"element vertex 8", b"element vertex 8e9"),
        (b"property double x", b"property list uchar int x"),
        (b"property double y", b"property double x"),
        (b"uchar int vertex", b"double int vertex"),
        (b"binary_little_endian", b"binary_big_endian"),
        (b"element face", b"element edge"),
        (b"end_header\n", b"comment \n"),
    ],
)
def test_a_hostile_ply_header_is_refused_at_once(old, new, tmp_path):
    path = tmp_path / "hostile.ply"
    write_mesh(solids.cube(), path)
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new))
    assert refused(path) in {"mesh-file-malformed", "mesh-file-incomplete"}


def test_a_ply_with_more_numbers_a_point_is_read(tmp_path):
    path = tmp_path / "colour.ply"
    cube = solids.cube()
    body = trimesh.Trimesh(cube.points_lps_mm, cube.triangles, process=False)
    body.visual.vertex_colors = [9, 8, 7, 255]
    path.write_bytes(trimesh.exchange.ply.export_ply(body, vertex_normal=True))
    assert verify_mesh(cube, path) < 1e-3


def test_an_stl_of_trimesh_is_read(tmp_path):
    path = tmp_path / "theirs.stl"
    cube = solids.cube()
    trimesh.Trimesh(cube.points_lps_mm, cube.triangles, process=False).export(path)
    assert verify_mesh(cube, path) < 1e-3
    assert len(read_mesh(path).points_lps_mm) == 8


def test_text_files_are_named_as_such(tmp_path):
    body = trimesh.Trimesh(solids.CUBE_CORNERS, solids.CUBE_TRIANGLES)
    for ending, text in (
        ("stl", trimesh.exchange.stl.export_stl_ascii(body).encode()),
        ("ply", trimesh.exchange.ply.export_ply(body, encoding="ascii")),
    ):
        path = tmp_path / f"text.{ending}"
        path.write_bytes(text)
        assert refused(path) == "mesh-file-text"


def test_a_foreign_obj_without_counts_is_refused(tmp_path):
    path = tmp_path / "foreign.obj"
    for text in ("v 0 0 0\nf 1 1 1\n", "# made elsewhere\nv 0 0 0\n"):
        path.write_text(text)
        assert refused(path) == "mesh-counts-missing"


@pytest.mark.parametrize(
    "line", ["f 1.0 3 2", "f 1/1 3/1 2/1", "f 1 3 2 4", "f 1 3", "", "g x", "f 1 3 x"]
)
def test_an_obj_line_of_another_kind_is_refused(line, tmp_path):
    path = tmp_path / "odd.obj"
    write_mesh(solids.cube(), path)
    for old in ("f 1 3 2", "f 2 3 4"):
        changed = path.read_text().replace(old, line)
        (tmp_path / "other.obj").write_text(changed)
        assert refused(tmp_path / "other.obj") == "mesh-file-malformed"


def test_a_foreign_glb_without_a_frame_is_refused(tmp_path):
    path = tmp_path / "foreign.glb"
    trimesh.Trimesh(solids.CUBE_CORNERS, solids.CUBE_TRIANGLES).export(path)
    assert refused(path) == "mesh-frame-missing"


def changed_glb(path, change):
    whole = path.read_bytes()
    n = int.from_bytes(whole[12:16], "little")
    scene = json.loads(whole[20 : 20 + n])
    change(scene)
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<5I", 0x46546C67, 2, len(whole) - n + len(text), len(text), 0x4E4F534A)
    path.write_bytes(head + text + whole[20 + n :])


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["accessors"][0].update(count=2_000_000_000),
        lambda s: s["accessors"][0].update(count="8"),
        lambda s: s["accessors"][0].update(count=True),
        lambda s: s["accessors"][1].update(byteOffset=4),
        lambda s: s["bufferViews"][0].update(byteStride=16),
        lambda s: s["nodes"][0].update(matrix=[1.0] * 16),
        lambda s: s["nodes"][0].pop("matrix"),
        lambda s: s["nodes"][0]["extras"].update(lps_origin_mm=[0.0, 0.0, 0.0]),
        lambda s: s["nodes"][0]["extras"].update(lps_origin_mm=[float("nan")] * 3),
        lambda s: s["nodes"].append({}),
        lambda s: s.pop("meshes"),
        lambda s: s["meshes"][0]["primitives"][0].update(mode=5),
    ],
)
def test_a_changed_glb_scene_is_refused(change, tmp_path):
    path = tmp_path / "changed.glb"
    write_mesh(solids.cube(), path)
    changed_glb(path, lambda scene: None)
    assert verify_mesh(solids.cube(), path) < 1e-3
    changed_glb(path, change)
    assert refused(path) == "mesh-file-malformed"


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(number, tmp_path):
    points = solids.cube().points_lps_mm.copy()
    for ending, kind in (("stl", "<f4"), ("ply", "<f8")):
        path = tmp_path / f"nan.{ending}"
        write_mesh(solids.cube(), path)
        old = np.array(points[3, 0], kind).tobytes()
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, np.array(number, kind).tobytes()))
        assert refused(path) == "mesh-file-not-finite"
    path = tmp_path / "nan.obj"
    write_mesh(solids.cube(), path)
    path.write_text(path.read_text().replace("v -240.250000", f"v {number}"))
    assert refused(path) == "mesh-file-not-finite"


def test_an_index_without_a_point_is_refused(tmp_path):
    path = tmp_path / "index.obj"
    write_mesh(solids.cube(), path)
    path.write_text(path.read_text().replace("f 1 3 2", "f 1 9 2"))
    assert refused(path) == "mesh-file-index"
    path.write_text(path.read_text().replace("f 1 9 2", "f 0 3 2"))
    assert refused(path) == "mesh-file-index"


def test_a_wrong_file_is_not_verified(tmp_path):
    """A planted fault: one corner moved by a tenth of a millimetre, one triangle lost."""
    path = tmp_path / "moved.ply"
    points = solids.cube().points_lps_mm.copy()
    points[5, 1] += 0.1
    write_mesh(Mesh(points, solids.CUBE_TRIANGLES), path)
    assert verify_mesh(solids.cube(), path) == pytest.approx(0.1)
    write_mesh(Mesh(points, solids.CUBE_TRIANGLES[:-1]), path)
    with pytest.raises(Refusal, match="mesh-file-differs"):
        verify_mesh(solids.cube(), path)


def test_an_unknown_ending_is_a_misuse(tmp_path):
    for call in (lambda p: write_mesh(solids.cube(), p), read_mesh):
        with pytest.raises(Misuse, match="mesh-format-unknown"):
            call(tmp_path / "cube.vtk")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_or_folder_is_refused(tmp_path):
    assert refused(tmp_path / "none.stl") == "mesh-file-missing"
    assert refused(tmp_path / "none" / "none.stl") == "mesh-file-missing"
    (tmp_path / "folder.stl").mkdir()
    assert refused(tmp_path / "folder.stl") == "mesh-file-missing"


def test_an_empty_surface_is_not_written(tmp_path):
    with pytest.raises(Refusal, match="mesh-empty"):
        write_mesh(Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32)), tmp_path / "none.stl")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    """HAZ-27: a real full disk; the old file stays."""
    path = tmp_path / "old.stl"
    path.write_bytes(b"old")

    def chunks():
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(Unavailable, match="mesh-not-written"):
        write_whole(path, chunks())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_environment_fault(tmp_path):
    with pytest.raises(Unavailable, match="mesh-not-written"):
        write_mesh(solids.cube(), tmp_path / "none" / "cube.stl")


@pytest.mark.hazard("HAZ-16")
def test_numbers_have_points_in_a_french_house(tmp_path):
    """The numeric locale of a French desktop must not reach a file."""
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        locale.setlocale(locale.LC_NUMERIC, "fr_FR.UTF-8")
    except locale.Error:
        pytest.skip("the fr_FR.UTF-8 locale is not installed")
    try:
        for ending in ENDINGS:
            write_mesh(solids.cube(), tmp_path / f"cube.{ending}")
            assert verify_mesh(solids.cube(), tmp_path / f"cube.{ending}") < 1e-3
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def test_no_vtk_warning_was_hidden():
    assert vtkObject.GetGlobalWarningDisplay() == 1
