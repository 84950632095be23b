"""The voxels of a volume inside a range of HU; what the scanner never measured is in none."""

from segmentation.errors import Refusal
from segmentation.kernels.bits import window
from segmentation.mask import Box, Words
from segmentation.progress import Progress, silent
from segmentation.volume import Volume


def require_range(lower_hu: int, upper_hu: int) -> None:
    """Refuse a range whose lower bound lies above its upper one."""
    if lower_hu > upper_hu:
        raise Refusal("range-empty", lower_hu=lower_hu, upper_hu=upper_hu)


def without_padding(volume: Volume, words: Words) -> Words:
    """Take what the scanner never measured out of whole-grid `words`, in place (HAZ-14)."""
    padding = volume.padding
    if padding is not None and padding.words.size:
        part = Box.whole(volume.grid.shape_kji).view(words, padding.box)
        part &= ~padding.words
    return words


def in_range(volume: Volume, lower_hu: int, upper_hu: int, progress: Progress = silent) -> Words:
    """Return new whole-grid words of lower_hu <= HU <= upper_hu, padding left out."""
    return without_padding(volume, window(volume.hu, lower_hu, upper_hu, progress))
