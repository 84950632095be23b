"""Surfaces light enough for a headset, each with how far it lies from the accepted one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planning.case.case import Segment
from planning.exchange.exporter import Handover
from planning.measures.surfaces import Accepted
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal
from segmentation.finish import deviation_between_mm
from segmentation.look import smoothed
from segmentation.mesh import Mesh
from segmentation.pieces import piecewise_decimated
from segmentation.progress import Progress, share

TRIANGLES_MAX: Final = 150_000
SURFACE_TRIANGLES: Final = 130_000
"""What surfaces are thinned to; the rest is for paths, planes and landmarks."""
LEAST_TRIANGLES: Final = 2_000
IN_PLAN_WEIGHT: Final = 3
DEVIATION_MM_MAX: Final = 4.0
ROUNDS: Final = 10
SPECK: Final = 100


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
