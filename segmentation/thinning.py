"""Surfaces for the screen thinned out brick by brick, so that an edit costs its own bricks only.

The answer is a function of the mesh alone: bricks that were thinned before are known by the hash
of what they were made from, and give the same bytes as if all were thinned anew.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.kernels.slabs import each_slab, threads
from segmentation.look import thinned_between
from segmentation.mesh import Mesh, Points, Triangles
from segmentation.progress import Progress, silent

BRICK_MM: Final = 48.0
LEAST_TRIANGLES: Final = 12
DIGEST: Final = 16
BRICKS_MAX: Final = 60_000

Flags = NDArray[np.bool_]
Index = NDArray[np.int32]
Keys = NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """A brick's surface: its points, which of them its neighbours have too, and its triangles."""

    points_mm: Points
    is_shared: Flags
    triangles: Triangles


@dataclass(slots=True, eq=False)
class KeptBricks:
    """The bricks of the last surface of one segment, by the hash of what they were made from.

    It belongs to one thread at a time. `made_n` is how many bricks the last surface had to thin.
    """

    bricks: dict[bytes, Thinned] = field(default_factory=dict)
    made_n: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Brick:
    """What a brick is made from; `numbers` are its points' in the whole mesh, shared ones last."""

    numbers: Index
    points_mm: Points
    is_shared: Flags
    triangles: Triangles
    wanted_n: int

    def digest(self) -> bytes:
        """Return the hash of all that its surface depends on."""
        known = hashlib.blake2b(str(self.wanted_n).encode(), digest_size=DIGEST)
        for part in (self.points_mm, self.is_shared, self.triangles):
            known.update(part.tobytes())
        return known.digest()


def brick_thinned(
    mesh: Mesh, triangles: int, kept: KeptBricks | None = None, progress: Progress = silent
) -> Mesh:
    """Return the mesh with about `triangles` triangles; the mesh itself when it has no more.

    Each brick of 48 mm keeps the same share of its triangles, a half, a quarter and so on, and
    the points on its border, so closed stays closed and a change in one brick leaves the bytes of
    all others. For the screen only, as `look.decimated`; a quarter more or less may be left, and
    the border points.
    """
    halvings = max(round(np.log2(max(len(mesh.triangles), 1) / triangles)), 0)
    if not halvings:
        return mesh
    room = KeptBricks() if kept is None else kept
    bricks = _bricks(mesh, halvings)
    found: dict[bytes, Thinned] = {}
    digests = [b""] * len(bricks)
    made = [0] * len(bricks)

    def work(first: int, stop: int) -> None:
        """Thin some bricks, or take them from the last time."""
        with threads(1):
            for n in range(first, stop):
                digests[n] = bricks[n].digest()
                one = room.bricks.get(digests[n])
                made[n] = one is None
                found[digests[n]] = _thinned(bricks[n]) if one is None else one

    each_slab(work, len(bricks), progress, 1)
    room.bricks, room.made_n = found, sum(made)
    return _joined(bricks, [found[digest] for digest in digests])


def _bricks(mesh: Mesh, halvings: int) -> list[_Brick]:
    """Return the bricks of a mesh; a triangle belongs to that of its first point."""
    of_triangles, bricks_n = _brick_of_triangles(mesh)
    home = np.full(len(mesh.points_lps_mm), bricks_n, np.uint16)
    for corner in range(3):
        home[mesh.triangles[:, corner]] = of_triangles
    is_shared = np.zeros(len(home), np.bool_)
    for corner in range(3):
        points = mesh.triangles[:, corner]
        is_shared[points[home[points] != of_triangles]] = True
    own = _grouped(np.where(is_shared, np.uint16(bricks_n), home), bricks_n)
    shared = _shared_points(mesh.triangles, of_triangles, is_shared, bricks_n)
    faces = _grouped(of_triangles, bricks_n)
    number = np.zeros(len(home), np.int32)
    return [
        _brick(mesh, mesh.triangles[of_brick], (inner, border), number, halvings)
        for of_brick, inner, border in zip(faces, own, shared, strict=True)
    ]


