"""Limits are data: by their schema, each with its citation, compared at full precision."""

import json
import math

import jsonschema
import pytest

from planning.checks.limits import limits, surely_mm
from planning.checks.words import down, mm, up, up_fine
from planning.measures import MEASURES
from planning.measures.bone_margin import BONE_MARGIN
from planning.measures.quantity import Flag
from resources import FOLDER

FACTS = {"segment_thickness", "side_distance", "scan_age", "slice_spacing", "slice_thickness"}


def test_the_file_holds_its_schema_and_names_each_limit_once():
    data = json.loads((FOLDER / "limits" / "limits.json").read_text())
    schema = json.loads((FOLDER / "schemas" / "limits.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    assert [one["name"] for one in data["limits"]] == list(limits())


@pytest.mark.parametrize("name", limits())
def test_each_limit_compares_a_measure_or_a_fact_and_says_where_it_is_from(name):
    limit = limits()[name]
    assert limit.measure in {measure.name for measure in MEASURES} | FACTS
    assert ("House" in limit.citation) == (limit.status == "house")
    assert math.isfinite(limit.value)


@pytest.mark.parametrize("name", limits())
def test_a_limit_itself_is_in_order_and_the_next_number_beyond_is_not(name):
    limit = limits()[name]
    beyond = -math.inf if limit.comparison == "at_least" else math.inf
    assert limit.holds(limit.value)
    assert not limit.holds(math.nextafter(limit.value, beyond))
    assert not limit.holds(math.nan)


def test_the_bound_is_taken_off_once():
    plain = BONE_MARGIN.quantity("i", 1.0, uncertainty_mm=0.2)
    mask = BONE_MARGIN.quantity("i", 1.0, uncertainty_mm=0.2, flags=(Flag.MASK_ONLY,))
    assert surely_mm(plain) == 0.8
    assert surely_mm(mask) == 1.0
    assert surely_mm(BONE_MARGIN.quantity("i", 1.0)) == 1.0


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(1.96, 1.9, 2.0), (-0.31, -0.4, -0.3), (5.0, 5.0, 5.0), (0.2, 0.2, 0.2)],
)
def test_words_are_rounded_against_the_user(value, low, high):
    assert (down(value), up(value)) == (low, high)
    assert up_fine(0.141) == 0.15
    assert mm(low) == f"{low:.1f} mm"
