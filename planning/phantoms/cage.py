"""The bones of the chest: ribs with their cartilage, vertebrae, sternum, clavicles. Scene mm."""

from typing import Final

import numpy as np

from planning.phantoms.chest import column_y
from planning.phantoms.curves import mirrored, spline
from planning.phantoms.scene import Join, Scene
from planning.phantoms.tables import Floats
from planning.phantoms.thorax import BOTH, POWER, cage_at

# fmt: off
# C6, C7, T1 .. T12: level and height of a body with its disc
LEVELS: Final = (84, 67, 49, 29, 8, -14, -36, -59, -83, -108, -133, -159, -186, -214)
PITCHES: Final = (18, 18, 20, 21, 22, 22, 22.5, 23.5, 24.5, 25, 25.5, 26.5, 27.5, 28)
# how far rib 1 .. 12 falls on its way, and the angle from the spine where it ends
DROPS: Final = (38, 58, 76, 90, 102, 112, 118, 120, 118, 112, 90, 60)
LAST_DEG: Final = (158, 160, 161, 162, 160, 156, 150, 146, 138, 125, 100, 75)
STERNUM: Final = [
    (0, -68, 4, 26, 5.5), (0, -76, -14, 25, 6), (0, -86, -38, 16, 5), (0, -96, -60, 14, 5),
    (0, -103, -110, 18, 5), (0, -106, -150, 14, 5), (0, -104, -178, 6, 3),
]
CLAVICLE: Final = [
    (18, -74, 8, 11, 10), (32, -78, 12, 9, 8.5), (62, -74, 20, 6.5, 6.5), (100, -56, 30, 6.2, 6),
    (130, -32, 37, 7.5, 5.2), (152, -8, 41, 10, 4.8), (164, 3, 41, 9, 4.6),
]
# fmt: on
LAST_TRUE_RIB, FLOATING = 9, 11


def rib_line(number: int, side: int) -> Floats:
    """Return the centre line (14, 3) of a rib (1 to 12) from the vertebra to the front."""
    z0 = LEVELS[number + 1]
    y0 = column_y(z0)
    rows = [(side * 15.0, y0 + 10, z0 + 9.0), (side * 24.0, y0 + 17, z0 + 8.0)]
    for t in np.linspace(0, 1, 12):
        phi = np.radians(22 + (LAST_DEG[number - 1] - 22) * t)
        z = z0 + 6 - DROPS[number - 1] * (0.15 * t + 0.85 * t * t * (1.6 - 0.6 * t))
        centre, a, b = cage_at(z)
        sx, sy = np.sin(phi), np.cos(phi)
        r = (abs(sx / (a - 3.5)) ** POWER + abs(sy / (b - 3.5)) ** POWER) ** (-1 / POWER)
        rows.append((side * r * sx, centre + r * sy, z))
    return np.array(rows)


def cage(scene: Scene) -> None:
    """Add all bones of the chest; the left scapula and humerus come from elsewhere."""
    scene.place()
    _ribs(scene)
    scene.bone("vertebrae", 5, cortex_hu=900, texture=60)
    for z, pitch in zip(LEVELS, PITCHES, strict=True):
        plain_vertebra(scene, column_y(z), z, pitch, is_neck=z > 60)
    scene.begin("disc", 7, 95, layer=6, texture=8, grain=2)
    scene.tube([(0, column_y(z), z, 14, 11.5) for z in (-260, -180, -60, 30, 100)])
    scene.bone("sternum", 6, cortex_hu=750)
    scene.tube(STERNUM, (1, 0, 0), 14, Join(cortex=1.0, inner=130))
    scene.bone("clavicle", 3, cortex_hu=1150, texture=60)
    for side, g in zip(mirrored(CLAVICLE), BOTH, strict=True):
        scene.tube(side, (0.5 * g, 0.8, 0), 18, Join(cortex=2.0, inner=110))


def _ribs(scene: Scene) -> None:
    lines = {(n, g): rib_line(n, g) for n in range(1, 13) for g in BOTH}
    scene.begin("costal cartilage", 7, 115, layer=6, texture=14, grain=2)
    for (n, g), line in lines.items():
        if n <= LAST_TRUE_RIB:
            end = (g * 19.0, -96.0 if n > 2 else -78.0, -6.0 - 20 * min(n, 7))
            bridge = spline(np.vstack([line[-3:], end]), 6)
            scene.tube([(*q, 6, 4.2) for q in bridge], (0, 0, 1), 8, Join(k=3))
    scene.bone("ribs", 4, cortex_hu=1000, texture=50)
    for (n, g), line in lines.items():
        bony = spline(line, 26)[: 20 if n < FLOATING else 26]
        wide = 8.0 if n == 1 else 6.8
        half = np.interp(
            np.arange(len(bony)), [0, 3, 8, len(bony) - 2, 30], [4.2, 5, wide, wide, 5]
        )
        rows = [(*q, a, 3.0 if n == 1 else 3.3) for q, a in zip(bony, half, strict=True)]
        u = (0.8 * g, -0.4, 0.4) if n == 1 else (0.0, 0.0, 1.0)
        scene.tube(rows, u, 30, Join(cortex=1.0, inner=120))


def plain_vertebra(scene: Scene, y: float, z: float, pitch: float, is_neck: bool = False) -> None:
    """Add a simple thoracic or cervical vertebra; the lumbar ones are exact and live elsewhere."""
    h = 0.5 * pitch - 2.6
    w = 14.5 if is_neck else 12.5 + 0.28 * pitch
    d = 8.5 if is_neck else 6 + 0.38 * pitch
    # fmt: off
    body = [
        (0, y, z - h, w, d), (0, y, z - 0.6 * h, 0.94 * w, 0.95 * d), (0, y, z, 0.86 * w, 0.9 * d),
        (0, y, z + 0.6 * h, 0.94 * w, 0.95 * d), (0, y, z + h, w, d),
    ]
    # fmt: on
    join = Join(cortex=1.0, inner=170)
    scene.tube(body, samples=9, flat=True, power=2.5, join=join)
    c = y + d + 7.5
    for g in BOTH:
        a = (g * 11.0, c + 3, z + 2.0)
        tip = (g * 20, c - 6, z) if is_neck else (g * 31, c + 12, z + 2)
        scene.cone((g * 10, y + d - 3, z + 3), a, (4, 4), Join(k=3, cortex=1.2, inner=180))
        low = (g * 2, c + 12, z - 5)
        scene.cone((a[0], a[1], z + 3), low, (3.6, 3.4), Join(k=3, cortex=1.4, inner=120))
        facet = (g * 11, c + 6, z - 11)
        scene.cone((a[0], a[1], z + 9), facet, (3.6, 3.6), Join(k=3, cortex=1.3, inner=140))
        scene.cone(a, tip, (3.8, 4.4), Join(k=3, cortex=1.1, inner=140))
    drop = 8 if is_neck else 22
    # fmt: off
    spinous = [
        (0, c + 9, z - 3, 2.6, 6), (0, c + 20, z - 3 - 0.5 * drop, 2.2, 5),
        (0, c + 33, z - 3 - drop, 3.2, 4.5),
    ]
    # fmt: on
    scene.tube(spinous, (1, 0, 0), 6, Join(k=3, cortex=1.2, inner=130))
