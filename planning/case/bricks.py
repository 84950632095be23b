"""Masks as bricks of 64 x 64 x 64 voxels, each known by the hash of its bits.

A brick that an edit did not change has the hash it had before, so history and file keep it once.
"""

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Shape
from segmentation.mask import WORD_BITS, BitMask, Words, word_count

EDGE = WORD_BITS
BRICK_BYTES = EDGE * EDGE * 8
_HEAD = np.dtype("<u4")
_PLACE = np.dtype([("k", "<u2"), ("j", "<u2"), ("w", "<u2"), ("sha256", "u1", (32,))])


class Unreadable(ValueError):  # noqa: N818 - it says what the bytes are
    """Stored bytes are not what their hash or their format says."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredMask(BitMask):
    """A mask that lies in a case file under `key` and was not fetched yet.

    Reading its words is a bug and raises AttributeError: it must never pass for an empty mask.
    """

    key: str = ""

    def __post_init__(self) -> None:
        """Drop the words."""
        object.__delattr__(self, "words")

    @classmethod
    def of(cls, shape_kji: Shape, key: str) -> "StoredMask":
        """Return the stand-in for the mask stored under `key`."""
        return cls(shape_kji, np.zeros((0, 0, 0), np.uint64), key=key)


@dataclass(frozen=True, slots=True, eq=False)
class BrickedMask:
    """A mask cut up: `manifest` names the hash of each brick that holds a voxel, in order.

    `bricks` maps those hashes to the bricks, uint64 arrays of shape (64, 64) over k and j.
    """

    manifest: bytes
    bricks: dict[bytes, Words]

    @property
    def key(self) -> str:
        """The mask's own hash in hex: equal for equal voxels, whatever the box."""
        return hashlib.sha256(self.manifest).hexdigest()


def cut(mask: BitMask) -> BrickedMask:
    """Cut `mask` into bricks; those without a voxel are left out."""
    nk, nj, nw = mask.words.shape
    (k0, j0), w0 = mask.start_kj, mask.start_word
    first_k, first_j = k0 // EDGE, j0 // EDGE
    rows_k, rows_j = -(-(k0 + nk) // EDGE) - first_k, -(-(j0 + nj) // EDGE) - first_j
    padded = np.zeros((rows_k * EDGE, rows_j * EDGE, nw), "<u8")
    dk, dj = k0 - first_k * EDGE, j0 - first_j * EDGE
    padded[dk : dk + nk, dj : dj + nj] = mask.words
    tiles = padded.reshape(rows_k, EDGE, rows_j, EDGE, nw).transpose(0, 2, 4, 1, 3)
    places = np.argwhere(tiles.any(axis=(3, 4))) if mask.words.size else np.zeros((0, 3), int)
    table = np.zeros(len(places), _PLACE)
    bricks: dict[bytes, Words] = {}
    for row, (k, j, w) in enumerate(places):
        brick = np.ascontiguousarray(tiles[k, j, w])
        digest = hashlib.sha256(brick.data).digest()
        bricks[digest] = brick
        table[row] = (k + first_k, j + first_j, w + w0, np.frombuffer(digest, np.uint8))
    return BrickedMask(np.array(mask.shape_kji, _HEAD).tobytes() + table.tobytes(), bricks)


def join(shape_kji: Shape, manifest: bytes, brick_of: Callable[[bytes], bytes]) -> BitMask:
    """Put a mask together again.

    Parameters
    ----------
    shape_kji
        The grid that the mask must be on.
    manifest
        As `cut` gave it; the caller has checked its hash.
    brick_of
        Takes a hash to the brick's 32768 bytes, already checked.

    Raises
    ------
    Unreadable
        When the manifest does not fit the grid or bits lie beyond the end of a row.
    """
    table = _table(shape_kji, manifest)
    nk, nj, ni = shape_kji
    words = np.zeros((-(-nk // EDGE) * EDGE, -(-nj // EDGE) * EDGE, word_count(ni)), np.uint64)
    for k, j, w, digest in table:
        brick = np.frombuffer(brick_of(digest.tobytes()), "<u8").reshape(EDGE, EDGE)
        words[k * EDGE : (k + 1) * EDGE, j * EDGE : (j + 1) * EDGE, w] = brick
    tail = ni % WORD_BITS
    if tail and (words[:, :, -1] >> np.uint64(tail)).any():
        raise Unreadable("bits beyond the end of a row")
    return BitMask.from_words(shape_kji, words[:nk, :nj])


def bricks_of(shape_kji: Shape, manifest: bytes) -> set[bytes]:
    """Return the hashes of the bricks that a manifest names; Unreadable when it is none."""
    return {row["sha256"].tobytes() for row in _table(shape_kji, manifest)}


def _table(shape_kji: Shape, manifest: bytes) -> NDArray[np.void]:
    head = 3 * _HEAD.itemsize
    if len(manifest) < head or (len(manifest) - head) % _PLACE.itemsize:
        raise Unreadable("a manifest of odd length")
    if tuple(np.frombuffer(manifest[:head], _HEAD).tolist()) != shape_kji:
        raise Unreadable("a mask of another grid")
    table = np.frombuffer(manifest, _PLACE, offset=head)
    nk, nj, ni = shape_kji
    ends = {"k": -(-nk // EDGE), "j": -(-nj // EDGE), "w": word_count(ni)}
    if any((table[name] >= end).any() for name, end in ends.items()):
        raise Unreadable("a brick outside its grid")
    return table


def squeeze(brick: Words) -> bytes:
    """Return a brick's bytes compressed."""
    return zlib.compress(brick.astype("<u8", copy=False).tobytes(), 1)


def expand(body: bytes, sha256: bytes) -> bytes:
    """Return the 32768 bytes that `squeeze` took, checked against their hash.

    Raises
    ------
    Unreadable
        When the bytes are not those that were stored.
    """
    raw = inflate(body, BRICK_BYTES)
    if hashlib.sha256(raw).digest() != sha256:
        raise Unreadable("a brick differs from its hash")
    return raw


def inflate(body: bytes, size: int) -> bytes:
    """Return exactly `size` decompressed bytes; Unreadable when there are more or fewer."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(body, size)
        rest = inflater.decompress(inflater.unconsumed_tail, 1)
    except zlib.error as error:
        raise Unreadable("compressed bytes are damaged") from error
    if len(raw) != size or rest or not inflater.eof or inflater.unused_data:
        raise Unreadable("compressed bytes have another length")
    return raw
