"""Coded words in DICOM objects: each code with its own meaning, each anatomy and side the name's.

A viewer shows the meaning, not the code: another meaning under a right code would be believed.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from planning.exchange.verify.dicom_parse import Node
from planning.exchange.verify.papers import Paper
from planning.measures import MEASURES
from planning.model.plan import KINDS
from resources import FOLDER

OWN: Final = "99TASRIF"
MEANING_LENGTH_MAX, CUT, CUT_LENGTH_MIN = 64, "...", 32
Code = tuple[str, str]
KNOWN: Final[Mapping[Code, str]] = {
    ("109102", "DCM"): "Processing Equipment",
    ("111030", "DCM"): "Image Region",
    ("112039", "DCM"): "Tracking Identifier",
    ("112040", "DCM"): "Tracking Unique Identifier",
    ("113076", "DCM"): "Segmentation",
    ("113100", "DCM"): "Basic Application Confidentiality Profile",
    ("121005", "DCM"): "Observer Type",
    ("121006", "DCM"): "Person",
    ("121007", "DCM"): "Device",
    ("121008", "DCM"): "Person Observer Name",
    ("121012", "DCM"): "Device Observer UID",
    ("121013", "DCM"): "Device Observer Name",
    ("121014", "DCM"): "Device Observer Manufacturer",
    ("121015", "DCM"): "Device Observer Model Name",
    ("121049", "DCM"): "Language of Content Item and Descendants",
    ("121058", "DCM"): "Procedure reported",
    ("121071", "DCM"): "Finding",
    ("121191", "DCM"): "Referenced Segment",
    ("121232", "DCM"): "Source Series for Segmentation",
    ("121322", "DCM"): "Source image for image processing operation",
    ("125007", "DCM"): "Measurement Group",
    ("126000", "DCM"): "Imaging Measurement Report",
    ("126010", "DCM"): "Imaging Measurements",
    ("129013", "DCM"): "Planning Intent",
    ("en", "RFC5646"): "English",
    ("118565006", "SCT"): "Volume",
    ("1483009", "SCT"): "Angle",
    ("260753009", "SCT"): "Source",
    ("272741003", "SCT"): "Laterality",
    ("363698007", "SCT"): "Finding Site",
    ("370129005", "SCT"): "Measurement Method",
    ("371885007", "SCT"): "-, range of lower measurement uncertainty",
    ("371886008", "SCT"): "+, range of upper measurement uncertainty",
    ("410668003", "SCT"): "Length",
    ("77477000", "SCT"): "Computed tomography",
    ("81827009", "SCT"): "Diameter",
    ("mm", "UCUM"): "mm",
    ("deg", "UCUM"): "deg",
    ("ml", "UCUM"): "ml",
    ("[hnsf'U]", "UCUM"): "Hounsfield unit",
    ("NO_GO_MARGIN", OWN): "Margin about a no-go zone",
    ("NO_GO_SEVERITY", OWN): "What entering a no-go zone means",
    ("FORBID", OWN): "Never enter",
    ("WARN", OWN): "Slow down and tell",
    ("SEGMENT", OWN): "Segment told by its label only",
}
UNKNOWN: Final = ("SEGMENT", OWN)


class Codes:
    """The codes that objects of a plan may hold."""

    def __init__(self, plan: Paper) -> None:
        self._methods = {
            f"{one['name']}/{one['version']}": str(one["definition"]) for one in plan["measures"]
        }

    def hold(self, node: Node) -> None:
        """Raise a Fault for a code in or below a data set that has another meaning, or none."""
        for items in node.inner.values():
            for item in items:
                if 0x00080104 in item.values or 0x00080100 in item.values:
                    self._hold_one(item)
                self.hold(item)

    def _hold_one(self, item: Node) -> None:
        (value, scheme), meaning = coded(item), item.text(0x00080104)
        definition = self._methods.get(value) if scheme == OWN else None
        if definition is not None:
            is_known = meaning == definition or is_cut(meaning, definition)
        else:
            is_known = meaning in meanings().get((value, scheme), ())
        if not is_known or (0x00080100 in item.values and 0x00080119 in item.values):
            item.differs(f"CodeMeaning {value[:40]}")


def coded(item: Node) -> Code:
    """Return value and scheme of an item that is a code."""
    return item.text(0x00080100) or item.text(0x00080119), item.text(0x00080102)


def is_cut(words: str, whole: str) -> bool:
    """Return whether words are the beginning of longer ones, cut as DICOM's length asks."""
    is_long = len(whole) > MEANING_LENGTH_MAX and len(words) >= CUT_LENGTH_MIN
    return is_long and words.endswith(CUT) and whole.startswith(words[: -len(CUT)])


@cache
def meanings() -> Mapping[Code, frozenset[str]]:
    """Return what each known code may mean."""
    found: dict[Code, set[str]] = {code: {words} for code, words in KNOWN.items()}
    preset = _anatomy()
    for value, words in preset["categories"].items():
        found.setdefault((value, "SCT"), set()).add(words)
    for row in (*preset["structures"], *preset["sides"].values()):
        found.setdefault((row["code"], "SCT"), set()).add(row["meaning"][:MEANING_LENGTH_MAX])
    for measure in MEASURES:
        found.setdefault((measure.name, OWN), set()).add(measure.title[:MEANING_LENGTH_MAX])
    for kind in KINDS:
        found.setdefault((kind.kind.upper(), OWN), set()).add(kind.title)
    return {code: frozenset(words) for code, words in found.items()}


def is_said(code: Code, segment: Paper) -> bool:
    """Return whether a segment of the plan is said to be a structure, by its code or its name."""
    chosen = str(segment.get("code", ""))
    return (
        (chosen.split(":", maxsplit=1)[0], "SCT") == code
        if chosen
        else is_named(code, segment["name"])
    )


def is_on(sides: Sequence[Code], segment: Paper) -> bool:
    """Return whether the sides told are the one that a segment's code or name tells, or none."""
    chosen = str(segment.get("code", ""))
    if not chosen:
        return len(sides) <= 1 and all(is_side_of(one, segment["name"]) for one in sides)
    told = [(chosen.split("=")[1], "SCT")] if "=" in chosen else []
    return list(sides) == told


def is_named(code: Code, name: str) -> bool:
    """Return whether a segment's name tells that it is a structure, or the code says nothing."""
    words = _plain(name)
    rows = [row for row in _anatomy()["structures"] if (row["code"], "SCT") == code]
    return code == UNKNOWN or any(_plain(one) in words for row in rows for one in row["words"])


def is_side_of(code: Code, name: str) -> bool:
    """Return whether a name tells that side, and not the other one."""
    words = _plain(name)
    told = {
        (side["code"], "SCT")
        for side in _anatomy()["sides"].values()
        if any(_plain(one) in words for one in side["words"])
    }
    return told == {code}


def _plain(name: str) -> str:
    """Return a name's words without case and accents, a blank about each."""
    signs = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(sign for sign in signs if not unicodedata.combining(sign))
    words = " ".join(re.findall(r"[^\W_]+", kept))
    return f" {words} "


@cache
def _anatomy() -> Any:  # noqa: ANN401 - a table of words
    return json.loads((FOLDER / "terminology.json").read_text("utf-8"))
