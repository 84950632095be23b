"""What a tool is: parameters with unit, range and help, and a pure function on a segment."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from numbers import Real
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from segmentation.errors import Misuse, Refusal
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Volume

LpsPoint = tuple[float, float, float]
LpsPoints = tuple[LpsPoint, ...]
Setting = int | float | str | LpsPoints

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Gesture(StrEnum):
    """What a person does in a view to use the tool."""

    NONE = "none"
    SEEDS = "seeds"
    STROKE = "stroke"


class Kind(StrEnum):
    """How a parameter is entered."""

    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Title:
    """A parameter's short English name, the msgid of its translations."""

    text: str


@dataclass(frozen=True, slots=True)
class Help:
    """One English sentence about a parameter, the msgid of its translations."""

    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that stands beside a parameter's number."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Range:
    """Least and greatest value, both allowed, and the step of its field.

    `usual` is the span of a slider, where the whole range would make it useless.
    """

    lowest: float
    highest: float
    step: float
    usual: tuple[float, float] | None = None


ANY_HU: Final = Range(-32768, 32767, 1, usual=(-1024, 3071))
LowerHu = Annotated[
    int,
    Title("Lower bound"),
    ANY_HU,
    Unit("HU"),
    Help("The lowest value that belongs to the segment."),
]
UpperHu = Annotated[
    int,
    Title("Upper bound"),
    ANY_HU,
    Unit("HU"),
    Help("The highest value that belongs to the segment."),
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of an effect, as windows, command line and documentation draw it.

    `range` is None for choices and points, `choices` empty for all but choices; each choice is
    its own msgid.
    """

    name: str
    title: str
    kind: Kind
    default: Setting
    range: Range | None
    unit: str
    help: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentView:
    """What a tool may read: the volume, the segment before the effect, and whom to report to."""

    volume: Volume
    mask: BitMask
    progress: Progress = silent


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
class Outcome:
    """What a tool leaves, and the range of HU that it found by itself, if it looks for one."""

    mask: BitMask
    found_hu: tuple[int, int] | None = None


def outcome(effect: Effect, view: SegmentView) -> Outcome:
    """Return the segment after the effect, with what the tool found on the way."""
    if not isinstance(effect, Finder):
        return Outcome(effect.apply(view))
    range_hu = effect.found(view)
    return Outcome(effect.within(view, range_hu), range_hu)


E = TypeVar("E", bound=Effect)
EffectClass = type[Effect]


def _kind(hint: Any) -> Kind:  # noqa: ANN401 - a type, as typing hands it out
    if get_origin(hint) is Literal:
        return Kind.CHOICE
    if hint in (int, float):
        return Kind.WHOLE if hint is int else Kind.NUMBER
    if hint == LpsPoints:
        return Kind.POINTS
    raise TypeError(f"no field for a parameter of type {hint}")


def parameters(effect_class: EffectClass) -> tuple[Parameter, ...]:
    """Return the parameters of an effect in the order of its fields."""
    hints = get_type_hints(effect_class, include_extras=True)
    found = []
    for entry in fields(cast(Any, effect_class)):
        hint, *marks = get_args(hints[entry.name])
        by_type = {type(mark): mark for mark in marks}
        found.append(
            Parameter(
                name=entry.name,
                title=by_type[Title].text,
                kind=(kind := _kind(hint)),
                default=cast(Setting, entry.default),
                range=by_type.get(Range),
                unit=by_type[Unit].symbol if Unit in by_type else "",
                help=by_type[Help].text,
                choices=get_args(hint) if kind is Kind.CHOICE else (),
            )
        )
    return tuple(found)


def _finite(value: object) -> float:
    """Return a number as a float; NaN for infinity and for all that is no number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    number = float(value)
    return number if math.isfinite(number) else math.nan


def _number(parameter: Parameter, value: object) -> int | float:
    number = _finite(value)
    if math.isnan(number):
        raise Refusal("value-not-a-number", parameter=parameter.name, value=str(value))
    if parameter.kind is Kind.WHOLE and not number.is_integer():
        raise Refusal("value-not-whole", parameter=parameter.name, value=str(value))
    allowed = parameter.range
    if allowed is not None and not allowed.lowest <= number <= allowed.highest:
        raise Refusal(
            "value-out-of-range",
            parameter=parameter.name,
            value=number,
            lowest=allowed.lowest,
            highest=allowed.highest,
            unit=parameter.unit,
        )
    return int(number) if parameter.kind is Kind.WHOLE else number


def _points(parameter: Parameter, value: object) -> LpsPoints:
    try:
        points = tuple((_finite(x), _finite(y), _finite(z)) for x, y, z in cast(Any, value))
    except (TypeError, ValueError):
        points = ((math.nan,) * 3,)
    if any(math.isnan(number) for point in points for number in point):
        raise Refusal("points-unreadable", parameter=parameter.name, value=str(value))
    return points


def _setting(parameter: Parameter, value: object) -> Setting:
    """Return a value in the parameter's own type; refuse what it doesn't allow."""
    if parameter.kind is Kind.POINTS:
        return _points(parameter, value)
    if parameter.kind is Kind.CHOICE:
        if value not in parameter.choices:
            choices = ", ".join(parameter.choices)
            raise Refusal(
                "choice-unknown", parameter=parameter.name, value=str(value), choices=choices
            )
        return str(value)
    return _number(parameter, value)


def settle(effect: Effect) -> None:
    """Hold each field against its range and bring it to its own type; for `__post_init__`."""
    for parameter in parameters(type(effect)):
        value = _setting(parameter, getattr(effect, parameter.name))
        object.__setattr__(effect, parameter.name, value)


def _read(parameter: Parameter, text: str) -> object:
    """Return what a text of the command line says; numbers have a decimal point."""
    text = text.strip()
    if parameter.kind is Kind.CHOICE:
        return text
    if parameter.kind is Kind.POINTS:
        parts = [part.split(",") for part in text.split(";") if part.strip()]
        if not all(NUMBER.fullmatch(number.strip()) for part in parts for number in part):
            raise Refusal("points-unreadable", parameter=parameter.name, value=text)
        return [[float(number) for number in part] for part in parts]
    if not NUMBER.fullmatch(text):
        raise Refusal("value-not-a-number", parameter=parameter.name, value=text)
    return float(text)


def parse(effect_class: type[E], texts: Mapping[str, str]) -> E:
    """Return the effect with parameters from texts, as `{"lower_hu": "226"}`.

    Points are `x,y,z;x,y,z` in LPS mm. Raises Misuse for a name the effect doesn't have, Refusal
    for a text that is no value of its parameter.
    """
    known = {parameter.name: parameter for parameter in parameters(effect_class)}
    for name in texts:
        if name not in known:
            raise Misuse("parameter-unknown", tool=effect_class.name, parameter=name)
    settings = {name: _read(known[name], text) for name, text in texts.items()}
    return effect_class(**settings)


def recipe(effect: Effect, found_hu: tuple[int, int] | None = None) -> str:
    """Return tool, parameters and the range that it found as canonical JSON: sorted, no spaces."""
    settings = {p.name: getattr(effect, p.name) for p in parameters(type(effect))}
    record: dict[str, object] = {"set": settings, "tool": effect.name}
    if found_hu is not None:
        record["found"] = {"lower_hu": found_hu[0], "upper_hu": found_hu[1]}
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
