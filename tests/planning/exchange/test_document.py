"""The plan document: one text for one plan, by the published schema, without the patient's name."""

import hashlib
import json
import locale
import math
import struct
from dataclasses import replace
from datetime import date

import jsonschema
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.case.case import Identity
from planning.case.file import create, open_case
from planning.checks import Checkup, check_plan
from planning.exchange.document import (
    canonical,
    mask_sha256,
    plan_document,
    text_sha256,
)
from planning.exchange.english import english
from planning.exchange.seal import draft_plan
from planning.measures import MeasureView, NotMeasured, measured, subjects
from planning.measures.surfaces import Surfaces
from planning.model.plan import KINDS, Plan
from resources import FOLDER
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.planning.case.making import tiny_case
from tests.planning.exchange.sealing import AT, DAY, HEAD, SURFACES, planned, seal_edit, stamp

SCHEMA = json.loads((FOLDER / "schemas" / "plan.schema.json").read_text())
JUDGE = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def parts():
    """What a document of `planned()` is made from."""
    case = planned()
    view = MeasureView(case, SURFACES)
    results = tuple(one for subject in subjects(case) for one in measured(view, subject))
    return check_plan(case, SURFACES, DAY), results


@pytest.fixture(scope="module")
def draft():
    return json.loads(draft_plan(planned(), SURFACES, DAY, HEAD))


@pytest.fixture
def french():
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "fr_FR.UTF-8")
    except locale.Error:
        pytest.skip("the fr_FR.UTF-8 locale is not installed")
    yield
    locale.setlocale(locale.LC_ALL, before)


def document(parts, case=None, seal=None):
    checkup, results = parts
    who = planned() if case is None else case
    return plan_document(who, checkup, results, seal, journal_head=HEAD, checked_on=DAY)


