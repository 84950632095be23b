"""What a DICOM medium's directory lists: the images of each series (PS3.3 annex F).

The directory is believed only where it says that something is missing. What can't be read lists
nothing: the files themselves stay the truth.
"""

import struct
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final

from pydicom import Dataset, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError

from segmentation.io.dicom_header import DEFLATED, read_elements

BYTES_MAX: Final = 64 << 20
RECORDS_MAX: Final = 200_000
_ODD: Final = (
    InvalidDicomError, BytesLengthException, AttributeError, LookupError, ValueError, TypeError,
    OSError, EOFError, ArithmeticError, NotImplementedError, RecursionError, struct.error,
)  # fmt: skip


def listed_images(body: bytes) -> Mapping[str, frozenset[str]]:
    """Return the SOP instance UIDs that a DICOMDIR lists for each series instance UID.

    Records are followed by their offsets (next, lower level); a file without any is read in its
    order. A directory that is larger than the caps, or odd in any way, lists nothing.
    """
    head = read_elements(lambda count: body[:count], len(body))
    # nobody deflates a directory, and a bomb would be inflated whole
    if len(body) > BYTES_MAX or head is None or head.fault or head.syntax == DEFLATED:
        return {}
    listed: dict[str, set[str]] = defaultdict(set)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            directory = dcmread(BytesIO(body))
            for series_uid, record in _in_series(directory):
                uid = str(record.get("ReferencedSOPInstanceUIDInFile", ""))
                if uid and series_uid:
                    listed[series_uid].add(uid)
    except _ODD:
        return {}
    return {series_uid: frozenset(uids) for series_uid, uids in listed.items()}


def _in_series(directory: Dataset) -> Iterator[tuple[str, Dataset]]:
    """Give each IMAGE record with the UID of the series above it."""
    records = directory.DirectoryRecordSequence[:RECORDS_MAX]
    root = int(directory.get("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity", 0) or 0)
    if not root:
        yield from _in_order(records)
        return
    at = {record.seq_item_tell: record for record in records}
    waiting, seen = [(root, "")], set[int]()
    while waiting:
        offset, series_uid = waiting.pop()
        if not offset or offset in seen:
            continue
        seen.add(offset)
        record = at[offset]
        waiting.append((int(record.get("OffsetOfTheNextDirectoryRecord", 0) or 0), series_uid))
        kind = record.get("DirectoryRecordType", "")
        if kind == "SERIES":
            series_uid = str(record.get("SeriesInstanceUID", ""))
        if kind == "IMAGE":
            yield series_uid, record
        lower = record.get("OffsetOfReferencedLowerLevelDirectoryEntity", 0) or 0
        waiting.append((int(lower), series_uid))


def _in_order(records: list[Dataset]) -> Iterator[tuple[str, Dataset]]:
    series_uid = ""
    for record in records:
        kind = record.get("DirectoryRecordType", "")
        if kind == "SERIES":
            series_uid = str(record.get("SeriesInstanceUID", ""))
        elif kind == "IMAGE":
            yield series_uid, record
        elif kind in ("PATIENT", "STUDY"):
            series_uid = ""
