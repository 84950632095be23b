"""The abdomen phantom: portal-venous CT with a liver and a kidney tumour of exact size."""

from typing import Final

import numpy as np

from planning.phantoms.bowel import bowel
from planning.phantoms.cage import plain_vertebra
from planning.phantoms.curves import Rows, turned_x
from planning.phantoms.kidney import kidney, kidney_tumour
from planning.phantoms.liver import liver
from planning.phantoms.lumbar import TABLE_TOP_MM, spine
from planning.phantoms.scene import Join, Scene, Triple, crop, cut
from planning.phantoms.table import table
from planning.phantoms.thorax import BOTH
from planning.phantoms.trunk import back, great_vessels, ring, ring_at, wall

CENTRE: Final = (0.0, -32.0, 80.0)
LORDOSIS_DEG, SLOPE_DEG = 46.0, 38.0
# fmt: off
# level at the spine, fall on the way, last angle from the spine
RIBS: Final = ((250, 130, 125), (222, 118, 112), (196, 104, 98), (170, 86, 80), (142, 52, 52))
STOMACH: Final = [
    (30, -10, 186, 18, 18), (62, -14, 176, 34, 34), (74, -40, 140, 36, 34), (62, -72, 106, 30, 28),
    (26, -86, 82, 22, 20), (-8, -82, 72, 15, 14), (-26, -70, 66, 12, 11),
]
# name, label, HU, fat gap, rows
TUBES: Final[tuple[tuple[str, int, float, float, Rows], ...]] = (
    ("pancreas", 63, 98, 1.6, [
        (-26, -58, 52, 13, 11), (-18, -62, 70, 15, 11), (8, -66, 80, 10, 8), (36, -48, 90, 10, 8),
        (66, -18, 108, 9, 8)]),
    ("duodenum", 19, 55, 1.0, [
        (-30, -68, 66, 12, 12), (-42, -50, 52, 12, 12), (-40, -42, 20, 12, 12),
        (-14, -44, 6, 11, 10), (20, -44, 12, 11, 10)]),
    ("splenic vein", 42, 170, 0.8, [
        (4, -62, 62, 6, 6), (20, -52, 84, 4.5, 4.5), (60, -12, 112, 4, 4), (82, 2, 122, 3, 3)]),
    ("mesenteric vein", 42, 168, 0.8, [
        (4, -62, 64, 6, 6), (4, -62, 30, 5.5, 5.5), (0, -66, -30, 5, 5), (-10, -74, -70, 3, 3)]),
    ("mesenteric artery", 10, 156, 0.8, [
        (6, -32, 84, 3.6, 3.6), (8, -50, 68, 3.6, 3.6), (10, -62, 30, 3.4, 3.4),
        (6, -68, -40, 2.6, 2.6)]),
)
ADRENAL: Final = [(40, 6, 112, 12, 2.6), (36, -2, 114, 10, 2.4), (30, -12, 116, 5, 2)]
CRUS: Final = [(16, -14, 40, 7, 5), (18, -16, 90, 9, 6), (24, -12, 140, 12, 6)]
# what the domes leave of the lungs: centre, radii, blend
DOMES: Final[tuple[tuple[Triple, Triple, float], ...]] = (
    ((-72, -38, 108), (88, 92, 97), 6), ((66, -34, 92), (92, 92, 100), 10),
    ((0, -60, 130), (60, 70, 66), 14), ((20, -60, 232), (58, 50, 46), 10),
)
# fmt: on


