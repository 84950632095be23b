"""What an ONNX file may hold, found by our own walk over its bytes before anything loads it.

One file, whole in itself: external data was the way out of the folder in CVE-2022-25882,
CVE-2024-27318 and CVE-2026-27489, three mendings of one fault, so its mere field is refused, at any
depth; so are sparse tensors, whose external data libraries overlook. Operators are those of the
standard: what a custom one does nobody can say (row SEC-10). Field numbers are those of onnx.proto.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from segmentation.errors import Refusal

BYTES_MAX: Final = (2 << 30) - 1
NODES_MAX: Final = 200_000
DEPTH_MAX: Final = 24
VARINT_BYTES_MAX: Final = 10
STANDARD: Final = frozenset({b"", b"ai.onnx", b"ai.onnx.ml"})
NODE: Final = "node"
TENSOR: Final = "tensor"
SPARSE: Final = "sparse"
FUNCTION: Final = "function"
# For each kind of message, which fields hold further messages that can hide something.
MESSAGES: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: FUNCTION},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: NODE, 5: TENSOR, 15: SPARSE},
    FUNCTION: {7: NODE, 11: "attribute"},
    NODE: {5: "attribute"},
    "attribute": {5: TENSOR, 6: "graph", 10: TENSOR, 11: "graph", 22: SPARSE, 23: SPARSE},
    TENSOR: {},
    SPARSE: {},
}
EXTERNAL: Final = frozenset({13, 14})  # external_data, data_location
VARINT, LENGTH = 0, 2
FIXED_BYTES: Final = {1: 8, 5: 4}


class _Broken(Exception):  # noqa: N818 - becomes a Refusal in `check_model`
    """The bytes are no protocol buffer."""


@dataclass(slots=True)
class _Found:
    """What the walk met."""

    nodes: int = 0
    functions: set[tuple[bytes, bytes]] = field(default_factory=set)
    used: set[tuple[bytes, bytes]] = field(default_factory=set)


def check_model(data: bytes, file: str) -> None:
    """Refuse an ONNX model that is not one plain file with operators of the standard.

    Raises
    ------
    Refusal
        `model-too-large`, `model-not-onnx`, `model-external-data`, `model-sparse-tensor`,
        `model-custom-operator`.
    """
    if len(data) > BYTES_MAX:
        raise Refusal("model-too-large", file=file, most=f"{BYTES_MAX >> 20} MiB")
    found = _Found()
    try:
        _walk(memoryview(data), "model", file, found, 0)
    except _Broken as error:
        raise Refusal("model-not-onnx", file=file) from error
    if not found.nodes:
        raise Refusal("model-not-onnx", file=file)
    for domain, name in sorted(found.used - found.functions):
        if domain not in STANDARD:
            where = domain.decode("utf-8", "replace")[:60]
            operator = name.decode("utf-8", "replace")[:60]
            raise Refusal("model-custom-operator", file=file, operator=operator, domain=where)


def _walk(data: memoryview, kind: str, file: str, found: _Found, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Refusal("model-too-large", file=file, most=f"{DEPTH_MAX} levels")
    if kind == SPARSE:
        raise Refusal("model-sparse-tensor", file=file)
    words: dict[int, bytes] = {}
    for number, value in fields_of(data):
        if kind == TENSOR and number in EXTERNAL and value not in {0}:
            raise Refusal("model-external-data", file=file)
        inner = MESSAGES[kind].get(number)
        if inner is not None and isinstance(value, memoryview):
            _walk(value, inner, file, found, depth + 1)
        elif kind in {NODE, FUNCTION} and isinstance(value, memoryview):
            words[number] = bytes(value[:200])
    if kind == NODE:
        _count(found, file)
        found.used.add((words.get(7, b""), words.get(4, b"")))
    if kind == FUNCTION:
        found.functions.add((words.get(10, b""), words.get(1, b"")))


def _count(found: _Found, file: str) -> None:
    found.nodes += 1
    if found.nodes > NODES_MAX:
        raise Refusal("model-too-large", file=file, most=f"{NODES_MAX} nodes")


def fields_of(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field of a message; a fixed number's value is its bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise _Broken
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == LENGTH:
            size, at = _varint(data, at)
        elif wire in FIXED_BYTES:
            size = FIXED_BYTES[wire]
        else:
            raise _Broken
        if size > len(data) - at:
            raise _Broken
        yield number, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for n in range(VARINT_BYTES_MAX):
        if at >= len(data):
            raise _Broken
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * n)
        if byte < 0x80:
            return value, at
    raise _Broken
