"""The vertebrae of a mask of bone: one mask each, and what the field of view holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent
from segmentation.spine.column import STEP_MM, Column, column_of
from segmentation.spine.discs import Disc, discs_of
from segmentation.spine.levels import End, Seen
from segmentation.spine.split import split
from segmentation.statistics import bounds_kji
from segmentation.volume import Volume

MORE_RATIO: Final = 1.45  # of the distance of discs: bone longer than that is no single vertebra
LARGE_RATIO: Final = 1.5  # of a whole vertebra's volume: so large is no single one
SLOPE_DEG_MIN: Final = 25.0
LUMBAR_DEPTH_MM: Final = 25.0  # thoracic and cervical bodies that lean so far are shallower
PART_RATIO: Final = 0.35  # what is shorter is a rest at the scan's end
DISCS_MIN: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Vertebrae:
    """Masks from the highest vertebra down, and what was seen around them."""

    masks: tuple[BitMask, ...]
    seen: Seen


def vertebrae_of(volume: Volume, mask: BitMask, progress: Progress = silent) -> Vertebrae | None:
    """Return the vertebrae; None where no canal or fewer than two discs are seen.

    A vertebra that the scan cuts counts where a third of it is there; bone longer than a vertebra
    without a disc, as the sacrum, is none.
    """
    if mask.is_empty:
        progress(1, 1)
        return None
    column = column_of(volume, mask, share(progress, 0.0, 0.2))
    if column is None:
        progress(1, 1)
        return None
    discs = discs_of(volume, column, share(progress, 0.2, 0.4))
    if len(discs) < DISCS_MIN:
        progress(1, 1)
        return None
    pieces = split(volume, mask, column, discs, share(progress, 0.4, 1.0))
    apart = np.diff([disc.at for disc in discs]) * STEP_MM
    usual = float(np.median(apart))
    lengths = [mm / usual for mm in _ends_mm(volume.grid, mask, column, discs)]
    whole = float(np.median([piece.voxels for piece in pieces[1:-1]]))
    below = _end(pieces[0], lengths[0], whole)
    above = _end(pieces[-1], lengths[1], whole)
    kept = list(pieces[1:-1])
    if below is not End.MORE and lengths[0] >= PART_RATIO:
        kept.insert(0, pieces[0])
    if above is not End.MORE and lengths[1] >= PART_RATIO:
        kept.append(pieces[-1])
    longest, voxel_mm = float(apart.max()) / usual, max(volume.grid.spacing_kji_mm)
    has_sacrum = below is End.MORE and _is_sacral(column, discs[0])
    seen = Seen(len(kept), above, below, longest, voxel_mm, has_sacrum)
    return Vertebrae(tuple(kept[::-1]), seen)


def _is_sacral(column: Column, disc: Disc) -> bool:
    """Return whether a disc may lie on a sacrum: below lumbar bodies, falling to the front.

    The sacral slope is 41 degrees with a spread of 8 (Legaye and others 1998, doi
    10.1007/s005860050038); L4/5 slopes less, thoracic discs below deep bodies hardly.
    """
    way = np.cos(disc.tilt_rad) * column.ahead[disc.at] + np.sin(disc.tilt_rad) * column.up[disc.at]
    slope_deg = float(np.degrees(np.arcsin(np.clip(-way[2], -1.0, 1.0))))
    return slope_deg >= SLOPE_DEG_MIN and column.depth_mm >= LUMBAR_DEPTH_MM


def _end(piece: BitMask, length_ratio: float, whole_voxels: float) -> End:
    """Return what the piece beyond the last disc is."""
    if length_ratio >= MORE_RATIO or piece.voxels >= LARGE_RATIO * whole_voxels:
        return End.MORE
    bounds = bounds_kji(piece)
    if bounds is None:
        return End.NOTHING
    last = np.array(piece.shape_kji) - 1
    is_cut = (np.array(bounds[0]) == 0) | (np.array(bounds[1]) == last)
    return End.CUT if is_cut.any() else End.NOTHING


def _ends_mm(
    grid: Grid, mask: BitMask, column: Column, discs: Sequence[Disc]
) -> tuple[float, float]:
    """Return how long bodies go on below the lowest and above the highest disc."""
    middle = column.points + (column.wall_mm + column.depth_mm / 2.0) * column.ahead
    around = np.linspace(-column.depth_mm / 4.0, column.depth_mm / 4.0, 5)
    points = middle[:, None] + around[:, None] * column.left[:, None]
    kji = np.rint(grid.ijk(points.reshape(-1, 3))[:, ::-1]).astype(np.int64)
    is_bone = mask.holds(kji).reshape(len(middle), -1).any(axis=1)
    at = np.flatnonzero(is_bone)
    if not at.size:
        return 0.0, 0.0
    low, high = discs[0].at - int(at[0]), int(at[-1]) - discs[-1].at
    return max(low, 0) * STEP_MM, max(high, 0) * STEP_MM
