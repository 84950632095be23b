"""One plan through every format and back by a reader who is not ours: places, sides and sizes.

A box of 100 mm and three marks on an oblique grid a metre and a half from the origin; no swap of
axes or signs maps the marks onto themselves.
"""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import trimesh

from planning.case.case import Kind, SegmentId
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.exchange import dicoms, wholes
from tests.planning.exchange.judges.dicom import dcmqi_masks
from tests.planning.exchange.judges.navigation import read_by_openigtlink, read_by_slicerio
from tests.planning.exchange.judges.programs import program, run
from tests.planning.exchange.judges.solids import points_of, read_by_lib3mf
from tests.planning.exchange.making import FAR, TURN
from tests.planning.measures.making import case_of, segment_of

pytestmark = pytest.mark.slow
TOLERANCE_MM = 0.001
STEP_MM = float(np.spacing(np.float32(1500.0)))
"""What a 32-bit float can tell apart this far from the origin: 0.00012 mm."""
BOX_MM, MARGIN_MM = 100.0, 1.0
GRID = Grid((26, 46, 56), np.array(FAR), (5.0, 2.5, 2.0), TURN, "2.25.73")
CORNER, SIZE = np.array([3, 3, 3]), np.array([50, 40, 20])
SPACING = np.array(GRID.spacing_kji_mm[::-1])
MIDDLE = GRID.lps_mm(CORNER + (SIZE - 1) / 2)
MARKS = {
    "tip": tuple((MIDDLE + TURN @ [31.0, -7.25, 2.5]).tolist()),
    "rim": tuple((MIDDLE + TURN @ [-11.0, 42.125, 17.0]).tolist()),
    "far": tuple((MIDDLE + TURN @ [5.0 / 3.0, 0.1, -44.4]).tolist()),
}
ENDS = MARKS["tip"], MARKS["far"]
ACROSS = TURN @ [BOX_MM / 2, 0.0, 0.0]


def case():
    voxels = np.zeros(GRID.shape_kji, bool)
    voxels[tuple(slice(n, n + m) for n, m in zip(CORNER[::-1], SIZE[::-1], strict=True))] = True
    volume = Volume(np.where(voxels, 1000, 0).astype(np.int16), GRID)
    hook = np.zeros(GRID.shape_kji, bool)
    hook[4:9, 5, 7] = hook[4, 5:8, 7] = hook[4, 5, 7:9] = True
    segments = (segment_of(volume, "box"), segment_of(volume, "hook", "", BitMask.from_bool(hook)))
    box = SegmentId("id-box")
    edge = tuple((MIDDLE - ACROSS).tolist()), tuple((MIDDLE + ACROSS).tolist())
    items = (
        *(Landmark(ItemId(f"id-{name}"), name, place) for name, place in MARKS.items()),
        Trajectory(ItemId("wire"), "wire", *ENDS, 2.0, box),
        Distance(ItemId("edge"), "edge", *edge),
        NoGoZone(ItemId("zone"), "zone", box, MARGIN_MM),
    )
    made = case_of(volume, segments)
    return dicoms.known(replace(made, kind=Kind.CLINICAL, plan=Plan(items)))


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    out = tmp_path_factory.mktemp("formats") / "package"
    sealed = wholes.packaged(case(), out)
    return sealed, out / "data"


def record(path):
    return json.loads(path.read_text("utf-8"))


def marks_of_plan(data):
    items = record(data / "plan.json")["items"]
    return {one["name"]: one["point_lps_mm"] for one in items if one["kind"] == "landmark"}


def marks_of_markups(data):
    (found,) = record(data / "nav/landmarks.mrk.json")["markups"]
    assert (found["coordinateSystem"], found["coordinateUnits"]) == ("LPS", "mm")
    return {one["label"]: one["position"] for one in found["controlPoints"]}


def marks_of_messages(data):
    _, found = read_by_openigtlink((data / "nav/plan.igtl").read_bytes())
    (points,) = (one["rows"] for one in found if one["type"] == "POINT")
    return {one["name"]: one["numbers"] for one in points}


def marks_moved_by_transform(data):
    moved = sitk.ReadTransform(str(data / "nav/patient_from_plan.tfm"))
    return {name: moved.TransformPoint(place) for name, place in MARKS.items()}


def marks_of_frame(data):
    return {one["name"]: one["lps_mm"] for one in record(data / "robot/frame.json")["landmarks"]}


