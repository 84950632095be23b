"""The curve skeleton of a mask: shortest paths that keep to the middle, from a root to each tip.

Sato, Bitter, Bender, Kaufman and Nakajima 2000 (TEASAR, doi 10.1109/PCCGA.2000.883951): the tip
farthest along the paths gets a path, what lies near that path is done with, and so on. A step costs
its length times the cube of one over the depth, so that paths run where the mask is deepest, in
thin and in thick tubes alike (Antiga, Ene-Iordache and Remuzzi 2003, doi 10.1109/TMI.2003.812261
take one over the depth). Loops are opened: what comes out is a tree.
"""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import complement, unpacked
from segmentation.kernels.distance import distance_mm
from segmentation.mask import WORD_BITS, BitMask
from segmentation.progress import Progress, share, silent

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Spacing = tuple[float, float, float]
WAYS: Final = tuple(way for way in product((-1, 0, 1), repeat=3) if way > (0, 0, 0))
POWER: Final = 3
THIN_RATIO: Final = 0.25  # of a ball's radius from one ball to the next


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The voxels of a mask: `kji` (n, 3) in raster order, in the scan; `depth_mm` (n,) to outside.

    `start_kji` and `shape_kji` are those of the box around them, a voxel wider where the scan is.
    """

    kji: Ints
    depth_mm: Floats
    start_kji: Ints
    shape_kji: tuple[int, int, int]
    spacing_kji_mm: Spacing

    @property
    def places_mm(self) -> Floats:
        """The voxels' centres in mm along k, j and i."""
        return np.asarray(self.kji * np.array(self.spacing_kji_mm))

    @property
    def keys(self) -> Ints:
        """The index of each voxel in the box with a margin of one, ascending."""
        _nk, nj, ni = self.shape_kji
        k, j, i = (self.kji - self.start_kji).T
        return np.asarray((k * (nj + 2) + j) * (ni + 2) + i)


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Paths over the cells: `parent` (n,) is -1 for roots and for what is in no path.

    `ends` are the cells at which a path ends, the farthest first; `part` (n,) the piece each cell
    belongs to.
    """

    parent: Ints
    roots: Ints
    ends: Ints
    part: Ints
    is_on: NDArray[np.bool_]


def cells_of(mask: BitMask, spacing_kji_mm: Spacing, progress: Progress = silent) -> Cells:
    """Return the voxels of a mask that isn't empty, with their distance to the next one outside.

    What lies beyond the scan is not outside: a vessel that the scan cuts keeps its radius there.
    """
    box = mask.box.grown(mask.shape_kji, (1, 1, 1))
    ni = box.voxels_i(mask.shape_kji)
    words = mask.words_in(box)
    depth = distance_mm(complement(words, ni), ni, spacing_kji_mm, progress)
    inside = np.argwhere(unpacked(words, ni))
    start = np.array([box.k0, box.j0, WORD_BITS * box.w0])
    shape = (box.k1 - box.k0, box.j1 - box.j0, ni)
    most = float(np.linalg.norm(np.array(shape) * spacing_kji_mm))
    deep = np.minimum(depth[tuple(inside.T)].astype(np.float64), most)
    return Cells(inside + start, deep, start, shape, spacing_kji_mm)


def links(cells: Cells) -> "csr_array":
    """Return the cost of the step between voxels that share a face, an edge or a corner."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - SciPy is loaded by the tools that need it

    keys, spacing = cells.keys, np.array(cells.spacing_kji_mm)
    _nk, nj, ni = cells.shape_kji
    dear = cells.depth_mm**-POWER
    froms, tos, costs = [], [], []
    for way in WAYS:
        wanted = keys + (way[0] * (nj + 2) + way[1]) * (ni + 2) + way[2]
        at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
        here = np.flatnonzero(keys[at] == wanted)
        there = at[here]
        froms.append(here)
        tos.append(there)
        costs.append(float(np.linalg.norm(way * spacing)) * 0.5 * (dear[here] + dear[there]))
    data = np.concatenate(costs)
    index = (np.concatenate(froms), np.concatenate(tos))
    return csr_array((data, index), shape=(keys.size, keys.size))


