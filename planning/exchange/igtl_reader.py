"""A reader of OpenIGTLink bytes from the protocol's layout tables; it shares nothing with a writer.

Knows header version 1 and the messages POINT, TRAJ and TRANSFORM; refuses everything else, and
what its checksum does not fit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]
HEADER: Final = np.dtype(
    [("version", ">u2"), ("kind", "V12"), ("device", "V20"), ("time", ">u8"), ("size", ">u8"),
     ("crc", ">u8")]
)  # fmt: skip
POINT: Final = np.dtype(
    [("name", "V64"), ("group", "V32"), ("colour", "u1", 4), ("place_mm", ">f4", 3),
     ("diameter_mm", ">f4"), ("owner", "V20")]
)  # fmt: skip
TRAJ: Final = np.dtype(
    [("name", "V64"), ("group", "V32"), ("kind", "i1"), ("reserved", "i1"), ("colour", "u1", 4),
     ("entry_mm", ">f4", 3), ("target_mm", ">f4", 3), ("radius_mm", ">f4"), ("owner", "V20")]
)  # fmt: skip
TRANSFORM: Final = np.dtype([("columns", ">f4", (4, 3))])
LAYOUTS: Final[Mapping[str, Any]] = {"POINT": POINT, "TRAJ": TRAJ, "TRANSFORM": TRANSFORM}
DIVISOR: Final = 1 << 64 | 0x42F0E1EBA9EA3693
ORTHONORMAL: Final = 1e-4


class UnreadableMessageError(ValueError):
    """Bytes that are not what the protocol says."""


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One message: its type, its sender, and its rows by their fields."""

    kind: str
    device: str
    rows: Rows
    bytes_n: int

    def words(self, field: str) -> list[str]:
        """Return a text field of each row."""
        return [_text(row[field].tobytes()) for row in self.rows]

    def numbers(self, field: str) -> NDArray[np.float64]:
        """Return a number field of each row."""
        return np.asarray(self.rows[field], np.float64)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 4 x 4 matrix of a TRANSFORM."""
        found = np.eye(4)
        found[:3] = self.numbers("columns")[0].T
        return found


def remainder(body: bytes) -> int:
    """Return what is left when `body`, 64 zeros behind it, is divided by the polynomial."""
    left = 0
    for byte in body + bytes(8):
        left = left << 8 | byte
        for bit in range(7, -1, -1):
            if left >> (64 + bit) & 1:
                left ^= DIVISOR << bit
    return left


def read_messages(body: bytes, checksum: Callable[[bytes], int] = remainder) -> tuple[Message, ...]:
    """Return all messages of a stream, to its last byte.

    Raises
    ------
    UnreadableMessageError
        For an unknown version or type, a wrong length, checksum or number.
    """
    return tuple(_messages(body, checksum))


def _messages(body: bytes, checksum: Callable[[bytes], int]) -> Iterator[Message]:
    at = 0
    while at < len(body):
        if len(body) - at < HEADER.itemsize:
            raise UnreadableMessageError("header")
        head = np.frombuffer(body, HEADER, 1, at)[0]
        kind, size = _text(head["kind"].tobytes()), int(head["size"])
        start = at + HEADER.itemsize
        at = start + size
        if int(head["version"]) != 1 or kind not in LAYOUTS or at > len(body):
            raise UnreadableMessageError("header")
        content = body[start:at]
        if checksum(content) != int(head["crc"]):
            raise UnreadableMessageError("CRC")
        rows = _rows(kind, content)
        yield Message(kind, _text(head["device"].tobytes()), rows, HEADER.itemsize + size)


def _rows(kind: str, content: bytes) -> Rows:
    layout = LAYOUTS[kind]
    if not content or len(content) % layout.itemsize:
        raise UnreadableMessageError("length")
    rows: Rows = np.frombuffer(content, layout)
    for field, (form, *_) in layout.fields.items():
        if form.base.kind == "f" and not np.isfinite(rows[field]).all():
            raise UnreadableMessageError(field)
        if form.kind == "V" and form.subdtype is None:
            for row in rows:
                _text(row[field].tobytes())
    if kind == "TRANSFORM":
        turn = np.asarray(rows["columns"][0][:3], np.float64)
        is_rigid = np.abs(turn @ turn.T - np.eye(3)).max() <= ORTHONORMAL
        if len(rows) != 1 or not is_rigid or np.linalg.det(turn) < 0.0:
            raise UnreadableMessageError("columns")
    return rows


def _text(field: bytes) -> str:
    """Return the text of a fixed field: UTF-8, zeros to its end."""
    words, _, rest = field.partition(b"\0")
    if rest.strip(b"\0"):
        raise UnreadableMessageError("text")
    try:
        return words.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableMessageError("text") from None
