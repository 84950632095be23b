"""Surfaces: where HU cross a level, and smooth ones of a mask."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Job, Peer
from app.bench.material import LOWER_HU, UPPER_HU, Material
from app.bench.peers import bytes_of, vtk_image
from app.bench.surface import LEVEL_HU, TOLERANCE, TOLERANCE_MM, extracted, same_points
from segmentation.kernels.bits import window
from segmentation.mask import BitMask, Box
from segmentation.mesh import Mesh
from segmentation.nets import net_surfaces
from segmentation.surface import iso_surface

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

ROUNDS = 16
NETS_FLOOR = 2.0
ALIKE = 0.98


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs on one CT; the range belongs to the isosurface."""
    volume, shape_kji = material.volume, material.shape_kji

    def iso() -> Mesh:
        """Find the bone and its surface."""
        words = window(volume.hu, LOWER_HU, UPPER_HU)
        mask = BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
        return iso_surface(volume, mask, LEVEL_HU)

    def flying_edges() -> Call:
        """Prepare VTK."""
        image = vtk_image(volume.hu, volume)
        return lambda: extracted(image, LEVEL_HU)

    same = same_points if material.given is None else same_inside
    yield Job(
        "HU isosurface, range included",
        material.size,
        iso,
        (
            Peer("VTK vtkFlyingEdges3D", flying_edges, same, 4.0),
            Peer("scikit-image marching_cubes", partial(by_skimage, material), on_skimages, 20.0),
        ),
        tolerance=TOLERANCE,
    )
    yield Job(
        f"mask to smooth surface, {ROUNDS} rounds",
        material.size,
        lambda: net_surfaces(volume.grid, (material.part,), ROUNDS)[0],
        (
            Peer(
                f"VTK vtkSurfaceNets3D, {ROUNDS} rounds",
                partial(surface_nets, material),
                partial(same_net, max(volume.grid.spacing_kji_mm)),
                NETS_FLOOR if material.given is None else None,
            ),
        ),
        tolerance="as many triangles, all points within a voxel",
    )


def by_skimage(material: Material) -> Call:
    """Prepare scikit-image; its points are turned to LPS after the clock."""
    from skimage import measure

    grid = material.volume.grid
    cubes: Any = measure.marching_cubes

    def found() -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Find the surface."""
        points = cubes(material.volume.hu, LEVEL_HU, spacing=grid.spacing_kji_mm)[0]
        return points, grid.origin_lps_mm

    return found


def on_skimages(mesh: Mesh, found: tuple[NDArray[np.float32], NDArray[np.float64]]) -> bool:
    """Return whether scikit-image's points are ours, but for those few it adds inside cells."""
    from scipy.spatial import cKDTree

    points, origin = found
    away, _ = cKDTree(mesh.points_lps_mm).query(points[:, ::-1] + origin, workers=-1)
    return bool(np.quantile(away, ALIKE) <= TOLERANCE_MM)


def same_inside(mesh: Mesh, other: "vtkPolyData") -> bool:
    """Return whether each of VTK's points is one of ours: at the scan's rim it has none."""
    from scipy.spatial import cKDTree
    from vtkmodules.util.numpy_support import vtk_to_numpy

    theirs = vtk_to_numpy(other.GetPoints().GetData()).astype(np.float64)
    away, _ = cKDTree(mesh.points_lps_mm).query(theirs, workers=-1)
    return bool(away.max() <= TOLERANCE_MM)


def surface_nets(material: Material) -> Call:
    """Prepare VTK on the mask's bytes, with a rim of nothing: at a scan's edge it has no face."""
    from vtkmodules.vtkFiltersCore import vtkSurfaceNets3D

    voxels = np.pad(bytes_of(material.part), 1)
    image = vtk_image(voxels, material.volume)
    image.SetDimensions(*voxels.shape[::-1])
    image.SetOrigin(*material.volume.grid.lps_mm(np.array((-1.0, -1.0, -1.0))))

    def found() -> object:
        """Find the surface."""
        nets = vtkSurfaceNets3D()
        nets.SetInputData(image)
        nets.SetValue(0, 1)
        nets.SetSmoothing(True)
        nets.SetNumberOfIterations(ROUNDS)
        nets.SetOutputMeshTypeToTriangles()
        nets.Update()
        surface: object = nets.GetOutput()
        return surface

    return found


def same_net(voxel_mm: float, mesh: Mesh, other: "vtkPolyData") -> bool:
    """Return whether both nets have as many triangles, no point further than a voxel.

    Where two sheets touch in a corner, VTK has some points twice.
    """
    from scipy.spatial import cKDTree
    from vtkmodules.util.numpy_support import vtk_to_numpy

    if len(mesh.triangles) != other.GetNumberOfPolys():
        return False
    theirs = vtk_to_numpy(other.GetPoints().GetData()).astype(np.float64)
    away, _ = cKDTree(theirs).query(mesh.points_lps_mm, workers=-1)
    return bool(away.max() <= voxel_mm)
