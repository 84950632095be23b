"""Signed by the right key and still wrong: only computing everything again sees it."""

import json
import struct

import numpy as np
import pytest
import SimpleITK as sitk

from planning.exchange.verify import verify
from planning.measures import MEASURES
from tests.planning.exchange.verify.packing import key_of, laid_out, rebodied, replanned
from tests.planning.exchange.verify.test_tampering import failed

KEY = key_of(1)
BONE_NRRD, BONE_STL = "data/package/id-bone.nrrd", "data/package/id-bone.stl"
STEP = {"mm": 0.01, "deg": 0.01, "ml": 0.001, "HU": 0.01}


def stated(payload):
    return json.loads(payload["data/plan.json"])["measures"]


def test_the_scene_has_every_measure_with_a_number(payload):
    found = {one["name"] for one in stated(payload) if one["value"] is not None}
    assert found == {measure.name for measure in MEASURES}
    breaches = [one["value"] for one in stated(payload) if one["name"] == "zone_clearance"]
    assert min(breaches) < 0.0 < max(breaches)


def test_each_number_off_by_a_hundredth_is_found_out(payload, tmp_path):
    for n, one in enumerate(stated(payload)):
        if one["unit"] == "HU" or is_searched(one):
            continue
        step = STEP[one["unit"]] * (-1) ** n

        def change(plan, n=n, step=step):
            plan["measures"][n]["value"] += step

        folder = laid_out(replanned(payload, change, KEY), tmp_path / f"p{n}")
        assert failed(verify(folder)) == {"numbers": "verify-number-differs"}, one["name"]


def is_searched(one):
    """Whether the measure searches for a depth, which it states to 0.02 mm or 1 % only."""
    return one["name"] in ("zone_clearance", "bone_margin") and one["value"] < 0.0


def test_a_depth_is_held_to_what_its_search_promises(payload, tmp_path):
    numbers = stated(payload)
    deep = [n for n, one in enumerate(numbers) if is_searched(one)]
    assert deep
    for n in deep:
        value = numbers[n]["value"]

        def change(plan, n=n, value=value):
            plan["measures"][n]["value"] = value + max(0.03, 0.015 * abs(value))

        folder = laid_out(replanned(payload, change, KEY), tmp_path / f"p{n}")
        assert failed(verify(folder)) == {"numbers": "verify-number-differs"}


def test_a_point_moved_without_its_numbers_is_found_out(payload, tmp_path):
    def change(plan):
        plan["items"][3]["target_lps_mm"][0] += 0.01

    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {
        "prints": "verify-print-odd", "numbers": "verify-number-differs",
    }  # fmt: skip


def without(plan, name):
    plan["measures"] = [one for one in plan["measures"] if one["name"] != name]


ODD = {
    "clearance left out": lambda p: without(p, "zone_clearance"),
    "volume left out": lambda p: without(p, "segment_volume"),
    "number twice": lambda p: p["measures"].append(p["measures"][0]),
    "number nobody knows": lambda p: p["measures"].append({**p["measures"][0], "name": "luck"}),
    "number of another item": lambda p: p["measures"][0].update(item="i1"),
    "other unit": lambda p: p["measures"][0].update(unit="cm"),
    "other definition": lambda p: p["measures"][0].update(definition="About as far."),
    "other version": lambda p: p["measures"][0].update(version=2),
    "no value": lambda p: p["measures"][0].update(value=None, reason="measure-no-surface"),
    "smaller bound": lambda p: clearances(p)[0].update(uncertainty_mm=0.01),
    "flag left out": lambda p: [one.update(flags=[]) for one in clearances(p)],
}


def clearances(plan):
    return [one for one in plan["measures"] if one["name"] == "zone_clearance"]


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_numbers_are_held_both_ways(payload, tmp_path, change):
    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert set(failed(verify(folder))) in ({"numbers"}, {"plan"})


MASKS = {
    "hash": lambda s: s.update(sha256="0" * 64),
    "voxels": lambda s: s.update(voxels=s["voxels"] + 1),
    "ml": lambda s: s.update(ml=s["ml"] + 0.001),
    "id is a path": lambda s: s.update(id="../id-bone"),
    "recipe broken": lambda s: s.update(recipe='{"tool":["x"],"set":1}'),
    "recipe deep": lambda s: s.update(recipe="[" * 9000),
}


