"""A small picture of a series: its middle slice in a window that suits most bodies."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.io.scan import SeriesFound

LOWEST_HU: Final = -160.0
HIGHEST_HU: Final = 640.0


def middle_slice(series: "SeriesFound", progress: Progress) -> NDArray[np.uint8] | None:
    """Return the grey values of the middle slice; None where a single one can't be read.

    The loader's own readers are used, so that a broken file harms nobody here either.
    """
    if series.stack is None:
        return None
    from segmentation.io.dicom_pixels import read_slices
    from segmentation.io.files import Shelf

    middle = series.stack.slices[len(series.stack.slices) // 2]
    if middle.pixels is None:
        return None
    hu = np.empty((1, middle.pixels.rows, middle.pixels.columns), np.int16)
    with Shelf() as shelf:
        read_slices([middle], np.zeros(1, np.intp), hu, shelf, progress)
    return grey(hu[0])


def grey(hu: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return HU as grey values, rows padded to a multiple of four as Qt wants them."""
    share = (hu.astype(np.float32) - LOWEST_HU) / (HIGHEST_HU - LOWEST_HU)
    flat = (np.clip(share, 0.0, 1.0) * 255.0).astype(np.uint8)
    return np.ascontiguousarray(np.pad(flat, ((0, 0), (0, -flat.shape[1] % 4))))


def image(pixels: NDArray[np.uint8]) -> QImage:
    """Return a picture that owns its pixels."""
    height, width = pixels.shape
    view = QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8)
    return view.copy()
