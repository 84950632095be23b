"""No code without words: the sources against the catalogues."""

import re
from pathlib import Path

from tests.segmentation.io.sentences import ALL_DOMAINS, CATALOGUES

SOURCES = Path(__file__).parents[3] / "segmentation" / "io"
OTHERS = {
    "gzip-file", "plug-in", "left-anterior-superior", "left-posterior-superior",
    "right-anterior-superior",
}  # fmt: skip
UNHYPHENATED = {"localiser", "monochrome1", "regularised"}
APART = {
    "cielab", "decoder_child", "dicom_object", "dicom_seg", "dicom_writer", "encapsulated_stl",
    "frame_stack", "incoming_segments", "rtstruct",
}  # fmt: skip
MODULES = [
    path for path in SOURCES.glob("*.py") if path.stem not in APART and "mesh" not in path.stem
]


def codes_in_sources() -> set[str]:
    found: set[str] = set()
    for path in MODULES:
        found |= set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', path.read_text()))
    return (found - OTHERS) | UNHYPHENATED


def test_every_code_of_loading_has_message_and_fix_in_each_language() -> None:
    codes = codes_in_sources()
    for catalogue in ALL_DOMAINS.values():
        assert {code for context, code in catalogue if context == "message"} >= codes
        assert {code for context, code in catalogue if context == "fix"} >= codes


def test_no_sentence_is_left_without_a_code() -> None:
    codes = codes_in_sources()
    for catalogue in CATALOGUES.values():
        assert {code for _context, code in catalogue} <= codes


def test_languages_use_the_same_values() -> None:
    english, french = CATALOGUES["en"], CATALOGUES["fr"]
    for key, text in english.items():
        values = set(re.findall(r"{(\w+)}", text))
        assert set(re.findall(r"{(\w+)}", french[key])) == values
