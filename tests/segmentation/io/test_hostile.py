"""Hostile files: one sentence each, bounded memory, and the other files still load (SEC-1 to 8).

The figures are those of the reliability note, sections 4.1 and 4.2.
"""

import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLossless, JPEGLSLossless, RLELossless

from segmentation.errors import Refusal
from segmentation.io.decoder_child import check_stream
from segmentation.io.dicom_header import Elements, read_elements
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import Scan, scan
from tests.segmentation.io import enhanced
from tests.segmentation.io import series as make
from tests.segmentation.io.sentences import check_findings, check_refusal, check_sentence

MEMORY_BYTES_MAX = 160 << 20
DEFLATED = "1.2.840.10008.1.2.1.99"


def head_of(syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    """Return the bytes of a CT slice less its pixels, in explicit little endian."""
    ds = make.make_series(make.Recipe(seed=9))["slice003.dcm"]
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    del ds.PixelData
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    body = out.getvalue()
    at = 144 + struct.unpack("<I", body[140:144])[0]
    if syntax != DEFLATED:
        return body
    ds.file_meta.TransferSyntaxUID = DEFLATED
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    deflated = out.getvalue()
    start = 144 + struct.unpack("<I", deflated[140:144])[0]
    return deflated[:start] + body[at:]


def nested(depth: int) -> bytes:
    """Return a header with sequences of undefined length inside each other."""
    opened = struct.pack(
        "<HH2s2xIHHI", 0x7FDF, 0x1010, b"SQ", 0xFFFFFFFF, 0xFFFE, 0xE000, 2**32 - 1
    )
    closed = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return head_of() + opened * depth + closed * depth


def bomb(length: int) -> bytes:
    """Return a deflated file of about a thousandth of `length`: one long element of zeros."""
    head = head_of(DEFLATED)
    start = 144 + struct.unpack("<I", head[140:144])[0]
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [head[:start], engine.compress(head[start:])]
    parts.append(engine.compress(struct.pack("<HH2s2xI", 0x7FDF, 0x1010, b"OB", length)))
    parts.append(engine.flush(zlib.Z_FULL_FLUSH))
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = engine.compress(bytes(1 << 20)) + engine.flush(zlib.Z_FULL_FLUSH)
    return b"".join([*parts, *[megabyte] * (length >> 20), engine.flush()])


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def many_elements(count: int) -> bytes:
    return head_of() + element(0x7FDF, 0x1010, b"SH", b"") * count


def many_items(count: int) -> bytes:
    opened = struct.pack("<HH2s2xI", 0x7FDF, 0x1010, b"SQ", 0xFFFFFFFF)
    closed = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return head_of() + opened + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * count + closed


def long_value() -> bytes:
    """Return a header in implicit VR whose position has five thousand characters."""
    place = b"1\\2\\" + b"3" * 4996
    return (
        bytes(128) + b"DICM" + struct.pack("<HHI", 8, 0x16, 26) + b"1.2.840.10008.5.1.4.1.1.2\0"
        + struct.pack("<HHI", 0x20, 0x32, len(place)) + place
    )  # fmt: skip


HEADERS = {
    "a gigabyte in a megabyte": (lambda: bomb(1 << 30), "dicom-header-too-long"),
    "sequences 500 deep": (lambda: nested(500), "dicom-beyond-limits"),
    "sequences 5,000 deep": (lambda: nested(5_000), "dicom-beyond-limits"),
    "sequences 100,000 deep": (lambda: nested(100_000), "dicom-beyond-limits"),
    "200,001 elements": (lambda: many_elements(200_001), "dicom-beyond-limits"),
    "100,001 items": (lambda: many_items(100_001), "dicom-beyond-limits"),
    "a position of five thousand digits": (long_value, "dicom-beyond-limits"),
    "a value of four gigabytes": (
        lambda: head_of() + struct.pack("<HH2s2xI", 0x7FDF, 0x1010, b"OB", 2**32 - 2),
        "dicom-truncated",
    ),
    "no VR at all": (lambda: head_of() + b"\xdf\x7f\x10\x10\x01\x02ab", "dicom-broken"),
}


def traced(folder: Path) -> Scan:
    """Return a scan made within bounded memory."""
    tracemalloc.start()
    try:
        result = scan(folder)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX
    return result


def scanned(folder: Path, *, with_memory: bool = False) -> Scan:
    """Return a scan of which every sentence exists."""
    result = traced(folder) if with_memory else scan(folder)
    for each in result.series:
        check_findings(each.findings)
    for each in result.ignored:
        check_sentence(each.code, {"file": each.path})
    return result


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.hazard("HAZ-39")
def test_a_hostile_header_is_one_sentence_and_others_load(name: str, tmp_path: Path) -> None:
    make_body, code = HEADERS[name]
    make.save(make.make_series(), tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "one.dcm").write_bytes(make_body())
    result = scanned(tmp_path, with_memory="giga" in name)
    assert [each.code for each in result.ignored] == [code]
    assert load(next(each for each in result.series if each.slices == 12)).volume.hu.any()


def test_nesting_that_real_files_have_is_walked() -> None:
    body = nested(15)
    elements = read_elements(lambda count: body[:count], len(body))
    assert elements is not None
    assert elements.fault == ""


# The strict kinds of values (SEC-3) ------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "vr"),
    [
        ("ImagePositionPatient", "LO"), ("PixelSpacing", "FD"), ("RescaleSlope", "UN"),
        ("Rows", "UL"), ("PatientID", "UT"), ("SeriesInstanceUID", "LO"),
        ("PatientName", "LO"), ("Modality", "SH"), ("BitsStored", "SS"),
    ],
)  # fmt: skip
@pytest.mark.hazard("HAZ-39")
def test_a_value_of_another_kind_is_refused(keyword: str, vr: str, tmp_path: Path) -> None:
    """The bytes stay what they are; only their name of kind lies."""
    folder = make.save(make.make_series(), tmp_path)
    path = sorted(folder.iterdir())[4]
    body = path.read_bytes()
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    tag = tag_for_keyword(keyword) or 0
    name = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    old = name + dictionary_VR(tag).encode()
    assert body.count(old) == 1
    at = body.index(old)
    (length,) = struct.unpack("<H", body[at + 6 : at + 8])
    if vr in ("UN", "UT"):
        header = name + vr.encode() + b"\0\0" + struct.pack("<I", length)
    else:
        header = name + vr.encode() + struct.pack("<H", length)
    path.write_bytes(body[:at] + header + body[at + 8 :])
    result = scanned(folder)
    assert [each.code for each in result.ignored] == ["dicom-kind-wrong"]
    assert result.series[0].outcome is not Outcome.PLAN_GRADE


