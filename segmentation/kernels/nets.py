"""Surface nets of bit masks: one point in each cell that a border crosses, one quad a cut edge.

A cell lies between eight voxel centres; its number is its row's first number plus the crossed
cells before it in the row, counted in words, so there is no search, and any slab can be done by
any thread with the same bytes. Several masks of one grid make one net: where they meet they share
its points, so their surfaces touch exactly, also after smoothing. After Gibson 1998
(doi:10.1007/BFb0056277).

Masks are padded by one empty voxel on each side: `masks[m, z, y, w]`.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.intrinsics import ctz, popcount
from segmentation.kernels.jit import inlined, kernel

Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Index = NDArray[np.int32]
Points = NDArray[np.float32]

U0, U1, TOP = np.uint64(0), np.uint64(1), np.uint64(63)
EDGES = 12
"""Edges of a cell, three axes times four: see `edge_means`."""


def edge_means() -> Points:
    """Return the mean of the edges' midpoints (x, y, z) in a cell for each set of edges.

    Shape (4096, 3). Bits 0-3 are the edges along x at (y, z) = (0, 0), (1, 0), (0, 1), (1, 1),
    bits 4-7 those along y at (x, z), bits 8-11 those along z at (x, y).
    """
    middles = np.array(
        [(0.5, n & 1, n >> 1) for n in range(4)]
        + [(n & 1, 0.5, n >> 1) for n in range(4)]
        + [(n & 1, n >> 1, 0.5) for n in range(4)]
    )
    sets = (np.arange(1 << EDGES)[:, None] >> np.arange(EDGES)) & 1
    means = sets @ middles / np.maximum(sets.sum(axis=1), 1)[:, None]
    return np.ascontiguousarray(means.astype(np.float32))


@inlined
def _following(row: Words, w: int) -> np.uint64:
    """Word `w` of the row moved down by one voxel: bit i is voxel i + 1."""
    moved: np.uint64 = (row[w] >> U1) | (row[w + 1] << TOP if w + 1 < row.size else U0)
    return moved


@inlined
def _differ(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> np.uint64:
    """Bits in which four words are not all equal."""
    differ: np.uint64 = (a | b | c | d) & ~(a & b & c & d)
    return differ


@kernel
def _faces(masks: Words, z: int, y: int, w: int, faces: Words) -> np.uint64:
    """Return which cells of word `w` a border crosses; `faces` (6,) gets the faces it crosses.

    They are those towards z - 1, y - 1, x - 1, x + 1, y + 1, z + 1.
    """
    cell = U0
    faces[:] = U0
    for m in range(masks.shape[0]):
        ra, rb = masks[m, z, y], masks[m, z, y + 1]
        rc, rd = masks[m, z + 1, y], masks[m, z + 1, y + 1]
        a, b, c, d = ra[w], rb[w], rc[w], rd[w]
        a1, b1, c1, d1 = _following(ra, w), _following(rb, w), _following(rc, w), _following(rd, w)
        some = a | b | c | d | a1 | b1 | c1 | d1
        if some == U0:
            continue
        cell |= some & ~(a & b & c & d & a1 & b1 & c1 & d1)
        faces[0] |= _differ(a, b, a1, b1)
        faces[1] |= _differ(a, c, a1, c1)
        faces[2] |= _differ(a, b, c, d)
        faces[3] |= _differ(a1, b1, c1, d1)
        faces[4] |= _differ(b, d, b1, d1)
        faces[5] |= _differ(c, d, c1, d1)
    return cell


@kernel
def _edges(masks: Words, z: int, y: int, w: int, edges: Words) -> None:
    """Write which of their edges a border cuts, for the cells of word `w`: see `edge_means`."""
    edges[:] = U0
    for m in range(masks.shape[0]):
        ra, rb = masks[m, z, y], masks[m, z, y + 1]
        rc, rd = masks[m, z + 1, y], masks[m, z + 1, y + 1]
        a, b, c, d = ra[w], rb[w], rc[w], rd[w]
        a1, b1, c1, d1 = _following(ra, w), _following(rb, w), _following(rc, w), _following(rd, w)
        edges[0] |= a ^ a1
        edges[1] |= b ^ b1
        edges[2] |= c ^ c1
        edges[3] |= d ^ d1
        edges[4] |= a ^ b
        edges[5] |= a1 ^ b1
        edges[6] |= c ^ d
        edges[7] |= c1 ^ d1
        edges[8] |= a ^ c
        edges[9] |= a1 ^ c1
        edges[10] |= b ^ d
        edges[11] |= b1 ^ d1


@kernel
def cells(
    masks: Words, crossed: Words, points: Numbers, links: Numbers, start: int, stop: int
) -> None:
    """Mark the cells of slices `start`..`stop` that a border crosses, and count.

    `crossed` (slices, rows, words) comes in as zeros; `points[row + 1]` and `links[row + 1]`, for
    row = z * rows + y, get the row's points and their neighbours.
    """
    ny, nw = masks.shape[2], masks.shape[3]
    faces = np.empty(6, np.uint64)
    for z in range(start, stop):
        for y in range(ny - 1):
            points_n, links_n = 0, 0
            for w in range(nw):
                cell = _faces(masks, z, y, w, faces)
                if cell != U0:
                    crossed[z, y, w] = cell
                    points_n += popcount(cell)
                    for f in range(6):
                        links_n += popcount(faces[f])
            points[z * ny + y + 1] = points_n
            links[z * ny + y + 1] = links_n


@kernel
def _first_beside(first: Numbers, row: int, ny: int, near: Numbers) -> None:
    """Write the number of the first point of the rows beyond each face; left and right are here."""
    last = first.size - 1
    near[0], near[1] = first[max(row - ny, 0)], first[max(row - 1, 0)]
    near[2], near[3] = first[row] - 1, first[row] + 1
    near[4], near[5] = first[row + 1], first[min(row + ny, last)]


@kernel
def _crossed_beside(crossed: Words, z: int, y: int, w: int, beside: Words) -> None:
    """Write word `w` of the rows beyond each face."""
    beside[0] = crossed[z - 1, y, w] if z > 0 else U0
    beside[1] = crossed[z, y - 1, w] if y > 0 else U0
    beside[2] = beside[3] = crossed[z, y, w]
    beside[4] = crossed[z, y + 1, w]
    beside[5] = crossed[z + 1, y, w]


@kernel
def _write_point(
    edges: Words, means: Points, s: np.uint64, corner: tuple[int, int, int], home: Points,
    point: Points,
) -> None:  # fmt: skip
    """Write the point of the cell at bit `s` and the cell's corner (x, y, z)."""
    code = np.int64(0)
    for e in range(EDGES):
        code |= np.int64((edges[e] >> s) & U1) << e
    for at in range(3):
        home[at] = np.float32(corner[at])
        point[at] = home[at] + means[code, at]