def groups_of_report(data):
    """Numbers and places of each group of an SR by its tracking identifier, as DCMTK reads them."""
    read = json.loads(run(program("dcm2json", "dcmtk"), data / "dicom/plan.dcm").stdout)
    groups = {}

    def walk(item, name):
        for inner in item.get("0040A730", {}).get("Value", ()):
            if "0040A168" not in inner:
                title = inner.get("0040A043", {}).get("Value", [{}])[0]
                if title.get("00080100", {}).get("Value") == ["112039"]:
                    name = inner["0040A160"]["Value"][0]
        for inner in item.get("0040A730", {}).get("Value", ()):
            kind = inner["0040A040"]["Value"][0]
            if kind == "SCOORD3D":
                places = np.reshape(inner["00700022"]["Value"], (-1, 3))
                groups.setdefault(name, []).append(places)
            elif kind == "NUM":
                (number,) = inner["0040A300"]["Value"]
                groups.setdefault(name, []).append(float(number["0040A30A"]["Value"][0]))
            walk(inner, name)

    walk(read, None)
    return groups


def marks_of_report(data):
    groups = groups_of_report(data)
    return {name: next(one for one in groups[name] if np.ndim(one) == 2)[0] for name in MARKS}


def marks_of_scene(data):
    scene = trimesh.load(data / "ar/scene.glb", process=False)
    to_lps = lps_from_metres(data)
    found = {}
    for node in scene.graph.nodes_geometry:
        turn, name = scene.graph.get(node)
        for mark in MARKS:
            if name.startswith(mark):
                ball = trimesh.transform_points(scene.geometry[name].vertices, turn)
                found[mark] = trimesh.transform_points(ball, to_lps).mean(axis=0)
    return found


def lps_from_metres(data):
    body = (data / "ar/scene.glb").read_bytes()
    size = int.from_bytes(body[12:16], "little")
    return np.array(json.loads(body[20 : 20 + size])["asset"]["extras"]["lps_mm_from_metres"])


MARKS_BY = {
    "plan.json": (marks_of_plan, 0.0),
    "mrk.json": (marks_of_markups, 0.0),
    "tfm": (marks_moved_by_transform, 1e-9),
    "robot frame": (marks_of_frame, 0.0),
    "igtl": (marks_of_messages, STEP_MM),
    "SR": (marks_of_report, STEP_MM),
    "GLB": (marks_of_scene, TOLERANCE_MM),
}


def test_no_swap_of_axes_or_signs_maps_the_marks_onto_themselves():
    """Or a reader who swaps could pass."""
    places = np.array(list(MARKS.values()))
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            if axes == (0, 1, 2) and signs == (1, 1, 1):
                continue
            away_mm = np.linalg.norm(places[:, axes] * signs - places, axis=1)
            assert away_mm.min() > 50.0


@pytest.mark.hazard("HAZ-1", "HAZ-2")
@pytest.mark.parametrize("name", MARKS_BY)
def test_each_mark_comes_back_to_its_place_and_side(there, name):
    read, step_mm = MARKS_BY[name]
    found = read(there[1])
    assert set(found) == set(MARKS)
    for mark, place in MARKS.items():
        assert np.abs(np.subtract(found[mark], place)).max() <= min(step_mm, TOLERANCE_MM), mark


def ends_of_markups(data):
    (found,) = record(data / "nav/wire.mrk.json")["markups"]
    return [one["position"] for one in found["controlPoints"]]


def ends_of_messages(data):
    _, found = read_by_openigtlink((data / "nav/plan.igtl").read_bytes())
    ((wire,),) = (one["rows"] for one in found if one["type"] == "TRAJ")
    return np.reshape(wire["numbers"][:6], (2, 3))


def ends_of_paths(data):
    (found,) = record(data / "robot/paths.json")["paths"]
    return [found["entry_lps_mm"], found["target_lps_mm"]]


def ends_of_report(data):
    places = [one for one in groups_of_report(data)["wire"] if np.ndim(one) == 2]
    return np.concatenate(places)[:2]


def ends_of_rod(data):
    points = trimesh.load(data / "print/wire-path.stl").vertices
    axis = np.subtract(*ENDS[::-1]) / np.linalg.norm(np.subtract(*ENDS[::-1]))
    along = (points - ENDS[0]) @ axis
    middle = np.unique(np.round(along, 2))
    assert len(middle) == 2
    return [points[np.abs(along - one) < 0.01].mean(axis=0) for one in middle]


ENDS_BY = {
    "mrk.json": (ends_of_markups, 0.0),
    "robot paths": (ends_of_paths, 0.0),
    "igtl": (ends_of_messages, STEP_MM),
    "SR": (ends_of_report, STEP_MM),
    "STL": (ends_of_rod, TOLERANCE_MM),
}


@pytest.mark.hazard("HAZ-1", "HAZ-2")
@pytest.mark.parametrize("name", ENDS_BY)
def test_a_path_comes_back_with_entry_and_target_in_order(there, name):
    read, step_mm = ENDS_BY[name]
    assert np.abs(np.subtract(read(there[1]), ENDS)).max() <= step_mm


def masks_of_seg(data, room):
    found = dcmqi_masks(data / "dicom/segmentation.dcm", room / "seg")
    return {record_["SegmentDescription"]: places for record_, places in found}


