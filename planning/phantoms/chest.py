"""What the chest holds: vessels, heart, lungs with their branches, airways. Scene mm."""

from typing import Final

import numpy as np

from planning.phantoms.curves import Rows, mirrored
from planning.phantoms.scene import Join, Scene, crop, cut
from planning.phantoms.tables import Floats
from planning.phantoms.thorax import BOTH, cage_tube

ARTERY, VEIN = 10, 28
BRANCHES = 26
HEART_TURN: Final = np.array([[1, 0.3, 0.2], [-0.3, 1, 0.3], [0.2, -0.3, 1.0]])
# fmt: off
# name, label, samples, rows
VESSELS: Final[tuple[tuple[str, int, int, Rows], ...]] = (
    ("aorta", ARTERY, 20, [
        (2, -50, -70, 15, 15), (2, -52, -48, 15, 15), (8, -30, -24, 14, 14), (16, 4, -22, 13, 13),
        (22, 32, -40, 12, 12), (22, 40, -100, 12, 12), (14, 40, -280, 11, 11)]),
    ("superior vena cava", VEIN, 12, [
        (-24, -38, -100, 10, 9), (-24, -36, -30, 9, 8), (-22, -40, 0, 7, 6), (-22, -34, 60, 6, 6)]),
    ("brachiocephalic vein", VEIN, 12, [
        (-22, -40, -14, 7, 6), (6, -52, -6, 7, 6), (24, -48, 8, 7, 7)]),
    ("carotid artery", ARTERY, 12, [(18, -8, -18, 5, 5), (22, -6, 20, 5, 5), (22, -12, 120, 4, 4)]),
    ("subclavian artery", ARTERY, 20, [
        (24, 6, -16, 5, 5), (28, 8, 24, 5, 5), (60, -10, 38, 5, 5), (100, -38, 24, 4.5, 4.5),
        (140, -36, -6, 4, 4), (168, -22, -40, 3.6, 3.6), (182, -12, -280, 2.8, 2.8)]),
    ("subclavian vein", VEIN, 20, [
        (24, -48, 8, 7, 7), (60, -46, 20, 6, 6), (100, -52, 14, 6, 6), (140, -48, -14, 5, 5),
        (166, -32, -46, 4.5, 4.5), (178, -22, -280, 3, 3)]),
    ("cephalic vein", VEIN, 12, [
        (120, -64, 4, 2.2, 2.2), (150, -66, -14, 2, 2), (188, -54, -60, 1.8, 1.8),
        (206, -50, -280, 1.8, 1.8)]),
    ("jugular vein", VEIN, 12, [
        (26, -44, 10, 6, 6), (32, -22, 60, 6.5, 5.5), (34, -12, 130, 6.5, 5.5)]),
    ("left pulmonary artery", ARTERY, 10, [
        (10, -44, -78, 14, 13), (22, -26, -72, 12, 11), (44, -6, -76, 8, 8), (60, 4, -84, 5, 5)]),
    ("right pulmonary artery", ARTERY, 8, [
        (0, -30, -74, 10, 10), (-22, -18, -74, 10, 9), (-46, -8, -80, 7, 7)]),
    ("circumflex artery", ARTERY, 12, [
        (164, -24, -42, 2, 2), (172, 6, -52, 1.8, 1.8), (190, 26, -56, 1.6, 1.6),
        (214, 22, -50, 1.4, 1.4)]),
    ("thoracodorsal artery", ARTERY, 12, [
        (158, -28, -30, 1.8, 1.8), (148, 0, -70, 1.6, 1.6), (140, 28, -130, 1.4, 1.4)]),
)
MEDIASTINUM: Final = [
    (0, -4, 100, 34, 60), (0, -14, 40, 32, 60), (2, -20, 0, 30, 62), (4, -24, -50, 34, 64),
    (6, -28, -90, 40, 60), (8, -32, -280, 52, 62),
]
TRACHEA: Final = [
    (0, -12, 130, 9.5, 9.5), (0, -6, 40, 9.5, 9.5), (0, 4, -20, 9.5, 9), (0, 8, -52, 10, 8),
]
BRONCHUS: Final = [
    (2, 8, -50, 7.5, 7.5), (22, 8, -68, 7, 7), (46, 12, -86, 5, 5), (62, 20, -110, 3, 3),
]
LOBE: Final = [(13, -22, 62, 6, 7), (15, -20, 84, 7, 9), (15, -20, 108, 5, 6)]
OESOPHAGUS: Final = [
    (4, 8, 130, 8, 5), (5, 20, 20, 8, 5), (6, 28, -100, 8, 6), (12, 22, -260, 8, 7),
]
# fmt: on


def column_y(z: float) -> float:
    """Return y of the middle of the vertebral bodies at a level."""
    return float(np.interp(z, [-250, -150, -60, 40, 110], [50, 60, 58, 38, 22]))


