"""Plan items as JSON: round trip, the published schema, and one sentence for each fault."""

import json
from dataclasses import MISSING, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.model.plan import KINDS
from planning.model.written import Known, read_items, written
from planning.model.zone import ZoneRule
from resources import FOLDER
from segmentation.errors import Refusal
from tests.planning.model.making import BONE, items_strategy, one_of_each

KNOWN = Known("1.2.3", {"bone": BONE})
SCHEMA = json.loads((FOLDER / "schemas" / "plan-apply.schema.json").read_text())
SCREW = {
    "kind": "trajectory", "id": "t1", "name": "screw",
    "entry_lps_mm": [1, 2, 3], "target_lps_mm": [1, 2, 43], "diameter_mm": 5.5, "segment": "bone",
}  # fmt: skip


def read(text):
    return read_items(text.encode(), "plan.json", KNOWN)


def file_of(*items, **more):
    return json.dumps({"version": 1, "items": list(items), **more})


def fits(value, rule):
    """Say whether a JSON value fits the part of JSON Schema that ours uses."""
    if "$ref" in rule:
        return fits(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")])
    if "oneOf" in rule:
        return sum(fits(value, one) for one in rule["oneOf"]) == 1
    if "const" in rule:
        return value == rule["const"] and type(value) is type(rule["const"])
    if "enum" in rule:
        return value in rule["enum"]
    return FITS[rule["type"]](value, rule)


def fits_object(value, rule):
    if not isinstance(value, dict) or not set(rule["required"]) <= set(value):
        return False
    known = set(value) <= set(rule["properties"])
    return known and all(fits(one, rule["properties"][key]) for key, one in value.items())


def fits_array(value, rule):
    is_long = isinstance(value, list) and len(value) >= rule.get("minItems", 0)
    is_short = is_long and len(value) <= rule.get("maxItems", 10**9)
    return is_short and all(fits(one, rule["items"]) for one in value)


def fits_string(value, rule):
    is_text = isinstance(value, str) and len(value) >= rule.get("minLength", 0)
    return is_text and len(value) <= rule.get("maxLength", 10**9)


def fits_number(value, rule):
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and rule.get("minimum", -1e99) <= value <= rule.get("maximum", 1e99)


FITS = {
    "object": fits_object, "array": fits_array, "string": fits_string, "number": fits_number,
}  # fmt: skip


@given(st.lists(items_strategy(st.uuids().map(str), st.uuids().map(str)), max_size=6))
def test_items_come_back_to_the_last_bit_and_fit_the_schema(items):
    text = json.dumps(written(tuple(items), KNOWN))
    assert read(text) == tuple(items)
    assert fits(json.loads(text), SCHEMA)


def test_what_items_were_derived_from_comes_back():
    items = one_of_each()
    assert read(json.dumps(written(items, KNOWN))) == items


def test_the_schema_names_exactly_the_fields_of_the_items():
    for kind in KINDS:
        rule = SCHEMA["$defs"][kind.kind]
        names = {f.name.replace("segment_id", "segment"): f for f in fields(kind)}
        assert set(rule["properties"]) == {"kind", *names}
        needed = {
            n for n, f in names.items() if f.default is MISSING and f.default_factory is MISSING
        }
        assert set(rule["required"]) == {"kind", *needed} - {"id"}
        assert all(
            key.endswith(("_mm", "_lps"))
            or key in ("kind", "id", "name", "segment", "severity", "derived_from")
            for key in rule["properties"]
        )
    choices = SCHEMA["properties"]["items"]["items"]["oneOf"]
    assert [one["$ref"] for one in choices] == [f"#/$defs/{kind.kind}" for kind in KINDS]


def test_a_zone_warns_only_where_the_file_says_so():
    zone = {"kind": "no_go_zone", "name": "nerve", "segment": "bone", "margin_mm": 2}
    for said, rule in (({}, ZoneRule.FORBID), *(({"severity": one}, one) for one in ZoneRule)):
        (item,) = read(file_of({**zone, **said}))
        assert item.severity is rule
        assert fits(json.loads(file_of({**zone, **said})), SCHEMA)
        assert written((item,), KNOWN)["items"][0]["severity"] == str(rule)
    assert set(SCHEMA["$defs"]["no_go_zone"]["properties"]["severity"]["enum"]) == set(ZoneRule)


@pytest.mark.parametrize(
    ("severity", "code"),
    [
        ("block", "zone-severity-unknown"),
        ("Warn", "zone-severity-unknown"),
        ("", "plan-item-unreadable"),
        (None, "plan-item-unreadable"),
        (["warn"], "plan-item-unreadable"),
    ],
)
def test_a_severity_that_nobody_knows_refuses_the_file(severity, code):
    zone = {"kind": "no_go_zone", "name": "nerve", "segment": "bone", "margin_mm": 2}
    text = file_of({**zone, "severity": severity})
    with pytest.raises(Refusal) as refused:
        read(text)
    assert (refused.value.code, refused.value.values["item"]) == (code, "nerve")
    assert not fits(json.loads(text), SCHEMA)


def test_an_item_without_an_id_gets_one_of_its_own():
    record = {key: value for key, value in SCREW.items() if key != "id"}
    first, second = read(file_of(record, {**record, "name": "other"}))
    assert first.id != second.id
    assert fits(json.loads(file_of(record)), SCHEMA)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"diameter": 5.5}, "plan-unit-missing"),
        ({"diameter_cm": 0.55}, "plan-key-unknown"),
        ({"entry": [1, 2, 3]}, "plan-unit-missing"),
        ({"entry_lps": [1, 2, 3]}, "plan-unit-missing"),
        ({"entry_ras_mm": [1, 2, 3]}, "plan-key-unknown"),
        ({"diameter_mm": None}, "plan-not-a-number"),
        ({"diameter_mm": "5.5"}, "plan-not-a-number"),
        ({"diameter_mm": True}, "plan-not-a-number"),
        ({"diameter_mm": 55}, "item-number-outside"),
        ({"diameter_mm": 10**400}, "plan-number-not-finite"),
        ({"entry_lps_mm": [1, 2]}, "plan-point-unreadable"),
        ({"entry_lps_mm": "1,2,3"}, "plan-point-unreadable"),
        ({"entry_lps_mm": [1, 2, "3"]}, "plan-not-a-number"),
        ({"entry_lps_mm": [1, 2, 43]}, "item-too-short"),
        ({"kind": "node"}, "plan-kind-unknown"),
        ({"kind": None}, "plan-kind-unknown"),
        ({"kind": ["trajectory"]}, "plan-kind-unknown"),
        ({"segment": "liver"}, "item-segment-unknown"),
        ({"segment": 3}, "item-segment-unknown"),
        ({"name": 3}, "plan-item-unreadable"),
        ({"name": ""}, "plan-item-unreadable"),
        ({"id": ""}, "plan-item-unreadable"),
        ({"derived_from": {}}, "plan-item-unreadable"),
        ({"derived_from": [{"id": "a"}]}, "plan-item-unreadable"),
        ({"derived_from": [{"id": "a", "sha256": 1}]}, "plan-item-unreadable"),
    ],
)
def test_each_fault_of_an_item_has_its_code_and_names_the_item(change, code):
    unit_of = {"diameter": "diameter_mm", "entry": "entry_lps_mm"}
    record = {k: v for k, v in SCREW.items() if k != unit_of.get(next(iter(change)))}
    with pytest.raises(Refusal) as refused:
        read(file_of({**record, **change}))
    assert refused.value.code == code
    assert refused.value.values["item"] in ("screw", "#1", "plan.json")
    assert not fits(json.loads(file_of({**record, **change})), SCHEMA) or code in (
        "item-too-short", "item-segment-unknown", "plan-number-not-finite",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["name", "entry_lps_mm", "target_lps_mm", "diameter_mm"])
