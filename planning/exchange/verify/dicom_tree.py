"""An SR document: a group for each item and segment, each point and number the plan's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.exchange.verify.dicom_content import held_content, held_group
from planning.exchange.verify.dicom_frames import numbered, tracking_uid
from planning.exchange.verify.dicom_parse import Node, unreadable
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.zones import severity_of

CONTENT, CONCEPT, KIND, RELATION = 0x0040A730, 0x0040A043, 0x0040A040, 0x0040A010
GROUPS, GROUP = "126010", "125007"
NAME, UID, FINDING, SERIES = "112039", "112040", "121071", "121232"
SEVERITY: Final = ("NO_GO_SEVERITY", "99TASRIF")
MARGIN, DIAMETER = ("NO_GO_MARGIN", "99TASRIF"), ("81827009", "SCT")
CONCEPTS: Final = {
    "distance": ("410668003", "SCT"),
    "trajectory_length": ("410668003", "SCT"),
    "angle": ("1483009", "SCT"),
    "segment_volume": ("118565006", "SCT"),
}
UNITS: Final = {"mm": "mm", "deg": "deg", "ml": "ml", "HU": "[hnsf'U]"}
LINES: Final = {
    "distance": ("start", "end"),
    "angle": ("first", "apex", "second"),
    "trajectory": ("entry", "target"),
}
SIDE_MM: Final = 100.0
SHORT_NUMBER: Final = 1e-9
Number = tuple[tuple[str, str], float, str, tuple[str, ...], float | None]


def held_tree(node: Node, plan: Paper, segmentation_uid: str) -> None:
    """Hold a document against the plan: state, observers, groups, points, numbers."""
    _hold_state(node, plan)
    held_content(node, plan, as_name(plan["seal"]["by"]) if plan["seal"] else "")
    groups = list(_groups(node))
    expected = [*plan["items"], *numbered(plan).values()]
    if len(groups) != len(expected):
        node.differs("Measurement Group")
    numbers = {one["id"]: n for n, one in numbered(plan).items()}
    judge = _Judge(plan, numbers, segmentation_uid)
    for group, one in zip(groups, expected, strict=True):
        judge.hold(group, one)
        held_group(group, plan, one)
    met = sum(_count(one) for one in node.items(CONTENT))
    if met != sum(_count(group) for group in groups):
        node.differs("ContentSequence")


def _hold_state(node: Node, plan: Paper) -> None:
    """Hold the flags and who stands for it: a person for a sealed plan of a patient only."""
    seal, is_practice = plan["seal"], plan["plan"]["kind"] == "simulation"
    is_verified = seal is not None and not is_practice
    flags = {
        0x0040A491: ("COMPLETE" if seal else "PARTIAL", "CompletionFlag"),
        0x0040A493: ("VERIFIED" if is_verified else "UNVERIFIED", "VerificationFlag"),
        0x0040A496: ("FINAL" if is_verified else "PRELIMINARY", "PreliminaryFlag"),
    }
    for tag, (word, what) in flags.items():
        if node.text(tag) != word:
            node.differs(what)
    observers = [one.text(0x0040A075) for one in node.items(0x0040A073)]
    if observers != ([as_name(seal["by"])] if is_verified else []):
        node.differs("VerifyingObserverSequence")


def as_name(words: str) -> str:
    """Return who sealed as the family name of a DICOM name."""
    plain = "".join(" " if sign in "\\^=" else sign for sign in words)
    return " ".join(plain.split())[:63].rstrip() + "^"


def _groups(node: Node) -> Iterator[Node]:
    for outer in node.items(CONTENT):
        if _concept(outer) == GROUPS:
            for group in outer.items(CONTENT):
                if _concept(group) != GROUP:
                    node.differs("Imaging Measurements")
                yield group


def _count(node: Node) -> int:
    """Return how many points and numbers there are in and below a content item."""
    own = node.text(KIND) in ("NUM", "SCOORD", "SCOORD3D", "IMAGE")
    return own + sum(_count(one) for one in node.items(CONTENT))


def _concept(node: Node) -> str:
    return node.code(CONCEPT)[0] if node.items(CONCEPT) else ""


@dataclass(frozen=True, slots=True)
class _Judge:
    """Holds one group after the other."""

    plan: Paper
    numbers: Mapping[str, int]
    segmentation_uid: str

    def hold(self, group: Node, one: Paper) -> None:
        """Hold a group against an item, or a segment (which has no kind)."""
        uid = [each.uid(0x0040A124) for each in group.items(CONTENT) if _concept(each) == UID]
        names = [each.text(0x0040A160) for each in group.items(CONTENT) if _concept(each) == NAME]
        if (names, uid) != ([one["name"].rstrip()], [tracking_uid(self.plan, one["id"])]):
            group.differs("Tracking Identifier")
        kind = one.get("kind")
        found = [
            each.code(0x0040A168) for each in group.items(CONTENT) if _concept(each) == FINDING
        ]
        if kind is not None and found != [(kind.upper(), "99TASRIF")]:
            group.differs(f"{one['name']}: Finding")
        said = [
            each.code(0x0040A168) for each in group.items(CONTENT) if each.text(KIND) == "CODE"
            and each.code(CONCEPT) == SEVERITY
        ]  # fmt: skip
        is_zone = kind == "no_go_zone"
        if said != [(severity_of(one).upper(), "99TASRIF")] * is_zone:
            group.differs(f"{one['name']}: Severity")
        self._hold_points(group, one)
        self._hold_numbers(group, one)
        self._hold_reference(group, one)

    def _hold_points(self, group: Node, one: Paper) -> None:
        regions = list(_regions(group))
        for region in regions:
            if region.text(0x30060024) != self.plan["frame"]["uid"]:
                group.differs(f"{one['name']}: ReferencedFrameOfReferenceUID")
        kind = one.get("kind")
        if kind in LINES:
            meant = [one[f"{end}_lps_mm"] for end in LINES[kind]]
            is_same = len(regions) == 1 and _is_at(regions[0], "POLYLINE", meant)
        elif kind == "landmark":
            is_same = len(regions) == 1 and _is_at(regions[0], "POINT", [one["point_lps_mm"]])
        elif kind == "cut_plane":
            is_same = len(regions) == 1 and _is_square(regions[0], one)
        else:
            is_same = not regions
        if not is_same:
            group.differs(f"{one['name']}: GraphicData")

    def _hold_numbers(self, group: Node, one: Paper) -> None:
        found = [_number(each) for each in group.items(CONTENT) if each.text(KIND) == "NUM"]
        if found != list(self._meant(one)):
            group.differs(f"{one['name']}: NumericValue")

    def _meant(self, one: Paper) -> Iterator[Number]:
        """Yield what a group's numbers must be: concept, value, unit, other's name, bound."""
        both = (*self.plan["items"], *self.plan["segments"])
        names = {each["id"]: each["name"].rstrip() for each in both}
        for row in self.plan["measures"]:
            if row["item"] == one["id"] and row["value"] is not None:
                concept = CONCEPTS.get(row["name"], (row["name"], "99TASRIF"))
                bound = row["uncertainty_mm"] if row["unit"] == "mm" else None
                other: tuple[str, ...] = ()
                if row["other"]:
                    other = names.get(row["other"], ""), tracking_uid(self.plan, row["other"])
                yield concept, float(row["value"]), UNITS[row["unit"]], other, bound
        if one.get("kind") == "no_go_zone":
            yield MARGIN, float(one["margin_mm"]), "mm", (), None
        if one.get("kind") == "trajectory":
            yield DIAMETER, float(one["diameter_mm"]), "mm", (), None

    def _hold_reference(self, group: Node, one: Paper) -> None:
        """Hold that a segment or a zone refers to its segment of the Segmentation object."""
        segment_id = str(one["id"] if "kind" not in one else one.get("segment_id"))
        is_wanted = one.get("kind") in (None, "no_go_zone") and segment_id in self.numbers
        found = [each for each in group.items(CONTENT) if each.text(KIND) == "IMAGE"]
        said = [(each.item(0x00081199).uid(0x00081155), each.item(0x00081199).whole(0x0062000B))
                for each in found]  # fmt: skip
        meant = [(self.segmentation_uid, self.numbers[segment_id])] if is_wanted else []
        series = [each.uid(0x0040A124) for each in group.items(CONTENT) if _concept(each) == SERIES]
        if said != meant or series != [self.plan["volume"]["series_uid"]] * is_wanted:
            group.differs(f"{one['name']}: ReferencedSegmentNumber")


def _regions(node: Node) -> Iterator[Node]:
    for one in node.items(CONTENT):
        if one.text(KIND) == "SCOORD3D":
            yield one
        yield from _regions(one)


def _is_at(region: Node, shape: str, meant: Sequence[Sequence[float]]) -> bool:
    """Return whether points are the plan's, as exactly as a 32-bit float holds them."""
    rounded = np.array(meant, np.float32).astype(np.float64).ravel()
    found = region.floats(0x00700022, 4)
    return region.text(0x00700023) == shape and np.array_equal(found, rounded)


