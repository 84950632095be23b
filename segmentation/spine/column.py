"""The course of a spine: the canal's middle upwards, with directions up, ahead and to the left."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy import spine
from segmentation.anatomy.chain import longest_chain
from segmentation.anatomy.survey import surveyed
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Volume

Floats = NDArray[np.float64]
STEP_MM: Final = 1.0
DEGREE_MOST: Final = 6
DEGREE_MM: Final = 35.0  # the curve has one degree more for each such length
ALONE_MM: Final = 13.0
GROUP_MIN: Final = 3
ROUNDS: Final = 12
BOUND_SPREADS, SPREAD_MM = 4.7 / 0.6745, 1.0
SPAN_STEPS: Final = 20
BEYOND_MM: Final = 60.0  # how far the course is followed beyond the rings that were seen
BONE_BLOCK_RATIO: Final = 0.35
ANTERIOR: Final = np.array((0.0, -1.0, 0.0))
LOOK_MM: Final = 60.0
WALL_MM: Final = 22.0  # from the canal's middle to the back of a body at most
GAP_MM: Final = 16.0  # of marrow that the mask lacks
DEPTHS_MM: Final = (12.0, 45.0)  # of a body, from the neck to L5


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Points (n, 3) in LPS mm, a millimetre apart, upwards; the other arrays are unit vectors.

    `depth_mm` is how deep a body is from back to front, `wall_mm` how far its back lies ahead of
    the points, both as medians.
    """

    points: Floats
    up: Floats
    ahead: Floats
    left: Floats
    depth_mm: float
    wall_mm: float


def column_of(volume: Volume, mask: BitMask, progress: Progress = silent) -> Column | None:
    """Return the course of the spine in a mask of bone; None where no canal is seen."""
    survey = surveyed(volume, progress)
    bone = np.asarray(survey.frame.ratios(mask) > BONE_BLOCK_RATIO)
    canal = spine.find(survey, bone)
    if canal is None:
        return None
    spacing = np.array(survey.frame.spacing_zyx_mm)
    rings = spine.rings(bone, survey)
    rings = rings[longest_chain(rings * spacing, spine.RISE_MM)]
    rings = _supported(rings[np.argsort(rings[:, 0], kind="stable")], float(spacing[0]))
    line = _smooth(survey.frame.lps_mm(rings))
    up = np.gradient(line, axis=0)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    ahead = ANTERIOR - (up @ ANTERIOR)[:, None] * up
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    left = np.cross(ahead, up) * -1.0
    wall_mm, depth_mm = _depth(volume.grid, mask, line, ahead)
    return Column(line, up, ahead, left, depth_mm, wall_mm)


def _supported(rings: Floats, level_mm: float) -> Floats:
    """Return rings (z, y, x) by height without lonely ones at the ends: those may be off."""
    apart = np.diff(rings[:, 0]) * level_mm > ALONE_MM
    gaps = np.flatnonzero(apart)
    inner = [
        (a + 1, b + 1) for a, b in zip(np.r_[-1, gaps], np.r_[gaps, len(rings) - 1], strict=True)
    ]
    groups = [(a, b) for a, b in inner if b - a >= GROUP_MIN]
    if not groups:
        return rings
    return rings[groups[0][0] : groups[-1][1]]


def _smooth(seen: Floats) -> Floats:
    """Return even steps along a smooth curve through points (n, 3), and straight on at both ends.

    Polynomials of the height, fitted so that rings off the canal don't count (Beaton and Tukey
    1974: weights fall to nothing at about five spreads).
    """
    rise = seen @ (seen[-1] - seen[0])
    height = 2.0 * (rise - rise.min()) / max(float(np.ptp(rise)), 1e-9) - 1.0
    length_mm = float(np.linalg.norm(seen[-1] - seen[0]))
    degree = int(np.clip(length_mm / DEGREE_MM, 1, DEGREE_MOST))
    basis = np.polynomial.chebyshev.chebvander(height, degree)
    weight = np.ones(len(seen))
    root = weight[:, None]
    for _ in range(ROUNDS):
        root = np.sqrt(weight)[:, None]
        fitted = basis @ np.linalg.lstsq(basis * root, seen * root, rcond=None)[0]
        off = np.linalg.norm(seen - fitted, axis=1)
        bound = BOUND_SPREADS * max(float(np.median(off)), SPREAD_MM)
        weight = np.clip(1.0 - (off / bound) ** 2, 1e-6, 1.0) ** 2
    coefficients = np.linalg.lstsq(basis * root, seen * root, rcond=None)[0]
    fine = np.linspace(-1.0, 1.0, max(int(length_mm / STEP_MM), 2) + 1)
    fitted = np.polynomial.chebyshev.chebvander(fine, degree) @ coefficients
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(fitted, axis=0), axis=1))]
    even = np.linspace(0.0, along[-1], max(int(along[-1] / STEP_MM), 2) + 1)
    line = np.stack([np.interp(even, along, fitted[:, n]) for n in range(3)], axis=1)
    steps = np.arange(1, int(BEYOND_MM / STEP_MM) + 1)[:, None]
    span = min(SPAN_STEPS, len(line) - 1)
    low, high = (line[0] - line[span]) / span, (line[-1] - line[-1 - span]) / span
    return np.concatenate([(line[0] + steps * low)[::-1], line, line[-1] + steps * high])


def _depth(grid: Grid, mask: BitMask, line: Floats, ahead: Floats) -> tuple[float, float]:
    """Return how far ahead of the canal bodies begin, and how deep they are: medians."""
    away = np.arange(0.0, LOOK_MM, STEP_MM)
    points = line[:, None] + away[:, None] * ahead[:, None]
    held = mask.holds(np.rint(grid.ijk(points.reshape(-1, 3))[:, ::-1]).astype(np.int64))
    walls, depths = [], []
    for row in held.reshape(len(line), -1):
        at = np.flatnonzero(row)
        if not at.size or away[at[0]] > WALL_MM:
            continue
        ends = np.flatnonzero(np.diff(at) > GAP_MM / STEP_MM)
        last = at[ends[0]] if ends.size else at[-1]
        walls.append(float(away[at[0]]))
        depths.append(float(away[last] - away[at[0]]))
    if not walls:
        return 10.0, 28.0
    return float(np.median(walls)), float(np.clip(np.median(depths), *DEPTHS_MM))
