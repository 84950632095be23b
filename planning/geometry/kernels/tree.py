"""A tree of boxes over triangles that lie in an order that keeps neighbours together.

Level 0 has a box for each run of `LEAF` triangles, each level above one for two boxes below; the
last level is one box. Searches walk it with a stack of their own.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Triangles = NDArray[np.int32]
LEAF: Final = 4
STACK: Final = 128
"""More than two nodes for each level that 2**31 triangles can have."""


class Tree(NamedTuple):
    """Points (N, 3), triangles (M, 3) in order, boxes (nodes, 6), where each level begins.

    A box is low x, y, z, then high x, y, z; `starts` (levels + 1,) ends with the number of nodes.
    """

    points: Floats
    triangles: Triangles
    boxes: Floats
    starts: Index


def level_starts(triangles_n: int) -> Index:
    """Return where the boxes of each level begin for so many triangles (at least one)."""
    sizes = [-(-triangles_n // LEAF)]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


@kernel
def fill_boxes(points: Floats, triangles: Triangles, boxes: Floats, starts: Index) -> None:
    """Write the boxes of a tree whose triangles are in order."""
    for n in range(triangles.shape[0]):
        node = n // LEAF
        for corner in range(3):
            row = triangles[n, corner]
            for axis in range(3):
                value = points[row, axis]
                if (n % LEAF == 0 and corner == 0) or value < boxes[node, axis]:
                    boxes[node, axis] = value
                if (n % LEAF == 0 and corner == 0) or value > boxes[node, axis + 3]:
                    boxes[node, axis + 3] = value
    for level in range(1, starts.shape[0] - 1):
        for n in range(starts[level + 1] - starts[level]):
            node, left = starts[level] + n, starts[level - 1] + 2 * n
            right = min(left + 1, starts[level] - 1)
            for axis in range(3):
                boxes[node, axis] = min(boxes[left, axis], boxes[right, axis])
                boxes[node, axis + 3] = max(boxes[left, axis + 3], boxes[right, axis + 3])
