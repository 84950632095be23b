"""The surface of a segment for the screen: smoothed and light, never measured."""

from typing import Final

import numpy as np

from planning.case.case import Segment
from segmentation.look import PASS_BAND, smoothed
from segmentation.mesh import Mesh
from segmentation.progress import Progress, share, silent
from segmentation.recipe import edge_hu
from segmentation.surface import iso_surface
from segmentation.thinning import KeptBricks, brick_thinned
from segmentation.volume import Volume
from viewers.pipelines.coverage import FULL, coverage

TRIANGLES: Final = 150_000
ROUNDS: Final = 10
TERRACED_ROUNDS: Final = 40
TERRACED_BAND: Final = 0.02
SPECK: Final = 100
STEPS_PER_MM: Final = 65536.0


def segment_mesh(
    volume: Volume, segment: Segment, progress: Progress = silent, kept: KeptBricks | None = None
) -> Mesh:
    """Return what the 3D view shows of a segment, in LPS mm; `progress` may stop it.

    The surface lies where the recipe's HU range ends. Where it names none, terraces of voxels are
    smoothed away: it lies where half of the mask is left after a Gaussian of one voxel. With the
    bricks `kept` from the segment's last surface it comes sooner, with the same bytes.
    """
    smooth = smooth_surface(volume, segment, share(progress, 0.0, 2 / 3))
    return brick_thinned(smooth, TRIANGLES, kept, share(progress, 2 / 3, 1.0))


def smooth_surface(
    volume: Volume,
    segment: Segment,
    progress: Progress = silent,
    rounds_max: int = TERRACED_ROUNDS,
) -> Mesh:
    """Return a segment's surface as the 3D view shows it, with all its triangles."""
    surface, is_terraced = _surface(volume, segment, share(progress, 0.0, 0.5))
    rounds, band = (TERRACED_ROUNDS, TERRACED_BAND) if is_terraced else (ROUNDS, PASS_BAND)
    if len(surface.triangles) <= SPECK:
        rounds = 0  # it would shrink to nothing
    rounds = min(rounds, rounds_max)
    return smoothed(surface, rounds, share(progress, 0.5, 1.0), band)


def _surface(volume: Volume, segment: Segment, progress: Progress) -> tuple[Mesh, bool]:
    """Return the segment's surface before it is made light, and whether voxels show in it."""
    edge = edge_hu(segment.recipe)
    if edge is None and not segment.mask.is_empty:
        covered = coverage(volume.grid, segment.mask, share(progress, 0.0, 0.5))
        if covered is not None:
            made = iso_surface(*covered, FULL / 2.0 - 0.5, share(progress, 0.5, 1.0))
            # The block begins where the mask does: rounded, a point is the same in any block.
            points = np.round(made.points_lps_mm * STEPS_PER_MM) / STEPS_PER_MM
            return Mesh(points, made.triangles), True
    return iso_surface(volume, segment.mask, edge, progress), False
