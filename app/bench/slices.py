"""The grey picture of a slice, from the volume to 8 bits."""

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import Material
from app.bench.peers import itk_image, simple_itk, vtk_image
from viewers.pipelines.plane import PlaneKind, SlicePlane, Triple, patient_plane, triple
from viewers.pipelines.slice import Grey, Window, grey_picture, index_steps

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkImageData

FRAME_MS = 16.0
PICTURE_PX = (512, 512)
WINDOW = Window(400.0, 40.0)
GREY_STEPS = 2  # VTK rounds HU between voxels and SimpleITK cuts them off; we keep the fraction
TOLERANCE = f"within {GREY_STEPS} greys of 255, inside the volume"


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    for name, plane in planes(material).items():
        likeness = Likeness(material, plane)
        yield Job(
            f"{name} slice",
            f"{PICTURE_PX[0]}x{PICTURE_PX[1]} of {material.size}",
            partial(grey_picture, material.volume, plane, WINDOW),
            (
                Peer("VTK vtkImageReslice", partial(by_vtk, material, plane), likeness.of_vtk),
                Peer("SimpleITK Resample", partial(by_itk, material, plane), likeness.of_itk),
            ),
            budget_ms=FRAME_MS,
            tolerance=TOLERANCE,
        )


def planes(material: Material) -> dict[str, SlicePlane]:
    """Return the slices that are drawn; half a voxel off centres, so that all interpolate."""
    grid = material.volume.grid
    centre = grid.centre_lps_mm + 0.25 * np.array(grid.spacing_kji_mm[::-1])
    mm_per_px = grid.spacing_kji_mm[2] * grid.shape_kji[2] / PICTURE_PX[0]
    right, down = turned(25.0, 15.0)
    return {
        "axial": patient_plane(PlaneKind.AXIAL, centre, mm_per_px, PICTURE_PX),
        "sagittal": patient_plane(PlaneKind.SAGITTAL, centre, mm_per_px, PICTURE_PX),
        "oblique": SlicePlane(PlaneKind.AXIAL, triple(centre), right, down, mm_per_px, PICTURE_PX),
    }


def turned(about_down_deg: float, about_axis_deg: float) -> tuple[Triple, Triple]:
    """Return right and down of an axial slice turned about two axes."""
    tilt, turn = math.radians(about_down_deg), math.radians(about_axis_deg)
    right = (math.cos(turn) * math.cos(tilt), math.sin(turn) * math.cos(tilt), math.sin(tilt))
    return right, (-math.sin(turn), math.cos(turn), 0.0)


def first_pixel(plane: SlicePlane) -> Triple:
    """Return the LPS mm of the centre of the picture's first pixel."""
    return triple(plane.lps_mm((0.5, 0.5)))


def by_vtk(material: Material, plane: SlicePlane) -> Call:
    """Prepare VTK: reslice, then window and level, in one pipeline that is kept.

    Only the pose changes from picture to picture, as in a viewer; it is set again each time.
    """
    from vtkmodules.vtkImagingColor import vtkImageMapToWindowLevelColors
    from vtkmodules.vtkImagingCore import vtkImageReslice

    reslice = vtkImageReslice()
    reslice.SetInputData(vtk_image(material.volume.hu, material.volume))
    reslice.SetOutputDimensionality(2)
    reslice.SetResliceAxesDirectionCosines(
        *plane.right, *plane.down, *np.cross(plane.right, plane.down)
    )
    reslice.SetInterpolationModeToLinear()
    reslice.SetOutputExtent(0, PICTURE_PX[0] - 1, 0, PICTURE_PX[1] - 1, 0, 0)
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetOutputSpacing(plane.mm_per_px, plane.mm_per_px, 1)
    reslice.SetBackgroundLevel(-1024)
    grey = vtkImageMapToWindowLevelColors()
    grey.SetInputConnection(reslice.GetOutputPort())
    grey.SetWindow(WINDOW.window_hu)
    grey.SetLevel(WINDOW.level_hu)
    grey.SetOutputFormatToLuminance()

    def drawn() -> object:
        """Draw."""
        reslice.SetResliceAxesOrigin(*first_pixel(plane))
        reslice.Modified()
        grey.Update()
        picture: object = grey.GetOutput()
        return picture

    return drawn


def by_itk(material: Material, plane: SlicePlane) -> Call:
    """Prepare SimpleITK: resample, then window to 8 bits."""
    sitk, grid = simple_itk(), material.volume.grid
    image = itk_image(material.volume.hu)
    sitk.Image.SetSpacing(image, grid.spacing_kji_mm[::-1])
    sitk.Image.SetOrigin(image, grid.origin_lps_mm.tolist())
    resample = sitk.ResampleImageFilter()
    resample.SetSize([*PICTURE_PX, 1])
    resample.SetOutputSpacing([plane.mm_per_px, plane.mm_per_px, 1.0])
    resample.SetOutputOrigin(first_pixel(plane))
    axes = np.column_stack([plane.right, plane.down, np.cross(plane.right, plane.down)])
    resample.SetOutputDirection(axes.ravel().tolist())
    resample.SetInterpolator(sitk.sitkLinear)
    resample.SetDefaultPixelValue(-1024)
    low = WINDOW.level_hu - WINDOW.window_hu / 2.0
    high = WINDOW.level_hu + WINDOW.window_hu / 2.0

    def drawn() -> object:
        """Draw."""
        grey = sitk.IntensityWindowing(resample.Execute(image), low, high, 0.0, 255.0)
        picture: object = sitk.Cast(grey, sitk.sitkUInt8)
        return picture

    return drawn


class Likeness:
    """Judges two pictures of one plane where both are told by voxels on all sides."""

    def __init__(self, material: Material, plane: SlicePlane) -> None:
        self._inside = inside(material, plane)

    def of_vtk(self, ours: tuple[Grey, int], image: "vtkImageData") -> bool:
        """Return whether VTK drew the same."""
        from vtkmodules.util.numpy_support import vtk_to_numpy

        theirs = vtk_to_numpy(image.GetPointData().GetScalars())
        return self._is_like(ours, theirs.reshape(PICTURE_PX[::-1]))

    def of_itk(self, ours: tuple[Grey, int], image: object) -> bool:
        """Return whether SimpleITK drew the same."""
        return self._is_like(ours, simple_itk().GetArrayViewFromImage(image)[0])

    def _is_like(self, ours: tuple[Grey, int], theirs: NDArray[np.integer]) -> bool:
        picture, width = ours
        apart = np.abs(picture[:, :width].astype(int) - theirs.astype(int))[self._inside]
        return bool(apart.size > 0 and apart.max() <= GREY_STEPS)


def inside(material: Material, plane: SlicePlane) -> NDArray[np.bool_]:
    """Return the pixels [row, column] that lie between voxel centres on all axes."""
    first, right, down = index_steps(material.volume.grid, plane, 1.0)
    rows, columns = np.mgrid[: PICTURE_PX[1], : PICTURE_PX[0]][..., None]
    kji = first + columns * right + rows * down
    last = np.array(material.shape_kji) - 1
    between: NDArray[np.bool_] = ((kji >= 0.0) & (kji <= last)).all(axis=-1)
    return between


GROUP = Group("slices", jobs)
