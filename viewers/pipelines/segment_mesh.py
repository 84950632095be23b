"""The surface of a segment for the screen: smoothed and light, never measured."""

from typing import Final

from planning.case.case import Segment
from segmentation.look import PASS_BAND, decimated, smoothed
from segmentation.mesh import Mesh
from segmentation.progress import Progress, share, silent
from segmentation.recipe import edge_hu
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from viewers.pipelines.coverage import FULL, coverage

TRIANGLES: Final = 150_000
ROUNDS: Final = 10
TERRACED_ROUNDS: Final = 40
TERRACED_BAND: Final = 0.02
SPECK: Final = 100


def segment_mesh(volume: Volume, segment: Segment, progress: Progress = silent) -> Mesh:
    """Return what the 3D view shows of a segment, in LPS mm; `progress` may stop it.

    The surface lies where the recipe's HU range ends. Where it names none, terraces of voxels are
    smoothed away: it lies where half of the mask is left after a Gaussian of one voxel.
    """
    surface, is_terraced = _surface(volume, segment, share(progress, 0.0, 1 / 3))
    rounds, band = (TERRACED_ROUNDS, TERRACED_BAND) if is_terraced else (ROUNDS, PASS_BAND)
    if len(surface.triangles) <= SPECK:
        rounds = 0  # it would shrink to nothing
    smooth = smoothed(surface, rounds, share(progress, 1 / 3, 2 / 3), band)
    return decimated(smooth, TRIANGLES, share(progress, 2 / 3, 1.0))


def _surface(volume: Volume, segment: Segment, progress: Progress) -> tuple[Mesh, bool]:
    """Return the segment's surface before it is made light, and whether voxels show in it."""
    edge = edge_hu(segment.recipe)
    if edge is None and not segment.mask.is_empty:
        covered = coverage(volume.grid, segment.mask, share(progress, 0.0, 0.5))
        if covered is not None:
            return iso_surface(*covered, FULL / 2.0 - 0.5, share(progress, 0.5, 1.0)), True
    return iso_surface(volume, segment.mask, edge, progress), False
