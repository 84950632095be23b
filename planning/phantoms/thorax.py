"""Skin and muscles around the left shoulder and the chest. Scene mm, z = 0 at the glenoid."""

from typing import Final

import numpy as np

from planning.phantoms.curves import Rows, mirrored
from planning.phantoms.scapula import GLENOID_CENTRE
from planning.phantoms.scene import ADD, Join, Scene, Triple, crop, cut
from planning.phantoms.tables import Floats

POWER = 2.3
MUSCLE, MUSCLE_HU = 9, 57.0
BOTH: Final = (1, -1)
# fmt: off
# z, y of the centre, half width and half depth of the rib cage
CAGE: Final = np.array([
    (62, 10, 14, 12), (50, 8, 34, 30), (34, 6, 58, 47), (10, 0, 84, 63), (-30, -8, 106, 78),
    (-80, -13, 120, 88), (-140, -15, 130, 94), (-250, -15, 136, 98),
], np.float64)
TRUNK: Final = [
    (0, -8, -300, 158, 118), (0, -6, -150, 166, 117), (0, -2, -60, 160, 108), (0, 2, -10, 138, 94),
    (0, 6, 35, 96, 78), (0, 6, 70, 66, 68), (0, -4, 130, 60, 64),
]
BREAST: Final = [(30, -55, -20, 40, 34), (90, -52, -10, 52, 34), (150, -26, -10, 52, 34)]
ARM: Final = [
    (186, -6, 24, 44, 46), (190, -4, -20, 50, 52), (198, 0, -100, 52, 54), (214, 6, -280, 46, 48),
]
NECK: Final = [(30, 34, 90, 40, 30), (85, 32, 44, 44, 34), (150, 10, 22, 44, 34)]
# name, direction of the first half width, rows
SHEETS: Final[tuple[tuple[str, Triple, Rows], ...]] = (
    ("pectoralis major", (0, 0, 1), [
        (4, -99, -70, 62, 4.5), (45, -105, -62, 62, 8), (90, -96, -50, 56, 11),
        (135, -70, -34, 38, 13), (172, -42, -32, 24, 9), (200, -30, -40, 16, 4)]),
    ("pectoralis minor", (0.6, 0, 0.8), [
        (72, -92, -95, 22, 5), (100, -78, -60, 18, 7), (135, -52, -8, 12, 6),
        (146, -32, 18, 6, 4)]),
    ("upper trapezius", (0, 0.8, 0.6), [
        (8, 50, 120, 16, 12), (40, 54, 76, 24, 11), (85, 50, 48, 26, 10), (140, 30, 42, 20, 6),
        (165, 18, 42, 12, 4)]),
    ("middle trapezius", (0, 0, 1), [
        (4, 92, -18, 55, 4), (40, 96, -12, 48, 5), (85, 88, 4, 34, 6), (125, 66, 18, 20, 5)]),
    ("lower trapezius", (0, 0, 1), [
        (4, 100, -110, 45, 3.5), (40, 98, -75, 36, 4.5), (82, 90, -30, 16, 5)]),
    ("rhomboid", (0, 0, 1), [
        (6, 84, -10, 40, 4), (40, 84, -28, 42, 5.5), (76, 76, -46, 40, 5)]),
    ("latissimus", (0, 0, 1), [
        (12, 105, -230, 50, 3.5), (70, 100, -200, 55, 5), (120, 72, -160, 50, 7),
        (152, 34, -112, 34, 9), (170, 8, -76, 22, 8), (186, -14, -52, 14, 4)]),
    ("levator scapulae", (1, 0, 0), [(26, 44, 100, 8, 7), (48, 56, 62, 9, 7), (74, 64, 38, 9, 6)]),
    ("scalenes", (1, 0, 0), [(24, 18, 120, 9, 10), (32, 12, 75, 12, 12), (50, -2, 40, 14, 9)]),
    ("sternomastoid", (0.7, 0.7, 0), [
        (42, 6, 125, 8, 14), (30, -28, 70, 8, 12), (18, -56, 22, 7, 9)]),
    ("longus colli", (1, 0, 0), [(9, 6, 120, 8, 5), (10, 18, 60, 8, 5), (9, 30, 10, 6, 3)]),
    ("strap muscles", (1, 0, 0), [(9, -38, 118, 10, 4), (10, -50, 70, 11, 4), (10, -64, 24, 9, 3)]),
)
ERECTOR: Final = [
    (20, 74, -300, 19, 16), (22, 82, -120, 19, 14), (21, 80, -50, 17, 12), (18, 66, 20, 15, 12),
    (17, 58, 80, 15, 14), (16, 52, 130, 15, 16),
]
UPPER_ARM: Final[tuple[tuple[str, Rows], ...]] = (
    ("biceps long", [(186, -34, -50, 8, 8), (196, -32, -110, 16, 15), (208, -28, -280, 23, 20)]),
    ("biceps short", [
        (158, -40, 8, 9, 9), (172, -34, -60, 12, 12), (188, -32, -130, 17, 16),
        (198, -26, -280, 19, 19)]),
    ("triceps", [
        (182, 26, -34, 10, 10), (188, 30, -90, 25, 19), (204, 34, -200, 35, 23),
        (214, 36, -290, 35, 23)]),
    ("brachialis", [(200, -12, -110, 17, 11), (206, -10, -190, 25, 15), (214, -8, -290, 27, 16)]),
    ("coracobrachialis", [
        (160, -36, 4, 8, 7), (170, -18, -50, 12, 11), (182, -8, -120, 11, 9),
        (192, -2, -160, 8, 7)]),
)
CAPSULE: Final = [(168, 6, 4, 18, 14), (186, -6, 6, 22, 24), (206, -16, 0, 16, 14)]
# muscles of the scapula in its own frame m, n, v
CUFF: Final[tuple[tuple[str, Triple, Rows], ...]] = (
    ("supraspinatus", (0, 1, 0), [
        (-98, -4, 14, 9.5, 8), (-70, -8, 24, 14.5, 13), (-40, -12, 27, 16.5, 14),
        (-10, -9, 29, 12.5, 11), (16, -3, 27, 10.5, 7), (36, -4, 18, 9.5, 5)]),
    ("infraspinatus", (0, 0, 1), [
        (-104, -9, -42, 34.5, 7), (-78, -20, -38, 38.5, 11), (-48, -27, -28, 34.5, 14),
        (-18, -26, -9, 24.5, 13), (10, -28, 4, 16.5, 10), (38, -26, 4, 11.5, 5)]),
    ("teres minor", (0, 0, 1), [
        (-62, -14, -82, 11.5, 8), (-35, -22, -56, 12.5, 11), (-5, -27, -28, 11.5, 11),
        (30, -27, -14, 8.5, 6)]),
    ("teres major", (0, 0, 1), [
        (-90, -12, -104, 14.5, 12), (-60, -12, -98, 18.5, 16), (-20, 2, -82, 17.5, 15),
        (15, 18, -58, 15.5, 8), (30, 22, -48, 14.5, 5)]),
    ("subscapularis", (0, 0, 1), [
        (-104, 5, -40, 40.5, 6), (-75, 6, -36, 44.5, 11), (-45, 8, -26, 40.5, 16),
        (-15, 17, -10, 26.5, 14), (10, 24, -2, 18.5, 9), (34, 27, -6, 13.5, 5)]),
)
# fmt: on


