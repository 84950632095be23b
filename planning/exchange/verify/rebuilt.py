"""The case again, from what a package says: grid, masks and items, by the receiver's own road."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from planning.case.case import Case, CaseId, Identity, Kind, Segment, Side, Source, Status
from planning.case.edits.plan import check_item
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.nrrd import VOXELS_MAX, Crop, read_mask
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.stl import read_mesh, require_on_mask
from planning.exchange.verify.verdict import Fault, Held
from planning.geometry.surface import surface_of
from planning.measures.surfaces import (
    BY_HAND,
    Accepted,
    Surfaces,
    mask_bound_mm,
    sub_voxel_bound_mm,
)
from planning.model.item import Input, Item
from planning.model.plan import KIND_NAMED, Plan
from segmentation.grid import Grid
from segmentation.io.outcome import Outcome
from segmentation.kernels.bits import packed
from segmentation.mask import WORD_BITS, BitMask, Box
from segmentation.mesh import Mesh
from segmentation.progress import Progress, silent
from segmentation.recipe import edge_hu, steps
from segmentation.volume import Volume

FOLDER: Final = "data/package/"
SAFE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
SPACING_MM_MAX, ORIGIN_MM_MAX = 100.0, 100_000.0
NEVER_SHOWN: Final = "#000000"


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """The case without its voxels' HU, and each mask as its file holds it."""

    case: Case
    crops: Mapping[str, Crop]


class PackageSurfaces(Surfaces):
    """The surfaces that the package carries, in place of those made from the CT."""

    def __init__(self, meshes: Mapping[str, Mesh]) -> None:
        super().__init__()
        self._meshes = meshes
        self._ready: dict[str, Accepted] = {}

    def of(self, case: Case, segment: Segment, progress: Progress = silent) -> Accepted:
        """Return the segment's surface with the bound that its recipe gives it."""
        if segment.id not in self._ready:
            is_mask_only = known_by_mask_only(segment.recipe, segment.name)
            bound = mask_bound_mm if is_mask_only else sub_voxel_bound_mm
            surface = surface_of(self._meshes[segment.id])
            self._ready[segment.id] = Accepted(surface, bound(case.volume.grid), is_mask_only)
        return self._ready[segment.id]


def known_by_mask_only(recipe: str, segment: str) -> bool:
    """Return whether only the mask tells where the border is; a Fault for a broken recipe."""
    try:
        by_hand = any(step["tool"] in BY_HAND for step in steps(recipe))
        return edge_hu(recipe) is None or by_hand
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Fault("verify-recipe-odd", segment=segment) from None


def rebuilt(plan: Paper, payload: Payload) -> Held[Rebuilt]:
    """Return the case that the plan and the masks describe; each mask held against the plan.

    Its HU are zeros that nothing may read.
    """
    grid = _grid(plan)
    hollow = Volume(np.zeros(grid.shape_kji, np.int16), grid)
    crops: dict[str, Crop] = {}
    segments: list[Segment] = []
    for record in plan["segments"]:
        room = VOXELS_MAX - sum(one.voxels.size for one in crops.values())
        crop = _crop(record, payload, grid, room)
        known_by_mask_only(record["recipe"], record["name"])
        crops[record["id"]] = crop
        mask = _bit_mask(crop, grid)
        status = Status.REVIEWED if record.get("model", {}).get("accepted") else Status.TO_DO
        made = Segment(
            record["id"], record["name"], mask, NEVER_SHOWN, recipe=record["recipe"], status=status
        )
        segments.append(made)
    items = tuple(_item(record, crops) for record in plan["items"])
    case = Case(
        CaseId(plan["plan"]["id"]),
        Kind(plan["plan"]["kind"]),
        Identity(plan["case_code"]),
        Side(plan["side"]),
        Source("", "", "", "", "", Outcome(plan["volume"]["outcome"])),
        hollow,
        tuple(segments),
        Plan(items),
    )
    for item in items:
        check_item(case, item)
    return Held(Rebuilt(case, crops), "verify-masks-ok", {"n": len(segments)})


def surfaces(built: Rebuilt, plan: Paper, payload: Payload) -> Held[Mapping[str, Mesh]]:
    """Return the surfaces of all segments that an item needs, each held against its mask."""
    marks = ("DRAFT " if plan["plan"]["state"] == "draft" else "") + (
        "SIM " if plan["plan"]["kind"] == "simulation" else ""
    )
    mark = f"Tasrif {marks}LPS mm".encode("ascii")
    meshes: dict[str, Mesh] = {}
    for segment_id in sorted({one for item in built.case.plan.items for one in item.segment_ids}):
        crop = built.crops[segment_id]
        if not crop.voxels.any():
            continue
        path = f"{FOLDER}{segment_id}.stl"
        if path not in payload.bodies:
            raise Fault("verify-file-missing", path=path)
        mesh = read_mesh(payload.bodies[path], path, mark)
        require_on_mask(mesh, crop, built.case.volume.grid, path)
        meshes[segment_id] = mesh
    return Held(meshes, "verify-surfaces-ok", {"n": len(meshes)})


