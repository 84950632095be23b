"""A Segmentation object: each frame at its slice, each bit the mask's, each name the plan's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.dicom_codes import coded, is_on, is_said
from planning.exchange.verify.dicom_parse import Node, unreadable
from planning.exchange.verify.nrrd import Crop
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.rebuilt import Rebuilt
from segmentation.grid import Grid

PLACE_MM: Final = 0.001
LABEL_LENGTH_MAX: Final = 64
FRAMES_MAX: Final = 200_000
NAMESPACE: Final = UUID("5d0c1f5e-7a3b-5c58-9f0e-1b8f64a2c7d9")
SCHEMES: Final = frozenset({"SCT", "99TASRIF"})


def tracking_uid(plan: Paper, one: str) -> str:
    """Return the UID by which an item or a segment is known in all versions of a plan."""
    return f"2.25.{uuid5(NAMESPACE, plan['plan']['id'] + '/' + one).int}"


def numbered(plan: Paper) -> dict[int, Paper]:
    """Return the segments that have a voxel, by the number that each has in the object."""
    there = [one for one in plan["segments"] if one["voxels"]]
    return dict(enumerate(there, start=1))


def held_frames(node: Node, plan: Paper, built: Rebuilt, images: Sequence[str]) -> None:
    """Hold an object's header, its segments and every voxel against plan and masks."""
    grid = built.case.volume.grid
    header = {
        "SegmentationType": node.text(0x00620001) == "BINARY",
        "BitsAllocated": node.whole(0x00280100) == 1,
        "Rows": (node.whole(0x00280010), node.whole(0x00280011)) == grid.shape_kji[1:],
    }
    for what, holds in header.items():
        if not holds:
            node.differs(what)
    segments = numbered(plan)
    _hold_segments(node, plan, segments)
    _hold_axes(node, grid)
    frames = node.items(0x52009230)
    if node.whole(0x00280008) != len(frames) or not 0 < len(frames) <= FRAMES_MAX:
        node.differs("NumberOfFrames")
    places = [_place(frame, grid, segments) for frame in frames]
    if len(set(places)) != len(places):
        node.differs("PerFrameFunctionalGroupsSequence")
    _hold_indices(frames, places)
    _hold_sources(frames, [k for _, k in places], plan, images)
    crops = {number: built.crops[one["id"]] for number, one in segments.items()}
    _hold_voxels(node, places, crops)


def _hold_segments(node: Node, plan: Paper, segments: Mapping[int, Paper]) -> None:
    items = node.items(0x00620002)
    if [one.whole(0x00620004) for one in items] != list(segments):
        node.differs("SegmentSequence")
    for number, item in zip(segments, items, strict=True):
        segment = segments[number]
        label = " ".join(segment["name"].replace("\\", "/").split())[:LABEL_LENGTH_MAX].rstrip()
        said = item.text(0x00620005), item.text(0x00620006), item.text(0x00620020)
        if said != (label, segment["name"].rstrip(), segment["id"]):
            node.differs(f"SegmentLabel {number}")
        if item.uid(0x00620021) != tracking_uid(plan, segment["id"]):
            node.differs(f"TrackingUID {number}")
        for tag in (0x00620003, 0x0062000F):
            value, scheme = item.code(tag)
            if not value or scheme not in SCHEMES:
                node.differs(f"SegmentedPropertyTypeCodeSequence {number}")
        kind = item.item(0x0062000F)
        sides = [coded(one) for one in kind.items(0x00620011)]
        if not is_said(coded(kind), segment) or not is_on(sides, segment):
            node.differs(f"SegmentedPropertyTypeCodeSequence {number}")


def _hold_axes(node: Node, grid: Grid) -> None:
    """Hold axes and spacing at the far corner of a slice: what they move there, in mm."""
    shared = node.item(0x52009229)
    cosines = shared.item(0x00209116).decimals(0x00200037)
    spacing = shared.item(0x00289110).decimals(0x00280030)
    if (len(cosines), len(spacing)) != (6, 2):
        raise unreadable(node.path)
    far = grid.lps_mm(np.array([grid.shape_kji[2] - 1, grid.shape_kji[1] - 1, 0]))
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    right, down = (grid.shape_kji[2] - 1) * spacing[1], (grid.shape_kji[1] - 1) * spacing[0]
    off = far - grid.origin_lps_mm - right * row - down * column
    skew = max(abs(row @ row - 1.0), abs(column @ column - 1.0), abs(row @ column))
    is_turned = np.linalg.det(np.stack([row, column, grid.direction[:, 2]])) < 0.0
    steps = abs(spacing[1] - grid.spacing_kji_mm[2]) + abs(spacing[0] - grid.spacing_kji_mm[1])
    if np.abs(off).max() > PLACE_MM or skew > 1e-6 or is_turned or steps > 1e-6:
        node.differs("ImageOrientationPatient")


