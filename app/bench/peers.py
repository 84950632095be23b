"""What several groups ask of the peers: the CT as they hold it, and words against their arrays.

Nothing of a peer is imported before it is asked for.
"""

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segmentation.mask import BitMask
from segmentation.volume import Hu, Volume

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkImageData

Voxels = NDArray[np.uint8]


def simple_itk() -> ModuleType:
    """Return SimpleITK; ImportError where it isn't installed."""
    import SimpleITK

    return SimpleITK


def itk_image(voxels: NDArray[np.generic]) -> object:
    """Return an array [k, j, i] as SimpleITK holds it, in voxel units."""
    image: object = simple_itk().GetImageFromArray(voxels)
    return image


def same_as_itk(mask: BitMask, image: object) -> bool:
    """Return whether a mask and an image of 0 and other values hold the same voxels."""
    return same_voxels(mask, simple_itk().GetArrayViewFromImage(image))


def same_voxels(mask: BitMask, voxels: NDArray[np.generic]) -> bool:
    """Return whether a mask and an array [k, j, i] hold the same voxels."""
    return bool(np.array_equal(mask.to_bool(), voxels != 0))


def bytes_of(mask: BitMask) -> Voxels:
    """Return the mask as uint8 [k, j, i] of 0 and 1."""
    return mask.to_bool().view(np.uint8)


def numpy_range(hu: Hu, lower_hu: int, upper_hu: int) -> NDArray[np.bool_]:
    """Return the range by NumPy in one compare: quicker than two compares and an `and`."""
    span = np.uint16(upper_hu - lower_hu)
    within: NDArray[np.bool_] = (hu - np.int16(lower_hu)).view(np.uint16) <= span
    return within


def vtk_image(voxels: NDArray[np.generic], volume: Volume) -> "vtkImageData":
    """Return an array [k, j, i] as VTK holds it, on the volume's origin and spacing."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(*volume.grid.shape_kji[::-1])
    image.SetSpacing(*volume.grid.spacing_kji_mm[::-1])
    image.SetOrigin(*volume.grid.origin_lps_mm)
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1)))
    return image
