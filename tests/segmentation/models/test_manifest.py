"""Manifests: what a hospital writes is read, and each fault gets one sentence of its own."""

import json

import jsonschema
import pytest

from app.language import remedy, sentence
from segmentation.errors import Refusal
from segmentation.models import shelf
from segmentation.models.manifest import BYTES_MAX, SCHEMA, is_code, parsed, read_manifest, side_of
from tests.segmentation.models.tiny import manifest_of, place, pointwise

GOOD = pointwise(226)
SCAPULA_LEFT = "79601000:272741003=7771000"


def told(**changes):
    return json.dumps(manifest_of(GOOD, **changes)).encode()


def refused(data):
    with pytest.raises(Refusal) as caught:
        parsed(data, "bone/model.json")
    refusal = caught.value
    assert "bone/model.json" in sentence(refusal.code, refusal.values)
    assert remedy(refusal.code, refusal.values)
    return refusal


def test_a_manifest_says_what_was_written():
    found = parsed(told(labels=[{"channel": 2, "name": "Scapula", "code": SCAPULA_LEFT}]), "a")
    assert (found.name, found.version, found.licence) == ("bone", "1.0.0", "CC0-1.0")
    assert found.patch == (16, 16, 16)
    assert found.labels[0].channel == 2
    assert side_of(found.labels[0].code) == ("79601000", "L")
    assert not found.is_promptable


def test_the_two_ways_to_normalise_are_the_formulas():
    z = {"method": "z-score", "clip_hu": [-100, 300], "mean_hu": 50, "sd_hu": 20}
    found = parsed(told(intensity=z), "a").intensity
    assert (90 - found.subtract) / found.divide + found.add == pytest.approx((90 - 50) / 20)
    scale = {"method": "scale", "clip_hu": [-100, 300], "low": -1, "high": 1}
    found = parsed(told(intensity=scale), "a").intensity
    for hu, value in ((-100, -1.0), (300, 1.0), (100, 0.0)):
        assert (hu - found.subtract) / found.divide + found.add == pytest.approx(value)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))