@kernel
def net(
    masks: Words,
    crossed: Words,
    means: Points,
    first: Numbers,
    first_link: Numbers,
    home: Points,
    points: Points,
    begin: Index,
    link: Index,
    start: int,
    stop: int,
) -> None:
    """Write the points of slices `start`..`stop` and their neighbours.

    `points` (N, 3) are x, y, z in voxels of the padded grid, `home` the lower corner of each
    point's cell; the neighbours of v are `link[begin[v]:begin[v + 1]]`: the points of the cells
    that share a face with its own which the border crosses. `first[row]` and `first_link[row]`
    are the running sums of what `cells` counted.
    """
    ny, nw = masks.shape[2], masks.shape[3]
    edges, faces, beside = (
        np.empty(EDGES, np.uint64),
        np.empty(6, np.uint64),
        np.empty(6, np.uint64),
    )
    near = np.empty(6, np.int64)
    for z in range(start, stop):
        for y in range(ny - 1):
            row = z * ny + y
            v, at = first[row], first_link[row]
            if v == first[row + 1]:
                continue
            _first_beside(first, row, ny, near)
            for w in range(nw):
                _crossed_beside(crossed, z, y, w, beside)
                rest = crossed[z, y, w]
                if rest != U0:
                    _faces(masks, z, y, w, faces)
                    _edges(masks, z, y, w, edges)
                while rest != U0:
                    s = np.uint64(ctz(rest))
                    rest &= rest - U1
                    corner = (int(64 * w + np.int64(s)), y, z)
                    _write_point(edges, means, s, corner, home[v], points[v])
                    begin[v] = at
                    for f in range(6):
                        if (faces[f] >> s) & U1 != U0:
                            link[at] = near[f] + popcount(beside[f] & ((U1 << s) - U1))
                            at += 1
                    v += 1
                for f in range(6):
                    near[f] += popcount(beside[f])


@kernel
def cut_edges(mask: Words, quads: Numbers, start: int, stop: int) -> None:
    """Count the cut edges of one padded mask that begin in each row: `quads[row + 1]`."""
    ny, nw = mask.shape[1], mask.shape[2]
    for z in range(start, stop):
        for y in range(ny - 1):
            ra, rb, rc, n = mask[z, y], mask[z, y + 1], mask[z + 1, y], 0
            for w in range(nw):
                n += popcount(ra[w] ^ _following(ra, w))
                n += popcount(ra[w] ^ rb[w]) + popcount(ra[w] ^ rc[w])
            quads[z * ny + y + 1] = n


