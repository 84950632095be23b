"""Where the patient's mid-plane lies, told from the flanks of the body to 1.5 mm.

In each slab across the body the plane lies half-way between the flanks. Where the scan cuts a
flank off, the body reaches further than is seen, so the plane lies beyond the middle of what is
seen, on the cut side: a bound from one side remains. Arms are taken to lie alike: with one raised
and the other beside the body the plane is told up to half an arm's width aside.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.components import largest
from segmentation.volume import Volume

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
BODY_HU: Final = -300
COARSE_MM: Final = 3.0
STEP_MM: Final = 2.5 * COARSE_MM
"""How far beyond a flank the scan must go on to show it."""
SLAB_MM: Final = 10.0
WIDE_RATIO: Final = 0.6
"""Slabs narrower than this share of the widest are a head's or an arm's."""
SEEN_RATIO: Final = 0.2
"""The share of slabs that must show a flank for it to count."""
SPREAD: Final = (10.0, 90.0)


@dataclass(frozen=True, slots=True)
class MidPlane:
    """Bounds of the mid-plane along LPS x in mm; infinite where nothing is known.

    What lies above `high_mm` is on the patient's left, what lies below `low_mm` on the right.
    """

    low_mm: float = -np.inf
    high_mm: float = np.inf


def mid_plane(volume: Volume) -> MidPlane:
    """Return where the mid-plane may lie; kept for the last volume asked about.

    Taken along the patient's x as positioned: a patient turned about the long axis by 10 degrees
    has a plane that lies 17 mm aside 100 mm before or behind the middle.
    """
    hu = volume.hu
    if _last.of is None or _last.of() is not hu:
        _last.plane, _last.of = _found(volume), weakref.ref(hu)
    return _last.plane


@dataclass(slots=True)
class _Last:
    """The last answer; the voxels are held weakly, so that a closed case is let go."""

    of: "weakref.ref[NDArray[np.int16]] | None" = None
    plane: MidPlane = field(default_factory=MidPlane)


_last = _Last()


@dataclass(frozen=True, slots=True)
class _Slab:
    """The body's extent along x in one slab, and which flanks the scan shows."""

    right_mm: float
    left_mm: float
    shows_right: bool
    shows_left: bool

    @property
    def width_mm(self) -> float:
        """How wide the body is seen."""
        return self.left_mm - self.right_mm

    @property
    def middle_mm(self) -> float:
        """Half-way between what is seen at either side."""
        return (self.left_mm + self.right_mm) / 2.0


def _found(volume: Volume) -> MidPlane:
    slabs = list(_slabs(volume))
    widest = max((slab.width_mm for slab in slabs), default=0.0)
    wide = [slab for slab in slabs if slab.width_mm >= WIDE_RATIO * widest]
    enough = max(1, round(SEEN_RATIO * len(wide)))
    whole = [slab.middle_mm for slab in wide if slab.shows_left and slab.shows_right]
    if len(whole) >= enough:
        low, high = np.percentile(whole, SPREAD)
        return MidPlane(float(low), float(high))
    left = [slab.middle_mm for slab in wide if slab.shows_left]
    right = [slab.middle_mm for slab in wide if slab.shows_right]
    # Each slab bounds the plane; nearly the tightest counts, so that one odd slab does not.
    high_mm = float(np.percentile(left, SPREAD[0])) if len(left) >= enough else np.inf
    low_mm = float(np.percentile(right, SPREAD[1])) if len(right) >= enough else -np.inf
    return MidPlane(low_mm, high_mm) if low_mm <= high_mm else MidPlane()


def _slabs(volume: Volume) -> Iterator[_Slab]:
    """Yield the body's extents in slabs across the patient's long axis."""
    strides = tuple(max(1, round(COARSE_MM / size)) for size in volume.grid.spacing_kji_mm)
    kji = np.argwhere(_body(volume, strides)) * np.array(strides)
    if not len(kji):
        return
    places = volume.grid.lps_mm(kji[:, ::-1].astype(np.float64))
    level = np.floor(places[:, 2] / SLAB_MM).astype(np.int64)
    order = np.argsort(level, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(level[order])) + 1):
        x = places[rows, 0]
        right, left = rows[x.argmin()], rows[x.argmax()]
        shows = _is_scanned(volume, places[[right, left]] + [[-STEP_MM, 0, 0], [STEP_MM, 0, 0]])
        yield _Slab(float(x.min()), float(x.max()), bool(shows[0]), bool(shows[1]))


def _is_scanned(volume: Volume, places_lps_mm: Floats) -> Flags:
    """Return whether places (N, 3) lie in the scan and on no padding."""
    kji = np.rint(volume.grid.ijk(places_lps_mm)[:, ::-1]).astype(np.int64)
    unread = np.zeros(len(kji), bool)
    if volume.padding is not None:
        unread = volume.padding.holds(kji)
    is_scanned: Flags = ((kji >= 0) & (kji < volume.grid.shape_kji)).all(axis=1) & ~unread
    return is_scanned


def _body(volume: Volume, strides: tuple[int, ...]) -> Flags:
    """Return the largest part that is no air, less a voxel all round, on a coarse grid.

    So a table's thin shell falls off. What the scan cuts is not thinned there.
    """
    k, j, i = strides
    solid = volume.hu[::k, ::j, ::i] > BODY_HU
    if volume.padding is None:
        return _largest(_thinned(solid))
    unread = volume.padding.to_bool()[::k, ::j, ::i]
    solid &= ~unread
    return _largest(_thinned(solid | unread) & solid)


def _thinned(solid: Flags) -> Flags:
    """Return the voxels whose six neighbours are set too; beyond the edge counts as set."""
    kept = solid.copy()
    for axis in range(3):
        along, from_ = np.moveaxis(kept, axis, 0), np.moveaxis(solid, axis, 0)
        along[1:] &= from_[:-1]
        along[:-1] &= from_[1:]
    return kept


def _largest(solid: Flags) -> Flags:
    body: Flags = unpacked(largest(packed(solid)), solid.shape[2])
    return body
