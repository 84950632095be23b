"""Machine instructions against Python's own integers."""

import numpy as np

from segmentation.kernels.intrinsics import ctz, popcount
from segmentation.kernels.jit import kernel


@kernel
def counts(words, out):
    for n in range(words.size):
        out[n, 0] = ctz(words[n])
        out[n, 1] = popcount(words[n])


def test_bits_are_counted_as_python_counts_them():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 64, 200, np.uint64)
    words = np.concatenate([words, words & -words.astype(np.int64).view(np.uint64)])
    words = np.concatenate([words, np.array([0, 1, 1 << 63, (1 << 64) - 1], np.uint64)])
    out = np.empty((words.size, 2), np.int64)
    counts(words, out)
    for word, (trailing, ones) in zip(words.tolist(), out.tolist(), strict=True):
        assert ones == word.bit_count()
        assert trailing == ((word & -word).bit_length() - 1 if word else 64)
