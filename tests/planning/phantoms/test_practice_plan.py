"""Practice plans against the phantoms' truth: angles by formula, paths in the exact field."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from planning.checks import check_plan
from planning.geometry.line import angle_deg
from planning.measures import MeasureView, Quantity, measured
from planning.measures.surfaces import Surfaces
from planning.phantoms.abdomen import abdomen_scene
from planning.phantoms.curves import unit
from planning.phantoms.lumbar import lumbar_scene
from planning.phantoms.practice import practice_case
from planning.phantoms.practice_plan_nerve import (
    NERVE,
    NERVE_DIAMETER_MM,
    cord,
    nerve_course,
)
from planning.phantoms.shoulder import shoulder_scene
from segmentation.grid import Grid
from tests.planning.phantoms.fields import Field

SIDES = ("left", "right")


@pytest.fixture(scope="module")
def scapula():
    return Field(shoulder_scene(0), "scapula")


@pytest.fixture(scope="module")
def l4():
    return Field(lumbar_scene(0), "L4")


def ends(item):
    return np.array(item.entry_lps_mm), np.array(item.target_lps_mm)


def shell(item, extra_mm=0.0, skip_mm=0.0):
    """Points all over a trajectory's cylinder, `extra_mm` wider, without its first part."""
    start, end = ends(item)
    axis = unit(end - start)
    across = unit(np.cross(axis, [0.3, 0.5, 0.8]))
    other = np.cross(axis, across)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * other
    along = np.arange(skip_mm, np.linalg.norm(end - start), 0.5)
    radius = item.diameter_mm / 2 + extra_mm
    return (start + along[:, None, None] * axis + radius * ring).reshape(-1, 3)


def finely(course):
    pieces = [a + np.linspace(0, 1, 20)[:, None] * (b - a) for a, b in pairwise(course)]
    return np.concatenate(pieces)


def numbers(case, name):
    view = MeasureView(case)
    return {
        (one.name, one.other): one
        for one in measured(view, case.plan.named(name))
        if isinstance(one, Quantity)
    }


@pytest.mark.parametrize("which", ["shoulder", "oblique_shoulder"])
def test_the_wire_corrects_version_and_inclination_to_zero(which, request):
    phantom = request.getfixturevalue(which)
    points = phantom.landmarks
    start, end = ends(practice_case(phantom).plan.named("K-wire"))
    m = unit(points["GC"] - points["TS"])
    n = unit(np.cross(points["IA"] - points["GC"], m))
    v = np.cross(m, n)
    out = unit(start - end)
    assert np.degrees(np.arctan2(out @ n, out @ m)) == pytest.approx(0, abs=1e-6)
    assert np.degrees(np.arctan2(out @ v, out @ m)) == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(end - start) == pytest.approx(25.0)
    assert (start - end) @ phantom.directions["glenoid normal"] > 0, "it comes from outside"


def test_the_wire_enters_on_the_glenoid_and_keeps_bone_around_it(shoulder, scapula):
    wire = practice_case(shoulder).plan.named("K-wire")
    assert scapula.at(ends(wire)[0][None])[0] == pytest.approx(0, abs=0.05)
    assert scapula.at(shell(wire, extra_mm=2.0, skip_mm=5.0)).max() < 0
    assert scapula.at(shell(wire, extra_mm=8.0, skip_mm=5.0)).max() > 0


def test_the_version_angle_reads_the_chosen_version(shoulder):
    case = practice_case(shoulder)
    angle = numbers(case, "Version angle (90° is neutral)")["angle", ""].value
    assert angle - 90 == pytest.approx(shoulder.angles_deg["version"], abs=1e-9)
    assert numbers(case, "Glenoid height")["distance", ""].value == pytest.approx(36.0)


def test_the_nerve_runs_in_soft_tissue_through_both_notches(shoulder, scapula):
    course = nerve_course(shoulder)
    assert scapula.at(course).min() > NERVE_DIAMETER_MM / 2 + 1.0
    points, axes = shoulder.landmarks, shoulder.directions
    names = ("lateral", "anterior", "superior")
    local = (course - points["GC"]) @ np.stack([axes[f"scapula {n}"] for n in names], axis=1)
    behind_neck = local[np.abs(local[:, 2]) < 2.0]
    assert (behind_neck[:, 1] < -12).all(), "behind the neck, at the level of the glenoid's centre"
    assert local[0, 1] > 0 > local[-1, 1], "from the front of the scapula to its back"


def test_the_nerve_is_masked_voxel_by_voxel(oblique_shoulder):
    case = practice_case(oblique_shoulder)
    nerve = next(one for one in case.segments if one.name == NERVE)
    k, j, i = np.nonzero(nerve.mask.to_bool())
    centres = case.volume.grid.lps_mm(np.stack([i, j, k], axis=1))
    course = nerve_course(oblique_shoulder)
    fine = finely(course)
    nearest = np.linalg.norm(centres[:, None] - fine, axis=2).min(axis=1)
    assert nearest.max() <= NERVE_DIAMETER_MM / 2 + 0.05
    length_mm = np.linalg.norm(np.diff(course, axis=0), axis=1).sum()
    round_ml = np.pi * 4 * (length_mm + 4 / 3 * 2) / 1000
    assert nerve.mask.voxels * case.volume.grid.voxel_ml == pytest.approx(round_ml, rel=0.15)


