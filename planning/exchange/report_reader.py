"""A report read back by other code (pypdf): what a reader program finds on each page."""

import io
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import groupby


def read_words(body: bytes) -> tuple[str, ...]:
    """Return the text of each page without its blanks, as `bare` makes it."""
    from pypdf import PdfReader  # noqa: PLC0415 - heavy, and only reports need it

    return tuple(bare(page.extract_text()) for page in PdfReader(io.BytesIO(body)).pages)


def bare(text: str) -> str:
    """Return a text in its compatible form (NFKC), without blanks and signs that steer.

    Readers turn the letters within a right-to-left ligature around, each in its own way: such
    letters next to each other stand in the order of their numbers.
    """
    plain = unicodedata.normalize("NFKC", text)
    signs = [s for s in plain if not s.isspace() and unicodedata.category(s) != "Cf"]
    runs = ["".join(run) for _, run in groupby(signs, key=_is_rtl)]
    return "".join("".join(sorted(run)) if _is_rtl(run[0]) else run for run in runs)


def _is_rtl(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in {"R", "AL", "NSM"}


def missing_page(pages: Sequence[Sequence[str]], read: Sequence[str]) -> int:
    """Return the number of the first page that doesn't hold what was meant; 0 for none."""
    if len(pages) != len(read):
        return min(len(pages), len(read)) + 1
    for n, (words, found) in enumerate(zip(pages, read, strict=True), 1):
        if not _is_same(bare("".join(words)), found):
            return n
    return 0


def _is_same(meant: str, found: str) -> bool:
    """Return whether a page holds what was meant.

    Where right-to-left letters stand, readers also move the brackets about them: there every sign
    is counted, and Latin letters and digits stand in their order.
    """
    if meant == found:
        return True
    told = ["".join(s for s in one if s.isalnum() and not _is_rtl(s)) for one in (meant, found)]
    is_mixed = any(map(_is_rtl, meant))
    return is_mixed and Counter(meant) == Counter(found) and told[0] == told[1]
