"""What one DICOM file is to a scan: a slice, the frames of an enhanced image, or neither."""

from dataclasses import dataclass, replace
from typing import Final

from segmentation.errors import Refusal
from segmentation.io.dicom_header import Elements
from segmentation.io.element_walk import Broken
from segmentation.io.encapsulated import Read, fragments
from segmentation.io.files import FileRef, Ignored, Shelf
from segmentation.io.group import BrokenFile
from segmentation.io.multi_frame import ENHANCED, read_frames
from segmentation.io.slice_header import SliceHeader, plain_text, read_slice

MEMBER_BYTES_MAX: Final = 1 << 30
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_APART: Final = {
    "1.2.840.10008.1.3.10": "dicom-directory",
    _STORAGE + "66.4": "segmentation-object",
    _STORAGE + "481.2": "dose-object",
    _STORAGE + "481.3": "structure-set",
}
_SECONDARY: Final = (_STORAGE + "7", _STORAGE + "7.")


@dataclass(frozen=True, slots=True)
class Slices:
    """The images of one file: one, or one for each frame."""

    slices: tuple[SliceHeader, ...]


DicomFound = Slices | Ignored | tuple[Ignored, BrokenFile]


def read_dicom(ref: FileRef, elements: Elements, shelf: Shelf) -> DicomFound:
    """Return a DICOM file's images, or why it has none."""
    header = read_slice(elements, ref)
    other = _other_than_image(ref, elements, header)
    if other is not None:
        return other
    if header.sop_class in ENHANCED:
        return Slices(read_frames(elements, ref, reader_of(ref, shelf)))
    if _is_cut(header, shelf):
        return Slices((replace(header, faults=(*header.faults, "pixels-truncated")),))
    return Slices((header,))


def _other_than_image(
    ref: FileRef, elements: Elements, header: SliceHeader
) -> Ignored | tuple[Ignored, BrokenFile] | None:
    """Return why a file holds no image of a series, None if it does."""
    code = _APART.get(header.sop_class, "")
    if header.sop_class.startswith(_SECONDARY[1]) or header.sop_class == _SECONDARY[0]:
        code = "secondary-capture"
    if code:
        return Ignored(str(ref), code)
    if elements.fault:
        if not elements.is_certain and not header.series.series_uid:
            return Ignored(str(ref), "not-an-image")
        lost = BrokenFile(header.series.series_uid, ref.folder)
        return Ignored(str(ref), elements.fault), lost
    if elements.pixels_at < 0 and header.series.modality != "CT":
        return Ignored(str(ref), "dicom-without-image")
    if not plain_text(elements.values.get(0x0020000E, b"")):
        return Ignored(str(ref), "series-uid-missing"), BrokenFile("", ref.folder)
    return None


def reader_of(ref: FileRef, shelf: Shelf) -> Read:
    """Return what gives bytes of a file: an archive's member is unpacked once for all of them."""
    if not ref.member:
        return lambda at, count: shelf.piece(ref, at, count)
    if ref.size > MEMBER_BYTES_MAX:
        raise Refusal("archive-too-large", file=ref.name)
    whole: list[bytes] = []

    def read(at: int, count: int) -> bytes:
        """Return bytes of the member, which is unpacked at the first call."""
        if not whole:
            whole.append(shelf.piece(ref, 0, ref.size))
        return whole[0][at : at + count]

    return read


def _is_cut(header: SliceHeader, shelf: Shelf) -> bool:
    """Return whether a file ends before its last pixel does.

    Members of archives carry a checksum instead.
    """
    pixels, ref = header.pixels, header.ref
    if pixels is None or ref.member:
        return False
    if pixels.length >= 0:
        return not pixels.is_deflated and pixels.offset + pixels.plain_bytes > ref.size
    try:
        fragments(lambda at, count: shelf.piece(ref, at, count), pixels.offset, ref.size)
    except Broken:
        return True
    return False