def test_a_kind_of_value_that_is_not_known_is_skipped(tmp_path: Path) -> None:
    """PS3.5 6.2: kinds to come have a length of 32 bits."""
    body = head_of() + struct.pack("<HH2s2xI", 0x7FDF, 0x1010, b"XX", 6) + b"secret"
    elements = read_elements(lambda count: body[:count], len(body))
    assert elements is not None
    assert (elements.fault, elements.ends_clean) == ("", True)


# Names and identifiers (SEC-4, SEC-5) ----------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "code"),
    [
        ("SOPInstanceUID", "instance-uid-missing"),
        ("SeriesInstanceUID", "uid-malformed"),
        ("StudyInstanceUID", "uid-malformed"),
        ("FrameOfReferenceUID", "uid-malformed"),
    ],
)
@pytest.mark.parametrize("text", ["1.2.3/../../../evil", "1.2.3 ;rm", "..\\evil", "1" * 65])
@pytest.mark.hazard("HAZ-39")
def test_no_identifier_is_a_path(keyword: str, code: str, text: str, tmp_path: Path) -> None:
    files = make.make_series()
    folder = make.save(files, tmp_path)
    for name, ds in files.items():
        old = str(getattr(ds, keyword)).encode()
        body = (folder / name).read_bytes()
        padded = old + b"\0" * (len(old) % 2)
        new = text.encode() + b"\0" * (len(text) % 2)
        length, other = struct.pack("<H", len(padded)), struct.pack("<H", len(new))
        (folder / name).write_bytes(body.replace(b"UI" + length + padded, b"UI" + other + new))
    found = scanned(folder).series[0]
    assert code in [each.code for each in found.findings]
    with pytest.raises(Refusal):
        load(found)


PREAMBLES = {
    "a Windows program": b"MZ\x90\0",
    "an ELF program": b"\x7fELF\x02\x01",
    "a script": b"#!/bin/sh\n",
    "a Mach-O program": b"\xcf\xfa\xed\xfe",
    "a ZIP archive": b"PK\x03\x04",
    "a PDF": b"\n%PDF-1.7",
}


@pytest.mark.parametrize("name", PREAMBLES)
@pytest.mark.hazard("HAZ-39")
def test_a_preamble_that_starts_a_program_is_told(name: str, tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path)
    path = sorted(folder.iterdir())[2]
    path.write_bytes(PREAMBLES[name].ljust(128, b"\0") + path.read_bytes()[128:])
    found = scanned(folder).series[0]
    told = [each for each in found.findings if each.code == "preamble-program"]
    assert [each.values["file"] for each in told] == [path.name]
    assert found.outcome is Outcome.PLAN_GRADE


