"""The pixels of a stack as HU in one array: read straight into it where they are plain.

Uncompressed slices are read by this process, since that is our own bounded code; compressed ones
go through the decoder processes. Threads share the work; each writes only its own slices.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Cancelled, Refusal
from segmentation.io.decode import DecoderPool, shared_pool, worker_count
from segmentation.io.deflated import INFLATED_BYTES_MAX, inflated
from segmentation.io.dicom_header import BIG_ENDIAN, DEFLATED, read_elements
from segmentation.io.encapsulated import capsule
from segmentation.io.files import Shelf
from segmentation.io.hu import Slab, Stored, stored_dtype, stored_values, to_hu
from segmentation.io.slice_header import PixelFormat, SliceHeader
from segmentation.io.syntaxes import NATIVE
from segmentation.progress import Progress
from segmentation.volume import Hu


def read_slices(
    slices: Sequence[SliceHeader],
    slots: NDArray[np.intp],
    hu: Hu,
    shelf: Shelf,
    progress: Progress,
) -> list[Slab]:
    """Write the HU of each slice to `hu[slot]`; return what each left behind, in order.

    Refuses what is truncated, broken, changed since the scan or out of range; `Unavailable` for
    files that went away. `progress` may raise `Cancelled`: the threads then stop at once.
    """
    stop = threading.Event()
    pool = shared_pool()

    def one(number: int) -> Slab:
        """Read slice `number` unless the work was stopped."""
        if stop.is_set():
            raise Cancelled
        return _read_one(slices[number], hu[slots[number]], shelf, pool)

    slabs = []
    with ThreadPoolExecutor(worker_count()) as threads:
        waiting = [threads.submit(one, number) for number in range(len(slices))]
        try:
            for done, future in enumerate(waiting, start=1):
                slabs.append(future.result())
                progress(done, len(slices))
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
    return slabs


def _read_one(header: SliceHeader, out: Hu, shelf: Shelf, pool: DecoderPool) -> Slab:
    """Write the HU of one slice."""
    pixels, name = header.pixels, header.name
    assert pixels is not None
    if _is_plain(pixels) and not (header.ref.member and header.dicom_frame):
        shelf.read_into(header.ref, pixels.offset, out.data.cast("B"))
        raw: Stored = out.view(stored_dtype(pixels))
    elif pixels.syntax in NATIVE:
        raw = _unusual(header, pixels, shelf)
    else:
        shelf.check(header.ref)
        raw = pool.frame(pixels, header.photometric, pixel_bytes(header, shelf), name)
    return to_hu(stored_values(raw, pixels), pixels, out, name)


def _is_plain(pixels: PixelFormat) -> bool:
    """Return whether the bytes of the file are the bytes of an int16 array on this machine."""
    in_place = pixels.syntax in NATIVE and pixels.syntax not in (DEFLATED, BIG_ENDIAN)
    return in_place and pixels.bits_allocated == 16 and np.little_endian


def _unusual(header: SliceHeader, pixels: PixelFormat, shelf: Shelf) -> Stored:
    """Return uncompressed pixels of another width or byte order, or of a deflated file."""
    shelf.check(header.ref)
    data = pixel_bytes(header, shelf)
    if len(data) != pixels.plain_bytes:
        raise Refusal("pixels-truncated", file=header.name)
    kind = stored_dtype(pixels, big=pixels.syntax == BIG_ENDIAN)
    values = np.frombuffer(data, kind).reshape(pixels.rows, pixels.columns)
    return values.astype(kind.newbyteorder("="))


def pixel_bytes(header: SliceHeader, shelf: Shelf) -> bytes:
    """Return the stored bytes of the pixels: the plain ones, or the encapsulated value."""
    pixels, ref = header.pixels, header.ref
    assert pixels is not None
    if pixels.fragments:
        return capsule([_piece(header, shelf, at, count) for at, count in pixels.fragments])
    count = pixels.plain_bytes if pixels.length >= 0 else ref.size - pixels.offset
    return _piece(header, shelf, pixels.offset, count)


def _piece(header: SliceHeader, shelf: Shelf, at: int, count: int) -> bytes:
    """Return bytes of a file; what can't be read in pieces is unpacked once for all frames."""
    ref, pixels = header.ref, header.pixels
    assert pixels is not None
    if header.dicom_frame is None:
        if pixels.is_deflated:
            return _inflated(header, shelf, at, count)
        return shelf.piece(ref, at, count)
    if pixels.is_deflated:
        whole = shelf.held(ref, lambda: _inflated(header, shelf, 0, INFLATED_BYTES_MAX))
    elif ref.member:
        whole = shelf.held(ref, lambda: shelf.piece(ref, 0, ref.size))
    else:
        return shelf.piece(ref, at, count)
    return whole[at : at + count]


def _inflated(header: SliceHeader, shelf: Shelf, at: int, count: int) -> bytes:
    """Return bytes of a deflated data set."""
    ref = header.ref
    elements = read_elements(lambda n: shelf.head(ref, n), ref.size)
    if elements is None or elements.deflated_at < 0:
        raise Refusal("file-changed", file=header.name)
    try:
        return inflated(
            lambda start, n: shelf.piece(ref, start, n), elements.deflated_at, at, count
        )
    except ValueError as error:
        raise Refusal("pixels-broken", file=header.name) from error
