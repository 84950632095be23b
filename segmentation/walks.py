"""Which side a voxel belongs to by random walks over values: who is reached first.

The chance to reach the inside first solves a linear system, one line a voxel (Grady 2006, doi
10.1109/TPAMI.2006.233). Conjugate gradients stop between rounds, and sums are NumPy's, so that
the answer doesn't depend on how many threads a library takes.
"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.ball import Spacing
from segmentation.progress import Progress, silent

if TYPE_CHECKING:
    from scipy.sparse import csr_array

OPEN: Final = 0
INSIDE: Final = 1
OUTSIDE: Final = 2
UNUSED: Final = -1
TOLERANCE: Final = 1e-4
ROUNDS_MOST: Final = 3000
# Between voxels of any difference there is a little way, and a little pull to what a voxel was.
LEAST_WEIGHT: Final = 1e-6
PULL: Final = 1e-7

Labels = NDArray[np.int8]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def walked(
    hu: NDArray[np.int16],
    labels: Labels,
    was: Bools,
    spacing_kji_mm: Spacing,
    edge_hu: float,
    progress: Progress = silent,
) -> Bools:
    """Return which voxels are inside, where the `OPEN` ones are more likely to end there.

    A step between neighbours has the weight exp(-d^2 / (2 edge^2)), d the difference of HU, divided
    by the squared length of the step. `UNUSED` voxels are never entered; they and open ones that no
    walk leaves stay what they were. All arrays have one shape [k, j, i].
    """
    number = np.full(labels.shape, -1, np.int64)
    is_open = labels == OPEN
    number[is_open] = np.arange(int(is_open.sum()))
    lines, ends, weights, gain, sums = _steps(hu, labels, number, spacing_kji_mm, edge_hu)
    sums += PULL
    gain += PULL * was[is_open]
    inside = np.where(is_open, was, np.where(labels == UNUSED, was, labels == INSIDE))
    if sums.size:
        # scipy takes a while to import: not before somebody needs it.
        from scipy.sparse import csr_array  # noqa: PLC0415

        pairs = csr_array((weights, (lines, ends)), shape=(sums.size, sums.size))
        start = was[is_open].astype(np.float64)
        inside[is_open] = _solved(pairs, sums, gain, start, progress) >= 0.5
    return inside


def _steps(
    hu: NDArray[np.int16], labels: Labels, number: Ints, spacing_kji_mm: Spacing, edge_hu: float
) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Return steps between open voxels, and for each the weight to the inside and to all sides."""
    open_n = int((labels == OPEN).sum())
    gain, sums = np.zeros((2, open_n))
    lines, ends, weights = [], [], []
    least_mm = min(spacing_kji_mm)
    for axis in range(3):
        low = [slice(None)] * 3
        high = list(low)
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        away = hu[tuple(high)].astype(np.float64) - hu[tuple(low)]
        weight = np.exp(-(away**2) / (2.0 * edge_hu**2)) + LEAST_WEIGHT
        weight *= (least_mm / spacing_kji_mm[axis]) ** 2
        for a, b in ((tuple(low), tuple(high)), (tuple(high), tuple(low))):
            is_step = (labels[a] == OPEN) & (labels[b] != UNUSED)
            line, to, w = number[a][is_step], labels[b][is_step], weight[is_step]
            sums += np.bincount(line, w, open_n)
            gain += np.bincount(line[to == INSIDE], w[to == INSIDE], open_n)
            lines.append(line[to == OPEN])
            ends.append(number[b][is_step][to == OPEN])
            weights.append(w[to == OPEN])
    return np.concatenate(lines), np.concatenate(ends), np.concatenate(weights), gain, sums


def _solved(
    pairs: "csr_array", sums: Floats, gain: Floats, start: Floats, progress: Progress
) -> Floats:
    """Return x with sums * x - pairs @ x = gain, by conjugate gradients scaled by `sums`."""
    x = start.copy()
    rest = gain - (sums * x - pairs @ x)
    scaled = rest / sums
    way, product = scaled.copy(), float((rest * scaled).sum())
    enough = TOLERANCE**2 * max(float((gain**2 / sums).sum()), 1e-30)
    for n in range(ROUNDS_MOST):
        if product <= enough:
            break
        image = sums * way - pairs @ way
        step = product / float((way * image).sum())
        x += step * way
        rest -= step * image
        scaled = rest / sums
        before, product = product, float((rest * scaled).sum())
        way = scaled + product / before * way
        progress(n + 1, ROUNDS_MOST)
    return x