def test_a_cord_has_the_volume_of_a_capsule():
    grid = Grid((80, 60, 60), np.array([-12.0, 3, 5]), (0.5, 0.5, 0.5), np.eye(3), "1.2")
    axis = np.array([[0.0, 14, 15], [6.0, 20, 37]])
    length = float(np.linalg.norm(axis[1] - axis[0]))
    exact = np.pi * 9 * length + 4 / 3 * np.pi * 27
    assert cord(grid, axis, 3.0).voxels * 0.125 == pytest.approx(exact, rel=0.01)
    outside = np.array([[-30.0, 14, 15], [-28.0, 14, 15]])
    assert cord(grid, outside, 3.0).is_empty


def test_the_wire_clears_the_nerve_by_what_the_formula_says(shoulder):
    case = practice_case(shoulder)
    zone = case.plan.named("Suprascapular nerve zone")
    found = numbers(case, "K-wire")["zone_clearance", zone.id]
    start, end = ends(case.plan.named("K-wire"))
    wire = start + np.linspace(0, 1, 400)[:, None] * (end - start)
    course = nerve_course(shoulder)
    fine = finely(course)
    gap_mm = np.linalg.norm(wire[:, None] - fine, axis=2).min() - 1.5 - 2.0 - zone.margin_mm
    assert found.value <= gap_mm + 0.05, "never more than there is"
    assert found.value >= gap_mm - 2 * found.uncertainty_mm
    assert found.value > 0


@pytest.mark.parametrize("side", SIDES)
def test_a_screw_lies_in_its_pedicle_along_the_true_axis(side, lumbar, l4):
    screw = practice_case(lumbar).plan.named(f"L4 {side} screw")
    start, end = ends(screw)
    axis, isthmus = lumbar.directions[f"L4 {side} pedicle"], lumbar.landmarks[f"L4 {side} isthmus"]
    assert unit(end - start) @ axis == pytest.approx(1.0, abs=1e-12)
    assert np.linalg.norm(np.cross(isthmus - start, axis)) == pytest.approx(0, abs=1e-9)
    assert l4.at(shell(screw, extra_mm=1.0, skip_mm=5.0)).max() < 0, "bone all round"
    assert np.abs(l4.at(start[None])[0]) < 2.0, "it starts at the back of the bone"
    across = np.cross(lumbar.directions["L4 vertical"], axis)
    aside = replace(
        screw,
        entry_lps_mm=tuple(start + 3.5 * across),
        target_lps_mm=tuple(end + 3.5 * across),
    )
    assert l4.at(shell(aside, skip_mm=5.0)).max() > 0, "3.5 mm aside it breaches"


def test_the_lumbar_numbers_are_the_chosen_ones(lumbar):
    case = practice_case(lumbar)
    width = numbers(case, "L4 left pedicle width")["distance", ""].value
    assert width == pytest.approx(lumbar.lengths_mm["L4_left_pedicle_width"])
    angle = numbers(case, "L4 left pedicle angle")["angle", ""].value
    assert angle == pytest.approx(lumbar.angles_deg["L4_left_pedicle_transverse"])
    for side in SIDES:
        of_screw = numbers(case, f"L4 {side} screw")
        clearances = [one.value for key, one in of_screw.items() if key[0] == "zone_clearance"]
        assert len(clearances) == 2
        assert min(clearances) > 0


def test_the_kidney_is_cut_outside_its_tumours_zone(abdomen):
    case = practice_case(abdomen)
    cut, zone = case.plan.named("Kidney cut"), case.plan.named("Kidney tumour margin")
    centre, radius = abdomen_scene(0).truth.balls[55]
    gap_mm = (centre - np.array(cut.point_lps_mm)) @ np.array(cut.normal_lps) - radius
    assert gap_mm == pytest.approx(4.0)
    assert gap_mm > zone.margin_mm
    numbers_of_cut = {key[0]: one.value for key, one in numbers(case, "Kidney cut").items()}
    kidney = abdomen.label("Left kidney").visible_ml
    assert sum(numbers_of_cut.values()) == pytest.approx(kidney, abs=1e-4)
    assert numbers_of_cut["cut_removed"] < 0.5 * kidney
    diameter = numbers(case, "Kidney tumour diameter")["distance", ""].value
    assert diameter == pytest.approx(abdomen.lengths_mm["kidney_tumour_diameter"])


def test_landmarks_lie_where_the_truth_has_them(shoulder):
    plan = practice_case(shoulder).plan
    for key, name in (("GC", "Glenoid centre"), ("IA", "Inferior angle"), ("P", "Posterior rim")):
        assert plan.named(name).point_lps_mm == pytest.approx(shoulder.landmarks[key])
    leg = np.array(plan.named("Posterior rim").point_lps_mm) - shoulder.landmarks["GC"]
    assert angle_deg(leg, shoulder.directions["scapula anterior"]) > 90


@pytest.mark.parametrize("name", ["shoulder", "lumbar", "abdomen"])
def test_nothing_blocks_a_practice_plan_until_it_is_spoilt(name, request):
    """The coarsest voxels have the largest error bounds, which all are taken off here."""
    case = practice_case(request.getfixturevalue(name))
    day = date(2026, 11, 22)
    assert [finding.code for finding in check_plan(case, Surfaces(), day).blocks] == []
    if name == "shoulder":
        wire = case.plan.named("K-wire")
        zone = case.plan.named("Suprascapular nerve zone")
        wider = replace(case, plan=case.plan.replacing(replace(zone, margin_mm=20.0)))
        assert {one.item for one in check_plan(wider, Surfaces(), day).blocks} == {wire.id}
