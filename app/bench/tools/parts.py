"""Ranges, parts, numbers, seeds and holes: what works on bits and their runs."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.bench.growing import SOFT_HU, seed_of
from app.bench.islands import filled_voids, itk_filled, largest_label
from app.bench.job import Call, Job, Peer
from app.bench.material import LOWER_HU, UPPER_HU, Material
from app.bench.peers import (
    bytes_of,
    itk_image,
    numpy_range,
    same_as_itk,
    same_voxels,
    simple_itk,
)
from app.bench.tools.words import binary_mib, same_as_itk_words, same_bits
from segmentation.effects.effect import SegmentView
from segmentation.effects.fill_holes import FillHoles
from segmentation.kernels import components
from segmentation.kernels.bits import unpacked, window
from segmentation.kernels.runs import runs_of
from segmentation.mask import Words
from segmentation.volume import Hu

NOISE_HU = 70
"""A good part of the phantom's muscle noise lies above: millions of runs."""
SEED_MS = 20.0
Labels = NDArray[np.integer]


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs on one CT."""
    yield from _ranges(material)
    yield from _numbers(material)
    yield from _seeds(material)
    view = SegmentView(material.volume, material.bone)
    yield Job(
        "fill holes",
        material.size,
        lambda: FillHoles().apply(view),
        (
            Peer("SimpleITK BinaryFillhole", partial(itk_filled, material), same_as_itk, 30.0),
            Peer("fill_voids fill", partial(filled_voids, material), same_voxels, 50.0),
        ),
        budget_mib=binary_mib(material),
    )


def _ranges(material: Material) -> Iterator[Job]:
    """Yield the range alone, and with its largest part."""
    hu, room = material.volume.hu, binary_mib(material)

    def itk() -> Call:
        """Prepare SimpleITK."""
        sitk, image = simple_itk(), itk_image(hu)
        return lambda: sitk.BinaryThreshold(image, LOWER_HU, UPPER_HU)

    yield Job(
        "range to bit mask",
        material.size,
        lambda: window(hu, LOWER_HU, UPPER_HU),
        (
            Peer("SimpleITK BinaryThreshold", itk, same_as_itk_words, 10.0),
            Peer(
                "NumPy, one compare",
                lambda: lambda: numpy_range(hu, LOWER_HU, UPPER_HU),
                same_bits,
                3.0,
            ),
        ),
        budget_mib=room,
    )
    yield Job(
        "range to largest part",
        material.size,
        lambda: components.largest(window(hu, LOWER_HU, UPPER_HU)),
        (
            Peer("SimpleITK, four filters", partial(itk_largest, hu), same_as_itk_words, 20.0),
            Peer("cc3d largest_k", partial(cc3d_largest_k, hu), same_bits, 20.0),
            Peer("cc3d connected_components", partial(cc3d_counted, hu), same_bits, 5.0),
        ),
        budget_mib=room,
    )


def itk_largest(hu: Hu) -> Call:
    """Prepare SimpleITK: range, labels, renumbered by size, the first one."""
    sitk, image = simple_itk(), itk_image(hu)

    def found() -> object:
        """Find it."""
        parts = sitk.ConnectedComponent(sitk.BinaryThreshold(image, LOWER_HU, UPPER_HU))
        return sitk.Equal(sitk.RelabelComponent(parts), 1)

    return found


def cc3d_largest_k(hu: Hu) -> Call:
    """Prepare NumPy's range and cc3d's own largest part."""
    import cc3d

    def found() -> NDArray[np.generic]:
        """Find it."""
        inside = numpy_range(hu, LOWER_HU, UPPER_HU)
        part: NDArray[np.generic] = cc3d.largest_k(inside, k=1, connectivity=6)
        return part

    return found


def cc3d_counted(hu: Hu) -> Call:
    """Prepare the quickest way with cc3d: NumPy's range, labels, counted inside only."""
    import cc3d

    def found() -> NDArray[np.bool_]:
        """Find it."""
        inside = numpy_range(hu, LOWER_HU, UPPER_HU)
        return largest_label(cc3d.connected_components(inside, connectivity=6), inside)

    return found


