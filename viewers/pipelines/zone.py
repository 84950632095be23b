"""What a no-go zone takes up: its segment grown by its margin, as voxels and as a surface."""

from planning.case.case import Segment, SegmentId
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.morphology import grown
from segmentation.progress import Progress, silent
from segmentation.volume import Volume
from viewers.pipelines.segment_mesh import segment_mesh


def zone_region(
    grid: Grid, mask: BitMask, margin_mm: float, progress: Progress = silent
) -> BitMask:
    """Return the voxels within `margin_mm` of the mask's, by a true ball on any spacing."""
    if margin_mm <= 0.0:
        return mask
    return grown(mask, grid.spacing_kji_mm, margin_mm, progress)


def zone_mesh(volume: Volume, region: BitMask, progress: Progress = silent) -> Mesh:
    """Return the surface of a region for the screen, in LPS mm."""
    return segment_mesh(volume, Segment(SegmentId("zone"), "zone", region, "#FF5A5A"), progress)
