"""All segments in one `.seg.nrrd`, as 3D Slicer keeps a segmentation; read back by SimpleITK.

Segments that share a voxel lie in different layers; within a layer each has its own value. With
more than one layer the first axis is the list of layers. The stored box is the smallest that holds
every segment; `Segmentation_ReferenceImageExtentOffset` says where it begins in the CT.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.case.case import Segment
from planning.exchange.exporter import Written
from planning.exchange.mask_nrrd import Voxels, cropped
from planning.exchange.nrrd_file import NO_STEP, read_nrrd, start_in, steps_of, write_nrrd
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs
from segmentation.grid import Grid, Shape

Labels = NDArray[np.uint8]
Ends = NDArray[np.int_]
Heads = Sequence[Sequence[str]]
VALUE_MAX: Final = 255
READ_KEYS: Final = ("ID", "Name", "Layer", "LabelValue")


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Values [layer, k, j, i] from the grid's voxel `start_kji` on.

    `places` has each segment's layer, and its value there.
    """

    values: Labels
    start_kji: Shape
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """What one file says: segments on a grid, `marks` before each name, tags by segment id, notes.

    Tags are Slicer's own `key:value|` form; `notes` become key/value pairs of the header.
    """

    grid: Grid
    segments: Sequence[Segment]
    marks: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def shown_name(self, segment: Segment) -> str:
        """Return a segment's marked name on one line, without signs that nobody sees.

        A name with no sign at all becomes the id.
        """
        plain = "".join(c if c.isprintable() else " " for c in segment.name)
        name = " ".join(plain.replace("\\", "/").split()) or segment.id
        return " ".join((*self.marks, name))


def layers_of(segments: Sequence[Segment]) -> Layers:
    """Return segments in layers, each in the first that is free; one of them has voxels."""
    parts = [cropped(one.mask) for one in segments]
    start, stop = _box(segments)
    stack: list[Labels] = []
    used: list[int] = []
    places: list[tuple[int, int]] = []
    for (first, voxels), segment in zip(parts, segments, strict=True):
        at = np.zeros(3, int) if segment.mask.is_empty else np.array(first) - start
        room = tuple(slice(int(a), int(a) + n) for a, n in zip(at, voxels.shape, strict=True))
        layer = _free_layer(stack, used, room, voxels)
        if layer == len(stack):
            stack.append(np.zeros(tuple(stop - start), np.uint8))
            used.append(0)
        used[layer] += 1
        stack[layer][room][voxels] = used[layer]
        places.append((layer, used[layer]))
    k, j, i = map(int, start)
    return Layers(np.stack(stack), (k, j, i), tuple(places))


def _box(segments: Sequence[Segment]) -> tuple[Ends, Ends]:
    """Return the first voxel of the box around all segments, and the one behind its last.

    It is never one voxel alone, since Slicer takes such a file for an empty one.
    """
    parts = [cropped(one.mask) for one in segments if not one.mask.is_empty]
    start = np.array([first for first, _ in parts]).min(axis=0)
    stop = np.array([np.add(first, voxels.shape) for first, voxels in parts]).max(axis=0)
    if (stop - start == 1).all():
        axis = int(np.argmax(segments[0].mask.shape_kji))
        if start[axis] > 0:
            start[axis] -= 1
        else:
            stop[axis] = min(2, segments[0].mask.shape_kji[axis])
    return start, stop


def _free_layer(
    stack: Sequence[Labels], used: Sequence[int], room: tuple[slice, ...], voxels: Voxels
) -> int:
    """Return the first layer where nothing lies on these voxels and a value is left."""
    for layer, values in enumerate(stack):
        if used[layer] < VALUE_MAX and not values[room][voxels].any():
            return layer
    return len(stack)


def write_segments(path: Path, what: Segmentation) -> None:
    """Write segments as NRRD: uint8, gzip, LPS mm. The same bytes for the same segments."""
    layers = layers_of(what.segments)
    values, steps = layers.values[0], steps_of(what.grid)
    if len(layers.values) > 1:
        values, steps = np.moveaxis(layers.values, 0, -1), [NO_STEP, *steps]
    start_ijk = layers.start_kji[::-1]
    notes = {
        **_segment_notes(what, layers),
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": " ".join(map(str, start_ijk)),
        **what.notes,
    }
    write_nrrd(path, values, steps, what.grid.lps_mm(np.array(start_ijk)), notes)


def _segment_notes(what: Segmentation, layers: Layers) -> dict[str, str]:
    notes: dict[str, str] = {}
    # Slicer cuts a whole layer to the extent of its first segment: each gets the whole box.
    extent = " ".join(f"0 {n - 1}" for n in layers.values.shape[:0:-1])
    for n, (segment, (layer, value)) in enumerate(zip(what.segments, layers.places, strict=True)):
        red, green, blue = (int(segment.colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        fields = {
            "ID": segment.id,
            "Name": what.shown_name(segment),
            "NameAutoGenerated": "0",
            "Color": f"{red:.6f} {green:.6f} {blue:.6f}",
            "ColorAutoGenerated": "0",
            "Layer": str(layer),
            "LabelValue": str(value),
            "Extent": extent,
            "Tags": what.tags.get(segment.id, ""),
        }
        notes |= {f"Segment{n}_{key}": value for key, value in fields.items() if value}
    return notes


def written_segments(path: Path, what: Segmentation) -> Written:
    """Write all segments, read them back by SimpleITK, and return what was written.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another place, name, value or voxel.
    """
    write_segments(path, what)
    error_mm = read_back_segments(path, what)
    by, reader = named("segmentation writer"), named("NrrdImageIO", "SimpleITK")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, ALLOWED_MM)


def read_back_segments(path: Path, what: Segmentation) -> float:
    """Return the largest distance in mm between corner voxels that were meant and read.

    Each segment is taken by the header's own layer and value, and compared voxel by voxel at the
    place in the grid where the file's millimetres put it.

    Raises
    ------
    Refusal
        `export-read-back-differs` for another place, name or voxel.
    """
    n = len(READ_KEYS)
    keys = [f"Segment{one}_{key}" for one in range(len(what.segments)) for key in READ_KEYS]
    read = read_nrrd(path, keys)
    heads = [read.notes[k : k + n] for k in range(0, len(keys), n)]
    start, error_mm = start_in(what.grid, read, path.name)
    values = read.values
    stop = start + values.shape[:3]
    if (start < 0).any() or (stop > what.grid.shape_kji).any():
        raise differs(path.name, "space origin")
    window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    _require_voxels(path.name, what, heads, (values.reshape(*values.shape[:3], -1), window))
    return error_mm


def _require_voxels(
    file: str,
    what: Segmentation,
    heads: Sequence[Sequence[str]],
    read: tuple[Labels, tuple[slice, ...]],
) -> None:
    """Refuse a segment of another name or voxel, and values that are nobody's."""
    values, window = read
    for segment, (one, name, layer, value) in zip(what.segments, heads, strict=True):
        if (one, name) != (segment.id, what.shown_name(segment)):
            raise differs(file, segment.id)
        there = values[..., int(layer)] == int(value)
        whole = segment.mask.to_bool()[window]
        if not np.array_equal(there, whole) or int(there.sum()) != segment.mask.voxels:
            raise differs(file, segment.id)
    if int(np.count_nonzero(values)) != sum(one.mask.voxels for one in what.segments):
        raise differs(file, "voxels")
