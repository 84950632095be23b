"""The lumbar spine: exact endplates, lordosis and pedicle isthmi.

Vertebral frame: x left, y posterior, z normal to the middle of the body. L5 sizes after a table of
the Int. J. Spine Surg.; L1 to L4 are general knowledge and interpolated.
"""

from typing import Final, NamedTuple

import numpy as np

from planning.phantoms.curves import closed, hump, turned_x
from planning.phantoms.scene import ADD, Join, Scene, crop, cut
from planning.phantoms.tables import Floats
from planning.phantoms.thorax import BOTH


class Size(NamedTuple):
    """Sizes of one vertebra in mm, and its pedicles' angle to the sagittal plane in degrees."""

    width: float
    depth: float
    front: float
    back: float
    pedicle_width: float
    pedicle_height: float
    pedicle_deg: float
    canal_width: float
    disc: float
    process: float


class Frame(NamedTuple):
    """A body's centre in scene mm, its axes, and half of its wedge in degrees."""

    centre: Floats
    axes: Floats
    half_wedge_deg: float


# fmt: off
SIZES: Final = {
    "L5": Size(53, 35, 28.5, 24.5, 16.1, 13.6, 26, 27, 11.0, 44),
    "L4": Size(50.5, 34.5, 27.6, 26.4, 12.9, 14.4, 18, 24, 11, 45),
    "L3": Size(48, 33.5, 27.2, 27.2, 10.3, 14.6, 14, 23, 9.5, 48),
    "L2": Size(46, 32.5, 26.5, 27.5, 8.9, 15.0, 12, 22.5, 8.5, 43),
    "L1": Size(44, 31, 25.5, 27.0, 8.4, 15.4, 10, 22, 7, 38),
    "T12": Size(42, 30, 24.0, 25.5, 7.6, 15.5, 4, 22, 6, 25),
}
ORDER: Final = tuple(SIZES)
FIRST_LABEL = 20
DISC_SHARES: Final = (0.30, 0.26, 0.20, 0.15, 0.09)
PEDICLE: Final = ((-14, 1.25, 1.12), (-6, 1.12, 1.05), (0, 1, 1), (6, 1.10, 1.04), (11, 1.15, 0.9))
UPRIGHT: Final = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64).T
# fmt: on


def chain(lordosis_deg: float, slope_deg: float) -> dict[str, Frame]:
    """Return the frames from L5 up, S1's endplate through the origin; L1 to S1 is exact.

    Discs share what the wedges of the bodies leave of the chosen lordosis.
    """
    wedges = {
        n: float(np.degrees(np.arctan2(size.front - size.back, size.depth)))
        for n, size in SIZES.items()
    }
    left = lordosis_deg - sum(wedges[n] for n in ORDER[:5])
    discs = [*(left * share for share in DISC_SHARES), 2.0]
    angle, place, frames = slope_deg, np.zeros(3), {}
    for name, disc in zip(ORDER, discs, strict=True):
        size, wedge = SIZES[name], wedges[name]
        half = (size.front + size.back) / 4
        place = place + turned_x(angle - disc / 2) @ (0, 0, size.disc)
        angle -= disc + wedge / 2
        place = place + turned_x(angle) @ (0, 0, half)
        frames[name] = Frame(place.copy(), turned_x(angle), wedge / 2)
        place = place + turned_x(angle) @ (0, 0, half)
        angle -= wedge / 2
    return frames


def vertebra(scene: Scene, name: str, frame: Frame, rng: np.random.Generator) -> Floats:
    """Add one vertebra and its truth; return the middle of its canal in scene mm."""
    size = SIZES[name]
    scene.place(frame.axes, frame.centre)
    h, b = (size.front + size.back) / 4, size.depth / 2
    scene.bone(name, FIRST_LABEL + ORDER.index(name), cortex_hu=1000, texture=62)
    _body(scene, size, frame.half_wedge_deg)
    for g in BOTH:
        _pedicle(scene, name, g, 0.30 * h)
        _arch(scene, size, g, rng)
    _spinous(scene, size)
    half_canal = 8.2 + 0.25 * (size.canal_width - 22)
    canal_y = b + half_canal - 2.0
    canal = [(0, canal_y, z, size.canal_width / 2, half_canal) for z in (-30, 0, 30)]
    scene.tube(canal, samples=4, join=cut(1.0))
    scene.truth.points[f"{name} centre"] = frame.centre
    scene.truth.points[f"{name} upper endplate"] = scene.at((0, 0, h))
    up = frame.axes @ turned_x(-frame.half_wedge_deg) @ (0, 0, 1)
    scene.truth.directions[f"{name} upper endplate"] = up
    return scene.at((0, canal_y, 0))


def _body(scene: Scene, size: Size, half_wedge_deg: float) -> None:
    h, b, w = (size.front + size.back) / 4, size.depth / 2, size.width / 2
    levels = (-h - 4, -h, -0.55 * h, 0, 0.55 * h, h, h + 4)
    factors = ((1, 1), (1, 1), (0.93, 0.95), (0.875, 0.9), (0.92, 0.95), (0.98, 1), (0.98, 1))
    ring = [(0, 0, z, w * k, b * q) for z, (k, q) in zip(levels, factors, strict=True)]
    scene.tube(ring, samples=15, power=2.5, join=Join(cortex=0.9, inner=175))
    for sign in BOTH:
        normal = turned_x(-sign * half_wedge_deg) @ (0, 0, sign)
        scene.halfspace((0, 0, sign * h), normal, crop(1.2))
        dish = (0.36 * size.width * 2.7, b * 2.0, 26)
        scene.ellipsoid((0, 1.5, sign * (h + 26 - 1.9)), dish, cut(1.5))


