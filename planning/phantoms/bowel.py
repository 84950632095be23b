"""Colon with content and gas, loops of small bowel, mesenteric vessels. Scene mm, L3 at zero."""

from typing import Final

import numpy as np

from planning.phantoms.curves import Rows, spline
from planning.phantoms.scene import Join, Scene
from planning.phantoms.tables import Floats

# fmt: off
COLON: Final[tuple[tuple[float, Rows], ...]] = (
    (17, [(-98, -30, -120), (-104, -28, -60), (-102, -34, 10), (-94, -60, 30)]),
    (17, [(-90, -88, 34), (-40, -104, 14), (10, -106, 8), (60, -100, 24), (98, -70, 40)]),
    (13, [(106, -24, 44), (108, -18, -20), (104, -20, -90), (84, -40, -140)]),
)
# fmt: on
ROOT: Final = np.array([6.0, -62.0, 20.0])
LOOPS = 20
LOW, HIGH = (-76, -112, -150), (82, -50, 2)


def bowel(scene: Scene, rng: np.random.Generator, artery_hu: float) -> None:
    """Add colon, small bowel in the front half, and the vessels that reach it."""
    scene.place()
    for radius, rows in COLON:
        _colon(scene, np.array(rows, np.float64), radius)
    ends = [_loop(scene, rng, n) for n in range(LOOPS)]
    scene.begin("mesenteric vessels", 32, artery_hu, layer=1, texture=3, gap=0.6)
    for end in ends:
        middle = 0.5 * (ROOT + end) + rng.normal(0, 7, 3)
        scene.tube([(*ROOT, 2.0, 2.0), (*middle, 1.6, 1.6), (*end, 1.0, 1.0)], samples=7)
    scene.begin("lymph nodes", 29, 48, texture=5, gap=0.6)
    for _ in range(14):
        size = rng.uniform(1.8, 3.4)
        scene.ellipsoid(ROOT + rng.normal(0, 1, 3) * (26, 10, 34), (size, 0.7 * size, 1.3 * size))


def _colon(scene: Scene, line: Floats, radius: float) -> None:
    places = spline(np.c_[line, np.full(len(line), radius)], 26)
    waves = 1 + 0.13 * np.sin(np.arange(26) * 1.9)
    looks = (("colon wall", 42.0, 1, 8.0, 2.0), ("colon content", 24.0, 2, 34.0, 0.0))
    for name, hu, layer, texture, wall in looks:
        scene.begin(name, 19, hu, layer=layer, texture=texture, grain=4.0)
        r = places[:, 3] * waves + wall
        scene.tube(np.c_[places[:, :3], r, r], samples=40)
    scene.begin("gas", 11, -960, layer=3)
    gas = spline(np.c_[line, np.full(len(line), 0.72 * radius)], 20)
    swell = gas[:, 3] * (0.6 + 0.5 * np.sin(np.arange(20) * 1.9 + 1))
    lifted = np.c_[gas[:, 0], gas[:, 1] - 0.42 * radius, gas[:, 2], 0.6 * swell, 0.35 * swell]
    scene.tube(lifted, samples=30)


def _loop(scene: Scene, rng: np.random.Generator, number: int) -> Floats:
    """Add one loop of small bowel, some with a little gas; return its middle."""
    place = np.array([rng.uniform(-62, 70), rng.uniform(-100, -62), rng.uniform(-130, -10)])
    path, step = [place], rng.normal(0, 1, 3)
    for _ in range(5):
        home = np.array([0, -84, -65]) - path[-1]
        step = 0.5 * step + rng.normal(0, 1, 3) + 0.02 * home
        path.append(path[-1] + 24 * step / np.linalg.norm(step))
    line = np.clip(np.array(path), LOW, HIGH)
    radius = rng.uniform(8.5, 12)
    scene.begin("small bowel", 19, 46 + rng.normal(0, 12), texture=11, grain=2.5, gap=1.2)
    scene.tube(np.c_[line, np.full((6, 2), radius)], samples=16)
    if number % 5 == 0:
        scene.begin("gas", 11, -940, layer=3)
        bubble = line[2:4] - (0, 0.45 * radius, 0)
        scene.tube(np.c_[bubble, np.full((2, 2), 0.32 * radius)], samples=4, join=Join())
    return np.asarray(line[2:4].mean(0), np.float64)
