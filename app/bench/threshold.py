"""A range of HU to a segment, the whole volume."""

from collections.abc import Iterator

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import LOWER_HU, UPPER_HU, Material
from app.bench.peers import itk_image, numpy_range, same_as_itk, same_voxels, simple_itk
from segmentation.effects.effect import SegmentView
from segmentation.effects.threshold import Threshold

PREVIEW_MS = 100.0


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    view = SegmentView(material.volume, material.nothing)

    def itk() -> Call:
        """Prepare SimpleITK."""
        sitk, image = simple_itk(), itk_image(material.volume.hu)
        return lambda: sitk.BinaryThreshold(image, LOWER_HU, UPPER_HU)

    def numpy() -> Call:
        """Prepare NumPy."""
        return lambda: numpy_range(material.volume.hu, LOWER_HU, UPPER_HU)

    yield Job(
        "range of HU",
        material.size,
        lambda: Threshold(LOWER_HU, UPPER_HU).apply(view),
        (
            Peer("SimpleITK BinaryThreshold", itk, same_as_itk),
            Peer("NumPy, one compare", numpy, same_voxels),
        ),
        budget_ms=PREVIEW_MS,
    )


GROUP = Group("threshold", jobs)
