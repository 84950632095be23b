"""Separate bones told by size, shape and place; what can't be told keeps a number.

Bones that touch are one piece here and get no name of one of them: split them at their joint first.
Left and right are those of the patient, told by the spine's course.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.anatomy.found import Confidence
from segmentation.grid import Grid
from segmentation.kernels.bits import complement
from segmentation.kernels.components import labelled
from segmentation.kernels.distance import distance_mm
from segmentation.mask import WORD_BITS, BitMask
from segmentation.progress import Progress, share, silent
from segmentation.slice_holes import filled_in_slices
from segmentation.spine.column import Column, column_of
from segmentation.spine.discs import Disc, discs_of
from segmentation.spine.split import split
from segmentation.volume import Volume

Floats = NDArray[np.float64]
MOST: Final = 40
FAR_MM: Final = 1000.0
RIB_LENGTH_MM: Final = 80.0
RIB_THICK_MM: Final = 13.0
RIB_BENT_RATIO: Final = 0.16  # second spread over the first: a straight bar has none
RIB_ML: Final = (3.0, 45.0)
ASIDE_MM: Final = 25.0  # nearer to the spine's course a side can't be told
PELVIS_ASIDE_MM: Final = 75.0  # to both sides
PELVIS_ML: Final = 150.0
LUMBAR_DEPTH_MM: Final = 25.0  # thoracic and cervical bodies of adults are shallower
LARGE_ML: Final = 60.0
SACRUM_MM: Final = 70.0
HIP_MM: Final = 90.0
HIP_WIDE_RATIO: Final = 0.4  # a plate, no bar
CAVITY_MM2: Final = 6000.0  # of a skull's cross-section
CAVITY_MM: Final = 30.0  # over such a height
LONG_MM: Final = 110.0
LONG_THICK_MM: Final = 16.0
LONG_STRAIGHT_RATIO: Final = 0.3
SPREADS_OF_BAR: Final = 12.0**0.5  # length of an even bar over its spread


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """One separate bone: `title` is an English msgid, with `{name}` for `about`.

    `confidence` is None for a bone that has a number only.
    """

    mask: BitMask
    title: str
    about: str = ""
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is measured of a separate piece, in mm; places are LPS."""

    mask: BitMask
    ml: float
    middle: Floats
    length_mm: float
    bent_ratio: float
    thick_mm: float
    aside_mm: tuple[float, float] | None
    cavity_mm: float

    @property
    def side(self) -> str:
        """Left or right, empty where it lies on both sides or no spine is seen."""
        if self.aside_mm is None:
            return ""
        if self.aside_mm[0] > ASIDE_MM:
            return "Left"
        return "Right" if self.aside_mm[1] < -ASIDE_MM else ""


@dataclass(frozen=True, slots=True, eq=False)
class Bones:
    """The bones by size, named ones first; whether the spine told left from right."""

    bones: tuple[Bone, ...]
    has_spine: bool


def bones_of(volume: Volume, mask: BitMask, min_ml: float, progress: Progress = silent) -> Bones:
    """Return the separate bones of at least `min_ml` beside the vertebrae, at most 40."""
    if mask.is_empty:
        progress(1, 1)
        return Bones((), False)
    column = column_of(volume, mask, share(progress, 0.0, 0.2))
    discs = () if column is None else discs_of(volume, column, share(progress, 0.2, 0.3))
    rest = mask
    if column is not None and len(discs) > 1:
        for vertebra in split(volume, mask, column, discs, share(progress, 0.3, 0.5))[1:-1]:
            rest = rest - vertebra
    pieces = _pieces(volume.grid, rest, min_ml, column, share(progress, 0.5, 1.0))
    named = [_named(piece, column, discs) for piece in pieces]
    return Bones(_told(pieces, named), column is not None)


def _pieces(
    grid: Grid, mask: BitMask, min_ml: float, column: Column | None, progress: Progress
) -> list[Piece]:
    """Return the pieces that share faces, the largest first."""
    if mask.is_empty:
        progress(1, 1)
        return []
    box = mask.box.grown(mask.shape_kji, (1, 1, 1))
    ni = box.voxels_i(mask.shape_kji)
    words = mask.words_in(box)
    depth = distance_mm(complement(words, ni), ni, grid.spacing_kji_mm, share(progress, 0.0, 0.4))
    np.minimum(depth, np.float32(FAR_MM), out=depth)  # a full scan has nothing outside
    labels, count = labelled(words, ni)
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * grid.voxel_ml
    sizes[0] = 0.0
    order = [n for n in np.argsort(-sizes, kind="stable").tolist() if sizes[n] >= min_ml][:MOST]
    start = np.array([box.k0, box.j0, WORD_BITS * box.w0])
    found = []
    for done, n in enumerate(order):
        progress(40 + 60 * done // max(len(order), 1), 100)
        voxels = labels == n
        kji = np.argwhere(voxels)
        places = grid.lps_mm((kji + start)[:, ::-1])
        one = np.zeros(mask.shape_kji, bool)
        one[tuple((kji + start).T)] = True
        thick = 2.0 * float(np.percentile(depth[voxels], 90))
        found.append(_piece(grid, BitMask.from_bool(one), places, float(sizes[n]), thick, column))
    progress(1, 1)
    return found


def _piece(
    grid: Grid, mask: BitMask, places: Floats, ml: float, thick_mm: float, column: Column | None
) -> Piece:
    middle = places.mean(axis=0)
    off = places - middle
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(off.T @ off / len(off)), 0.0))
    aside = None
    if column is not None:
        heights = np.interp(places[:, 2], column.points[:, 2], column.points[:, 0])
        out = places[:, 0] - heights
        aside = (float(np.percentile(out, 2)), float(np.percentile(out, 98)))
    return Piece(
        mask,
        ml,
        middle,
        SPREADS_OF_BAR * float(spread[2]),
        float(spread[1] / max(spread[2], 1e-9)),
        thick_mm,
        aside,
        _cavity_mm(grid, mask),
    )


