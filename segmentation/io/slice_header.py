"""One CT slice as its header tells it: typed, finite, and with every fault named."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pydicom.charset import python_encoding
from pydicom.valuerep import PersonName

from segmentation.io.dicom_header import BIG_ENDIAN, DEFLATED, Elements
from segmentation.io.files import FileRef
from segmentation.io.header import PatientHeader, SeriesHeader

CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NOT_FINITE: Final = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_UID: Final = re.compile(r"[0-9.]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TIME: Final = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")
_TEXT_LENGTH_MAX: Final = 256
_NUMBER_CHARACTERS_MAX: Final = 64
NUMBER_MAX: Final = 1e9
_MARK: Final = "\N{REPLACEMENT CHARACTER}"

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the pixels of one slice are stored, and how they become HU.

    `padding` is the stored value, or the range of stored values, that was never measured.
    `offset` and `length` place the pixel data's value in the file; length -1: encapsulated. Of
    one frame of several, `fragments` are place and length of its own encapsulated items.
    """

    rows: int
    columns: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    slope: float
    intercept: float
    padding: tuple[int, int] | None
    syntax: str
    offset: int
    length: int
    fragments: tuple[tuple[int, int], ...] = ()

    @property
    def plain_bytes(self) -> int:
        """How many bytes the pixels take uncompressed."""
        return self.rows * self.columns * self.bits_allocated // 8

    @property
    def is_deflated(self) -> bool:
        """Whether `offset` counts in what the file's data set inflates to."""
        return self.syntax == DEFLATED


@dataclass(frozen=True, slots=True)
class DicomFrame:
    """Which frame of a multi-frame file a slice is.

    Attributes
    ----------
    number
        Its place in the file, from 1; it says nothing of its place in the patient.
    volume_uid, stack
        The concatenation or else the instance, and the stack within it: never mixed.
    phase
        The indices that tell frames apart which lie at the same place.
    is_part, part, parts, first
        Whether the file is part of a concatenation, which (0: not told), of how many (0: not
        told), and the frames before it (-1: not told).
    """

    number: int
    volume_uid: str
    stack: str = ""
    phase: tuple[int, ...] = ()
    is_part: bool = False
    part: int = 0
    parts: int = 0
    first: int = -1


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """One image file of a series, or one frame of a file; lengths in mm, LPS.

    Attributes
    ----------
    faults
        Codes of everything that forbids placing this slice in a volume, in the order found.
    position_lps_mm, orientation, pixel_spacing_mm
        ImagePositionPatient; row and column cosines; distance of rows, then of columns.
    """

    ref: FileRef
    series: SeriesHeader
    instance_uid: str
    sop_class: str
    image_type: tuple[str, ...]
    photometric: str
    instance_number: int | None
    acquisition: str
    temporal: str
    position_lps_mm: Numbers | None
    orientation: Numbers | None
    pixel_spacing_mm: Numbers | None
    spacing_between_mm: float | None
    related_instances: int | None
    rescale_type: str
    is_lossy: bool
    has_rescale: bool
    pixels: PixelFormat | None
    faults: tuple[str, ...]
    has_burned_in_text: bool = False
    has_program: bool = False
    dicom_frame: DicomFrame | None = None

    @property
    def name(self) -> str:
        """The file's name for sentences, with the number of a frame."""
        frame = self.dicom_frame
        return self.ref.name if frame is None else f"{self.ref.name}#{frame.number}"

    @property
    def image_key(self) -> tuple[str, int]:
        """What no two images share: instance UID and number of the frame."""
        return self.instance_uid, self.dicom_frame.number if self.dicom_frame else 0

    @property
    def flavour(self) -> str:
        """Value 3 of ImageType: AXIAL, LOCALIZER, ..."""
        return self.image_type[2] if len(self.image_type) > 2 else ""


@lru_cache(maxsize=8192)
def numbers(raw: bytes, count: int) -> Numbers | str | None:
    """Return `count` finite numbers of a decimal string, None if it is empty, or a fault's code.

    Nothing but digits, sign, point and exponent is a number; no locale is asked.
    """
    text = raw.strip(b" \0")
    if not text:
        return None
    parts = [part.strip(b" \0") for part in text.split(b"\\")]
    if any(_NOT_FINITE.fullmatch(part) for part in parts):
        return "number-not-finite"
    if len(parts) != count or not all(
        len(part) <= _NUMBER_CHARACTERS_MAX and _NUMBER.fullmatch(part) for part in parts
    ):
        return "number-unreadable"
    values = tuple(float(part) for part in parts)
    if not all(math.isfinite(value) for value in values):
        return "number-not-finite"
    return values if max(map(abs, values)) <= NUMBER_MAX else "number-too-large"


