"""The truth by formula, and held against the field itself by root search."""

import numpy as np
import pytest

from planning.phantoms.abdomen import abdomen_scene
from planning.phantoms.curves import unit
from planning.phantoms.kidney import RADII, kidney_frame
from planning.phantoms.lumbar import lumbar_scene
from planning.phantoms.shoulder import shoulder_scene
from tests.planning.phantoms.fields import Field

GLENOIDS = [(-6.0, 8.0), (-20.0, 0.0), (5.0, 12.0), (-13.0, -4.0)]
LEVELS = ("L5", "L4", "L3", "L2", "L1")


def degrees(y, x):
    return float(np.degrees(np.arctan2(y, x)))


@pytest.mark.parametrize(("version_deg", "inclination_deg"), GLENOIDS)
def test_version_and_inclination_follow_from_the_landmarks(version_deg, inclination_deg):
    points = shoulder_scene(3, version_deg, inclination_deg).truth.points
    m = unit(points["GC"] - points["TS"])
    n = unit(np.cross(points["IA"] - points["GC"], m))
    n = n if n[1] < 0 else -n
    v = np.cross(m, n) if np.cross(m, n)[2] > 0 else -np.cross(m, n)
    a, s = points["A"] - points["P"], points["S"] - points["I"]
    g = unit(np.cross(a, s))
    g = g if g @ m > 0 else -g
    assert degrees(g @ n, g @ m) == pytest.approx(version_deg, abs=1e-9)
    assert degrees(g @ v, g @ m) == pytest.approx(inclination_deg, abs=1e-9)
    friedman = -np.degrees(
        np.arcsin(unit(a) @ unit((points["A"] + points["P"]) / 2 - points["TS"]))
    )
    assert friedman == pytest.approx(version_deg, abs=1e-9)


def test_retroversion_and_neck_shaft_angle_follow_from_the_landmarks():
    truth = shoulder_scene(0, retroversion_deg=22.0, neck_shaft_deg=131.0).truth
    points, s = truth.points, truth.directions["humerus shaft"]
    k, e = unit(points["H"] - points["NC"]), unit(points["EM"] - points["EL"])
    assert np.degrees(np.arccos(k @ -s)) == pytest.approx(131.0, abs=1e-9)
    k, e = k - (k @ s) * s, e - (e @ s) * s
    assert degrees(s @ np.cross(k, e), k @ e) == pytest.approx(22.0, abs=1e-9)


@pytest.mark.parametrize(("version_deg", "inclination_deg"), GLENOIDS[:3])
def test_the_rim_lies_on_the_scapula(version_deg, inclination_deg):
    scene = shoulder_scene(0, version_deg, inclination_deg)
    rim, g = scene.truth.curves["glenoid rim"], scene.truth.directions["glenoid normal"]
    on_surface = np.abs(Field(scene, "scapula").at(rim)) < 0.02
    assert on_surface.sum() >= 34  # the notch takes the others
    kept = rim[on_surface]
    normal = np.linalg.svd(kept - kept.mean(0))[2][2]
    assert abs(normal @ g) == pytest.approx(1.0, abs=1e-10)


def test_the_head_is_a_sphere_about_its_landmark():
    scene = shoulder_scene(0)
    head, radius = scene.truth.points["H"], scene.truth.lengths_mm["humeral_head_radius"]
    neck = unit(head - scene.truth.points["NC"])
    side = unit(np.cross(neck, [0.0, 1.0, 0.0]))
    turned = [unit(neck + t * side) for t in (-0.5, 0.0, 0.5)]
    assert Field(scene, "humerus").at(head + radius * np.array(turned)) == pytest.approx(
        0, abs=0.02
    )


@pytest.mark.parametrize("name", LEVELS)
def test_the_isthmus_is_as_wide_and_high_as_chosen(name):
    scene = lumbar_scene(0)
    truth, field = scene.truth, Field(scene, name)
    for side in ("left", "right"):
        axis, up = truth.directions[f"{name} {side} pedicle"], truth.directions[f"{name} vertical"]
        across, place = np.cross(up, axis), truth.points[f"{name} {side} isthmus"]
        width = truth.lengths_mm[f"{name}_{side}_pedicle_width"]
        height = truth.lengths_mm[f"{name}_{side}_pedicle_height"]
        widths = [
            field.wall_mm(place + q * axis, across) + field.wall_mm(place + q * axis, -across)
            for q in (-3.0, -1.0, 0.0, 1.0, 3.0)
        ]
        assert widths[2] == pytest.approx(width, abs=0.02)
        assert min(widths) == widths[2]
        found = field.wall_mm(place, up) + field.wall_mm(place, -up)
        assert found == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize(("lordosis_deg", "slope_deg"), [(48.0, 38.0), (30.0, 25.0)])
def test_lordosis_and_slope_follow_from_the_endplates(lordosis_deg, slope_deg):
    ups = lumbar_scene(0, lordosis_deg, slope_deg).truth.directions
    l1, s1 = ups["L1 upper endplate"], ups["S1 upper endplate"]
    assert np.degrees(np.arccos(l1 @ s1)) == pytest.approx(lordosis_deg, abs=1e-9)
    assert np.degrees(np.arccos(s1[2])) == pytest.approx(slope_deg, abs=1e-9)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_the_share_of_the_kidney_tumour_outside_the_outline_is_exact(share):
    truth = abdomen_scene(0, exophytic_ratio=share).truth
    centre, radius = truth.balls[55]
    rng = np.random.default_rng(5)  # second road: random points instead of a lattice
    ball = rng.normal(size=(400_000, 3))
    ball *= (radius * rng.random(400_000) ** (1 / 3) / np.linalg.norm(ball, axis=1))[:, None]
    local = (ball + centre - truth.points["Left kidney centre"]) @ kidney_frame(1)
    assert (((local / RADII) ** 2).sum(1) > 1).mean() == pytest.approx(share, abs=0.003)