def skeleton(cells: Cells, reach: tuple[float, float], progress: Progress = silent) -> Skeleton:
    """Return the paths; a tip counts where it lies farther than `reach` from the paths before.

    `reach` is how many radii, and how many mm beside. The paths of a piece start at the cell that
    is farthest from its thickest, along paths.
    """
    from scipy.sparse.csgraph import (  # noqa: PLC0415 - SciPy is loaded by the tools that need it
        connected_components,
    )

    graph = links(cells)
    progress(2, 10)
    n, part = connected_components(graph, directed=False)
    thick = np.lexsort((np.arange(part.size), -cells.depth_mm, part))
    middles = thick[np.searchsorted(part[thick], np.arange(n))]
    _cost, parent = _reached(graph, middles)
    progress(4, 10)
    roots = _farthest(part, _lengths_mm(cells, parent), n)
    cost, parent = _reached(graph, roots)
    progress(6, 10)
    order = np.lexsort((cost, -_lengths_mm(cells, parent)))
    ends, is_on = _ends(cells, parent, order, reach, share(progress, 0.6, 1.0))
    return Skeleton(parent, roots, ends, part.astype(np.int64), is_on)


def _reached(graph: "csr_array", roots: Ints) -> tuple[Floats, Ints]:
    """Return the cost from the next root to each cell, and the cell before it, -1 for a root."""
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - as above

    cost, parent, _ = dijkstra(
        graph, directed=False, indices=roots, min_only=True, return_predecessors=True
    )
    return cost, np.where(parent < 0, -1, parent).astype(np.int64)


def _farthest(part: NDArray[np.int32], length_mm: Floats, n: int) -> Ints:
    """Return the cell of each piece with the longest way."""
    order = np.lexsort((np.arange(part.size), -length_mm, part))
    return np.asarray(order[np.searchsorted(part[order], np.arange(n))], np.int64)


def _lengths_mm(cells: Cells, parent: Ints) -> Floats:
    """Return how long the way from each cell to its root is, by doubling pointers."""
    places = cells.places_mm
    up = np.where(parent < 0, np.arange(parent.size), parent)
    length: Floats = np.linalg.norm(places - places[up], axis=1)
    while not np.array_equal(further := up[up], up):
        length += length[up]
        up = further
    return length


def _ends(
    cells: Cells, parent: Ints, order: Ints, reach: tuple[float, float], progress: Progress
) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the tips that get a path, and which cells lie on a path."""
    done = np.zeros(cells.shape_kji, bool)
    at = cells.kji - cells.start_kji
    is_on = np.zeros(parent.size, bool)
    ends = []
    for n, tip in enumerate(order.tolist()):
        if n % 4096 == 0:
            progress(n, order.size)
        if done[tuple(at[tip])]:
            continue
        progress(n, order.size)
        path = []
        cell = tip
        while cell >= 0 and not is_on[cell]:
            path.append(cell)
            is_on[cell] = True
            cell = int(parent[cell])
        ends.append(tip)
        _mark(done, cells, np.array(path[::-1], np.int64), reach)
    progress(1, 1)
    return np.array(ends, np.int64), is_on


def _mark(done: NDArray[np.bool_], cells: Cells, path: Ints, reach: tuple[float, float]) -> None:
    """Set what lies within reach of a path, ball by ball."""
    spacing = np.array(cells.spacing_kji_mm)
    at = cells.kji[path] - cells.start_kji
    radius = reach[0] * cells.depth_mm[path] + reach[1]
    gone_mm, last = np.inf, at[0]
    for n in range(path.size):
        gone_mm += float(np.linalg.norm((at[n] - last) * spacing))
        last = at[n]
        if gone_mm < THIN_RATIO * radius[n] and n < path.size - 1:
            continue
        gone_mm = 0.0
        low = np.maximum(at[n] - (radius[n] / spacing).astype(np.int64), 0)
        high = np.minimum(at[n] + (radius[n] / spacing).astype(np.int64) + 1, done.shape)
        box = tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
        k, j, i = (
            ((np.arange(a, b) - c) * s) ** 2
            for a, b, c, s in zip(low, high, at[n], spacing, strict=True)
        )
        done[box] |= k[:, None, None] + j[:, None] + i <= radius[n] ** 2
