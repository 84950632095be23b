"""Surfaces for the screen: smoothed and thinned out.

Never measured, and exported only with their deviation stated beside them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels import collapse, nearest, relax
from segmentation.kernels.slabs import each_slab
from segmentation.mesh import Mesh, Points, Triangles
from segmentation.progress import Progress, silent

SHRINK = 0.5
PASS_BAND = 0.1
CENTRE_STEP_MM = 64.0
POINTS_PER_SLAB = 65536
SAMPLES_PER_SLAB = 2048
CELL_MM_MIN = 0.01
SAMPLES_MAX = 50_000
PASSES_MAX = 60
FEW_RATIO = 0.005
FREED = 6  # stuck edges are tried again every so many passes
HELD_COST = 1e6
"""Cost of joining a held point, by its squared distance: it is nobody's cheapest but for need."""

Flags = NDArray[np.bool_]


def smoothed(
    mesh: Mesh, rounds: int = 10, progress: Progress = silent, pass_band: float = PASS_BAND
) -> Mesh:
    """Return the mesh smoothed without shrinking, its triangles unchanged.

    One shrinking step (0.5) and one growing step (-0.526 at 0.1) a round: Taubin 1995,
    doi:10.1145/218380.218473. A lower `pass_band` takes broader waves away and wants more rounds.
    Needs a closed mesh for full neighbour lists. It moves
    points by some tenths of a millimetre on noisy bone: measure and export the unsmoothed surface.
    """
    points_n = len(mesh.points_lps_mm)
    if not points_n or rounds < 1:
        return mesh
    start = np.zeros(points_n + 1, np.int32)
    link = np.empty(mesh.triangles.size, np.int32)
    relax.neighbours(mesh.triangles, start, link)
    # Rounded, so that an edit far away does not change how this place is rounded to float32.
    centre = CENTRE_STEP_MM * np.round(mesh.points_lps_mm.mean(axis=0) / CENTRE_STEP_MM)
    here = (mesh.points_lps_mm - centre).astype(np.float32)
    there = np.empty_like(here)
    grow = 1.0 / (pass_band - 1.0 / SHRINK)

    for step in range(2 * rounds):
        _relaxed(here, start, link, SHRINK if step % 2 == 0 else grow, there)
        here, there = there, here
        progress(step + 1, 2 * rounds)
    return Mesh(here.astype(np.float64) + centre, mesh.triangles)


def _relaxed(
    here: relax.Points,
    start: relax.Index,
    link: relax.Index,
    factor: float,
    there: relax.Points,
) -> None:
    """Write one smoothing step of `here` into `there`."""

    def move(first: int, stop: int) -> None:
        """Move some points."""
        relax.laplace(here, start, link, factor, there, first, stop)

    each_slab(move, len(here), thick=POINTS_PER_SLAB)


@dataclass(slots=True, eq=False)
class _Left:
    """What is left of a mesh that is being thinned; held points stay where they are."""

    points: Points
    faces: Triangles
    costs: Points
    stuck: Flags
    is_held: Flags


def decimated(
    mesh: Mesh, triangles: int, progress: Progress = silent, is_held: Flags | None = None
) -> Mesh:
    """Return the mesh with about `triangles` triangles; the mesh itself when it has no more.

    Quadric edge collapse, see `segmentation.kernels.collapse`; 1.7 million to 150 000 triangles
    take about 2 s, and other threads run meanwhile. Closed stays closed, but edges may come to be
    shared by four triangles: for the screen only. State `largest_deviation_mm` wherever the result
    leaves it. More are left where no edge can go without turning a triangle over, and where points
    are held (N,).
    """
    if triangles >= len(mesh.triangles):
        return mesh
    centre = mesh.points_lps_mm.mean(axis=0)
    held = np.zeros(len(mesh.points_lps_mm), np.bool_) if is_held is None else is_held
    left = _begun(mesh.points_lps_mm - centre, mesh.triangles, held)
    _thin(left, triangles, progress)
    return Mesh(left.points + centre, left.faces)


def thinned_between(
    points: Points, triangles: Triangles, is_held: Flags, wanted_n: int
) -> tuple[Points, Flags, Triangles]:
    """Return a mesh with about `wanted_n` triangles whose held points all stay where they are.

    The mesh may be open where every point is held. In one thread, without a stop: for a brick of
    some ten thousand triangles. Returns the points, which of them are the held ones (in their
    order) and the triangles.
    """
    left = _begun(points, triangles, is_held)
    if wanted_n < len(triangles):
        _thin(left, wanted_n, silent)
    return left.points, left.is_held, left.faces


def _begun(points: Points, triangles: Triangles, is_held: Flags) -> _Left:
    """Return a mesh of which nothing is gone yet, with its quadrics."""
    costs = np.zeros((len(points), 10))
    left = _Left(points.copy(), triangles.copy(), costs, is_held.copy(), is_held)
    collapse.quadrics(left.points, left.faces, costs)
    x, y, z = points[is_held].T  # what moves away from a held point costs much
    for place in (0, 4, 7):
        costs[is_held, place] += HELD_COST
    for place, along in ((3, x), (6, y), (8, z)):
        costs[is_held, place] -= HELD_COST * along
    costs[is_held, 9] += HELD_COST * (x * x + y * y + z * z)
    return left


