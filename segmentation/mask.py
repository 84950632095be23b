"""A segment's voxels as an immutable bit mask over its bounding box."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Shape

Words = NDArray[np.uint64]
WORD_BITS = 64


def word_count(voxels: int) -> int:
    """Return how many 64-bit words hold a row of `voxels`."""
    return (voxels + WORD_BITS - 1) // WORD_BITS


class Box(NamedTuple):
    """Slices k0 to k1, rows j0 to j1 and words w0 to w1 of a grid; the ends are not included."""

    k0: int
    j0: int
    w0: int
    k1: int
    j1: int
    w1: int

    @classmethod
    def whole(cls, shape_kji: Shape) -> "Box":
        """Return the box of a whole grid."""
        return cls(0, 0, 0, shape_kji[0], shape_kji[1], word_count(shape_kji[2]))

    @property
    def shape_kjw(self) -> Shape:
        """Slices, rows and words; the shape of an array of this box."""
        return self.k1 - self.k0, self.j1 - self.j0, self.w1 - self.w0

    def voxels_i(self, shape_kji: Shape) -> int:
        """How many voxels of a grid's row lie in this box."""
        return min(WORD_BITS * self.w1, shape_kji[2]) - WORD_BITS * self.w0

    def grown(self, shape_kji: Shape, reach_kji: Shape) -> "Box":
        """Return the box with `reach_kji` more voxels (or words that hold them) on each side.

        It is cut at the grid of shape `shape_kji`.
        """
        nk, nj, ni = shape_kji
        dk, dj, dw = reach_kji[0], reach_kji[1], word_count(reach_kji[2])
        return Box(
            max(self.k0 - dk, 0),
            max(self.j0 - dj, 0),
            max(self.w0 - dw, 0),
            min(self.k1 + dk, nk),
            min(self.j1 + dj, nj),
            min(self.w1 + dw, word_count(ni)),
        )

    def meet(self, other: "Box") -> "Box":
        """Return what both boxes hold; its sizes are 0 where they hold nothing in common."""
        start = [max(a, b) for a, b in zip(self[:3], other[:3], strict=True)]
        stop = [min(a, b) for a, b in zip(self[3:], other[3:], strict=True)]
        return Box(*start, *(max(a, b) for a, b in zip(start, stop, strict=True)))

    def around(self, other: "Box") -> "Box":
        """Return the smallest box that holds both."""
        start = (min(a, b) for a, b in zip(self[:3], other[:3], strict=True))
        return Box(*start, *(max(a, b) for a, b in zip(self[3:], other[3:], strict=True)))

    def view(self, words: Words, box: "Box") -> Words:
        """Return the part of `words`, an array of this box, that lies in `box`, without a copy."""
        k, j, w = self.k0, self.j0, self.w0
        return words[box.k0 - k : box.k1 - k, box.j0 - j : box.j1 - j, box.w0 - w : box.w1 - w]


def _cropped(words: Words) -> Box | None:
    """Return the smallest box of `words` with every set bit, None when there is none.

    Looks from the faces inward: what a tight block needs is six faces.
    """
    k0, k1 = 0, words.shape[0]
    while k0 < k1 and not words[k0].any():
        k0 += 1
    if k0 == k1:
        return None
    while not words[k1 - 1].any():
        k1 -= 1
    j0, j1 = 0, words.shape[1]
    while not words[k0:k1, j0].any():
        j0 += 1
    while not words[k0:k1, j1 - 1].any():
        j1 -= 1
    w0, w1 = 0, words.shape[2]
    while not words[k0:k1, j0:j1, w0].any():
        w0 += 1
    while not words[k0:k1, j0:j1, w1 - 1].any():
        w1 -= 1
    return Box(k0, j0, w0, k1, j1, w1)


