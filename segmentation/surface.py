"""A segment's surface: closed, outward, sub-voxel, the one that is measured and exported."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.kernels import iso, iso_cases
from segmentation.kernels.slabs import each_slab
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

SLICES = 4
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


def _padded(mask: BitMask, progress: Progress) -> iso.Words:
    """Return the mask's box with one empty voxel on every side."""
    nk, nj, _ = mask.words.shape
    ni = min(mask.words.shape[2] * 64, mask.shape_kji[2] - 64 * mask.start_word)
    padded = np.zeros((nk + 2, nj + 2, (ni + 65) // 64), np.uint64)
    each_slab(lambda k0, k1: iso.pad(mask.words, padded, k0, k1), nk, progress, SLICES)
    return padded


def iso_surface(
    volume: Volume, mask: BitMask, iso_hu: float | None, progress: Progress = silent
) -> Mesh:
    """Return the surface of `mask`, sub-voxel where the HU value crosses `iso_hu`, in LPS mm.

    Closed and outward for any mask. Where mask and value disagree (an edited border, the rim of
    the volume) and everywhere for `iso_hu` None, a point lies half-way between voxel centres. Give
    the middle between the last HU outside and the first inside (threshold - 0.5): points keep
    2**-10 voxels off voxel centres, so that no triangle collapses in a file of 32-bit floats.
    Balls with partial volume at 1.0/0.7/0.7 mm: radius error below 0.03 mm in the mean, 0.15 mm
    at most. Refused: `mesh-too-large`.
    """
    if mask.shape_kji != volume.grid.shape_kji:
        raise ValueError("the mask lies on another grid")
    if mask.is_empty:
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    triangles_of, edges_of = _cases()
    padded = _padded(mask, share(progress, 0.0, 0.25))
    slices = padded.shape[0] - 1
    rows = padded.shape[0] * padded.shape[1]
    edges, first = np.zeros((rows, 3), np.int64), np.zeros(rows + 1, np.int64)

    def count(z0: int, z1: int) -> None:
        """Count what some slices hold."""
        iso.count(padded, triangles_of, edges, first, z0, z1)

    each_slab(count, slices, share(progress, 0.25, 0.5), SLICES)
    np.cumsum(first, out=first)
    if first[-1] > TRIANGLES_MAX:
        raise Refusal("mesh-too-large", triangles=int(first[-1]), limit=TRIANGLES_MAX)
    flat = _starts(edges)
    base = np.concatenate([flat[:-1].reshape(-1, 3), np.full((1, 3), flat[-1])])
    points, triangles = np.empty((flat[-1], 3)), np.empty((first[-1], 3), np.int32)
    first_kji = np.array([*mask.start_kj, 64 * mask.start_word], np.int64)
    lps_from_ijk = volume.grid.lps_from_ijk
    level = float("nan") if iso_hu is None else float(iso_hu)

    def place(z0: int, z1: int) -> None:
        """Write the points of some slices."""
        iso.points(padded, volume.hu, first_kji, level, lps_from_ijk, base, points, z0, z1)

    def connect(z0: int, z1: int) -> None:
        """Write the triangles of some slices."""
        iso.triangles(padded, triangles_of, edges_of, base, first, triangles, z0, z1)

    each_slab(place, slices, share(progress, 0.5, 0.75), SLICES)
    each_slab(connect, slices, share(progress, 0.75, 1.0), SLICES)
    progress(1, 1)
    return Mesh(points, triangles)
