"""The iso-surface of an int16 volume inside a bit mask, slab by slab.

The mask decides which voxel edges are cut, the HU value decides where. Three passes over the mask
padded by one empty voxel: count cut edges and triangles per row (whole words at a time), write
points, write triangles. The number of a cut edge is its row's first number plus the cut edges
before it in the row, so there is no search, and any slab can be done by any thread with the same
bytes. Marching cubes after Lorensen and Cline (1987, doi:10.1145/37402.37422); cells are found
with word operations, cases are derived in `iso_cases`.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.intrinsics import ctz, popcount
from segmentation.kernels.jit import inlined, kernel

Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]

U0, U1, TOP = np.uint64(0), np.uint64(1), np.uint64(63)
NEAREST = 2.0**-10
"""Closest a point comes to a voxel centre, in voxels: below, STL's floats would merge points."""


@kernel
def pad(words: Words, padded: Words, start: int, stop: int) -> None:
    """Write slices `start`..`stop` of the mask, moved by one voxel along k, j and i, into `padded`.

    `padded` has one empty slice, row and voxel on every side and room for two voxels more a row.
    """
    for z in range(start, stop):
        for y in range(words.shape[1]):
            source, row = words[z, y], padded[z + 1, y + 1]
            for w in range(row.size):
                low = source[w - 1] >> TOP if w > 0 else U0
                row[w] = low | (source[w] << U1 if w < source.size else U0)


@inlined
def _following(row: Words, w: int) -> np.uint64:
    """Word `w` of the row moved down by one voxel: bit i is voxel i + 1."""
    moved: np.uint64 = (row[w] >> U1) | (row[w + 1] << TOP if w + 1 < row.size else U0)
    return moved


@inlined
def _case(
    a: np.uint64,
    b: np.uint64,
    c: np.uint64,
    d: np.uint64,
    a1: np.uint64,
    b1: np.uint64,
    c1: np.uint64,
    d1: np.uint64,
    s: np.uint64,
) -> np.int64:
    """Corner pattern of the cell at bit `s`."""
    return np.int64(
        ((a >> s) & U1)
        | ((a1 >> s) & U1) << np.uint64(1)
        | ((b >> s) & U1) << np.uint64(2)
        | ((b1 >> s) & U1) << np.uint64(3)
        | ((c >> s) & U1) << np.uint64(4)
        | ((c1 >> s) & U1) << np.uint64(5)
        | ((d >> s) & U1) << np.uint64(6)
        | ((d1 >> s) & U1) << np.uint64(7)
    )


@kernel
def count(
    padded: Words, triangles_of: Numbers, edges: Numbers, triangles: Numbers, start: int, stop: int
) -> None:
    """Count, per row of padded slices `start`..`stop`, cut edges and triangles.

    `edges[row]` (rows, 3) gets the cut edges along i, j and k that start in the row;
    `triangles[row + 1]` the triangles of the row's cells.
    """
    _, ny, nw = padded.shape
    for z in range(start, stop):
        for y in range(ny - 1):
            row, found = z * ny + y, 0
            ra, rb, rc, rd = padded[z, y], padded[z, y + 1], padded[z + 1, y], padded[z + 1, y + 1]
            for w in range(nw):
                a, b, c, d = ra[w], rb[w], rc[w], rd[w]
                a1, b1 = _following(ra, w), _following(rb, w)
                c1, d1 = _following(rc, w), _following(rd, w)
                some = a | b | c | d | a1 | b1 | c1 | d1
                mixed = some & ~(a & b & c & d & a1 & b1 & c1 & d1)
                if mixed == U0:
                    continue
                edges[row, 0] += popcount(a ^ a1)
                edges[row, 1] += popcount(a ^ b)
                edges[row, 2] += popcount(a ^ c)
                while mixed != U0:
                    s = np.uint64(ctz(mixed))
                    found += triangles_of[_case(a, b, c, d, a1, b1, c1, d1, s)]
                    mixed &= mixed - U1
            triangles[row + 1] = found


@kernel
def _cut(
    hu: NDArray[np.int16], iso_hu: float, k: int, j: int, i: int, dk: int, dj: int, di: int
) -> float:
    """Where the value crosses `iso_hu` between voxel (k, j, i) and the next, as a ratio.

    0.5 at the rim of the volume, where the mask was cut and not the value, and for NaN.
    """
    if k < 0 or j < 0 or i < 0:
        return 0.5
    if k + dk >= hu.shape[0] or j + dj >= hu.shape[1] or i + di >= hu.shape[2]:
        return 0.5
    here, there = np.float64(hu[k, j, i]), np.float64(hu[k + dk, j + dj, i + di])
    if (here < iso_hu) == (there < iso_hu):
        return 0.5
    return min(max((iso_hu - here) / (there - here), NEAREST), 1.0 - NEAREST)


