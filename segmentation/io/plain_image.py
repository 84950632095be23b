"""A single-file image without identity (NIfTI, NRRD, MetaImage): where its voxels lie.

The formats' own readers parse headers to an `ImageFile`; this module decodes the voxels.
"""

import bz2
import hashlib
import zlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.files import FILE_BYTES_MAX, FileRef, Shelf
from segmentation.io.header import SeriesHeader
from segmentation.io.hu import HU_MAX, HU_MIN, finish, padding_mask, value_findings
from segmentation.io.stack import COSINE_ACCEPTED, COSINE_LIMIT, nearest_rotation
from segmentation.progress import Progress
from segmentation.volume import Hu, Volume

SIDE_MAX: Final = 8192
VOXELS_MAX: Final = 2 << 30
DEFLATE_RATIO_MAX: Final = 1100
BZIP2_RATIO_MAX: Final = 50_000
CHUNK_BYTES: Final = 4 << 20
HU_USUAL_MIN: Final = -200

Encoding = str


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """Where the voxels of an image are and what they mean.

    Attributes
    ----------
    data
        The file that holds the voxels: the header's own, or its neighbour.
    offset
        Bytes before the first voxel; after decompression if `encoding` spans the whole file.
    encoding
        `raw`, `gzip`, `zlib` or `bzip2`; `gzip-file` for a compressed file, header included.
    shape_kji
        As stored, i fastest.
    axes_lps_mm
        Columns are the LPS steps in mm from voxel to voxel along i, j, k; any handedness.
    """

    header: SeriesHeader
    data: FileRef
    offset: int
    encoding: Encoding
    dtype: np.dtype[np.generic]
    shape_kji: tuple[int, int, int]
    axes_lps_mm: NDArray[np.float64]
    origin_lps_mm: NDArray[np.float64]
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def holds_labels(self) -> bool:
        """Whether the voxels can't be HU: 8 bits without scaling reach neither air nor bone."""
        return self.dtype.itemsize == 1 and self.slope == 1.0 and self.intercept == 0.0


def own_uid(digest: bytes) -> str:
    """Return the UID that PS3.5 annex B makes of 128 bits."""
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def file_header(ref: FileRef, head: bytes) -> SeriesHeader:
    """Return the header of a file without identity; its series UID follows from name and head."""
    text = f"{ref.name}\0{ref.size}\0".encode()
    return SeriesHeader(
        series_uid=own_uid(hashlib.sha256(text + head[:65536]).digest()),
        modality="CT",
        description=PurePosixPath(ref.name).name[:64],
        is_dicom=False,
    )


def checked_shape(sizes: list[int]) -> tuple[int, int, int]:
    """Return sizes i, j, k as a shape [k, j, i]; refuses what is flat or beyond the caps."""
    if len(sizes) != 3 or min(sizes) < 1:
        raise Refusal("image-not-3d", dimensions=len(sizes))
    i, j, k = sizes
    if max(sizes) > 4 * SIDE_MAX or i * j * k > VOXELS_MAX:
        raise Refusal("image-too-large", rows=j, columns=i)
    return k, j, i


def neighbour(ref: FileRef, name: str) -> FileRef:
    """Return the file `name` beside `ref`; anything but a plain name is refused (HAZ-39)."""
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:%\0")
    target = ref.path.with_name(name) if plain and not ref.member else None
    if target is None or target.is_symlink() or not target.is_file():
        raise Refusal("detached-data-refused", file=ref.name, data=name[:64])
    info = target.stat()
    return FileRef(target, "", info.st_size, info.st_mtime_ns)