def isthmus(size: Size, side: int, z: float) -> tuple[Floats, Floats]:
    """Return the isthmus' centre and the direction from body to lamina, in the local frame."""
    t = np.radians(size.pedicle_deg)
    x = size.canal_width / 2 + size.pedicle_width / 2 + 1.4
    place = np.array([side * x, size.depth / 2 + 5.0, z])
    return place, np.array([side * np.sin(t), np.cos(t), 0])


def _pedicle(scene: Scene, name: str, side: int, z: float) -> None:
    """Add a tube whose smallest section, at the isthmus, has exactly the width and height."""
    size = SIZES[name]
    p, d = isthmus(size, side, z)
    rows = [
        (*(p + q * d), size.pedicle_width / 2 * a, size.pedicle_height / 2 * c)
        for q, a, c in PEDICLE
    ]
    u = (d[1], -d[0], 0.0)
    scene.tube(rows, u, 17, Join(k=2.5, cortex=1.1, inner=190))
    where = "left" if side > 0 else "right"
    scene.truth.points[f"{name} {where} isthmus"] = scene.at(p)
    scene.truth.directions[f"{name} {where} pedicle"] = scene.axes @ -d
    scene.truth.directions[f"{name} vertical"] = scene.axes[:, 2]
    scene.truth.lengths_mm[f"{name}_{where}_pedicle_width"] = size.pedicle_width
    scene.truth.lengths_mm[f"{name}_{where}_pedicle_height"] = size.pedicle_height
    scene.truth.angles_deg[f"{name}_{where}_pedicle_transverse"] = size.pedicle_deg


def _arch(scene: Scene, size: Size, side: int, rng: np.random.Generator) -> None:
    """Pars, articular processes, lamina and transverse process of one side."""
    h = (size.front + size.back) / 4
    p, d = isthmus(size, side, 0.30 * h)
    x, j = abs(p[0]), p + 10 * d
    lean = (0.6, 0.8 * side, 0.0)
    scene.ellipsoid(j + (-side * 0.5, 3, -2), (5.2, 4.6, 7.5), Join(k=4, cortex=1.5, inner=140))
    facet = Join(k=3, cortex=1.3, inner=150)
    # fmt: off
    upper = [
        (*(j + (0, 1, 2)), 6.0, 4.4), (side * (x + 4.0), j[1] + 0.5, h + 4, 6.5, 3.6),
        (side * (x + 4.5), j[1] + 1.0, h + 12, 5.5, 2.8),
    ]
    lower = [
        (*(j + (-side * 2, 4, -3)), 5.5, 4.4), (side * (x - 4.0), j[1] + 9.5, -h - 1, 5.5, 3.6),
        (side * (x - 4.0), j[1] + 9.5, -h - 11, 5.0, 3.0),
    ]
    lamina = [
        (*(j + (0, 2, -3)), 7.5, 3.4), (side * 0.5 * x, j[1] + 9, -5, 8.5, 3.0),
        (0, j[1] + 13, -6, 9, 3.6),
    ]
    # fmt: on
    scene.tube(upper, lean, 8, facet)
    scene.tube(lower, lean, 8, facet)
    scene.tube(lamina, (0, 0, 1), 8, Join(k=3, cortex=1.4, inner=120))
    tip = size.process + rng.normal(0, 1.5)
    transverse = [
        (*(j + (0, -1, 1)), 6, 4.5),
        (side * 0.62 * tip, j[1] - 0.5, p[2] + 1, 4.4, 2.6),
        (side * tip, j[1] + 4 + rng.normal(0, 1), p[2] + 2, 4.2, 2.4),
    ]
    scene.tube(transverse, (0, 0, 1), 8, Join(k=4, cortex=1.1, inner=120))


def _spinous(scene: Scene, size: Size) -> None:
    y = size.depth / 2 + 15 + 10 * np.cos(np.radians(size.pedicle_deg))
    # fmt: off
    outline = closed([
        (y, -1), (y + 12, 0), (y + 26, -2), (y + 31, -7), (y + 30, -17), (y + 22, -20),
        (y + 8, -18), (y - 1, -14),
    ], 80)
    # fmt: on

    def half(u: Floats, v: Floats, edge: Floats) -> Floats:
        thick: Floats = 2.6 + 1.6 * hump(edge, 3.5) + 0.9 * np.clip((u - y - 16) / 14, 0, 1)
        return thick

    join = Join(k=4, cortex=1.2, inner=120)
    scene.plate(outline, lambda u, v: 0 * u, half, UPRIGHT, rounding=2.4, join=join)


def discs_and_sac(scene: Scene, frames: dict[str, Frame], s1: Frame, canal: list[Floats]) -> None:
    """Add the discs (where no bone is painted over them) and the dural sac."""
    scene.place()
    scene.begin("disc", 7, 92, layer=6, texture=7, grain=2.0)
    rows = [(*(s1.centre + s1.axes @ (0, 0, -4)), 25.0, 16.0)]
    for name, frame in frames.items():
        rows.append((*frame.centre, SIZES[name].width / 2 - 0.5, SIZES[name].depth / 2 - 0.5))
    scene.tube(rows, samples=26, power=2.5, join=ADD)
    scene.begin("dural sac", 17, 24, texture=3, gap=0.8)
    low = s1.centre + s1.axes @ (0, 24, -20)
    scene.tube([(*c, 8.2, 6.2) for c in (low, *canal)], samples=20)
