"""A mask's tubes as a graph: ends and branch points, and between them centrelines with radii."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Lps = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An end or a branch point; `branches` meet there, `radius_mm` is that of the ball there."""

    place_lps_mm: Lps
    radius_mm: float
    branches: int

    @property
    def is_end(self) -> bool:
        """Whether a single branch ends there."""
        return self.branches == 1


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One branch from node `first` to node `last`, away from the root.

    Attributes
    ----------
    number, parent, part
        Its number from 1 on, that of the branch it leaves (0 for none), and its piece's.
    order
        How many branch points lie between it and the root (Weibel 1963: the trachea has 0).
    points_lps_mm, radius_mm
        The centreline, shape (n, 3), and the radius of the largest ball around each point that
        lies inside, shape (n,): the distance to the nearest voxel outside, exact.
    clear
        Which of the points lie outside the balls of both ends; all where none does.
    """

    number: int
    parent: int
    part: int
    order: int
    first: int
    last: int
    points_lps_mm: Floats
    radius_mm: Floats
    clear: slice

    @property
    def length_mm(self) -> float:
        """The length of the centreline from node to node."""
        return float(np.linalg.norm(np.diff(self.points_lps_mm, axis=0), axis=1).sum())

    @property
    def mean_radius_mm(self) -> float:
        """The mean radius, outside the branch points."""
        return float(self.radius_mm[self.clear].mean())

    @property
    def min_radius_mm(self) -> float:
        """The smallest radius, outside the branch points."""
        return float(self.radius_mm[self.clear].min())

    @property
    def narrowest_lps_mm(self) -> Lps:
        """Where the radius is smallest; the place nearest to the root where there are several."""
        at = int(self.radius_mm[self.clear].argmin()) + (self.clear.start or 0)
        x, y, z = self.points_lps_mm[at].tolist()
        return x, y, z


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nodes and branches of all pieces, the largest piece first; `left` pieces are too short."""

    nodes: tuple[Node, ...]
    branches: tuple[Branch, ...]
    left: int = 0

    @property
    def ends(self) -> int:
        """How many ends there are, the roots among them."""
        return sum(node.is_end for node in self.nodes)

    @property
    def length_mm(self) -> float:
        """The length of all branches together."""
        return sum(branch.length_mm for branch in self.branches)
