"""A closed mesh becomes a mask: exact at voxel centres, whatever way its triangles wind."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.placed import Placed, beyond
from segmentation.progress import Progress, silent

BLOCK: Final = 1 << 20
ROWS_MAX: Final = 1 << 32
SNAP_BITS: Final = 29
REACH_VOXELS: Final = 1 << 19

Ints = NDArray[np.int64]


def open_edges(mesh: Mesh) -> int:
    """Return how many edges bound an odd number of triangles; a closed surface has none.

    Triangles that name a point twice have no area and do not count.
    """
    corners = mesh.triangles.astype(np.int64)
    a, b, c = corners.T
    corners = corners[(a != b) & (b != c) & (c != a)]
    edges = np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = edges[:, 0] * len(mesh.points_lps_mm) + edges[:, 1]
    _, counts = np.unique(keys, return_counts=True)
    return int((counts % 2).sum())


def without_doubles(mesh: Mesh) -> Mesh:
    """Return the mesh with each triangle once, if every one stands twice (or 4, 6, ... times).

    Programs write a surface twice for both sides of it to be seen; its crossings would cancel.
    Where only some stand twice they part two bodies that touch, and the mesh is returned as it is.
    """
    corners = np.sort(mesh.triangles, axis=1)
    order = np.lexsort(corners.T)
    is_new = np.ones(len(order), bool)
    is_new[1:] = (np.diff(corners[order], axis=0) != 0).any(axis=1)
    counts = np.diff(np.append(np.flatnonzero(is_new), len(order)))
    if not len(order) or (counts % 2).any():
        return mesh
    return Mesh(mesh.points_lps_mm, mesh.triangles[np.sort(order[is_new])])


def voxelised(mesh: Mesh, grid: Grid, progress: Progress = silent) -> Placed:
    """Return the voxels whose centres lie inside a closed mesh, by the parity of crossings.

    A ray runs along each row of voxels; a centre is inside when an odd number of triangles lies
    before it (even-odd: a shell inside another is a cavity, whichever way it winds). Points are
    taken at a fraction of a voxel (1/65536 up to 8192 voxels from the grid's first); after that,
    which triangles a ray meets is decided in whole numbers, and a ray through a vertex or along an
    edge is moved aside by an infinitesimal, the same for all triangles (Edelsbrunner and Muecke
    1990, doi:10.1145/77635.77639), so that a closed mesh has an even number of crossings always.
    Where shells overlap, even-odd and winding differ: the finding `mesh-shells` says by how much;
    `mesh-doubled` that every triangle stood twice and was taken once, `brought-beyond` that the
    surface leaves the grid.
    Refused: `mesh-open` with the number of open edges, `mesh-too-tangled`, `mesh-too-far` where
    points lie so far away that a fraction of a voxel gets lost.
    """
    single = without_doubles(mesh)
    findings = [] if single is mesh else [Finding("mesh-doubled", Severity.WARN)]
    mesh = single
    edges_n = open_edges(mesh)
    if edges_n:
        raise Refusal("mesh-open", edges=edges_n)
    ijk = grid.ijk(mesh.points_lps_mm)
    if ijk.size and not np.abs(ijk).max() <= REACH_VOXELS:
        raise Refusal("mesh-too-far", voxels=REACH_VOXELS)
    shape = np.array(grid.shape_kji)
    low = np.maximum(np.floor(ijk.min(axis=0)[::-1]).astype(np.int64), 0)
    high = np.minimum(np.ceil(ijk.max(axis=0)[::-1]).astype(np.int64) + 1, shape)
    if not mesh.triangles.size or (low >= high).any():
        return Placed(BitMask.empty(grid.shape_kji), 0.0, tuple(findings))
    findings += beyond(mesh.points_lps_mm, grid)
    crossings = np.zeros((*(high - low)[:2], high[2] - low[2] + 1), np.int8)
    _cross(ijk - low[::-1], mesh.triangles, crossings, progress)
    # Bytes wrap around at 128 crossings; their parity does not.
    winding = np.cumsum(crossings, axis=2, dtype=np.int8)[:, :, :-1]
    inside = (winding & 1).astype(bool)
    doubtful = int(np.count_nonzero((winding != 0) & ~inside))
    voxels = np.zeros(grid.shape_kji, bool)
    voxels[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = inside
    if doubtful:
        ml = round(doubtful * grid.voxel_ml, 3)
        findings.append(Finding("mesh-shells", Severity.WARN, {"ml": ml}))
    return Placed(BitMask.from_bool(voxels), 0.0, tuple(findings))


def _cross(
    ijk: NDArray[np.float64],
    triangles: NDArray[np.int32],
    crossings: NDArray[np.int8],
    progress: Progress,
) -> None:
    """Add +1 or -1 where the row's first voxel behind each crossing lies."""
    reach = int(np.ceil(np.log2(max(float(np.abs(ijk).max()), 1.0) + 1.0)))
    scale = 1 << max(SNAP_BITS - max(reach, 13), 0)
    points = np.round(ijk * scale).astype(np.int64)
    rows_k, rows_j, columns = crossings.shape
    total = _rows(points, triangles, scale, (rows_k, rows_j))[2]
    rows_n = int(total.sum(dtype=np.int64))
    if rows_n > ROWS_MAX:
        raise Refusal("mesh-too-tangled", rows=rows_n, limit=ROWS_MAX)
    flat = crossings.reshape(-1)
    for some in _blocks(total):
        progress(int(some.start), len(triangles))
        corners = points[triangles[some]]
        row, sign, i = _met(corners, scale, (rows_k, rows_j))
        first = np.clip(-(-i // scale), 0, columns - 1)
        np.add.at(flat, row * columns + first, sign)


def _blocks(total: Ints) -> Iterator[slice]:
    """Give runs of triangles that touch about a million rows together."""
    ends = np.cumsum(total)
    start = 0
    while start < len(total):
        before = int(ends[start - 1]) if start else 0
        end = max(int(np.searchsorted(ends, before + BLOCK, side="right")), start + 1)
        yield slice(start, end)
        start = end


def _rows(
    points: Ints, triangles: NDArray[np.int32], scale: int, shape: tuple[int, int]
) -> tuple[Ints, Ints, Ints]:
    """Return each triangle's first row (k, j), its number of rows (k, j), and their product."""
    corners = points[triangles][:, :, [2, 1]]
    first = np.maximum(-(-corners.min(axis=1) // scale), 0)
    end = np.minimum(corners.max(axis=1) // scale + 1, shape)
    count = np.maximum(end - first, 0)
    return first, count, count[:, 0] * count[:, 1]


def _met(corners: Ints, scale: int, shape: tuple[int, int]) -> tuple[Ints, NDArray[np.int8], Ints]:
    """Return row (flat k, j), direction and depth i (scaled) of each crossing of triangles."""
    index = np.arange(3 * len(corners), dtype=np.int32).reshape(-1, 3)
    first, count, total = _rows(corners.reshape(-1, 3), index, scale, shape)
    which = np.repeat(np.arange(len(corners)), total)
    local = np.arange(len(which)) - np.repeat(np.cumsum(total) - total, total)
    width = count[which, 1]
    k = first[which, 0] + local // np.maximum(width, 1)
    j = first[which, 1] + local % np.maximum(width, 1)
    three = corners[which]
    weights, signs = [], []
    for n in range(3):
        weight, sign = _side(three[:, (n + 1) % 3], three[:, (n + 2) % 3], j * scale, k * scale)
        weights.append(weight)
        signs.append(sign)
    is_met = (signs[0] == signs[1]) & (signs[1] == signs[2]) & (signs[0] != 0)
    weight = np.stack(weights, -1)[is_met].astype(np.float64)
    depths = three[is_met][:, :, 0].astype(np.float64)
    i = np.round((weight * depths).sum(axis=1) / weight.sum(axis=1)).astype(np.int64)
    return (k * shape[1] + j)[is_met], signs[0][is_met].astype(np.int8), i


def _side(a: Ints, b: Ints, j: Ints, k: Ints) -> tuple[Ints, Ints]:
    """Return on which side of the edge a to b each ray passes: twice an area, and its sign.

    A ray on the edge's line counts as moved by an infinitesimal along j, and by a smaller one
    along k; the sign is 0 only for an edge whose ends coincide.
    """
    along_j, along_k = b[:, 1] - a[:, 1], b[:, 2] - a[:, 2]
    area = along_j * (k - a[:, 2]) - along_k * (j - a[:, 1])
    tie = np.where(along_k != 0, -np.sign(along_k), np.sign(along_j))
    return area, np.where(area != 0, np.sign(area), tie)