@pytest.mark.parametrize("start", [b"II*\0", b"MM\0*", b"\0\0\0\0"])
def test_a_tiff_or_empty_preamble_is_usual(start: bytes, tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path)
    for path in folder.iterdir():
        path.write_bytes(start.ljust(128, b"\0") + path.read_bytes()[128:])
    assert "preamble-program" not in [each.code for each in scanned(folder).series[0].findings]


NAMES = [
    "../evil.dcm", "/etc/evil.dcm", "C:\\evil.dcm", "\\\\host\\share\\evil.dcm", "a/../../evil.dcm",
    "con", "folder/NUL.dcm", "com1.dcm",
]  # fmt: skip


@pytest.mark.hazard("HAZ-39")
def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path / "good")
    body = (folder / "slice000.dcm").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"good/{path.name}")
        for name in NAMES:
            archive.writestr(zipfile.ZipInfo(name), body)
        archive.writestr("Twice.dcm", body)
        archive.writestr("tWICE.dcm", body)
    result = scanned(tmp_path / "a.zip")
    codes = sorted(each.code for each in result.ignored)
    assert codes == ["archive-name-clash"] * 2 + ["archive-unsafe-name"] * len(NAMES)
    assert load(result.series[0]).volume.hu.shape[0] == 12


# Pixels (SEC-2) --------------------------------------------------------------------------------


def j2k(rows: int, columns: int, components: int = 1, bits: int = 16) -> bytes:
    """Return a JPEG 2000 stream of 414 bytes with these figures in its header."""
    size = struct.pack(
        ">HHHIIIIIIIIHBBB", 0xFF51, 41, 0, columns, rows, 0, 0, columns, rows, 0, 0,
        components, bits - 1, 1, 1,
    )  # fmt: skip
    return (b"\xff\x4f" + size).ljust(412, b"\0") + b"\xff\xd9"


def frame_header(marker: int, bits: int, rows: int, columns: int, components: int = 1) -> bytes:
    """Return a JPEG family stream that ends after its frame header."""
    comment = b"\xff\xfe\x00\x04ab"
    shape = struct.pack(">HBHHB", 8 + 3 * components, bits, rows, columns, components)
    rest = b"\x01\x11\x00" * components
    return b"\xff\xd8" + comment + bytes([0xFF, marker]) + shape + rest + bytes(60) + b"\xff\xd9"


STREAMS = {
    "J2K of 20,000 squared": (JPEG2000Lossless, j2k(20_000, 20_000)),
    "J2K of 60,000 squared": (JPEG2000Lossless, j2k(60_000, 60_000)),
    "J2K one row more": (JPEG2000Lossless, j2k(21, 24)),
    "J2K in colour": (JPEG2000Lossless, j2k(20, 24, 3)),
    "J2K of 24 bits": (JPEG2000Lossless, j2k(20, 24, 1, 24)),
    "J2K in a box": (JPEG2000Lossless, b"\0\0\0\x0cjP  \r\n\x87\n" + j2k(9_000, 24)),
    "JPEG-LS of 40,000 rows": (JPEGLSLossless, frame_header(0xF7, 16, 40_000, 24)),
    "JPEG-LS of 2 bits signed": (JPEGLSLossless, frame_header(0xF7, 2, 20, 24)),
    "JPEG in colour": (JPEGLossless, frame_header(0xC3, 16, 20, 24, 3)),
    "JPEG without a number of rows": (JPEGLossless, frame_header(0xC3, 16, 0, 24)),
    "no stream": (JPEGLossless, b"\xff\xd8" + bytes(90)),
    "nothing": (JPEGLSLossless, b"\0\0"),
    "RLE of 15 segments": (RLELossless, struct.pack("<16I", 15, *range(64, 79))),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.hazard("HAZ-39")
def test_a_stream_that_lies_is_refused_before_it_is_decoded(name: str, tmp_path: Path) -> None:
    syntax, stream = STREAMS[name]
    files = make.make_series()
    for ds in files.values():
        ds.PixelData = encapsulate([stream])
        ds["PixelData"].VR = "OB"
        ds.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(Refusal, match="pixels-broken") as raised:
        load(scanned(make.save(files, tmp_path)).series[0])
    check_refusal(raised.value)
    figures = {"syntax": str(syntax), "rows": 20, "columns": 24, "bits_allocated": 16}
    with pytest.raises((ValueError, struct.error)):  # before any decoder sees it
        check_stream(figures | {"bits_stored": 16, "signed": 1}, stream)


@pytest.mark.hazard("HAZ-39")
def test_tiny_streams_of_a_huge_series_are_refused_together(tmp_path: Path) -> None:
    """Each stream says what its header says: 8,192 squared in 414 bytes, twelve times."""
    whole = enhanced.make_enhanced(make.make_series())
    whole.Rows = whole.Columns = 8192
    whole.PixelData = encapsulate([j2k(8192, 8192)] * 12)
    whole["PixelData"].VR = "OB"
    whole.file_meta.TransferSyntaxUID = JPEG2000Lossless
    found = scanned(enhanced.save(whole, tmp_path / "one.dcm"), with_memory=True).series[0]
    assert "pixels-implausible" in [each.code for each in found.findings]
    with pytest.raises(Refusal, match="pixels-implausible"):
        load(found)


def test_blank_slices_compress_as_far_as_they_like(tmp_path: Path) -> None:
    files = make.make_series()
    for ds in files.values():
        ds.Rows = ds.Columns = 512
        make.set_pixels(ds, np.zeros((512, 512), np.int16))
        ds.compress(JPEGLSLossless, generate_instance_uid=False)
        assert len(ds.PixelData) * 200 < 512 * 512 * 2
    assert load(scanned(make.save(files, tmp_path)).series[0]).outcome is Outcome.PLAN_GRADE


@pytest.mark.parametrize(
    "values", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2**31 - 1}]
)
def test_figures_beyond_any_scanner_are_refused(values: dict[str, int], tmp_path: Path) -> None:
    files = make.make_series()
    make.each(**values)(files, np.random.default_rng(0))
    found = scanned(make.save(files, tmp_path)).series[0]
    assert found.outcome is Outcome.REFUSED


