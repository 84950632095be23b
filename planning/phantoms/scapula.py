"""The scapula, with a glenoid whose rim, version and inclination are exact by construction.

Frame: m lateral, n anterior, v superior, origin in the glenoid's centre. Sizes after von Schroeder
2001 (Clin Orthop 383:131-139).
"""

from typing import Final

import numpy as np

from planning.phantoms.curves import closed, hump, unit
from planning.phantoms.scene import Join, Scene, cut
from planning.phantoms.tables import Floats

GLENOID_CENTRE: Final = np.array([165.0, 10.0, 0.0])
TRIGONUM: Final = np.array([-108.0, 0.0, 0.0])
ANGLE: Final = np.array([-92.0, 0.0, -110.0])
RIM_ACROSS_MM, RIM_UP_MM = 14.0, 18.0
DISH_MM, DISH_OUT_MM = 3.5, 31.5
# fmt: off
BODY: Final = [
    (-108, 0), (-110.5, -14), (-109.4, -30), (-109, -43), (-106.6, -60), (-104.4, -72),
    (-100.5, -88), (-92, -110), (-83, -113), (-74, -102), (-55, -72), (-38, -47), (-22, -29),
    (-11, -18), (-7, 0), (-10, 13), (-24, 14), (-31, 10), (-39, 17), (-60, 31), (-80, 41),
    (-93, 47), (-101, 40), (-104.4, 28), (-107.2, 15),
]
CREST: Final = np.array([
    (-108, -1, 0), (-98, -6, 2), (-68, -19, 10), (-45, -32, 17), (-28, -41, 22), (-8, -45, 29),
    (12, -42, 35),
], np.float64)
CREST_RADII: Final = np.array([
    (2.0, 3), (3.2, 3.2), (4.5, 3.6), (5.0, 3.6), (5.4, 3.8), (6.5, 4.2), (7.5, 4.2),
])
ACROMION: Final = [
    (-8, -48), (5, -52), (16, -47), (24, -32), (27, -12), (25, 5), (19, 14), (11, 15), (5, 7),
    (6, -6), (6, -20), (1, -31), (-9, -38),
]
CORACOID: Final = [
    (-24, -1, 9, 11, 8), (-22, 10, 25, 9.5, 8), (-15, 24, 35, 8, 7), (-3, 34, 34, 7.5, 5.8),
    (8, 40, 26, 6.5, 5.5), (12, 41, 20, 5, 5),
]
RIDGES: Final = (((-104, -22), (-48, -14)), ((-104, -52), (-46, -26)), ((-97, -84), (-44, -38)))
# fmt: on
UPRIGHT: Final = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], np.float64).T


def scapula_axes(yaw_deg: float, tilt_deg: float) -> Floats:
    """Return the columns m (lateral), n (anterior), v (superior) of a left scapula in LPS."""
    a, t = np.radians([yaw_deg, tilt_deg])
    m = np.array([np.cos(a), -np.sin(a), 0])
    n = np.array([-np.sin(a), -np.cos(a), 0])
    v = np.array([0, 0, 1.0])
    return np.stack([m, np.cos(t) * n - np.sin(t) * v, np.cos(t) * v + np.sin(t) * n], 1)


def glenoid_normal(version_deg: float, inclination_deg: float) -> Floats:
    """Return the normal of the glenoid in the scapula's frame."""
    return unit([1.0, np.tan(np.radians(version_deg)), np.tan(np.radians(inclination_deg))])


def glenoid_axes(normal: Floats) -> Floats:
    """Return columns across, up and normal of the glenoid in the scapula's frame."""
    up = unit(np.array([0, 0, 1.0]) - normal[2] * normal)
    return np.stack([np.cross(up, normal), up, normal], 1)


def _line_gap(u: Floats, v: Floats, start: tuple[float, float], end: tuple[float, float]) -> Floats:
    a, e = np.array(start, np.float64), np.subtract(end, start)
    t = np.clip(((u - a[0]) * e[0] + (v - a[1]) * e[1]) / (e @ e), 0, 1)
    gap: Floats = np.hypot(u - a[0] - t * e[0], v - a[1] - t * e[1])
    return gap