def masks_of_slicer(data, room):
    found = read_by_slicerio(data / "nav/segmentation.seg.nrrd")
    return {record_["name"]: places for record_, places in found}


def masks_of_package(data, room):
    found = {}
    for name in ("box", "hook"):
        image = sitk.ReadImage(str(data / f"package/id-{name}.nrrd"))
        axes = np.array(image.GetDirection()).reshape(3, 3)
        ijk = np.argwhere(sitk.GetArrayFromImage(image))[:, ::-1]
        found[name] = np.array(image.GetOrigin()) + (ijk * image.GetSpacing()) @ axes.T
    return found


@pytest.mark.hazard("HAZ-2", "HAZ-17")
@pytest.mark.parametrize("read", [masks_of_seg, masks_of_slicer, masks_of_package])
def test_each_voxel_comes_back_to_its_place_and_the_box_is_100_mm(there, read, tmp_path):
    one, data = there
    found = read(data, tmp_path)
    for segment in one.segments:
        meant = GRID.lps_mm(np.argwhere(segment.mask.to_bool())[:, ::-1])
        first, second = (
            places[np.lexsort(np.round((places - MIDDLE) @ TURN, 2).T)]
            for places in (found[segment.name], meant)
        )
        assert np.abs(first - second).max() <= TOLERANCE_MM
    edges = np.ptp((found["box"] - MIDDLE) @ TURN, axis=0) + SPACING
    assert edges == pytest.approx([BOX_MM] * 3, abs=0.01)


def by_trimesh(data, path):
    return trimesh.load(data / path).vertices


def by_pydicom(data):
    import io

    import pydicom

    read = pydicom.dcmread(data / "dicom/surface-box.dcm")
    return trimesh.load(io.BytesIO(read.EncapsulatedDocument), file_type="stl").vertices


def by_lib3mf(data):
    _, notes, found = read_by_lib3mf(data / "print/bodies.3mf")
    (box,) = (one for one in found if one.GetName() == "box")
    offset = np.array(notes["urn:tasrif:print|lps_offset_mm"].split(), float)
    return points_of(box) + offset


def in_scene(data):
    (found,) = (
        one
        for name, one in trimesh.load(data / "ar/scene.glb", process=False).geometry.items()
        if name == "box"
    )
    return trimesh.transform_points(found.vertices, lps_from_metres(data))


MESHES = {
    "STL of the package": lambda data: by_trimesh(data, "package/id-box.stl"),
    "STL to print": lambda data: by_trimesh(data, "print/box.stl"),
    "3MF": by_lib3mf,
    "Encapsulated STL": by_pydicom,
    "GLB": in_scene,
    "robot zone": lambda data: by_trimesh(data, "robot/zones/zone.stl"),
}


@pytest.mark.hazard("HAZ-2", "HAZ-17")
@pytest.mark.parametrize("name", MESHES)
def test_the_box_is_100_mm_large_and_in_its_place_in_each_mesh(there, name):
    points = MESHES[name](there[1])
    along = (points - MIDDLE) @ TURN
    assert np.ptp(along, axis=0) == pytest.approx([BOX_MM] * 3, abs=0.01)
    assert (along.max(axis=0) + along.min(axis=0)) / 2 == pytest.approx([0.0] * 3, abs=0.001)


@pytest.mark.hazard("HAZ-2", "HAZ-17")
def test_the_box_is_100_mm_large_in_the_distances_of_a_robot(there):
    """A flat face's distance grows evenly, so it comes back to a half step of the field's codes."""
    _, data = there
    image = sitk.Cast(sitk.ReadImage(str(data / "robot/zones/zone.sdf.nrrd")), sitk.sitkFloat64)
    steps_per_mm = record(data / "robot/zones/zone.json")["field"]["steps_per_mm"]
    away_mm = BOX_MM / 2 + 4.0
    for axis in TURN.T:
        gaps_mm = [
            image.EvaluateAtPhysicalPoint(tuple(MIDDLE + sign * away_mm * axis), sitk.sitkLinear)
            / steps_per_mm + MARGIN_MM
            for sign in (1.0, -1.0)
        ]  # fmt: skip
        assert 2 * away_mm - sum(gaps_mm) == pytest.approx(BOX_MM, abs=0.01)
        assert gaps_mm[0] == pytest.approx(gaps_mm[1], abs=0.005)


@pytest.mark.hazard("HAZ-17")
def test_100_mm_are_stated_as_100_mm(there):
    _, data = there
    numbers = [one for one in groups_of_report(data)["edge"] if np.ndim(one) == 0]
    assert numbers[0] == pytest.approx(BOX_MM, abs=1e-6)
    stated = [one for one in record(data / "plan.json")["measures"] if one["item"] == "edge"]
    assert stated[0]["value"] == pytest.approx(BOX_MM, abs=1e-6)
