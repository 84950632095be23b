"""The exporter `robot`: zones, paths and frame, read back, held by the receiver's own road."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
import rfc8785
import SimpleITK as sitk
import trimesh

from planning.case.case import Kind, Segment, SegmentId
from planning.exchange.exporter import Handover
from planning.exchange.robot import Robot
from planning.exchange.schema_file import read_json
from planning.exchange.verify import verify
from planning.exchange.zone_field import bounds_of
from planning.exchange.zone_hull import hull_of, hull_trap
from planning.geometry.lattice import signed_mm
from planning.measures.surfaces import Surfaces
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.exchange.making import (
    CANARIES,
    bytes_of,
    exported,
    key,
    sealed_case,
    whole_case,
)
from tests.planning.exchange.robots import ball, field_about, ring, tube
from tests.planning.exchange.verify.packing import bagged, laid_out, sha

ZONE = "data/robot/zones/z1"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    out = tmp_path_factory.mktemp("robot") / "package"
    exported(sealed_case(), out, names=("package", "robot"), with_key=key())
    return out


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    out = tmp_path_factory.mktemp("robot") / "out"
    exported(whole_case(Kind.SIMULATION), out, names=("robot",))
    return out / "robot"


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    out = tmp_path_factory.mktemp("robot") / "package"
    exported(whole_case(), out, names=("package", "robot"))
    return out


def record(folder, name):
    return json.loads((folder / name).read_bytes())


def test_each_zone_has_its_three_files_and_the_plan_its_paths_and_frame(practice):
    assert set(bytes_of(practice)) == {
        "frame.json", "paths.json", "zones/z1.json", "zones/z1.sdf.nrrd", "zones/z1.stl",
    }  # fmt: skip
    for name, schema in (
        ("zones/z1.json", "robot-zone"),
        ("paths.json", "robot-paths"),
        ("frame.json", "robot-frame"),
    ):
        read_json(practice / name, schema)
    frame, (path,) = record(practice, "frame.json"), record(practice, "paths.json")["paths"]
    assert frame["patient_to_robot"] is None
    assert [one["name"] for one in frame["landmarks"]] == ["DRAFT SIM tip"]
    wire = next(one for one in whole_case().plan.items if one.id == "t1")
    assert (tuple(path["entry_lps_mm"]), path["diameter_mm"]) == (wire.entry_lps_mm, 2.5)
    cone = path["approach_cone"]
    assert np.linalg.norm(cone["axis_lps"]) == pytest.approx(1.0)
    assert np.dot(cone["axis_lps"], np.subtract(wire.entry_lps_mm, wire.target_lps_mm)) > 0
    assert 0 < cone["half_angle_deg"] <= 90


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_names_say_draft_and_practice_and_ids_stay(practice, sealed):
    found = record(practice, "zones/z1.json")
    assert (found["name"], found["id"]) == ("DRAFT SIM zone", "z1")
    assert (practice / "zones/z1.stl").read_bytes().startswith(b"Tasrif DRAFT SIM LPS mm ")
    assert record(sealed, f"{ZONE}.json")["name"] == "zone"


def test_the_files_name_no_patient_and_no_place_of_this_machine(sealed):
    for path, body in bytes_of(sealed).items():
        plain = gzip.decompress(body.partition(b"\n\n")[2]) if path.endswith(".nrrd") else b""
        for word in (*CANARIES, "/home/", "/work/", "/tmp/"):
            assert word.encode() not in body + plain, path


def test_the_record_states_what_its_files_are(practice):
    found = record(practice, "zones/z1.json")
    for key_, name in (("mesh", "z1.stl"), ("field", "z1.sdf.nrrd")):
        assert found[key_]["file"] == name
        assert found[key_]["sha256"] == sha((practice / "zones" / name).read_bytes())
    accepted = Surfaces().of(whole_case(), whole_case().segments[1])
    step_mm = found["field"]["grid"]["step_mm"]
    bounds = bounds_of(step_mm, 1.0, accepted.bound_mm)
    assert found["error_bound_mm"] == pytest.approx(bounds.total_mm)
    parts = dict(found["error_parts_mm"])
    outside_mm = parts.pop("outside_interpolation")
    assert found["error_bound_mm"] == pytest.approx(sum(parts.values()))
    rest = parts["computing"] + parts["surface"]
    assert found["error_bound_outside_mm"] == pytest.approx(outside_mm + rest)


def test_a_receiver_with_simpleitk_alone_gets_no_more_clearance_than_there_is(practice):
    """Reads the field as any program would: by the file's own geometry and the record's bound."""
    found = record(practice, "zones/z1.json")
    image = sitk.Cast(sitk.ReadImage(str(practice / "zones/z1.sdf.nrrd")), sitk.sitkFloat64)
    surface = Surfaces().of(whole_case(), whole_case().segments[1]).surface
    low, size = np.array(image.GetOrigin()), np.array(image.GetSize())
    points = low + (size - 1) * image.GetSpacing() * np.random.default_rng(1).random((3_000, 3))
    read = np.array([
        image.EvaluateAtPhysicalPoint(tuple(map(float, one)), sitk.sitkLinear) for one in points
    ]) / found["field"]["steps_per_mm"]  # fmt: skip
    true = signed_mm(surface, points) - found["margin_mm"]
    in_file_mm = found["error_bound_mm"] - found["error_parts_mm"]["surface"]
    assert (read - in_file_mm <= true)[read > found["field"]["lowest_mm"] + 1].all()
    free_mm = found["error_bound_outside_mm"] - found["error_parts_mm"]["surface"]
    assert (read - free_mm <= true)[read >= 0].all()
    assert (read >= 0).sum() > 2_000


def test_the_same_case_gives_the_same_bytes(practice, tmp_path):
    (tmp_path / "again").mkdir()
    Robot().write(Handover(whole_case(Kind.SIMULATION), b"", is_draft=True), tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(practice)


@pytest.mark.parametrize(
    ("item_id", "segment", "code"),
    [("z", "id-none", "robot-zone-empty"), ("a/b", "id-canal", "robot-id-unusable"),
     ("Z1", "id-canal", "robot-id-unusable")],
)  # fmt: skip
def test_a_zone_that_cannot_be_expressed_refuses_the_export(tmp_path, item_id, segment, code):
    case = whole_case()
    more = NoGoZone(ItemId(item_id), "other", SegmentId(segment), 1.0)
    case = replace(case, plan=Plan((*case.plan.items, more)))
    with pytest.raises(Refusal, match=code):
        exported(case, tmp_path / "out", names=("robot",))
    assert not (tmp_path / "out").exists()


@pytest.mark.hazard("HAZ-27")
def test_a_zone_that_warns_says_so_and_is_held_to_it(tmp_path):
    case = whole_case()
    items = [replace(one, severity="warn") if one.id == "z1" else one for one in case.plan.items]
    exported(replace(case, plan=Plan(tuple(items))), tmp_path / "out", names=("package", "robot"))
    assert record(tmp_path / "out", f"{ZONE}.json")["severity"] == "warn"
    verdict = verify(tmp_path / "out", allow_draft=True)
    assert verdict.passed, verdict.checks
    for wrong, what in (("forbid", "severity"), ("block", "schema")):
        folder = tmp_path / wrong
        planted = rehashed(tmp_path / "out", folder, f"{ZONE}.json", stated(severity=wrong))
        bad = [one for one in verify(planted, allow_draft=True).checks if not one.ok]
        assert [(one.name, one.values["what"]) for one in bad] == [("robot", what)]


def test_a_plan_without_zones_still_says_its_frame(tmp_path):
    case = replace(whole_case(), plan=Plan(()))
    exported(case, tmp_path / "out", names=("package", "robot"))
    there = bytes_of(tmp_path / "out" / "data" / "robot")
    assert set(there) == {"frame.json", "paths.json"}
    verdict = verify(tmp_path / "out", allow_draft=True)
    assert verdict.passed, verdict.checks


def test_a_convex_hull_fills_a_ring_and_no_ball():
    for surface, is_trap in ((ring(), True), (ball(), False), (tube()[0], False)):
        found = hull_trap(surface, field_about(surface, 1.0), 1.0)
        assert found.is_trap == is_trap
    surface = ring()
    found = hull_trap(surface, field_about(surface, 1.0), 1.0)
    body = trimesh.Trimesh(surface.mesh.points_lps_mm, surface.mesh.triangles)
    assert found.fills_ml == pytest.approx((body.convex_hull.volume - body.volume) / 1000, rel=1e-6)
    assert hull_of(surface.mesh).is_closed
    assert hull_of(surface.mesh).volume_ml == pytest.approx(body.convex_hull.volume / 1000)
    assert 8.0 < found.hollow_mm <= 9.0  # the middle of the hole lies 9 mm from the ring


def test_a_ring_is_warned_of_in_its_record(tmp_path):
    """A segment with a hole through it: an engine's hull would close it."""
    case = whole_case()
    mask = np.zeros(case.volume.grid.shape_kji, bool)
    mask[4:22, 4:30, 8:52] = True
    mask[:, 9:25, 18:42] = False
    frame = Segment(SegmentId("id-frame"), "frame", BitMask.from_bool(mask), "#00ff00")
    zone = NoGoZone(ItemId("z2"), "round", frame.id, 0.5)
    case = replace(case, segments=(*case.segments, frame), plan=Plan((zone,)))
    exported(case, tmp_path / "out", names=("package", "robot"))
    found = record(tmp_path / "out", "data/robot/zones/z2.json")
    (warning,) = found["findings"]
    assert (warning["code"], warning["severity"]) == ("convex_hull_fills", "warn")
    hole_ml = 16 * 24 * 18 * case.volume.grid.voxel_ml
    assert found["convex_hull_fills_ml"] == pytest.approx(hole_ml, rel=0.2)
    assert verify(tmp_path / "out", allow_draft=True).passed