def image_grid(image: ImageFile, frame_uid: str) -> tuple[Grid, bool, tuple[Finding, ...]]:
    """Return the right-handed grid, whether k must be flipped for it, and what was repaired."""
    axes = image.axes_lps_mm
    if not (np.isfinite(axes).all() and np.isfinite(image.origin_lps_mm).all()):
        raise Refusal("number-not-finite", file=image.data.name)
    spacing = np.linalg.norm(axes, axis=0)
    if spacing.min() <= 1e-6 or spacing.max() > 1e4:
        raise Refusal("spacing-not-positive", file=image.data.name)
    unit = axes / spacing
    error = float(np.abs(unit.T @ unit - np.eye(3)).max())
    if error > COSINE_LIMIT:
        raise Refusal("image-sheared", file=image.data.name)
    direction = nearest_rotation(unit)
    shape = np.array(image.shape_kji[::-1])
    reach = float(np.linalg.norm(spacing * shape))
    moved = float(np.abs(unit - direction).max()) * reach
    findings = []
    if error > COSINE_ACCEPTED:
        values = {"shift_mm": round(moved, 3)}
        findings.append(Finding("cosines-repaired", Severity.WARN, values, mm=moved))
    origin = image.origin_lps_mm
    is_flipped = bool(np.linalg.det(direction) < 0.0)
    if is_flipped:
        origin = origin + axes[:, 2] * (shape[2] - 1)
        direction = direction * np.array([1.0, 1.0, -1.0])
    step = (float(spacing[2]), float(spacing[1]), float(spacing[0]))
    grid = Grid(image.shape_kji, origin, step, direction, frame_uid)
    return grid, is_flipped, tuple(findings)


def load_image(
    image: ImageFile, shelf: Shelf, progress: Progress
) -> tuple[Volume, tuple[Finding, ...]]:
    """Return the volume of an image file, and what was found in its values.

    Its frame of reference is made of the hash of its content, since it has none of its own.
    """
    grid, is_flipped, found = image_grid(image, "")
    raw = _voxels(image, shelf, progress)
    nk = image.shape_kji[0]
    hu = np.empty(image.shape_kji, np.int16)
    slabs = []
    rounded = 0.0
    for k in range(nk):
        values = raw[nk - 1 - k if is_flipped else k]
        rounded = max(rounded, _to_hu(values, image, hu[k]))
        slabs.append(finish(hu[k], None))
        progress(nk + k + 1, 2 * nk)
    padding = padding_mask(slabs, grid.shape_kji)
    findings = [*found, *_about_values(hu, rounded), *value_findings(hu, slabs, padding)]
    uid = own_uid(bytes.fromhex(Volume(hu, grid, padding).sha256()))
    return Volume(hu, replace(grid, frame_uid=uid), padding), tuple(findings)


def _about_values(hu: Hu, rounded: float) -> list[Finding]:
    """Return whether the values were rounded, and whether they look like a CT's at all."""
    findings = []
    if rounded > 0.0:
        error = {"error_hu": round(rounded, 2)}
        findings.append(Finding("values-rounded", Severity.INFO, error))
    least, most = int(hu.min()), int(hu.max())
    if least > HU_USUAL_MIN:
        seen = {"least": least, "most": most}
        findings.append(Finding("values-not-like-ct", Severity.WARN, seen))
    return findings


def _to_hu(values: NDArray[np.generic], image: ImageFile, out: Hu) -> float:
    """Write one slice of values as HU to `out`; return the largest rounding in HU."""
    is_plain = image.slope == 1.0 and image.intercept == 0.0
    if is_plain and values.dtype.kind in "iu":
        low, high = int(values.min()), int(values.max())
        scaled: NDArray[np.generic] = values
    else:
        scaled = values.astype(np.float64) * image.slope + image.intercept
        if not np.isfinite(scaled).all():
            raise Refusal("number-not-finite", file=image.data.name)
        low, high = round(float(scaled.min())), round(float(scaled.max()))
    if low < HU_MIN or high > HU_MAX:
        raise Refusal("hu-out-of-range", file=image.data.name, least=low, most=high)
    if scaled.dtype.kind in "iu":
        out[...] = scaled
        return 0.0
    whole = np.trunc(scaled + np.copysign(0.5, scaled))
    out[...] = whole
    return float(np.abs(whole - scaled).max())


