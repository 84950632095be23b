"""The cut of a mesh with a slice plane."""

import numpy as np
from numpy.typing import NDArray

from segmentation.mesh import Mesh
from viewers.pipelines.plane import Pixels, SlicePlane

Edges = NDArray[np.int64]


def mesh_outline(mesh: Mesh, plane: SlicePlane) -> list[Pixels]:
    """Return polylines (N, 2) in pixels where the mesh meets the plane.

    Closed meshes give closed loops (first point twice). A corner in the plane counts as lying
    before it, so that no line is drawn twice; an open mesh gives open lines.
    """
    if not mesh.triangles.size:
        return []
    depth = (mesh.points_lps_mm - np.array(plane.centre_lps_mm)) @ np.array(plane.axis)
    above = depth >= 0.0
    sides = above[mesh.triangles]
    cut = sides.any(axis=1) & ~sides.all(axis=1)
    if not cut.any():
        return []
    leave, enter = _crossed_edges(mesh.triangles[cut].astype(np.int64), sides[cut])
    keys = np.unique(np.concatenate([leave, enter]), axis=0)
    share = depth[keys[:, 0]] / (depth[keys[:, 0]] - depth[keys[:, 1]])
    a, b = mesh.points_lps_mm[keys[:, 0]], mesh.points_lps_mm[keys[:, 1]]
    px = plane.px(a + share[:, None] * (b - a))
    return [px[chain] for chain in _chains(_find(keys, leave), _find(keys, enter), len(keys))]


def _crossed_edges(triangles: Edges, sides: NDArray[np.bool_]) -> tuple[Edges, Edges]:
    """Return for each cut triangle its edge from above to below and the one back, corners sorted.

    Neighbours of a consistently oriented mesh share an edge once in each sense, so the second
    edge of one triangle is the first of the next.
    """
    following = np.roll(sides, -1, axis=1)
    down = (sides & ~following).argmax(axis=1)
    up = (~sides & following).argmax(axis=1)
    rows = np.arange(len(triangles))
    pairs = (
        np.stack([triangles[rows, at], triangles[rows, (at + 1) % 3]], axis=1) for at in (down, up)
    )
    first, second = (np.sort(pair, axis=1) for pair in pairs)
    return first, second


def _find(keys: Edges, edges: Edges) -> Edges:
    """Return the row of each edge in the sorted `keys`."""
    width = int(keys.max()) + 1
    flat = keys[:, 0] * width + keys[:, 1]
    return np.searchsorted(flat, edges[:, 0] * width + edges[:, 1])


def _chains(leave: Edges, enter: Edges, crossings: int) -> list[list[int]]:
    """Return the crossings of each line in order; steps lead from `leave[n]` to `enter[n]`."""
    steps: list[list[int]] = [[] for _ in range(crossings)]
    arrivals = np.zeros(crossings, np.int64)
    for start, end in zip(leave.tolist(), enter.tolist(), strict=True):
        steps[start].append(end)
        arrivals[end] += 1
    begins = [n for n in range(crossings) if len(steps[n]) > arrivals[n]]
    chains = []
    for first in [*begins, *range(crossings)]:
        while steps[first]:
            chain = [first]
            while steps[chain[-1]]:
                chain.append(steps[chain[-1]].pop())
            chains.append(chain)
    return chains
