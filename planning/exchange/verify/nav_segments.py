"""A `.seg.nrrd`, by the receiver's plain reader, each segment held against its mask."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.nav_markups import differs
from planning.exchange.verify.nrrd import BYTE, LPS, VOXELS_MAX, Crop, parted, start_of, unpacked
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.rebuilt import Rebuilt
from planning.exchange.verify.strict_json import read_object
from planning.exchange.verify.verdict import Fault
from planning.exchange.verify.zones import severity_of

HEAD_BYTES_MAX: Final = 4 << 20
SIZE: Final = re.compile(r"[1-9][0-9]{0,5}")
NUMBER: Final = re.compile(r"[0-9]{1,4}")
TAG: Final = re.compile(
    r"Tasrif\.NoGoMargins_mm:(\[[-+.0-9eE, ]+\])\|Tasrif\.NoGoSeverities:([a-z,]+)\|"
)
FIXED: Final = frozenset(
    {"type", "dimension", "space", "sizes", "space directions", "kinds", "encoding", "space origin"}
)
Values = NDArray[np.uint8]
Head = Mapping[str, str]


def held_segments(
    path: str, plan: Paper, built: Rebuilt, marks: tuple[str, ...], body: bytes
) -> None:
    """Hold a segmentation against the plan's segments: place, names, values and every voxel."""
    head, data = parted(body, path, HEAD_BYTES_MAX)
    if {key for key in head if not key.endswith(":=")} != FIXED:
        raise differs(path, "header")
    values = _values(head, data, path)
    depth, shape = values.shape[3], values.shape[:3]
    steps = head["space directions"]
    if depth > 1:
        steps = steps.removeprefix("none").strip()
    inner = {**head, "space directions": steps}
    start = start_of(inner, shape, built.case.volume.grid, path)
    _hold_notes(path, plan, head, start)
    total = 0
    for n, record in enumerate(plan["segments"]):
        layer = _hold_words(path, n, record, (head, shape, marks))
        _hold_tag(path, n, plan, head)
        value = head.get(f"segment{n}_labelvalue:=", "")
        if layer >= depth or not NUMBER.fullmatch(value) or not 1 <= int(value) <= 255:
            raise differs(path, f"Segment{n}_LabelValue")
        there = values[..., layer] == int(value)
        if not _is_same(there, start, built.crops[record["id"]]):
            raise differs(path, f"Segment{n}")
        total += int(np.count_nonzero(there))
    if f"segment{len(plan['segments'])}_id:=" in head or total != np.count_nonzero(values):
        raise differs(path, "values")


def _values(head: Head, data: bytes, path: str) -> Values:
    """Return the values [k, j, i, layer]; three axes, or a list of layers before them."""
    sizes = head["sizes"].split()
    kinds = {"3": "domain domain domain", "4": "list domain domain domain"}
    is_known = (
        head["type"] in BYTE
        and head["space"].lower() in LPS
        and head["kinds"] == kinds.get(head["dimension"])
        and head["dimension"] == str(len(sizes))
        and all(SIZE.fullmatch(size) for size in sizes)
    )
    if not is_known:
        raise differs(path, "header")
    numbers = [int(size) for size in sizes]
    depth, ni, nj, nk = numbers if len(numbers) == 4 else (1, *numbers)
    if depth * ni * nj * nk > VOXELS_MAX:
        raise Fault("verify-too-large", path=path, limit_mib=VOXELS_MAX >> 20)
    plain = unpacked(data, head["encoding"], depth * ni * nj * nk, path)
    return np.frombuffer(plain, np.uint8).reshape(nk, nj, ni, depth)


def _hold_notes(path: str, plan: Paper, head: Head, start: tuple[int, int, int]) -> None:
    wanted = {
        "segmentation_referenceimageextentoffset:=": " ".join(map(str, start[::-1])),
        "segmentation_containedrepresentationnames:=": "Binary labelmap|",
        "segmentation_sourcerepresentation:=": "Binary labelmap",
        "tasrif_state:=": plan["plan"]["state"],
        "tasrif_kind:=": plan["plan"]["kind"],
        "tasrif_frame_uid:=": plan["frame"]["uid"],
    }
    for key, value in wanted.items():
        if head.get(key) != value:
            raise differs(path, key.removesuffix(":="))


def _hold_words(
    path: str, n: int, record: Paper, file: tuple[Head, tuple[int, ...], tuple[str, ...]]
) -> int:
    """Hold a segment's id, marked name and extent; return its layer.

    Slicer cuts a layer to its first segment's extent, so each must be the whole box.
    """
    head, shape, marks = file
    seen = "".join(sign if sign.isprintable() else " " for sign in record["name"])
    name = " ".join(seen.replace("\\", "/").split()) or record["id"]
    wanted = {
        "id": record["id"],
        "name": " ".join((*marks, name)),
        "extent": " ".join(f"0 {size - 1}" for size in shape[::-1]),
    }
    for key, value in wanted.items():
        if head.get(f"segment{n}_{key}:=") != value:
            raise differs(path, f"Segment{n}_{key}")
    layer = head.get(f"segment{n}_layer:=", "")
    if not NUMBER.fullmatch(layer):
        raise differs(path, f"Segment{n}_Layer")
    return int(layer)


def _hold_tag(path: str, n: int, plan: Paper, head: Head) -> None:
    """Hold what a segment is tagged with against the plan's no-go zones: margins, severities."""
    segment_id = plan["segments"][n]["id"]
    zones = [one for one in plan["items"]
             if one["kind"] == "no_go_zone" and one["segment_id"] == segment_id]  # fmt: skip
    meant = [one["margin_mm"] for one in zones], [severity_of(one) for one in zones]
    text = head.get(f"segment{n}_tags:=", "")
    match = TAG.fullmatch(text)
    found: tuple[object, object] = [], []
    if match is not None:
        margins = read_object(f'{{"margins_mm":{match[1]}}}'.encode(), path)["margins_mm"]
        found = margins, match[2].split(",")
    if found != meant or (match is None and text):
        raise differs(path, f"Segment{n}_Tags")


def _is_same(there: NDArray[np.bool_], start: tuple[int, int, int], crop: Crop) -> bool:
    """Return whether exactly a mask's voxels are there."""
    offset = np.subtract(crop.start_kji, start)
    low = np.clip(offset, 0, there.shape)
    high = np.clip(offset + crop.voxels.shape, 0, there.shape)
    here = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    its = tuple(slice(int(a), int(b)) for a, b in zip(low - offset, high - offset, strict=True))
    n = int(np.count_nonzero(crop.voxels))
    if not n:
        return not there.any()
    part = crop.voxels[its]
    is_whole = int(np.count_nonzero(part)) == n == int(np.count_nonzero(there))
    return is_whole and np.array_equal(there[here], part)
