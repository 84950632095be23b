"""What a segment or an item is as an input of something derived: one hash, defined here.

A derived item keeps `Input(id, input_sha256(case, id))`; while the hash of what the case holds
now is the same, the item is fresh.

- A segment's hash is the SHA-256 of the line `segment`, the three voxel counts `k,j,i` in decimal,
  the recipe's UTF-8 text, each ended by a line feed, and then the mask's words over the whole grid
  (k, j, ceil(i / 64)) as little-endian uint64. Name and look don't enter.
- An item's hash is the SHA-256 of the line `item` and its record as JSON (sorted keys, no blanks,
  shortest float texts, ASCII): its kind and all fields but `id`, `name` and `derived_from`.
"""

import hashlib
import json
from dataclasses import fields
from typing import Final

from planning.case.case import Case, Segment
from planning.model.item import Item

NO_INPUT: Final = frozenset({"id", "name", "derived_from"})


def segment_sha256(segment: Segment) -> str:
    """Return the hash of a segment as an input, in hex."""
    shape = ",".join(map(str, segment.mask.shape_kji))
    digest = hashlib.sha256(f"segment\n{shape}\n{segment.recipe}\n".encode())
    digest.update(segment.mask.to_words().astype("<u8", copy=False).data.cast("B"))
    return digest.hexdigest()


def item_sha256(item: Item) -> str:
    """Return the hash of an item as an input, in hex."""
    record = {one.name: getattr(item, one.name) for one in fields(item) if one.name not in NO_INPUT}
    text = json.dumps({"kind": item.kind, **record}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"item\n{text}".encode()).hexdigest()


def input_sha256(case: Case, input_id: str) -> str | None:
    """Return the hash that the segment or item with this id has now; None when there is none."""
    for segment in case.segments:
        if segment.id == input_id:
            return segment_sha256(segment)
    for item in case.plan.items:
        if item.id == input_id:
            return item_sha256(item)
    return None