@pytest.mark.hazard("HAZ-27")
def test_the_receiver_holds_every_file_against_the_plan(sealed):
    verdict = verify(sealed, signer=key().fingerprint)
    assert verdict.passed, verdict.checks
    assert next(one for one in verdict.checks if one.name == "robot").values == {"n": 1}


def rehashed(draft, folder, path, change):
    """The package with one file changed, and everything hashed anew as its sender would."""
    files = {name: body for name, body in bytes_of(draft).items() if name.startswith("data/")}
    changed = change(files[path])
    if changed is None:
        del files[path]
    else:
        files[path] = changed
    if path.endswith((".nrrd", ".stl")) and changed is not None:
        about = json.loads(files[f"{ZONE}.json"])
        about["field" if path.endswith(".nrrd") else "mesh"]["sha256"] = sha(changed)
        files[f"{ZONE}.json"] = rfc8785.dumps(about)
    passport = json.loads(files["data/passport.json"])
    passport["files"] = [
        {**row, "sha256": sha(files[row["path"]]), "bytes": len(files[row["path"]])}
        for row in passport["files"]
        if row["path"] in files
    ]
    files["data/passport.json"] = rfc8785.dumps(passport)
    return laid_out(bagged(files, None, "draft", "clinical"), folder / "changed")


