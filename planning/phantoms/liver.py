"""Liver in the portal-venous phase with two vessel trees and a tumour. Scene mm, L3 at zero."""

from typing import Final

import numpy as np

from planning.phantoms.curves import closed
from planning.phantoms.scene import Join, Scene, crop, cut
from planning.phantoms.tables import Floats
from planning.phantoms.trees import targets_inside, tree
from planning.phantoms.trunk import ring

TUMOUR: Final = (np.array([-92.0, -42.0, 120.0]), 17.0)
PORTAL_FORK: Final = (-30.0, -56.0, 88.0)
BOX: Final = (np.array([-150.0, -118, 25]), np.array([85.0, 46, 200]))
# fmt: off
LEFT_LOBE: Final = [
    (-60, -70, 116, 46, 58), (-15, -84, 124, 40, 42), (30, -92, 132, 27, 28),
    (66, -88, 142, 13, 15), (84, -78, 148, 6, 8),
]
BED: Final = [(-64, -104, 34, 11, 14), (-48, -72, 62, 13, 13), (-36, -54, 84, 8, 8)]
GALLBLADDER: Final = [(-66, -100, 30, 10, 13), (-50, -74, 58, 12, 12), (-38, -56, 80, 5, 5)]
FISSURE: Final = [(-135, 60), (-90, 66), (-62, 84), (-62, 110), (-90, 122), (-135, 120)]
PORTAL_ROOTS: Final = [(6, -62, 62), (-8, -60, 70), (-20, -58, 80), PORTAL_FORK]
HEPATIC_ROOTS: Final = [(-20, -36, 182), (-24, -42, 178)]
# fmt: on


def liver(scene: Scene, rng: np.random.Generator) -> None:
    """Add liver, portal and hepatic trees (which go round the tumour), tumour, gallbladder."""
    scene.place()
    part = scene.begin("liver", 40, 108, texture=7, grain=2.6, gap=1.0)
    scene.ellipsoid((-74, -36, 112), (74, 80, 86))
    scene.tube(LEFT_LOBE, (0, 1, 0), 12, Join(k=22))
    scene.ellipsoid((-20, -42, 130), (22, 24, 34), Join(k=14))
    scene.halfspace((-30, -40, 66), (0.50, 0.10, -0.86), crop(16))
    scene.ellipsoid((-60, 30, 42), (36, 40, 62), cut(10))
    scene.tube(BED, samples=8, join=cut(5))
    axes = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64).T
    fissure = closed(FISSURE, 60)
    scene.plate(fissure, _fissure_bend, _fissure_half, axes, (-14, 0, 0), join=cut(4))
    ring(scene, -38, crop(6))
    hole = [(TUMOUR[0], TUMOUR[1] + 3)]
    portal = targets_inside(scene, part, BOX, 420, 6.0, rng, hole)
    hepatic = targets_inside(scene, part, BOX, 260, 9.0, rng, hole)
    scene.begin("portal vein", 42, 172, layer=3, texture=4)
    tree(scene, PORTAL_ROOTS, portal, 0.95, 7.5)
    scene.begin("hepatic veins", 43, 158, layer=3, texture=4)
    tree(scene, HEPATIC_ROOTS, hepatic, 0.95, 6.0)
    scene.begin("liver tumour", 41, 62, layer=4, texture=8, grain=3)
    scene.sphere(*TUMOUR)
    scene.begin("gallbladder", 44, 8, layer=2, texture=3)
    scene.tube(GALLBLADDER, samples=10)
    scene.truth.points["Liver tumour centre"] = TUMOUR[0]
    scene.truth.points["Portal fork"] = np.array(PORTAL_FORK)
    scene.truth.lengths_mm["liver_tumour_diameter"] = 2 * TUMOUR[1]
    scene.truth.balls[41] = TUMOUR


def _fissure_bend(u: Floats, v: Floats) -> Floats:
    bend: Floats = 5.0 * np.sin((u + 90) / 22.0) + 3.0 * np.sin((v - 80) / 17.0)
    return bend


def _fissure_half(u: Floats, v: Floats, edge: Floats) -> Floats:
    half: Floats = 1.2 + 1.4 * np.clip((-u - 70) / 50, 0, 1)
    return half