def _drawn_height(u: Floats, v: Floats) -> Floats:
    height: Floats = (
        -9.0 * np.exp(-(((u + 62) / 36) ** 2) - ((v + 36) / 46) ** 2)
        + 7.0 * np.exp(-(((u + 95) / 22) ** 2) - ((v - 48) / 24) ** 2)
        - 3.0 * np.exp(-(((u + 60) / 30) ** 2) - ((v - 18) / 12) ** 2)
    )
    for start, end in RIDGES:
        height = height + 0.8 * hump(_line_gap(u, v, start, end), 4.0)
    return height


def body_height(u: Floats, v: Floats) -> Floats:
    """Return the mid surface of the body: hollow in front, zero at TS, IA and GC.

    So the plane through the three landmarks is n = 0, exactly.
    """
    points = np.array([TRIGONUM[[0, 2]], ANGLE[[0, 2]], (0.0, 0.0)])
    at_points = _drawn_height(points[:, 0], points[:, 1])
    a, b, c = np.linalg.solve(np.c_[points, np.ones(3)], at_points)
    height: Floats = _drawn_height(u, v) - (a * u + b * v + c)
    return height


def body_half(u: Floats, v: Floats, edge: Floats) -> Floats:
    """Return the half thickness of the body: thick pillar, spine root, borders and neck."""
    wave = 0.25 * np.sin(u * 0.19 + 1.3) * np.sin(v * 0.15)
    half: Floats = (
        1.15
        + wave
        + 3.6 * hump(_line_gap(u, v, (-14, -20), (-86, -106)), 5.5)
        + 0.4 * hump(_line_gap(u, v, (-108, 0), (-30, 8)), 5)
        + 0.9 * hump(edge, 5)
        + 7.0 * hump(np.hypot(u + 2, v + 1), 26)
    )
    return half


def acromion_height(u: Floats, v: Floats) -> Floats:
    """Return the mid surface of the acromion above the glenoid's centre."""
    height: Floats = (
        39.5
        - 0.0042 * (v + 14) ** 2
        - 0.011 * (u - 12) ** 2
        - 0.0016 * np.clip(-v - 22, 0, 99) ** 2
    )
    return height


def scapula(scene: Scene, axes: Floats, version_deg: float, inclination_deg: float) -> None:
    """Add the left scapula with the chosen glenoid, and its truth."""
    scene.place(axes, GLENOID_CENTRE)
    face = glenoid_axes(glenoid_normal(version_deg, inclination_deg))
    scene.bone("scapula", 1, cortex_hu=1050)
    body = Join(cortex=1.0, inner=140)
    scene.plate(closed(BODY, 200), body_height, body_half, UPRIGHT, rounding=1.2, join=body)
    _glenoid(scene, face)
    _spine(scene)
    scene.plate(
        closed(ACROMION, 120),
        acromion_height,
        lambda u, v, edge: 4.3 + 0 * u,
        np.eye(3),
        rounding=3.2,
        join=Join(k=6, cortex=1.2, inner=200),
    )
    scene.tube(CORACOID, (0.8, -0.6, 0), 16, Join(k=6, cortex=1.3, inner=180))
    _truth(scene, axes, face)
    scene.truth.angles_deg["version"] = version_deg
    scene.truth.angles_deg["inclination"] = inclination_deg


