"""The parts of a segment: the largest one, and its holes filled."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import Material
from app.bench.peers import bytes_of, itk_image, same_as_itk, same_voxels, simple_itk
from segmentation.effects.effect import SegmentView
from segmentation.effects.fill_holes import FillHoles
from segmentation.effects.islands import Islands

PREVIEW_MS = 100.0


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    view = SegmentView(material.volume, material.bone)
    yield Job(
        "keep the largest part",
        material.size,
        lambda: Islands("largest").apply(view),
        (
            Peer("SimpleITK ConnectedComponent", lambda: itk_largest(material), same_as_itk),
            Peer("cc3d connected_components", lambda: cc3d_largest(material), same_voxels),
            Peer("scikit-image label", lambda: skimage_largest(material), same_voxels),
        ),
        budget_ms=PREVIEW_MS,
    )
    yield Job(
        "fill holes",
        material.size,
        lambda: FillHoles().apply(view),
        (
            Peer("SimpleITK BinaryFillhole", lambda: itk_filled(material), same_as_itk),
            Peer("fill_voids fill", lambda: filled_voids(material), same_voxels),
        ),
        budget_ms=PREVIEW_MS,
    )


def largest_label(labels: NDArray[np.integer], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels of the label that has most of them.

    Only labels inside the segment are counted: eight times quicker than to count the background
    too, or than cc3d's own statistics.
    """
    largest: NDArray[np.bool_] = labels == np.argmax(np.bincount(labels[inside]))
    return largest


def itk_largest(material: Material) -> Call:
    """Prepare SimpleITK: labels, renumbered by size, the first one."""
    sitk, image = simple_itk(), itk_image(bytes_of(material.bone))
    return lambda: sitk.Equal(sitk.RelabelComponent(sitk.ConnectedComponent(image)), 1)


def cc3d_largest(material: Material) -> Call:
    """Prepare cc3d: labels and their sizes, several times quicker than its `largest_k`."""
    import cc3d

    inside = material.bone.to_bool()
    voxels = inside.view(np.uint8)
    return lambda: largest_label(cc3d.connected_components(voxels, connectivity=6), inside)


def skimage_largest(material: Material) -> Call:
    """Prepare scikit-image."""
    from skimage import measure

    label: Callable[..., NDArray[np.integer]] = measure.label
    inside = material.bone.to_bool()
    return lambda: largest_label(label(inside, connectivity=1), inside)


def itk_filled(material: Material) -> Call:
    """Prepare SimpleITK."""
    sitk, image = simple_itk(), itk_image(bytes_of(material.bone))
    return lambda: sitk.BinaryFillhole(image)


def filled_voids(material: Material) -> Call:
    """Prepare fill_voids."""
    import fill_voids  # type: ignore[import-untyped]

    voxels = bytes_of(material.bone)
    return lambda: fill_voids.fill(voxels)


GROUP = Group("islands", jobs)
