"""SEC-9 for images: spoilt headers, frames and answers of a decoder; a sentence, never a fall.

Every example runs in this very process, as it does in the window: any exception but a refusal
fails. The campaign tries the same for longer.
"""

import re
import struct
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLSLossless,
    RLELossless,
)

from segmentation.errors import Refusal, Unavailable
from segmentation.io.decode import Decoder, DecoderDied, shared_pool
from segmentation.io.dicom_header import read_elements
from segmentation.io.directory import listed_images
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from segmentation.io.slice_header import PixelFormat
from tests.segmentation.io import enhanced
from tests.segmentation.io import series as make
from tests.segmentation.io.enhanced import Layout, make_enhanced
from tests.segmentation.io.sentences import check_findings, check_refusal, check_sentence
from tests.segmentation.io.test_hostile import DETACHED
from tests.segmentation.io.test_multi_frame import large_series

QUICK, LONG = 60, 20_000
LOOSE = {"suppress_health_check": list(HealthCheck), "deadline": None, "database": None,
         "print_blob": True}  # fmt: skip
NUMBERS = [b"nan", b"inf", b"1e300", b"-1e9", b"1e-300", b"0", b"", b"9" * 16, b"1\\2\\3", b"-0"]
SHORTS = [0, 1, 2, 0x7FFF, 0x8000, 0xFFFF]
LONGS = [0, 1, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
_DECIMAL = re.compile(rb"-?\d+\.\d+|[1-9]\d*")


def often(quick: int, long: int) -> pytest.MarkDecorator:
    """Return a test in two lengths: one of the suite, one of the campaign."""
    marks = [pytest.mark.campaign, pytest.mark.timeout(7200)]
    return pytest.mark.parametrize("examples", [quick, pytest.param(long, marks=marks)])


@st.composite
def spoilt(draw: st.DrawFn, bodies: list[bytes], head: int = 6000) -> bytes:
    """Return one of the files with some of its first bytes, numbers or lengths changed."""
    body = bytearray(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, min(len(body), head) - 5)))
        kind = draw(st.sampled_from(["byte", "short", "long", "number", "cut", "twice", "gone"]))
        if kind == "byte":
            body[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == "short":
            body[at : at + 2] = struct.pack("<H", draw(st.sampled_from(SHORTS)))
        elif kind == "long":
            body[at : at + 4] = struct.pack("<I", draw(st.sampled_from(LONGS)))
        elif kind == "number":
            found = _DECIMAL.search(body, at)
            if found:
                new = draw(st.sampled_from(NUMBERS))[: found.end() - found.start()]
                body[found.start() : found.end()] = new.ljust(found.end() - found.start())
        elif kind == "cut":
            del body[draw(st.integers(0, len(body))) :]
        elif kind == "twice":
            body[at:at] = body[at : at + draw(st.integers(1, 200))]
        else:
            del body[at : at + draw(st.integers(1, 40))]
        body = body or bytearray(b"\0")
    return bytes(body)


def tried(strategy: st.SearchStrategy, examples: int, judge: Callable[[bytes], object]) -> int:
    """Put so many examples before `judge`; return how many were refused."""
    refused = 0

    @settings(max_examples=examples, **LOOSE)
    @given(strategy)
    def one(example: bytes) -> None:
        nonlocal refused
        try:
            judge(example)
        except Refusal as no:
            check_refusal(no)
            refused += 1

    one()
    return refused


def looked_at(path: Path) -> None:
    """Scan a path and load all that can be; every sentence exists."""
    result = scan(path)
    for other in result.ignored:
        check_sentence(other.code, {"file": other.path})
    for each in result.series:
        check_findings(each.findings)
        for options in ({"view_only": True}, {"regularise": True}):
            try:
                loaded = load(each, **options)
            except Unavailable:
                raise
            except Refusal as no:
                check_refusal(no)
                continue
            assert loaded.outcome is not Outcome.REFUSED
            assert np.isfinite(loaded.volume.grid.origin_lps_mm).all()
            check_findings(loaded.findings)


def body_of(ds: FileDataset) -> bytes:
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.fixture(scope="module")
def enhanced_bodies() -> list[bytes]:
    """Return enhanced CTs in many encodings."""
    files = make.make_series()
    bodies = [body_of(make_enhanced(files, layout)) for layout in (
        Layout(), Layout(undefined=True), Layout(syntax=ImplicitVRLittleEndian, undefined=True),
        Layout(syntax=DeflatedExplicitVRLittleEndian), Layout(shared=["PixelMeasuresSequence"]),
    )]  # fmt: skip
    for syntax in (RLELossless, JPEGLSLossless):
        packed = make_enhanced(files)
        packed.compress(syntax, generate_instance_uid=False)
        bodies.append(body_of(packed))
    part = make_enhanced(files)
    enhanced.put_together([part])
    return [*bodies, body_of(part)]


@often(QUICK * 4, LONG)
@pytest.mark.hazard("HAZ-39")
def test_a_spoilt_enhanced_ct_is_a_sentence(
    enhanced_bodies: list[bytes], tmp_path: Path, examples: int
) -> None:
    path = tmp_path / "one.dcm"

    def judge(body: bytes) -> None:
        path.write_bytes(body)
        looked_at(path)

    assert tried(spoilt(enhanced_bodies, 20_000), examples, judge) < examples


@often(QUICK, LONG // 4)
@pytest.mark.hazard("HAZ-39")
def test_spoilt_slices_of_a_series_are_a_sentence(tmp_path: Path, examples: int) -> None:
    """Two of twelve slices are spoilt; the series is never plan-grade with fewer slices unsaid."""
    folder = make.save(make.make_series(), tmp_path)
    paths = sorted(folder.iterdir())
    bodies = [paths[4].read_bytes(), paths[7].read_bytes()]

    def judge(pair: tuple[bytes, bytes]) -> None:
        paths[4].write_bytes(pair[0])
        paths[7].write_bytes(pair[1])
        looked_at(folder)

    pairs = st.tuples(spoilt(bodies[:1], 1500), spoilt(bodies[1:], 1500))
    tried(pairs, examples, judge)


@often(QUICK * 4, LONG)
@pytest.mark.hazard("HAZ-39")
def test_the_header_walk_takes_any_bytes(enhanced_bodies: list[bytes], examples: int) -> None:
    good = [*enhanced_bodies, *(body_of(ds) for ds in make.make_series().values())]

    def judge(body: bytes) -> None:
        read_elements(lambda count: body[:count], len(body))
        listed_images(body)

    bare = st.binary(max_size=400).map(lambda body: bytes(128) + b"DICM" + body)
    tried(st.one_of(spoilt(good, 20_000), bare, st.binary(max_size=400)), examples, judge)


def nifti(version: int) -> bytes:
    """Return a small NIfTI header with both forms, and its voxels."""
    head = bytearray(352 if version == 1 else 544)
    if version == 1:
        struct.pack_into("<i", head, 0, 348)
        struct.pack_into("<8h", head, 40, 3, 4, 5, 6, 1, 1, 1, 1)
        struct.pack_into("<hh", head, 70, 4, 16)
        struct.pack_into("<8f", head, 76, 1, 1, 2, 3, 0, 0, 0, 0)
        struct.pack_into("<3f", head, 108, 352, 1, 0)
        head[123] = 2
        struct.pack_into("<2h", head, 252, 0, 1)
        struct.pack_into("<12f", head, 280, 1, 0, 0, -7, 0, 2, 0, 8, 0, 0, 3, 9)
        head[344:348] = b"n+1\0"
    else:
        struct.pack_into("<i8s", head, 0, 540, b"n+2\0\r\n\x1a\n")
        struct.pack_into("<hh", head, 12, 4, 16)
        struct.pack_into("<8q", head, 16, 3, 4, 5, 6, 1, 1, 1, 1)
        struct.pack_into("<8d", head, 104, 1, 1, 2, 3, 0, 0, 0, 0)
        struct.pack_into("<q2d", head, 168, 544, 1, 0)
        struct.pack_into("<2i", head, 344, 1, 1)
        struct.pack_into("<6d", head, 352, 0, 0, 0, -7, 8, 9)
        struct.pack_into("<12d", head, 400, 1, 0, 0, -7, 0, 2, 0, 8, 0, 0, 3, 9)
        struct.pack_into("<i", head, 500, 2)
    return bytes(head) + np.arange(-500, -380, dtype="<i2").tobytes()


IMAGES = {
    "NIfTI-1": nifti(1),
    "NIfTI-2": nifti(2),
    "MetaImage": DETACHED["a.mhd"]("LOCAL").encode() + bytes(128),
    "NRRD": DETACHED["a.nhdr"]("x").replace("data file: x\n", "\n").encode() + bytes(128),
}


@often(QUICK * 2, LONG)
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.hazard("HAZ-39")
def test_a_spoilt_image_file_is_a_sentence(name: str, tmp_path: Path, examples: int) -> None:
    path = tmp_path / "image"

    def judge(body: bytes) -> None:
        path.write_bytes(body)
        looked_at(path)

    judge(IMAGES[name])
    tried(spoilt([IMAGES[name]], 600), examples, judge)


# The hand-over to the decoder ------------------------------------------------------------------


@pytest.fixture(scope="module")
def streams() -> list[tuple[str, bytes]]:
    """Return one coded frame in each syntax."""
    found = []
    for syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        ds = large_series()["slice003.dcm"]
        ds.compress(syntax, generate_instance_uid=False)
        found.append((str(syntax), next(generate_frames(ds.PixelData, number_of_frames=1))))
    return [*found, (str(JPEGLossless), found[1][1])]


@often(QUICK, LONG // 4)
@pytest.mark.hazard("HAZ-39")
def test_a_spoilt_stream_ends_at_most_its_decoder(
    streams: list[tuple[str, bytes]], examples: int
) -> None:
    def judge(example: tuple[str, bytes, bool]) -> None:
        syntax, stream, is_bare = example
        pixels = PixelFormat(40, 48, 16, 16, 15, True, 1.0, 0.0, None, syntax, 0, -1)
        payload = stream if is_bare else encapsulate([stream], has_bot=False)
        frame = shared_pool().frame(pixels, "MONOCHROME2", payload, "one.dcm")
        assert frame.shape == (40, 48)

    cases = st.sampled_from(streams).flatmap(
        lambda pair: st.tuples(
            st.just(pair[0]),
            spoilt([pair[1]], 300).map(lambda body: body + bytes(2 + len(body) % 2)),
            st.booleans(),
        )
    )
    assert tried(cases, examples, judge) > examples / 4


ANSWERS = {
    "nothing": b"",
    "half a header": b"\x01\x00",
    "four gigabytes of pixels": struct.pack("<II", 0, 0xFFFFFFFF) + bytes(99),
    "four gigabytes of fault": struct.pack("<II", 0xFFFFFFFF, 0) + bytes(99),
    "fewer pixels than told": struct.pack("<II", 0, 64) + bytes(9),
    "a byte more than asked for": struct.pack("<II", 0, 101) + bytes(101),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.hazard("HAZ-39")
def test_what_a_taken_over_decoder_answers_is_bounded(name: str) -> None:
    code = f"import sys; sys.stdout.buffer.write({ANSWERS[name]!r}); sys.stdout.flush()"
    decoder = Decoder([sys.executable, "-c", code])
    with pytest.raises(DecoderDied):
        decoder.ask({"engine": "none"}, b"", 20.0, 100)


def test_a_fault_that_is_no_text_is_a_fault() -> None:
    answer = struct.pack("<II", 4, 0) + b"\xff\xfe\0\x80"
    code = f"import sys; sys.stdin.buffer.read(9); sys.stdout.buffer.write({answer!r})"
    decoder = Decoder([sys.executable, "-c", code])
    with pytest.raises(ValueError, match=r"\S"):
        decoder.ask({"engine": "none"}, b"", 20.0, 100)
    decoder.close()
