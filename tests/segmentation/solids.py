"""Plain phantoms from formulas, and looks at meshes, for the tests of surfaces and pictures."""

import numpy as np
import vtkmodules.util.numpy_support as vtk_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import (
    vtkCellArray,
    vtkImageData,
    vtkPolyData,
)
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.volume import Volume

THIN = (1.0, 0.7, 0.7)
CUBE_CORNERS = np.array([(c & 1, c >> 1 & 1, c >> 2) for c in range(8)], np.float64)
CUBE_TRIANGLES = np.array(
    [
        *[(0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4)],
        *[(2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)],
    ],
    np.int32,
)


def grid(shape_kji, spacing_kji_mm=THIN, origin=(0.0, 0.0, 0.0), direction=None) -> Grid:
    direction = np.eye(3) if direction is None else direction
    return Grid(shape_kji, np.array(origin), spacing_kji_mm, direction, "1.2.3")


def ball(
    radius_mm, spacing_kji_mm=THIN, inside=1000, outside=0, off_mm=(0.07, -0.21, 0.13), room_mm=4.0
):
    """Return a ball with partial volume (1000 sub-samples a voxel) and its centre in LPS mm."""
    shape = tuple(int(2 * (radius_mm + room_mm) / s) + 1 for s in spacing_kji_mm)
    spacing = np.array(spacing_kji_mm)
    middle = (np.array(shape) - 1) / 2 * spacing + np.array(off_mm)[::-1]
    k, j, i = (np.arange(n) * s - m for n, s, m in zip(shape, spacing, middle, strict=True))
    steps = (np.arange(10) + 0.5) / 10 - 0.5
    filled = np.zeros(shape)
    for dk in steps * spacing[0]:
        for dj in steps * spacing[1]:
            for di in steps * spacing[2]:
                square = (k + dk)[:, None, None] ** 2 + (j + dj)[:, None] ** 2 + (i + di) ** 2
                filled += square <= radius_mm**2
    hu = np.round(outside + (inside - outside) * filled / 1000).astype(np.int16)
    return Volume(hu, grid(shape, spacing_kji_mm)), middle[::-1].copy()


def over(volume: Volume, hu) -> BitMask:
    return BitMask.from_bool(volume.hu >= hu)


def cube(side_mm=100.0, corner=(-340.25, 512.5, -1203.125)) -> Mesh:
    return Mesh(CUBE_CORNERS * side_mm + np.array(corner), CUBE_TRIANGLES)


def edges_used_twice(mesh: Mesh) -> int:
    pairs = np.concatenate([mesh.triangles[:, [a, (a + 1) % 3]] for a in range(3)]).astype(np.int64)
    return int((np.unique(pairs @ [1 << 32, 1], return_counts=True)[1] > 1).sum())


def areas_mm2(mesh: Mesh):
    a, b, c = (mesh.points_lps_mm[mesh.triangles[:, n]] for n in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def vtk_image(volume: Volume) -> vtkImageData:
    image = vtkImageData()
    image.SetDimensions(*volume.grid.shape_kji[::-1])
    image.SetSpacing(*volume.grid.spacing_kji_mm[::-1])
    image.GetPointData().SetScalars(vtk_numpy.numpy_to_vtk(volume.hu.ravel(), deep=True))
    return image


def vtk_polydata(mesh: Mesh) -> vtkPolyData:
    points, cells, polydata = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetDataTypeToDouble()
    points.SetData(vtk_numpy.numpy_to_vtk(mesh.points_lps_mm, deep=True))
    flat = mesh.triangles.ravel().astype(np.int64)
    cells.SetData(3, vtk_numpy.numpy_to_vtkIdTypeArray(flat, deep=True))
    polydata.SetPoints(points)
    polydata.SetPolys(cells)
    return polydata


def vtk_distances_mm(mesh: Mesh, points_lps_mm):
    distance = vtkImplicitPolyDataDistance()
    distance.SetInput(vtk_polydata(mesh))
    return np.abs([distance.EvaluateFunction(point) for point in points_lps_mm])
