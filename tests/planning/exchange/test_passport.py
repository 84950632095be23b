"""The passport: a row for each file, true hashes, errors within what is allowed, its schema."""

import hashlib
import json

import jsonschema
import pytest

from planning.exchange.passport import AS_WRITTEN
from planning.exchange.picture_file import written_picture
from planning.exchange.schema_file import SCHEMAS, read_json
from segmentation.errors import Refusal
from tests.planning.exchange.making import bytes_of, chunk, passport, png

SCHEMA = json.loads((SCHEMAS / "passport.schema.json").read_bytes())


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_each_payload_file_has_its_row(draft, sealed_package, practice):
    for folder in (draft, sealed_package, practice):
        payload = {
            name: body
            for name, body in bytes_of(folder).items()
            if name.startswith("data/") and name != "data/passport.json"
        }
        rows = {row["path"]: row for row in passport(folder)["files"]}
        assert list(rows) == sorted(payload)
        for name, body in payload.items():
            assert rows[name]["sha256"] == hashlib.sha256(body).hexdigest()
            assert rows[name]["bytes"] == len(body)
            assert rows[name]["result"] == AS_WRITTEN
            assert rows[name]["written_by"] != rows[name]["read_by"]
        plan = payload["data/plan.json"]
        assert passport(folder)["plan_sha256"] == hashlib.sha256(plan).hexdigest()


def test_each_file_with_geometry_says_frame_unit_and_an_error_within_its_tolerance(draft):
    rows = passport(draft)["files"]
    assert {row["path"].rsplit(".")[-1] for row in rows} == {"3mf", "json", "nrrd", "png", "stl"}
    for row in rows:
        is_flat = row["path"].endswith((".png", "/versions.json"))
        frame = "LPS - lps_offset_mm" if row["path"].endswith(".3mf") else "LPS"
        assert (row["frame"], row["unit"]) == (("", "") if is_flat else (frame, "mm"))
        assert (row["error_mm"] is None) == is_flat
        if not is_flat:
            assert 0.0 <= row["error_mm"] <= row["allowed_mm"] == 0.001
        if row["path"].endswith(".stl"):
            assert row["error_mm"] > 0.0  # 32-bit floats 1.8 m from the origin
            assert row["error_mm"] < 3**0.5 * 2**-14  # half a step of a float beyond 1024 mm


def faults(whole):
    """Yield a passport with one fault after the other."""
    file = next(row for row in whole["files"] if row["path"] == "data/plan.json")
    for change in (
        {"schema": "other"}, {"schema_version": 2}, {"plan_sha256": "12"}, {"state": "approved"},
        {"kind": "real"}, {"counts": {}}, {"counts": {"segments": -1}}, {"files": []},
        {"patient_name": "x"}, {"state": "sealed"}, {"not_expressed": {"print": {"landmark": ""}}},
    ):  # fmt: skip
        yield {**whole, **change}
    for change in (
        {"path": "/data/x"}, {"path": "data/../x"}, {"path": "plan.json"}, {"sha256": "AB"},
        {"bytes": -1}, {"frame": "RAS"}, {"unit": "ft"}, {"error_mm": -1.0},
        {"result": "converted"}, {"error_mm": "0"}, {"extra": 1},
    ):  # fmt: skip
        yield {**whole, "files": [{**file, **change}]}


def test_the_schema_refuses_each_fault(draft):
    check = jsonschema.Draft202012Validator(SCHEMA)
    whole = passport(draft)
    assert check.is_valid(whole)
    for key in SCHEMA["required"]:
        assert not check.is_valid({name: whole[name] for name in whole if name != key})
    for fault in faults(whole):
        assert not check.is_valid(fault)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"schema": NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_of_the_schema_is_seen(tmp_path, body):
    (tmp_path / "x.json").write_bytes(body)
    with pytest.raises(Refusal) as no:
        read_json(tmp_path / "x.json", "passport")
    assert no.value.code == "export-read-back-differs"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"GIF89a", png()[:-1], png() + b"x", png().replace(b"\x00\x01", b"\x00\x02", 1),
        png(chunk(b"tEXt", b"Author\0Canary")), png(chunk(b"iTXt", b"x")), png(chunk(b"eXIf", b"")),
    ],
)  # fmt: skip
@pytest.mark.hazard("HAZ-6")
def test_a_picture_that_is_cut_damaged_or_could_hold_words_is_refused(tmp_path, body):
    assert written_picture(tmp_path, "good", png()).error_mm is None
    with pytest.raises(Refusal) as no:
        written_picture(tmp_path, "bad", body)
    assert no.value.code == "export-read-back-differs"


@pytest.mark.parametrize("name", ["../x", "", "A b", ".hidden", "x" * 41, "é"])
def test_a_pictures_name_is_a_plain_word(tmp_path, name):
    with pytest.raises(ValueError, match="plain word"):
        written_picture(tmp_path, name, png())
    assert list(tmp_path.iterdir()) == []