def cage_at(z: float) -> tuple[float, float, float]:
    """Return y of the centre, half width and half depth of the rib cage at a level."""
    rows = CAGE[np.argsort(CAGE[:, 0])]
    y, a, b = (float(np.interp(z, rows[:, 0], rows[:, c])) for c in (1, 2, 3))
    return y, a, b


def cage_tube(scene: Scene, grow: float, join: Join = ADD) -> None:
    """Add the rib cage as one tube, wider by `grow` mm."""
    rows = [(0, y, z, a + grow, b + grow) for z, y, a, b in CAGE]
    scene.tube(rows, samples=22, power=POWER, join=join)


def body(scene: Scene) -> None:
    """Start the skin: trunk, neck, breasts and both upper arms."""
    scene.place()
    scene.begin("skin", 12, 25, layer=0)
    scene.tube(TRUNK, samples=16, power=2.4)
    for rows, u, samples, k in (
        (BREAST, (0, 0, 1), 6, 30),
        (ARM, (1, 0, 0), 8, 36),
        (NECK, (0, 1, 0), 8, 40),
    ):
        for side in mirrored(rows):
            scene.tube(side, u, samples, Join(k=k))


def sheet(scene: Scene, name: str, rows: Rows, u: Triple, samples: int = 14, **look: float) -> None:
    """Add one muscle on both sides."""
    for side, g in zip(mirrored(rows), BOTH, strict=True):
        hu = look.get("hu", MUSCLE_HU)
        gap = look.get("gap", 1.5)
        scene.begin(name, MUSCLE, hu, texture=8, grain=1.5, gap=gap)
        scene.tube(side, (g * u[0], u[1], u[2]), samples)


def muscles(scene: Scene) -> None:
    """Add the muscles of chest wall, back, neck and upper arm on both sides."""
    scene.place()
    for name, u, rows in SHEETS:
        sheet(scene, name, rows, u)
    sheet(scene, "erector spinae", ERECTOR, (1, 0, 0), 10)
    for name, rows in UPPER_ARM:
        sheet(scene, name, rows, (1, 0, 0), 8)
    sheet(scene, "capsule", CAPSULE, (0, 1, 0), gap=0.6, hu=46)
    for g in BOTH:
        scene.begin("serratus", MUSCLE, 55, texture=9, grain=2, gap=1.5)
        cage_tube(scene, 11)
        cage_tube(scene, 3.5, cut(1))
        scene.halfspace((g * 62, 0, 0), (-g, 0.25, 0), crop(5))
        scene.halfspace((0, 0, 18), (0, -0.5, 1), crop(5))
        scene.begin("intercostal", MUSCLE, 48, texture=14, grain=2.6, gap=0.8)
        cage_tube(scene, 2)
        cage_tube(scene, -9, cut())
        scene.halfspace((g * 6, 0, 0), (-g, 0, 0), crop(2))


def cuff(scene: Scene, axes: Floats, g: Floats) -> None:
    """Add the muscles of the left scapula and the deltoid."""
    scene.place(axes, GLENOID_CENTRE)
    for name, u, rows in CUFF:
        scene.begin(name, MUSCLE, 58, texture=7, grain=1.4, gap=1.6)
        scene.tube(rows, u, 14)
    scene.place()
    h = GLENOID_CENTRE + 25 * g
    scene.begin("deltoid", MUSCLE, 58, texture=8, grain=1.6, gap=1.5)
    scene.ellipsoid(h + (4, 1, -30), (43, 43, 84))
    scene.ellipsoid(h + (-4, 1, -26), (30, 31, 74), cut(6))
    scene.halfspace(h + (-20, 0, 0), (-1, 0, -0.25), crop(8))
    scene.halfspace(h + (0, 0, 40), (0, 0, 1), crop(6))
