"""The receiver and the scene for headsets: every part, name, place and surface is the plan's."""

import base64
import json
import re
import struct
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from app.words import CatalogueWords
from planning.case.case import Kind
from planning.exchange.verify import verify
from planning.exchange.verify.ar import ar
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.rebuilt import PackageSurfaces, rebuilt, surfaces
from planning.exchange.verify.verdict import Fault
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
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

SCENE, PAGE = "data/ar/DRAFT-SIM-scene.glb", "data/ar/DRAFT-SIM-scene.html"


def whole():
    """Every kind of item, a zone about nothing, and a segment that no item speaks of."""
    case = whole_case(Kind.SIMULATION)
    beside = replace(case.segments[1], id="id-beside", name="Beside")
    none = NoGoZone(ItemId("z2"), "none", "id-none", 0.5, "warn")
    more = (Landmark(ItemId("l2"), "point 2", FAR), none)
    return replace(case, segments=(*case.segments, beside), plan=Plan((*items(), *more)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("ar") / "out"
    exported(whole(), out, names=("package", "ar"), words=CatalogueWords("fr"))
    return out


@pytest.fixture(scope="module")
def held(folder):
    """Everything that the check reads, made once."""
    bodies, paper = bytes_of(folder), plan(folder)
    payload = payload_of(bodies)
    built = rebuilt(paper, payload).value
    meshes = surfaces(built, paper, payload).value
    return bodies, paper, built, PackageSurfaces(meshes)


def payload_of(bodies):
    frozen = MappingProxyType(dict(bodies))
    return Payload({path: sha(one) for path, one in frozen.items()}, {}, frozen)


def judged(held, **changed):
    """The Fault about the package with other bodies, None when all holds."""
    bodies, paper, built, meshes = held
    payload = payload_of(
        {**bodies, **{{"scene": SCENE, "page": PAGE}[k]: v for k, v in changed.items()}}
    )
    try:
        ar(payload, paper, built, meshes, None)
    except Fault as fault:
        return fault
    return None


def parted(body):
    (size,) = struct.unpack_from("<I", body, 12)
    return json.loads(body[20 : 20 + size]), bytearray(body[28 + size :])


def joined(document, binary):
    text = json.dumps(document, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(binary), len(text), b"JSON")
    return head + text + struct.pack("<I4s", len(binary), b"BIN\0") + bytes(binary)


def node(document, kind, name=""):
    of_kind = (one for one in document["nodes"] if one["extras"]["kind"] == kind)
    return next(one for one in of_kind if name in one["name"])


def moved(document, binary, kind, name, change):
    """Change the points (N, 3) in metres of a node's first primitive, bounds and all."""
    mesh = document["meshes"][node(document, kind, name)["mesh"]]
    about = document["accessors"][mesh["primitives"][0]["attributes"]["POSITION"]]
    view = document["bufferViews"][about["bufferView"]]
    start, n = view["byteOffset"], 3 * about["count"]
    points = np.frombuffer(bytes(binary), "<f4", n, start).reshape(-1, 3).copy()
    points = np.ascontiguousarray(change(points), np.float32)
    binary[start : start + points.nbytes] = points.tobytes()
    about["min"], about["max"] = points.min(0).tolist(), points.max(0).tolist()


def shifted(mm, which=slice(None)):
    def change(points):
        points[which] += np.float32(mm / 1000)
        return points

    return change


def test_what_was_written_holds_in_each_language_and_state(folder, tmp_path):
    assert verify(folder, allow_draft=True, allow_simulation=True).passed
    exported(
        sealed_case(), tmp_path / "x", names=("package", "ar"), with_key=key(),
        words=CatalogueWords("ar"),
    )  # fmt: skip
    verdict = verify(tmp_path / "x")
    assert verdict.passed
    assert "ar" in [one.name for one in verdict.checks]


def test_a_package_with_a_foreign_file_among_the_scenes_fails(held):
    bodies, paper, built, meshes = held
    extra = payload_of({**bodies, "data/ar/DRAFT-SIM-other.glb": b""})
    with pytest.raises(Fault) as no:
        ar(extra, paper, built, meshes, None)
    assert no.value.code == "verify-file-foreign"
    missing = payload_of({path: one for path, one in bodies.items() if path != PAGE})
    with pytest.raises(Fault) as no:
        ar(missing, paper, built, meshes, None)
    assert no.value.code == "verify-file-missing"


@pytest.mark.parametrize(
    ("kind", "name", "mm", "holds"),
    [
        ("trajectory", "wire", 0.0002, True),
        ("trajectory", "wire", 0.02, False),
        ("landmark", "tip", 0.2, False),
        ("distance", "width", 0.02, False),
        ("angle", "tilt", 0.02, False),
        ("cut_plane", "cut", 0.02, False),
        ("segment", "bone", 2.0, False),
        ("segment", "Beside", 5.0, False),
        ("no_go_zone", "zone", 2.0, False),
        ("check_cube", "", 1.0, True),
    ],
)
def test_a_part_that_was_moved_fails(held, kind, name, mm, holds):
    """Just inside and outside of 0.001 mm for what is placed, of its deviation for a surface."""
    document, binary = parted(held[0][SCENE])
    moved(document, binary, kind, name, shifted(mm))
    fault = judged(held, scene=joined(document, binary))
    assert fault is not None  # the page holds another scene then
    assert fault.values["path"] == (PAGE if holds else SCENE)


@pytest.mark.hazard("HAZ-1")
def test_a_mirrored_scene_fails(held):
    document, binary = parted(held[0][SCENE])
    for kind, name in (("segment", "bone"), ("trajectory", "wire")):
        moved(document, binary, kind, name, lambda points: points * np.float32([-1, 1, 1]))
    assert judged(held, scene=joined(document, binary)).values["path"] == SCENE


@pytest.mark.parametrize("axis", range(3))
def test_a_cube_of_another_size_fails(held, axis):
    document, binary = parted(held[0][SCENE])

    def stretched(points):
        points[:, axis] = points[:, axis] * np.float32(1.0005)
        return points

    moved(document, binary, "check_cube", "", stretched)
    assert judged(held, scene=joined(document, binary)).values["what"] == "check_cube"


WORDS = {
    "case code": lambda d: d["asset"]["extras"].update(case_code="OTHER"),
    "side": lambda d: d["asset"]["extras"].update(side="R"),
    "state": lambda d: d["asset"]["extras"].update(state="sealed"),
    "mode": lambda d: d["asset"]["extras"].update(mode="navigation"),
    "hash": lambda d: d["asset"]["extras"].update(plan_sha256="0" * 64),
    "frame": lambda d: d["asset"]["extras"]["frame"].update(uid="1.2"),
    "anchor": lambda d: d["asset"]["extras"]["anchor_lps_mm"].__setitem__(0, 0),
    "anchor words": lambda d: d["asset"]["extras"].update(anchor_lps_mm="x"),
    "matrix": lambda d: d["asset"]["extras"]["lps_mm_from_metres"][0].__setitem__(0, -1000),
    "more": lambda d: d["asset"]["extras"].update(patient="X"),
    "name": lambda d: node(d, "segment", "bone").update(name="DRAFT SIM Bone"),
    "mark": lambda d: node(d, "landmark", "tip").update(name="tip"),
    "margin": lambda d: node(d, "no_go_zone", "zone")["extras"].update(margin_mm=0.9),
    "severity": lambda d: node(d, "no_go_zone", "zone")["extras"].update(severity="warn"),
    "severity less": lambda d: node(d, "no_go_zone", "none")["extras"].update(severity="forbid"),
    "severity gone": lambda d: node(d, "no_go_zone", "zone")["extras"].pop("severity"),
    "entry": lambda d: node(d, "trajectory")["extras"]["entry_lps_mm"].__setitem__(0, 1.0),
    "length": lambda d: node(d, "trajectory")["extras"].update(length_mm=11.0),
    "diameter": lambda d: node(d, "trajectory")["extras"].update(diameter_mm=2.6),
    "target": lambda d: node(d, "registration_target")["extras"]["point_lps_mm"].__setitem__(2, 0),
    "place": lambda d: node(d, "registration_target")["translation"].__setitem__(1, 0.5),
    "place gone": lambda d: node(d, "landmark").pop("translation"),
    "place odd": lambda d: node(d, "landmark").update(translation=[1e300, 0, 0]),
    "deviation": lambda d: node(d, "segment", "Canal")["extras"].update(deviation_mm=0.0),
    "deviation wide": lambda d: node(d, "segment", "bone")["extras"].update(deviation_mm=9.0),
    "triangles": lambda d: node(d, "segment", "bone")["extras"].update(triangles=3),
    "notice": lambda d: node(d, "notice").update(name="Plan"),
    "lost": lambda d: (
        d["nodes"].remove(node(d, "registration_target")), d["scenes"][0]["nodes"].pop(),
    ),
    "twice": lambda d: node(d, "registration_target")["extras"].update(id="l2"),
    "no id": lambda d: node(d, "segment", "bone")["extras"].pop("id"),
    "child": lambda d: node(d, "notice").update(children=[1]),
    "turned": lambda d: node(d, "segment", "bone").update(rotation=[0, 1, 0, 0]),
    "scale": lambda d: node(d, "segment", "bone").update(scale=[2, 2, 2]),
    "order": lambda d: d["nodes"].reverse(),
    "bound": lambda d: d["accessors"][0]["max"].__setitem__(0, 7.0),
    "index": lambda d: d["accessors"][2].update(componentType=5123),
    "count": lambda d: d["accessors"][0].update(count=1 << 40),
    "count odd": lambda d: d["accessors"][0].update(count=-1),
    "offset": lambda d: d["bufferViews"][0].update(byteOffset=1 << 40),
    "stride": lambda d: d["bufferViews"][0].update(byteStride=24),
    "outside": lambda d: d["buffers"][0].update(uri="http://x/y.bin"),
    "animation": lambda d: d.update(animations=[]),
    "extension": lambda d: d.update(extensionsUsed=["KHR_draco"]),
    "texture": lambda d: d.update(images=[{"uri": "x.png"}]),
    "lines": lambda d: d["meshes"][node(d, "distance")["mesh"]]["primitives"][0].update(mode=3),
    "no nodes": lambda d: d.update(nodes=[]),
    "nodes odd": lambda d: d.update(nodes={"a": 1}),
    "mesh odd": lambda d: node(d, "segment", "bone").update(mesh=True),
}  # fmt: skip


@pytest.mark.parametrize("what", WORDS)
def test_a_scene_that_says_something_else_fails(held, what):
    document, binary = parted(held[0][SCENE])
    WORDS[what](document)
    fault = judged(held, scene=joined(document, binary))
    assert fault is not None
    assert fault.values["path"] == SCENE


def test_a_surface_with_a_piece_cut_away_fails(held):
    document, binary = parted(held[0][SCENE])
    part = node(document, "segment", "bone")
    primitive = document["meshes"][part["mesh"]]["primitives"][0]
    about = document["accessors"][primitive["indices"]]
    view = document["bufferViews"][about["bufferView"]]
    about["count"] -= 3 * (about["count"] // 6)
    end, view["byteLength"] = view["byteOffset"] + view["byteLength"], 4 * about["count"]
    start = view["byteOffset"] + view["byteLength"]
    del binary[start:end]
    for one in document["bufferViews"]:
        one["byteOffset"] -= (end - start) * (one["byteOffset"] >= end)
    document["buffers"][0]["byteLength"] = len(binary)
    part["extras"]["triangles"] = about["count"] // 3
    fault = judged(held, scene=joined(document, binary))
    assert fault.values == {"path": SCENE, "what": "surface"}


def test_whatever_the_bytes_are_the_reader_answers(held):
    """400 flipped bits and cuts of the text and the numbers: a Fault each time, never a crash."""
    body = held[0][SCENE]
    rng = np.random.default_rng(8)
    (size,) = struct.unpack_from("<I", body, 12)
    for n in range(400):
        changed = bytearray(body)
        place = int(rng.integers(0, 40 + size if n % 3 else len(body)))
        changed[place] ^= 1 << int(rng.integers(8))
        if n % 10 == 0:
            changed = changed[:place]
        assert judged(held, scene=bytes(changed)) is not None, n


PAGES = {
    "script": lambda page: page.replace(b'"use strict";', b'"use strict"; ', 1),
    "policy": lambda page: page.replace(b"default-src", b"script-src", 1),
    "style": lambda page: page.replace(b"#E8ECF1", b"#E8ECF2", 1),
    "added": lambda page: page.replace(b"</body>", b"<script src=x></script></body>", 1),
    "scene": lambda page: page.replace(b'id="scene">Z2x', b'id="scene">Z2y', 1),
    "word": lambda page: page.replace(b"BROUILLON", "SCELLÉ".encode(), 1),
    "figure": lambda page: page.replace(b"14,0 mm", b"41,0 mm", 1),
    "language": lambda page: page.replace(b'"language": "fr"', b'"language": "en"', 1),
    "odd language": lambda page: page.replace(b'"language": "fr"', b'"language": ["fr"]', 1),
    "signer": lambda page: page.replace(b'"signer": ""', b'"signer": "ab"', 1),
    "more": lambda page: page.replace(b'"signer": ""', b'"signer": "", "x": 1', 1),
    "no json": lambda page: page.replace(b'id="facts">{', b'id="facts">[', 1),
    "no facts": lambda page: page.replace(b'id="facts"', b'id="fact"', 1),
    "not text": lambda page: page.replace(b"Tasrif", b"\xff", 1),
    "empty": lambda page: b"",
}


@pytest.mark.parametrize("what", PAGES)
def test_a_page_that_is_not_ours_fails(held, what):
    page = held[0][PAGE]
    changed = PAGES[what](page)
    assert changed != page
    fault = judged(held, page=changed)
    assert fault is not None
    assert fault.values["path"] == PAGE


def test_a_page_with_another_scene_fails_although_both_are_whole(held, tmp_path):
    other = replace(whole(), plan=Plan(items()))
    exported(other, tmp_path / "x", names=("ar",), words=CatalogueWords("fr"))
    page = next((tmp_path / "x").rglob("*.html")).read_bytes()
    assert re.search(rb'id="scene">[A-Za-z0-9+/=]+<', page)
    assert base64.b64encode(held[0][SCENE]) not in page
    assert judged(held, page=page) is not None


def test_the_receiver_says_no_to_a_changed_scene(folder, tmp_path):
    """Through the whole door: changed files of a draft are found by their hashes first."""
    bodies = bytes_of(folder)
    bodies[SCENE] = bodies[SCENE][:-1] + b"\0"
    for path, body in bodies.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    verdict = verify(tmp_path, allow_draft=True, allow_simulation=True)
    assert not verdict.passed
    assert failed(verdict)


def unseen(document):
    for one in document["materials"]:
        one["pbrMetallicRoughness"]["baseColorFactor"][3] = 0.0
        one["alphaMode"] = "BLEND"


def glowing(document):
    document["materials"][0]["emissiveFactor"] = [1, 1, 1]


def other_look(document):
    document["materials"][0]["name"] = "RIGHT"


def other_mesh(document):
    document["meshes"][0]["name"] = "RIGHT"


def other_maker(document):
    document["asset"]["generator"] = "Operate on the right."


def spare_look(document):
    document["materials"].append(document["materials"][0])


def spare_numbers(document):
    document["accessors"].append(document["accessors"][0])


def no_light(document):
    del document["meshes"][0]["primitives"][0]["attributes"]["NORMAL"]


def spare_bytes(document):
    document["buffers"][0]["byteLength"] += 4


LIES = (
    unseen, glowing, other_look, other_mesh, other_maker, spare_look, spare_numbers, no_light,
    spare_bytes,
)  # fmt: skip


@pytest.mark.parametrize("change", LIES)
def test_nothing_is_hidden_and_nothing_lies_beside_what_is_shown(held, change):
    document, binary = parted(held[0][SCENE])
    change(document)
    extra = bytes(4) if change is spare_bytes else b""
    body = joined(document, bytes(binary) + extra)
    page = held[0][PAGE].replace(base64.b64encode(held[0][SCENE]), base64.b64encode(body))
    fault = judged(held, scene=body, page=page)
    assert fault is not None
    assert fault.code == "verify-ar-differs"
