"""The grey picture of a slice: trilinear samples of the volume, windowed to 8 bits."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Point
from segmentation.kernels.jit import inlined, kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import BitMask
from segmentation.volume import Hu, Volume
from viewers.pipelines.plane import Pixel, SlicePlane

Grey = NDArray[np.uint8]
Affine = NDArray[np.float64]
ROWS_PER_SLAB: Final = 128
REGION_SAMPLES: Final = 512


@dataclass(frozen=True, slots=True)
class Window:
    """Which HU are shown between black and white (DICOM PS3.3 C.11.2.1.3.2, LINEAR_EXACT)."""

    window_hu: float = 400.0
    level_hu: float = 40.0
    is_inverted: bool = False


def index_steps(grid: Grid, plane: SlicePlane, ratio: float) -> Affine:
    """Return three rows (k, j, i): index of the first pixel, step to the right, step down.

    `ratio` is samples per logical pixel.
    """
    pixels = (np.array(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))) + 0.5) / ratio
    ijk = grid.ijk(plane.lps_mm(pixels))
    return np.ascontiguousarray(np.array((ijk[0], ijk[1] - ijk[0], ijk[2] - ijk[0]))[:, ::-1])


def grey_picture(
    volume: Volume, plane: SlicePlane, window: Window, ratio: float = 1.0
) -> tuple[Grey, int]:
    """Return the slice as 8 bit grey of shape (rows, stride) and its width in device pixels.

    Samples are trilinear between voxel centres and constant in the outer half voxel; what lies
    outside the volume, and padding, is black also when inverted. Rows are padded to 4 bytes.
    """
    width = max(1, int(plane.size_px[0] * ratio))
    height = max(1, int(plane.size_px[1] * ratio))
    picture = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
    steps = index_steps(volume.grid, plane, ratio)
    scale = 255.0 / max(window.window_hu, 1e-3)
    low = window.level_hu - max(window.window_hu, 1e-3) / 2.0
    slope = -scale if window.is_inverted else scale
    shade = np.array((low, slope, 255.0 * window.is_inverted), np.float32)

    def fill(start: int, stop: int) -> None:
        """Fill some rows."""
        _reslice(volume.hu, steps, shade, picture[:, :width], start, stop)

    each_slab(fill, height, thick=ROWS_PER_SLAB)
    if volume.padding is not None and not volume.padding.is_empty:
        _blacken(volume.padding, steps, picture[:, :width])
    return picture, width


def _blacken(padding: BitMask, steps: Affine, picture: Grey) -> None:
    """Draw the padding black."""
    start = np.array((*padding.start_kj, 64 * padding.start_word), np.int64)
    _clear_set(padding.words, start, steps, picture)


@inlined
def _clip(at: float, step: float, size: int, first: int, last: int) -> tuple[int, int]:
    """Return the part of columns first..last (last not included) that lies in the axis.

    A voxel reaches half its size beyond its centre; an index that is no number lies outside.
    """
    low, high = -0.5 - at, size - 0.5 - at
    if step == 0.0:
        return (first, last) if low <= 0.0 and high >= 0.0 else (0, 0)
    a, b = low / step, high / step
    if a > b:
        a, b = b, a
    if not (a < last and b >= first):
        return 0, 0
    return max(first, int(np.ceil(max(a, -1.0)))), min(last, int(min(b, 1e6)) + 1)


@inlined
def _cell(position: float, size: int) -> tuple[int, int, np.float32]:
    """Return the lower neighbour of an index, the way to the upper one and its share."""
    held = min(max(position, 0.0), size - 1.0)
    low = min(int(held), max(size - 2, 0))
    return low, int(size > 1), np.float32(held - low)


@inlined
def _sample(flat: Hu, shape: tuple[int, int, int], k: float, j: float, i: float) -> np.float32:
    """Return the trilinear value at a position, clamped to the volume."""
    k0, up_k, fk = _cell(k, shape[0])
    j0, up_j, fj = _cell(j, shape[1])
    i0, up_i, fi = _cell(i, shape[2])
    right = np.uint64(up_i)
    at = np.uint64((k0 * shape[1] + j0) * shape[2] + i0)  # unsigned: no wrap-around test
    below = at + np.uint64(up_j * shape[2])
    a, b = np.float32(flat[at]), np.float32(flat[below])
    a += fi * (np.float32(flat[at + right]) - a)
    b += fi * (np.float32(flat[below + right]) - b)
    at += np.uint64(up_k * shape[1] * shape[2])
    below += np.uint64(up_k * shape[1] * shape[2])
    c, d = np.float32(flat[at]), np.float32(flat[below])
    c += fi * (np.float32(flat[at + right]) - c)
    d += fi * (np.float32(flat[below + right]) - d)
    a += fj * (b - a)
    c += fj * (d - c)
    return a + fk * (c - a)


@kernel
def _reslice(
    hu: Hu, steps: Affine, shade: NDArray[np.float32], picture: Grey, start: int, stop: int
) -> None:
    """Fill rows `start`..`stop`; `shade` holds the lowest HU shown, grey per HU, grey there."""
    flat = hu.reshape(-1)
    shape = hu.shape
    for row in range(start, stop):
        k = steps[0, 0] + row * steps[2, 0]
        j = steps[0, 1] + row * steps[2, 1]
        i = steps[0, 2] + row * steps[2, 2]
        first, last = _clip(k, steps[1, 0], shape[0], 0, picture.shape[1])
        first, last = _clip(j, steps[1, 1], shape[1], first, last)
        first, last = _clip(i, steps[1, 2], shape[2], first, last)
        for column in range(first, last):
            value = _sample(
                flat,
                shape,
                k + column * steps[1, 0],
                j + column * steps[1, 1],
                i + column * steps[1, 2],
            )
            value = shade[2] + (value - shade[0]) * shade[1]
            picture[row, column] = np.uint8(
                min(np.float32(255.0), max(np.float32(0.0), value)) + np.float32(0.5)
            )


@inlined
def _is_set(words: NDArray[np.uint64], k: int, j: int, i: int) -> bool:
    """Return a voxel of cropped words by its index in them; false outside."""
    if k < 0 or j < 0 or i < 0 or k >= words.shape[0] or j >= words.shape[1]:
        return False
    if i >= 64 * words.shape[2]:
        return False
    return (words[k, j, i >> 6] >> np.uint64(i & 63)) & np.uint64(1) != np.uint64(0)  # type: ignore[no-any-return]


@kernel
def _clear_set(
    words: NDArray[np.uint64], start: NDArray[np.int64], steps: Affine, picture: Grey
) -> None:
    """Set the pixels to 0 whose nearest voxel is in the mask."""
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            k = steps[0, 0] + column * steps[1, 0] + row * steps[2, 0]
            j = steps[0, 1] + column * steps[1, 1] + row * steps[2, 1]
            i = steps[0, 2] + column * steps[1, 2] + row * steps[2, 2]
            nearest_k = int(np.floor(k + 0.5)) - start[0]
            nearest_j = int(np.floor(j + 0.5)) - start[1]
            nearest_i = int(np.floor(i + 0.5)) - start[2]
            if _is_set(words, nearest_k, nearest_j, nearest_i):
                picture[row, column] = np.uint8(0)


def hu_at(volume: Volume, point_lps_mm: Point) -> int | None:
    """Return the HU of the voxel that holds a point, None outside the volume or in padding."""
    i, j, k = (int(n) for n in np.floor(volume.grid.ijk(point_lps_mm) + 0.5))
    if not all(0 <= n < size for n, size in zip((k, j, i), volume.grid.shape_kji, strict=True)):
        return None
    padding = volume.padding
    if padding is not None:
        dk, dj = k - padding.start_kj[0], j - padding.start_kj[1]
        di = i - 64 * padding.start_word
        if _is_set_in(padding.words, dk, dj, di):
            return None
    return int(volume.hu[k, j, i])


def _is_set_in(words: NDArray[np.uint64], k: int, j: int, i: int) -> bool:
    """Return a voxel of cropped words, outside a kernel."""
    nk, nj, nw = words.shape
    if not (0 <= k < nk and 0 <= j < nj and 0 <= i < 64 * nw):
        return False
    return bool(int(words[k, j, i >> 6]) >> (i & 63) & 1)


def region_hu(volume: Volume, plane: SlicePlane, a: Pixel, b: Pixel) -> Hu:
    """Return the HU (N,) of the voxels a slice shows between two corners, each once.

    Samples lie at most half the smallest spacing apart, 512 a side at most; what lies outside the
    volume, and padding, is left out.
    """
    step = min(volume.grid.spacing_kji_mm) / (2.0 * plane.mm_per_px)
    axes = [
        np.linspace(low, high, int(np.clip(abs(high - low) / step + 2.0, 2.0, REGION_SAMPLES)))
        for low, high in zip(a, b, strict=True)
    ]
    px = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    kji = np.floor(volume.grid.ijk(plane.lps_mm(px)) + 0.5).astype(np.int64)[:, ::-1]
    kji = np.unique(kji[((kji >= 0) & (kji < volume.grid.shape_kji)).all(axis=1)], axis=0)
    if volume.padding is not None:
        words, (k, j) = volume.padding.words, volume.padding.start_kj
        i = 64 * volume.padding.start_word
        kept = [not _is_set_in(words, v[0] - k, v[1] - j, v[2] - i) for v in kji.tolist()]
        kji = kji[np.array(kept, bool)]
    found: Hu = volume.hu[tuple(kji.T)]
    return found


def bone_centre_lps_mm(volume: Volume, bone_hu: int = 226) -> Point:
    """Return the middle of what is as dense as bone, or the grid's centre where nothing is.

    A mean over every fourth voxel, moved to the nearest voxel centre so that the first slices
    show measured values.
    """
    stride = tuple(4 if n > 16 else 1 for n in volume.grid.shape_kji)
    sparse = volume.hu[:: stride[0], :: stride[1], :: stride[2]]
    kji = np.argwhere(sparse >= bone_hu)
    if not len(kji):
        middle = (np.array(volume.grid.shape_kji) - 1) / 2.0
    else:
        middle = kji.mean(axis=0) * np.array(stride)
    return volume.grid.lps_mm(np.rint(middle)[::-1])
