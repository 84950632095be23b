"""Where the spine runs: the canal, soft tissue that bone closes all around in cross-sections.

No other bone of the body has such a ring with soft tissue of this size inside over a length.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.chain import longest_chain
from segmentation.anatomy.coarse import Blocks
from segmentation.anatomy.enclosed import seen_along
from segmentation.anatomy.parts import parts_of
from segmentation.anatomy.survey import Survey

FLAT_WAYS: Final = tuple((0, y, x) for y, x in product((-1, 0, 1), repeat=2) if (y, x) != (0, 0))
FLAT_WAYS_MIN = 6  # of 8: the foramina let two look out
LOOK_MM = 25.0
ASIDE_MM = 45.0  # a spine lies nearer to the middle of the body
AREA_MM2 = (70.0, 900.0)  # of a canal's cross-section, from the neck to the sacrum
SOFT_HU = (-30.0, 140.0)  # cord, sac and fat with the blur of bone
RISE_MM = 45.0  # from a vertebra's ring to the next one's
LENGTH_MM_MIN = 25.0
SHARE_MIN = 0.25  # of the levels between its ends that show a ring


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """The canal's middle by level of blocks: `y` and `x` for each z, `first` to `last` seen."""

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    first: int
    last: int
    rings: int

    def within(self, box: tuple[slice, slice, slice]) -> "Spine":
        """Return the spine as seen from a box of blocks."""
        z, y, x = (side.start for side in box)
        at_y, at_x = self.y[box[0]] - y, self.x[box[0]] - x
        return Spine(at_y, at_x, self.first - z, self.last - z, self.rings)


def rings(bone: Blocks, survey: Survey) -> NDArray[np.float64]:
    """Return the middles (z, y, x) of what bone surrounds in a level, shape (N, 3)."""
    spacing = survey.frame.spacing_zyx_mm
    area_mm2 = spacing[1] * spacing[2]
    seen = np.zeros(bone.shape, np.int8)
    for way in FLAT_WAYS:
        step_mm = float(np.hypot(way[1] * spacing[1], way[2] * spacing[2]))
        seen += seen_along(bone, way, max(int(LOOK_MM / step_mm), 1))
    inner = (seen >= FLAT_WAYS_MIN) & ~bone & survey.body
    inner &= (survey.hu > SOFT_HU[0]) & (survey.hu < SOFT_HU[1])
    middle_x = _middle_x(survey)
    found = []
    for z in np.flatnonzero(inner.any(axis=(1, 2))).tolist():
        parts = parts_of(inner[z : z + 1], survey.hu[z : z + 1])
        for n in range(1, parts.blocks.size):
            y, x = parts.centre[n, 1:]
            is_aside = middle_x is not None and abs(x - middle_x) * spacing[2] > ASIDE_MM
            if AREA_MM2[0] <= parts.blocks[n] * area_mm2 <= AREA_MM2[1] and not is_aside:
                found.append((z, y, x))
    return np.array(found, np.float64).reshape(-1, 3)


def _middle_x(survey: Survey) -> float | None:
    """Return the body's middle along x, None where the scan cuts the body at a side."""
    body = survey.body
    if body[:, :, 0].any() or body[:, :, -1].any():
        return None
    at = np.flatnonzero(body.any(axis=(0, 1)))
    return float(at[0] + at[-1]) / 2.0 if at.size else None


def find(survey: Survey, bone: Blocks) -> Spine | None:
    """Return the spine whose rings are the most over a length, None where there is none."""
    found = rings(bone, survey)
    spacing = np.array(survey.frame.spacing_zyx_mm)
    if len(found) < 3:
        return None
    best = longest_chain(found * spacing, RISE_MM)
    levels = np.unique(found[best, 0])
    length_mm = (levels[-1] - levels[0] + 1) * spacing[0]
    is_long = length_mm >= LENGTH_MM_MIN
    if not is_long or levels.size < max(SHARE_MIN * (levels[-1] - levels[0] + 1), 3):
        return None
    order = np.argsort(found[best, 0], kind="stable")
    z, y, x = found[best][order].T
    at = np.arange(bone.shape[0])
    return Spine(
        np.interp(at, z, y), np.interp(at, z, x), int(levels[0]), int(levels[-1]), int(levels.size)
    )