@pytest.mark.parametrize("change", MASKS.values(), ids=MASKS.keys())
def test_segments_are_held_against_their_masks(payload, tmp_path, change):
    files = replanned(payload, lambda plan: change(plan["segments"][0]), KEY)
    found = set(failed(verify(laid_out(files, tmp_path / "p"))))
    assert {"masks"} <= found <= {"masks", "files"}


ITEMS = {
    "segment nobody has": lambda items: items[3].update(segment_id="id-other"),
    "path without length": lambda items: items[3].update(entry_lps_mm=items[3]["target_lps_mm"]),
    "normal too long": lambda items: items[5].update(normal_lps=[0.7, 0.7, 0.7]),
    "name twice": lambda items: items[4].update(name=items[3]["name"]),
    "id twice": lambda items: items[4].update(id=items[3]["id"]),
}


@pytest.mark.parametrize("change", ITEMS.values(), ids=ITEMS.keys())
def test_items_are_what_their_kind_allows(payload, tmp_path, change):
    files = replanned(payload, lambda plan: change(plan["items"]), KEY)
    assert set(failed(verify(laid_out(files, tmp_path / "p")))) <= {"masks", "plan", "numbers"}
    assert not verify(tmp_path / "p").passed


@pytest.mark.parametrize(
    "volume",
    [
        {"spacing_kji_mm": [1.0, 0.7, 0.71]},
        {"origin_lps_mm": [1e9, 0.0, 0.0]},
        {"shape_kji": [2**20, 2**20, 2**12]},
        {"direction": [[1, 0, 0], [0, 1, 0], [0, 0, -1]]},
        {"direction": [[1, 0, 0], [0, 1, 0], [1, 0, 1]]},
    ],
)
def test_another_grid_is_found_out(payload, tmp_path, volume):
    files = replanned(payload, lambda plan: plan["volume"].update(volume), KEY)
    assert set(failed(verify(laid_out(files, tmp_path / "p")))) <= {"masks", "plan"}
    assert not verify(tmp_path / "p").passed


@pytest.mark.hazard("HAZ-27")
def test_what_is_left_out_is_counted(payload, tmp_path):
    def no_zone(passport):
        passport["counts"]["no_go_zone"] = 0

    def no_row(passport):
        passport["files"] = passport["files"][:-1]

    def row_twice(passport):
        passport["files"].append(passport["files"][0])

    def too_far(passport):
        passport["files"][0]["error_mm"] = passport["files"][0]["allowed_mm"] * 1.001

    def other_size(passport):
        passport["files"][0]["bytes"] += 1

    for change in (no_zone, no_row, row_twice, too_far, other_size):
        folder = laid_out(rebodied(payload, KEY, change=change), tmp_path / change.__name__)
        assert set(failed(verify(folder))) == {"files"}, change.__name__


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("path", [BONE_NRRD, BONE_STL])
def test_a_mask_or_surface_left_out_is_missed(payload, tmp_path, path):
    rest = {one: body for one, body in payload.items() if one != path}
    found = failed(verify(laid_out(rebodied(rest, KEY), tmp_path / "p")))
    assert list(found.values()) == ["verify-file-missing"]


def with_file(payload, path, body, tmp_path):
    return failed(verify(laid_out(rebodied({**payload, path: body}, KEY), tmp_path / "p")))


def moved(body, mm):
    count = struct.unpack_from("<I", body, 80)[0]
    rows = np.frombuffer(body, np.uint8, offset=84).reshape(count, 50).copy()
    corners = rows[:, 12:48].copy().view("<f4")
    corners[:, ::3] += np.float32(mm)
    rows[:, 12:48] = corners.view(np.uint8)
    return body[:84] + rows.tobytes()


def count_of(body):
    return struct.unpack_from("<I", body, 80)[0]


def flipped(body):
    rows = np.frombuffer(body, np.uint8, offset=84).reshape(-1, 50).copy()
    rows[:, 12:48] = np.concatenate([rows[:, 24:36], rows[:, 12:24], rows[:, 36:48]], axis=1)
    return body[:84] + rows.tobytes()


