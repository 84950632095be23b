"""Labels of voxels into bit masks: counts, boxes and words."""

import numpy as np

from planning.phantoms.tables import Ints
from segmentation.kernels.jit import kernel
from segmentation.mask import Words

Labels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]


@kernel
def survey_slice(labels: Labels, k: int, boxes: Ints) -> None:
    """Count the labels of slice `k` in `boxes[k]` (256, 5): count, first and last j, i."""
    _, ny, nx = labels.shape
    for j in range(ny):
        for i in range(nx):
            row = boxes[k, labels[k, j, i]]
            if row[0] == 0:
                row[1], row[2], row[3], row[4] = j, j, i, i
            row[0] += 1
            row[2] = j
            row[3], row[4] = min(row[3], i), max(row[4], i)


@kernel
def pack_label(labels: Labels, value: int, k0: int, j0: int, w0: int, words: Words) -> None:
    """Set the bits of voxels labelled `value` in `words`, whose corner is (k0, j0, 64 * w0)."""
    nx = labels.shape[2]
    for k in range(words.shape[0]):
        for j in range(words.shape[1]):
            for w in range(words.shape[2]):
                start = 64 * (w0 + w)
                bits = np.uint64(0)
                for i in range(start, min(start + 64, nx)):
                    if labels[k0 + k, j0 + j, i] == value:
                        bits |= np.uint64(1) << np.uint64(i - start)
                words[k, j, w] = bits
