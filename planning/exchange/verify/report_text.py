"""The text of a report, taken out by pypdf within limits; hostile files give a Fault.

Hash and signature hold before it is read. A report has no active part: only the keys that ours has
may stand in its catalogue and its pages, no object streams, no encryption.
"""

import io
import re
import struct
import unicodedata
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from planning.exchange.verify.verdict import Fault

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

BYTES_MAX: Final = 64 << 20
PAGES_MAX: Final = 300
OBJECTS_MAX: Final = 5_000
CONTENT_BYTES_MAX: Final = 4 << 20
FONTS_MAX: Final = 16
FONT_BYTES_MAX: Final = 4 << 20
CATALOG: Final = frozenset(
    {"/Type", "/Pages", "/PageLayout", "/PageMode", "/Lang", "/Metadata", "/OutputIntents",
     "/OpenAction", "/Names", "/MarkInfo", "/ViewerPreferences"}
)  # fmt: skip
PAGE: Final = frozenset(
    {"/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/Group", "/Rotate"}
)
UNWANTED: Final = (b"/ObjStm", b"/Encrypt", b"/JavaScript", b"/Launch", b"/EmbeddedFile")
ESCAPED: Final = re.compile(r"\[U\+([0-9A-F]{4,6})\]")
COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
HIGHEST: Final = 0x10FFFF
ODD: Final = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OverflowError,
    AssertionError, NotImplementedError, MemoryError, zlib.error, struct.error,
)  # fmt: skip


def read_pages(body: bytes, path: str) -> tuple[str, ...]:
    """Return the text of each page, as it was found.

    Raises
    ------
    Fault
        `verify-report-unreadable` for anything that is no report of ours or too large for one.
    """
    from pypdf import PdfReader  # noqa: PLC0415 - heavy, and only reports need it
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    is_small = len(body) <= BYTES_MAX and body.count(b" obj") <= OBJECTS_MAX
    if not body.startswith(b"%PDF-1.") or not is_small or any(one in body for one in UNWANTED):
        raise Fault("verify-report-unreadable", path=path)
    try:
        return _pages(PdfReader(io.BytesIO(body), strict=True), path)
    except (PyPdfError, *ODD):
        raise Fault("verify-report-unreadable", path=path) from None


def _pages(reader: "PdfReader", path: str) -> tuple[str, ...]:
    if not set(reader.root_object) <= CATALOG or len(reader.pages) > PAGES_MAX:
        raise Fault("verify-report-unreadable", path=path)
    texts = []
    for page in reader.pages:
        if not set(page) <= PAGE or not _is_small(page):
            raise Fault("verify-report-unreadable", path=path)
        texts.append(page.extract_text())
    return tuple(texts)


def _is_small(page: "PageObject") -> bool:
    """Return whether a page's content and its fonts' tables are of a size to be read."""
    content = page.get_contents()
    fonts = page["/Resources"].get_object().get("/Font", {}).get_object()  # type: ignore[union-attr]
    if content is None or len(content.get_data()) > CONTENT_BYTES_MAX or len(fonts) > FONTS_MAX:
        return False
    tables = [font.get_object().get("/ToUnicode") for font in fonts.values()]
    return all(
        one is not None and len(one.get_object().get_data()) <= FONT_BYTES_MAX for one in tables
    )


def plain(text: str) -> str:
    """Return a text as it is compared: NFKC, decimal points, no blanks, no steering signs.

    A sign that was printed as `[U+XXXX]` is that sign again.
    """
    signs = ESCAPED.sub(_unescaped, "".join(text.split()))  # one may be broken over two lines
    kept = [
        sign
        for sign in unicodedata.normalize("NFKC", unicodedata.normalize("NFC", signs))
        if not sign.isspace() and not unicodedata.category(sign).startswith("C")
    ]
    return COMMA.sub(".", "".join(kept))


def says(found: str, words: str) -> bool:
    """Return whether plain words stand in a plain text.

    Readers turn the letters within right-to-left ligatures around and move the brackets about
    them: such letters are counted, while Latin ones and digits stand in their order.
    """
    if words in found:
        return True
    letters = Counter(filter(_is_rtl, words))
    rest = "".join(sign for sign in words if sign.isalnum() and not _is_rtl(sign))
    others = "".join(sign for sign in found if sign.isalnum() and not _is_rtl(sign))
    return bool(letters) and rest in others and letters <= Counter(filter(_is_rtl, found))


def _is_rtl(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in {"R", "AL", "NSM"}


def _unescaped(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number <= HIGHEST else match[0]
