"""A segment's surface: closed, outward, sub-voxel, the one that is measured and exported."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.kernels import iso, iso_cases
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.progress import Progress, silent
from segmentation.slabs import part, share
from segmentation.volume import Volume

SLICES_PER_SLAB = 4
TRIANGLES_MAX = 50_000_000


@cache
def _cases() -> tuple[iso_cases.Table, iso_cases.Table]:
    """Return the case tables, derived once."""
    return iso_cases.derive()


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the running sum of `counts`, one longer, beginning with 0."""
    out = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts.reshape(-1), out=out[1:])
    return out


def _span(slab: int, slices: int) -> tuple[int, int]:
    """Return the first and the end slice of a slab."""
    return SLICES_PER_SLAB * slab, min(SLICES_PER_SLAB * (slab + 1), slices)


def _padded(mask: BitMask, progress: Progress, threads_n: int | None) -> iso.Words:
    """Return the mask's box with one empty voxel on every side."""
    nk, nj, _ = mask.words.shape
    ni = min(mask.words.shape[2] * 64, mask.shape_kji[2] - 64 * mask.start_word)
    padded = np.zeros((nk + 2, nj + 2, (ni + 65) // 64), np.uint64)
    slabs_n = -(-nk // SLICES_PER_SLAB)
    share(lambda n: iso.pad(mask.words, padded, *_span(n, nk)), slabs_n, progress, threads_n)
    return padded


def iso_surface(
    volume: Volume,
    mask: BitMask,
    iso_hu: float | None,
    progress: Progress = silent,
    threads_n: int | None = None,
) -> Mesh:
    """Return the surface of `mask`, sub-voxel where the HU value crosses `iso_hu`, in LPS mm.

    Closed and outward for any mask. Where mask and value disagree (an edited border, the rim of
    the volume) and everywhere for `iso_hu` None, a point lies half-way between voxel centres. Give
    the middle between the last HU outside and the first inside (threshold - 0.5): points keep
    2**-10 voxels off voxel centres, so that no triangle collapses in a file of 32-bit floats.
    Balls with partial volume at 1.0/0.7/0.7 mm: radius error below 0.03 mm in the mean, 0.15 mm
    at most. Same bytes for any `threads_n` (all cores when None). Refused: `mesh-too-large`.
    """
    if mask.shape_kji != volume.grid.shape_kji:
        raise ValueError("the mask lies on another grid")
    if mask.is_empty:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    triangles_of, edges_of = _cases()
    padded = _padded(mask, part(progress, 0, 4), threads_n)
    slices = padded.shape[0] - 1
    rows, slabs_n = padded.shape[0] * padded.shape[1], -(-slices // SLICES_PER_SLAB)
    edges, first = np.zeros((rows, 3), np.int64), np.zeros(rows + 1, np.int64)

    def count(slab: int) -> None:
        """Count what the slab holds."""
        iso.count(padded, triangles_of, edges, first, *_span(slab, slices))

    share(count, slabs_n, part(progress, 1, 4), threads_n)
    np.cumsum(first, out=first)
    if first[-1] > TRIANGLES_MAX:
        raise Refusal("mesh-too-large", triangles=int(first[-1]), limit=TRIANGLES_MAX)
    flat = _starts(edges)
    base = np.concatenate([flat[:-1].reshape(-1, 3), np.full((1, 3), flat[-1])])
    points, triangles = np.empty((flat[-1], 3)), np.empty((first[-1], 3), np.int32)
    first_kji = np.array([*mask.start_kj, 64 * mask.start_word], np.int64)
    lps_from_ijk = volume.grid.lps_from_ijk
    level = float("nan") if iso_hu is None else float(iso_hu)

    def place(slab: int) -> None:
        """Write the slab's points."""
        start, stop = _span(slab, slices)
        iso.points(padded, volume.hu, first_kji, level, lps_from_ijk, base, points, start, stop)

    def connect(slab: int) -> None:
        """Write the slab's triangles."""
        iso.triangles(padded, triangles_of, edges_of, base, first, triangles, *_span(slab, slices))

    share(place, slabs_n, part(progress, 2, 4), threads_n)
    share(connect, slabs_n, part(progress, 3, 4), threads_n)
    return Mesh(points, triangles)