@lru_cache(maxsize=8192)
def plain_text(raw: bytes) -> str:
    """Return a code string or UID without its padding."""
    return raw.rstrip(b"\0 ").lstrip(b" ").decode("ascii", "replace")[:_TEXT_LENGTH_MAX]


@lru_cache(maxsize=1024)
def spoken_text(raw: bytes, charset: bytes) -> str:
    """Return a text in its declared character set; control and bidirectional signs are marked."""
    names = [plain_text(part) for part in charset.split(b"\\")]
    encodings = [python_encoding.get(name, "iso8859") for name in names]
    try:
        text = str(PersonName(raw.rstrip(b"\0 "), encodings).decode())
    except (LookupError, ValueError, UserWarning):
        text = raw.decode("ascii", "replace")
    return _CONTROL.sub(_MARK, text.strip()).strip()[:_TEXT_LENGTH_MAX]


def iso_date(raw: bytes) -> str:
    """Return a DICOM date as ISO 8601, empty if it is none."""
    text = plain_text(raw).replace(".", "")
    if not re.fullmatch(r"\d{8}", text) or not "01" <= text[4:6] <= "12":
        return ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if "01" <= text[6:] <= "31" else ""


def dicom_time(raw: bytes) -> str:
    """Return a DICOM time without its padding, empty if it is none."""
    text = plain_text(raw)
    return text if _TIME.fullmatch(text) else ""


_SERIES_TAGS: Final = (
    0x0020000E, 0x0020000D, 0x00200052, 0x00080060, 0x0008103E, 0x00080020, 0x00100020,
    0x00100021, 0x00100010, 0x00100030, 0x00100040, 0x00080070, 0x00181210, 0x00180050,
    0x00180060, 0x00080005, 0x00080030, 0x00200010, 0x00080050, 0x00180015,
)  # fmt: skip


@lru_cache(maxsize=1024)
def _series(raw: tuple[bytes, ...], syntax: str) -> SeriesHeader:
    """Return the header that these raw values spell; slices that share them share the object."""
    charset = raw[15]
    thickness = numbers(raw[13], 1)
    patient = PatientHeader(
        patient_id=spoken_text(raw[6], charset),
        issuer=spoken_text(raw[7], charset),
        name=spoken_text(raw[8], charset).rstrip("^"),
        birth_date=iso_date(raw[9]),
        sex=plain_text(raw[10]),
    )
    return SeriesHeader(
        series_uid=plain_text(raw[0]),
        study_uid=plain_text(raw[1]),
        frame_uid=plain_text(raw[2]),
        modality=plain_text(raw[3]),
        description=spoken_text(raw[4], charset),
        study_date=iso_date(raw[5]),
        patient=patient,
        manufacturer=spoken_text(raw[11], charset),
        kernel="/".join(part.strip() for part in plain_text(raw[12]).split("\\")),
        slice_thickness_mm=thickness[0] if isinstance(thickness, tuple) else None,
        transfer_syntax=syntax,
        kvp=plain_text(raw[14]),
        study_time=dicom_time(raw[16]),
        study_id=spoken_text(raw[17], charset),
        accession=spoken_text(raw[18], charset),
        body_part=plain_text(raw[19]),
    )


class _Reading:
    """Typed access to the raw elements of one file; collects faults."""

    def __init__(self, elements: Elements) -> None:
        self.values = elements.values
        self.big = elements.syntax == BIG_ENDIAN
        self.faults: list[str] = []

    def text(self, tag: int) -> str:
        """Return a code string or UID, empty where absent."""
        return plain_text(self.values.get(tag, b""))

    def decimals(self, tag: int, count: int, missing: str = "") -> Numbers | None:
        """Return finite numbers or None; notes the fault `missing` where they are absent."""
        found = numbers(self.values.get(tag, b""), count)
        if isinstance(found, str):
            self.faults.append(found)
            return None
        if found is None and missing:
            self.faults.append(missing)
        return found

    def integer(self, tag: int) -> int | None:
        """Return an integer string, None where it is absent or none."""
        found = numbers(self.values.get(tag, b""), 1)
        return int(found[0]) if isinstance(found, tuple) and found[0].is_integer() else None

    def short(self, tag: int, *, signed: bool = False) -> int | None:
        """Return a 16-bit number, None where it is absent."""
        raw = self.values.get(tag, b"")
        if len(raw) < 2:
            return None
        return int.from_bytes(raw[:2], "big" if self.big else "little", signed=signed)


