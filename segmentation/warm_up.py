"""Compiling every kernel once, so that no tool waits for it (set-up does this after an update).

Each group runs on a dummy of a few rows of 64 voxels with the types and layouts of real data; what
is compiled is kept in Numba's cache on the disk.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from segmentation.bone_picture import composite, first_hit, prepare
from segmentation.camera import Camera
from segmentation.effects import EFFECTS, IN_A_PROCESS
from segmentation.effects.effect import Gesture, SegmentView
from segmentation.effects.setting import Kind, Parameter, parameters
from segmentation.grid import Grid
from segmentation.kernels import (
    components,
    distance,
    flood,
    forest,
    gaussian,
    histogram,
    median,
    wire,
)
from segmentation.look import decimated, largest_deviation_mm, smoothed
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.soundness import soundness
from segmentation.surface import iso_surface
from segmentation.transfer import transfers
from segmentation.volume import Volume

SHAPE_KJI: Final = (6, 8, 64)
BONE_HU: Final = 1000
SOFT_HU: Final = 40
OTHER: Final = "Other"
POINTS: Final = ((30.0, 4.0, 3.0), (40.0, 4.0, 3.0), (30.0, 3.0, 3.0))


@cache
def _volume() -> Volume:
    """Return a small block of bone in air."""
    hu = np.full(SHAPE_KJI, -1000, np.int16)
    hu[2:5, 2:6, 10:50] = BONE_HU
    hu[1, 1, :3] = SOFT_HU  # a tool that tells tissues apart needs some
    hu[1, 1, 3:5], hu[1, 1, 5:7] = 2 * SOFT_HU, 3 * SOFT_HU
    grid = Grid(SHAPE_KJI, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    return Volume(hu, grid)


@cache
def _mask() -> BitMask:
    return BitMask.from_bool(_volume().hu == BONE_HU)


def ready(known: tuple[Parameter, ...]) -> dict[str, object]:
    """Return the points and segments that a tool needs before it can run."""
    settings: dict[str, object] = {}
    for n, parameter in enumerate(known):
        if parameter.kind is Kind.POINTS:
            least = max(parameter.count.least, 1)
            settings[parameter.name] = [POINTS[(n + m) % len(POINTS)] for m in range(least)]
        elif parameter.kind is Kind.SEGMENT:
            settings[parameter.name] = OTHER
        elif parameter.kind is Kind.SEGMENTS:
            settings[parameter.name] = (OTHER,)
    return settings


def _effects() -> None:
    """Run each tool with its defaults, and with each of its choices."""
    view = SegmentView(_volume(), _mask(), name="Bone", others={OTHER: _mask()})
    for effect_class in (one for one in EFFECTS if one.name not in IN_A_PROCESS):
        known = parameters(effect_class)
        points = ready(known)
        settings: list[dict[str, object]] = [dict(points)]
        settings += [{**points, p.name: choice} for p in known for choice in p.choices]
        if effect_class.gesture is Gesture.NONE:
            settings += [{p.name: p.range.lowest} for p in known if p.range and p.unit == "mm"]
        for setting in settings:
            effect_class(**setting).apply(view)


def _filters() -> None:
    hu, words = _volume().hu, _mask().to_words()
    gaussian.smoothed(hu, (1.0, 1.0, 1.0), 1.0)
    median.median(hu)
    counts = histogram.histogram(hu)
    histogram.discount(counts, hu, words, (0, 0, 0))
    flood.region(hu, 0, 3000, np.array([[3, 4, 30]]))
    components.labelled(words, SHAPE_KJI[2])
    grown = forest.Forest(np.zeros(SHAPE_KJI, np.uint16), words, forest.Costs(1, 0, (1, 1, 1)), 1)
    for seeds in (words, words >> np.uint64(1)):  # strokes come and go
        grown.update(seeds[None])
    steps = np.empty((2, 64), np.int32)
    wire.ways_from(np.ones((8, 8), np.uint8), 0, *steps)
    distance.distance_mm(words, SHAPE_KJI[2], (1.0, 1.0, 1.0))


def _surfaces() -> None:
    iso_surface(_volume(), _mask(), None)
    mesh = iso_surface(_volume(), _mask(), 0.0)
    smoothed(mesh, 1)
    decimated(mesh, 8)
    largest_deviation_mm(mesh, mesh, 10)
    soundness(mesh)


def _pictures() -> None:
    size_px = (32, 32)
    camera = Camera(
        _volume().grid.centre_lps_mm, np.array([0, -1.0, 0]), np.array([0, 0, 1.0]), 80.0, size_px
    )
    for mask in (_mask(), None):
        scene = prepare(_volume(), mask, 0.0)
        first_hit(scene, camera)
        for transfer in transfers().values():
            composite(scene, camera, transfer)


WARM_UPS: Final[tuple[Callable[[], None], ...]] = (
    _effects,
    _filters,
    _surfaces,
    _pictures,
)


def warm_up(progress: Progress = silent) -> None:
    """Run each group of kernels once; `progress` is called between groups."""
    for done, group in enumerate(WARM_UPS):
        progress(done, len(WARM_UPS))
        group()
    progress(len(WARM_UPS), len(WARM_UPS))
