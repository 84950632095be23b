"""Plan items as JSON for people and scripts, by `resources/schemas/plan-apply.schema.json`.

Keys are the items' field names, units last; a segment is called by its name. Nothing is guessed:
a key without its unit, a number that isn't finite or a kind nobody knows refuses the whole file.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import partial
from typing import Final, NoReturn

from planning.model.item import Input, Item, ItemId, SegmentId
from planning.model.plan import KIND_NAMED
from segmentation.errors import Refusal

Json = object
VERSION: Final = 1
BYTES_MAX: Final = 4 << 20
ITEMS_MAX: Final = 10_000
SEGMENT: Final = "segment"


@dataclass(frozen=True, slots=True)
class Known:
    """What a file's items may refer to: the frame of reference and the segments by name."""

    frame_uid: str
    segments: Mapping[str, SegmentId]


def written(items: tuple[Item, ...], known: Known) -> dict[str, Json]:
    """Return items as the JSON object that `read_items` reads."""
    names = {segment_id: name for name, segment_id in known.segments.items()}
    return {
        "version": VERSION,
        "frame_uid": known.frame_uid,
        "items": [_written_item(item, names) for item in items],
    }


def _written_item(item: Item, names: Mapping[SegmentId, str]) -> dict[str, Json]:
    record: dict[str, Json] = {"kind": item.kind}
    for entry in fields(item):
        value = getattr(item, entry.name)
        if entry.name == "derived_from":
            value = [{"id": one.id, "sha256": one.sha256} for one in item.derived_from]
        elif entry.name == "segment_id":
            value = names.get(value, value)
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, StrEnum):
            value = value.value
        if value is not None and value != []:
            record[_key(entry)] = value
    return record


def read_items(body: bytes, file: str, known: Known) -> tuple[Item, ...]:
    """Return the items of a JSON text; those without an id get a new one.

    Raises
    ------
    Refusal
        With the item and the key at fault; see the `plan-` and `item-` codes.
    """
    if len(body) > BYTES_MAX:
        raise Refusal("plan-too-large", file=file, limit=f"{BYTES_MAX >> 20} MiB")
    try:
        data = json.loads(
            body,
            parse_constant=partial(_not_finite, file),
            object_pairs_hook=partial(_object, file),
        )
    except (ValueError, RecursionError) as error:
        raise Refusal("plan-unreadable", file=file, reason=str(error)[:120]) from None
    records = _records(data, file, known)
    return tuple(_item(record, number, known) for number, record in enumerate(records, start=1))


def _records(data: Json, file: str, known: Known) -> list[Json]:
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise Refusal("plan-unreadable", file=file, reason='no list of "items"')
    for key in data:
        if key not in ("version", "frame_uid", "items", "$schema"):
            raise Refusal("plan-key-unknown", item=file, key=key, known="version, frame_uid, items")
    if data.get("version") != VERSION or type(data["version"]) is not int:
        raise Refusal(
            "plan-version-unknown", file=file, theirs=str(data.get("version")), ours=VERSION
        )
    if data.get("frame_uid", known.frame_uid) != known.frame_uid:
        raise Refusal("plan-frame-differs", file=file)
    if len(data["items"]) > ITEMS_MAX:
        raise Refusal("plan-too-large", file=file, limit=str(ITEMS_MAX))
    return list(data["items"])


def _not_finite(file: str, constant: str) -> NoReturn:
    raise Refusal("plan-number-not-finite", item=file, key="-", value=constant)


def _object(file: str, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Refusal("plan-key-twice", file=file, key=twice)
    return record


def _item(record: Json, number: int, known: Known) -> Item:
    if not isinstance(record, dict):
        raise Refusal("plan-item-unreadable", item=f"#{number}", key="kind")
    name = record.get("name")
    item = name if isinstance(name, str) and name else f"#{number}"
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in KIND_NAMED:
        raise Refusal(
            "plan-kind-unknown", item=item, kind=str(kind)[:40], known=", ".join(KIND_NAMED)
        )
    entries = {_key(entry): entry for entry in fields(KIND_NAMED[kind])}
    _check_keys(record, entries, item)
    values: dict[str, Json] = {"id": ItemId(uuid.uuid4().hex[:12])}
    for key, value in record.items():
        if key != "kind":
            values[entries[key].name] = _value(key, value, item, known)
    return KIND_NAMED[kind](**values)  # type: ignore[arg-type]  # held by _check_keys and _value


def _check_keys(record: Mapping[str, Json], entries: Mapping[str, Field[Json]], item: str) -> None:
    for key in record:
        if key == "kind" or key in entries:
            continue
        with_unit = [full for full in entries if full.startswith(f"{key}_")]
        if with_unit:
            raise Refusal("plan-unit-missing", item=item, key=key, expected=with_unit[0])
        raise Refusal("plan-key-unknown", item=item, key=key, known=", ".join(entries))
    for key, entry in entries.items():
        is_needed = entry.default is MISSING and entry.default_factory is MISSING
        if key != "id" and is_needed and key not in record:
            raise Refusal("plan-key-missing", item=item, key=key)


def _key(entry: Field[Json]) -> str:
    return SEGMENT if entry.name == "segment_id" else entry.name


def _value(key: str, value: Json, item: str, known: Known) -> Json:
    """Return a JSON value as the field's own type."""
    if key == SEGMENT:
        return _segment(value, item, known)
    if key in ("id", "name", "severity"):
        if not isinstance(value, str) or not value:
            raise Refusal("plan-item-unreadable", item=item, key=key)
        return value
    if key == "derived_from":
        return _inputs(value, item)
    if key.endswith(("_lps_mm", "_lps")):
        if not isinstance(value, list) or len(value) != 3:
            raise Refusal("plan-point-unreadable", item=item, key=key)
        return tuple(_number(key, one, item) for one in value)
    return _number(key, value, item)


def _number(key: str, value: Json, item: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal("plan-not-a-number", item=item, key=key, value=str(value)[:40])
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number in (float("inf"), float("-inf")):
        raise Refusal("plan-number-not-finite", item=item, key=key, value=str(number))
    return number


def _segment(value: Json, item: str, known: Known) -> SegmentId:
    if not isinstance(value, str) or value not in known.segments:
        names = ", ".join(known.segments) or "-"
        raise Refusal("item-segment-unknown", item=item, segment=str(value)[:80], known=names)
    return known.segments[value]


def _inputs(value: Json, item: str) -> tuple[Input, ...]:
    if not isinstance(value, list):
        raise Refusal("plan-item-unreadable", item=item, key="derived_from")
    inputs: list[Input] = []
    for one in value:
        if not isinstance(one, dict) or set(one) != {"id", "sha256"}:
            raise Refusal("plan-item-unreadable", item=item, key="derived_from")
        if not all(isinstance(text, str) for text in one.values()):
            raise Refusal("plan-item-unreadable", item=item, key="derived_from")
        inputs.append(Input(**one))
    return tuple(inputs)