def test_a_deflated_file_is_inflated_to_its_pixels_and_no_further(tmp_path: Path) -> None:
    """A bomb behind the pixels: the pixels are right, and the rest is never asked for."""
    files = make.make_series()
    plain = load(scan(make.save(files, tmp_path / "plain")).series[0]).volume.sha256()
    folder = tmp_path / "bombs"
    folder.mkdir()
    for name, ds in files.items():
        ds.file_meta.TransferSyntaxUID = DEFLATED
        ds.save_as(folder / name, enforce_file_format=True)
        body = (folder / name).read_bytes()
        start = 144 + struct.unpack("<I", body[140:144])[0]
        engine = zlib.compressobj(9, zlib.DEFLATED, -15)
        tail = element(0xFFFC, 0xFFFC, b"OB", b"")[:6] + b"\0\0" + struct.pack("<I", 1 << 28)
        packed = engine.compress(zlib.decompress(body[start:], -15) + tail)
        packed += engine.compress(bytes(1 << 28)) if name == "slice003.dcm" else b""
        (folder / name).write_bytes(body[:start] + packed + engine.flush())
    found = scanned(folder).series[0]
    tracemalloc.start()
    try:
        assert load(found).volume.sha256() == plain
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES_MAX
    finally:
        tracemalloc.stop()


# Other headers (SEC-5), and directories --------------------------------------------------------

DETACHED: dict[str, Callable[[str], str]] = {
    "a.mhd": lambda name: (
        "ObjectType = Image\nNDims = 3\nDimSize = 4 4 4\nElementType = MET_SHORT\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        f"ElementSpacing = 1 1 1\nElementDataFile = {name}\n"
    ),
    "a.nhdr": lambda name: (
        "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\nspace: LPS\nendian: little\n"
        "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: raw\n"
        f"data file: {name}\n"
    ),
}


