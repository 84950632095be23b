"""Kidneys with pyramids, collecting system and vessels; a tumour of exact exophytic share."""

from typing import Final

import numpy as np

from planning.phantoms.curves import unit
from planning.phantoms.scene import Join, Scene, cut
from planning.phantoms.tables import Floats

RADII: Final = np.array([29.0, 24.0, 56.0])
TUMOUR_MM = 34.0
TUMOUR_DIRECTION: Final = unit([0.75, -0.45, -0.35])
CALYCES: Final = [(-9, 1, 22), (-4, 1, 0), (-9, 1, -22)]
ARTERY_HU, VEIN_HU = 158.0, 160.0
# fmt: off
PELVIS: Final = [
    (-8, 0, 14, 2.6, 2.6), (-13, 0, 4, 4.5, 4.5), (-24, 1, -4, 7.5, 6), (-34, 2, -14, 3.5, 3.5),
    (-36, 0, -34, 2.4, 2.4),
]
# fmt: on


def kidney_frame(side: int) -> Floats:
    """Return the columns lateral, dorsal and long axis; the upper pole leans inwards and back."""
    w = unit([-0.22 * side, 0.16, 1.0])
    a = np.array([0.80 * side, 0.60, 0.0])
    a = unit(a - (a @ w) * w)
    return np.stack([a, np.cross(w, a), w], 1)


def exophytic_distance(radius: float, share: float) -> float:
    """Return how far from the kidney's centre `share` of a sphere lies outside the outline.

    Found by bisection on the share of 113,000 points of the sphere; the error of the share is
    below 0.0005.
    """
    g = (np.arange(60) + 0.5) / 30 - 1
    x = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    x = x[(x**2).sum(1) < 1] * radius
    low, high = 0.0, 120.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        outside = ((((x + middle * TUMOUR_DIRECTION) / RADII) ** 2).sum(1) > 1).mean()
        low, high = (middle, high) if outside < share else (low, middle)
    return 0.5 * (low + high)


def kidney(scene: Scene, side: int) -> None:
    """Add one kidney (side 1 left, -1 right) with its vessels and collecting system."""
    first, name = (50, "left") if side > 0 else (56, "right")
    centre = np.array([side * 62.0, 18.0, 62.0 if side > 0 else 50.0])
    axes = kidney_frame(side)
    scene.place(axes, centre)
    scene.begin(f"{name} kidney", first, 205, texture=6, grain=2, gap=1.5)
    scene.ellipsoid((0, 0, 0), RADII)
    scene.ellipsoid((-27, 0, 0), (19, 11, 24), cut(7))
    scene.ellipsoid((-10, 0, 0), (12, 7, 30), cut(5))
    _pyramids(scene, f"{name} medulla", first + 1)
    scene.begin(f"{name} collecting system", first + 2, 12, layer=3)
    scene.tube(PELVIS)
    scene.cone((-8, 0, -16), (-16, 0, 0), (2.6, 4), Join(k=3))
    low, hilum = scene.at((-36, 0, -34)), scene.at((-34, -1, 4))
    ends = scene.at(np.array(CALYCES, np.float64))
    scene.place()
    ureter = [(side * 38, 2, -10), (side * 36, -8, -70), (side * 42, -14, -140)]
    scene.tube([(*low, 2.4, 2.4), *((*p, 2.2, 2.2) for p in ureter)])
    _vessels(scene, side, hilum, ends)
    scene.truth.points[f"{name.title()} renal hilum"] = hilum
    scene.truth.points[f"{name.title()} kidney centre"] = centre


def _pyramids(scene: Scene, name: str, label: int) -> None:
    scene.begin(name, label, 132, layer=2, texture=5)
    for a in np.radians([-66, -38, -12, 14, 40, 66]):
        for side in (-0.5, 0.5):
            d = np.array([np.cos(a) * 0.86, side * 0.9, np.sin(a)])
            p = np.array([-8, 0, 0]) + d * (13.5, 13, 34)
            scene.cone(p - 5 * d, p + 5 * d, (2.6, 6.4))


def _vessels(scene: Scene, side: int, hilum: Floats, ends: Floats) -> None:
    scene.begin("renal artery", 53, ARTERY_HU, layer=2)
    start = [(side * 6 + 4, -26, 70, 3, 3), (side * 22, -12, 68, 3, 3)]
    scene.tube([*start, (*hilum, 2.8, 2.8)], samples=8)
    for end in ends:
        scene.cone(hilum, end, (2.2, 1.4))
    scene.begin("renal vein", 54, VEIN_HU, layer=2)
    gate = hilum + (0, -7, -3)
    root = (-20, -38, 66, 5.5, 5.5) if side > 0 else (-22, -38, 66, 5.5, 5.5)
    middle = (2, -41, 70, 5, 4) if side > 0 else (-30, -24, 58, 5, 4)
    scene.tube([root, middle, (*gate, 5, 5)], samples=10)
    for end in ends:
        scene.cone(gate, end + (0, -3, 2), (3.4, 1.8))


def kidney_tumour(scene: Scene, exophytic_ratio: float) -> None:
    """Add a spherical tumour to the left kidney, and its truth."""
    centre = np.array([62.0, 18.0, 62.0])
    radius = TUMOUR_MM / 2
    scene.place(kidney_frame(1), centre)
    place = exophytic_distance(radius, exophytic_ratio) * TUMOUR_DIRECTION
    scene.begin("kidney tumour", 55, 92, layer=4, texture=16, grain=3)
    scene.sphere(place, radius)
    scene.truth.points["Kidney tumour centre"] = scene.at(place)
    scene.truth.lengths_mm["kidney_tumour_diameter"] = TUMOUR_MM
    scene.truth.ratios["kidney_tumour_exophytic"] = exophytic_ratio
    scene.truth.balls[55] = (scene.at(place), radius)
    scene.place()
