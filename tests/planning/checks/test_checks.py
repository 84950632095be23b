"""Every check fires on a planted fault and is silent 0.1 mm on the other side of its limit."""

import ast
import re
import string
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polib
import pytest

from planning.case.case import Kind, Outcome, Side, Status
from planning.case.inputs import input_sha256
from planning.checks import CHECKS, Severity, check_plan, limits
from planning.checks.midplane import mid_plane
from planning.checks.zones import limit_of
from planning.measures.surfaces import Surfaces
from planning.model.cut_plane import CutPlane
from planning.model.item import Input, ItemId, SegmentId
from planning.model.landmark import Landmark
from planning.model.zone import ZoneRule
from segmentation.finding import Finding
from segmentation.io.verdict import OLD_DAYS, THICK_MM
from segmentation.mask import BitMask
from tests.planning.checks.making import (
    TODAY,
    body,
    checkup,
    codes,
    finding,
    planned,
    spaced,
    wire,
    zone,
)

ROOT = Path(__file__).resolve().parents[3]
BOUND_MM = 0.2
"""The stated error of a sub-voxel surface on voxels of 1 mm."""
ROUND_MM = 1e-4


def with_source(case=None, **changes):
    case = planned() if case is None else case
    return replace(case, source=replace(case.source, **changes))


def with_mask(segment_id, mask, case=None, recipe=None):
    case = planned() if case is None else case
    segments = tuple(
        replace(one, mask=mask, recipe=one.recipe if recipe is None else recipe)
        if one.id == segment_id
        else one
        for one in case.segments
    )
    return replace(case, segments=segments)


def mark(x_mm):
    return planned(Landmark("m", "mark", (x_mm, 0.0, 0.0)))


def derived(sha256=None, source="id-bone"):
    case = planned()
    found = Input(source, sha256 or input_sha256(case, source))
    return planned(replace(wire(), derived_from=(found,)), zone())


def by_model(status):
    """The bone as a model made it, and how far a person is with it."""
    case = planned()
    recipe = '[{"made_by":{"title":"Bones","version":"1"},"set":{},"tool":"model"}]'
    segments = (
        replace(one, recipe=recipe, status=status) if one.name == "bone" else one
        for one in case.segments
    )
    return replace(case, segments=tuple(segments))


def cut(x_mm):
    """A cut across the bone at `x_mm`, or beside it."""
    return CutPlane(ItemId("cut"), "cut", (x_mm, 0.0, 0.0), (1.0, 0.0, 0.0), SegmentId("id-bone"))


THIN_VESSEL = ((20.0, 18.0, -12.0), (50.0, 19.5, 12.0))
FAULTS = {
    "plan-empty": lambda: replace(planned(), plan=type(planned().plan)()),
    "side-not-left": lambda: mark(-20.0),
    "side-not-right": lambda: replace(mark(20.0), side=Side.RIGHT),
    "side-near": lambda: mark(2.0),
    "side-unknown": lambda: planned(case=body(half_mm=100.0)),
    "zone-near": lambda: planned(wire(), zone(17.0)),
    "zone-entered": lambda: planned(wire(18.0, segment_id=None), zone(0.0)),
    "zone-warn-near": lambda: planned(wire(), zone(17.0, severity="warn")),
    "zone-warn-entered": lambda: planned(wire(18.0, segment_id=None), zone(0.0, severity="warn")),
    "bone-breach": lambda: planned(wire(13.0)),
    "bone-breach-slight": lambda: planned(wire(11.0)),
    "bone-breach-possible": lambda: planned(wire(9.9)),
    "bone-thin": lambda: planned(wire(9.5)),
    "cut-misses": lambda: planned(wire(), cut(x_mm=80.0)),
    "segment-empty": lambda: with_mask("id-vessel", BitMask.empty(body().volume.grid.shape_kji)),
    "model-result-unaccepted": lambda: by_model(Status.DONE),
    "item-stale": lambda: derived("ab" * 32),
    "item-input-gone": lambda: derived("ab" * 32, "gone"),
    "measure-no-bone": lambda: planned(wire(segment_id=None), zone()),
    "measure-too-short": lambda: planned(wire(target_lps_mm=(46.0, 0.0, 0.0))),
    "measure-path-unscanned": lambda: planned(
        wire(entry_lps_mm=(90.0, 0.0, 0.0), target_lps_mm=(75.0, 0.0, 0.0))
    ),
    "path-part-unscanned": lambda: planned(wire(entry_lps_mm=(80.0, 0.0, 0.0))),
    "zone-thin": lambda: planned(case=body(vessel=THIN_VESSEL)),
    "scan-view-only": lambda: with_source(outcome=Outcome.VIEW_ONLY),
    "scan-regularised": lambda: with_source(regularised_mm=0.42),
    "slices-apart": lambda: spaced(planned(), 2.1),
    "scan-date-unknown": lambda: with_source(study_date=""),
    "scan-date-ahead": lambda: with_source(study_date="2026-06-02"),
    "scan-old": lambda: with_source(study_date="2025-01-01"),
    "slices-thick": lambda: with_source(
        findings=(Finding("slices-thick", Severity.WARN, {"thickness_mm": 2.5}, mm=2.5),)
    ),
    "identity-missing": lambda: replace(
        planned(), identity=replace(planned().identity, patient_id="", name="")
    ),
    "case-simulation": planned,
}


