"""Frozen dataclasses as JSON and back, by their type hints; masks as the keys of what is stored.

Only what the hint names is accepted: an unknown field, a missing one or a wrong type is
`Unreadable`. No class is looked up by a name from the file but those of `EDITS`.
"""

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from planning.case.bricks import Unreadable
from planning.case.edits import EDITS, Edit
from planning.model.item import Item
from planning.model.plan import KIND_NAMED, Plan
from segmentation.errors import Refusal
from segmentation.mask import BitMask

Json = object
KeyOf = Callable[[BitMask], str]
MaskOf = Callable[[str], BitMask]
T = TypeVar("T")
_EDIT_NAMED = {edit.__name__: edit for edit in EDITS}
_PLAIN: tuple[type, ...] = (str, bool, int, float)


def canonical(data: Json) -> bytes:
    """Return the one JSON text of `data`: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def parse(body: bytes) -> dict[str, Json]:
    """Return the JSON object in `body`; Unreadable when it is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    return data


def no_key(mask: BitMask) -> str:
    """Stand where a value holds no mask; TypeError when it holds one after all."""
    raise TypeError("a mask stands where none is stored")


def no_mask(key: str) -> BitMask:
    """Stand where a stored value holds no mask; Unreadable when it names one."""
    raise Unreadable("a mask stands where none belongs")


def pack(value: object, key_of: KeyOf = no_key) -> Json:
    """Return `value` (dataclass, enum, array, mapping, tuple or plain) as JSON data."""
    if isinstance(value, BitMask):
        return key_of(value)
    if isinstance(value, Enum | np.ndarray):
        return value.value if isinstance(value, Enum) else value.tolist()
    if is_dataclass(value):
        kind = {"kind": value.kind} if isinstance(value, Item) else {}
        return {**kind, **{f.name: pack(getattr(value, f.name), key_of) for f in fields(value)}}
    if isinstance(value, Mapping):
        return {str(key): pack(item, key_of) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [pack(item, key_of) for item in value]
    if value is not None and not isinstance(value, _PLAIN):
        raise TypeError(f"{type(value).__name__} has no place in a case file")
    return value


def unpack(kind: type[T], data: Json, mask_of: MaskOf = no_mask) -> T:
    """Return the `kind` that `pack` turned into `data`.

    Raises
    ------
    Unreadable
        When `data` does not fit the type hints.
    """
    return cast(T, _value(kind, data, mask_of))


def pack_edit(edit: Edit, key_of: KeyOf) -> dict[str, Json]:
    """Return an edit as its type's name and its fields."""
    return {"type": type(edit).__name__, "fields": pack(edit, key_of)}


def unpack_edit(data: Json, mask_of: MaskOf) -> Edit:
    """Return the edit that `pack_edit` wrote; Unreadable when it is not of the closed set."""
    if not isinstance(data, dict) or set(data) != {"type", "fields"}:
        raise Unreadable("not an edit")
    kind = _EDIT_NAMED.get(str(data["type"]))
    if kind is None:
        raise Unreadable("an edit of an unknown type")
    return cast(Edit, _value(kind, data["fields"], mask_of))


def _value(hint: object, data: Json, mask_of: MaskOf) -> object:
    if isinstance(hint, NewType):
        return _value(hint.__supertype__, data, mask_of)
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        return _either(get_args(hint), data, mask_of)
    if origin is not None:
        return _container(origin, get_args(hint), data, mask_of)
    if isinstance(hint, type):
        return _instance(hint, data, mask_of)
    raise TypeError(f"no way to read {hint!r}")


def _instance(kind: type, data: Json, mask_of: MaskOf) -> object:
    if kind is BitMask and isinstance(data, str):
        return mask_of(data)
    if issubclass(kind, Enum):
        return _member(kind, data)
    if is_dataclass(kind) and isinstance(data, dict):
        return _planned(kind, data) if kind in (Item, Plan) else _record(kind, data, mask_of)
    if kind is float and type(data) is int:
        return float(data)
    if kind in (*_PLAIN, type(None)) and type(data) is kind:
        if isinstance(data, float) and not math.isfinite(data):
            raise Unreadable("a number that is not finite")
        return data
    raise Unreadable(f"no {kind.__name__}")


def _member(kind: type[Enum], data: Json) -> Enum:
    try:
        return kind(data)
    except ValueError as error:
        raise Unreadable(f"no {kind.__name__}") from error


def _record(kind: type, data: dict[str, Json], mask_of: MaskOf) -> object:
    hints, needed = _hints(kind)
    if not needed <= data.keys() <= hints.keys():
        raise Unreadable(f"fields of {kind.__name__} differ")
    return kind(**{name: _value(hints[name], item, mask_of) for name, item in data.items()})


def _planned(kind: type, data: dict[str, Json]) -> object:
    """Return a plan or one of its items; which of the closed set stands under `kind`."""
    values = dict(data)
    if kind is Item:
        named = values.pop("kind", None)
        if not isinstance(named, str) or named not in KIND_NAMED:
            raise Unreadable("an item of an unknown kind")
        kind = KIND_NAMED[named]
    try:
        return _record(kind, values, no_mask)
    except Refusal as error:
        raise Unreadable(f"{kind.__name__}: {error.code}") from error


@cache
def _hints(kind: type) -> tuple[dict[str, object], frozenset[str]]:
    """Return the type of each field, and the fields without a default."""
    hints = get_type_hints(kind)
    needed = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return {f.name: hints[f.name] for f in fields(kind)}, frozenset(needed)


def _either(kinds: tuple[object, ...], data: Json, mask_of: MaskOf) -> object:
    if data is None and type(None) in kinds:
        return None
    # An int stays an int in `str | int | float`, so exact types go first.
    for kind in sorted(kinds, key=lambda kind: kind is not type(data)):
        if kind is not type(None):
            try:
                return _value(kind, data, mask_of)
            except Unreadable:
                continue
    raise Unreadable("of none of the types allowed")


def _container(origin: object, args: tuple[object, ...], data: Json, mask_of: MaskOf) -> object:
    if origin is tuple and isinstance(data, list):
        if args[-1] is Ellipsis:
            return tuple(_value(args[0], item, mask_of) for item in data)
        if len(args) == len(data):
            pairs = zip(args, data, strict=True)
            return tuple(_value(kind, item, mask_of) for kind, item in pairs)
    if origin is np.ndarray and isinstance(data, list):
        return _array(data)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(data, dict):
        return {key: _value(args[1], item, mask_of) for key, item in data.items()}
    raise Unreadable("another kind of list")


def _array(data: list[Json]) -> object:
    try:
        array = np.array(data, np.float64)
    except (ValueError, TypeError) as error:
        raise Unreadable("not an array of numbers") from error
    if not np.isfinite(array).all():
        raise Unreadable("a number that is not finite")
    return array
