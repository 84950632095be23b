"""What the functional groups of an enhanced image say of each frame (PS3.3 C.7.6.16).

Only wanted attributes in their own macros count: a position elsewhere isn't the frame's. What is
said of all frames and of one, and not the same, is refused.
"""

import struct
from typing import Final

from segmentation.io.dicom_header import DIMENSIONS, FRAME_GROUPS, SHARED_GROUPS, Elements, Items
from segmentation.io.element_walk import (
    FRAMES_MAX,
    Broken,
    Cursor,
    Short,
    check_kind,
    elements_of,
    frame_budget,
    items_of,
)

POSITION: Final = 0x00200032
ORIENTATION: Final = 0x00200037
SPACING: Final = 0x00280030
FRAME_TYPE: Final = 0x00089007
VOLUMETRIC: Final = 0x00089206
STACK: Final = 0x00209056
TEMPORAL_INDEX: Final = 0x00209128
FRAME_ACQUISITION: Final = 0x00209156
INDEX_VALUES: Final = 0x00209157
_KERNEL, _KVP, _ACQUISITION = 0x00181210, 0x00180060, 0x00200012
_X_RAY: Final = 0x00189325
_UNASSIGNED: Final = frozenset({_KERNEL, _KVP, _ACQUISITION})
_MACROS: Final[dict[int, frozenset[int]]] = {
    0x00289110: frozenset({SPACING, 0x00180050, 0x00180088}),
    0x00209113: frozenset({POSITION}),
    0x00209116: frozenset({ORIENTATION}),
    0x00289145: frozenset({0x00281052, 0x00281053, 0x00281054}),
    0x00209111: frozenset({STACK, TEMPORAL_INDEX, FRAME_ACQUISITION, INDEX_VALUES}),
    0x00189329: frozenset({FRAME_TYPE, VOLUMETRIC}),
    0x00189314: frozenset({_KERNEL}),
    _X_RAY: frozenset({_KVP}),
    0x00209170: _UNASSIGNED,  # what a legacy series said, carried over unsorted
    0x00209171: _UNASSIGNED,
}
_VALUE_BYTES_MAX: Final = 1024
_POINTER: Final = 0x00209165
_PLACES: Final = frozenset({POSITION, ORIENTATION, STACK, 0x00209057, 0x00209113, 0x00209116})

Values = dict[int, bytes]


def frame_values(elements: Elements) -> list[Values]:
    """Return the wanted attributes of every frame, what all share among them.

    Raises `Broken`: `frame-groups-broken`, `frame-groups-conflict` or `dicom-beyond-limits`.
    """
    try:
        shared = _groups(elements.sequences.get(SHARED_GROUPS))
        frames = _groups(elements.sequences.get(FRAME_GROUPS))
    except (Short, struct.error) as error:
        raise Broken("frame-groups-broken") from error
    except Broken as broken:
        known = "dicom-beyond-limits", "dicom-kind-wrong"
        raise Broken(broken.code if broken.code in known else "frame-groups-broken") from broken
    if len(shared) > 1 or not frames:
        raise Broken("frame-groups-broken")
    common = shared[0] if shared else {}
    for frame in frames:
        if any(common.get(tag, value) != value for tag, value in frame.items()):
            raise Broken("frame-groups-conflict")
    return [common | frame for frame in frames]


def phase_dimensions(elements: Elements) -> tuple[int, ...]:
    """Return which of the dimension indices tell frames at one place apart (time, energy, ...)."""
    items = elements.sequences.get(DIMENSIONS)
    if items is None:
        return ()
    cursor = _cursor(items)
    pointers = []
    try:
        for start, stop in items_of(cursor, 0, len(items.data)):
            values = {tag: (at, end) for tag, _vr, at, end in elements_of(cursor, start, stop)}
            at, _end = values.get(_POINTER, (-1, -1))
            group, element = cursor.pair(items.data, at) if at >= 0 else (0, 0)
            pointers.append(group << 16 | element)
    except (Short, Broken, struct.error):
        return ()
    return tuple(n for n, pointer in enumerate(pointers) if pointer not in _PLACES)


def _cursor(items: Items) -> Cursor:
    return Cursor(items.data, items.is_explicit, items.order, frame_budget())


def _groups(items: Items | None) -> list[Values]:
    """Return the wanted attributes of each item."""
    if items is None:
        return []
    cursor = _cursor(items)
    found: list[Values] = []
    for start, stop in items_of(cursor, 0, len(items.data)):
        if len(found) == FRAMES_MAX:
            raise Broken("dicom-beyond-limits")
        values: Values = {}
        for tag, vr, at, end in elements_of(cursor, start, stop):
            wanted = _MACROS.get(tag)
            if wanted is not None:
                _take_macro(cursor.inside(vr), tag, (at, end), values)
        found.append(values)
    return found


def _take_macro(cursor: Cursor, macro: int, span: tuple[int, int], values: Values) -> None:
    """Add the wanted attributes of one macro, which has one item."""
    for number, (start, stop) in enumerate(items_of(cursor, *span)):
        if number and macro != _X_RAY:  # two sources may shine at once
            raise Broken
        for tag, vr, at, end in elements_of(cursor, start, stop):
            if tag not in _MACROS[macro]:
                continue
            check_kind(tag, vr)
            if end - at > _VALUE_BYTES_MAX:
                raise Broken("dicom-beyond-limits")
            value = cursor.data[at:end]
            if tag == _KVP and number:
                value = values.get(tag, b"") + b"/" + value
            elif values.get(tag, value) != value:
                raise Broken
            values[tag] = value
