"""The 256 corner patterns of a marching-cubes cell, derived instead of copied.

A pattern's loops follow from walking the six faces of the cube. Inside corners of an ambiguous
face stay apart on both of its sides, so the surface is closed for every mask; the corner from
which a loop is fanned is chosen so that no diagonal lies in a face, so no edge is used twice.
Corners are numbered x + 2 y + 4 z; edges 0-3 run along x, 4-7 along y, 8-11 along z.
"""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]
EDGE_STARTS = ((0, 2, 4, 6), (0, 1, 4, 5), (0, 1, 2, 3))
CORNERS_PER_CASE = 18


def _edges() -> dict[tuple[int, int], int]:
    """Return the number of the edge between two corners, either way round."""
    edge = {}
    for axis, starts in enumerate(EDGE_STARTS):
        for n, corner in enumerate(starts):
            other = corner + (1 << axis)
            edge[corner, other] = edge[other, corner] = 4 * axis + n
    return edge


def _faces() -> list[list[int]]:
    """Return the four corners of each face, in turn as seen from outside."""
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0, 1):
            ring = [(0, 0), (1, 0), (1, 1), (0, 1)] if side else [(0, 0), (0, 1), (1, 1), (1, 0)]
            faces.append([(side << axis) + (p << u) + (q << v) for p, q in ring])
    return faces


def _links(case: int, edge: dict[tuple[int, int], int]) -> dict[int, int]:
    """Return which cut edge follows which on the surface of pattern `case`."""
    link = {}
    for ring in _faces():
        inside = [case >> corner & 1 for corner in ring]
        for first in range(4):
            if inside[first] and not inside[first - 1]:
                last = first
                while inside[(last + 1) % 4]:
                    last += 1
                start = edge[ring[first - 1], ring[first]]
                link[start] = edge[ring[last % 4], ring[(last + 1) % 4]]
    return link


def _loops(link: dict[int, int]) -> list[list[int]]:
    """Return the closed loops of cut edges."""
    loops = []
    while link:
        loop = [next(iter(link))]
        while link[loop[-1]] != loop[0]:
            loop.append(link[loop[-1]])
        for number in loop:
            del link[number]
        loops.append(loop)
    return loops


def _fan(loop: list[int], faces_of: list[set[int]]) -> list[int]:
    """Return the corners of the loop's triangles, fanned so that no diagonal lies in a face."""
    n = len(loop)

    def diagonals_in_a_face(k: int) -> int:
        """Count diagonals from corner `k` that lie in a face."""
        return sum(bool(faces_of[loop[k]] & faces_of[loop[(k + i) % n]]) for i in range(2, n - 1))

    k = min(range(n), key=diagonals_in_a_face)
    corners = []
    for i in range(1, n - 1):
        corners += [loop[k], loop[(k + i) % n], loop[(k + i + 1) % n]]
    return corners


def derive() -> tuple[Table, Table]:
    """Return how many triangles each of the 256 patterns has (256,), and their edges (256, 18)."""
    edge = _edges()
    faces_of: list[set[int]] = [set() for _ in range(12)]
    for face, ring in enumerate(_faces()):
        for n in range(4):
            faces_of[edge[ring[n], ring[n - 1]]].add(face)
    count = np.zeros(256, np.int64)
    corners = np.zeros((256, CORNERS_PER_CASE), np.int64)
    for case in range(256):
        out = [c for loop in _loops(_links(case, edge)) for c in _fan(loop, faces_of)]
        count[case], corners[case, : len(out)] = len(out) // 3, out
    return count, corners
