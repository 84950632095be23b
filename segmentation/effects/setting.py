"""The settings of a tool: typed fields with unit, range and help, checked and read from text."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from numbers import Real
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from segmentation.errors import Refusal

LpsPoint = tuple[float, float, float]
LpsPoints = tuple[LpsPoint, ...]
# A unit vector in LPS.
Direction = NewType("Direction", tuple[float, float, float])
ACROSS_AXIAL: Final = Direction((0.0, 0.0, 1.0))
# The name of another segment of the case, empty for none; and several of them.
SegmentName = NewType("SegmentName", str)
SegmentNames = tuple[SegmentName, ...]
NO_SEGMENT: Final = SegmentName("")
# The name of a model that the hospital placed, empty for none.
ModelName = NewType("ModelName", str)
NO_MODEL: Final = ModelName("")
SUPERIOR: Final = Direction((0.0, 0.0, 1.0))
LEFT: Final = Direction((1.0, 0.0, 0.0))
Setting = int | float | str | LpsPoints | Direction | SegmentNames

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Kind(StrEnum):
    """How a parameter is entered."""

    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    POINTS = "points"
    DIRECTION = "direction"
    SEGMENT = "segment"
    SEGMENTS = "segments"
    MODEL = "model"


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


@dataclass(frozen=True, slots=True)
class Count:
    """How many points a tool needs of a parameter, and the most it takes (None: any number).

    No point is always allowed as a value: a tool that is still to be clicked has none.
    """

    least: int
    most: int | None = None


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

    `range` is None for all but numbers, `choices` empty for all but choices; each choice is
    its own msgid. `count` says how many points are needed.
    """

    name: str
    title: str
    kind: Kind
    default: Setting
    range: Range | None
    unit: str
    help: str
    choices: tuple[str, ...]
    count: Count = Count(1)


KINDS: Final = {
    int: Kind.WHOLE,
    float: Kind.NUMBER,
    LpsPoints: Kind.POINTS,
    Direction: Kind.DIRECTION,
    SegmentName: Kind.SEGMENT,
    SegmentNames: Kind.SEGMENTS,
    ModelName: Kind.MODEL,
}


def _kind(hint: Any) -> Kind:  # noqa: ANN401 - a type, as typing hands it out
    if get_origin(hint) is Literal:
        return Kind.CHOICE
    if hint in KINDS:
        return KINDS[hint]
    raise TypeError(f"no field for a parameter of type {hint}")


def parameters(effect_class: type) -> tuple[Parameter, ...]:
    """Return the parameters of an effect in the order of its fields."""
    hints = get_type_hints(effect_class, include_extras=True)
    found = []
    for entry in fields(effect_class):
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
                count=by_type.get(Count, Count(1)),
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
    most = parameter.count.most
    if most is not None and len(points) > most:
        raise Refusal("points-too-many", parameter=parameter.name, points=len(points), most=most)
    return points


def _direction(parameter: Parameter, value: object) -> Direction:
    try:
        x, y, z = (_finite(number) for number in cast(Any, value))
    except (TypeError, ValueError):
        x = y = z = math.nan
    length = math.hypot(x, y, z)
    if not length > 0.0:
        raise Refusal("direction-unreadable", parameter=parameter.name, value=str(value))
    return Direction((x / length, y / length, z / length))


def _names(parameter: Parameter, value: object) -> SegmentNames:
    if isinstance(value, str) or not all(isinstance(name, str) for name in cast(Any, value)):
        raise Refusal("names-unreadable", parameter=parameter.name, value=str(value))
    return tuple(dict.fromkeys(cast("SegmentNames", value)))


def _choice(parameter: Parameter, value: object) -> str:
    if value not in parameter.choices:
        choices = ", ".join(parameter.choices)
        raise Refusal("choice-unknown", parameter=parameter.name, value=str(value), choices=choices)
    return str(value)


def _name(_parameter: Parameter, value: object) -> str:
    return str(value)


SETTLERS: Final[Mapping[Kind, Callable[[Parameter, object], Setting]]] = {
    Kind.WHOLE: _number,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.POINTS: _points,
    Kind.DIRECTION: _direction,
    Kind.SEGMENT: _name,
    Kind.SEGMENTS: _names,
    Kind.MODEL: _name,
}


def settle(effect: object) -> None:
    """Hold each field against its range and bring it to its own type; for `__post_init__`."""
    for parameter in parameters(type(effect)):
        value = SETTLERS[parameter.kind](parameter, getattr(effect, parameter.name))
        object.__setattr__(effect, parameter.name, value)


def require_points(effect: object, name: str) -> LpsPoints:
    """Return the points of a parameter; refuses fewer than its tool needs."""
    parameter = next(p for p in parameters(type(effect)) if p.name == name)
    points: LpsPoints = getattr(effect, name)
    if len(points) < (least := parameter.count.least):
        raise Refusal("points-missing", parameter=name, points=len(points), least=least)
    return points


def _read_numbers(parameter: Parameter, text: str, code: str) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if not all(NUMBER.fullmatch(part) for part in parts):
        raise Refusal(code, parameter=parameter.name, value=text)
    return [float(part) for part in parts]


def read(parameter: Parameter, text: str) -> object:
    """Return what a text of the command line says; numbers have a decimal point."""
    text = text.strip()
    if parameter.kind in {Kind.CHOICE, Kind.SEGMENT, Kind.MODEL}:
        return text
    if parameter.kind is Kind.SEGMENTS:
        return tuple(name for part in text.split(";") if (name := part.strip()))
    if parameter.kind is Kind.DIRECTION:
        return _read_numbers(parameter, text, "direction-unreadable")
    if parameter.kind is Kind.POINTS:
        parts = [part for part in text.split(";") if part.strip()]
        return [_read_numbers(parameter, part, "points-unreadable") for part in parts]
    if not NUMBER.fullmatch(text):
        raise Refusal("value-not-a-number", parameter=parameter.name, value=text)
    return float(text)
