"""DICOM objects that are no images: read whole within bounds, every oddity one refusal."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset, read_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from segmentation.errors import Refusal, Unavailable
from segmentation.io.dicom_bounds import ELEMENTS_MAX, is_bounded

OBJECT_BYTES_MAX: Final = 1 << 30
INFLATED_BYTES_MAX: Final = 1 << 28
TEXT_LENGTH_MAX: Final = 80
DAY_DIGITS: Final = 8
HEAD_BYTES: Final = 1 << 16
FILE_META: Final = 0x0002FFFF
SOP_CLASS: Final = 0x00080016
MARK: Final = b"DICM"
SYNTAXES: Final = frozenset(
    {
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
    }
)
_ODD: Final = (
    InvalidDicomError, BytesLengthException, AttributeError, LookupError, ValueError, TypeError,
    EOFError, OSError, ArithmeticError, NotImplementedError, RecursionError, struct.error,
    UserWarning, zlib.error, MemoryError, AssertionError,
)  # fmt: skip


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what a broken object makes pydicom raise into one `dicom-object-broken`.

    Warnings of pydicom about odd values are not shown: what matters is checked by the reader.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _ODD as error:
        raise Refusal("dicom-object-broken", file=name) from error


def is_dicom(path: Path) -> bool:
    """Return whether a file bears the mark of DICOM, or begins with one of its groups.

    A pipe or a device is none, and is not opened: it could be waited for.
    """
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(132)
    except OSError:
        return False
    return head[128:] == MARK or head[:3] in (b"\x02\0\0", b"\x08\0\0")


def sop_class(path: Path) -> str:
    """Return the class of a DICOM object, by its meta group where it has one; empty for none.

    Only the file's first 64 KiB are read, so that asking costs the same for any file. Refused:
    `dicom-object-broken`, `dicom-object-unreadable`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise Unavailable("dicom-object-unreadable", file=path.name) from error
    with readable(path.name):
        if head[128:132] == MARK:
            meta = _leading(head, 132, FILE_META, is_implicit=False)
            return str(meta.get("MediaStorageSOPClassUID", ""))
        # Without a meta group: a two-letter kind of value after the tag tells explicit encoding.
        is_implicit = not head[4:6].isalpha()
        if head[:2] == b"\x02\0":
            meta = _leading(head, 0, FILE_META, is_implicit=False)
            return str(meta.get("MediaStorageSOPClassUID", ""))
        return str(_leading(head, 0, SOP_CLASS, is_implicit=is_implicit).get("SOPClassUID", ""))


def _leading(head: bytes, at: int, last: int, *, is_implicit: bool) -> Dataset:
    """Return the elements from `at` on whose tags do not lie behind `last`."""
    body = BytesIO(head)
    body.seek(at)
    return read_dataset(body, is_implicit, True, stop_when=lambda tag, _vr, _length: tag > last)


def read_object(path: Path) -> Dataset:
    """Return the data set of a DICOM file of at most 1 GiB, inflated to at most 256 MiB.

    Its elements are counted before any is made. Refused: `dicom-object-missing`,
    `dicom-object-too-large`, `dicom-object-elements`, `dicom-object-broken`, and
    `dicom-object-syntax` for an encoding that is none of the two little-endian ones, deflated or
    run-length.
    """
    try:
        size = path.stat().st_size
        if size > OBJECT_BYTES_MAX:
            limit = OBJECT_BYTES_MAX >> 20
            raise Refusal("dicom-object-too-large", file=path.name, mib=size >> 20, limit=limit)
        body = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Refusal("dicom-object-missing", file=path.name) from error
    except OSError as error:
        raise Unavailable("dicom-object-unreadable", file=path.name) from error
    with readable(path.name):
        if body[128:132] != MARK:
            _expect_bounded(body, 0, path.name)
            return dcmread(BytesIO(body), force=True)
        syntax = str(read_file_meta_info(path).TransferSyntaxUID)
        if syntax not in SYNTAXES:
            raise Refusal("dicom-object-syntax", file=path.name, syntax=syntax)
        if syntax == DeflatedExplicitVRLittleEndian:
            body = _inflated(body, path.name)
        _expect_bounded(body, 132, path.name)
        return dcmread(BytesIO(body))


def _expect_bounded(body: bytes, at: int, name: str) -> None:
    if not is_bounded(body, at):
        raise Refusal("dicom-object-elements", file=name, limit=ELEMENTS_MAX)


def _inflated(body: bytes, name: str) -> bytes:
    """Return the file with its data set inflated and its meta group saying so."""
    # The meta group: its first element (12 bytes from 132) holds how long the rest of it is.
    length = struct.unpack_from("<I", body, 140)[0]
    start = 144 + length
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = engine.decompress(body[start:], INFLATED_BYTES_MAX)
    if engine.unconsumed_tail:
        limit = INFLATED_BYTES_MAX >> 20
        raise Refusal("dicom-object-too-large", file=name, mib=limit, limit=limit)
    deflated = DeflatedExplicitVRLittleEndian.encode()
    explicit = ExplicitVRLittleEndian.encode().ljust(len(deflated), b"\0")
    return body[:start].replace(deflated, explicit, 1) + plain


def words(dataset: Dataset, keyword: str) -> str:
    """Return a text without marks that can't be seen, in one line of at most 80 characters."""
    value = dataset.get(keyword)
    text = "" if value is None else str(value)
    shown = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(shown).split())[:TEXT_LENGTH_MAX]


def person(dataset: Dataset) -> tuple[str, str]:
    """Return what an object calls the patient: name and date of birth (ISO 8601), or empty."""
    born = words(dataset, "PatientBirthDate")
    is_day = len(born) == DAY_DIGITS and born.isdecimal()
    return words(dataset, "PatientName"), f"{born[:4]}-{born[4:6]}-{born[6:]}" if is_day else ""


def reals(dataset: Dataset, keyword: str, count: int) -> NDArray[np.float64]:
    """Return `count` finite numbers; ValueError when they are not there or not finite."""
    value: Any = dataset[keyword].value
    read = np.atleast_1d(np.array(value, np.float64))
    if read.shape != (count,) or not np.isfinite(read).all():
        raise ValueError(keyword)
    return read


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none where it is absent."""
    return list(dataset.get(keyword) or ())