@kernel
def points(
    padded: Words,
    hu: NDArray[np.int16],
    first_kji: Numbers,
    iso_hu: float,
    lps_from_ijk: NDArray[np.float64],
    base: Numbers,
    out: NDArray[np.float64],
    start: int,
    stop: int,
) -> None:
    """Write the points of padded slices `start`..`stop`, taken to LPS by the grid's affine (4, 4).

    `first_kji` is the voxel of `hu` at padded (1, 1, 1); `base[row]` (rows + 1, 3) the number of
    the row's first point along each axis. `iso_hu` NaN puts every point half-way.
    """
    _, ny, nw = padded.shape
    for z in range(start, stop):
        for y in range(ny - 1):
            row = z * ny + y
            if base[row, 0] == base[row + 1, 0]:
                continue
            k, j = z - 1 + first_kji[0], y - 1 + first_kji[1]
            for axis in range(3):
                n = base[row, axis]
                dk, dj, di = int(axis == 2), int(axis == 1), int(axis == 0)
                here, there = padded[z, y], padded[z + dk, y + dj]
                for w in range(nw):
                    cut = here[w] ^ (_following(here, w) if axis == 0 else there[w])
                    while cut != U0:
                        i = 64 * w + ctz(cut) - 1 + first_kji[2]
                        cut &= cut - U1
                        t = _cut(hu, iso_hu, k, j, i, dk, dj, di)
                        pi, pj, pk = i + di * t, j + dj * t, k + dk * t
                        for at in range(3):
                            m = lps_from_ijk[at]
                            out[n, at] = m[0] * pi + m[1] * pj + m[2] * pk + m[3]
                        n += 1


@kernel
def triangles(
    padded: Words,
    triangles_of: Numbers,
    edges_of: Numbers,
    base: Numbers,
    first: Numbers,
    out: NDArray[np.int32],
    start: int,
    stop: int,
) -> None:
    """Write the triangles of padded slices `start`..`stop`, outward in a right-handed frame.

    `first[row]` (rows + 1,) is the number of the row's first triangle.
    """
    _, ny, nw = padded.shape
    ids = np.empty(12, np.int64)
    for z in range(start, stop):
        for y in range(ny - 1):
            row = z * ny + y
            n = first[row]
            if n == first[row + 1]:
                continue
            ra, rb, rc, rd = padded[z, y], padded[z, y + 1], padded[z + 1, y], padded[z + 1, y + 1]
            xa, xb = base[row, 0], base[row + 1, 0]
            xc, xd = base[row + ny, 0], base[row + ny + 1, 0]
            ya, yc, za, zb = base[row, 1], base[row + ny, 1], base[row, 2], base[row + 1, 2]
            for w in range(nw):
                a, b, c, d = ra[w], rb[w], rc[w], rd[w]
                a1, b1 = _following(ra, w), _following(rb, w)
                c1, d1 = _following(rc, w), _following(rd, w)
                some = a | b | c | d | a1 | b1 | c1 | d1
                mixed = some & ~(a & b & c & d & a1 & b1 & c1 & d1)
                if mixed == U0:
                    continue  # then no edge starts in this word either
                while mixed != U0:
                    s = np.uint64(ctz(mixed))
                    mixed &= mixed - U1
                    case = _case(a, b, c, d, a1, b1, c1, d1, s)
                    below = (U1 << s) - U1
                    ids[0] = xa + popcount((a ^ a1) & below)
                    ids[1] = xb + popcount((b ^ b1) & below)
                    ids[2] = xc + popcount((c ^ c1) & below)
                    ids[3] = xd + popcount((d ^ d1) & below)
                    ids[4] = ya + popcount((a ^ b) & below)
                    ids[5] = ids[4] + np.int64(((a ^ b) >> s) & U1)
                    ids[6] = yc + popcount((c ^ d) & below)
                    ids[7] = ids[6] + np.int64(((c ^ d) >> s) & U1)
                    ids[8] = za + popcount((a ^ c) & below)
                    ids[9] = ids[8] + np.int64(((a ^ c) >> s) & U1)
                    ids[10] = zb + popcount((b ^ d) & below)
                    ids[11] = ids[10] + np.int64(((b ^ d) >> s) & U1)
                    for t in range(triangles_of[case]):
                        out[n, 0] = ids[edges_of[case, 3 * t]]
                        out[n, 1] = ids[edges_of[case, 3 * t + 1]]
                        out[n, 2] = ids[edges_of[case, 3 * t + 2]]
                        n += 1
                xa += popcount(a ^ a1)
                xb += popcount(b ^ b1)
                xc += popcount(c ^ c1)
                xd += popcount(d ^ d1)
                ya += popcount(a ^ b)
                yc += popcount(c ^ d)
                za += popcount(a ^ c)
                zb += popcount(b ^ d)