def _voxels(image: ImageFile, shelf: Shelf, progress: Progress) -> NDArray[np.generic]:
    """Return the stored voxels [k, j, i]; nothing is allocated before the size is plausible."""
    count = int(np.prod(image.shape_kji, dtype=np.int64)) * image.dtype.itemsize
    available = image.data.size - (0 if image.encoding == "gzip-file" else image.offset)
    limit = {"raw": 1, "bzip2": BZIP2_RATIO_MAX}.get(image.encoding, DEFLATE_RATIO_MAX)
    if count > available * limit or count > FILE_BYTES_MAX:
        raise Refusal("pixels-truncated", file=image.data.name)
    target = np.empty(count, np.uint8)
    if image.encoding == "raw":
        shelf.read_into(image.data, image.offset, target.data)
    else:
        _inflate(image, shelf, target.data, progress)
    return target.view(image.dtype).reshape(image.shape_kji)


def _inflate(image: ImageFile, shelf: Shelf, target: memoryview, progress: Progress) -> None:
    """Fill `target` from the compressed stream; a stream that ends early is refused."""
    is_whole = image.encoding == "gzip-file"
    at, skip, done = (0 if is_whole else image.offset), (image.offset if is_whole else 0), 0
    shelf.check(image.data)
    engine = _engine(image.encoding)
    nk = image.shape_kji[0]
    try:
        while done < target.nbytes:
            packed = engine.waiting or shelf.piece(image.data, at, CHUNK_BYTES)
            at += 0 if engine.waiting else len(packed)
            out = memoryview(engine.decompress(packed, CHUNK_BYTES))
            if not packed and not out:
                break
            out, skip = out[skip:], max(0, skip - len(out))
            part = min(len(out), target.nbytes - done)
            target[done : done + part] = out[:part]
            done += part
            progress(nk * done // target.nbytes, 2 * nk)
        # the checksum stands behind the last voxel
        while done == target.nbytes and not engine.has_ended:
            packed = engine.waiting or shelf.piece(image.data, at, CHUNK_BYTES)
            at += 0 if engine.waiting else len(packed)
            if not packed or at > image.data.size + CHUNK_BYTES:
                raise Refusal("pixels-truncated", file=image.data.name)
            engine.decompress(packed, CHUNK_BYTES)
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise Refusal("pixels-broken", file=image.data.name) from error
    if done < target.nbytes:
        raise Refusal("pixels-truncated", file=image.data.name)


class _Deflate:
    """A stream of gzip members or one zlib stream, in pieces."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self.waiting = b""
        self.has_ended = False

    def decompress(self, data: bytes, most: int) -> bytes:
        """Return up to `most` bytes; input not yet used stays in `waiting`."""
        out = self._engine.decompress(data, most)
        self.waiting = self._engine.unconsumed_tail
        if self._engine.eof:  # another gzip member may follow
            self.has_ended = True
            self.waiting = self._engine.unused_data
            self._engine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        return out


class _Bzip2:
    """A bzip2 stream, in pieces."""

    def __init__(self) -> None:
        self._engine = bz2.BZ2Decompressor()
        self.waiting = b""

    @property
    def has_ended(self) -> bool:
        """Whether the end of the stream, with its checksum, was reached."""
        return self._engine.eof

    def decompress(self, data: bytes, most: int) -> bytes:
        """Return up to `most` bytes or a little more."""
        if self._engine.eof:
            return b""
        out = self._engine.decompress(data, most)
        while not self._engine.needs_input and not self._engine.eof:
            out += self._engine.decompress(b"", most)
        return out


def _engine(encoding: Encoding) -> _Deflate | _Bzip2:
    return _Bzip2() if encoding == "bzip2" else _Deflate()