@dataclass(frozen=True, slots=True, eq=False)
class BitMask:
    """Set voxels of a grid of shape `shape_kji`; identity is equality.

    `words[k, j, w]` covers rows from `start_kj` and words from `start_word`: bit b of a word is
    voxel i = 64 * (start_word + w) + b. Bits beyond the row's end are 0, always. The array is
    read-only; an edit makes a new mask.
    """

    shape_kji: Shape
    words: Words
    start_kj: tuple[int, int] = (0, 0)
    start_word: int = 0

    def __post_init__(self) -> None:
        """Freeze the words."""
        words = np.ascontiguousarray(self.words, np.uint64)
        words.flags.writeable = False
        object.__setattr__(self, "words", words)

    @classmethod
    def empty(cls, shape_kji: Shape) -> "BitMask":
        """Return the mask without any voxel."""
        return cls(shape_kji, np.zeros((0, 0, 0), np.uint64))

    @classmethod
    def from_words(cls, shape_kji: Shape, words: Words, box: Box | None = None) -> "BitMask":
        """Return the mask of the words of `box` (default: the whole grid), cropped to its voxels.

        The mask keeps no reference to `words`, unless `box` is given and nothing is cropped:
        then it takes the array over and freezes it.
        """
        if box is not None and words.shape != box.shape_kjw:
            raise ValueError(f"words of shape {words.shape} do not fill a box {box.shape_kjw}")
        tight = _cropped(words)
        if tight is None:
            return cls.empty(shape_kji)
        part = words[tight.k0 : tight.k1, tight.j0 : tight.j1, tight.w0 : tight.w1]
        if box is None or part.shape != words.shape:
            part = part.copy()
        k, j, w = (0, 0, 0) if box is None else box[:3]
        return cls(shape_kji, part, (k + tight.k0, j + tight.j0), w + tight.w0)

    @classmethod
    def from_bool(cls, voxels: NDArray[np.bool_]) -> "BitMask":
        """Return the mask of a boolean array [k, j, i]."""
        nk, nj, ni = voxels.shape
        packed = np.packbits(np.ascontiguousarray(voxels, bool), axis=-1, bitorder="little")
        rows = np.zeros((nk, nj, 8 * word_count(ni)), np.uint8)
        rows[..., : packed.shape[-1]] = packed
        return cls.from_words((nk, nj, ni), rows.view("<u8").astype(np.uint64, copy=False))

    @property
    def box(self) -> Box:
        """The box that `words` fills; of size 0 for an empty mask."""
        k, j = self.start_kj
        dk, dj, dw = self.words.shape
        return Box(k, j, self.start_word, k + dk, j + dj, self.start_word + dw)

    def words_in(self, box: Box) -> Words:
        """Return new words of `box`; voxels outside the mask's own box are 0."""
        if box == self.box:
            return self.words.copy()
        words = np.zeros(box.shape_kjw, np.uint64)
        both = self.box.meet(box)
        if all(both.shape_kjw):
            box.view(words, both)[...] = self.box.view(self.words, both)
        return words

    def to_words(self) -> Words:
        """Return new whole-grid words (nk, nj, ceil(ni / 64))."""
        return self.words_in(Box.whole(self.shape_kji))

    def to_bool(self) -> NDArray[np.bool_]:
        """Return a new boolean array [k, j, i] over the whole grid."""
        flat = self.to_words().astype("<u8", copy=False).view(np.uint8)
        bits = np.unpackbits(flat, axis=-1, count=self.shape_kji[2], bitorder="little")
        return bits.view(np.bool_)

    @property
    def voxels(self) -> int:
        """How many voxels are set."""
        return int(np.bitwise_count(self.words).sum(dtype=np.int64))

    @property
    def is_empty(self) -> bool:
        """Whether no voxel is set; a cropped mask tells by its first slice."""
        return not (self.words.size and (self.words[0].any() or self.words.any()))

    def holds(self, kji: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether voxels (..., 3), given as k, j, i, are set; none outside the grid is."""
        at = kji - np.array([*self.start_kj, WORD_BITS * self.start_word])
        nk, nj, nw = self.words.shape
        is_in = ((at >= 0) & (at < [nk, nj, WORD_BITS * nw])).all(axis=-1)
        if not self.words.size:
            return np.zeros(kji.shape[:-1], bool)
        k, j, i = np.moveaxis(np.where(is_in[..., None], at, 0), -1, 0)
        bits = self.words[k, j, i // WORD_BITS] >> (i % WORD_BITS).astype(np.uint64)
        held: NDArray[np.bool_] = is_in & (bits & np.uint64(1) == 1)
        return held

    def _require_same_grid(self, other: "BitMask") -> None:
        if self.shape_kji != other.shape_kji:
            raise ValueError(f"masks of grids {self.shape_kji} and {other.shape_kji} do not mix")

    def __or__(self, other: "BitMask") -> "BitMask":
        """Return the voxels of either mask."""
        self._require_same_grid(other)
        if not other.words.size or not self.words.size:
            return self if self.words.size else other
        box = self.box.around(other.box)
        words = self.words_in(box)
        part = box.view(words, other.box)
        part |= other.words
        if box == self.box:  # as tight as it was
            return BitMask(self.shape_kji, words, self.start_kj, self.start_word)
        return BitMask.from_words(self.shape_kji, words, box)

    def __and__(self, other: "BitMask") -> "BitMask":
        """Return the voxels that both masks hold."""
        self._require_same_grid(other)
        box = self.box.meet(other.box)
        if not all(box.shape_kjw):
            return BitMask.empty(self.shape_kji)
        words = self.words_in(box)
        words &= other.box.view(other.words, box)
        return BitMask.from_words(self.shape_kji, words, box)

    def __sub__(self, other: "BitMask") -> "BitMask":
        """Return the voxels of this mask that `other` doesn't hold."""
        self._require_same_grid(other)
        both = self.box.meet(other.box)
        if not all(both.shape_kjw):
            return self
        words = self.words.copy()
        part = self.box.view(words, both)
        part &= ~other.box.view(other.words, both)
        return BitMask.from_words(self.shape_kji, words, self.box)