@pytest.mark.parametrize("header", DETACHED)
@pytest.mark.parametrize(
    "name",
    [
        "../secret.raw",
        "{outside}",
        "sub/../../secret.raw",
        "link.raw",
        "LIST",
        "%s",
        "a%03d.raw 1 2 1",
    ],
)
@pytest.mark.hazard("HAZ-39")
def test_voxels_outside_the_folder_are_never_read(header: str, name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.raw"
    secret.write_bytes(b"SECRETSECRET1234" * 8)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link.raw").symlink_to(secret)
    text = DETACHED[header](name.format(outside=secret) if "{" in name else name)
    (folder / header).write_text(text)
    found = scanned(folder / header).series[0]
    assert [each.code for each in found.findings] == ["detached-data-refused"]


@pytest.mark.parametrize("header", DETACHED)
def test_voxels_beside_the_header_are_read(header: str, tmp_path: Path) -> None:
    (tmp_path / "voxels.raw").write_bytes(bytes(128))
    (tmp_path / header).write_text(DETACHED[header]("voxels.raw"))
    assert scanned(tmp_path / header).series[0].outcome is not Outcome.REFUSED


@pytest.mark.parametrize("header", DETACHED)
def test_a_number_of_sixty_thousand_digits_ends(header: str, tmp_path: Path) -> None:
    text = DETACHED[header]("voxels.raw").replace("0 0 0\n", "1" * 50_000 + "x 0 0\n")
    text = text.replace("(0,0,0)", f"({'1' * 50_000}x,0,0)")
    (tmp_path / "voxels.raw").write_bytes(bytes(128))
    (tmp_path / header).write_text(text)
    found = scanned(tmp_path / header).series[0]
    assert [each.code for each in found.findings] == ["number-unreadable"]


def test_an_nrrd_of_200000_squared_in_90_bytes_is_refused(tmp_path: Path) -> None:
    text = (
        DETACHED["a.nhdr"]("x").replace("4 4 4", "200000 200000 10").replace("data file: x\n", "\n")
    )
    (tmp_path / "a.nrrd").write_text(text)
    found = scanned(tmp_path / "a.nrrd").series[0]
    assert [each.code for each in found.findings] == ["image-too-large"]


def test_a_deflated_directory_is_not_inflated(tmp_path: Path) -> None:
    from segmentation.io.directory import listed_images

    body = bomb(1 << 28)
    tracemalloc.start()
    try:
        assert listed_images(body) == {}
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES_MAX
    finally:
        tracemalloc.stop()


def test_numbers_beyond_any_scanner_are_refused_not_multiplied(tmp_path: Path) -> None:
    for keyword, value in (
        ("RescaleSlope", "1e300"),
        ("ImagePositionPatient", ["1e200", "0", "0"]),
    ):
        files = make.make_series()
        make.each(**{keyword: value})(files, np.random.default_rng(0))
        found = scanned(make.save(files, tmp_path / keyword)).series[0]
        assert "number-too-large" in [each.code for each in found.findings]


def test_a_file_of_five_gigabytes_is_left_aside(tmp_path: Path) -> None:
    make.save(make.make_series(), tmp_path)
    with (tmp_path / "large.dcm").open("wb") as stream:
        stream.write((tmp_path / "slice000.dcm").read_bytes())
        stream.truncate(5 << 30)  # sparse: takes no room
    result = scanned(tmp_path)
    assert [each.code for each in result.ignored] == ["file-too-large"]
    assert load(result.series[0]).volume.hu.any()


@pytest.mark.data
def test_every_file_of_the_shared_data_by_itself_is_a_sentence_or_an_image(
    shared_data: Path,
) -> None:
    """Each file as the only one: nothing is a traceback, everything has its sentence."""
    seen = 0
    for path in sorted(shared_data.rglob("*")):
        if not path.is_file() or path.parent.name.startswith("ct_"):
            continue
        seen += 1
        try:
            result = scan(path)
        except Refusal as refusal:
            check_refusal(refusal)
            continue
        for each in result.series:
            check_findings(each.findings)
            try:
                load(each, view_only=True)
            except Refusal as refusal:
                check_refusal(refusal)
        for other in result.ignored:
            check_sentence(other.code, {"file": other.path})
    assert seen > 100


@pytest.mark.data
def test_every_shared_file_cut_or_spoilt_is_a_sentence(shared_data: Path, tmp_path: Path) -> None:
    """Real files with their ends cut off and their bytes changed, beside a whole series."""
    rng = np.random.default_rng(4)
    make.save(make.make_series(), tmp_path / "good")
    bad = tmp_path / "bad"
    bad.mkdir()
    for folder in ("malformed_and_odd_pydicom", "charsets", "enhanced_ct_multiframe"):
        for path in sorted((shared_data / folder).iterdir()):
            body = path.read_bytes()
            (bad / f"{path.name}.cut").write_bytes(body[: int(rng.integers(1, len(body)))])
            spoilt = bytearray(body)
            for at in rng.integers(0, min(len(body), 4000), 12):
                spoilt[at] = int(rng.integers(256))
            (bad / f"{path.name}.spoilt").write_bytes(bytes(spoilt))
    result = scanned(tmp_path)
    good = next(each for each in result.series if "good" in each.files[0])
    assert load(good).outcome is Outcome.PLAN_GRADE


def test_no_sentence_is_asked_for_twice() -> None:
    """The elements of a file that isn't DICOM are none at all."""
    assert read_elements(lambda count: b"hello world, not DICOM"[:count], 22) is None
    assert Elements().fault == ""
