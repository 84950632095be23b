"""OpenIGTLink bytes and what lies beside them, held against the plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from planning.exchange.igtl_reader import Message, UnreadableMessageError, read_messages
from planning.exchange.verify.nav_markups import differs
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.strict_json import read_object

NAME_BYTES: Final = 63
CUT_BYTES: Final = 50
"""A name as long as this may have been cut, and a number put behind it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A message that was held: its type, its device, and its rows as (item's id, sent name)."""

    kind: str
    device: str
    rows: tuple[tuple[str, str], ...]


def held_messages(path: str, plan: Paper, marks: tuple[str, ...], body: bytes) -> tuple[Read, ...]:
    """Hold a stream against the plan's landmarks and paths; return what was read."""
    try:
        found = read_messages(body)
    except UnreadableMessageError as error:
        raise differs(path, str(error)) from None
    landmarks = [one for one in plan["items"] if one["kind"] == "landmark"]
    paths = [one for one in plan["items"] if one["kind"] == "trajectory"]
    wanted = [("POINT", "Landmarks", landmarks)] * bool(landmarks)
    wanted += [("TRAJ", "Paths", paths)] * bool(paths)
    wanted += [("TRANSFORM", "FromPlan", [])]
    if [one.kind for one in found] != [kind for kind, _, _ in wanted]:
        raise differs(path, "messages")
    read: list[Read] = []
    for message, (kind, device, items) in zip(found, wanted, strict=True):
        if message.device != " ".join((*marks, device)):
            raise differs(path, f"{kind}: device")
        names = _held_names(path, message, items, marks)
        _hold_numbers(path, message, items)
        ids = [str(one["id"]) for one in items]
        read.append(Read(kind, message.device, tuple(zip(ids, names, strict=True))))
    return tuple(read)


def _held_names(
    path: str, message: Message, items: list[Paper], marks: tuple[str, ...]
) -> list[str]:
    if message.kind == "TRANSFORM":
        return []
    names = message.words("name")
    if len(names) != len(items) or len(set(names)) != len(names):
        raise differs(path, f"{message.kind}: names")
    for name, item in zip(names, items, strict=True):
        full = " ".join((*marks, item["name"]))
        start = re.sub(r"~[0-9]{1,6}\Z", "", name)
        is_cut = full.startswith(start) and CUT_BYTES <= len(name.encode()) <= NAME_BYTES
        if name != full and not is_cut:
            raise differs(path, f"{message.kind}: names")
    if set(message.words("group")) != {message.device} or set(message.words("owner")) != {""}:
        raise differs(path, f"{message.kind}: group")
    return names


def _hold_numbers(path: str, message: Message, items: list[Paper]) -> None:
    """Hold each number to be the plan's, as the nearest 32-bit float."""
    if message.kind == "TRANSFORM":
        is_same = np.array_equal(message.matrix, np.eye(4))
    elif message.kind == "POINT":
        places = _nearest([one["point_lps_mm"] for one in items])
        no_size = np.zeros(len(items))
        is_same = np.array_equal(message.numbers("place_mm"), places) and np.array_equal(
            message.numbers("diameter_mm"), no_size
        )
    else:
        meant = {
            "entry_mm": [one["entry_lps_mm"] for one in items],
            "target_mm": [one["target_lps_mm"] for one in items],
            "radius_mm": [one["diameter_mm"] / 2 for one in items],
            "kind": [3] * len(items),
            "reserved": [0] * len(items),
        }
        is_same = all(np.array_equal(message.numbers(key), _nearest(v)) for key, v in meant.items())
    if not is_same:
        raise differs(path, f"{message.kind}: numbers")


def _nearest(numbers: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(numbers, np.float32).astype(np.float64)


def held_description(
    path: str, sent: tuple[Read, ...], about: Mapping[str, Any], body: bytes
) -> None:
    """Hold what lies beside a stream against the plan and the stream itself."""
    read = dict(read_object(body, path))
    note = read.pop("note", None)
    wanted = {
        **about,
        "schema": "tasrif-igtl",
        "schema_version": 1,
        "convention": "LPS",
        "unit": "mm",
        "header_version": 1,
        "messages": [
            {"type": one.kind, "device": one.device,
             "rows": [{"item_id": item, "sent_as": name} for item, name in one.rows]}
            for one in sent
        ],
    }  # fmt: skip
    if read != wanted or not isinstance(note, str):
        raise differs(path, "JSON")