Z = {"method": "z-score", "clip_hu": [-100, 300], "mean_hu": 50, "sd_hu": 20}
WRONG = [
    ({"name": None}, "$"),
    ({"surprise": 1}, "$"),
    ({"format": "other"}, "$.format"),
    ({"format_version": 2}, "$.format_version"),
    ({"name": "../bone"}, "$.name"),
    ({"version": ""}, "$.version"),
    ({"licence": ""}, "$.licence"),
    ({"task": "train"}, "$.task"),
    ({"file": "../model.onnx"}, "$.file"),
    ({"file": "/etc/model.onnx"}, "$.file"),
    ({"file": "model.pt"}, "$.file"),
    ({"sha256": "0" * 63}, "$.sha256"),
    ({"dimensions": 4}, "$.dimensions"),
    ({"axes": "SPX"}, "$.axes"),
    ({"axes": "SIL"}, "$.axes"),
    ({"spacing_mm": [1, 1]}, "$.spacing_mm"),
    ({"spacing_mm": [1, 1, 0]}, "$.spacing_mm[2]"),
    ({"patch": [16, 16, 4096]}, "$.patch[2]"),
    ({"patch": [16, 16, 1.5]}, "$.patch[2]"),
    ({"dimensions": 2}, "$.patch"),
    ({"overlap_ratio": 1}, "$.overlap_ratio"),
    ({"intensity": {**Z, "clip_hu": [5, 5]}}, "$.intensity.clip_hu"),
    ({"intensity": {**Z, "sd_hu": 0}}, "$.intensity"),
    ({"intensity": {k: v for k, v in Z.items() if k != "sd_hu"}}, "$.intensity"),
    ({"accepts": {}}, "$.accepts"),
    ({"input": "a b"}, "$.input"),
    ({"activation": "relu"}, "$.activation"),
    ({"labels": []}, "$.labels"),
    ({"labels": [{"channel": 300, "name": "a"}]}, "$.labels[0].channel"),
    ({"labels": [{"channel": 0, "name": "a"}]}, "$.labels[].channel"),
    ({"labels": [{"channel": 1, "name": "a\u202eb"}]}, "$.labels[0].name"),
    ({"task": "prompt"}, "$.points"),
    ({"decoder": {"file": "d.onnx", "sha256": "0" * 64, "embedding": "e"}}, "$.decoder"),
    ({"memory_mib": 1}, "$.memory_mib"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_a_wrong_field_is_named_with_what_is_allowed_there(change, field):
    refusal = refused(told(**change))
    assert refusal.code == "model-manifest-wrong"
    assert str(refusal.values["field"]).startswith(field)
    assert refusal.values["allowed"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[", b"\xff\xfe", told().replace(b"0.5", b"NaN"), b"[" * 100_000,
        b" " * BYTES_MAX + b"{}",
    ],
)  # fmt: skip
def test_what_is_no_small_json_is_unreadable(data):
    assert refused(data).code == "model-manifest-unreadable"


def test_labels_are_told_apart_and_codes_are_known():
    one = {"channel": 1, "name": "a"}
    assert refused(told(labels=[one, {"channel": 1, "name": "b"}])).code == "model-label-twice"
    assert refused(told(labels=[one, {"channel": 2, "name": "a"}])).code == "model-label-twice"
    unknown = [{**one, "code": "123456789"}]
    assert refused(told(labels=unknown)).code == "model-code-unknown"
    assert is_code(SCAPULA_LEFT)
    assert is_code("79601000")
    assert not is_code("79601000:272741003=1234567")


def test_a_folder_tells_each_model_and_each_fault(tmp_path):
    place(tmp_path, GOOD)
    place(tmp_path, GOOD, name="second", title="Second")
    (tmp_path / "no-model").mkdir()
    twin = place(tmp_path, GOOD, name="twin")
    twin.joinpath("model.json").write_text(json.dumps(manifest_of(GOOD)))
    broken = place(tmp_path, GOOD, name="worst")
    broken.joinpath("model.json").write_text("{")
    found = {one.folder.name: one for one in shelf.placed(tmp_path)}
    assert set(found) == {"bone", "second", "twin", "worst"}
    assert found["second"].manifest.title == "Second"
    assert found["twin"].fault.code == "model-name-twice"
    assert found["worst"].fault.code == "model-manifest-unreadable"


def test_folders_that_are_not_there_say_so(tmp_path):
    for folder, code in (
        (None, "model-folder-unset"),
        (tmp_path / "gone", "model-folder-missing"),
        (tmp_path, "model-unknown"),
    ):
        shelf.use(folder)
        with pytest.raises(Refusal, match=code):
            shelf.model_named("bone")
    shelf.use(None)
    assert shelf.placed() == ()
    with pytest.raises(Refusal, match="model-manifest-unreadable"):
        read_manifest(tmp_path / "model.json")


@pytest.mark.hazard("HAZ-39")
def test_a_file_is_held_against_its_hash_and_must_lie_in_its_folder(tmp_path):
    own = place(tmp_path, GOOD)
    manifest = read_manifest(own / "model.json")
    assert shelf.checked_files(own, manifest) == (GOOD,)
    flipped = bytearray(GOOD)
    flipped[len(GOOD) // 2] ^= 1
    (own / "model.onnx").write_bytes(flipped)
    with pytest.raises(Refusal, match="model-checksum-differs"):
        shelf.checked_files(own, manifest)
    (own / "model.onnx").unlink()
    with pytest.raises(Refusal, match="model-file-missing"):
        shelf.checked_files(own, manifest)
    (tmp_path / "elsewhere.onnx").write_bytes(GOOD)
    (own / "model.onnx").symlink_to(tmp_path / "elsewhere.onnx")
    with pytest.raises(Refusal, match="model-file-elsewhere"):
        shelf.checked_files(own, manifest)
