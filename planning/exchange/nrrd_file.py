"""One NRRD file: how all of ours are written, and how SimpleITK reads them back."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from segmentation.grid import Grid

Points = NDArray[np.float64]
Start = NDArray[np.int_]
CORNERS_KJI: Final = np.array([(c >> 2, c >> 1 & 1, c & 1) for c in range(8)])
NO_STEP: Final = "none"


@dataclass(frozen=True, slots=True, eq=False)
class NrrdRead:
    """What SimpleITK reads: `values` [k, j, i] or [k, j, i, n], where they lie, notes asked for.

    `lps_from_ijk` is (4, 4); `corners_lps_mm` (8, 3) are the voxels `CORNERS_KJI` of the whole.
    """

    values: NDArray[Any]
    lps_from_ijk: Points
    corners_lps_mm: Points
    notes: tuple[str, ...]


def write_nrrd(
    path: Path,
    values: NDArray[Any],
    steps: Sequence[str],
    origin_mm: ArrayLike,
    notes: Mapping[str, str],
) -> None:
    """Write samples with gzip in LPS mm; `notes` become key/value pairs. The same bytes each time.

    Parameters
    ----------
    values
        bool, uint8 or int16; its last axis is the file's first.
    steps
        The step along each of the file's axes as text: a vector, or `NO_STEP` for a list.
    """
    stored = values.view(np.uint8) if values.dtype == np.bool_ else values
    stored = np.ascontiguousarray(stored.astype(stored.dtype.newbyteorder("<"), copy=False))
    head = [
        "NRRD0004",
        f"type: {stored.dtype.name}",
        f"dimension: {stored.ndim}",
        "space: left-posterior-superior",
        "sizes: " + " ".join(map(str, stored.shape[::-1])),
        "space directions: " + " ".join(steps),
        "kinds: " + " ".join("list" if step == NO_STEP else "domain" for step in steps),
        *(["endian: little"] if stored.itemsize > 1 else []),
        "encoding: gzip",
        "space origin: " + vector(origin_mm),
        *(f"{key}:={_line(value)}" for key, value in notes.items()),
    ]
    body = gzip.compress(stored.tobytes(), compresslevel=6, mtime=0)
    path.write_bytes("\n".join(head).encode() + b"\n\n" + body)


def vector(values: ArrayLike) -> str:
    """Return numbers as NRRD's vector, each with every digit that it needs."""
    return "(" + ",".join(repr(float(one)) for one in np.asarray(values)) + ")"


def steps_of(grid: Grid) -> list[str]:
    """Return a grid's steps along i, j and k in LPS mm, as NRRD's vectors."""
    return [vector(column) for column in grid.lps_from_ijk[:3, :3].T]


def read_nrrd(path: Path, keys: Sequence[str] = ()) -> NrrdRead:
    """Return what SimpleITK, which shares no code with the writer, finds in a file.

    Raises
    ------
    Refusal
        `export-read-back-differs` for what it can't read, other than three axes, a missing note.
    """
    import SimpleITK as sitk  # noqa: N813, PLC0415 - its usual name; only an export loads it

    try:
        image: Any = sitk.ReadImage(str(path))
        values = sitk.GetArrayFromImage(image)
        notes = tuple(image.GetMetaData(key) for key in keys)
    except RuntimeError as error:
        raise differs(path.name, "SimpleITK") from error
    if image.GetDimension() != 3:
        raise differs(path.name, f"{image.GetDimension()} axes")
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    places = (CORNERS_KJI * (np.array(values.shape[:3]) - 1))[:, ::-1].tolist()
    corners = [image.TransformIndexToPhysicalPoint(place) for place in places]
    return NrrdRead(values, affine, np.array(corners), notes)


def start_in(grid: Grid, read: NrrdRead, file: str) -> tuple[Start, float]:
    """Return the grid's voxel (k, j, i) where a file's part begins, and its corners' error in mm.

    Raises
    ------
    Refusal
        `export-read-back-differs` for a corner off the grid's voxels.
    """
    start = np.rint(grid.ijk(read.corners_lps_mm[0])).astype(int)[::-1]
    places_kji = CORNERS_KJI * (np.array(read.values.shape[:3]) - 1) + start
    meant = grid.lps_mm(places_kji[:, ::-1])
    return start, require_within(file, largest_mm(meant, read.corners_lps_mm), ALLOWED_MM)


def _line(words: str) -> str:
    """Return words on one line, as an NRRD value."""
    plain = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(plain.replace("\\", "\\\\").split())