def field_changed(change, old=b"", new=b""):
    def changed(body):
        head, blank, data = body.partition(b"\n\n")
        codes = np.frombuffer(gzip.decompress(data), "<i2")
        sizes = [int(n) for n in head.split(b"sizes: ")[1].split(b"\n")[0].split()]
        codes = change(codes.reshape(sizes[::-1]).copy())
        return head.replace(old, new) + blank + gzip.compress(codes.astype("<i2").tobytes())

    return changed


def one_sample(codes):
    codes[codes.shape[0] // 2, codes.shape[1] // 2, 3] += 300
    return codes


def stated(**changes):
    def changed(body):
        about = json.loads(body)
        for name, value in changes.items():
            *way, last = name.split("__")
            there = about
            for step in way:
                there = there[step]
            there[last] = value
        return rfc8785.dumps(about)

    return changed


WRONG = {
    "sign": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: -c)),
    "margin forgotten": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: np.minimum(c + 256, 2560))),
    "a step aside": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: np.roll(c, 1, axis=2))),
    "one sample": (f"{ZONE}.sdf.nrrd", field_changed(one_sample)),
    "axes": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: c.transpose(2, 1, 0))),
    "other space": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: c, b"left-post", b"right-post")),
    "half a step": (f"{ZONE}.sdf.nrrd", field_changed(lambda c: c, b"(-806.5,", b"(-806.25,")),
    "mesh": (f"{ZONE}.stl", lambda body: body[:84] + body[134:] + body[84:134]),
    "no bound": (f"{ZONE}.json", stated(error_bound_mm=0.01)),
    "no bound outside": (f"{ZONE}.json", stated(error_bound_outside_mm=0.01)),
    "surface's bound": (f"{ZONE}.json", stated(error_parts_mm__surface=0.0)),
    "margin": (f"{ZONE}.json", stated(margin_mm=0.9)),
    "severity": (f"{ZONE}.json", stated(severity="warn")),
    "another segment": (f"{ZONE}.json", stated(segment_id="id-bone")),
    "name": (f"{ZONE}.json", stated(name="other")),
    "hull": (f"{ZONE}.json", stated(convex_hull_fills_ml=5.0)),
    "grid": (f"{ZONE}.json", stated(field__grid__step_mm=1.0)),
    "frame": (f"{ZONE}.json", stated(frame__uid="9.9")),
    "registered": ("data/robot/frame.json", stated(patient_to_robot=[1, 0, 0])),
    "landmark": ("data/robot/frame.json", stated(landmarks=[])),
    "path": ("data/robot/paths.json", stated(paths=[])),
    "state": ("data/robot/paths.json", stated(state="sealed")),
}