def _place(frame: Node, grid: Grid, segments: Mapping[int, Paper]) -> tuple[int, int]:
    """Return a frame's segment and slice; a Fault where it lies off the slice."""
    number = frame.item(0x0062000A).whole(0x0062000B)
    place = frame.item(0x00209113).decimals(0x00200032)
    if len(place) != 3 or max(map(abs, place)) > 1e6:
        raise unreadable(frame.path)
    k = round(float(grid.ijk(np.array(place))[2]))
    meant = grid.lps_mm(np.array([0, 0, k]))
    is_there = number in segments and 0 <= k < grid.shape_kji[0]
    if not is_there or np.abs(meant - place).max() > PLACE_MM:
        frame.differs("ImagePositionPatient")
    return number, k


def _hold_indices(frames: Sequence[Node], places: Sequence[tuple[int, int]]) -> None:
    """Hold what viewers sort by: the segment's number and the rank of the slice."""
    ranks = {k: n for n, k in enumerate(sorted({k for _, k in places}), start=1)}
    for frame, (number, k) in zip(frames, places, strict=True):
        meant = number.to_bytes(4, "little") + ranks[k].to_bytes(4, "little")
        if frame.item(0x00209111).values.get(0x00209157) != meant:
            frame.differs("DimensionIndexValues")


def _hold_sources(
    frames: Sequence[Node], slices: Sequence[int], plan: Paper, images: Sequence[str]
) -> None:
    """Hold that frames of one slice name one image, those of two name two, in their order.

    A resampled slice has no image of its own.
    """
    named: dict[int, str] = {}
    for frame, k in zip(frames, slices, strict=True):
        found = frame.items(0x00089124)
        uid = found[0].item(0x00082112).uid(0x00081155) if found else ""
        if named.setdefault(k, uid) != uid or (uid and uid not in images):
            frame.differs("DerivationImageSequence")
    order = [images.index(named[k]) for k in sorted(named) if named[k]]
    is_resampled = plan["volume"]["regularised_mm"] is not None
    if frames and (order != sorted(set(order)) or (is_resampled and order)):
        frames[0].differs("DerivationImageSequence")


def _hold_voxels(node: Node, places: Sequence[tuple[int, int]], crops: Mapping[int, Crop]) -> None:
    """Hold every bit against the masks; slices of a mask without a frame must be empty."""
    rows, columns = node.whole(0x00280010), node.whole(0x00280011)
    size, bits = rows * columns, node.values.get(0x7FE00010, b"")
    needed = -(-size * len(places) // 8)
    if len(bits) != needed + needed % 2:
        node.differs("PixelData")
    found = dict.fromkeys(crops, 0)
    for at, (number, k) in enumerate(places):
        plane = _plane(bits, at * size, rows, columns)
        if not np.array_equal(plane, _slice(crops[number], k, rows, columns)):
            node.differs(f"PixelData, frame {at + 1}")
        found[number] += int(plane.sum())
    for number, crop in crops.items():
        if found[number] != np.count_nonzero(crop.voxels):
            node.differs(f"PixelData, segment {number}")


def _plane(bits: bytes, first: int, rows: int, columns: int) -> NDArray[Any]:
    last = first + rows * columns
    raw = np.frombuffer(bits[first // 8 : -(-last // 8)], np.uint8)
    plane = np.unpackbits(raw, bitorder="little")[first % 8 :][: rows * columns]
    return plane.reshape(rows, columns).astype(bool)


def _slice(crop: Crop, k: int, rows: int, columns: int) -> NDArray[Any]:
    plane = np.zeros((rows, columns), bool)
    start_k, j, i = crop.start_kji
    if start_k <= k < start_k + len(crop.voxels):
        part = crop.voxels[k - start_k]
        plane[j : j + part.shape[0], i : i + part.shape[1]] = part
    return plane
