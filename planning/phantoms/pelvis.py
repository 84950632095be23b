"""Sacrum and iliac wings under the lumbar spine; the S1 endplate is an exact plane."""

from typing import Final

import numpy as np

from planning.phantoms.curves import closed, hump, turned_x
from planning.phantoms.scene import Join, Scene, crop, cut
from planning.phantoms.spine import Frame
from planning.phantoms.tables import Floats
from planning.phantoms.thorax import BOTH

# fmt: off
HALF_SACRUM: Final = [
    (0, 6), (26, 5), (42, 0), (57, -12), (59, -34), (50, -54), (36, -71), (24, -92), (13, -112),
    (0, -116),
]
S1_BODY: Final = [(0, 0, 2, 26, 17), (0, 1, -14, 24, 16), (0, 6, -30, 20, 12)]
CANAL: Final = [(0, 25, 12, 14, 8), (0, 24, -18, 12, 6), (0, 20, -50, 8, 4), (0, 12, -80, 4, 2.5)]
WING: Final = [
    (-30, -46), (-18, 6), (-2, 40), (24, 66), (58, 74), (88, 60), (104, 30), (96, 8), (66, -14),
    (40, -44), (6, -66),
]
# fmt: on
FLAT: Final = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], np.float64).T


def _bend(u: Floats, v: Floats) -> Floats:
    height: Floats = 20 - 0.0042 * (v + 38) ** 2 + 0.004 * u**2 * np.clip(1 + v / 60, 0, 1)
    return height


def _thick(u: Floats, v: Floats, edge: Floats) -> Floats:
    middle = 11.5 * hump(u, 30) * np.clip(1 + v / 105, 0.06, 1)
    half: Floats = 5.5 + middle + 4 * np.clip(1 + v / 60, 0, 1)
    return half


def sacrum(scene: Scene, s1: Frame) -> None:
    """Add the sacrum with foramina, crest and canal below the endplate `s1`, and its truth."""
    scene.place(s1.axes, s1.centre)
    half = np.array(HALF_SACRUM, np.float64)
    outline = np.vstack([half, half[::-1][1:-1] * (-1, 1)])
    scene.bone("sacrum", 30, cortex_hu=850)
    dense = Join(cortex=1.0, inner=120)
    scene.plate(closed(outline, 160), _bend, _thick, FLAT, (0, -14, 0), 5, dense)
    body = Join(k=5, cortex=1.0, inner=150)
    scene.tube(S1_BODY, samples=6, power=2.4, join=body)
    scene.halfspace((0, 0, 0), (0, 0, 1), crop(0.8))
    for g in BOTH:
        _foramina(scene, g)
        facet = [(g * 24, 24, -6, 6, 5), (g * 23, 30, 4, 6, 4), (g * 22, 32, 10, 5, 3.5)]
        scene.tube(facet, samples=6, join=Join(k=4, cortex=1.2, inner=140))
    for n, z in enumerate((-12, -34, -54, -72)):
        y = 34 - 3.0 * n - (4 if n == 3 else 0)
        scene.ellipsoid((0, y, z), (3, 7, 8), Join(k=6, cortex=1.0, inner=100))
    scene.tube(CANAL, samples=10, join=cut(1))
    scene.truth.points["S1 upper endplate"] = s1.centre
    scene.truth.directions["S1 upper endplate"] = s1.axes[:, 2]


def _foramina(scene: Scene, g: int) -> None:
    for n, z in enumerate((-26, -47, -66, -84)):
        x = g * (27 - 3.2 * n)
        front = (x + 4 * g, -30, z - 6)
        scene.cone(front, (x, 14, z), (6.5 - n * 0.5, 5.0 - n * 0.4), cut(2))
        scene.cone((x, 10, z), (x, 50, z + 2), (4.2 - 0.3 * n, 4.5 - 0.3 * n), cut(2))


def wings(scene: Scene, s1: Frame) -> None:
    """Add both iliac wings beside the sacrum."""
    scene.place(None, s1.centre)
    for g in BOTH:
        scene.bone("ilium", 31, cortex_hu=1050)
        a = np.array([0.60 * g, -0.80, 0.0])
        b = np.array([0.42 * g, 0.0, 1.0])
        b = (b - (b @ a) * a) / np.linalg.norm(b - (b @ a) * a)
        axes = np.stack([a, b, np.cross(a, b)], 1)
        scene.plate(
            closed(WING, 120),
            lambda u, v, g=g: g * (8 - 0.0032 * (u - 50) ** 2),  # type: ignore[misc]
            _wing_half,
            axes,
            (g * 63, 30, -48),
            4,
            Join(cortex=1.5, inner=110),
        )


def _wing_half(u: Floats, v: Floats, edge: Floats) -> Floats:
    joint = 6 * np.exp(-(((u - 6) / 28) ** 2) - ((v + 20) / 40) ** 2)
    half: Floats = 3.0 + 5.5 * hump(edge, 9) + joint
    return half


def endplate(slope_deg: float, centre: Floats) -> Frame:
    """Return the frame of the S1 endplate with the chosen sacral slope."""
    return Frame(centre, turned_x(slope_deg), 0.0)
