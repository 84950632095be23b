"""The separate pieces of a mesh, and thinning that loses none of them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.look import decimated
from segmentation.mesh import Mesh, Triangles
from segmentation.progress import Progress

PIECE_TRIANGLES: Final = 12
"""No piece of a surface has fewer, unless it had: one that vanished would be a place left out."""


Flags = NDArray[np.bool_]


def piecewise_decimated(
    mesh: Mesh, triangles: int, progress: Progress, is_held: Flags | None = None
) -> Mesh:
    """Return a mesh with about as many triangles in which each separate piece is still there.

    Thinned as one, small pieces cost least and vanish first: a stray island, the end of a vessel
    that voxels cut off. Each piece is thinned by itself, to its share and to 12 triangles at least;
    held points (N,) stay where they are.
    """
    labels = pieces(mesh)
    counts = np.bincount(labels)
    if triangles >= len(labels) or len(counts) == 1:
        return decimated(mesh, triangles, progress, is_held)
    kept_n = int(counts[counts <= PIECE_TRIANGLES].sum())
    ratio = max(triangles - kept_n, 0) / max(len(labels) - kept_n, 1)
    wanted = np.maximum((counts * ratio).astype(np.int64), PIECE_TRIANGLES)
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(counts)
    found: list[Mesh] = []
    for n, (end, count) in enumerate(zip(ends, counts, strict=True)):
        faces = mesh.triangles[order[end - count : end]]
        held = None if is_held is None else is_held[np.unique(faces)]
        found.append(decimated(only(mesh, faces), int(wanted[n]), is_held=held))
        progress(n + 1, len(counts))
    starts = np.cumsum([0, *(len(one.points_lps_mm) for one in found)])
    return Mesh(
        np.concatenate([one.points_lps_mm for one in found]),
        np.concatenate([one.triangles + start for one, start in zip(found, starts, strict=False)])
        .astype(np.int32),
    )  # fmt: skip


def pieces(mesh: Mesh) -> NDArray[np.int32]:
    """Return the number (N,) of the piece that each triangle belongs to; pieces share no point."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - the window starts without scipy
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    first, second, third = mesh.triangles.T
    rows, columns = np.concatenate([first, second]), np.concatenate([second, third])
    n = len(mesh.points_lps_mm)
    links = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    _, of_points = connected_components(links, directed=False)
    _, of_triangles = np.unique(of_points[first], return_inverse=True)
    return of_triangles.astype(np.int32)


def only(mesh: Mesh, triangles: Triangles) -> Mesh:
    """Return the mesh of some of the triangles, with the points that they use."""
    used, again = np.unique(triangles, return_inverse=True)
    return Mesh(mesh.points_lps_mm[used], again.reshape(triangles.shape).astype(np.int32))
