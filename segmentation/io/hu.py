"""Stored pixel values to Hounsfield units: masked, sign-extended, rescaled slice by slice.

Rows GEO-10 and GEO-11. Halves are rounded away from zero. Voxels that were never measured (the
padding value or range of the header, and everything below -1024 HU, which no matter reaches)
become -1024 HU and are marked, so that nothing takes them for tissue (HAZ-14).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Shape
from segmentation.io.slice_header import PixelFormat
from segmentation.mask import BitMask, word_count
from segmentation.volume import Hu

AIR_HU: Final = -1024
HU_MIN: Final = -32768
HU_MAX: Final = 32767
SATURATION_HU: Final = 2976  # 4000 stored with the usual shift of 1024: metal, never bone
SATURATED_VOXELS: Final = 50

Stored = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """What one finished slice leaves behind: its padding as words [j, w] (None: none) and top."""

    padding: NDArray[np.uint64] | None
    top_hu: int


def stored_dtype(pixels: PixelFormat, *, big: bool = False) -> np.dtype[np.generic]:
    """Return the type in which the file holds its pixels."""
    kind = "i" if pixels.is_signed else "u"
    return np.dtype(f"{'>' if big else '<'}{kind}{pixels.bits_allocated // 8}")


def stored_values(raw: Stored, pixels: PixelFormat) -> Stored:
    """Return the stored values of raw pixels: bits beyond the stored ones removed.

    Foreign bits (overlays of group 60xx) are shifted out, the sign bit is extended. `raw` is
    returned itself where all its values lie in range, as they nearly always do.
    """
    allocated, stored, high = pixels.bits_allocated, pixels.bits_stored, pixels.high_bit
    if stored == allocated:
        return raw
    if high == stored - 1:
        least = -(1 << (stored - 1)) if pixels.is_signed else 0
        most = (1 << (stored - pixels.is_signed)) - 1
        if raw.min() >= least and raw.max() <= most:
            return raw
    shifted: Stored = (raw << (allocated - 1 - high)) >> (allocated - stored)
    return shifted.astype(raw.dtype)


def to_hu(stored: Stored, pixels: PixelFormat, out: Hu, file: str) -> Slab:
    """Write the HU of one slice to `out` [j, i]; `stored` may share its memory.

    Refuses `hu-out-of-range` where a measured value leaves -32768 to 32767.
    """
    padding = _padding(stored, pixels)
    if padding is not None:
        stored = stored.copy()
        # any measured value does: the place is overwritten below
        stored[padding] = _first_measured(stored, padding)
    low, high = int(stored.min()), int(stored.max())
    slope, intercept = pixels.slope, pixels.intercept
    ends = sorted((low * slope + intercept, high * slope + intercept))
    if ends[0] < HU_MIN - 0.5 or ends[1] >= HU_MAX + 0.5:
        raise Refusal("hu-out-of-range", file=file, least=round(ends[0]), most=round(ends[1]))
    if slope == 1.0 and intercept.is_integer() and stored.dtype.itemsize == 2:
        shift = np.int16((int(intercept) + 0x8000) % 0x10000 - 0x8000)
        if np.shares_memory(stored, out) and not shift:
            pass
        else:
            np.add(stored.view(np.int16), shift, out=out)
    elif slope.is_integer() and intercept.is_integer():
        out[...] = stored.astype(np.int64) * int(slope) + int(intercept)
    else:
        scaled = stored.astype(np.float64) * slope + intercept
        out[...] = np.trunc(scaled + np.copysign(0.5, scaled))
    return finish(out, padding)


def _padding(stored: Stored, pixels: PixelFormat) -> NDArray[np.bool_] | None:
    """Return where the header's padding values lie, None for nowhere."""
    if pixels.padding is None:
        return None
    low, high = pixels.padding
    marked: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return marked if marked.any() else None


def _first_measured(stored: Stored, padding: NDArray[np.bool_]) -> np.generic:
    """Return some measured value; of a slice without any, 0."""
    flat = np.flatnonzero(~padding.ravel())
    value: np.generic = stored.ravel()[flat[0]] if flat.size else stored.dtype.type(0)
    return value


def finish(hu: Hu, padding: NDArray[np.bool_] | None) -> Slab:
    """Set padding and everything below -1024 HU in `hu` to -1024; return what was marked."""
    marked = padding
    if int(hu.min()) < AIR_HU:
        low = hu < AIR_HU
        marked = low if padding is None else low | padding
    if marked is None:
        return Slab(None, int(hu.max()))
    hu[marked] = AIR_HU
    return Slab(pack(marked), int(hu.max()))


def pack(marked: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return the bits of a boolean slice [j, i] as words [j, w]."""
    nj, ni = marked.shape
    rows = np.zeros((nj, 8 * word_count(ni)), np.uint8)
    packed = np.packbits(marked, axis=-1, bitorder="little")
    rows[:, : packed.shape[1]] = packed
    return rows.view("<u8").astype(np.uint64, copy=False)


def padding_mask(slabs: list[Slab], shape_kji: Shape) -> BitMask | None:
    """Return the padding of all slices as one mask, None where there is none."""
    if all(slab.padding is None for slab in slabs):
        return None
    words = np.zeros((shape_kji[0], shape_kji[1], word_count(shape_kji[2])), np.uint64)
    for k, slab in enumerate(slabs):
        if slab.padding is not None:
            words[k] = slab.padding
    return BitMask.from_words(shape_kji, words)


def value_findings(hu: Hu, slabs: list[Slab], padding: BitMask | None) -> list[Finding]:
    """Return what the values themselves tell: padding, saturated metal."""
    findings = []
    if padding is not None:
        count = padding.voxels
        percent = round(100.0 * count / hu.size, 1)
        findings.append(Finding("padding-masked", Severity.INFO, {"percent": percent}))
    top = max(slab.top_hu for slab in slabs)
    if top >= SATURATION_HU:
        count = sum(int((hu[k] == top).sum()) for k, slab in enumerate(slabs) if slab.top_hu == top)
        if count >= SATURATED_VOXELS:
            values = {"top_hu": top, "count": count}
            findings.append(Finding("metal-saturated", Severity.WARN, values))
    return findings
