"""Surfaces: where the HU cross a level, and round the voxels of a segment."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import LOWER_HU, Material
from app.bench.peers import bytes_of, vtk_image
from segmentation.mesh import Mesh
from segmentation.surface import iso_surface

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

LEVEL_HU = LOWER_HU - 0.5
TOLERANCE_MM = 0.002
TOLERANCE = f"same points within {TOLERANCE_MM} mm"


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    volume, bone = material.volume, material.bone

    def flying_edges() -> Call:
        """Prepare VTK on the HU."""
        image = vtk_image(volume.hu, volume)
        return lambda: extracted(image, LEVEL_HU)

    def flying_edges_of_mask() -> Call:
        """Prepare VTK on the mask's bytes."""
        image = vtk_image(bytes_of(bone), volume)
        return lambda: extracted(image, 0.5)

    yield Job(
        "surface where HU cross a level",
        material.size,
        lambda: iso_surface(volume, bone, LEVEL_HU),
        (Peer("VTK vtkFlyingEdges3D", flying_edges, same_points),),
        tolerance=TOLERANCE,
    )
    yield Job(
        "surface of a mask",
        material.size,
        lambda: iso_surface(volume, bone, None),
        (Peer("VTK vtkFlyingEdges3D", flying_edges_of_mask, same_points),),
        tolerance=TOLERANCE,
    )


def extracted(image: object, level: float) -> object:
    """Return VTK's surface: points and triangles only, as ours."""
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    filter_ = vtkFlyingEdges3D()
    filter_.SetInputData(image)
    filter_.SetValue(0, level)
    filter_.ComputeNormalsOff()
    filter_.ComputeGradientsOff()
    filter_.ComputeScalarsOff()
    filter_.Update()
    surface: object = filter_.GetOutput()
    return surface


def same_points(mesh: Mesh, other: "vtkPolyData") -> bool:
    """Return whether both surfaces have as many points, each within the tolerance of the other."""
    from scipy.spatial import cKDTree
    from vtkmodules.util.numpy_support import vtk_to_numpy

    theirs: NDArray[np.float64] = vtk_to_numpy(other.GetPoints().GetData()).astype(np.float64)
    if len(theirs) != len(mesh.points_lps_mm):
        return False
    far, _ = cKDTree(mesh.points_lps_mm).query(theirs, workers=-1)
    back, _ = cKDTree(theirs).query(mesh.points_lps_mm, workers=-1)
    return bool(max(far.max(), back.max()) <= TOLERANCE_MM)


GROUP = Group("surface", jobs)
