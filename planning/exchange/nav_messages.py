"""The plan as OpenIGTLink messages in a file, and beside it what the protocol can't say.

`plan.igtl` is the stream as it would go over a wire: POINT for landmarks, TRAJ for paths, and
TRANSFORM, the identity. `plan.igtl.json` names frame, unit, message order and each sender's item.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from planning.exchange import openigtlink as igtl
from planning.exchange.document import canonical
from planning.exchange.exporter import Handover, Written
from planning.exchange.igtl_reader import Message, UnreadableMessageError, read_messages
from planning.exchange.programs import named
from planning.exchange.read_back import (
    ALLOWED_MM,
    differs,
    float32_allowed_mm,
    largest_mm,
    require_within,
)
from planning.exchange.slicer_markups import read_plain_json
from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory

SCHEMA, SCHEMA_VERSION = "tasrif-igtl", 1
DEVICES: Final = {"POINT": "Landmarks", "TRAJ": "Paths", "TRANSFORM": "FromPlan"}
NOTE: Final = (
    "Coordinates are LPS: x to the patient's left, y to the back, z to the head. A receiver that "
    "works in RAS, such as 3D Slicer, negates x and y. Numbers are 32-bit floats, big endian; the "
    "last number of a TRAJ row is the radius. The TRANSFORM is the identity patient_from_plan."
)


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """One message: its type, its device, the items in it with the names they are sent by."""

    kind: str
    device: str
    items: tuple[Item, ...]
    names: tuple[str, ...]
    body: bytes


def messages_of(handover: Handover) -> tuple[Sent, ...]:
    """Return the messages of a plan; none for kinds of which it has no item."""
    plan, marks = handover.case.plan, handover.marks

    def names(items: tuple[Item, ...]) -> tuple[str, ...]:
        return igtl.fitted(" ".join((*marks, one.name)) for one in items)

    def device(kind: str) -> str:
        return " ".join((*marks, DEVICES[kind]))

    sent: list[Sent] = []
    landmarks, paths = plan.of(Landmark), plan.of(Trajectory)
    if landmarks:
        group, called = device("POINT"), names(landmarks)
        points = [igtl.SentPoint(name, group, one.point_lps_mm)
                  for one, name in zip(landmarks, called, strict=True)]  # fmt: skip
        sent.append(Sent("POINT", group, landmarks, called, igtl.point_body(points)))
    if paths:
        group, called = device("TRAJ"), names(paths)
        rows = [
            igtl.SentPath(name, group, one.entry_lps_mm, one.target_lps_mm, one.diameter_mm / 2)
            for one, name in zip(paths, called, strict=True)
        ]
        sent.append(Sent("TRAJ", group, paths, called, igtl.trajectory_body(rows)))
    sent.append(Sent("TRANSFORM", device("TRANSFORM"), (), (), igtl.transform_body(np.eye(4))))
    return tuple(sent)


def written_messages(path: Path, handover: Handover, about: Mapping[str, Any]) -> Iterator[Written]:
    """Write the stream and its description, read both back, and yield what was written.

    Raises
    ------
    Refusal
        `export-read-back-differs` for a byte, a name or a place that is not what was meant.
    """
    sent = messages_of(handover)
    body = b"".join(igtl.message(one.kind, one.device, one.body) for one in sent)
    path.write_bytes(body)
    error_mm, allowed_mm = read_back_messages(path, sent)
    by, reader = named("OpenIGTLink writer"), named("second OpenIGTLink reader")
    yield Written(path.name, "LPS", "mm", by, reader, error_mm, allowed_mm)
    beside = path.with_name(f"{path.name}.json")
    document = description(sent, body, about)
    beside.write_bytes(canonical(document))
    if read_plain_json(beside) != document:
        raise differs(beside.name, "JSON")
    by, reader = named("JSON writer"), named("standard JSON reader")
    yield Written(beside.name, "LPS", "mm", by, reader, 0.0, ALLOWED_MM)


def description(sent: tuple[Sent, ...], body: bytes, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a receiver must know to read the stream, as JSON data."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        **about,
        "convention": "LPS",
        "unit": "mm",
        "header_version": igtl.VERSION,
        "sha256": hashlib.sha256(body).hexdigest(),
        "note": NOTE,
        "messages": [
            {
                "type": one.kind,
                "device": one.device,
                "rows": [{"item_id": item.id, "sent_as": name}
                         for item, name in zip(one.items, one.names, strict=True)],
            }
            for one in sent
        ],
    }  # fmt: skip


def read_back_messages(path: Path, sent: tuple[Sent, ...]) -> tuple[float, float]:
    """Return the largest distance of a sent place from the plan's, and what is allowed, in mm.

    Raises
    ------
    Refusal
        `export-read-back-differs` for a wrong checksum, message, name or place.
    """
    try:
        found = read_messages(path.read_bytes())
    except UnreadableMessageError as error:
        raise differs(path.name, str(error)) from error
    if [(one.kind, one.device) for one in found] != [(one.kind, one.device) for one in sent]:
        raise differs(path.name, "messages")
    places = [point for one in sent for item in one.items for point in item.places_lps_mm]
    allowed_mm = float32_allowed_mm(places)
    errors = [_error_mm(path.name, one, read) for one, read in zip(sent, found, strict=True)]
    return require_within(path.name, max(errors), allowed_mm), allowed_mm


def _error_mm(file: str, sent: Sent, read: Message) -> float:
    if sent.kind == "TRANSFORM":
        return largest_mm(np.eye(4), read.matrix)
    if tuple(read.words("name")) != sent.names:
        raise differs(file, "names")
    meant = [point for item in sent.items for point in item.places_lps_mm]
    if sent.kind == "POINT":
        return largest_mm(meant, read.numbers("place_mm"))
    ends = np.stack([read.numbers("entry_mm"), read.numbers("target_mm")], axis=1)
    radii = [[item.diameter_mm / 2] for item in sent.items if isinstance(item, Trajectory)]
    wide = largest_mm(radii, read.numbers("radius_mm")[:, None])
    return max(largest_mm(meant, ends.reshape(-1, 3)), wide)