def test_each_key_that_is_needed_is_asked_for(key):
    with pytest.raises(Refusal) as refused:
        read(file_of({k: v for k, v in SCREW.items() if k != key}))
    assert (refused.value.code, refused.value.values["key"]) == ("plan-key-missing", key)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "plan-unreadable"),
        ("[]", "plan-unreadable"),
        ("{", "plan-unreadable"),
        ("[" * 100_000, "plan-unreadable"),
        ('{"version": 1}', "plan-unreadable"),
        ('{"version": 1, "items": {}}', "plan-unreadable"),
        ('{"version": 1, "items": [3]}', "plan-item-unreadable"),
        ('{"items": []}', "plan-version-unknown"),
        ('{"version": 2, "items": []}', "plan-version-unknown"),
        ('{"version": true, "items": []}', "plan-version-unknown"),
        ('{"version": 1, "items": [], "frame_uid": "9"}', "plan-frame-differs"),
        ('{"version": 1, "items": [], "unit": "cm"}', "plan-key-unknown"),
        ('{"version": 1, "version": 1, "items": []}', "plan-key-twice"),
        ('{"version": 1, "items": [{"margin_mm": NaN}]}', "plan-number-not-finite"),
        ('{"version": 1, "items": [{"margin_mm": -Infinity}]}', "plan-number-not-finite"),
        (file_of({**SCREW, "diameter_mm": 77}).replace("77", "1e999"), "plan-number-not-finite"),
        (" " * (5 << 20), "plan-too-large"),
        (file_of(*[3] * 10_001), "plan-too-large"),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
def test_each_fault_of_a_file_has_its_code(text, code):
    with pytest.raises(Refusal) as refused:
        read(text)
    assert refused.value.code == code


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Refusal) as refused:
        read_items(b"\xff\xfe\x00\xd8", "plan.json", KNOWN)
    assert refused.value.code == "plan-unreadable"
