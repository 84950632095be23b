"""The report made once more from plan, pictures and language, and compared object by object.

Rows and numbers are held by a reader of its own. What else stands on a page, a sentence, a picture,
the shape of a letter, is held here: the same plan, pictures, language and release give the same
report. Streams are compared unpacked, since another build of zlib packs them otherwise; another
release may set a report otherwise, so for its reports the receiver is told that this wasn't done.
"""

import hashlib
import json
import re
import string
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any, Final

import polib

from planning.case.publish import program_version
from planning.exchange.report_pdf import set_report
from planning.exchange.report_pen import About, Pen
from planning.exchange.report_person import person_of
from planning.exchange.report_plan import ToldPlan, made_at
from planning.exchange.verify.bag import PLAN, Payload, Signer
from planning.exchange.verify.papers import PICTURES
from planning.exchange.verify.verdict import Fault
from resources import FOLDER
from segmentation.errors import Value

NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("en",),
    "fr": ("fr", "en"),
    "ar": ("ar", "fr", "en"),
}
INFLATED_BYTES_MAX: Final = 1 << 28
OBJECT: Final = re.compile(rb"\n*([1-9][0-9]{0,5}) 0 obj\n")
LENGTH: Final = re.compile(rb"/Length ([0-9]{1,9})(?![0-9])")
XREF: Final = re.compile(rb"\n*xref\n0 ([0-9]{1,6})\n0000000000 65535 f ?\r?\n")
ENTRY: Final = re.compile(rb"([0-9]{10}) 00000 n ?\r?\n")
TRAILER: Final = re.compile(rb"trailer\n(<<.*?>>)\n+startxref\n([0-9]{1,10})\n%%EOF\n*", re.DOTALL)
SUBJECT: Final = re.compile(
    rb'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">([^<]*)</rdf:li>'
)
IDENTITY: Final = re.compile(rb"/ID \[<[0-9A-F]*><[0-9A-F]*>\]")


def is_of_this_release(plan: Mapping[str, Any]) -> bool:
    """Return whether a plan says that this release made it."""
    return bool(plan["program"] == {"name": "Tasrif", "version": program_version()})


def held_again(
    file: tuple[str, bytes], payload: Payload, language: str, signed_by: Signer | None
) -> None:
    """Raise a Fault unless a report, by path and bytes, is the one of this plan and these pictures.

    The pictures are those beside the plan; none can be drawn again without the CT.
    """
    path, body = file
    try:
        found = list(_objects(body))
        subject = _subject(found)
    except (ValueError, zlib.error):
        raise Fault("verify-report-unreadable", path=path) from None
    meant = list(_objects(_again(payload, language, signed_by, subject)))
    if found != meant:
        raise Fault("verify-report-other", path=path)


def _subject(objects: list[tuple[bytes, bytes]]) -> str:
    """Return whose report its metadata say it is; "" for nobody, ValueError if odd."""
    told = [stream for words, stream in objects if b"/Subtype /XML" in words]
    found = [one for stream in told for one in SUBJECT.findall(stream)]
    if len(found) > 1:
        raise ValueError
    subject = unescape(found[0].decode()) if found else ""
    person_of(subject, "")
    return subject


def _again(payload: Payload, language: str, signed_by: Signer | None, subject: str) -> bytes:
    body = payload.bodies[PLAN]
    document = json.loads(body)
    title = f"{document['case_code']}, version {document['plan']['version']}"
    plain = "".join(sign if sign.isprintable() else "?" for sign in title)
    pen = Pen(About(plain, language, made_at(document), subject))
    person = person_of(subject, str(document["case_code"]))
    fingerprint = "" if signed_by is None else signed_by.fingerprint
    sha256 = hashlib.sha256(body).hexdigest()
    told = ToldPlan(document, sha256, _Language(language), fingerprint, pen.has_glyph, person)
    try:
        return set_report(pen, told, _pictures(payload)).body
    except (OSError, ValueError, SyntaxError, zlib.error):  # a picture that is none
        raise Fault("verify-picture-odd", path=PICTURES) from None
    except (ArithmeticError, LookupError, TypeError, AttributeError):  # a plan that can't be told
        raise Fault("verify-report-other", path=PICTURES) from None


