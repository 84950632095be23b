"""Surfaces light enough for a headset, each with how far it lies from the accepted one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.case.case import Segment
from planning.exchange.exporter import Handover
from planning.measures.surfaces import Accepted
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal
from segmentation.look import decimated, distances_mm, largest_deviation_mm, smoothed
from segmentation.mesh import Mesh, Triangles
from segmentation.progress import Progress, share

TRIANGLES_MAX: Final = 150_000
SURFACE_TRIANGLES: Final = 130_000
"""What surfaces are thinned to; the rest is for paths, planes and landmarks."""
LEAST_TRIANGLES: Final = 2_000
IN_PLAN_WEIGHT: Final = 3
DEVIATION_MM_MAX: Final = 4.0
ROUNDS: Final = 10
SPECK: Final = 100
SAMPLES_MAX: Final = 100_000
PIECE_TRIANGLES: Final = 12
"""No piece of a surface has fewer, unless it had: one that vanished would be a place left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """A segment's light surface, and how far it and the accepted one lie apart at most, in mm."""

    segment: Segment
    mesh: Mesh
    deviation_mm: float


def thinned_segments(handover: Handover, progress: Progress) -> tuple[Thinned, ...]:
    """Return the light surface of each segment with voxels, in their order.

    What only a mask tells is smoothed first, so that voxels don't show. What the plan speaks of
    gets a larger share of the triangles.

    Raises
    ------
    Refusal
        `ar-surface-far` when a surface can't be thinned that much, `ar-scene-too-large`.
    """
    case = handover.case
    solid = [segment for segment in case.segments if not segment.mask.is_empty]
    meshes: list[Accepted] = []
    for n, segment in enumerate(solid):
        part = share(progress, 0.4 * n / len(solid), 0.4 * (n + 1) / len(solid))
        meshes.append(handover.surfaces.of(case, segment, part))
    wanted = targets(handover, solid, [len(one.surface.mesh.triangles) for one in meshes])
    found: list[Thinned] = []
    for n, (segment, accepted) in enumerate(zip(solid, meshes, strict=True)):
        start = 0.4 + 0.6 * n / len(solid)
        part = share(progress, start, start + 0.6 / len(solid))
        found.append(thinned(segment, accepted, wanted[n], part))
    return tuple(found)


def targets(handover: Handover, solid: Sequence[Segment], sizes: Sequence[int]) -> list[int]:
    """Return how many triangles each surface may have; a zone draws its segment once more."""
    plan = handover.case.plan
    in_plan = {one for item in plan.items for one in item.segment_ids}
    zones = [one.segment_id for one in plan.of(NoGoZone)]
    times = [1 + zones.count(segment.id) for segment in solid]
    weights = [
        size * (IN_PLAN_WEIGHT if segment.id in in_plan else 1)
        for segment, size in zip(solid, sizes, strict=True)
    ]
    least = min(LEAST_TRIANGLES, SURFACE_TRIANGLES // (2 * max(sum(times), 1)))
    rest = SURFACE_TRIANGLES - least * sum(times)
    whole = sum(weight * n for weight, n in zip(weights, times, strict=True))
    return [
        min(size, least + rest * weight // max(whole, 1))
        for size, weight in zip(sizes, weights, strict=True)
    ]


def thinned(segment: Segment, accepted: Accepted, triangles: int, progress: Progress) -> Thinned:
    """Return an accepted surface with about as many triangles, its deviation rounded up.

    Raises
    ------
    Refusal
        `ar-surface-far` when it would lie more than 4 mm from the accepted surface.
    """
    whole = accepted.surface.mesh
    rounds = ROUNDS if accepted.is_mask_only and len(whole.triangles) > SPECK else 0
    light = piecewise_decimated(smoothed(whole, rounds), triangles, share(progress, 0.0, 0.6))
    deviation_mm = deviation_between_mm(whole, light)
    progress(1, 1)
    if not deviation_mm <= DEVIATION_MM_MAX:
        raise Refusal(
            "ar-surface-far",
            segment=segment.name,
            deviation_mm=round(deviation_mm, 1),
            limit_mm=DEVIATION_MM_MAX,
        )
    return Thinned(segment, light, deviation_mm)


def piecewise_decimated(mesh: Mesh, triangles: int, progress: Progress) -> Mesh:
    """Return a mesh with about as many triangles in which each separate piece is still there.

    Thinned as one, small pieces cost least and vanish first: a stray island, the end of a vessel
    that voxels cut off. Each piece is thinned by itself, to its share and to 12 triangles at least.
    """
    labels = pieces(mesh)
    counts = np.bincount(labels)
    if triangles >= len(labels) or len(counts) == 1:
        return decimated(mesh, triangles, progress)
    kept_n = int(counts[counts <= PIECE_TRIANGLES].sum())
    ratio = max(triangles - kept_n, 0) / max(len(labels) - kept_n, 1)
    wanted = np.maximum((counts * ratio).astype(np.int64), PIECE_TRIANGLES)
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(counts)
    found: list[Mesh] = []
    for n, (end, count) in enumerate(zip(ends, counts, strict=True)):
        piece = only(mesh, mesh.triangles[order[end - count : end]])
        found.append(decimated(piece, int(wanted[n])))
        progress(n + 1, len(counts))
    starts = np.cumsum([0, *(len(one.points_lps_mm) for one in found)])
    return Mesh(
        np.concatenate([one.points_lps_mm for one in found]),
        np.concatenate([one.triangles + start for one, start in zip(found, starts, strict=False)])
        .astype(np.int32),
    )  # fmt: skip


def pieces(mesh: Mesh) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the number (N,) of the piece that each triangle belongs to; pieces share no point."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - the window starts without scipy
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    first, second, third = mesh.triangles.T
    rows, columns = np.concatenate([first, second]), np.concatenate([second, third])
    n = len(mesh.points_lps_mm)
    links = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    _, of_points = connected_components(links, directed=False)
    _, of_triangles = np.unique(of_points[first], return_inverse=True)
    return of_triangles.astype(np.int32)


def only(mesh: Mesh, triangles: Triangles) -> Mesh:
    """Return the mesh of some of the triangles, with the points that they use."""
    used, again = np.unique(triangles, return_inverse=True)
    return Mesh(mesh.points_lps_mm[used], again.reshape(triangles.shape).astype(np.int32))


def deviation_between_mm(whole: Mesh, light: Mesh) -> float:
    """Return how far two surfaces lie apart at most, rounded up to 0.001 mm.

    Looked for both ways: at up to 100,000 points and middles of triangles of either, and at each
    point of the light one.
    """
    both_mm = largest_deviation_mm(whole, light, SAMPLES_MAX)
    each_mm = float(distances_mm(light.points_lps_mm, whole).max())
    return math.ceil(1000.0 * max(both_mm, each_mm)) / 1000.0