def abdomen_scene(seed: int = 0, exophytic_ratio: float = 0.5) -> Scene:
    """Return the scene; `exophytic_ratio` of the kidney tumour lies outside the outline."""
    scene = Scene()
    rng = np.random.default_rng(seed)
    table(scene, TABLE_TOP_MM)
    wall(scene)
    skin = scene.part("skin")
    frames = spine(scene, rng, LORDOSIS_DEG, SLOPE_DEG)
    back(scene, frames)
    great_vessels(scene, frames, artery_hu=158, vein_hu=140)
    bowel(scene, rng, artery_hu=120)
    liver(scene, rng)
    for side in BOTH:
        kidney(scene, side)
    kidney_tumour(scene, exophytic_ratio)
    hollow_organs(scene)
    for name, label, hu, gap, rows in TUBES:
        scene.begin(name, label, hu, texture=6, grain=2.4, gap=gap)
        scene.tube(rows, (0, 0, 1))
    small_organs(scene)
    lungs(scene)
    ribs(scene)
    c = frames["T12"].centre
    scene.bone("upper vertebrae", 5, cortex_hu=900, texture=60)
    for n in range(1, 5):
        y, z = c[1] - 3 + 4 * n - 0.4 * n * n, c[2] + 30.5 * n - n
        plain_vertebra(scene, float(y), float(z), 29)
    scene.wrap(skin, ("multifidus", "erector spinae"), 13.0, 24.0)
    return scene


def hollow_organs(scene: Scene) -> None:
    """Add the stomach with content and a gas level, and the spleen beside it."""
    scene.place()
    scene.begin("spleen", 60, 122, texture=5, grain=2, gap=1.5)
    scene.ellipsoid((104, 14, 122), (42, 60, 66), axes=turned_x(-20))
    scene.ellipsoid((48, -16, 112), (42, 50, 68), cut(8))
    ring(scene, -38, crop(5))
    scene.begin("stomach", 61, 82, texture=6, grain=2.4)
    scene.tube(STOMACH, (0, 0, 1), 20)
    inside = np.array(STOMACH, np.float64) - (0, 0, 0, 4, 4)
    scene.begin("stomach content", 62, 18, layer=2, texture=5, grain=1.4)
    scene.tube(inside, samples=20)
    scene.begin("gas", 11, -970, layer=3)
    scene.tube(inside, samples=20)
    scene.halfspace((0, -72, 0), (0, 1, 0))


def small_organs(scene: Scene) -> None:
    """Add the adrenal glands and the crura of the diaphragm on both sides."""
    for g in BOTH:
        scene.begin("adrenal", 64, 75, texture=6, grain=2.4)
        scene.tube([(g * x, *rest) for x, *rest in ADRENAL], (0, 0, 1), 8)
        scene.begin("crus", 9, 58, texture=6, grain=2.4)
        scene.tube([(g * x, *rest) for x, *rest in CRUS], (0, 1, 0))


def lungs(scene: Scene) -> None:
    """Add the lung bases: what domes, spine and heart leave of the chest."""
    scene.begin("lung", 8, -850, layer=5, texture=26, grain=2)
    ring(scene, -34)
    scene.halfspace((0, 0, 96), (0, 0, -1))
    for centre, radii, k in DOMES:
        scene.ellipsoid(centre, radii, cut(k))
    scene.tube([(0, 34, z, 30, 62) for z in (80, 160, 260)], samples=4, join=cut(10))


def ribs(scene: Scene) -> None:
    """Add the lower ribs on the ring of the abdominal wall."""
    scene.bone("ribs", 4, cortex_hu=1000, texture=50)
    for top, drop, last in RIBS:
        for g in BOTH:
            rows = [_rib_place(g, float(t), top, drop, last) for t in np.linspace(0, 1, 14)]
            scene.tube(rows, (0, 0.2, 1), 24, Join(cortex=1.0, inner=110))


def _rib_place(side: int, t: float, top: float, drop: float, last: float) -> tuple[float, ...]:
    phi = np.radians(16 + (last - 16) * t)
    z = top - drop * (0.2 * t + 0.8 * t * t)
    y, a, b = ring_at(z)
    sx, sy = np.sin(phi), np.cos(phi)
    r = (abs(sx / (a - 27)) ** 2.2 + abs(sy / (b - 24)) ** 2.2) ** (-1 / 2.2)
    return (side * r * sx, y + r * sy - (10 if t == 0 else 0), z, 6.5, 3.2)
