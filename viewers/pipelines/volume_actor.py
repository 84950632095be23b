"""A volume drawn by the graphics card; processors use `volume_picture` instead."""

from dataclasses import dataclass
from typing import Any, Final

import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - registers the OpenGL classes
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolume, vtkVolumeProperty
from vtkmodules.vtkRenderingVolume import vtkGPUVolumeRayCastMapper

from segmentation.transfer import Transfer
from segmentation.volume import Volume

UNIT_MM: Final = 1.0  # opacities of a transfer are shares of light taken in one millimetre


@dataclass(frozen=True, slots=True, eq=False)
class VolumeActor:
    """What VTK draws, and what it was made from; it reads the volume's own memory."""

    key: tuple[Volume, str]
    prop: Any


def volume_actor(volume: Volume, transfer: Transfer) -> VolumeActor:
    """Return a volume as VTK draws it, in LPS mm, shaded."""
    grid = volume.grid
    image = vtkImageData()
    image.SetDimensions(*grid.shape_kji[::-1])
    image.SetSpacing(*grid.spacing_kji_mm[::-1])
    image.SetOrigin(*grid.origin_lps_mm)
    image.SetDirectionMatrix(*grid.direction.ravel())
    image.GetPointData().SetScalars(numpy_to_vtk(volume.hu.reshape(-1), deep=False))
    opacity, colour = vtkPiecewiseFunction(), vtkColorTransferFunction()
    for hu, ratio in transfer.opacity:
        opacity.AddPoint(hu, ratio)
    for hu, *rgb in transfer.colour:
        colour.AddRGBPoint(hu, *rgb)
    look = vtkVolumeProperty()
    look.SetScalarOpacity(opacity)
    look.SetColor(colour)
    look.SetScalarOpacityUnitDistance(UNIT_MM)
    look.SetInterpolationTypeToLinear()
    look.ShadeOn()
    mapper = vtkGPUVolumeRayCastMapper()
    mapper.SetInputData(image)
    prop = vtkVolume()
    prop.SetMapper(mapper)
    prop.SetProperty(look)
    return VolumeActor((volume, transfer.name), prop)