@pytest.mark.hazard("HAZ-24", "HAZ-27")
@pytest.mark.parametrize("fault", sorted(WRONG))
def test_what_is_wrong_is_found_though_its_hashes_hold(draft, tmp_path, fault):
    path, change = WRONG[fault]
    verdict = verify(rehashed(draft, tmp_path, path, change), allow_draft=True)
    failed = [(one.name, one.code) for one in verdict.checks if not one.ok]
    assert failed == [("robot", "verify-robot-differs")], failed


@pytest.mark.hazard("HAZ-2")
@pytest.mark.parametrize("axis", range(3))
def test_a_field_and_a_record_that_moved_half_a_step_together_are_found(draft, tmp_path, axis):
    before = record(draft, f"{ZONE}.json")["field"]["grid"]["origin_lps_mm"]
    after = [one + 0.25 * (n == axis) for n, one in enumerate(before)]
    old, new = ("(" + ",".join(map(repr, map(float, one))) + ")" for one in (before, after))
    move = field_changed(lambda c: c, old.encode(), new.encode())
    folder = rehashed(draft, tmp_path, f"{ZONE}.sdf.nrrd", move)
    place = stated(field__grid__origin_lps_mm=after)
    again = rehashed(folder, tmp_path / "again", f"{ZONE}.json", place)
    failed = [one for one in verify(again, allow_draft=True).checks if not one.ok]
    assert [one.values["what"] for one in failed] == ["distance"]


@pytest.mark.hazard("HAZ-24")
@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("point", ["entry_lps_mm", "target_lps_mm"])
def test_a_path_a_tenth_of_a_millimetre_aside_is_found(draft, tmp_path, point, axis):
    def moved(body):
        about = json.loads(body)
        about["paths"][0][point][axis] += 0.1
        return rfc8785.dumps(about)

    verdict = verify(rehashed(draft, tmp_path, "data/robot/paths.json", moved), allow_draft=True)
    assert [one.name for one in verdict.checks if not one.ok] == ["robot"]


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("end", [".json", ".stl", ".sdf.nrrd"])
def test_a_zone_that_was_dropped_is_missed(draft, tmp_path, end):
    verdict = verify(rehashed(draft, tmp_path, f"{ZONE}{end}", lambda body: None), allow_draft=True)
    failed = [(one.name, one.code) for one in verdict.checks if not one.ok]
    assert failed == [("robot", "verify-file-missing")]