STLS = {
    "moved by 0.1 mm": lambda body: moved(body, 0.1),
    "a triangle less": lambda b: b[:80] + struct.pack("<I", count_of(b) - 1) + b[84:-50],
    "count only": lambda body: body[:80] + struct.pack("<I", 2**32 - 1) + body[84:],
    "turned inside out": flipped,
    "not a number": lambda body: body[:96] + struct.pack("<f", float("nan")) + body[100:],
    "far away": lambda body: body[:96] + struct.pack("<f", 1e30) + body[100:],
    "marked as a draft": lambda body: b"Tasrif DRAFT LPS mm".ljust(80) + body[80:],
    "nothing": lambda body: b"",
}  # fmt: skip


@pytest.mark.parametrize("change", STLS.values(), ids=STLS.keys())
def test_a_surface_is_the_masks_own(payload, tmp_path, change):
    found = with_file(payload, BONE_STL, change(payload[BONE_STL]), tmp_path)
    assert set(found) == {"surfaces"}


def test_the_surface_of_another_mask_is_found_out(payload, tmp_path):
    other = payload["data/package/id-nerve.stl"]
    assert set(with_file(payload, BONE_STL, other, tmp_path)) == {"surfaces"}


def header(old, new):
    return lambda body: body.replace(old, new, 1)


NRRDS = {
    "RAS": header(b"left-posterior-superior", b"right-anterior-superior"),
    "shorts": header(b"type: uint8", b"type: int16"),
    "two axes": header(b"dimension: 3", b"dimension: 2"),
    "other file": header(b"encoding: gzip", b"encoding: gzip\ndata file: ../../../secret"),
    "skips": header(b"encoding: gzip", b"encoding: gzip\nbyte skip: 1"),
    "other sizes": header(b"sizes: ", b"sizes: 1"),
    "no origin": header(b"space origin", b"space orijin"),
    "key twice": header(b"encoding: gzip", b"encoding: gzip\nencoding: raw"),
    "no gzip": header(b"encoding: gzip", b"encoding: raw"),
    "hex": header(b"encoding: gzip", b"encoding: hex"),
    "cut": lambda body: body[:-9],
    "more behind": lambda body: body + b"x",
    "huge sizes": header(b"sizes: ", b"sizes: 999999 999999 999999 "),
    "nothing": lambda body: b"",
    "no magic": lambda body: body[1:],
}


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("change", NRRDS.values(), ids=NRRDS.keys())
def test_a_mask_that_is_none_is_a_failed_check(payload, tmp_path, change):
    body = change(payload[BONE_NRRD])
    assert body != payload[BONE_NRRD]
    assert set(with_file(payload, BONE_NRRD, body, tmp_path)) == {"masks"}


def test_a_mask_one_voxel_aside_is_found_out(payload, clinical, tmp_path):
    path = tmp_path / "mask.nrrd"
    path.write_bytes(payload[BONE_NRRD])
    image = sitk.ReadImage(str(path))
    image.SetOrigin(image.TransformIndexToPhysicalPoint((1, 0, 0)))
    sitk.WriteImage(image, str(path), useCompression=True)
    found = with_file(payload, BONE_NRRD, path.read_bytes(), tmp_path)
    assert found == {"masks": "verify-mask-differs"}
    image.SetOrigin(image.TransformContinuousIndexToPhysicalPoint((-0.99, 0, 0)))
    sitk.WriteImage(image, str(path), useCompression=True)
    found = with_file(payload, BONE_NRRD, path.read_bytes(), tmp_path / "b")
    assert found == {"masks": "verify-mask-elsewhere"}


def test_our_reader_of_masks_agrees_with_simpleitk(payload, tmp_path):
    path = tmp_path / "mask.nrrd"
    path.write_bytes(payload[BONE_NRRD])
    sitk.WriteImage(sitk.ReadImage(str(path)), str(path), useCompression=True)
    assert path.read_bytes() != payload[BONE_NRRD]
    assert with_file(payload, BONE_NRRD, path.read_bytes(), tmp_path) == {}