@inlined
def _apart(points: Points, p: int, q: int, spacing: Points) -> np.float32:
    """Squared mm between two points."""
    x = (points[p, 0] - points[q, 0]) * spacing[0]
    y = (points[p, 1] - points[q, 1]) * spacing[1]
    z = (points[p, 2] - points[q, 2]) * spacing[2]
    apart: np.float32 = x * x + y * y + z * z
    return apart


@inlined
def _quad(
    points: Points,
    spacing: Points,
    p: int,
    q: int,
    r: int,
    s: int,
    is_out: bool,
    n: int,
    out: Index,
) -> None:
    """Write the quad p, q, r, s as two triangles along its shorter diagonal, turned if need be.

    The diagonal doesn't depend on the turn: both masks of a shared border cut it alike.
    """
    if not _apart(points, p, r, spacing) <= _apart(points, q, s, spacing):
        p, q, r, s = q, r, s, p
    if not is_out:
        q, s = s, q
    out[n, 0], out[n, 1], out[n, 2] = p, q, r
    out[n + 1, 0], out[n + 1, 1], out[n + 1, 2] = p, r, s


@kernel
def triangles(
    mask: Words,
    crossed: Words,
    first: Numbers,
    quads: Numbers,
    points: Points,
    spacing: Points,
    out: Index,
    start: int,
    stop: int,
) -> None:
    """Write the triangles of one padded mask that belong to slices `start`..`stop`.

    Outward in a right-handed frame. `quads[row]` is the running sum of `cut_edges`, `spacing`
    (x, y, z) in mm.
    """
    ny, nw = mask.shape[1], mask.shape[2]
    for z in range(start, stop):
        for y in range(ny - 1):
            row = z * ny + y
            n = 2 * quads[row]
            if quads[row] == quads[row + 1]:
                continue
            ra, rb, rc = mask[z, y], mask[z, y + 1], mask[z + 1, y]
            here, front = first[row], first[max(row - 1, 0)]
            under, aslant = first[max(row - ny, 0)], first[max(row - ny - 1, 0)]
            for w in range(nw):
                c_here = crossed[z, y, w]
                c_front = crossed[z, y - 1, w] if y > 0 else U0
                c_under = crossed[z - 1, y, w] if z > 0 else U0
                c_aslant = crossed[z - 1, y - 1, w] if y > 0 and z > 0 else U0
                a = ra[w]
                cut = a ^ _following(ra, w)
                while cut != U0:  # an edge along x: the cells (y - 1 or y, z - 1 or z)
                    s = np.uint64(ctz(cut))
                    cut &= cut - U1
                    below = (U1 << s) - U1
                    p = aslant + popcount(c_aslant & below)
                    q = under + popcount(c_under & below)
                    r = here + popcount(c_here & below)
                    t = front + popcount(c_front & below)
                    _quad(points, spacing, p, q, r, t, (a >> s) & U1 != U0, n, out)
                    n += 2
                cut = a ^ rb[w]
                while cut != U0:  # along y: (x - 1 or x, z - 1 or z)
                    s = np.uint64(ctz(cut))
                    cut &= cut - U1
                    below = (U1 << s) - U1
                    q = under + popcount(c_under & below)
                    r = here + popcount(c_here & below)
                    _quad(points, spacing, q - 1, r - 1, r, q, (a >> s) & U1 != U0, n, out)
                    n += 2
                cut = a ^ rc[w]
                while cut != U0:  # along z: (x - 1 or x, y - 1 or y)
                    s = np.uint64(ctz(cut))
                    cut &= cut - U1
                    below = (U1 << s) - U1
                    q = front + popcount(c_front & below)
                    r = here + popcount(c_here & below)
                    _quad(points, spacing, q - 1, q, r, r - 1, (a >> s) & U1 != U0, n, out)
                    n += 2
                here += popcount(c_here)
                front += popcount(c_front)
                under += popcount(c_under)
                aslant += popcount(c_aslant)


@kernel
def placed(
    points: Points,
    lps_from_xyz: NDArray[np.float64],
    out: NDArray[np.float64],
    first: int,
    stop: int,
) -> None:
    """Write points `first`..`stop` in LPS mm, by an affine (4, 4) from the padded grid's voxels."""
    m = lps_from_xyz
    for v in range(first, stop):
        x, y, z = np.float64(points[v, 0]), np.float64(points[v, 1]), np.float64(points[v, 2])
        for at in range(3):
            out[v, at] = m[at, 0] * x + m[at, 1] * y + m[at, 2] * z + m[at, 3]
