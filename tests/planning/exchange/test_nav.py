"""The exporter `nav`: what 3D Slicer reads, through SimpleITK, slicerio and plain JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from planning.case.case import Kind, Segment, SegmentId
from planning.exchange.exporter import Handover
from planning.exchange.itk_transform import written_transform
from planning.exchange.nav import Nav
from planning.exchange.seg_nrrd import Segmentation, layers_of, read_back_segments, write_segments
from planning.exchange.slicer_markups import item_document, read_back_mm, written_markups
from planning.exchange.slugs import LENGTH_MAX
from planning.geometry.rigid import Rigid
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import KINDS, Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.exchange.judges.navigation import read_by_slicerio
from tests.planning.exchange.making import CANARIES, FAR, TURN, exported, volume, whole_case
from tests.planning.exchange.test_print import HOSTILE

GRID = volume().grid


def written(case, folder, *, is_draft=True):
    folder.mkdir(parents=True, exist_ok=True)
    return {one.path: one for one in Nav().write(Handover(case, b"", is_draft), folder)}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nav") / "out"
    written(whole_case(), folder)
    return folder


def markup(folder, name):
    (found,) = json.loads((folder / f"{name}.mrk.json").read_text("utf-8"))["markups"]
    return found


def places(found):
    return [tuple(one["position"]) for one in found["controlPoints"]]


def differs(call, *arguments):
    with pytest.raises(Refusal) as no:
        call(*arguments)
    assert no.value.code == "export-read-back-differs"
    return True


def block(*box):
    voxels = np.zeros(GRID.shape_kji, bool)
    voxels[tuple(slice(*ends) for ends in box)] = True
    return BitMask.from_bool(voxels)


def some(name, mask, colour="#102030"):
    return Segment(SegmentId(f"id-{name}"), name, mask, colour)


@pytest.mark.hazard("HAZ-27")
def test_each_kind_of_item_has_its_markup_with_the_plans_own_numbers(out):
    plan = whole_case().plan
    kinds = {"width": "Line", "tilt": "Angle", "wire": "Line", "cut": "Plane"}
    for name, kind in kinds.items():
        found, item = markup(out, f"DRAFT-{name}"), plan.named(name)
        assert found["type"] == kind
        assert places(found) == list(item.places_lps_mm)
        assert found["name"] == f"DRAFT {name}"
        assert found["tasrif"]["item_id"] == item.id
    assert places(markup(out, "DRAFT-landmarks")) == [plan.named("tip").point_lps_mm]
    assert markup(out, "DRAFT-wire")["tasrif"]["diameter_mm"] == 2.5
    labels = [one["label"] for one in markup(out, "DRAFT-wire")["controlPoints"]]
    assert labels == ["DRAFT wire: entry", "DRAFT wire: target"]
    zone = markup(out, "DRAFT-no-go-zones")
    about = {"segment_id": "id-canal", "margin_mm": 1.0, "severity": "forbid"}
    assert zone["tasrif"]["items"] == [{"item_id": "z1", "kind": "no_go_zone", **about}]
    assert {item.kind for item in plan.items} == {kind.kind for kind in KINDS}
    assert all(Nav.expresses.values())


def test_every_markup_says_lps_and_millimetres_in_schema_1_0_3(out):
    files = sorted(out.glob("*.mrk.json"))
    assert len(files) == 6
    for path in files:
        read = json.loads(path.read_text("utf-8"))
        assert read["@schema"].endswith("/markups-schema-v1.0.3.json#")
        assert read["markups"][0]["coordinateSystem"] == "LPS"
        assert read["markups"][0]["coordinateUnits"] == "mm"


@pytest.mark.hazard("HAZ-1")
def test_a_point_that_no_swap_of_axes_or_signs_maps_onto_itself_keeps_its_signs(tmp_path):
    """Left, behind, above: three sizes and signs apart. RAS would turn the first two."""
    point = (-11.25, 222.5, -3333.125)
    item = Landmark(ItemId("l"), "left", point)
    case = replace(whole_case(), plan=Plan((item,)))
    written(case, tmp_path / "out")
    assert places(markup(tmp_path / "out", "DRAFT-landmarks")) == [point]


def test_a_planes_frame_has_its_normal_as_third_axis_and_its_point_as_origin(out):
    found, item = markup(out, "DRAFT-cut"), whole_case().plan.named("cut")
    base = np.array(found["baseToNode"]).reshape(4, 4)
    assert tuple(base[:3, 3]) == item.point_lps_mm
    assert np.cross(base[:3, 0], base[:3, 1]) == pytest.approx(np.array(item.normal_lps))
    assert base[:3, :3].T @ base[:3, :3] == pytest.approx(np.eye(3))
    assert np.array(found["orientation"]).reshape(3, 3).tolist() == base[:3, :3].tolist()
    assert tuple(found["normal"]) == item.normal_lps


def test_a_zones_point_lies_in_its_segment_also_in_a_hollow_one(tmp_path):
    hollow = block((2, 9), (2, 9), (2, 9)) - block((4, 7), (4, 7), (4, 7))
    case = replace(
        whole_case(),
        segments=(some("shell", hollow), some("none", BitMask.empty(GRID.shape_kji))),
        plan=Plan((
            NoGoZone(ItemId("a"), "shell", SegmentId("id-shell"), 2.0),
            NoGoZone(ItemId("b"), "nothing", SegmentId("id-none"), 0.5),
        )),
    )  # fmt: skip
    written(case, tmp_path / "out")
    first, second = markup(tmp_path / "out", "DRAFT-no-go-zones")["controlPoints"]
    k, j, i = np.rint(GRID.ijk(np.array(first["position"]))).astype(int)[::-1]
    assert hollow.to_bool()[k, j, i]
    assert (first["positionStatus"], second["positionStatus"]) == ("defined", "undefined")
    assert "position" not in second


def test_simpleitk_finds_each_segment_at_its_place(out):
    image = sitk.ReadImage(str(out / "DRAFT-segmentation.seg.nrrd"))
    values = sitk.GetArrayFromImage(image)
    for n, segment in enumerate(whole_case().segments):
        assert image.GetMetaData(f"Segment{n}_Name") == f"DRAFT {segment.name}"
        value = int(image.GetMetaData(f"Segment{n}_LabelValue"))
        found = [image.TransformIndexToPhysicalPoint(p)
                 for p in np.argwhere(values == value)[:, ::-1].tolist()]  # fmt: skip
        meant = GRID.lps_mm(np.argwhere(segment.mask.to_bool())[:, ::-1])
        assert np.abs(np.reshape(found, (-1, 3)) - meant).max(initial=0.0) < 1e-9
    tags = image.GetMetaData("Segment1_Tags")
    assert tags == "Tasrif.NoGoMargins_mm:[1.0]|Tasrif.NoGoSeverities:forbid|"
    assert image.GetMetaData("Segment1_Color") == "1.000000 0.000000 0.000000"


def overlapping():
    """Two that share voxels, one apart, and an empty one that comes first."""
    return [
        some("none", BitMask.empty(GRID.shape_kji)),
        some("left", block((1, 6), (1, 6), (1, 6))),
        some("right", block((4, 9), (1, 6), (5, 12))),
        some("apart", block((1, 3), (9, 12), (20, 70)), "#ffffff"),
    ]


def test_overlapping_segments_lie_in_layers_and_each_comes_back_whole(tmp_path):
    segments = overlapping()
    path = tmp_path / "s.seg.nrrd"
    write_segments(path, Segmentation(GRID, segments, ("SIM",)))
    assert [layer for layer, _ in layers_of(segments).places] == [0, 0, 1, 0]
    image = sitk.ReadImage(str(path))
    assert image.GetNumberOfComponentsPerPixel() == 2
    # Slicer takes the extent of a layer's first segment for all that share the layer.
    size = image.GetSize()
    whole = f"0 {size[0] - 1} 0 {size[1] - 1} 0 {size[2] - 1}"
    assert {image.GetMetaData(f"Segment{n}_Extent") for n in range(4)} == {whole}
    values = sitk.GetArrayFromImage(image)
    for n, segment in enumerate(segments):
        layer, value = (int(image.GetMetaData(f"Segment{n}_{key}"))
                        for key in ("Layer", "LabelValue"))  # fmt: skip
        assert int((values[..., layer] == value).sum()) == segment.mask.voxels
    assert read_back_segments(path, Segmentation(GRID, segments, ("SIM",))) < 1e-9


def test_a_single_voxel_is_stored_in_a_box_that_slicer_does_not_take_for_nothing(tmp_path):
    for at in ((0, 0, 0), (25, 33, 69), (3, 4, 5)):
        mask = block(*((n, n + 1) for n in at))
        what = Segmentation(GRID, [some("dot", mask)])
        path = tmp_path / "s.seg.nrrd"
        write_segments(path, what)
        assert sorted(sitk.ReadImage(str(path)).GetSize()) == [1, 1, 2]
        assert read_back_segments(path, what) < 1e-9


def test_more_segments_than_one_layer_has_values_for(tmp_path):
    segments = [some(f"s{n}", block((n // 64, n // 64 + 1), (0, 1), (n % 64, n % 64 + 1)))
                for n in range(260)]  # fmt: skip
    what = Segmentation(GRID, segments)
    write_segments(tmp_path / "s.seg.nrrd", what)
    assert layers_of(segments).values.shape[0] == 2
    assert read_back_segments(tmp_path / "s.seg.nrrd", what) < 1e-9


def test_a_moved_swapped_or_lost_segment_is_seen(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    segments = overlapping()
    what = Segmentation(GRID, segments)
    write_segments(path, what)
    body = path.read_bytes()
    origin = body.split(b"space origin: (")[1].split(b",")[0]
    wrong = [
        body.replace(b"space origin: (" + origin, b"space origin: (%r" % (float(origin) + 0.0011)),
        body.replace(b"left-posterior-superior", b"right-anterior-superior"),
        body.replace(b"Segment1_LabelValue:=2", b"Segment1_LabelValue:=3"),
        body.replace(b"Segment2_Layer:=1", b"Segment2_Layer:=0"),
        body.replace(b"Segment3_Name:=apart", b"Segment3_Name:=other"),
        body[:-40],
    ]
    for one in wrong:
        assert one != body
        path.write_bytes(one)
        assert differs(read_back_segments, path, what)
    path.write_bytes(body)
    for less in (segments[:3], [*segments[:3], some("apart", block((1, 3), (9, 12), (20, 69)))]):
        assert differs(read_back_segments, path, Segmentation(GRID, less))


@pytest.mark.parametrize(("shift_mm", "is_seen"), [(0.0009, False), (0.0011, True), (-9.0, True)])
def test_a_place_that_moved_is_seen_from_a_thousandth_of_a_millimetre(tmp_path, shift_mm, is_seen):
    item = Distance(ItemId("d"), "d", FAR, (FAR[0] + 5, *FAR[1:]))
    document, path = item_document(item, (), {}), tmp_path / "d.mrk.json"
    assert written_markups(path, document, item.places_lps_mm).error_mm == 0.0
    read = json.loads(path.read_text())
    read["markups"][0]["controlPoints"][1]["position"][2] += shift_mm
    path.write_text(json.dumps(read))
    if is_seen:
        assert read_back_mm(path, document, item.places_lps_mm) > 0.001
        return
    assert differs(read_back_mm, path, document, item.places_lps_mm)  # nor may a digit differ


def test_another_frame_unit_or_number_of_points_is_seen(tmp_path):
    item = Distance(ItemId("d"), "d", FAR, (FAR[0] + 5, *FAR[1:]))
    document, path = item_document(item, (), {}), tmp_path / "d.mrk.json"
    written_markups(path, document, item.places_lps_mm)
    body = path.read_text()
    for wrong in (body.replace('"LPS"', '"RAS"'), body.replace('"mm"', '"um"'),
                  body.replace('"positionStatus"', '"status"'), body[:-5], "[]", "NaN",
                  '{"markups":[1]}', body.replace(repr(FAR[0]), "NaN", 1)):  # fmt: skip
        assert wrong != body
        path.write_text(wrong)
        assert differs(read_back_mm, path, document, item.places_lps_mm)


def test_the_transform_is_the_identity_and_says_what_it_maps(out):
    path = out / "DRAFT-patient_from_plan.tfm"
    read = sitk.ReadTransform(str(path))
    assert read.TransformPoint(FAR) == FAR
    assert "patient_from_plan maps a point of the plan to the patient" in path.read_text()


def test_a_transform_maps_the_way_its_name_says(tmp_path):
    """One asymmetric point by SimpleITK against the motion itself; the inverse lies elsewhere."""
    motion = Rigid(TURN, np.array([1.5, -220.0, 31.25]))
    path = tmp_path / "t.tfm"
    assert written_transform(path, motion, "a test").error_mm < 1e-9
    found = sitk.ReadTransform(str(path)).TransformPoint((3.0, -7.0, 90.0))
    assert found == pytest.approx(motion.points([3.0, -7.0, 90.0]))
    assert np.abs(motion.inverse.points([3.0, -7.0, 90.0]) - found).max() > 1.0


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_marks_stand_in_every_files_name_and_before_every_name_in_it(tmp_path):
    case = whole_case(Kind.SIMULATION)
    files = written(case, tmp_path / "both")
    assert all(name.startswith("DRAFT-SIM-") for name in files)
    assert markup(tmp_path / "both", "DRAFT-SIM-wire")["name"] == "DRAFT SIM wire"
    body = (tmp_path / "both/DRAFT-SIM-plan.igtl").read_bytes()
    assert body.count(b"DRAFT SIM ") == 7  # three devices; two names, each with its group
    assert all(name.startswith("SIM-") for name in written(case, tmp_path / "s", is_draft=False))
    sealed = written(whole_case(), tmp_path / "none", is_draft=False)
    assert not any("DRAFT" in name or "SIM" in name for name in sealed)
    assert b"DRAFT" not in b"".join(p.read_bytes() for p in (tmp_path / "none").iterdir())


def test_nothing_of_the_patient_is_in_any_file(out):
    for path in out.iterdir():
        body = path.read_bytes()
        assert not any(one.encode() in body for one in CANARIES)


def test_hostile_names_stay_inside_and_apart(tmp_path):
    words = [one for one in HOSTILE if one.isprintable() and one.strip() and len(one) <= 80]
    names = [*words, "landmarks", "Landmarks", "no-go-zones", "é" * 80, "é" * 79 + "è", "ع" * 80]
    end = (FAR[0], FAR[1], FAR[2] + 9.0)
    unlike = list(dict.fromkeys(names))
    items = [Trajectory(ItemId(f"t{n}"), name, FAR, end, 2.0) for n, name in enumerate(unlike)]
    points = [Landmark(ItemId(f"l{n}"), f"p {name[:78]}", FAR) for n, name in enumerate(unlike)]
    points = list({one.name: one for one in points}.values())
    mask = block((3, 4), (3, 4), (3, 6))
    segments = [
        Segment(SegmentId(f"s{n}"), name, mask, "#ffffff") for n, name in enumerate(HOSTILE)
    ]
    case = replace(whole_case(), segments=tuple(segments), plan=Plan((*items, *points)))
    files = written(case, tmp_path / "a" / "out")
    assert len(files) == len(items) + 5
    assert len({name.lower() for name in files}) == len(files)
    assert all(name.isascii() and len(name) < LENGTH_MAX + 40 for name in files)
    assert {path.name for path in tmp_path.rglob("*") if path.is_dir()} == {"a", "out"}
    image = sitk.ReadImage(str(tmp_path / "a/out/DRAFT-segmentation.seg.nrrd"))
    assert image.GetNumberOfComponentsPerPixel() == len(HOSTILE)


def test_a_plan_of_nothing_is_a_transform_and_its_message(tmp_path):
    case = replace(whole_case(), segments=(), plan=Plan())
    assert set(written(case, tmp_path / "out")) == {
        "DRAFT-patient_from_plan.tfm", "DRAFT-plan.igtl", "DRAFT-plan.igtl.json",
    }  # fmt: skip


def test_the_same_case_gives_the_same_bytes(out, tmp_path):
    written(whole_case(), tmp_path / "again")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }


def test_the_passport_states_each_files_error(tmp_path):
    done = exported(whole_case(), tmp_path / "out", names=["nav"])
    assert len(done.files) == 10
    for row in done.files:
        one = row.written
        assert (one.frame, one.unit) == ("LPS", "mm")
        assert 0.0 <= one.error_mm <= one.allowed_mm
        assert (one.error_mm > 0.0) == row.path.endswith((".igtl", ".seg.nrrd"))
        assert one.error_mm < 1e-9 or row.path.endswith(".igtl")


def test_slicerio_reads_the_segmentation_as_it_is(tmp_path):
    """Each segment's voxels by their own millimetres, through Slicer's own reader in Python."""
    for segments in (overlapping(), overlapping()[:2]):
        path = tmp_path / "s.seg.nrrd"
        write_segments(path, Segmentation(GRID, segments, ("DRAFT",)))
        read = read_by_slicerio(path)
        assert [one["name"] for one, _ in read] == [f"DRAFT {s.name}" for s in segments]
        for (_, found), segment in zip(read, segments, strict=True):
            meant = GRID.lps_mm(np.argwhere(segment.mask.to_bool())[:, ::-1])
            order = [np.lexsort(np.round(p, 6).T) for p in (found, meant)]
            assert len(found) == len(meant)
            assert np.abs(found[order[0]] - meant[order[1]]).max(initial=0.0) < 1e-6
