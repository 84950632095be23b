"""NRRD and MetaImage headers by our own reading: whatever the locale, a point is a point.

Sources: teem's definition of NRRD (formats 1 to 5) and ITK's MetaIO documentation. A detached
data file must be a plain name in the same folder (HAZ-39); numbers are read by Python, which
asks no locale (HAZ-16).
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.files import FileRef
from segmentation.io.plain_image import ImageFile, checked_shape, file_header, neighbour

HEADER_BYTES_MAX: Final = 64 << 10
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NUMBER_CHARACTERS_MAX: Final = 64
_SPACES: Final = {
    "left-posterior-superior": (1.0, 1.0, 1.0), "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0), "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0), "las": (1.0, -1.0, 1.0),
}  # fmt: skip
_NRRD_TYPES: Final = {
    "signed char": "i1", "int8": "i1", "int8_t": "i1",
    "uchar": "u1", "unsigned char": "u1", "uint8": "u1", "uint8_t": "u1",
    "short": "i2", "short int": "i2", "signed short": "i2", "signed short int": "i2",
    "int16": "i2", "int16_t": "i2",
    "ushort": "u2", "unsigned short": "u2", "unsigned short int": "u2", "uint16": "u2",
    "uint16_t": "u2",
    "int": "i4", "signed int": "i4", "int32": "i4", "int32_t": "i4",
    "uint": "u4", "unsigned int": "u4", "uint32": "u4", "uint32_t": "u4",
    "float": "f4", "double": "f8",
}  # fmt: skip
_META_TYPES: Final = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4",
    "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_NRRD_ENCODINGS: Final = {"raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2",
                          "bz2": "bzip2"}  # fmt: skip


def is_nrrd(head: bytes) -> bool:
    """Return whether a file that starts so is an NRRD header."""
    return re.match(rb"NRRD000[1-5]\r?\n", head) is not None


def is_metaimage(head: bytes) -> bool:
    """Return whether a file that starts so is a MetaImage header."""
    return re.match(rb"(ObjectType|NDims|Comment|ObjectSubType)\s*=", head) is not None


def _numbers(text: str, ref: FileRef) -> list[float]:
    parts = text.split()
    if not all(len(part) <= _NUMBER_CHARACTERS_MAX and _NUMBER.fullmatch(part) for part in parts):
        code = "number-not-finite" if re.search("nan|inf", text.lower()) else "number-unreadable"
        raise Refusal(code, file=ref.name)
    return [float(part) for part in parts]


def _whole(text: str, ref: FileRef) -> list[int]:
    parts = text.split()
    if not all(re.fullmatch(r"\d{1,9}", part) for part in parts):
        raise Refusal("number-unreadable", file=ref.name)
    return [int(part) for part in parts]


# NRRD -------------------------------------------------------------------------------------------


def read_nrrd(ref: FileRef, head: bytes) -> ImageFile:
    """Return where the voxels of an NRRD image lie in LPS mm."""
    fields, end = _nrrd_fields(head, ref)
    if fields.get("dimension") != "3":
        raise Refusal("image-not-3d", dimensions=fields.get("dimension", "?")[:8])
    shape = checked_shape(_whole(fields.get("sizes", ""), ref))
    space = _SPACES.get(fields.get("space", "").lower())
    if space is None or "space directions" not in fields:
        raise Refusal("orientation-missing", file=ref.name)
    if "space origin" not in fields:
        raise Refusal("position-missing", file=ref.name)
    if set(re.findall(r'"([^"]*)"', fields.get("space units", ""))) - {"mm"}:
        raise Refusal("unit-not-mm", file=ref.name)
    axes = _vectors(fields["space directions"], 3, ref) * np.array(space)
    origin = _vectors(fields["space origin"], 1, ref)[0] * np.array(space)
    kind = _NRRD_TYPES.get(fields.get("type", "").lower())
    encoding = _NRRD_ENCODINGS.get(fields.get("encoding", "").lower())
    if kind is None or encoding is None:
        raise Refusal("pixel-format-unsupported", file=ref.name)
    order = {"little": "<", "big": ">"}.get(fields.get("endian", "").lower())
    if order is None and not kind.endswith("1"):
        raise Refusal("pixel-format-unsupported", file=ref.name)
    skips = [fields.get(name, "0") for name in ("line skip", "byte skip")]
    if skips != ["0", "0"]:
        raise Refusal("pixel-format-unsupported", file=ref.name)
    detached = fields.get("data file", fields.get("datafile"))
    if detached is None and end is None:
        raise Refusal("file-broken", file=ref.name)
    return ImageFile(
        header=file_header(ref, head),
        data=ref if detached is None else neighbour(ref, detached),
        offset=end or 0 if detached is None else 0,
        encoding=encoding,
        dtype=np.dtype((order or "<") + kind),
        shape_kji=shape,
        axes_lps_mm=axes.T,
        origin_lps_mm=origin,
    )


def _nrrd_fields(head: bytes, ref: FileRef) -> tuple[dict[str, str], int | None]:
    """Return the fields and where the blank line after them ends (None: no data attached)."""
    blank = re.search(rb"\r?\n\r?\n", head)
    text = head[: blank.start()] if blank else head
    fields: dict[str, str] = {}
    for line in text.decode("ascii", "replace").splitlines()[1:]:
        name, colon, value = line.partition(": ")
        if line.startswith("#") or not colon or ":=" in line.split(": ")[0]:
            continue
        key = name.strip().lower()
        if key in fields:
            raise Refusal("file-broken", file=ref.name)
        fields[key] = value.strip()
    return fields, blank.end() if blank else None


def _vectors(text: str, count: int, ref: FileRef) -> NDArray[np.float64]:
    """Return `count` vectors of three numbers written as (x,y,z)."""
    found = re.findall(r"\(([^()]*)\)", text)
    rows = [_numbers(" ".join(part.split(",")), ref) for part in found]
    if len(rows) != count or any(len(row) != 3 for row in rows):
        raise Refusal("number-unreadable", file=ref.name)
    return np.array(rows, np.float64)


# MetaImage --------------------------------------------------------------------------------------


def read_metaimage(ref: FileRef, head: bytes) -> ImageFile:
    """Return where the voxels of a MetaImage (mha, mhd) lie; its world is LPS mm."""
    fields, end = _meta_fields(head, ref)
    if fields.get("NDims") != "3":
        raise Refusal("image-not-3d", dimensions=fields.get("NDims", "?")[:8])
    shape = checked_shape(_whole(fields.get("DimSize", ""), ref))
    matrix = _first(fields, "TransformMatrix", "Rotation", "Orientation")
    origin = _first(fields, "Offset", "Position", "Origin")
    spacing = _first(fields, "ElementSpacing")
    missing = {"orientation-missing": matrix, "position-missing": origin}
    missing["pixel-spacing-missing"] = spacing
    for code, value in missing.items():
        if not value:
            raise Refusal(code, file=ref.name)
    cosines = np.array(_numbers(matrix, ref))
    steps, start = np.array(_numbers(spacing, ref)), np.array(_numbers(origin, ref))
    if cosines.shape != (9,) or steps.shape != (3,) or start.shape != (3,):
        raise Refusal("number-unreadable", file=ref.name)
    if steps.min() <= 0.0:
        raise Refusal("spacing-not-positive", file=ref.name)
    kind = _META_TYPES.get(fields.get("ElementType", ""))
    if kind is None or fields.get("ElementNumberOfChannels", "1") != "1":
        raise Refusal("pixel-format-unsupported", file=ref.name)
    is_big = "true" in _first(fields, "BinaryDataByteOrderMSB", "ElementByteOrderMSB").lower()
    data, offset = _meta_data(fields, ref, end)
    compressed = fields.get("CompressedData", "False").lower() == "true"
    return ImageFile(
        header=file_header(ref, head),
        data=data,
        offset=offset,
        encoding="zlib" if compressed else "raw",
        dtype=np.dtype((">" if is_big else "<") + kind),
        shape_kji=shape,
        # the first three numbers are the cosines of the first axis, and so on
        axes_lps_mm=cosines.reshape(3, 3).T * steps,
        origin_lps_mm=start,
    )


def _first(fields: dict[str, str], *names: str) -> str:
    return next((fields[name] for name in names if name in fields), "")


def _meta_data(fields: dict[str, str], ref: FileRef, end: int) -> tuple[FileRef, int]:
    """Return the file of the voxels and their offset in it."""
    name = fields.get("ElementDataFile", "")
    is_text = fields.get("BinaryData", "True").lower() == "false"
    if is_text or fields.get("HeaderSize", "0") != "0":
        raise Refusal("pixel-format-unsupported", file=ref.name)
    if name.upper() == "LOCAL":
        return ref, end
    return neighbour(ref, name), 0


def _meta_fields(head: bytes, ref: FileRef) -> tuple[dict[str, str], int]:
    """Return the fields, and the offset after the line of ElementDataFile, always the last."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(head):
        stop = head.find(b"\n", at)
        line = head[at : stop if stop >= 0 else len(head)].decode("ascii", "replace")
        at = stop + 1 if stop >= 0 else len(head)
        name, equals, value = line.partition("=")
        key = name.strip()
        if not equals or key in fields:
            break
        fields[key] = value.strip()
        if key == "ElementDataFile":
            return fields, at
    raise Refusal("file-broken", file=ref.name)
