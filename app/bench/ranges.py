"""Ranges that are found or that depend on the place: Otsu, local mean, hysteresis."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import UPPER_HU, Material
from app.bench.peers import itk_image, numpy_range, same_as_itk, same_voxels, simple_itk
from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.hysteresis import Hysteresis
from segmentation.effects.local_threshold import LocalThreshold
from segmentation.effects.otsu import Otsu
from segmentation.kernels.local_mean import reach
from segmentation.mask import BitMask

PREVIEW_MS = 100.0
LOW_HU, CORE_HU = 150, 600
LOCAL_HU, OFFSET_HU, RADIUS_MM = 120, 60, 4.0
FIRST_HU, LAST_HU = -200, 1023
NO_HU = 32767


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    view = SegmentView(material.volume, material.nothing)
    for classes in (2, 3):
        effect = Otsu(FIRST_HU, LAST_HU, classes, 1)
        yield Job(
            f"Otsu, {classes} classes",
            material.size,
            partial(outcome, effect, view),
            (
                Peer(
                    "scikit-image threshold_multiotsu",
                    partial(skimage_otsu, material, classes),
                    lambda made, voxels: mostly_same(made.mask, voxels),
                ),
            ),
            budget_ms=PREVIEW_MS,
            tolerance="0.1 % of voxels: the peer joins values to 256 bins",
        )
    yield Job(
        "local threshold 4 mm, mean",
        material.size,
        lambda: LocalThreshold(LOCAL_HU, UPPER_HU, OFFSET_HU, RADIUS_MM, "even", NO_HU).apply(view),
        (
            Peer("scikit-image threshold_local", partial(skimage_local, material), mostly_same),
            Peer("SciPy uniform_filter, float32", partial(scipy_local, material), mostly_same),
            Peer("SimpleITK BoxMean", partial(itk_local, material), mostly_same_as_itk),
        ),
        budget_ms=PREVIEW_MS,
        tolerance="0.1 % of voxels: the peers round the mean",
    )
    yield Job(
        "local threshold 4 mm, Gaussian",
        material.size,
        lambda: LocalThreshold(LOCAL_HU, UPPER_HU, OFFSET_HU, RADIUS_MM, "gaussian").apply(view),
        budget_ms=PREVIEW_MS,
    )
    yield Job(
        "hysteresis",
        material.size,
        lambda: Hysteresis(LOW_HU, UPPER_HU, CORE_HU).apply(view),
        (
            Peer(
                "scikit-image apply_hysteresis_threshold",
                partial(skimage_hysteresis, material),
                same_voxels,
            ),
            Peer("SimpleITK DoubleThreshold", partial(itk_hysteresis, material), same_as_itk),
        ),
        budget_ms=PREVIEW_MS,
    )


def mostly_same(mask: BitMask, voxels: NDArray[np.bool_]) -> bool:
    """Return whether at most one voxel in a thousand differs."""
    return bool((mask.to_bool() != voxels).mean() <= 0.001)


def mostly_same_as_itk(mask: BitMask, image: object) -> bool:
    """Return whether at most one voxel in a thousand differs from an image of 0 and 1."""
    return mostly_same(mask, simple_itk().GetArrayViewFromImage(image) != 0)


def skimage_otsu(material: Material, classes: int) -> Call:
    """Prepare scikit-image: its search on the values of the range, then one compare."""
    from skimage import filters

    multi: Callable[..., NDArray[Any]] = filters.threshold_multiotsu
    hu = material.volume.hu

    def found() -> NDArray[np.bool_]:
        """Search and select."""
        inside = hu[numpy_range(hu, FIRST_HU, LAST_HU)]
        return numpy_range(hu, int(multi(inside, classes)[-1]) + 1, LAST_HU)

    return found


def skimage_local(material: Material) -> Call:
    """Prepare scikit-image."""
    from skimage import filters

    local: Callable[..., NDArray[Any]] = filters.threshold_local
    hu, size = material.volume.hu, box_size(material)

    def found() -> NDArray[np.bool_]:
        """Take the mean and compare."""
        level = local(hu, size, "mean", offset=-OFFSET_HU, mode="nearest")
        return (hu >= level) & numpy_range(hu, LOCAL_HU, UPPER_HU)

    return found


def scipy_local(material: Material) -> Call:
    """Prepare SciPy, whose box filter has a cost that doesn't follow the box either."""
    from scipy import ndimage

    hu, size = material.volume.hu, box_size(material)

    def found() -> NDArray[np.bool_]:
        """Take the mean and compare."""
        level = ndimage.uniform_filter(hu, size, np.float32, mode="nearest")
        is_high: NDArray[np.bool_] = hu >= level + np.float32(OFFSET_HU)
        return is_high & numpy_range(hu, LOCAL_HU, UPPER_HU)

    return found


def itk_local(material: Material) -> Call:
    """Prepare SimpleITK, whose mean is a whole number."""
    sitk, image = simple_itk(), itk_image(material.volume.hu)
    radius = [n // 2 for n in reversed(box_size(material))]

    def found() -> object:
        """Take the mean and compare."""
        high = sitk.GreaterEqual(image - sitk.BoxMean(image, radius), OFFSET_HU)
        return high & sitk.BinaryThreshold(image, LOCAL_HU, UPPER_HU)

    return found


def box_size(material: Material) -> tuple[int, ...]:
    """Return the box of the local mean in voxels."""
    return tuple(2 * n + 1 for n in reach(material.volume.grid.spacing_kji_mm, RADIUS_MM))


def skimage_hysteresis(material: Material) -> Call:
    """Prepare scikit-image, whose limits are not included."""
    from skimage import filters

    hysteresis: Callable[..., NDArray[np.bool_]] = filters.apply_hysteresis_threshold
    return lambda: hysteresis(material.volume.hu, LOW_HU - 1, CORE_HU - 1)


def itk_hysteresis(material: Material) -> Call:
    """Prepare SimpleITK."""
    sitk, image = simple_itk(), itk_image(material.volume.hu)
    return lambda: sitk.DoubleThreshold(image, LOW_HU, CORE_HU, UPPER_HU, UPPER_HU)


GROUP = Group("ranges", jobs)
