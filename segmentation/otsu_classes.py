"""The ranges of HU into which a volume's values fall by Otsu."""

import numpy as np

from segmentation.errors import Refusal
from segmentation.kernels.bits import HU_MIN
from segmentation.kernels.classes import split
from segmentation.kernels.histogram import Counts, discount, histogram
from segmentation.progress import Progress, silent
from segmentation.volume import Volume


def class_ranges(
    volume: Volume, bounds_hu: tuple[int, int], classes: int, progress: Progress = silent
) -> tuple[tuple[int, int], ...]:
    """Return the range of each class, both bounds included, from the least dense to the densest.

    Together they are `bounds_hu`. Each border lies in the middle of the values on both sides.
    Values outside and padding take no part. Refuses fewer values than classes.
    """
    lower_hu, upper_hu = bounds_hu
    counts = _counts(volume, progress)[lower_hu - HU_MIN : upper_hu - HU_MIN + 1]
    taken = np.flatnonzero(counts)
    if taken.size < classes:
        raise Refusal(
            "otsu-values-too-few",
            values=int(taken.size),
            classes=classes,
            lower_hu=lower_hu,
            upper_hu=upper_hu,
        )
    values = taken + lower_hu
    first = split(values.astype(np.float64), counts[taken], classes)
    starts = ((values[first - 1] + values[first]) // 2 + 1).tolist()
    return tuple(zip([lower_hu, *starts], [*(n - 1 for n in starts), upper_hu], strict=True))


def _counts(volume: Volume, progress: Progress) -> Counts:
    """Return how often each value from -32768 to 32767 occurs."""
    padding = volume.padding
    counts = histogram(volume.hu, progress)
    if padding is not None and padding.words.size:
        box = padding.box
        discount(counts, volume.hu, padding.words, (box.k0, box.j0, 64 * box.w0))
    return counts
