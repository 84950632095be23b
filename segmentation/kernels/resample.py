"""A bit mask seen through an affine map of voxel indices: the nearest voxel, nothing between."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words, word_count
from segmentation.progress import Progress, silent

ROUNDING = 1e-6  # voxels: a centre between two voxels takes the higher one, also after rounding

Rows = NDArray[np.float64]


@kernel
def _pull(words: Words, ni: int, source_from_target: Rows, k0: int, k1: int, out: Words,
          out_ni: int) -> None:  # fmt: skip
    nk, nj = words.shape[0], words.shape[1]
    m = source_from_target
    half = 0.5 + ROUNDING
    for k in range(k0, k1):
        for j in range(out.shape[1]):
            start_k = m[0, 0] * k + m[0, 1] * j + m[0, 3] + half
            start_j = m[1, 0] * k + m[1, 1] * j + m[1, 3] + half
            start_i = m[2, 0] * k + m[2, 1] * j + m[2, 3] + half
            for w in range(out.shape[2]):
                word = U0
                for i in range(64 * w, min(64 * w + 64, out_ni)):
                    a = int(np.floor(start_k + m[0, 2] * i))
                    b = int(np.floor(start_j + m[1, 2] * i))
                    c = int(np.floor(start_i + m[2, 2] * i))
                    if 0 <= a < nk and 0 <= b < nj and 0 <= c < ni:
                        bit = (words[a, b, c >> 6] >> np.uint64(c & 63)) & U1
                        word |= bit << np.uint64(i & 63)
                out[k, j, w] = word


def pulled(
    words: Words,
    ni: int,
    source_from_target: Rows,
    shape_kji: tuple[int, int, int],
    progress: Progress = silent,
) -> Words:
    """Return words of an array of `shape_kji`: each voxel is the source's nearest to its image.

    `source_from_target` (3, 4) takes (k, j, i, 1) of the target to k, j, i of `words`, whose rows
    hold `ni` voxels. What falls outside of the source is not set.
    """
    nk, nj, out_ni = shape_kji
    out = np.empty((nk, nj, word_count(out_ni)), np.uint64)
    source, affine = read_only(words), read_only(np.ascontiguousarray(source_from_target))

    def pull(k0: int, k1: int) -> None:
        """Fill some slices."""
        _pull(source, ni, affine, k0, k1, out, out_ni)

    each_slab(pull, nk, progress)
    return out
