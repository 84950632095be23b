"""Seeds that come one after the other: what a further click, or a further stroke, costs."""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.bench.growing import SOFT_HU, seed_of
from app.bench.job import Job
from app.bench.material import UPPER_HU, Material
from segmentation.effects.effect import SegmentView
from segmentation.effects.grow import Grow
from segmentation.effects.grow_many import GrowMany
from segmentation.effects.paint import Paint
from segmentation.kept import Kept
from segmentation.mask import BitMask

CLICK_MS = 20.0
STROKE_MS = 100.0
STROKE_MM = 20.0
RADIUS_MM = 3.0
OTHER = "around"

Point = NDArray[np.float64]


def jobs(material: Material) -> Iterator[Job]:
    """Yield a further seed of a large region, and a further stroke among two segments."""
    yield Job("grow tool, a further seed", material.size, FurtherSeed(material), budget_ms=CLICK_MS)
    yield Job(
        "grow from seeds, update after a 20 mm stroke",
        material.size,
        FurtherStroke(material),
        budget_ms=STROKE_MS,
        ms_of=float,
    )


class FurtherSeed:
    """Click once more inside the range, each time elsewhere, with what the last click left."""

    def __init__(self, material: Material) -> None:
        volume = material.volume
        self._view = SegmentView(volume, material.nothing, kept=Kept())
        k, j, i = seed_of(material)
        inside = np.argwhere(volume.hu[::16, ::16, ::16] >= SOFT_HU)[:, ::-1] * 16.0
        some = inside[np.random.default_rng(0).integers(len(inside), size=64)]
        at = volume.grid.lps_mm(np.concatenate([[[float(i), float(j), float(k)]], some]))
        self._points = tuple((float(x), float(y), float(z)) for x, y, z in at)
        self._calls = 0

    def __call__(self) -> BitMask:
        """Grow from the first point and one that was not there before."""
        self._calls += 1
        seeds = (self._points[0], self._points[1 + self._calls % 64])
        return Grow(SOFT_HU, UPPER_HU, seeds).told(self._view).mask


class FurtherStroke:
    """Paint a stroke beside a bone, take the time of the update, and take the stroke away again."""

    def __init__(self, material: Material) -> None:
        self._material = material
        grid = material.volume.grid
        middle = grid.centre_lps_mm
        kji = np.argwhere(material.part.to_bool()[::2, ::2, ::2]) * 2
        points = grid.lps_mm(kji[:, ::-1])
        self._bone = points[np.argmin(np.linalg.norm(points - middle, axis=1))]
        self._own = self._line(self._bone, 2.0 * RADIUS_MM)
        self._around = self._line(self._bone + np.array([0.0, 25.0, 0.0]), 60.0)
        self._kept = Kept()

    def _line(self, middle: Point, length_mm: float) -> BitMask:
        """Return a stroke along x."""
        half = np.array([length_mm / 2.0, 0.0, 0.0])
        view = SegmentView(self._material.volume, self._material.nothing)
        (a, b, c), (x, y, z) = (middle - half).tolist(), (middle + half).tolist()
        return Paint(((a, b, c), (x, y, z)), RADIUS_MM).apply(view)

    def __call__(self) -> float:
        """Return the milliseconds of one update."""
        middle = self._bone + np.array([0.0, 12.0, 0.0])
        more = self._around | self._line(middle, STROKE_MM)
        self._grown(self._around)
        start = time.perf_counter()
        self._grown(more)
        return 1000.0 * (time.perf_counter() - start)

    def _grown(self, around: BitMask) -> None:
        volume = self._material.volume
        GrowMany().divided(
            SegmentView(volume, self._own, name="bone", others={OTHER: around}, kept=self._kept)
        )