def chest(scene: Scene, rng: np.random.Generator) -> None:
    """Add vessels, heart, cord, thyroid, oesophagus, lymph nodes, lungs and airways."""
    scene.place()
    for name, label, samples, rows in VESSELS:
        scene.begin(name, label, 43, texture=3, gap=1.0)
        scene.tube(rows, samples=samples)
    scene.begin("heart", 14, 42, texture=5, grain=3, gap=1.5)
    scene.ellipsoid((18, -36, -150), (58, 46, 62), axes=np.linalg.qr(HEART_TURN)[0])
    scene.ellipsoid((-16, -34, -130), (34, 36, 44), Join(k=15))
    scene.begin("cord", 17, 34, gap=0.5)
    levels = (-300, -200, -100, 0, 60, 140)
    scene.tube([(0, column_y(z) + 24 - (z > 20) * 2, z, 6.5, 5) for z in levels], samples=16)
    scene.begin("thyroid", 26, 105, gap=1.0)
    for side in mirrored(LOBE):
        scene.tube(side, samples=6, join=Join(k=3))
    scene.begin("oesophagus", 27, 40, gap=0.8)
    scene.tube(OESOPHAGUS)
    nodes(scene, rng, (138, -20, -48), (26, 22, 34), 12)
    nodes(scene, rng, (14, -24, -50), (26, 20, 26), 7)
    lungs(scene)
    lung_vessels(scene, rng)
    airways(scene)


def nodes(
    scene: Scene,
    rng: np.random.Generator,
    centre: tuple[float, float, float],
    spread: tuple[float, float, float],
    count: int,
) -> None:
    """Add lymph nodes: small ellipsoids scattered in fat."""
    scene.begin("lymph nodes", 29, 44, texture=5, gap=0.8)
    for _ in range(count):
        size = rng.uniform(1.8, 4.0)
        place = np.array(centre) + rng.normal(0, 0.5, 3) * spread
        scene.ellipsoid(place, (size, 0.7 * size, 1.4 * size))


def lungs(scene: Scene) -> None:
    """Add both lungs: the cage's inside without spine, mediastinum, heart and domes."""
    scene.begin("lung", 8, -855, layer=3, texture=28, grain=2.2)
    cage_tube(scene, -11)
    column = [(0, column_y(z) - 4, z, 27, 26) for z in (-300, -180, -60, 30, 100)]
    scene.tube(column, join=cut(8))
    scene.tube(MEDIASTINUM, join=cut(8))
    scene.ellipsoid((20, -38, -150), (64, 52, 68), cut(8))
    for g, top in zip(BOTH, (-292, -278), strict=True):
        scene.ellipsoid((g * 70, -15, top), (92, 96, 92), cut(6))


def lung_vessels(scene: Scene, rng: np.random.Generator) -> None:
    """Add the branches from both hila; where they would leave the lung they end."""
    scene.begin("lung vessel", 15, 40, layer=4)
    for g in BOTH:
        for _ in range(BRANCHES):
            reach = (0.2, 1.0), (-0.9, 0.9), (-1.2, 1.1)
            aim = np.array([rng.uniform(*r) for r in reach]) * (g, 1, 1)
            _branch(scene, rng, np.array([g * 42.0, 2, -80]), aim, 3.4, 0)
    cage_tube(scene, -12.5, crop())


def _branch(
    scene: Scene, rng: np.random.Generator, start: Floats, aim: Floats, r: float, depth: int
) -> None:
    """Add a vessel that goes outwards and forks twice."""
    aim = aim / np.linalg.norm(aim)
    length = (46, 26, 17)[depth] * rng.uniform(0.8, 1.2)
    middle = start + aim * length * 0.5 + rng.normal(0, 2.5, 3)
    end = start + aim * length
    rows = [(*start, r, r), (*middle, 0.85 * r, 0.85 * r), (*end, 0.7 * r, 0.7 * r)]
    scene.tube(rows, samples=4)
    if depth == 2:
        return
    hilum = np.array([42 * np.sign(start[0]), 2, -80])
    for _ in range(2):
        onward = rng.normal(0, 0.6, 3) + (end - hilum) / 40
        _branch(scene, rng, end, onward, 0.62 * r, depth + 1)


def airways(scene: Scene) -> None:
    """Add trachea and main bronchi: the wall, and the air in it."""
    lines = [np.array(TRACHEA, np.float64), *mirrored(BRONCHUS)]
    scene.begin("airway wall", 16, 30, layer=4)
    for rows in lines:
        scene.tube(rows + (0, 0, 0, 1.7, 1.7), samples=10, join=Join(k=4))
    scene.begin("airway", 11, -990, layer=5)
    for rows in lines:
        scene.tube(rows, samples=10, join=Join(k=4))
