"""What a tool is: settings, and a pure function on a segment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from segmentation.effects.setting import parameters, read
from segmentation.errors import Misuse, Refusal
from segmentation.finding import Finding
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Volume


class Gesture(StrEnum):
    """What a person does in a view to use the tool."""

    NONE = "none"
    SEEDS = "seeds"
    STROKE = "stroke"
    OUTLINE = "outline"
    WIRE = "wire"
    LINE = "line"


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """What a tool may read: the volume, the segment before the effect, and whom to report to.

    `name` is the segment's own, `others` are the case's other segments by name, in its order;
    `kept` is what the tool may keep for its next run.
    """

    volume: Volume
    mask: BitMask
    progress: Progress = silent
    name: str = ""
    others: Mapping[str, BitMask] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)

    def other(self, name: str) -> BitMask:
        """Return another segment's mask; refuses a name that no other segment has."""
        if name not in self.others:
            raise Refusal("other-segment-unknown", segment=name)
        return self.others[name]

    def some(self, names: Sequence[str]) -> dict[str, BitMask]:
        """Return the masks of others by name; without a name, of all that hold anything."""
        if names:
            return {name: self.other(name) for name in names}
        return {name: mask for name, mask in self.others.items() if mask.words.size}


class Effect(Protocol):
    """A tool with its parameters set; the classes are frozen dataclasses."""

    name: ClassVar[str]
    title: ClassVar[str]
    gesture: ClassVar[Gesture]

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment after the effect; the view stays as it is."""


@runtime_checkable
class Finder(Effect, Protocol):
    """A tool that finds a range of HU by itself before it uses it."""

    def found(self, view: SegmentView) -> tuple[int, int]:
        """Return the range, both bounds included; the view stays as it is."""

    def within(self, view: SegmentView, range_hu: tuple[int, int]) -> BitMask:
        """Return the segment after the effect with this range."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A further segment that a tool leaves: a new one, or another one of the case changed.

    A `name` that is a title (`is_title`) is an English msgid; else it is as a person wrote it. A
    title may hold `{name}`, which stands for `about`.
    `found_hu` is the range of HU of its voxels, where the tool has one for each part; `code` says
    what a new segment is by a term of the terminology, empty where its name tells.
    """

    name: str
    mask: BitMask
    is_title: bool = False
    found_hu: tuple[int, int] | None = None
    code: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a tool leaves.

    `found_hu` is the range of HU that it found by itself, if it looks for one; `parts` are the
    further segments that it makes or changes, no name twice and none of them the segment's own;
    `findings` are what a person should know before taking it; `cut_mm2` is how large the face is
    in which it parted two segments; `made_by` says which model made it, where one did.
    """

    mask: BitMask
    found_hu: tuple[int, int] | None = None
    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()
    cut_mm2: float | None = None
    made_by: Mapping[str, str] | None = None


@runtime_checkable
class Divider(Effect, Protocol):
    """A tool that makes or changes further segments beside its own."""

    def divided(self, view: SegmentView) -> Outcome:
        """Return the segment and the further ones after the effect; the view stays as it is."""


@runtime_checkable
class Teller(Effect, Protocol):
    """A tool that tells what it found beside the mask: findings, or a range in some modes."""

    def told(self, view: SegmentView) -> Outcome:
        """Return the segment after the effect and what to tell; the view stays as it is."""


def outcome(effect: Effect, view: SegmentView) -> Outcome:
    """Return the segment after the effect, with what the tool found and made on the way."""
    if isinstance(effect, Divider):
        return effect.divided(view)
    if isinstance(effect, Teller):
        return effect.told(view)
    if not isinstance(effect, Finder):
        return Outcome(effect.apply(view))
    range_hu = effect.found(view)
    return Outcome(effect.within(view, range_hu), range_hu)


E = TypeVar("E", bound=Effect)
EffectClass = type[Effect]


def parse(effect_class: type[E], texts: Mapping[str, str]) -> E:
    """Return the effect with parameters from texts, as `{"lower_hu": "226"}`.

    Points are `x,y,z;x,y,z` in LPS mm, a direction `x,y,z`, segments `name;name`. Raises Misuse
    for a name the effect doesn't have, Refusal for a text that is no value of its parameter.
    """
    known = {parameter.name: parameter for parameter in parameters(effect_class)}
    for name in texts:
        if name not in known:
            raise Misuse("parameter-unknown", tool=effect_class.name, parameter=name)
    settings = {name: read(known[name], text) for name, text in texts.items()}
    return effect_class(**settings)


def recipe(effect: Effect, found_hu: tuple[int, int] | None = None, part: str = "") -> str:
    """Return tool, parameters and the range that it found as canonical JSON: sorted, no spaces.

    `part` names the further segment that the recipe is of.
    """
    settings = {p.name: getattr(effect, p.name) for p in parameters(type(effect))}
    record: dict[str, object] = {"set": settings, "tool": effect.name}
    if part:
        record["part"] = part
    if found_hu is not None:
        record["found"] = {"lower_hu": found_hu[0], "upper_hu": found_hu[1]}
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