def _cavity_mm(grid: Grid, mask: BitMask) -> float:
    """Return over which height the piece closes a wide ring in its slices."""
    box = mask.box
    ni = box.voxels_i(mask.shape_kji)
    words = mask.words_in(box)
    holes = filled_in_slices(words, ni, 0) & ~words
    area = (
        np.bitwise_count(holes).sum(axis=(1, 2)) * grid.spacing_kji_mm[1] * grid.spacing_kji_mm[2]
    )
    return float(np.count_nonzero(area >= CAVITY_MM2) * grid.spacing_kji_mm[0])


def _named(
    piece: Piece, column: Column | None, discs: tuple[Disc, ...]
) -> tuple[str, Confidence] | None:
    """Return what a piece is, None where that can't be told."""
    if piece.cavity_mm >= CAVITY_MM and piece.ml >= PELVIS_ML:
        return "Skull", Confidence.MEDIUM
    if column is None or piece.aside_mm is None:
        return None
    # Only bodies as deep as lumbar ones tell that a pelvis comes below: ribs and arms do too.
    is_lumbar = len(discs) > 1 and column.depth_mm >= LUMBAR_DEPTH_MM
    is_below = is_lumbar and piece.middle[2] < column.points[discs[0].at][2]
    if piece.side:
        return _named_aside(piece, is_below)
    return _named_across(piece, piece.aside_mm) if is_below else None


def _named_across(piece: Piece, aside_mm: tuple[float, float]) -> tuple[str, Confidence] | None:
    """Return what a piece on both sides, below the discs, is."""
    low, high = aside_mm
    if low < -PELVIS_ASIDE_MM and high > PELVIS_ASIDE_MM and piece.ml >= PELVIS_ML:
        return "Pelvis", Confidence.MEDIUM
    is_inside = low > -PELVIS_ASIDE_MM and high < PELVIS_ASIDE_MM
    if is_inside and piece.ml >= LARGE_ML and piece.length_mm >= SACRUM_MM:
        return "Sacrum", Confidence.LOW
    return None


def _named_aside(piece: Piece, is_below: bool) -> tuple[str, Confidence] | None:
    """Return what a piece on one side is."""
    is_slim = piece.thick_mm <= RIB_THICK_MM and RIB_ML[0] <= piece.ml <= RIB_ML[1]
    if is_slim and piece.length_mm >= RIB_LENGTH_MM and piece.bent_ratio >= RIB_BENT_RATIO:
        return f"{piece.side} rib {{name}}", Confidence.LOW if is_below else Confidence.MEDIUM
    if not is_below or piece.ml < LARGE_ML or piece.length_mm < HIP_MM:
        return None
    if piece.bent_ratio >= HIP_WIDE_RATIO:
        return f"{piece.side} hip bone", Confidence.LOW
    is_long = piece.length_mm >= LONG_MM and piece.bent_ratio <= LONG_STRAIGHT_RATIO
    if is_long and piece.thick_mm >= LONG_THICK_MM:
        return f"{piece.side} femur", Confidence.LOW
    return None


def _told(pieces: list[Piece], named: list[tuple[str, Confidence] | None]) -> tuple[Bone, ...]:
    """Return the bones: ribs by letters from the highest down, which say no level."""
    found = []
    for title in sorted({one[0] for one in named if one is not None}):
        same = [
            (p, one[1]) for p, one in zip(pieces, named, strict=True) if one and one[0] == title
        ]
        same.sort(key=lambda pair: -pair[0].middle[2])
        has_letters = "{name}" in title
        if len(same) > 1 and not has_letters:  # two of a kind: neither is sure
            continue
        for n, (piece, confidence) in enumerate(same):
            about = _letter(n) if has_letters else ""
            found.append(Bone(piece.mask, title, about, confidence))
    taken = {id(bone.mask) for bone in found}
    others = [piece for piece in pieces if id(piece.mask) not in taken]
    found += [Bone(one.mask, "Bone {name}", str(n + 1)) for n, one in enumerate(others)]
    return tuple(found)


def _letter(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else f"A{n - 25}"