def read_slice(elements: Elements, ref: FileRef) -> SliceHeader:
    """Return the slice that these elements describe, with all its faults."""
    values, reading = elements.values, _Reading(elements)
    position = reading.decimals(0x00200032, 3, "position-missing")
    orientation = reading.decimals(0x00200037, 6, "orientation-missing")
    spacing = reading.decimals(0x00280030, 2, "pixel-spacing-missing")
    between = reading.decimals(0x00180088, 1)
    if spacing is not None and min(spacing) <= 0.0:
        reading.faults.append("pixel-spacing-not-positive")
    if orientation is not None and not (any(orientation[:3]) and any(orientation[3:])):
        reading.faults.append("orientation-missing")
    pixels = _pixel_format(elements, reading)
    series = _series(tuple(values.get(tag, b"") for tag in _SERIES_TAGS), elements.syntax)
    if elements.fault:
        reading.faults.append(elements.fault)
    return SliceHeader(
        ref=ref,
        series=series,
        instance_uid=reading.text(0x00080018),
        sop_class=reading.text(0x00080016) or reading.text(0x00020002),
        image_type=tuple(part.strip() for part in reading.text(0x00080008).split("\\")),
        photometric=reading.text(0x00280004),
        instance_number=reading.integer(0x00200013),
        acquisition=reading.text(0x00200012),
        temporal=reading.text(0x00200100),
        position_lps_mm=position,
        orientation=orientation,
        pixel_spacing_mm=spacing,
        spacing_between_mm=between[0] if between else None,
        related_instances=reading.integer(0x00201209),
        rescale_type=reading.text(0x00281054),
        is_lossy=reading.text(0x00282110) == "01",
        has_rescale=0x00281052 in values and 0x00281053 in values,
        pixels=pixels,
        faults=tuple(dict.fromkeys(reading.faults)),
        has_burned_in_text=reading.text(0x00280301) == "YES",
        has_program=elements.has_program,
    )


def _pixel_format(elements: Elements, reading: _Reading) -> PixelFormat | None:
    """Return how the pixels are stored, or None with a fault noted where that can't be read."""
    if reading.text(0x00280008).strip() not in ("", "1"):
        reading.faults.append("multi-frame")
    if reading.short(0x00280002) not in (None, 1):
        reading.faults.append("not-greyscale")
    shape = [reading.short(tag) for tag in (0x00280010, 0x00280011)]
    bits = [reading.short(tag) for tag in (0x00280100, 0x00280101, 0x00280102, 0x00280103)]
    if elements.pixels_at < 0 or None in shape or None in bits:
        reading.faults.append("pixels-missing")
        return None
    rows, columns, allocated, stored, high, sign = (int(n or 0) for n in shape + bits)
    sound = allocated in (8, 16, 32) and 1 <= stored <= high + 1 <= allocated and sign in (0, 1)
    if not sound or min(rows, columns) < 1:
        reading.faults.append("pixel-format-unsupported")
        return None
    slope = reading.decimals(0x00281053, 1)
    intercept = reading.decimals(0x00281052, 1)
    if slope is not None and slope[0] == 0.0:
        reading.faults.append("rescale-zero")
    return PixelFormat(
        rows=rows,
        columns=columns,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high,
        is_signed=sign == 1,
        slope=slope[0] if slope else 1.0,
        intercept=intercept[0] if intercept else 0.0,
        padding=_padding(reading, sign == 1),
        syntax=elements.syntax,
        offset=elements.pixels_at,
        length=elements.pixels_n,
    )


def _padding(reading: _Reading, is_signed: bool) -> tuple[int, int] | None:
    """Return the stored values that mean *never measured*, lowest and highest."""
    value = reading.short(0x00280120, signed=is_signed)
    if value is None:
        return None
    limit = reading.short(0x00280121, signed=is_signed)
    return (value, value) if limit is None else (min(value, limit), max(value, limit))


def is_uid(text: str) -> bool:
    """Return whether `text` has the form of a DICOM UID."""
    return _UID.fullmatch(text) is not None
