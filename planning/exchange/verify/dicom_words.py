"""Every element of a DICOM object by a list: what none of ours has is no object of ours.

Whatever a viewer may show or act on is one fixed word, one of the plan's, or held elsewhere
against masks and surfaces. An element too much (a comment, a side, a mirrored axis of one frame)
is a Fault, however well it is signed. Source: DICOM PS3.3.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from planning.exchange.verify.dicom_codes import Codes
from planning.exchange.verify.dicom_parse import Node
from planning.exchange.verify.papers import Paper

STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
SEG, SR, STL, PDF = (STORAGE + end for end in ("66.4", "88.34", "104.3", "104.1"))
CODED: Final = "00080100 00080102 00080104 00080119"


def _tags(words: str) -> frozenset[int]:
    return frozenset(int(word, 16) for word in words.split())


COMMON: Final = _tags(
    "00080005 00080012 00080013 00080016 00080018 00080020 00080021 00080023 00080030 00080031"
    " 00080033 00080050 00080060 00080070 00080090 00080110 0008103E 00081090 00100010 00100020"
    " 00100021 00100030 00100040 00100200 00120062 00120064 00181000 00181020 0020000D 0020000E"
    " 00200010 00200011 00200013"
)
ENCLOSED: Final = "0008002A 00280301 0040A043 00420010 00420011 00420012 00420013 00420015"
TOP: Final[Mapping[str, frozenset[int]]] = {
    SEG: COMMON
    | _tags(
        "00080008 00081115 00200052 00201040 00209221 00209222 00209311 00280002 00280004 00280008"
        " 00280010 00280011 00280100 00280101 00280102 00280103 00282110 00620001 00620002 00700080"
        " 00700081 00700084 52009229 52009230 7FE00010"
    ),
    STL: COMMON
    | _tags(f"{ENCLOSED} 00081115 00200052 00201040 004008EA 00687001 00687002 00687003 00700081"),
    SR: COMMON
    | _tags(
        "00081111 0018A001 0040A040 0040A043 0040A050 0040A073 0040A372 0040A375 0040A491 0040A493"
        " 0040A496 0040A504 0040A730"
    ),
    PDF: COMMON | _tags(f"{ENCLOSED} 00080064"),
}
INSIDE: Final[Mapping[int, frozenset[int]]] = {
    sequence: _tags(words)
    for sequence, words in {
        0x00080110: "00080102 00080115 00080116",
        0x00081115: "0008114A 00081199 0020000E",
        0x0008114A: "00081150 00081155",
        0x00081199: "00081150 00081155 0062000B",
        0x00082112: "00081150 00081155 0040A170",
        0x00089124: "00082112 00089215",
        0x00089215: CODED,
        0x00120064: CODED,
        0x0018A001: "00080070 00081090 00181020 0018A002 0018A003 0040A170",
        0x00209111: "00209157",
        0x00209113: "00200032",
        0x00209116: "00200037",
        0x00209221: "00209164",
        0x00209222: "00209164 00209165 00209167 00209421",
        0x00289110: "00180050 00180088 00280030",
        0x004008EA: CODED,
        0x0040A043: CODED,
        0x0040A073: "0040A027 0040A030 0040A075 0040A088",
        0x0040A168: CODED,
        0x0040A170: CODED,
        0x0040A300: "004008EA 0040A161 0040A30A",
        0x0040A375: "00081115 0020000D",
        0x0040A504: "00080105 0040DB00",
        0x0040A730: "00081199 0040A010 0040A040 0040A043 0040A050 0040A123 0040A124 0040A160"
        " 0040A168 0040A300 0040A504 0040A730 00700022 00700023 30060024",
        0x00420013: "00081150 00081155",
        0x00620002: "00620003 00620004 00620005 00620006 00620008 00620009 0062000D 0062000F"
        " 00620020 00620021",
        0x00620003: CODED,
        0x0062000A: "0062000B",
        0x0062000F: f"{CODED} 00620011",
        0x00620011: CODED,
        0x00687003: CODED,
        0x52009229: "00209116 00289110",
        0x52009230: "00089124 00209111 00209113 0062000A",
    }.items()
}
FIXED: Final[Mapping[int, str]] = {
    0x00080008: "DERIVED\\PRIMARY",
    0x0008002A: "",
    0x00080064: "WSD",
    0x00080070: "Tasrif",
    0x00080090: "",
    0x00081090: "Tasrif",
    0x00120062: "YES",
    0x00181000: "0",
    0x00201040: "",
    0x00209311: "3D",
    0x00280004: "MONOCHROME2",
    0x00282110: "00",
    0x0040A050: "CONTINUOUS",
    0x00687001: "NO",
    0x00687002: "NO",
}
COUNTS: Final[Mapping[int, int]] = {
    0x00280002: 1,
    0x00280101: 1,
    0x00280102: 0,
    0x00280103: 0,
}
"""One bit a voxel, not signed."""
SERIES: Final = {SEG: "9101", SR: "9102", STL: "9103", PDF: "9104"}
BURNED_IN: Final = {STL: "NO", PDF: "YES"}
ALGORITHMS: Final = frozenset({"MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"})
STEP_MM: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Said:
    """What all objects of an export say: description, moment, label and who sealed."""

    description: str
    day: str
    time: str
    label: str
    person: str


def held_words(node: Node, plan: Paper, said: Said) -> None:
    """Raise a Fault for an element or a word that no object of this release has."""
    sop_class = node.text(0x00080016)
    if sop_class not in TOP:
        node.differs("SOPClassUID")
    _hold_tags(node, TOP[sop_class])
    expected = {
        **dict.fromkeys((0x00080012, 0x00080021), said.day),
        **dict.fromkeys((0x00080013, 0x00080031), said.time),
        0x00181020: plan["program"]["version"],
        0x00200011: SERIES[sop_class],
        0x00280301: BURNED_IN.get(sop_class, ""),
        0x00700080: said.label,
        0x00700081: said.description,
        0x00700084: said.person,
        **FIXED,
    }
    for tag, word in expected.items():
        if tag in node.values and node.text(tag) != word:
            node.differs(_named(tag))
    for tag, count in COUNTS.items():
        if tag in node.values and node.whole(tag) != count:
            node.differs(_named(tag))
    _hold_references(node, plan)
    _hold_segments(node, plan)
    Codes(plan).hold(node)


def _hold_tags(node: Node, allowed: frozenset[int]) -> None:
    for tag in sorted((set(node.values) | set(node.inner)) - allowed):
        node.differs(_named(tag))
    for tag, items in node.inner.items():
        for item in items:
            _hold_tags(item, INSIDE.get(tag, frozenset()))


def inner_nodes(node: Node) -> Iterator[tuple[int, Node]]:
    """Yield every item below a data set, with the tag of its sequence."""
    for tag, items in node.inner.items():
        for item in items:
            yield tag, item
            yield from inner_nodes(item)


def _hold_references(node: Node, plan: Paper) -> None:
    """Hold that what an object refers to is of this study and, but for its segments, one class."""
    study, classes = plan["volume"]["study_uid"], set[str]()
    for _, item in inner_nodes(node):
        if 0x0020000D in item.values and item.text(0x0020000D) != study:
            node.differs("StudyInstanceUID")
        if 0x00081150 in item.values:
            classes.add(item.uid(0x00081150))
        if 0x0040A050 in item.values and item.text(0x0040A050) != FIXED[0x0040A050]:
            node.differs("ContinuityOfContent")
    if len(classes - {SEG}) > 1 or (SEG in classes and node.text(0x00080016) != SR):
        node.differs("ReferencedSOPClassUID")


def _hold_segments(node: Node, plan: Paper) -> None:
    """Hold the steps between slices, and by what means segments were made."""
    step_mm = plan["volume"]["spacing_kji_mm"][0]
    for tag, item in inner_nodes(node):
        if tag == 0x00289110:
            for one in (0x00180050, 0x00180088):
                if any(abs(mm - step_mm) > STEP_MM for mm in item.decimals(one)):
                    node.differs(_named(one))
        if tag == 0x00620002:
            name = item.text(0x00620009)
            is_told = not name or name.startswith("Tasrif: ")
            if item.text(0x00620008) not in ALGORITHMS or not is_told:
                node.differs("SegmentAlgorithmName")


def _named(tag: int) -> str:
    """Return a tag as DICOM writes it."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
