"""The paths of a skeleton taken apart into chains between ends and branch points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.tree.paths import Cells, Ints, Skeleton

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The cells from node `first` to node `last`, both included; `part` is its piece."""

    first: int
    last: int
    cells: Ints
    part: int


def chains_of(cells: Cells, paths: Skeleton) -> tuple[Chain, ...]:
    """Return the chains, each after the one that it leaves.

    A chain between two branch points that is no longer than the radius at either of them is none:
    the two are one branch point, and its cells belong to each of the chains that go on.
    """
    on = np.flatnonzero(paths.is_on)
    inner = on[paths.parent[on] >= 0]
    children = np.bincount(paths.parent[inner], minlength=paths.parent.size)
    is_node = paths.is_on & ((children != 1) | (paths.parent < 0))
    raw: dict[int, list[tuple[int, Ints]]] = {}
    for node in np.flatnonzero(is_node & (paths.parent >= 0)).tolist():
        way = [node]
        while not is_node[way[-1]] or len(way) == 1:
            way.append(int(paths.parent[way[-1]]))
        raw.setdefault(way[-1], []).append((node, np.array(way[::-1], np.int64)))
    found = []
    for root in paths.roots.tolist():
        if raw.get(root):
            found += _merged(cells, raw, root, int(paths.part[root]))
    return tuple(found)


def _merged(
    cells: Cells, raw: Mapping[int, Sequence[tuple[int, Ints]]], root: int, part: int
) -> list[Chain]:
    found: list[Chain] = []
    waiting = [(root, *chain) for chain in raw[root]]
    while waiting:
        first, last, way = waiting.pop(0)
        onward = raw.get(last, ())
        is_branch_point = first != root or len(raw[root]) > 1
        bound = min(cells.depth_mm[first], cells.depth_mm[last])
        if onward and is_branch_point and _length_mm(cells, way) <= bound:
            waiting += [(first, end, np.append(way, more[1:])) for end, more in onward]
            continue
        found.append(Chain(first, last, way, part))
        waiting += [(last, end, more) for end, more in onward]
    return found


def _length_mm(cells: Cells, way: Ints) -> float:
    steps = np.diff(cells.kji[way], axis=0) * np.array(cells.spacing_kji_mm)
    return float(np.linalg.norm(steps, axis=1).sum())