def _grid(plan: Paper) -> Grid:
    volume = plan["volume"]
    shape, spacing, origin = volume["shape_kji"], volume["spacing_kji_mm"], volume["origin_lps_mm"]
    is_odd = (
        shape[0] * shape[1] * shape[2] > VOXELS_MAX
        or max(spacing) > SPACING_MM_MAX
        or max(map(abs, origin)) > ORIGIN_MM_MAX
        or max(abs(one) for row in volume["direction"] for one in row) > 2.0
    )
    if is_odd:
        raise Fault("verify-grid-odd")
    k, j, i = (int(size) for size in shape)
    uid = plan["frame"]["uid"]
    return Grid((k, j, i), np.array(origin), tuple(spacing), np.array(volume["direction"]), uid)


def _crop(record: Paper, payload: Payload, grid: Grid, room: int) -> Crop:
    segment_id = record["id"]
    path = f"{FOLDER}{segment_id}.nrrd"
    if not SAFE_ID.fullmatch(segment_id):
        raise Fault("verify-name-odd", path=ascii(segment_id)[1:81])
    if path not in payload.bodies:
        if record["voxels"]:
            raise Fault("verify-file-missing", path=path)
        crop = Crop(np.zeros((1, 1, 1), bool), (0, 0, 0))
    else:
        crop = read_mask(payload.bodies[path], path, grid, room)
    found = int(np.count_nonzero(crop.voxels))
    if found != record["voxels"]:
        raise Fault("verify-voxels-differ", segment=record["name"], plan=record["voxels"], n=found)
    if abs(found * grid.voxel_ml - record["ml"]) > 1e-6 * max(1.0, record["ml"]):
        raise Fault("verify-voxels-differ", segment=record["name"], plan=record["ml"], n=found)
    if mask_sha256(crop, grid) != record["sha256"]:
        raise Fault("verify-mask-differs", segment=record["name"])
    return crop


def mask_sha256(crop: Crop, grid: Grid) -> str:
    """Return the hash of a mask on its whole grid, in hex, slice by slice.

    Over nk, nj, ni as little-endian uint32, then rows of bits, the least significant first, each
    row filled up to 64 bits with zeros.
    """
    nk, nj, ni = grid.shape_kji
    row_bytes = -(-ni // WORD_BITS) * WORD_BITS // 8
    k0, j0, i0 = crop.start_kji
    dk, dj, di = crop.voxels.shape
    digest = hashlib.sha256(np.array([nk, nj, ni], "<u4").tobytes())
    empty = bytes(nj * row_bytes)
    for k in range(nk):
        if not k0 <= k < k0 + dk:
            digest.update(empty)
            continue
        rows = np.zeros((nj, 8 * row_bytes), bool)
        rows[j0 : j0 + dj, i0 : i0 + di] = crop.voxels[k - k0]
        digest.update(np.packbits(rows, axis=1, bitorder="little").tobytes())
    return digest.hexdigest()


def _bit_mask(crop: Crop, grid: Grid) -> BitMask:
    k, j, i = crop.start_kji
    dk, dj, di = crop.voxels.shape
    shifted = np.zeros((dk, dj, i % WORD_BITS + di), bool)
    shifted[..., i % WORD_BITS :] = crop.voxels
    words = packed(shifted)
    first = i // WORD_BITS
    box = Box(k, j, first, k + dk, j + dj, first + words.shape[2])
    return BitMask.from_words(grid.shape_kji, words, box)


def _item(record: Paper, segments: Mapping[str, Crop]) -> Item:
    """Return a plan's item; whatever its kind does not allow is refused by the kind itself."""
    kind = KIND_NAMED[record["kind"]]
    values: dict[str, Any] = {}
    for entry in fields(kind):
        if entry.name not in record:
            continue
        value = record[entry.name]
        if entry.name == "derived_from":
            value = tuple(Input(one["id"], one["sha256"]) for one in value)
        elif isinstance(value, list):
            value = tuple(value)
        values[entry.name] = value
    if set(record) - set(values) - {"kind"}:
        raise Fault("verify-item-odd", item=str(record["name"]))
    needed = values.get("segment_id")
    if needed is not None and needed not in segments:
        raise Fault("verify-item-odd", item=str(record["name"]))
    item = kind(**values)
    _require_kept(item, record)
    return item


def _require_kept(item: Item, record: Paper) -> None:
    """Raise a Fault where the kind had to mend what was stated."""
    for point in item.points:
        if list(getattr(item, point)) != [float(one) for one in record[point]]:
            raise Fault("verify-item-odd", item=item.name)
