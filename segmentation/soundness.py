"""Whether a surface is a solid for a printer: closed, two triangles to an edge, none crossing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.crossing import mark_crossing
from segmentation.kernels.slabs import each_slab
from segmentation.look import SAMPLES_PER_SLAB, cells_of
from segmentation.mesh import Mesh
from segmentation.progress import Progress, silent

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Soundness:
    """How many faults a surface has: none makes it a solid."""

    open_edges: int
    crowded_edges: int
    crossing_triangles: int

    @property
    def is_sound(self) -> bool:
        """Whether there is no fault."""
        return not (self.open_edges or self.crowded_edges or self.crossing_triangles)


def soundness(mesh: Mesh, progress: Progress = silent) -> Soundness:
    """Return the faults of a mesh; what only touches is none.

    They are edges without their reverse, edges of more than two triangles, and triangles that pass
    through another.
    """
    _, counts, alone = _edges(mesh)
    crowded = int((counts > 2).sum())
    return Soundness(len(alone), crowded, int(crossing(mesh, progress).sum()))


def crossing(mesh: Mesh, progress: Progress = silent) -> Flags:
    """Return which triangles (N,) pass through another of the same mesh."""
    out = np.zeros(len(mesh.triangles), np.bool_)
    if mesh.triangles.size:
        cells = cells_of(mesh)

        def mark(first: int, stop: int) -> None:
            """Mark some triangles and those that they meet; only ever sets a flag."""
            mark_crossing(*cells, out, first, stop)

        each_slab(mark, len(out), progress, SAMPLES_PER_SLAB)
    return out


def faulty(mesh: Mesh, progress: Progress = silent) -> Flags:
    """Return which triangles (N,) cross another or have an edge that is open or crowded."""
    keys, counts, alone = _edges(mesh)
    wrong = np.union1d(keys[counts > 2], alone)
    return crossing(mesh, progress) | np.isin(_undirected(mesh), wrong).reshape(-1, 3).any(axis=1)


def _undirected(mesh: Mesh) -> NDArray[np.int64]:
    """Return a number for each triangle's edges (N, 3), the same from both sides."""
    ends = np.stack([mesh.triangles, np.roll(mesh.triangles, -1, axis=1)], axis=-1)
    low, high = ends.min(axis=-1).astype(np.int64), ends.max(axis=-1).astype(np.int64)
    edges: NDArray[np.int64] = low * len(mesh.points_lps_mm) + high
    return edges


def _edges(mesh: Mesh) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return all edges once, how many triangles each has, and those that lack their reverse."""
    edges = _undirected(mesh).ravel()
    is_up = (mesh.triangles < np.roll(mesh.triangles, -1, axis=1)).ravel()
    keys, where, counts = np.unique(edges, return_inverse=True, return_counts=True)
    balance = np.bincount(where, np.where(is_up, 1, -1), minlength=len(keys))
    return keys, counts, keys[balance != 0]