def _pictures(payload: Payload) -> Mapping[str, bytes]:
    return {
        path.removeprefix(PICTURES).removesuffix(".png"): body
        for path, body in payload.bodies.items()
        if path.startswith(PICTURES)
    }


def _objects(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield header, each object with its stream unpacked, and trailer; ValueError if odd.

    Every byte belongs to one of them, and the table of places names just these objects.
    """
    at = body.index(b"\n1 0 obj\n") + 1
    yield b"", body[:at]
    room, places = INFLATED_BYTES_MAX, list[int]()
    while (match := OBJECT.match(body, at)) is not None:
        places.append(match.start(1))
        words, stream, at = _object(body, match.end(), room)
        room -= len(stream)
        yield match[1] + b" " + words, stream
    yield b"trailer", _trailer(body, at, places)


def _object(body: bytes, at: int, room: int) -> tuple[bytes, bytes, int]:
    """Return an object's words and its stream unpacked, and where it ends."""
    end, stream = body.index(b"\nendobj\n", at), body.find(b"stream\n", at)
    if not at <= stream < end:
        return body[at:end], b"", end + len(b"\nendobj\n")
    words, start = body[at:stream], stream + len(b"stream\n")
    (length,) = LENGTH.findall(words)
    end = start + int(length)
    tail = b"\nendstream\nendobj\n"
    if body[end : end + len(tail)] != tail:
        raise ValueError
    plain = body[start:end]
    if b"/FlateDecode" in words:
        packer = zlib.decompressobj()
        plain = packer.decompress(plain, max(room, 1))
        if not packer.eof or packer.unused_data:
            raise ValueError
    return LENGTH.sub(b"", words), plain, end + len(tail)


def _trailer(body: bytes, at: int, places: list[int]) -> bytes:
    """Return the trailer's words; ValueError where the table of places is not the objects'."""
    table = XREF.match(body, at)
    if table is None or int(table[1]) != len(places) + 1:
        raise ValueError
    start, at = body.index(b"xref\n", at), table.end()
    for place in places:
        entry = ENTRY.match(body, at)
        if entry is None or int(entry[1]) != place:
            raise ValueError
        at = entry.end()
    last = TRAILER.fullmatch(body, at)
    if last is None or int(last[2]) != start:
        raise ValueError
    return IDENTITY.sub(b"", last[1])


@dataclass(frozen=True, slots=True)
class _Language:
    """A language's words by the receiver's own road to the catalogues."""

    language: str

    def text(self, msgid: str) -> str:
        """Return what is written `msgid` in English."""
        return self._found(None, msgid) or msgid

    def sentence(self, code: str, values: Mapping[str, Value]) -> str:
        """Return a code's sentence, filled; the bare code when no catalogue has it."""
        return self._filled("message", code, values) or code

    def detail(self, code: str, values: Mapping[str, Value]) -> str:
        """Return what stands behind a code; empty for none."""
        return self._filled("detail", code, values)

    def number(self, text: str) -> str:
        """Return a number as the language writes it."""
        return (text.replace(".", ",") if self.language == "fr" else text).replace("-", "\u2212")

    def _found(self, context: str | None, msgid: str) -> str:
        found = (_catalogue(one).get((context, msgid)) for one in NEXT[self.language])
        return next((words for words in found if words), "")

    def _filled(self, context: str, code: str, values: Mapping[str, Value]) -> str:
        parts = []
        for words, name, form, _ in string.Formatter().parse(self._found(context, code)):
            parts.append(words)
            if name is not None:
                value = values[name]
                text = format(value, form or "")
                parts.append(text if isinstance(value, str) else self.number(text))
        return "".join(parts)


@cache
def _catalogue(language: str) -> Mapping[tuple[str | None, str], str]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr
        for path in sorted((FOLDER / "locale" / language).glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.translated()
    }