def _numbers(material: Material) -> Iterator[Job]:
    """Yield the parts' numbers, of bone and of a mask full of noise."""
    words = material.bone.to_words()
    ni = material.shape_kji[2]

    def itk() -> Call:
        """Prepare SimpleITK."""
        sitk, image = simple_itk(), itk_image(bytes_of(material.bone))
        return lambda: sitk.ConnectedComponent(image)

    def as_itk(ours: tuple[Labels, int], image: object) -> bool:
        """Compare with SimpleITK's numbers."""
        return same_parts(ours, simple_itk().GetArrayViewFromImage(image))

    yield Job(
        "parts to numbers",
        material.size,
        lambda: components.labelled(words, ni),
        (
            Peer("SimpleITK ConnectedComponent", itk, as_itk, 8.0),
            Peer("cc3d connected_components", partial(cc3d_numbers, words, ni), same_parts, 4.0),
        ),
        tolerance="the same parts, numbered in any order",
    )
    noisy = window(material.volume.hu, NOISE_HU, UPPER_HU)
    runs_n = runs_of(noisy).root.size / 1e6
    yield Job(
        f"parts to numbers, {runs_n:.1f} million runs",
        material.size,
        lambda: components.labelled(noisy, ni),
        (Peer("cc3d connected_components", partial(cc3d_numbers, noisy, ni), same_parts, 1.0),),
        tolerance="the same parts, numbered in any order",
    )


def cc3d_numbers(words: Words, ni: int) -> Call:
    """Prepare cc3d; of a boolean array it knows that it is one."""
    import cc3d

    voxels = unpacked(words, ni)
    return lambda: cc3d.connected_components(voxels, connectivity=6)


def same_parts(ours: tuple[Labels, int], labels: Labels) -> bool:
    """Return whether both found the same parts, whatever their numbers."""
    ids, n = ours
    theirs = np.zeros(n + 1, labels.dtype)
    theirs[ids] = labels  # one voxel of each part speaks for it
    is_one_to_one = theirs[0] == 0 and len(np.unique(theirs)) == n + 1
    return bool(is_one_to_one and np.array_equal(theirs[ids], labels))


def _seeds(material: Material) -> Iterator[Job]:
    """Yield the region of a seed, and what a further seed costs."""
    hu, seed = material.volume.hu, seed_of(material)
    seeds = np.array([seed], np.int64)
    k, j, i = seed

    def itk() -> Call:
        """Prepare SimpleITK."""
        sitk, image = simple_itk(), itk_image(hu)
        return lambda: sitk.ConnectedThreshold(image, [(i, j, k)], SOFT_HU, UPPER_HU)

    def skimage() -> Call:
        """Prepare scikit-image, whose tolerance has one width: it gets the range as a mask."""
        from skimage import segmentation

        flood: Callable[..., NDArray[np.bool_]] = segmentation.flood
        return lambda: flood(numpy_range(hu, SOFT_HU, UPPER_HU), seed, connectivity=1)

    soft = window(hu, SOFT_HU, UPPER_HU)
    region = components.at_seeds(soft, seeds)
    millions = int(np.bitwise_count(region).sum(dtype=np.int64)) / 1e6
    yield Job(
        f"region of a seed, {millions:.0f} million voxels",
        material.size,
        lambda: components.at_seeds(window(hu, SOFT_HU, UPPER_HU), seeds),
        (
            Peer("SimpleITK ConnectedThreshold", itk, same_as_itk_words, 40.0),
            Peer("scikit-image flood", skimage, same_bits, 15.0),
        ),
    )
    runs = runs_of(soft)
    nk, nj, ni = material.shape_kji
    further = np.array([seed, (nk // 2, nj // 2, ni // 2)], np.int64)
    yield Job(
        "a further seed",
        material.size,
        lambda: components.of_seeds(runs, further, soft.shape),
        budget_ms=SEED_MS,
    )
