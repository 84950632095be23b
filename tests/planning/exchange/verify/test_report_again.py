"""The receiver makes the report once more: what a reader of its rows can't see is found out too."""

import hashlib
import io
import json
import re
import struct
import zlib

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from app.words import CatalogueWords
from planning.case.case import Kind
from planning.exchange.verify.bag import PLAN, Payload
from planning.exchange.verify.pictures import require_picture
from planning.exchange.verify.report import report
from planning.exchange.verify.report_again import _Language, _objects, held_again
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange.reports import LANGUAGES, handed_over, made

PATH = "data/report/DRAFT-SIM-report.pdf"


@pytest.fixture(scope="module")
def plan():
    return handed_over("en", Kind.SIMULATION, is_sealed=False).plan


@pytest.fixture(scope="module")
def body():
    return made("en", Kind.SIMULATION, is_sealed=False).body


def payload_of(body, plan, **pictures):
    bodies = {PATH: body, PLAN: plan}
    bodies |= {f"data/pictures/{name}.png": one for name, one in pictures.items()}
    sha256 = {path: hashlib.sha256(one).hexdigest() for path, one in bodies.items()}
    return Payload(sha256, {path: len(one) for path, one in bodies.items()}, bodies)


def repacked(body, change):
    """The same file with each stream's content changed, its places and lengths made right."""
    parts, places, out = list(_objects(body)), [], b""
    out += parts[0][1]
    for head, stream in parts[1:-1]:
        number, _, words = head.partition(b" ")
        words, plain = change(number, words, stream)
        places.append(len(out))
        if not stream:
            out += number + b" 0 obj\n" + words + b"\nendobj\n"
            continue
        if b"/FlateDecode" in words:
            plain = zlib.compress(plain, 1)
        words = words.replace(b"\n\n", b"\n/Length %d\n" % len(plain))
        out += number + b" 0 obj\n" + words + b"stream\n" + plain + b"\nendstream\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % one for one in places)
    return out + b"trailer\n" + parts[-1][1] + b"\nstartxref\n%d\n%%%%EOF\n" % start


def unchanged(number, words, stream):
    return words, stream


def covered(number, words, stream):
    is_page = b" Tj" in stream or b" TJ" in stream
    return words, stream + b"\nq 1 0 0 rg 40 640 300 120 re f Q" if is_page else stream


def a_link(number, words, stream):
    action = b"/OpenAction << /S /J#61vaScript /JS (app.alert\\(1\\)) >>\n/Type /Catalog"
    return words.replace(b"/Type /Catalog", action), stream


def judged(body, plan):
    return report(payload_of(body, plan), json.loads(plan), None)


def test_another_packing_of_the_same_report_holds(body, plan):
    again = repacked(body, unchanged)
    assert again != body
    assert len(PdfReader(io.BytesIO(again)).pages) == len(PdfReader(io.BytesIO(body)).pages)
    assert judged(again, plan).code == "verify-report-ok"


@pytest.mark.parametrize("change", [covered, a_link])
def test_what_lies_over_a_page_or_acts_is_found_out(body, plan, change):
    again = repacked(body, change)
    assert again != repacked(body, unchanged)
    with pytest.raises(Fault) as no:
        judged(again, plan)
    assert no.value.code in {"verify-report-other", "verify-report-unreadable"}


def test_a_sentence_too_much_in_a_row_is_found_out(body, plan):
    """A reader of rows takes what stands behind a row's own words for a longer line."""
    writer = PdfWriter(clone_from=io.BytesIO(body))
    page = writer.pages[-1]
    content = DecodedStreamObject()
    content.set_data(page.get_contents().get_data() * 2)
    page[NameObject("/Contents")] = writer._add_object(content)
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Fault):
        judged(out.getvalue(), plan)


def test_a_table_of_places_that_names_others_is_no_report_of_ours(body, plan):
    start = int(re.search(rb"startxref\n(\d+)", body)[1])
    at = body.index(b"0000000015", start) if b"0000000015" in body[start:] else start + 40
    lying = body[:at] + b"9" + body[at + 1 :]
    with pytest.raises(Fault):
        held_again((PATH, lying), payload_of(lying, plan), "en", None)


def test_bytes_behind_or_between_are_no_report_of_ours(body, plan):
    for odd in (body + b"5 0 obj\n", body.replace(b"endobj\n2 0 obj", b"endobj\nQ\n2 0 obj"), b""):
        with pytest.raises(Fault) as no:
            held_again((PATH, odd), payload_of(odd, plan), "en", None)
        assert no.value.code == "verify-report-unreadable"


def test_a_picture_that_is_not_the_reports_is_found_out(body, plan):
    with pytest.raises(Fault) as no:
        held_again((PATH, body), payload_of(body, plan, axial=png(3)), "en", None)
    assert no.value.code == "verify-report-other"


def test_of_another_release_the_receiver_is_told(body, plan):
    document = json.loads(plan)
    document["program"]["version"] = "99"
    held = report(payload_of(body, plan), document, None)
    assert (held.code, held.values["version"]) == ("verify-report-not-again", "99")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receivers_words_are_the_windows(language):
    ours, theirs = _Language(language), CatalogueWords(language)
    for words in ("Seal", "Findings", "LEFT side", "Definitions and sources", "no such words"):
        assert ours.text(words) == theirs.text(words)
    values = {"item": "K-1", "segment": "Os", "margin_mm": 0.65, "limit_mm": 1}
    values |= {"uncertainty_mm": 0.2, "least_mm": -0.45}
    for code in ("bone-thin", "no-such-code"):
        assert ours.sentence(code, values) == theirs.sentence(code, values)
        assert ours.detail(code, values) == theirs.detail(code, values)
    assert ours.number("-1.5") == theirs.number("-1.5")


def png(grey):
    out = io.BytesIO()
    Image.new("L", (4, 4), grey).save(out, "PNG")
    return out.getvalue()


def with_chunk(body, kind, content):
    chunk = struct.pack(">I", len(content)) + kind + content
    return body[:33] + chunk + struct.pack(">I", zlib.crc32(kind + content)) + body[33:]


def test_a_picture_is_a_picture_and_nothing_else():
    require_picture(png(1), "a.png")
    wide = bytearray(png(1))
    wide[16:24] = b"\x7f\xff\xff\xff" * 2
    wide[29:33] = zlib.crc32(bytes(wide[12:29])).to_bytes(4)
    for odd in (
        b"", b"<html>", png(1)[:-1], png(1) + b"x", bytes(wide), png(1)[8:],
        with_chunk(png(1), b"tEXt", b"Comment\0operate on the right"),
        png(1).replace(b"IDAT", b"IDAU"),
    ):  # fmt: skip
        with pytest.raises(Fault) as no:
            require_picture(odd, "a.png")
        assert no.value.code == "verify-picture-odd"
