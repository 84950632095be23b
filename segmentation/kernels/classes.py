"""The best split of a histogram into classes: Otsu's for two, Liao's for more, found exactly.

The variance between classes is a sum over classes, and the best last border moves on with the end
of what is split. So the borders follow from n log n sums instead of a search over all tuples of
borders, and no bins are joined. Liao, Chen, Chung 2001, J. Inf. Sci. Eng. 17:713-727.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Floats = NDArray[np.float64]
Borders = NDArray[np.int64]


@kernel
def _gain(weight: Floats, moment: Floats, a: int, b: int) -> float:
    """Return what the class of values a to b (not included) adds to the variance between."""
    m = moment[b] - moment[a]
    gain: float = m * m / (weight[b] - weight[a])
    return gain


@kernel
def _next_class(weight: Floats, moment: Floats, part: int, before: Floats, best: Floats,
                border: Borders) -> None:  # fmt: skip
    """Find for every end b the best start of class number `part` (from 0) that ends there.

    `before[a]` is the best for the first a values in `part` classes. Ends are taken in the order
    of a binary search: the best start of each lies between those of its neighbours.
    """
    n, step = weight.size - 1, 1
    while step <= n:
        step *= 2
    while step >= 1:
        for b in range(step, n + 1, 2 * step):
            low = max(border[b - step], part)
            high = border[b + step] if b + step <= n else b - 1
            top = -1.0
            for a in range(low, min(high, b - 1) + 1):
                value = before[a] + _gain(weight, moment, a, b)
                if value > top:
                    top, border[b] = value, a
            best[b] = top
        step //= 2


@kernel
def _split(weight: Floats, moment: Floats, classes: int) -> Borders:
    n = weight.size - 1
    best = np.empty((classes, n + 1))
    border = np.zeros((classes, n + 1), np.int64)
    best[0, 0] = 0.0
    for b in range(1, n + 1):
        best[0, b] = _gain(weight, moment, 0, b)
    for part in range(1, classes):
        best[part, : part + 1] = -1.0
        _next_class(weight, moment, part, best[part - 1], best[part], border[part])
    out = np.empty(classes - 1, np.int64)
    end = n
    for part in range(classes - 1, 0, -1):
        end = border[part, end]
        out[part - 1] = end
    return out


def split(values: Floats, counts: NDArray[np.int64], classes: int) -> Borders:
    """Return where classes 2, 3, ... begin: indices into `values` with most variance between.

    `values` (n,) ascend, `counts` (n,) are above 0, 1 <= classes <= n. Where several splits are
    equally good but for rounding, one of them.
    """
    weight, moment = np.zeros((2, values.size + 1))
    np.cumsum(counts, out=weight[1:])
    # Around the mean the squares are small, and little is lost to rounding.
    mean = np.average(values, weights=counts)
    np.cumsum(counts * (values - mean), out=moment[1:])
    return _split(weight, moment, classes)