@cache
def faulty(code):
    return FAULTS[code]()


def said():
    """Yield the codes that the checks' sources say, by the class that they make."""
    for path in sorted((ROOT / "planning" / "checks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            value = getattr(node, "value", None)
            if isinstance(value, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+", value):
                yield value


@pytest.mark.parametrize("code", FAULTS)
def test_every_code_is_found_where_its_fault_is_planted(code):
    assert finding(faulty(code), code).severity


def test_nothing_but_that_it_is_a_simulation_is_found_in_the_sound_plan():
    found = checkup(planned())
    assert [one.code for one in found.findings] == ["case-simulation"]
    assert not found.blocks
    assert len(found.passed) == 10


def test_every_check_answers_and_every_limit_is_used():
    found = [checkup(faulty(code)) for code in FAULTS]
    found.append(checkup(planned(wire(), cut(35.0))))
    used = {one.limit_name for each in found for one in each.findings} - {""}
    assert used == set(limits())
    assert len({check.__module__ for check in CHECKS}) == len(CHECKS)
    known = set(said()) - {"slices-thick", "scan-old", "regularised", "measure-no-surface"}
    passed = {one.code for each in found for one in each.passed}
    assert known - set(FAULTS) - passed - {"reason-not-taken", "nothing-stale", "utf-8"} == set()


@pytest.mark.parametrize(("beyond_mm", "is_found"), [(-0.6, False), (0.6, True)])
@pytest.mark.parametrize("end", [0, 1])
def test_a_cut_that_leaves_all_on_one_side_is_told(end, beyond_mm, is_found):
    case = planned()
    mask = case.segment(SegmentId("id-bone")).mask.to_bool()
    ends = case.volume.grid.lps_mm(np.argwhere(mask)[:, ::-1])[:, 0]
    half_mm = case.volume.grid.spacing_kji_mm[2] / 2.0
    x_mm = (ends.min() - half_mm - beyond_mm, ends.max() + half_mm + beyond_mm)[end]
    told = checkup(planned(wire(), cut(float(x_mm))))
    assert ("cut-misses" in [one.code for one in told.findings]) == is_found
    assert ("cut-parts" in [one.code for one in told.passed]) == (not is_found)


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(("aside_mm", "is_found"), [(-0.1, True), (0.1, False)])
def test_a_zone_s_margin_counts_to_the_tenth_less_the_stated_error(aside_mm, is_found):
    """The wire's wall lies 16 mm from the vessel's face; the bound is taken off."""
    case = planned(wire(), zone(16.0 - BOUND_MM - aside_mm))
    assert ("zone-near" in codes(case)) is is_found
    if is_found:
        one = finding(case, "zone-near")
        assert one.value == pytest.approx(16.0, abs=0.01)
        assert one.limit == pytest.approx(16.0 - BOUND_MM - aside_mm)
        assert one.values["distance_mm"] <= one.value
        assert one.values["margin_mm"] >= one.limit
        assert one.values["least_mm"] <= one.value - BOUND_MM
        assert one.blocks


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(("aside_mm", "is_found"), [(-0.1, True), (0.1, False)])
def test_a_zone_that_warns_has_the_same_border_and_leaves_the_seal_open(aside_mm, is_found):
    margin_mm = 16.0 - BOUND_MM - aside_mm
    told = checkup(planned(wire(), zone(margin_mm, severity="warn")))
    of_zones = [one for one in told.findings if one.other == "zone"]
    assert [one.code for one in of_zones] == ["zone-warn-near"] * is_found
    assert ("zone-clear" in [one.code for one in told.passed]) is not is_found
    assert not told.blocks
    for one in of_zones:
        same = finding(planned(wire(), zone(margin_mm)), "zone-near")
        assert (one.severity, one.limit_name) == (Severity.WARN, "zone_clearance_warn")
        assert (same.severity, same.limit_name) == (Severity.BLOCK, "zone_clearance")
        numbers = ("value", "limit", "uncertainty_mm", "found", "limit_words", "place_lps_mm")
        assert [getattr(one, key) for key in numbers] == [getattr(same, key) for key in numbers]


def test_each_zone_is_judged_by_its_own_severity():
    twin = replace(zone(17.0, severity="warn"), id="twin", name="twin")
    told = checkup(planned(wire(), zone(17.0), twin))
    found = {one.other: one.severity for one in told.findings if one.other in ("zone", "twin")}
    assert found == {"zone": Severity.BLOCK, "twin": Severity.WARN}
    assert [one.other for one in told.blocks] == ["zone"]


def test_every_severity_of_a_zone_has_its_limit():
    """A severity without one would let every path pass."""
    for rule in ZoneRule:
        limit = limit_of(zone(severity=rule))
        assert (limit.measure, limit.value) == ("zone_clearance", 0.0)
        assert limit.severity == {"forbid": "block", "warn": "warn"}[rule]


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(
    ("least_mm", "expected"),
    [
        (-2.1, "bone-breach"),
        (-1.9, "bone-breach-slight"),
        (-0.3, "bone-breach-slight"),
        (-0.1, "bone-breach-possible"),
        (0.1, "bone-thin"),
        (0.9, "bone-thin"),
        (1.1, None),
    ],
)
def test_the_bone_around_a_path_is_graded_to_the_tenth_less_the_stated_error(least_mm, expected):
    """With the path's wall `least_mm` + the bound from the bone's face at y = 12 mm."""
    case = planned(wire(12.0 - 2.0 - least_mm - BOUND_MM))
    found = [code for code in codes(case) if code.startswith("bone")]
    assert found == ([expected] if expected else [])
    if expected:
        one = finding(case, expected)
        assert one.value == pytest.approx(least_mm + BOUND_MM, abs=0.03)
        assert one.values["least_mm"] <= least_mm + 0.03
        assert one.blocks == (expected == "bone-breach")


def test_the_bound_is_taken_off_once_where_only_the_mask_tells_the_border():
    """The measure has it off already; the finding's worst is what the measure shows."""
    case = with_mask("id-vessel", planned().segment("id-vessel").mask, recipe="")
    bound_mm = 3**0.5 / 2
    near = replace(case, plan=planned(wire(), zone(16.0 - bound_mm - 0.1)).plan)
    assert "zone-near" not in codes(near)
    far = replace(case, plan=planned(wire(), zone(16.0 - bound_mm + 0.6)).plan)
    one = finding(far, "zone-near")
    assert one.values["least_mm"] == one.values["distance_mm"]


def test_a_finding_shows_where_to_look():
    near, out = (
        finding(planned(wire(), zone(17.0)), "zone-near"),
        finding(planned(wire(13.0)), "bone-breach"),
    )
    assert near.place_lps_mm[1] == pytest.approx(2.0, abs=ROUND_MM)
    assert out.place_lps_mm[1] == pytest.approx(15.0, abs=0.05)


@pytest.mark.hazard("HAZ-4")
@pytest.mark.parametrize(
    ("beyond_mm", "expected"),
    [(-5.1, "side-not-left"), (-4.9, "side-near"), (4.9, "side-near"), (5.1, None)],
)
def test_the_side_is_told_five_millimetres_off_the_mid_plane(beyond_mm, expected):
    plane = mid_plane(body().volume)
    case = mark((plane.low_mm if beyond_mm < 0 else plane.high_mm) + beyond_mm)
    assert [code for code in codes(case) if code.startswith("side")] == (
        [expected] if expected else []
    )
    if expected == "side-not-left":
        assert finding(case, expected).blocks


@pytest.mark.hazard("HAZ-4")
def test_one_point_on_the_other_side_is_enough():
    case = planned(replace(wire(), target_lps_mm=(-12.0, 0.0, 0.0)))
    assert "side-not-left" in codes(case)


@pytest.mark.parametrize("side", [Side.BOTH, Side.NONE])
def test_without_one_side_no_side_is_checked(side):
    assert not [code for code in codes(replace(mark(-20.0), side=side)) if "side" in code]


@pytest.mark.hazard("HAZ-34")
@pytest.mark.parametrize(("days", "is_found"), [(180, False), (181, True)])
def test_a_scan_s_age_is_told_by_the_day_that_is_asked_for(days, is_found):
    case = with_source(study_date=(TODAY - timedelta(days)).isoformat())
    assert ("scan-old" in codes(case)) is is_found
    later = TODAY + timedelta(400)
    assert "scan-old" in codes(case, later)
    assert "scan-date-ahead" in codes(case, date(2000, 1, 1))


@pytest.mark.hazard("HAZ-34")
@pytest.mark.parametrize(("spacing_mm", "is_found"), [(2.0, False), (2.1, True), (1.9, False)])
def test_voxel_distances_are_held_against_their_limit(spacing_mm, is_found):
    assert ("slices-apart" in codes(spaced(planned(), spacing_mm))) is is_found


@pytest.mark.hazard("HAZ-34")
def test_what_the_loading_warned_of_stands_in_the_checkup():
    told = tuple(
        Finding(code, Severity.WARN, {"file": "a.nii", "n": 3}, mm=mm)
        for code, mm in (("identity-assumed", None), ("metal-saturated", 1.25))
    )
    quiet = (Finding("kernel-sharp", Severity.INFO, {"kernel": "B70"}),)
    case = with_source(findings=told + quiet)
    assert codes(case) == ["identity-assumed", "metal-saturated"]
    assert finding(case, "metal-saturated").value == 1.25
    block = (Finding("slices-missing", Severity.BLOCK, {"n": 1}),)
    one = finding(with_source(findings=block, outcome=Outcome.VIEW_ONLY), "slices-missing")
    assert one.blocks
    assert not one.can_reason


def test_the_limits_of_scans_are_those_that_the_loading_warns_at():
    assert limits()["slice_thickness"].value == THICK_MM
    assert limits()["scan_age"].value == OLD_DAYS


@pytest.mark.hazard("HAZ-20")
def test_a_derived_item_blocks_as_soon_as_its_input_is_another():
    case = derived()
    assert not codes(case)
    assert "nothing-stale" in [one.code for one in checkup(case).passed]
    mask = case.segment("id-bone").mask
    voxels = mask.to_bool()
    voxels[tuple(index[0] for index in voxels.nonzero())] = False
    changed = with_mask("id-bone", BitMask.from_bool(voxels), case)
    one = finding(changed, "item-stale")
    assert one.blocks
    assert not one.can_reason
    assert codes(with_mask("id-bone", mask, case, recipe="")).count("item-stale") == 1
    same = with_mask("id-bone", BitMask.from_bool(mask.to_bool()), case)
    assert "item-stale" not in codes(same)


@pytest.mark.hazard("HAZ-20")
def test_an_item_is_an_input_by_all_but_its_name():
    start = planned(wire(), Landmark("m", "mark", (40.0, 0.0, 0.0)))
    fresh = replace(start.plan.items[1], derived_from=(Input("wire", input_sha256(start, "wire")),))
    case = planned(wire(), fresh)
    assert "item-stale" not in codes(case)
    assert "item-stale" not in codes(planned(replace(wire(), name="other"), fresh))
    for changed in (wire(diameter_mm=4.01), wire(1e-9), wire(segment_id="id-vessel")):
        assert "item-stale" in codes(planned(changed, fresh))


@pytest.mark.hazard("HAZ-33")
def test_no_look_changes_a_checkup():
    case = planned(wire(11.0), zone(17.0))
    hidden = tuple(
        replace(one, is_visible=False, opacity_ratio=0.0, colour="#000000") for one in case.segments
    )
    seen, unseen = checkup(case), checkup(replace(case, segments=hidden))
    assert seen == unseen
    assert seen.blocks


@pytest.mark.hazard("HAZ-35")
def test_a_check_that_is_stopped_answers_nothing():
    """No checkup exists until all checks have answered: there is no half pass."""

    def stopped(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_plan(planned(), Surfaces(), TODAY, stopped)


@pytest.mark.hazard("HAZ-29")
def test_a_models_result_blocks_until_a_person_reviewed_it():
    found = finding(by_model(Status.TO_DO), "model-result-unaccepted")
    assert found.blocks
    assert (found.item, found.other) == ("wire", "id-bone")
    assert "model-result-unaccepted" not in codes(by_model(Status.REVIEWED))


def test_every_zone_and_item_is_asked_for_its_segment():
    empty = BitMask.empty(body().volume.grid.shape_kji)
    cut = CutPlane("cut", "cut", (30.0, 0.0, 0.0), (1.0, 0.0, 0.0), "id-bone")
    case = with_mask("id-bone", empty, planned(wire(), cut, zone()))
    found = [one for one in checkup(case).findings if one.code == "segment-empty"]
    assert [one.item for one in found] == ["wire", "cut"]
    assert not any(one.can_reason for one in found)
    assert "measure-no-surface" not in codes(case)


@pytest.mark.parametrize(("thick_mm", "is_found"), [(1.5, True), (3.0, False)])
def test_a_vessel_thinner_than_two_voxels_is_told(thick_mm, is_found):
    vessel = ((20.0, 18.0, -12.0), (50.0, 18.0 + thick_mm, 12.0))
    assert ("zone-thin" in codes(planned(case=body(vessel=vessel)))) is is_found


def test_how_thick_is_thick_enough_goes_by_the_largest_voxel_distance():
    vessel = ((20.0, 18.0, -12.0), (50.0, 21.0, 12.0))
    case = planned(case=body(vessel=vessel))
    assert "zone-thin" not in codes(spaced(case, 1.4))
    assert "zone-thin" in codes(spaced(case, 1.6))


def test_findings_that_block_come_first():
    case = with_source(planned(wire(13.0), zone(17.0)), study_date="", regularised_mm=0.5)
    severities = [one.severity for one in checkup(case).findings]
    assert severities == sorted(severities, key=["block", "warn", "info"].index)
    assert len(checkup(case).blocks) == 2


def test_a_real_case_is_no_simulation():
    assert checkup(replace(planned(), kind=Kind.CLINICAL)).findings == ()


def catalogue(language):
    folder = ROOT / "resources" / "locale" / language
    entries = [entry for path in folder.glob("*.po") for entry in polib.pofile(str(path))]
    return {(entry.msgctxt, entry.msgid): entry.msgstr for entry in entries}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_finding_has_title_detail_and_fix_and_fills_them(language):
    known = catalogue(language)
    for code in FAULTS:
        one = finding(faulty(code), code)
        for context in ("message", "detail", "fix"):
            text = known.get((context, code))
            assert text, f"{code} has no {context} in {language}"
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            given = set(one.values) | ({"date"} if code == "scan-old" else set())
            assert names <= given, f"{code}: {names - given}"
    for one in checkup(derived()).passed + checkup(replace(mark(-20.0), side=Side.RIGHT)).passed:
        assert known.get(("message", one.code)), one.code


@pytest.mark.parametrize("code", FAULTS)
def test_numbers_in_findings_are_plain(code):
    """Values are what catalogues and JSON take; words name no language."""
    one = finding(faulty(code), code)
    assert all(type(value) in (str, int, float) for value in one.values.values())
    assert one.value is None or type(one.value) is float
    assert {field.name for field in fields(one)} >= {"found", "limit_words"}
    assert (one.limit is None) == (not one.limit_name)