def _is_square(region: Node, plane: Paper) -> bool:
    """Return whether corners are those of a square about the point that turns about the normal."""
    flat = region.floats(0x00700022, 4)
    if region.text(0x00700023) != "POLYGON" or flat.shape != (15,):
        return False
    corners = flat.reshape(5, 3)
    step = 2.0 * float(np.spacing(np.float32(np.abs(corners).max())))
    first, second = corners[2] - corners[0], corners[3] - corners[1]
    sides = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    normal = np.cross(first, second)
    normal /= max(float(np.linalg.norm(normal)), 1.0)
    return bool(
        np.array_equal(corners[0], corners[4])
        and np.abs(corners[:4].mean(axis=0) - plane["point_lps_mm"]).max() <= step
        and np.abs(sides - SIDE_MM).max() <= 4.0 * step
        and np.abs(normal - plane["normal_lps"]).max() <= 4.0 * step / SIDE_MM
    )


def _number(item: Node) -> Number:
    """Return a number's concept, value, unit, other's name and bound; both its texts must agree."""
    measured = item.item(0x0040A300)
    value = _exact(measured)
    inner = item.items(CONTENT)
    names = [each.text(0x0040A160) for each in inner if _concept(each) == NAME]
    names += [each.uid(0x0040A124) for each in inner if _concept(each) == UID]
    bounds = {_exact(each.item(0x0040A300)) for each in item.items(CONTENT)
              if each.text(KIND) == "NUM"}  # fmt: skip
    unit, scheme = measured.code(0x004008EA)
    if len(bounds) > 1 or scheme != "UCUM":
        raise unreadable(item.path)
    return item.code(CONCEPT), value, unit, tuple(names), next(iter(bounds), None)


def _exact(measured: Node) -> float:
    """Return the number in full precision, held against its decimal text."""
    exact, short = measured.floats(0x0040A161, 8), measured.decimals(0x0040A30A)
    if (len(exact), len(short)) != (1, 1):
        raise unreadable(measured.path)
    value = float(exact[0])
    if abs(value - short[0]) > SHORT_NUMBER * max(1.0, abs(value)):
        measured.differs("NumericValue")
    return value
