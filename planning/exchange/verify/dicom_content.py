"""What stands in an SR document beside points and numbers: only what ours have, where they have it.

A sentence, a name or a code that no rule names is a Fault: whoever opens the document reads it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from planning.exchange.verify.dicom_codes import is_cut, is_on, is_said
from planning.exchange.verify.dicom_parse import Node
from planning.exchange.verify.papers import Paper

CONTENT, CONCEPT, KIND, RELATION = 0x0040A730, 0x0040A043, 0x0040A040, 0x0040A010
SITE, LATERALITY, METHOD = "363698007", "272741003", "370129005"
MOST: Final = 1_000_000
Place = Mapping[tuple[str, str, str], int]
"""How often an item of a relation, a kind and a concept may stand in one place at most."""
DOCUMENT: Final[Place] = {
    ("HAS CONCEPT MOD", "CODE", "121049"): 1,
    ("HAS OBS CONTEXT", "CODE", "121005"): 2,
    ("HAS OBS CONTEXT", "PNAME", "121008"): 1,
    ("HAS OBS CONTEXT", "UIDREF", "121012"): 1,
    ("HAS OBS CONTEXT", "TEXT", "121013"): 1,
    ("HAS OBS CONTEXT", "TEXT", "121014"): 1,
    ("HAS OBS CONTEXT", "TEXT", "121015"): 1,
    ("HAS CONCEPT MOD", "CODE", "121058"): 1,
    ("CONTAINS", "CONTAINER", "126010"): 1,
}
MEASUREMENTS: Final[Place] = {("CONTAINS", "CONTAINER", "125007"): MOST}
GROUP: Final[Place] = {
    ("HAS OBS CONTEXT", "TEXT", "112039"): 1,
    ("HAS OBS CONTEXT", "UIDREF", "112040"): 1,
    ("CONTAINS", "CODE", "121071"): 1,
    ("CONTAINS", "CODE", "NO_GO_SEVERITY"): 1,
    ("HAS CONCEPT MOD", "CODE", SITE): 1,
    ("CONTAINS", "SCOORD3D", "111030"): 1,
    ("CONTAINS", "IMAGE", "121191"): 1,
    ("CONTAINS", "UIDREF", "121232"): 1,
}
NUMBER: Final[Place] = {
    ("HAS OBS CONTEXT", "TEXT", "112039"): 1,
    ("HAS OBS CONTEXT", "UIDREF", "112040"): 1,
    ("HAS CONCEPT MOD", "CODE", METHOD): 1,
    ("HAS PROPERTIES", "NUM", "371886008"): 1,
    ("HAS PROPERTIES", "NUM", "371885007"): 1,
    ("INFERRED FROM", "SCOORD3D", "260753009"): 1,
}
SITED: Final[Place] = {("HAS CONCEPT MOD", "CODE", LATERALITY): 1}
VALUES: Final[Mapping[str, frozenset[int]]] = {
    "CODE": frozenset({0x0040A168}),
    "TEXT": frozenset({0x0040A160}),
    "UIDREF": frozenset({0x0040A124}),
    "PNAME": frozenset({0x0040A123}),
    "NUM": frozenset({0x0040A300}),
    "IMAGE": frozenset({0x00081199}),
    "SCOORD3D": frozenset({0x00700022, 0x00700023, 0x30060024}),
    "CONTAINER": frozenset({0x0040A050, 0x0040A504}),
}
ALWAYS: Final = frozenset({RELATION, KIND, CONCEPT, CONTENT})
WORDS: Final[Mapping[str, str]] = dict.fromkeys(("121013", "121014", "121015"), "Tasrif")
CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "121049": frozenset({"en"}),
    "121005": frozenset({"121006", "121007"}),
    "121058": frozenset({"77477000"}),
}


def held_content(node: Node, plan: Paper, person: str) -> None:
    """Hold everything in a document that is no point and no number of a group."""
    if node.code(CONCEPT)[0] != "126000" or node.text(KIND) != "CONTAINER":
        node.differs("ConceptNameCodeSequence")
    _hold_observer(node, plan)
    _hold_place(node, DOCUMENT)
    for one in node.items(CONTENT):
        concept = _concept(one)
        if concept in WORDS and one.text(0x0040A160) != WORDS[concept]:
            node.differs("TextValue")
        if concept in CHOICES and one.code(0x0040A168)[0] not in CHOICES[concept]:
            node.differs("ConceptCodeSequence")
        if one.text(KIND) == "PNAME" and one.text(0x0040A123) != person:
            node.differs("PersonName")
        if concept == "126010":
            _hold_place(one, MEASUREMENTS)
        else:
            _hold_place(one, {})


def held_group(group: Node, plan: Paper, one: Paper) -> None:
    """Hold what stands in the group of an item, or of a segment (which has no kind)."""
    _hold_place(group, GROUP, lambda child: child.text(KIND) == "NUM")
    by_id = {each["id"]: each for each in plan["segments"]}
    is_item = "kind" in one
    resting_on = by_id.get(one.get("segment_id", "")) if is_item else one
    for child in group.items(CONTENT):
        concept, is_number = _concept(child), child.text(KIND) == "NUM"
        if is_number and child.text(RELATION) != "CONTAINS":
            group.differs("RelationshipType")
        _hold_place(child, NUMBER if is_number else SITED if concept == SITE else {})
        if is_number:
            _hold_number(child)
        if concept == SITE or (concept == "121071" and not is_item):
            _hold_anatomy(child, resting_on, is_site=concept == SITE)


def _hold_number(number: Node) -> None:
    for inner in number.items(CONTENT):
        _hold_place(inner, {})
        if _concept(inner) == METHOD:
            method = inner.code(0x0040A168)[0].partition("/")[0]
            measure = number.code(CONCEPT)
            if measure[1] == "99TASRIF" and measure[0] != method:
                number.differs("Measurement Method")


def _hold_anatomy(said: Node, about: Paper | None, *, is_site: bool) -> None:
    """Hold a structure and its side against the code or name of the segment that it is about."""
    if about is None or not is_said(said.code(0x0040A168), about):
        raise said.differs("Finding Site")
    for inner in said.items(CONTENT):
        _hold_place(inner, {})
    sides = [inner.code(0x0040A168) for inner in said.items(CONTENT)]
    if (sides or is_site) and not is_on(sides, about):
        said.differs("Laterality")


def _hold_place(
    node: Node, allowed: Place, is_free: Callable[[Node], bool] = lambda child: False
) -> None:
    """Hold the items in one place, and that each has its own kind of value only."""
    found: Counter[tuple[str, str, str]] = Counter()
    for child in node.items(CONTENT):
        kind = child.text(KIND)
        extra = (set(child.values) | set(child.inner)) - ALWAYS - VALUES.get(kind, frozenset())
        if extra:
            node.differs(f"ValueType {kind[:20]}")
        if not is_free(child):
            found[child.text(RELATION), kind, _concept(child)] += 1
    for key, count in found.items():
        if count > allowed.get(key, 0):
            node.differs(f"{key[1][:20]} {key[2][:40]}")


def _hold_observer(node: Node, plan: Paper) -> None:
    """Hold role and moment of who stands for a sealed plan; the name is held with the flags."""
    for one in node.items(0x0040A073):
        seal = plan["seal"] or {"role": "", "at": ""}
        whole = f"{seal['role']} (role; organisation not stated)"
        said = one.text(0x0040A027)
        day, time = node.text(0x00080023), node.text(0x00080033)
        is_same = said == whole or is_cut(said, whole)
        if not is_same or one.text(0x0040A030) != f"{day}{time}+0000":
            node.differs("VerifyingOrganization")


def _concept(node: Node) -> str:
    return node.code(CONCEPT)[0] if node.items(CONCEPT) else ""