def _brick_of_triangles(mesh: Mesh) -> tuple[Keys, int]:
    """Return the number of the brick of each triangle, bricks without one left out, and how many.

    Refused: `mesh-too-large`.
    """
    cells = np.floor(mesh.points_lps_mm / BRICK_MM).astype(np.int64)
    cells -= cells.min(axis=0)
    nx, ny, _ = (int(n) + 1 for n in cells.max(axis=0))
    of_points = (cells[:, 2] * ny + cells[:, 1]) * nx + cells[:, 0]
    keys = of_points[mesh.triangles[:, 0]]
    there = np.flatnonzero(np.bincount(keys))
    if len(there) > BRICKS_MAX:
        raise Refusal("mesh-too-large", triangles=len(keys), limit=len(keys))
    number = np.zeros(int(keys.max()) + 1, np.uint16)
    number[there] = np.arange(len(there), dtype=np.uint16)
    return number[keys], len(there)


def _grouped(keys: Keys, count: int) -> list[Index]:
    """Return for each key from 0 to `count` - 1 the places that hold it, ascending."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    ends = np.cumsum(np.bincount(keys, minlength=count)[:count])
    return np.split(order, ends)[:count]


def _shared_points(
    triangles: Triangles, of_triangles: Keys, is_shared: Flags, count: int
) -> list[Index]:
    """Return for each brick the shared points that its triangles have, ascending."""
    found = []
    for corner in range(3):
        points = triangles[:, corner]
        where = np.flatnonzero(is_shared[points])
        found.append((of_triangles[where].astype(np.int64) << 32) | points[where])
    pairs = np.unique(np.concatenate(found))
    ends = np.searchsorted(pairs, np.arange(1, count) << 32)
    return np.split((pairs & 0xFFFFFFFF).astype(np.int32), ends)


def _brick(
    mesh: Mesh,
    triangles: Triangles,
    inner_border: tuple[Index, Index],
    number: Index,
    halvings: int,
) -> _Brick:
    """Return one brick; `number` is scratch of one place a point."""
    numbers = np.concatenate(inner_border)
    number[numbers] = np.arange(len(numbers), dtype=np.int32)
    is_shared = np.arange(len(numbers)) >= len(inner_border[0])
    wanted = max(len(triangles) >> halvings, LEAST_TRIANGLES)
    points = mesh.points_lps_mm[numbers]
    return _Brick(numbers, points, is_shared, number[triangles], wanted)


def _thinned(brick: _Brick) -> Thinned:
    """Return a brick's own surface, its shared points as they were."""
    middle = BRICK_MM * np.floor(brick.points_mm.min(axis=0) / BRICK_MM)
    points, is_shared, triangles = thinned_between(
        brick.points_mm - middle, brick.triangles, brick.is_shared, brick.wanted_n
    )
    return Thinned(points + middle, is_shared, triangles)


def _joined(bricks: Sequence[_Brick], thinned: Sequence[Thinned]) -> Mesh:
    """Return the mesh of all bricks; points that bricks share are one."""
    size = 1 + max(int(brick.numbers.max()) for brick in bricks)
    number = np.full(size, -1, np.int32)
    points: list[Points] = []
    triangles: list[Triangles] = []
    count = 0
    for brick, light in zip(bricks, thinned, strict=True):
        shared = brick.numbers[brick.is_shared]
        is_new = ~light.is_shared
        is_new[light.is_shared] = number[shared] < 0
        new_n = int(is_new.sum())
        names = np.empty(len(is_new), np.int32)
        names[is_new] = np.arange(count, count + new_n, dtype=np.int32)
        is_known = light.is_shared & ~is_new
        names[is_known] = number[shared[number[shared] >= 0]]
        number[shared] = names[light.is_shared]
        points.append(light.points_mm[is_new])
        triangles.append(names[light.triangles])
        count += new_n
    return Mesh(np.concatenate(points), np.concatenate(triangles))
