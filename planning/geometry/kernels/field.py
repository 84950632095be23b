"""Signed distances along rows of points, each row a walk that remembers where it was."""

import numpy as np

from planning.geometry.kernels.crossing import winding
from planning.geometry.kernels.foot import nearest
from planning.geometry.kernels.tree import STACK, Floats, Tree
from segmentation.kernels.jit import kernel

HAIR = 1e-9
"""Added to what is known already, so that the nearest triangle itself still answers."""


@kernel
def signed_row(
    tree: Tree, start: Floats, step: float, deepest: float, furthest: float, signed: Floats
) -> None:
    """Write the signed distance of points from `start` on along +x, negative inside.

    Held within -`deepest` to `furthest`, so that nothing beyond is searched. No triangle is
    further from a point than the foot of the point before, and the side does not change over less
    than the distance. The answer is that of a search from nothing.
    """
    stack, squares, foot = np.empty((2, STACK), np.int64), np.empty(STACK), np.zeros(3)
    y, z = start[1], start[2]
    is_inside, has_foot, reach = False, False, 0.0
    for n in range(signed.shape[0]):
        x = start[0] + n * step
        if reach <= step * (1.0 + HAIR) + HAIR:
            is_inside = winding(tree, x, y, z, stack) > 0
        limit = deepest if is_inside else furthest
        known = limit * limit
        if has_foot:
            square = (x - foot[0]) ** 2 + (y - foot[1]) ** 2 + (z - foot[2]) ** 2
            known = min(known, square * (1.0 + HAIR) + HAIR)
        found = nearest(tree, x, y, z, known, foot, stack, squares)
        has_foot = found < known
        reach = min(np.sqrt(found), limit)
        signed[n] = -reach if is_inside else reach
