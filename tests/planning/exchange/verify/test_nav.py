"""The receiver and the files for navigation: what any one of them says must be the plan's."""

import gzip
import json
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from planning.case.case import Kind, Segment, SegmentId
from planning.exchange.openigtlink import SentPoint, message, point_body, transform_body
from planning.exchange.verify import verify
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.nav import nav
from planning.exchange.verify.rebuilt import rebuilt
from planning.exchange.verify.verdict import Fault
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from tests.planning.exchange.making import (
    FAR,
    bytes_of,
    exported,
    items,
    key,
    plan,
    sealed_case,
    whole_case,
)
from tests.planning.exchange.verify.packing import sha
from tests.planning.exchange.verify.test_tampering import failed

NAMES = ("package", "nav")


def whole():
    """Every kind of item; a second bone over the first, a zone of nothing, a name that is cut."""
    case = whole_case(Kind.SIMULATION)
    voxels = case.segments[0].mask.to_bool().copy()
    voxels[:12] = False
    over = Segment(SegmentId("id-over"), "Épaule \\ (2)", BitMask.from_bool(voxels), "#0a0b0c")
    more = (
        Landmark(ItemId("l2"), "é" * 79 + "1", FAR),
        Landmark(ItemId("l3"), "é" * 79 + "2", FAR),
        NoGoZone(ItemId("z2"), "nothing", SegmentId("id-none"), 0.5, "warn"),
        NoGoZone(ItemId("z3"), "wide", SegmentId("id-canal"), 9.5, "warn"),
    )
    segments = (*case.segments, over)
    return replace(case, segments=segments, plan=Plan((*items(), *more)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("nav") / "out"
    exported(whole(), out, names=NAMES)
    return out


@pytest.fixture(scope="module")
def held(folder):
    """Returns what holds changed bodies against the plan, as after a signer's own hashes."""
    document, bodies = plan(folder), bytes_of(folder)
    built = rebuilt(document, payload_of(bodies)).value

    def hold(**changes):
        changed = dict(bodies)
        for name, body in changes.items():
            path = f"data/nav/DRAFT-SIM-{name}"
            if body is None:
                del changed[path]
            else:
                changed[path] = body
        return nav(payload_of(changed), document, built)

    return hold


def payload_of(bodies):
    data = {path: body for path, body in bodies.items() if path.startswith("data/")}
    sizes = {path: len(body) for path, body in data.items()}
    return Payload({path: sha(body) for path, body in data.items()}, sizes, MappingProxyType(data))


def body_of(folder, name):
    return (folder / f"data/nav/DRAFT-SIM-{name}").read_bytes()


def refused(hold, code="verify-nav-differs", **changes):
    with pytest.raises(Fault) as fault:
        hold(**changes)
    assert fault.value.code == code
    return fault.value.values


def test_an_export_with_files_for_navigation_passes(folder, tmp_path):
    verdict = verify(folder, allow_draft=True, allow_simulation=True)
    assert failed(verdict) == {}
    assert "verify-nav-ok" in {one.code for one in verdict.checks}
    exported(sealed_case(), tmp_path / "out", names=NAMES, with_key=key())
    assert failed(verify(tmp_path / "out", signer=key().fingerprint)) == {}


def test_a_package_without_them_has_none_to_hold(sealed_package):
    assert "nav" not in {one.name for one in verify(sealed_package).checks}


def test_a_missing_or_foreign_file_is_a_fault(held, folder):
    for path in sorted((folder / "data/nav").iterdir()):
        name = path.name.removeprefix("DRAFT-SIM-")
        if name != "plan.igtl":
            refused(held, "verify-file-missing", **{name: None})
        refused(held, "verify-file-foreign", **{f"x-{name}": path.read_bytes()})


def leaves(value, path=()):
    """Every number and every text of a JSON value, by its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key_, inner in pairs:
            yield from leaves(inner, (*path, key_))
    else:
        yield path


def changed(document, path):
    """The document with one leaf that says another thing."""
    made = json.loads(json.dumps(document))
    inside = made
    for step in path[:-1]:
        inside = inside[step]
    old = inside[path[-1]]
    inside[path[-1]] = old + 0.5 if isinstance(old, int | float) else f"{old} "
    return json.dumps(made).encode()


FREE = {"locked", "fixedNumberOfControlPoints", "size", "planeBounds", "note"}


@pytest.mark.parametrize(
    "name",
    ["landmarks", "no-go-zones", "width", "tilt", "wire", "cut", "plan.igtl.json"],
)
def test_each_number_and_each_word_of_a_json_file_is_held(held, folder, name):
    """Only how large a plane is drawn, what is locked, and the note to people are free."""
    file = name if name.endswith(".json") else f"{name}.mrk.json"
    document = json.loads(body_of(folder, file))
    paths = [path for path in leaves(document) if not FREE & set(path)]
    assert len(paths) > 15
    for path in paths:
        refused(held, **{file: changed(document, path)})


def test_a_json_file_with_more_or_less_is_a_fault(held, folder):
    for file in ("wire.mrk.json", "cut.mrk.json", "plan.igtl.json"):
        document = json.loads(body_of(folder, file))
        refused(held, **{file: json.dumps({**document, "more": 1}).encode()})
        refused(held, "verify-json-unreadable", **{file: b"["})
    document = json.loads(body_of(folder, "wire.mrk.json"))
    document["markups"] *= 2
    refused(held, **{"wire.mrk.json": json.dumps(document).encode()})
    document["markups"] = [{**document["markups"][0], "baseToNode": [1.0] * 16}]
    refused(held, **{"wire.mrk.json": json.dumps(document).encode()})


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_zones_point_outside_of_its_segment_is_a_fault(held, folder, axis):
    document = json.loads(body_of(folder, "no-go-zones.mrk.json"))
    for shift_mm, is_fault in ((0.0004, False), (0.002, True), (30.0, True)):
        moved = json.loads(json.dumps(document))
        moved["markups"][0]["controlPoints"][0]["position"][axis] += shift_mm
        change = {"no-go-zones.mrk.json": json.dumps(moved).encode()}
        if is_fault:
            refused(held, **change)
        else:
            held(**change)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"left-posterior-superior", b"right-anterior-superior"),
        (b"Segment0_LabelValue:=1", b"Segment0_LabelValue:=2"),
        (b"Segment0_LabelValue:=1", b"Segment0_LabelValue:=x"),
        (b"Segment3_Layer:=1", b"Segment3_Layer:=0"),
        (b"Segment3_Layer:=1", b"Segment3_Layer:=7"),
        (b"Segment0_Name:=DRAFT SIM bone", b"Segment0_Name:=bone"),
        (b"Segment0_ID:=id-bone", b"Segment0_ID:=id-other"),
        (b"Segment0_Extent:=0 ", b"Segment0_Extent:=1 "),
        (b"NoGoMargins_mm:[1.0, 9.5]", b"NoGoMargins_mm:[0.5, 9.5]"),
        (b"NoGoSeverities:forbid,warn|", b"NoGoSeverities:warn,warn|"),
        (b"NoGoSeverities:forbid,warn|", b"NoGoSeverities:warn,forbid|"),
        (b"NoGoSeverities:forbid,warn|", b"NoGoSeverities:forbid|"),
        (b"Tasrif.NoGoSeverities:forbid,warn|", b""),
        (b"Segment1_Tags:=", b"Segment0_Tags:="),
        (b"ReferenceImageExtentOffset:=2", b"ReferenceImageExtentOffset:=1"),
        (b"tasrif_state:=draft", b"tasrif_state:=sealed"),
        (b"tasrif_frame_uid:=1.2.3", b"tasrif_frame_uid:=1.2.4"),
        (b"kinds: list domain", b"kinds: domain domain"),
        (b"encoding: gzip", b"encoding: gzip\ndata file: /etc/passwd"),
        (b"Segment3_ID", b"Segment9_ID"),
    ],
)
def test_a_word_of_the_segmentations_header_is_held(held, folder, old, new):
    body = body_of(folder, "segmentation.seg.nrrd")
    assert old in body
    refused(held, **{"segmentation.seg.nrrd": body.replace(old, new, 1)})


def test_each_voxel_of_the_segmentation_is_held(held, folder):
    head, _, data = body_of(folder, "segmentation.seg.nrrd").partition(b"\n\n")
    values = np.frombuffer(gzip.decompress(data), np.uint8)
    rng = np.random.default_rng(3)
    for at in rng.integers(values.size, size=12):
        wrong = values.copy()
        wrong[at] = 0 if wrong[at] else 1 + at % 7
        body = head + b"\n\n" + gzip.compress(wrong.tobytes())
        refused(held, **{"segmentation.seg.nrrd": body})
    origin = head.split(b"space origin: (")[1].split(b",")[0]
    moved = head.replace(origin, repr(float(origin) + 0.002).encode()) + b"\n\n" + data
    refused(held, "verify-mask-elsewhere", **{"segmentation.seg.nrrd": moved})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Parameters: 1.0", b"Parameters: -1.0"),
        (b"1.0 0.0 0.0 0.0\nFixed", b"1.0 0.0 0.0 0.1\nFixed"),
        (b"FixedParameters: 0 0 0", b"FixedParameters: 0 0 1"),
        (b"Affine", b"Scale"),
        (b"Parameters: 1.0", b"Parameters: 1.0.0"),
        (b"Parameters: 1.0", b"Parameters: "),
    ],
)
def test_the_transform_is_held_to_be_the_identity(held, folder, old, new):
    body = body_of(folder, "patient_from_plan.tfm")
    assert old in body
    refused(held, **{"patient_from_plan.tfm": body.replace(old, new)})


def test_the_messages_are_held_to_the_last_bit_of_each_number(held, folder):
    body = body_of(folder, "plan.igtl")
    size = 58 + int.from_bytes(body[42:50], "big")
    points, rest = body[:size], body[size:]
    for at in (100, 103, 111, 112, 136 + 100):  # places and a size; the checksum made anew
        wrong = bytearray(points[58:])
        wrong[at] ^= 1
        made = message("POINT", "DRAFT SIM Landmarks", bytes(wrong)) + rest
        refused(held, **{"plan.igtl": made})
    for wrong in (points, rest, rest + points, body[:-1], body[:80] + b"\xff" + body[81:]):
        refused(held, **{"plan.igtl": wrong})


def test_names_of_messages_may_be_cut_but_not_changed(held, folder):
    said = json.loads(body_of(folder, "plan.igtl.json"))
    names = [row["sent_as"] for row in said["messages"][0]["rows"]]
    assert len(set(names)) == 3
    assert names[2].endswith("~2")
    document = plan(folder)
    places = [one["point_lps_mm"] for one in document["items"] if one["kind"] == "landmark"]
    paths = body_of(folder, "plan.igtl")
    paths = paths[paths.index(b"\0\1TRAJ") : paths.index(b"\0\1TRANSFORM")]
    last = message("TRANSFORM", "DRAFT SIM FromPlan", transform_body(np.eye(4)))
    group = "DRAFT SIM Landmarks"

    def sent(*called, where=group):
        rows = [SentPoint(one, where, tuple(place))
                for one, place in zip(called, places, strict=True)]  # fmt: skip
        return message("POINT", group, point_body(rows)) + paths + last

    assert sent(*names) == body_of(folder, "plan.igtl")
    first, second, third = names
    for wrong in (("tip", second, third), (first, second, second), (first, "DRAFT SIM é", third),
                  (first, second.replace("é", "e"), third)):  # fmt: skip
        refused(held, **{"plan.igtl": sent(*wrong)})
    refused(held, **{"plan.igtl": sent(*names, where="Landmarks")})


@pytest.mark.hazard("HAZ-25", "HAZ-38")
def test_only_a_sealed_clinical_plan_has_files_without_marks(folder, tmp_path):
    out = tmp_path / "out"
    exported(sealed_case(), out, names=NAMES, with_key=key())
    assert not any(path.name.startswith("DRAFT") for path in (out / "data/nav").iterdir())
    assert all(path.name.startswith("DRAFT-SIM-") for path in (folder / "data/nav").iterdir())