def _glenoid(scene: Scene, face: Floats) -> None:
    """Add neck, anterior notch, the rim's plane, and the dish whose edge is the rim ellipse."""
    across, up, g = face.T
    # fmt: off
    neck = [
        (-40, -2.5, -4, 1.5, 5), (-27, -1.5, -2, 6.4, 11.5), (*(-12 * g), 10.5, 15),
        (*(-5 * g), 12.3, 16.6), (*(1 * g), 15.3, 19.4), (*(8 * g), 17, 21),
    ]
    # fmt: on
    scene.tube(neck, across, 16, Join(k=8, cortex=1.3, inner=230))
    front = across if across[1] > 0 else -across
    notch = 16.5 * front + 7 * up
    scene.cone(notch - 14 * g, notch + 6 * g, (4, 4), cut(3))
    scene.halfspace((0, 0, 0), g)
    q = np.sqrt(1 - (DISH_OUT_MM / (DISH_OUT_MM + DISH_MM)) ** 2)
    radii = (RIM_ACROSS_MM / q, RIM_UP_MM / q, DISH_OUT_MM + DISH_MM)
    scene.ellipsoid(DISH_OUT_MM * g, radii, cut(), axes=face)


def _spine(scene: Scene) -> None:
    """Add a ruled plate between root and crest of the spine, and the thick crest."""
    root, top = np.array([-24.0, -5, 8]), np.array([-28.0, -41, 22])
    ex = unit(root - TRIGONUM)
    ey = unit((top - TRIGONUM) - ((top - TRIGONUM) @ ex) * ex)
    rot = np.stack([ex, ey, np.cross(ex, ey)], 1)
    crest = (CREST[:6] - TRIGONUM) @ rot
    lower = [(2, 1), (40, 1), (82, 0), (80, 8), (77, 18), (80, 27), (90, 34)]
    outline = np.vstack([np.array(lower, np.float64), crest[::-1][:5, :2]])

    def height(u: Floats, v: Floats) -> Floats:
        bent: Floats = np.interp(u, crest[:, 0], crest[:, 2]) * np.clip(v / 30, 0, 1)
        return bent

    scene.plate(
        outline,
        height,
        lambda u, v, edge: 1.5 + 1.2 * hump(v, 6),
        rot,
        origin=TRIGONUM,
        rounding=1.2,
        join=Join(k=6, cortex=1.0, inner=140),
    )
    thick = Join(k=4, cortex=1.3, inner=190)
    scene.tube(np.c_[CREST, CREST_RADII], (0, 0.35, 0.94), 16, thick)


def _truth(scene: Scene, axes: Floats, face: Floats) -> None:
    across, up, g = face.T
    level = unit(np.cross([0, 0, 1.0], g))  # the rim's diameter in the slice across v
    level = level if level[1] > 0 else -level
    half = 1 / np.hypot(level @ across / RIM_ACROSS_MM, level @ up / RIM_UP_MM)
    edge = closed(ACROMION, 400)
    tip = edge[int(np.argmax(edge[:, 0]))]
    acromion = (*tip, float(acromion_height(tip[:1], tip[1:])[0]))
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    ring = RIM_ACROSS_MM * np.cos(turn)[:, None] * across
    ring = ring + RIM_UP_MM * np.sin(turn)[:, None] * up
    scene.truth.points |= {
        "GC": scene.at((0, 0, 0)),
        "TS": scene.at(TRIGONUM),
        "IA": scene.at(ANGLE),
        "A": scene.at(half * level),
        "P": scene.at(-half * level),
        "S": scene.at(RIM_UP_MM * up),
        "I": scene.at(-RIM_UP_MM * up),
        "AC": scene.at(acromion),
    }
    scene.truth.directions |= {
        "scapula lateral": axes[:, 0],
        "scapula anterior": axes[:, 1],
        "scapula superior": axes[:, 2],
        "glenoid normal": axes @ g,
    }
    scene.truth.curves["glenoid rim"] = scene.at(ring)
    scene.truth.angles_deg["critical_shoulder"] = _critical_angle(scene)


def _critical_angle(scene: Scene) -> float:
    """Angle at I between S and AC in the plane of the scapula; it follows, it is not chosen."""
    points, n = scene.truth.points, scene.truth.directions["scapula anterior"]
    rim, tip = points["S"] - points["I"], points["AC"] - points["I"]
    rim, tip = unit(rim - (rim @ n) * n), unit(tip - (tip @ n) * n)
    return float(np.degrees(np.arccos(rim @ tip)))
