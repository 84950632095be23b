"""Abdominal wall in layers, muscles of the back, great vessels: around a spine with L3 at zero."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from planning.phantoms.scene import ADD, Join, Scene, crop, cut
from planning.phantoms.spine import ORDER, Frame
from planning.phantoms.tables import Floats
from planning.phantoms.thorax import BOTH, MUSCLE

# fmt: off
# z, y of the centre, half width and half depth of the body
RING: Final = np.array([
    (-190, -30, 168, 118), (-120, -32, 162, 116), (-40, -34, 152, 112), (40, -32, 150, 114),
    (110, -26, 152, 118), (200, -20, 150, 118),
], np.float64)
# outer and inner depth under the skin and fat gap of the three flat muscles
FLANK: Final = ((-15, -22.5, 0.9), (-22, -30.5, 0.9), (-30, -35.5, 0.8))
# name, half widths along the spine, y behind the bodies, both half widths, rows used
BACK: Final[tuple[tuple[str, tuple[Sequence[float], ...], slice], ...]] = (
    ("multifidus", ((12, 15, 15), (52, 51, 50), (11, 14, 12), (12, 15, 13)), slice(0, None)),
    ("erector spinae", ((36, 40, 36), (52, 48, 46), (20, 25, 22), (12, 19, 16)), slice(0, None)),
    ("quadratus", ((66, 58, 46), (24, 24, 22), (18, 17, 10), (8, 8.5, 6)), slice(1, None)),
    ("psoas", ((58, 40, 30, 26), (-18, 6, 10, 12), (24, 20, 13, 6), (26, 25, 16, 6)), slice(0, 8)),
)
# fmt: on


def ring(scene: Scene, grow: float, join: Join = ADD, power: float = 2.2) -> None:
    """Add the body as one tube, wider by `grow` mm."""
    rows = [(0, y, z, a + grow, b + grow) for z, y, a, b in RING]
    scene.tube(rows, samples=14, power=power, join=join)


def ring_at(z: float) -> tuple[float, float, float]:
    """Return y of the centre, half width and half depth of the body at a level."""
    y, a, b = (float(np.interp(z, RING[:, 0], RING[:, c])) for c in (1, 2, 3))
    return y, a, b


def wall(scene: Scene) -> None:
    """Start the skin; add the flat muscles, their aponeurosis and the recti."""
    scene.place()
    scene.begin("skin", 12, 25, layer=0)
    ring(scene, 0)
    furrow = [(0, 88, z, 3, 8) for z in (-200, 0, 200)]
    scene.tube(furrow, samples=4, join=cut(14))
    for n, (outer, inner, gap) in enumerate(FLANK):
        for g in BOTH:
            scene.begin("flank", MUSCLE, 52, texture=12, grain=1.6, gap=gap)
            ring(scene, outer)
            ring(scene, inner, cut())
            scene.halfspace((g * (72 - 7 * n), 0, 0), (-g, -0.30, 0), crop(9))
            scene.halfspace((0, 46 - 5 * n, 0), (-0.25 * g, 1, 0), crop(6))
    for g in BOTH:
        scene.begin("rectus", MUSCLE, 54, texture=8, grain=1.5, gap=1.2)
        rows = [(g * 36, y + 25.5 - b, z, 33, 6.5) for z, y, a, b in RING]
        scene.tube(rows, (1, g * 0.13, 0), 10, power=2.6)
    scene.begin("aponeurosis", MUSCLE, 40, texture=4, gap=0.3)
    for depth in (-16.0, -33.0):
        ring(scene, depth)
        ring(scene, depth - 1.3, cut())
    scene.halfspace((0, -70, 0), (0, 1, 0), crop(4))
    scene.tube([(0, -85, z, 84, 70) for z in (-260, 0, 260)], samples=4, join=crop(3))


def back(scene: Scene, frames: dict[str, Frame]) -> None:
    """Add multifidus, erector spinae, quadratus and psoas along the spine."""
    centres = [frames[n].centre for n in ORDER]
    line = np.vstack([centres[0] - (0, -14, 90), centres, centres[-1] + (0, 4, 90)])
    scene.place()
    for name, shape, used in BACK:
        count = len(shape[0])
        places = np.linspace(0, count - 1, len(line))
        dx, dy, ru, rv = (np.interp(places, np.arange(count), column) for column in shape)
        for g in BOTH:
            scene.begin(name, MUSCLE, 54, texture=9, grain=1.5, gap=1.3)
            rows = np.c_[line[:, 0] + g * dx, line[:, 1] + dy, line[:, 2], ru, rv]
            scene.tube(rows[used], samples=16)


def great_vessels(scene: Scene, frames: dict[str, Frame], artery_hu: float, vein_hu: float) -> None:
    """Add the aorta with its fork at L4 and the vena cava on the right."""
    c = [frames[n].centre for n in ORDER]
    scene.place()
    scene.begin("aorta", 10, artery_hu, texture=3, gap=1.0)
    fork = c[1] + (2, -30, -4)
    shifts = ((4, -29, 0), (6, -28, 0), (7, -27, 0), (7, -26, 0), (6, -20, 70), (8, -14, 130))
    above: list[Floats] = [c[min(n + 2, 5)] + shift for n, shift in enumerate(shifts)]
    trunk = [(*p, 9.2 + 0.4 * n, 9 + 0.4 * n) for n, p in enumerate(above)]
    scene.tube([(*fork, 8.5, 8), *trunk], samples=18)
    for g in BOTH:
        ends = (c[0] + (g * 22, -31, -2), c[0] + (g * 50, -30, -50), c[0] + (g * 78, -62, -110))
        rows = [(*p, r, r) for p, r in zip((fork, *ends), (6, 5.5, 5, 4.5), strict=True)]
        scene.tube(rows, samples=12, join=Join(k=3))
    scene.begin("vena cava", 18, vein_hu, layer=2, texture=3)
    root = c[1] + (-14, -26, -22)
    up = [(*(p + (-19, -30 - 1.0 * n, 0)), 12, 9.5) for n, p in enumerate(c[1:])]
    top = [(*(c[5] + (-26, -42, 60)), 12.5, 11), (*(c[5] + (-16, -46, 100)), 12, 12)]
    scene.tube([(*root, 11, 8), *up, *top], samples=18)
    for g in BOTH:
        low = [(*(c[0] + (g * 24, -22, -34)), 6.5, 6), (*(c[0] + (g * 60, -26, -90)), 5.5, 5.5)]
        scene.tube([(*root, 8, 7), *low], samples=10, join=Join(k=3))
