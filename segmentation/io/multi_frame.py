"""Enhanced multi-frame CT: every frame as a slice of its own, placed by its functional groups.

Row GEO-12: the rules for slices hold for frames. The order of frames and their indices place
nothing; indices only tell frames apart that lie at the same place.
"""

import struct
from dataclasses import replace
from typing import Final

from segmentation.io.dicom_header import LENGTH_TABLE, OFFSET_TABLE, Elements
from segmentation.io.element_walk import FRAMES_MAX, Broken
from segmentation.io.encapsulated import Fragment, Read, by_frame, fragments
from segmentation.io.files import FileRef
from segmentation.io.functional_groups import (
    FRAME_ACQUISITION,
    FRAME_TYPE,
    INDEX_VALUES,
    ORIENTATION,
    POSITION,
    SPACING,
    STACK,
    TEMPORAL_INDEX,
    VOLUMETRIC,
    Values,
    frame_values,
    phase_dimensions,
)
from segmentation.io.slice_header import CT_IMAGE, DicomFrame, SliceHeader, plain_text, read_slice

ENHANCED: Final = frozenset({CT_IMAGE + ".1", CT_IMAGE + ".2"})
_FRAMES: Final = 0x00280008
_PRESENTATION: Final = 0x00089205
_CONCATENATION, _PART, _PARTS, _FIRST = 0x00209161, 0x00209162, 0x00209163, 0x00209228
_OF_FRAMES: Final = frozenset({
    _FRAMES, POSITION, ORIENTATION, SPACING, 0x00180050, 0x00180088, 0x00281052, 0x00281053,
    0x00281054, 0x00200012, 0x00200013, 0x00200100,
})  # fmt: skip


def read_frames(elements: Elements, ref: FileRef, read: Read) -> tuple[SliceHeader, ...]:
    """Return every frame of an enhanced CT as a slice; `read(at, n)` gives bytes of the file.

    A file whose frames can't be told is one slice without a place, with the fault that says so.
    """
    common = {tag: value for tag, value in elements.values.items() if tag not in _OF_FRAMES}
    try:
        frames = frame_values(elements)
        count = _count(elements, len(frames))
        pieces = _pieces(elements, ref, count, read)
    except Broken as broken:
        lost = read_slice(replace(elements, values=common), ref)
        return (replace(lost, faults=(broken.code,), position_lps_mm=None),)
    faults = _file_faults(common)
    dimensions = phase_dimensions(elements)
    return tuple(
        _frame(elements, ref, (number, common, values), (dimensions, faults), pieces)
        for number, values in enumerate(frames)
    )


def _count(elements: Elements, described: int) -> int:
    """Return how many frames there are; raises unless the header counts as many as it tells of."""
    text = plain_text(elements.values.get(_FRAMES, b"")).strip()
    if not text.isdecimal() or len(text) > 12:
        raise Broken("frames-miscounted")
    if int(text) > FRAMES_MAX:
        raise Broken("dicom-beyond-limits")
    if int(text) != described:
        raise Broken("frames-miscounted")
    return described


def _pieces(
    elements: Elements, ref: FileRef, count: int, read: Read
) -> list[tuple[Fragment, ...]] | None:
    """Return the fragments of each frame, None where the pixels aren't encapsulated."""
    if elements.pixels_at < 0 or elements.pixels_n >= 0:
        return None
    basic, parts = fragments(read, elements.pixels_at, ref.size)
    tables = elements.tables.get(OFFSET_TABLE, b""), elements.tables.get(LENGTH_TABLE, b"")
    return by_frame(read, parts, count, basic, tables)


def _file_faults(common: Values) -> tuple[str, ...]:
    """Return what forbids all frames: colours hidden among the values."""
    is_coloured = plain_text(common.get(_PRESENTATION, b"")) in ("COLOR", "MIXED")
    return ("frames-coloured",) if is_coloured else ()


def _frame(
    elements: Elements,
    ref: FileRef,
    told: tuple[int, Values, Values],
    shared: tuple[tuple[int, ...], tuple[str, ...]],
    pieces: list[tuple[Fragment, ...]] | None,
) -> SliceHeader:
    """Return one frame as a slice."""
    (number, common, own), (dimensions, faults) = told, shared
    order = ">" if elements.syntax == "1.2.840.10008.1.2.2" else "<"
    merged = common | _as_slice(own, order)
    header = read_slice(replace(elements, values=merged), ref)
    volumetric = plain_text(own.get(VOLUMETRIC, common.get(VOLUMETRIC, b"")))
    if volumetric in ("DISTORTED", "SAMPLED"):
        faults = (*faults, "frames-not-volume")
    pixels = header.pixels
    if pixels is not None:
        size, start = pixels.plain_bytes, number * pixels.plain_bytes
        if pieces is None:
            left = max(0, min(size, pixels.length - start))
            pixels = replace(pixels, offset=pixels.offset + start, length=left)
        else:
            pixels = replace(pixels, fragments=pieces[number])
    return replace(
        header,
        pixels=pixels,
        faults=tuple(dict.fromkeys((*header.faults, *faults))),
        dicom_frame=_place(header, merged, own, number, (order, dimensions)),
    )


def _as_slice(own: Values, order: str) -> Values:
    """Return a frame's attributes under the tags that a single image has for them."""
    named = dict(own)
    if FRAME_TYPE in own:
        named[0x00080008] = own[FRAME_TYPE]
    for tag, target, kind in (
        (FRAME_ACQUISITION, 0x00200012, "H"),
        (TEMPORAL_INDEX, 0x00200100, "I"),
    ):
        numbers = _unsigned(own.get(tag, b""), order + kind)
        if numbers:
            named[target] = str(numbers[0]).encode()
    return named


def _place(
    header: SliceHeader,
    merged: Values,
    own: Values,
    number: int,
    indexing: tuple[str, tuple[int, ...]],
) -> DicomFrame:
    """Return which volume a frame belongs to, and what tells it from others at its place."""
    order, dimensions = indexing
    indices = _unsigned(own.get(INDEX_VALUES, b""), order + "I")
    concatenation = plain_text(merged.get(_CONCATENATION, b""))
    part = _unsigned(merged.get(_PART, b""), order + "H") if concatenation else []
    total = _unsigned(merged.get(_PARTS, b""), order + "H") if concatenation else []
    first = _unsigned(merged.get(_FIRST, b""), order + "I") if concatenation else []
    return DicomFrame(
        number=number + 1,
        volume_uid=concatenation or header.instance_uid,
        stack=plain_text(own.get(STACK, b"")),
        phase=tuple(indices[n] for n in dimensions if n < len(indices)),
        is_part=bool(concatenation),
        part=part[0] if part else 0,
        parts=total[0] if total else 0,
        first=first[0] if first else -1,
    )


def _unsigned(raw: bytes, kind: str) -> list[int]:
    """Return the unsigned numbers that a value holds."""
    size = struct.calcsize(kind)
    return [number for (number,) in struct.iter_unpack(kind, raw[: len(raw) // size * size])]
