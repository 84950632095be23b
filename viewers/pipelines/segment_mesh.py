"""The surface of a segment for the screen: smoothed and light, never measured."""

from typing import Final

from planning.case.case import Segment
from segmentation.look import decimated, smoothed
from segmentation.mesh import Mesh
from segmentation.progress import Progress, silent
from segmentation.recipe import edge_hu
from segmentation.surface import iso_surface
from segmentation.volume import Volume

TRIANGLES: Final = 150_000
ROUNDS: Final = 10


def segment_mesh(volume: Volume, segment: Segment, progress: Progress = silent) -> Mesh:
    """Return what the 3D view shows of a segment, in LPS mm; `progress` may stop it.

    The surface lies where the recipe's HU range ends, or between voxels where it names none.
    """
    surface = iso_surface(volume, segment.mask, edge_hu(segment.recipe), progress)
    return decimated(smoothed(surface, ROUNDS, progress), TRIANGLES)
