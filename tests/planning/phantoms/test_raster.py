"""Masks against the field that drew them."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.measure import marching_cubes

from planning.phantoms.abdomen import abdomen_scene
from planning.phantoms.lumbar import lumbar_scene
from planning.phantoms.phantom import oblique_axes
from planning.phantoms.raster import Scanner, noise_bank, noise_table, rasterised, scanned
from planning.phantoms.scapula import GLENOID_CENTRE
from planning.phantoms.scene import Scene
from planning.phantoms.shoulder import shoulder_scene
from segmentation.grid import Grid
from tests.planning.phantoms.fields import Field

FRAME = "2.25.1"


def grid_about(centre, edge_mm, spacing_kji_mm, direction):
    shape = tuple(int(edge_mm / s) for s in spacing_kji_mm)
    half = (np.array(shape[::-1]) - 1) / 2 * np.array(spacing_kji_mm[::-1])
    return Grid(shape, centre - direction @ half, spacing_kji_mm, direction, FRAME)


def alone(scene: Scene, name: str) -> Scene:
    scene.parts = [scene.part(name)]
    return scene


def mask_ml(scene: Scene, spacing_mm: float) -> float:
    hull = scene.tables().hulls[0]
    low = hull[:3] - 2 * spacing_mm
    shape = tuple(int(n) for n in np.ceil((hull[3:] - low) / spacing_mm + 3)[::-1])
    grid = Grid(shape, low, (spacing_mm,) * 3, np.eye(3), FRAME)
    raster = rasterised(scene, grid, np.zeros(3), 0)
    label = int(scene.parts[0].label)
    assert raster.counts[label] == (raster.labels == label).sum()
    return float(raster.counts[label] * grid.voxel_ml)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scene", "name"),
    [(shoulder_scene, "scapula"), (lumbar_scene, "L3"), (abdomen_scene, "liver")],
)
def test_the_mask_holds_the_volume_of_the_field(scene, name):
    only = alone(scene(0), name)
    if name == "liver":
        only.parts[0].gap = 0.0  # what competing parts leave free to neighbours
    assert mask_ml(only, 1.0) == pytest.approx(Field(only, name).ml(0.4), rel=0.003)


@pytest.mark.parametrize(("name", "label"), [("liver tumour", 41), ("kidney tumour", 55)])
def test_a_spherical_tumour_holds_its_formula(name, label):
    scene = abdomen_scene(0)
    radius = scene.truth.balls[label][1]
    ml = 4 / 3 * math.pi * radius**3 / 1000
    assert mask_ml(alone(scene, name), 0.6) == pytest.approx(ml, rel=0.002)


def glenoid_normal(raster, grid, directions):
    """Plane through the most lateral ridge in 36 sectors, iterated; the notch is left out."""
    m, up = directions["scapula lateral"], directions["scapula superior"]
    soft = gaussian_filter((raster.labels == 1).astype(np.float32), 0.7)
    points = grid.lps_mm(marching_cubes(soft, 0.5)[0][:, ::-1].astype(np.float64))
    q = points - GLENOID_CENTRE
    q, g = q[np.linalg.norm(q, axis=1) < 26], m
    for _ in range(6):
        a = np.cross(up, g)
        a /= np.linalg.norm(a)
        b = np.cross(g, a)
        r, w, h = np.hypot(q @ a, q @ b), np.arctan2(q @ b, q @ a), q @ g
        front = directions["scapula anterior"] @ a > 0
        rim = []
        for s in np.linspace(-np.pi, np.pi, 37)[:-1]:
            middle = s + np.pi / 36
            notch = 0.40 if front else np.pi - 0.40
            if abs(np.angle(np.exp(1j * (middle - notch)))) < 0.45:
                continue
            near = (w >= s) & (w < s + np.pi / 18) & (r > 9) & (r < 22) & (h < 4)
            if near.sum() > 3:
                rim.append(q[near][np.argmax(h[near] + 0.05 * r[near])])
        rim = np.array(rim)
        normal = np.linalg.svd(rim - rim.mean(0))[2][2]
        g = normal * np.sign(normal @ m)
    return g


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("version_deg", "inclination_deg"), [(-6.0, 8.0), (5.0, 12.0)])
def test_the_glenoid_is_found_again_in_the_mask(version_deg, inclination_deg, turned):
    scene = shoulder_scene(0, version_deg, inclination_deg)
    direction = oblique_axes() if turned else np.eye(3)
    grid = grid_about(GLENOID_CENTRE, 64, (1.0, 0.7, 0.7), direction)
    raster = rasterised(scene, grid, np.zeros(3), 0)
    d = scene.truth.directions
    g = glenoid_normal(raster, grid, d)
    lateral = g @ d["scapula lateral"]
    version = np.degrees(np.arctan2(g @ d["scapula anterior"], lateral))
    inclination = np.degrees(np.arctan2(g @ d["scapula superior"], lateral))
    assert version == pytest.approx(version_deg, abs=0.5)
    assert inclination == pytest.approx(inclination_deg, abs=0.5)


def test_a_scene_moved_a_metre_away_is_the_same_scene():
    scene, far = shoulder_scene(0), np.array([-620.0, 710.0, 1034.0])
    near_grid = grid_about(GLENOID_CENTRE, 60, (2.0, 2.0, 2.0), oblique_axes())
    far_grid = grid_about(GLENOID_CENTRE + far, 60, (2.0, 2.0, 2.0), oblique_axes())
    near = rasterised(scene, near_grid, np.zeros(3), 0)
    away = rasterised(scene, far_grid, far, 0)
    assert (near.labels != away.labels).mean() < 1e-4
    assert np.abs(near.hu.astype(int) - away.hu).mean() < 0.01


def test_noise_has_zero_mean_and_unit_deviation():
    table, bank = noise_table(3), noise_bank(3)
    assert abs(table.mean()) < 0.02
    assert table.std() == pytest.approx(1, abs=1e-3)
    assert bank.std(axis=(1, 2)) == pytest.approx(1, abs=1e-3)
    assert (noise_table(4) != table).any()


def test_the_scanner_keeps_the_mean_and_adds_its_noise():
    flat = np.full((6, 128, 128), 50, np.int16)
    seen = scanned(flat, Scanner(10.0, 0.0, 0.16), 1)
    assert seen.mean() == pytest.approx(50, abs=0.5)
    assert seen.std() == pytest.approx(10.0, rel=0.08)
