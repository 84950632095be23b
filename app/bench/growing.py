"""Region growing: what hangs together with a seed inside a range of HU."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import UPPER_HU, Material
from app.bench.peers import itk_image, numpy_range, same_as_itk, same_voxels, simple_itk
from segmentation.effects.effect import SegmentView
from segmentation.effects.grow import Grow

PREVIEW_MS = 100.0
SOFT_HU = -60


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    volume = material.volume
    view = SegmentView(volume, material.nothing)
    seed_kji = seed_of(material)
    k, j, i = seed_kji
    x, y, z = (float(n) for n in volume.grid.lps_mm(np.array((i, j, k))))

    def itk() -> Call:
        """Prepare SimpleITK."""
        sitk, image = simple_itk(), itk_image(volume.hu)
        return lambda: sitk.ConnectedThreshold(image, [(i, j, k)], SOFT_HU, UPPER_HU)

    def skimage() -> Call:
        """Prepare scikit-image, whose tolerance has one width: it gets the range as a mask."""
        from skimage import segmentation

        flood: Callable[..., NDArray[np.bool_]] = segmentation.flood
        return lambda: flood(numpy_range(volume.hu, SOFT_HU, UPPER_HU), seed_kji, connectivity=1)

    yield Job(
        "grow from a seed",
        material.size,
        lambda: Grow(SOFT_HU, UPPER_HU, ((x, y, z),)).apply(view),
        (
            Peer("SimpleITK ConnectedThreshold", itk, same_as_itk),
            Peer("scikit-image flood", skimage, same_voxels),
        ),
        budget_ms=PREVIEW_MS,
    )


def seed_of(material: Material) -> tuple[int, int, int]:
    """Return a voxel inside the range: the one nearest to the middle of the lowest slices."""
    k = min(5, material.shape_kji[0] // 2)
    inside: NDArray[np.intp] = np.argwhere(material.volume.hu[k] >= SOFT_HU)
    middle = np.array(material.shape_kji[1:]) / 2.0
    j, i = inside[np.abs(inside - middle).sum(axis=1).argmin()].tolist()
    return k, j, i


GROUP = Group("growing", jobs)
