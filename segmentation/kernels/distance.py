"""Exact Euclidean distance in mm from each voxel's centre to the nearest set voxel's centre.

Two sweeps along k over whole rows, then lower envelopes of parabolas along j and i inside one slice
(Felzenszwalb and Huttenlocher 2012, doi 10.4086/toc.2012.v008a019). That order never walks a
column whose stride is a slice. Envelopes are float64, the map is float32.

A distance between centres overstates the clearance to a surface by about half a voxel; what safety
hangs on is measured from the sub-voxel surface, or less the bound.
"""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U1, read_only
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

FAR = np.float32(1e18)  # squared mm of what no set voxel reaches
COLUMNS = 16  # taken together: whole cache lines
ROWS = 8  # swept together
STEPS_FAR = np.float32(1e9)
STEPS_NEAR = np.float32(1e8)

Map = NDArray[np.float32]
Line = NDArray[np.float64]


@kernel
def _step(steps: Map, row: Words) -> None:
    """Go one slice further: 0 on set voxels, one more elsewhere."""
    ni = steps.size
    for w in range(row.size):
        word, i0 = row[w], 64 * w
        if i0 + 64 <= ni:  # a fixed count: runs on vectors
            for b in range(64):
                is_set = (word >> np.uint64(b)) & U1
                steps[i0 + b] = np.float32(0.0) if is_set else steps[i0 + b] + np.float32(1.0)
        else:
            for b in range(ni - i0):
                is_set = (word >> np.uint64(b)) & U1
                steps[i0 + b] = np.float32(0.0) if is_set else steps[i0 + b] + np.float32(1.0)


@kernel
def _sweep(words: Words, spacing: float, j0: int, j1: int, out: Map) -> None:
    """Write squared mm along k to the nearest set voxel for rows j0 to j1."""
    nk, ni, mm = words.shape[0], out.shape[2], np.float32(spacing)
    steps = np.full((j1 - j0, ni), STEPS_FAR, np.float32)
    for k in range(nk):
        for j in range(j0, j1):
            _step(steps[j - j0], words[k, j])
            out[k, j] = steps[j - j0]
    steps[:] = STEPS_FAR
    for k in range(nk - 1, -1, -1):
        for j in range(j0, j1):
            back, o = steps[j - j0], out[k, j]
            _step(back, words[k, j])
            for i in range(ni):
                least = min(back[i], o[i])
                o[i] = (least * mm) * (least * mm) if least < STEPS_NEAR else FAR


@kernel
def _envelope(
    f: Line, n: int, s2: float, half: Line, at: NDArray[np.int64], turn: Line, out: Map
) -> None:
    """out[m] = least f[q] + s2 * (m - q)^2 over q, for one line; half[d] = 0.5 / d."""
    top, x = -1, 0.0
    for q in range(n):
        if f[q] >= FAR:
            continue
        height = f[q] / s2 + np.float64(q * q)
        while top >= 0:
            p = at[top]
            x = (height - (f[p] / s2 + np.float64(p * p))) * half[q - p]
            if x > turn[top]:
                break
            top -= 1
        top += 1
        at[top] = q
        turn[top] = -1e30 if top == 0 else x
    if top < 0:
        out[:n] = FAR
        return
    turn[top + 1] = 1e30
    top = 0
    for m in range(n):
        while turn[top + 1] < m:
            top += 1
        d = np.float64(m - at[top])
        out[m] = np.float32(f[at[top]] + s2 * d * d)


@kernel
def _slices(out: Map, spacing_j: float, spacing_i: float, k0: int, k1: int) -> None:
    """Bring slices k0 to k1 from squared mm along k to mm in all directions."""
    nj, ni = out.shape[1], out.shape[2]
    n = max(nj, ni)
    at, turn = np.empty(n, np.int64), np.empty(n + 1)
    half = 0.5 / np.maximum(np.arange(n), 1)
    # 8 and 16 more keep the columns off strides of a power of two.
    columns, result = np.empty((COLUMNS, nj + 8)), np.empty((COLUMNS, nj + 16), np.float32)
    row, line = np.empty(ni), np.empty(ni, np.float32)
    for k in range(k0, k1):
        for i0 in range(0, ni, COLUMNS):
            b = min(COLUMNS, ni - i0)
            for j in range(nj):
                for i in range(b):
                    columns[i, j] = out[k, j, i0 + i]
            for i in range(b):
                _envelope(columns[i], nj, spacing_j * spacing_j, half, at, turn, result[i])
            for j in range(nj):
                for i in range(b):
                    out[k, j, i0 + i] = result[i, j]
        for j in range(nj):
            o = out[k, j]
            for i in range(ni):
                row[i] = o[i]
            _envelope(row, ni, spacing_i * spacing_i, half, at, turn, line)
            for i in range(ni):
                o[i] = np.sqrt(line[i])


def distance_mm(
    words: Words,
    ni: int,
    spacing_kji_mm: tuple[float, float, float],
    progress: Progress = silent,
    out: Map | None = None,
) -> Map:
    """Return float32 mm [k, j, i] to the nearest set voxel, 0 on set voxels.

    Rows hold `ni` voxels. Without any set voxel all is infinite. Crop to the structure's box plus
    margin: a map of a whole scan is twice the scan's size. `out` (slices, rows, ni) is written and
    returned where it is given: memory that is used again costs no first touch.
    """
    source = read_only(words)
    target = np.empty((*words.shape[:2], ni), np.float32) if out is None else out
    sk, sj, si = (float(spacing) for spacing in spacing_kji_mm)
    if not words.any():
        target[:] = np.inf
        return target
    nk, nj = words.shape[:2]
    sweeps, planes = share(progress, 0.0, 0.2), share(progress, 0.2, 1.0)
    each_slab(lambda j0, j1: _sweep(source, sk, j0, j1, target), nj, sweeps, ROWS)
    each_slab(lambda k0, k1: _slices(target, sj, si, k0, k1), nk, planes)
    return target