# --- the one text --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x8000000000000001, "-5e-324"),
        (0x7FEFFFFFFFFFFFFF, "1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44B52D02C7E14AF5, "9.999999999999997e+22"),
        (0x44B52D02C7E14AF6, "1e+23"),
        (0x44B52D02C7E14AF7, "1.0000000000000001e+23"),
        (0x444B1AE4D6E2EF4E, "999999999999999700000"),
        (0x444B1AE4D6E2EF50, "1e+21"),
        (0x3EB0C6F7A0B5ED8C, "9.999999999999997e-7"),
        (0x3EB0C6F7A0B5ED8D, "0.000001"),
        (0x41B3DE4355555553, "333333333.3333332"),
        (0x41B3DE4355555557, "333333333.33333343"),
        (0xBECBF647612F3696, "-0.0000033333333333333333"),
        (0x43143FF3C1CB0959, "1424953923781206.2"),
    ],
)
def test_numbers_read_as_in_the_standards_table(bits, text):
    """RFC 8785, appendix B."""
    (number,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    assert canonical(number) == text.encode()


def test_whole_small_and_negative_zero_numbers():
    assert canonical([1e21, 1e-7, 1.0, -0.0, 100.0, 0.1, 1e20]) == (
        b"[1e+21,1e-7,1,0,100,0.1,100000000000000000000]"
    )


def test_keys_are_sorted_by_their_utf16_units():
    """RFC 8785, section 3.2.3: the key beyond the first plane sorts before U+FB33."""
    given_order = {
        "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7,
    }  # fmt: skip
    text = canonical(given_order).decode()
    assert [*json.loads(text)] == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip
    assert text.startswith('{"\\r":2,"1":4,"\u0080":6,')


def slow_text(value):
    """RFC 8785 in a few lines, from the digits that Python's repr gives (the shortest)."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: list(pair[0].encode("utf-16-be")))
        return "{" + ",".join(f"{slow_text(k)}:{slow_text(v)}" for k, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(slow_text, value)) + "]"
    if isinstance(value, float):
        return slow_number(value)
    return json.dumps(value, ensure_ascii=False)


def slow_number(value):
    """ECMA-262, Number::toString: n is where the point stands in the k digits."""
    if value == 0:
        return "0"
    mantissa, n = split(abs(value))
    sign, k = "-" if value < 0 else "", len(mantissa)
    if k <= n <= 21:
        return sign + mantissa + "0" * (n - k)
    if 0 < n <= 21:
        return sign + mantissa[:n] + "." + mantissa[n:]
    if -6 < n <= 0:
        return sign + "0." + "0" * -n + mantissa
    tail = "." + mantissa[1:] if k > 1 else ""
    return f"{sign}{mantissa[0]}{tail}e{n - 1:+d}"


def split(value):
    """The shortest digits of a positive number, and how many of them stand before the point."""
    head, _, exponent = repr(value).partition("e")
    whole, _, part = head.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    leading = len(whole + part) - len(digits)
    point = len(whole) - leading + int(exponent or 0)
    return digits.rstrip("0"), point


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"))
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
trees = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


@given(trees)
def test_any_data_has_the_text_of_a_second_writer(tree):
    assert canonical(tree).decode() == slow_text(tree)
    assert slow_text(json.loads(canonical(tree))) == slow_text(tree)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, 2**53, -(2**53), "\ud800", {"\ud800": 1}, {1: 2}, {"a": b""}],
)
def test_what_no_reader_takes_the_same_is_refused(value):
    with pytest.raises(Refusal) as refused:
        canonical({"plan": [value]})
    assert (refused.value.code, refused.value.exit_code) == ("plan-not-canonical", 3)


def test_the_plan_has_the_second_writers_text(parts):
    data = document(parts)
    assert canonical(data).decode() == slow_text(data)


# --- the same for the same case ------------------------------------------------------------


def test_threads_surfaces_and_a_french_desktop_change_no_byte(french):
    first = draft_plan(planned(), SURFACES, DAY, HEAD)
    before = numba.get_num_threads()
    try:
        for threads in {1, before}:
            numba.set_num_threads(threads)
            assert draft_plan(planned(), Surfaces(), DAY, HEAD) == first
    finally:
        numba.set_num_threads(before)
    assert b"0,5" not in first.split(b'"items":')[1].split(b'"journal_head"')[0]


def test_a_case_that_was_kept_in_a_file_has_the_same_text(tmp_path):
    create(tmp_path / "c.tasrif", planned()).close()
    with open_case(tmp_path / "c.tasrif") as file:
        kept = draft_plan(file.case, Surfaces(), DAY, HEAD)
    assert kept == draft_plan(planned(), SURFACES, DAY, HEAD)


def test_a_tenth_of_a_micrometre_changes_the_text(parts):
    case = planned()
    mark = case.plan.items[0]
    x, y, z = mark.point_lps_mm
    moved = replace(mark, point_lps_mm=(x, y, z + 1e-4))
    other = replace(case, plan=Plan((moved, *case.plan.items[1:])))
    assert canonical(document(parts, other)) != canonical(document(parts))


# --- what stands in it ---------------------------------------------------------------------


def test_every_part_of_the_case_stands_where_it_belongs(parts):
    case, data = planned(), document(parts)
    grid = case.volume.grid
    assert data["plan"] == {
        "id": "c", "version": 1, "supersedes": None, "state": "draft", "kind": "clinical",
    }  # fmt: skip
    assert (data["case_code"], data["side"], data["seal"]) == ("Schulter 1", "L", None)
    assert data["frame"] == {"uid": grid.frame_uid, "convention": "LPS", "unit": "mm"}
    volume = data["volume"]
    assert volume["sha256"] == case.volume.sha256()
    bone, nerve = data["segments"]
    assert (nerve["id"], nerve["name"], nerve["recipe"]) == ("id-nerve", "nerve", "")
    voxels = int(case.segments[0].mask.to_bool().sum())
    assert bone["voxels"] == voxels
    assert bone["ml"] == pytest.approx(voxels * 1.0 * 0.7 * 0.7 / 1000)
    assert (data["journal_head"], data["checked_on"]) == (HEAD, "2026-03-01")


def test_an_oblique_grid_stands_so_that_its_corners_come_back():
    """Origin, direction times spacing, index: written out, and told from the transposed."""
    case = tiny_case()
    checkup = Checkup((), ())
    data = plan_document(case, checkup, (), None, journal_head=HEAD, checked_on=DAY)
    JUDGE.validate(data)
    volume = data["volume"]
    steps = np.array(volume["spacing_kji_mm"][::-1]) * (np.array(volume["shape_kji"][::-1]) - 1)
    corner = np.array(volume["origin_lps_mm"]) + np.array(volume["direction"]) @ steps
    assert corner == pytest.approx(case.volume.grid.corners_lps_mm[-1], abs=1e-9)
    assert (volume["regularised_mm"], volume["findings"]) == (0.125, ["thick-slices"])


def test_items_stand_with_all_their_fields_and_segments_by_id(parts):
    case, data = planned(), document(parts)
    assert [item["kind"] for item in data["items"]] == [item.kind for item in case.plan.items]
    assert {item.kind for item in case.plan.items} == {kind.kind for kind in KINDS}
    screw = data["items"][3]
    assert screw == {
        "kind": "trajectory", "id": "screw", "name": "screw", "diameter_mm": 4.0,
        "segment_id": "id-bone", "entry_lps_mm": list(case.plan.items[3].entry_lps_mm),
        "target_lps_mm": list(case.plan.items[3].target_lps_mm),
    }  # fmt: skip
    (source,) = case.plan.items[5].derived_from
    assert data["items"][5]["derived_from"] == [{"id": "id-nerve", "sha256": source.sha256}]


def test_every_number_stands_with_unit_and_bound_or_why_there_is_none(parts):
    rows = document(parts)["measures"]
    assert len(rows) == len(parts[1]) > len(planned().plan.items)
    for row, result in zip(rows, parts[1], strict=True):
        if isinstance(result, NotMeasured):
            assert (row["value"], row["reason"]) == (None, result.code)
        else:
            assert (row["value"], row["unit"]) == (result.value, result.unit)
            assert (row["uncertainty_mm"], row["reason"]) == (result.uncertainty_mm, None)
        assert row["definition"]


def test_a_reason_stands_beside_the_finding_that_it_answers(parts):
    rows = document(parts)["findings"]
    assert rows  # the screw lies in the zone around the nerve
    blocking = [row for row in rows if row["severity"] == "block"]
    assert blocking
    assert all(row["reason"] == {"text": "As agreed.", "by": "Dr B", "at": AT} for row in blocking)
    cited = [row for row in rows if row["limit_name"]]
    assert cited
    assert all(row["citation"] and row["status"] for row in cited)


def test_a_mask_is_hashed_as_the_sentence_says_whatever_its_box():
    """The words of the docstring, bit by bit."""
    voxels = np.random.default_rng(3).random((3, 4, 70)) < 0.3
    voxels[0] = False
    rows = b""
    for k in range(3):
        for j in range(4):
            row = bytearray(16)
            for i in range(70):
                row[i // 8] |= int(voxels[k, j, i]) << i % 8
            rows += bytes(row)
    expected = hashlib.sha256(struct.pack("<3I", 3, 4, 70) + rows).hexdigest()
    mask = BitMask.from_bool(voxels)
    whole = BitMask((3, 4, 70), mask.to_words())
    assert mask.words.shape != whole.words.shape
    assert mask_sha256(mask) == mask_sha256(whole) == expected
    voxels[2, 3, 69] ^= True
    assert mask_sha256(BitMask.from_bool(voxels)) != expected
    assert mask_sha256(BitMask.empty((3, 4, 70))) != mask_sha256(BitMask.empty((4, 3, 70)))


canary = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZÀÉÖŽابت^-'", min_size=5, max_size=20).map("Qz".__add__)


@pytest.mark.hazard("HAZ-6")
@given(canary, canary, canary, canary, canary, st.dates(date(1900, 2, 3), date(1999, 12, 30)))
def test_no_word_about_the_patient_but_the_code(parts, pid, issuer, name, sex, told, birth):
    identity = Identity("K 7", pid, issuer, name, birth.isoformat(), sex)
    case = planned()
    source = replace(case.source, description=told)
    case = replace(case, identity=identity, source=source)
    for seal in (None, stamp(case)):
        words = canonical(document(parts, case, seal)).decode()
        for secret in (pid, issuer, name, sex, told, birth.isoformat(), f"{birth:%Y%m%d}"):
            assert secret not in words
        assert '"case_code":"K 7"' in words


def test_sentences_of_findings_are_english_and_filled():
    assert english("seal-again", {"version": 3}) == "The plan is sealed already, as version 3."
    assert english("no-such-code", {}) == "no-such-code"


# --- the published schema ------------------------------------------------------------------


def test_the_schema_is_one_and_every_document_is_by_it(parts, draft):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    JUDGE.validate(draft)
    JUDGE.validate(json.loads(seal_edit().seal.plan))
    JUDGE.validate(json.loads(canonical(document(parts, replace(planned(), plan=Plan())))))


def test_required_names_stand_under_properties_and_nothing_else_may():
    def look(node):
        if isinstance(node, dict):
            if "required" in node:
                assert set(node["required"]) <= set(node["properties"])
                assert node["additionalProperties"] is False
            if "prefixItems" in node:
                assert node["items"] is False
                assert node["minItems"] == len(node["prefixItems"])
            for inner in node.values():
                look(inner)
        elif isinstance(node, list):
            for inner in node:
                look(inner)

    look(SCHEMA)


def changed(data, path, value):
    """A copy with one value changed; `...` takes the key out."""
    copy = json.loads(json.dumps(data))
    place = copy
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("frame", "unit"), ...),
        (("frame", "unit"), "cm"),
        (("frame", "convention"), "RAS"),
        (("frame", "convention"), ...),
        (("schema",), "another"),
        (("schema_version",), 2),
        (("more",), 1),
        (("plan", "more"), 1),
        (("plan", "state"), "sealed"),
        (("plan", "state"), "approved"),
        (("plan", "kind"), "practice"),
        (("plan", "version"), 0),
        (("plan", "supersedes"), "ab"),
        (("seal",), {"by": "A", "role": "B", "at": AT}),
        (("side",), "left"),
        (("items", 0, "kind"), "screw"),
        (("items", 0, "kind"), ...),
        (("items", 0, "id"), ...),
        (("items", 0, "point_lps_mm"), ...),
        (("items", 0, "point_lps_mm"), [1, 2]),
        (("items", 0, "point_lps_mm"), [1, 2, 3, 4]),
        (("items", 0, "point_lps_mm"), [1, 2, "NaN"]),
        (("items", 0, "point_lps_mm"), [1, 2, None]),
        (("items", 0, "point"), [1, 2, 3]),
        (("items", 3, "diameter_mm"), "4 mm"),
        (("items", 3, "segment"), "bone"),
        (("items", 4, "segment_id"), ...),
        (("measures", 0, "unit"), ...),
        (("measures", 0, "unit"), "inch"),
        (("measures", 0, "value"), "12"),
        (("measures", 0, "version"), 1.5),
        (("findings", 0, "severity"), "ok"),
        (("findings", 0, "reason"), "because"),
        (("segments", 0, "sha256"), "AB" * 32),
        (("segments", 0, "voxels"), -1),
        (("volume", "direction"), [[1, 0, 0], [0, 1, 0]]),
        (("volume", "spacing_kji_mm"), [1, 0, 1]),
        (("volume", "outcome"), "refused"),
        (("checked_on",), "1.3.2026"),
        (("patient_name",), "Núñez^Ana"),
    ],
)
def test_the_schema_refuses_a_planted_fault(draft, path, value):
    assert JUDGE.is_valid(draft)
    assert not JUDGE.is_valid(changed(draft, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seal",), None),
        (("plan", "state"), "draft"),
        (("journal_head",), ""),
        (("volume", "outcome"), "view_only"),
        (("seal", "role"), ""),
        (("seal", "at"), "2026-03-01T10:20:30+02:00"),
        (("seal", "at"), "yesterday"),
    ],
)
def test_a_sealed_plan_needs_all_that_a_seal_stands_for(path, value):
    whole = json.loads(seal_edit().seal.plan)
    assert JUDGE.is_valid(whole)
    assert not JUDGE.is_valid(changed(whole, path, value))


def test_a_sealed_plan_has_no_block_without_a_reason():
    whole = json.loads(seal_edit().seal.plan)
    at = next(n for n, row in enumerate(whole["findings"]) if row["severity"] == "block")
    assert not JUDGE.is_valid(changed(whole, ("findings", at, "reason"), None))


def test_a_texts_hash_is_that_of_its_bytes():
    assert text_sha256("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()
