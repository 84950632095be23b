"""More than 300 words that only a patient's file holds, and a search that finds each anywhere.

Every word holds one of the `MARKS`, so that one search finds all. They stand in elements of every
VR, in nested sequences, in private blocks, in the preamble, in padding of pixels and data set,
and in names of files and folders.
"""

import gzip
import io
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing

import numpy as np
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

WORD, DIGITS, BIRTH, STUDY = "Kanari", "90817263", "19310729", "19610411"
MARKS = (WORD, WORD.upper(), "Kanarié", DIGITS, "1931-07-29", BIRTH, "29.07.1931",
         "1961-04-11", STUDY)  # fmt: skip
TEXTS = {"LO", "SH", "PN", "ST", "LT", "UT", "UC", "UR", "AE", "CS"}
RAW = {"OB", "OW", "UN", "OF", "OD", "OL", "OV"}
KEPT = {
    # What the loader reads geometry and pixels by stays as it is.
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "Modality",
    "PatientPosition", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID",
    "PhotometricInterpretation", "PixelData", "InstanceNumber", "AcquisitionNumber",
    "BurnedInAnnotation", "LossyImageCompression", "RescaleType", "KVP", "SliceThickness",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope",
    "RescaleIntercept", "TemporalPositionIdentifier", "ImagesInAcquisition",
    "SpacingBetweenSlices", "TimezoneOffsetFromUTC", "StudyTime",
}  # fmt: skip


def value(vr, n):
    """Return the n-th canary in the form of a VR, None for a VR that can't hold one."""
    if vr in TEXTS:
        word = f"{WORD}{n:03d}"
        return word.upper() if vr in ("CS", "AE") else f"{word}^Kanarié" if vr == "PN" else word
    if vr in ("DS", "IS"):
        return f"{DIGITS}{n % 10}" if vr == "IS" else f"{DIGITS}.{n:03d}"
    if vr == "UI":
        return f"1.2.{DIGITS}.{n}"
    if vr in ("DA", "DT"):
        return BIRTH if vr == "DA" else f"{BIRTH}101112"
    if vr in RAW:
        return f"{WORD}{n:04d}______".encode()[:16]
    return {"FL": 1.25, "FD": 1.25, "US": 7, "UL": 7, "SS": 7, "SL": 7}.get(vr)


def planted(files, count=300):
    """Put canaries into every file of a series; return how many different ones each has."""
    told = set()
    names = [one for one in sorted(DicomDictionary.items()) if 0x0008 <= one[0] >> 16 <= 0x4008]
    wanted = [
        (tag, vr) for tag, (vr, vm, _, retired, keyword) in names
        if keyword not in KEPT and not retired and vm == "1" and tag & 0xFFFF
    ]  # fmt: skip
    chosen = []
    for kind in sorted({vr for _, vr in wanted}):
        of_kind = [one for one in wanted if one[1] == kind]
        chosen += of_kind[: 24 if kind in TEXTS else 12]
    for ds in files.values():
        ds.SpecificCharacterSet = "ISO_IR 192"
        for n, (tag, vr) in enumerate(chosen):
            put(ds, tag, vr, value(vr, n), told)
        people(ds, told)
        nested(ds, told)
        ds.PixelData += f"{WORD}behindthepixels_".encode()[:22]
        ds.preamble = f"{WORD}preamble".encode().ljust(128, b"\0")
        put(ds, 0xFFFCFFFC, "OB", f"{WORD}trailing".encode().ljust(16, b"\0"), told)
    assert len(told) >= count, len(told)
    return len(told)


def put(ds, tag, vr, what, told):
    if what is None or vr == "SQ":
        return
    ds.add_new(tag, vr, what)
    told.add(f"{what}")


def people(ds, told):
    """Whom the loader asks for, and the texts it reads."""
    ds.PatientName, ds.PatientID = f"{WORD}name^Kanarié", f"{WORD}ID77"
    ds.PatientBirthDate, ds.IssuerOfPatientID = BIRTH, f"{WORD}ISSUER"
    ds.StudyDate, ds.SeriesDescription = STUDY, f"{WORD}series"
    ds.Manufacturer, ds.ConvolutionKernel = f"{WORD}maker", f"BONE{WORD.upper()}"
    ds.StudyID, ds.AccessionNumber, ds.BodyPartExamined = f"{WORD}SI", f"{WORD}AC", "SHOULDER"
    told |= {"name", "id", "issuer", "series", "maker", "kernel", "study id", "accession"}


def nested(ds, told):
    """Sequences in sequences, and private blocks, each with words of its own."""
    for n in range(12):
        block = ds.private_block(0x0099 + 2 * n, f"{WORD}CREATOR{n}", create=True)
        block.add_new(0x01, "LO", f"{WORD}private{n}")
        block.add_new(0x02, "UN", f"{WORD}unknown{n:02d}__".encode()[:16])
        told |= {f"creator{n}", f"private{n}", f"unknown{n}"}
    inner = Dataset()
    inner.PatientName = f"{WORD}deepest"
    for depth in range(8):
        outer = Dataset()
        outer.PatientComments = f"{WORD}depth{depth}"
        outer.OtherPatientIDsSequence = Sequence([inner])
        inner = outer
        told.add(f"depth{depth}")
    ds.OtherPatientIDsSequence = Sequence([inner])


# --- the search ----------------------------------------------------------------------------

FORMS = [
    mark.encode(code) for mark in MARKS for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
]
PATTERN = re.compile(b"|".join(re.escape(form) for form in sorted(set(FORMS), key=len)[::-1]))


def unpacked(body, depth=0):
    """Yield bytes and all that is compressed in them: gzip, ZIP, zlib anywhere inside."""
    yield body
    if depth > 2:
        return
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from unpacked(archive.read(name), depth + 1)
    for start in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", body):
        is_gzip = start.group()[0] == 0x1F
        inflater = zlib.decompressobj(31 if is_gzip else 15)
        try:
            inner = inflater.decompress(body[start.start() :], 1 << 26)
        except zlib.error:
            continue
        if len(inner) > 8:
            yield from unpacked(inner, depth + 1)


def found_in(body):
    """Return the canaries in bytes, whatever way they are written or packed."""
    return {hit for part in unpacked(body) for hit in PATTERN.findall(part)}


def found_in_case(path):
    """Return the canaries in a case file: its pages, and each of its values."""
    hits = found_in(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
        for table in tables:
            if table.startswith("sqlite_"):
                continue
            for row in connection.execute(f"SELECT * FROM {table}"):
                for one in row:
                    body = one.encode() if isinstance(one, str) else one
                    hits |= found_in(body) if isinstance(body, bytes) else set()
    return hits


def found_under(folder):
    """Return the canaries in all files and names below a folder, by path."""
    hits = {}
    for path in sorted(folder.rglob("*")):
        here = found_in(str(path.relative_to(folder)).encode())
        if path.is_file():
            is_case = path.suffix == ".tasrif"
            here |= found_in_case(path) if is_case else found_in(path.read_bytes())
        if here:
            hits[str(path.relative_to(folder))] = here
    return hits


def hidden(word):
    """Return a word in each of the ways that the search must see through."""
    body = np.arange(200, dtype=np.uint8).tobytes() + word
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner", body)
    packed = gzip.compress(body)
    return [body, zlib.compress(body), b"x" + zlib.compress(packed), packed, archive.getvalue()]
