"""What may be wrong with a segment: crumbs, cavities, leaks, thin parts, a cut at the border.

Nothing here judges the anatomy; each number says where to look.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.kernels.holes import filled
from segmentation.kernels.runs import runs_of, sizes, words_of
from segmentation.look import largest_deviation_mm
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.morphology import grown, shrunk
from segmentation.progress import Progress, share, silent
from segmentation.statistics import Lps, bounds_kji, centroid_lps_mm, components
from segmentation.surface import iso_surface
from segmentation.volume import Volume

OPENING_MM: Final = 1.0
LEAK_RATIO_MAX: Final = 0.2
THIN_ML_MIN: Final = 0.05
CRUMBS_MAX: Final = 1
DEVIATION_VOXELS_MAX: Final = 1.0
AXES: Final = (("L", "R"), ("P", "A"), ("S", "I"))


class Border(StrEnum):
    """A face of the scan, by the axis of the array; the value is its word in files."""

    FIRST_SLICE = "first slice"
    LAST_SLICE = "last slice"
    FIRST_ROW = "first row"
    LAST_ROW = "last row"
    FIRST_COLUMN = "first column"
    LAST_COLUMN = "last column"


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality sheet of one segment.

    Attributes
    ----------
    components, cavities
        Parts that hang together over faces, and holes that no path over faces leads out of.
    leak_ratio
        The share of the voxels that an opening by a ball of `opening_mm` takes away: thin bridges,
        spikes and sheets. 0 for a compact body but for its edges, 1 for one that is thin all over.
    thin_ml, thin_at_lps_mm
        The largest connected piece that the opening takes away, and its middle.
    borders
        The faces of the scan that the segment touches: there the scan cuts it off.
    deviation_mm
        The largest distance found between the surface that is measured and the mask's own, half-way
        between voxels (see `largest_deviation_mm`); 0 where only the mask tells the border.
    """

    components: int
    cavities: int
    opening_mm: float
    leak_ratio: float
    thin_ml: float
    thin_at_lps_mm: Lps | None
    borders: tuple[Border, ...]
    deviation_mm: float
    voxel_mm: float


def quality(
    volume: Volume, mask: BitMask, surface: Mesh | None, progress: Progress = silent
) -> Quality:
    """Return the quality sheet of a mask whose measured surface is `surface`, None for its own."""
    grid = volume.grid
    # An opening by less than a voxel takes nothing away.
    opening_mm = max(OPENING_MM, *grid.spacing_kji_mm)
    thin = thinner_than(grid, mask, opening_mm, share(progress, 0 / 4, (0 + 1) / 4))
    piece = _largest(thin, share(progress, 1 / 4, (1 + 1) / 4))
    own = mask if surface is None else None
    deviation = 0.0
    if own is None and surface is not None:
        mesh = iso_surface(volume, mask, None, share(progress, 2 / 4, (2 + 1) / 4))
        deviation = largest_deviation_mm(surface, mesh)
    return Quality(
        components(mask, share(progress, 3 / 4, (3 + 1) / 4)),
        cavities(mask),
        opening_mm,
        thin.voxels / mask.voxels if mask.words.size else 0.0,
        piece.voxels * grid.voxel_ml,
        centroid_lps_mm(grid, piece),
        borders(mask),
        deviation,
        max(grid.spacing_kji_mm),
    )


def thinner_than(grid: Grid, mask: BitMask, ball_mm: float, progress: Progress = silent) -> BitMask:
    """Return the voxels that an opening by a ball of radius `ball_mm` takes away."""
    core = shrunk(mask, grid.spacing_kji_mm, ball_mm, share(progress, 0 / 2, (0 + 1) / 2))
    return mask - grown(core, grid.spacing_kji_mm, ball_mm, share(progress, 1 / 2, (1 + 1) / 2))


def _largest(mask: BitMask, progress: Progress) -> BitMask:
    if not mask.words.size:
        return mask
    runs = runs_of(mask.words, True, progress)
    keep = runs.root == np.argmax(sizes(runs))
    words = words_of(runs, keep, mask.words.shape)
    return BitMask.from_words(mask.shape_kji, words, mask.box)


def cavities(mask: BitMask) -> int:
    """Return how many holes a mask has: background that no path over faces leads out of."""
    if not mask.words.size:
        return 0
    whole = filled(mask.words, mask.box.voxels_i(mask.shape_kji))
    return components(BitMask.from_words(mask.shape_kji, whole ^ mask.words, mask.box))


def borders(mask: BitMask) -> tuple[Border, ...]:
    """Return the faces of the scan that a mask touches."""
    bounds = bounds_kji(mask)
    if bounds is None:
        return ()
    faces = tuple(Border)
    touched = []
    for axis, size in enumerate(mask.shape_kji):
        is_at = (bounds[0][axis] == 0, bounds[1][axis] == size - 1)
        touched += [faces[2 * axis + n] for n in range(2) if is_at[n]]
    return tuple(touched)


def quality_findings(sheet: Quality, name: str) -> tuple[Finding, ...]:
    """Return what of a sheet wants a look; nothing for a clean one."""
    found = []
    if sheet.components > CRUMBS_MAX:
        found.append(_warning("segment-in-parts", segment=name, n=sheet.components))
    if sheet.cavities:
        found.append(_warning("segment-has-cavities", segment=name, n=sheet.cavities))
    if sheet.leak_ratio > LEAK_RATIO_MAX:
        percent = round(100 * sheet.leak_ratio)
        mm = sheet.opening_mm
        found.append(_warning("segment-may-leak", segment=name, percent=percent, mm=mm))
    if sheet.thin_ml >= THIN_ML_MIN and sheet.thin_at_lps_mm is not None:
        values = {"ml": sheet.thin_ml, "mm": 2 * sheet.opening_mm, **_place(sheet.thin_at_lps_mm)}
        found.append(_warning("segment-is-thin", segment=name, **values))
    if sheet.borders:
        faces = ", ".join(sheet.borders)
        found.append(_warning("segment-cut-off", segment=name, faces=faces))
    if sheet.deviation_mm > DEVIATION_VOXELS_MAX * sheet.voxel_mm:
        mm = sheet.deviation_mm
        found.append(_warning("surface-off-mask", segment=name, mm=mm))
    return tuple(found)


def place_words(lps_mm: Lps) -> str:
    """Return a place to the millimetre in letters and lengths, as "L 148, P 150, I 431 mm"."""
    pairs = zip(lps_mm, AXES, strict=True)
    words = (f"{plus if x >= 0.0 else minus} {abs(x):.0f}" for x, (plus, minus) in pairs)
    return f"{', '.join(words)} mm"


def _place(lps_mm: Lps) -> dict[str, str | float]:
    """Return a place in letters and lengths: a bare sign says nothing to a person."""
    place: dict[str, str | float] = {}
    for axis, value, (plus, minus) in zip("xyz", lps_mm, AXES, strict=True):
        place[axis] = round(abs(value), 1)
        place[f"{axis}_side"] = plus if value >= 0.0 else minus
    return place


def _warning(code: str, **values: str | float) -> Finding:
    return Finding(code, Severity.WARN, values)