def _thin(left: _Left, wanted_n: int, progress: Progress) -> None:
    """Collapse edges in passes until about `wanted_n` triangles are left."""
    first_n = len(left.faces)
    for turn in range(PASSES_MAX):
        before_n = len(left.faces)
        _thin_once(left, wanted_n, progress)
        faces_n = len(left.faces)
        progress(first_n - faces_n, first_n - min(wanted_n, faces_n))
        if faces_n <= wanted_n or (before_n - faces_n < FEW_RATIO * before_n and turn % FREED):
            break
        if turn % FREED == 0:
            left.stuck[:] = left.is_held


def _thin_once(left: _Left, wanted_n: int, progress: Progress) -> None:
    """Collapse the cheapest edges, none of a held point."""
    points, faces, costs, stuck = left.points, left.faces, left.costs, left.stuck
    points_n = len(points)
    start = np.zeros(points_n + 1, np.int32)
    after, before = np.empty(faces.size, np.int32), np.empty(faces.size, np.int32)
    collapse.rings(faces, start, after, before)
    partner, number = np.empty(points_n, np.int32), np.arange(points_n, dtype=np.int32)

    def choose(first: int, stop: int) -> None:
        """Choose the partners of some points."""
        collapse.partners(points, costs, start, after, stuck, partner, first, stop)

    each_slab(choose, points_n, lambda _done, _total: progress(0, 1), POINTS_PER_SLAB)
    partner[left.is_held] = collapse.NOBODY
    most = max((len(faces) - wanted_n) // 2, 1)
    for first in range(0, points_n, POINTS_PER_SLAB):
        stop = min(first + POINTS_PER_SLAB, points_n)
        most -= collapse.collapse(
            *(points, costs, start, after, before, partner, stuck, number, most, first, stop)
        )
        progress(0, 1)
    left.is_held = left.is_held[number >= 0]
    points_n, faces_n = collapse.renumber(number, points, costs, stuck, faces)
    left.points, left.faces = points[:points_n], faces[:faces_n]
    left.costs, left.stuck = costs[:points_n], stuck[:points_n]


def largest_deviation_mm(original: Mesh, changed: Mesh, samples: int = SAMPLES_MAX) -> float:
    """Return the largest distance between two surfaces found at samples of both, in mm.

    Samples are points and triangle centres, at most `samples` a mesh, evenly strided, and exact;
    between samples the surfaces may lie further apart. Infinite when only one mesh is empty.
    """
    if not (original.triangles.size and changed.triangles.size):
        return 0.0 if original.triangles.size == changed.triangles.size else float("inf")
    there = distances_mm(_samples(original, samples), changed)
    back = distances_mm(_samples(changed, samples), original)
    return float(max(there.max(), back.max()))


def _samples(mesh: Mesh, limit: int) -> Points:
    """Return up to `limit` points and triangle centres of a mesh."""
    corners = mesh.points_lps_mm[np.unique(mesh.triangles)]
    chosen = np.concatenate([_thinned(corners, limit // 2), _thinned(_centres(mesh), limit // 2)])
    return np.ascontiguousarray(chosen)


def _thinned(points: Points, limit: int) -> Points:
    """Return every n-th point, at most `limit` of them."""
    return points[:: -(-len(points) // max(limit, 1))]


def _centres(mesh: Mesh) -> Points:
    """Return the centre of each triangle."""
    centres: Points = mesh.points_lps_mm[mesh.triangles].mean(axis=1)
    return centres


def distances_mm(samples_lps_mm: Points, mesh: Mesh) -> NDArray[np.float64]:
    """Return the distance (N,) of each sample (N, 3) to the mesh's triangles; exact.

    A grid of about one cell a triangle holds the triangles; a mesh without one is endlessly far.
    """
    if not mesh.triangles.size:
        return np.full(len(samples_lps_mm), np.inf)
    cells = cells_of(mesh)
    samples = np.ascontiguousarray(samples_lps_mm, np.float64)
    squares = np.empty(len(samples))

    def search(first: int, stop: int) -> None:
        """Search for some samples."""
        nearest.nearest_squares(samples, *cells, squares, first, stop)

    each_slab(search, len(samples), thick=SAMPLES_PER_SLAB)
    distances: NDArray[np.float64] = np.sqrt(squares)
    return distances


class Cells(NamedTuple):
    """A grid of cells over a mesh, and which triangles' boxes touch each: arguments of kernels."""

    points: Points
    triangles: Triangles
    low: Points
    cell_mm: float
    shape: NDArray[np.int32]
    start: NDArray[np.int64]
    entries: NDArray[np.int32]


def cells_of(mesh: Mesh) -> Cells:
    """Return the cells of a mesh that has triangles, about one a triangle."""
    points, triangles = mesh.points_lps_mm, mesh.triangles
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    cell_mm = float(max(_cell_mm(size, len(triangles)), CELL_MM_MIN))
    shape = (size / cell_mm).astype(np.int32) + np.int32(1)
    start = np.zeros(int(np.prod(shape, dtype=np.int64)) + 1, np.int64)
    where = (points, triangles, low, cell_mm, shape)
    nearest.sort_into_cells(*where, start, np.empty(0, np.int32))
    np.cumsum(start, out=start)
    entries = np.empty(start[-1], np.int32)
    nearest.sort_into_cells(*where, start, entries)
    return Cells(points, triangles, low, cell_mm, shape, start, entries)


def _cell_mm(size_mm: NDArray[np.float64], cells_n: int) -> float:
    """Return the side of `cells_n` cubes that fill a box, flat boxes included."""
    filled = np.maximum(size_mm, size_mm.max() / cells_n)
    return float(np.cbrt(np.prod(filled) / cells_n))
