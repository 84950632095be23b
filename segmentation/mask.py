"""A segment's voxels as an immutable bit mask over its bounding box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Shape

Words = NDArray[np.uint64]
WORD_BITS = 64


def word_count(voxels: int) -> int:
    """Return how many 64-bit words hold a row of `voxels`."""
    return (voxels + WORD_BITS - 1) // WORD_BITS


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
    def from_words(cls, shape_kji: Shape, words: Words) -> "BitMask":
        """Return the mask of whole-grid words (nk, nj, ceil(ni / 64)), cropped to its box."""
        filled = words.any(axis=2)
        if not filled.any():
            return cls.empty(shape_kji)
        k = np.flatnonzero(filled.any(axis=1))
        j = np.flatnonzero(filled.any(axis=0))
        block = words[k[0] : k[-1] + 1, j[0] : j[-1] + 1]
        w = np.flatnonzero(block.any(axis=0).any(axis=0))
        block = block[:, :, w[0] : w[-1] + 1].copy()
        return cls(shape_kji, block, (int(k[0]), int(j[0])), int(w[0]))

    @classmethod
    def from_bool(cls, voxels: NDArray[np.bool_]) -> "BitMask":
        """Return the mask of a boolean array [k, j, i]."""
        nk, nj, ni = voxels.shape
        packed = np.packbits(np.ascontiguousarray(voxels, bool), axis=-1, bitorder="little")
        rows = np.zeros((nk, nj, 8 * word_count(ni)), np.uint8)
        rows[..., : packed.shape[-1]] = packed
        return cls.from_words((nk, nj, ni), rows.view("<u8").astype(np.uint64, copy=False))

    def to_words(self) -> Words:
        """Return new whole-grid words (nk, nj, ceil(ni / 64))."""
        nk, nj, ni = self.shape_kji
        words = np.zeros((nk, nj, word_count(ni)), np.uint64)
        k, j = self.start_kj
        dk, dj, dw = self.words.shape
        words[k : k + dk, j : j + dj, self.start_word : self.start_word + dw] = self.words
        return words

    def to_bool(self) -> NDArray[np.bool_]:
        """Return a new boolean array [k, j, i] over the whole grid."""
        flat = self.to_words().view(np.uint8)
        bits = np.unpackbits(flat, axis=-1, count=self.shape_kji[2], bitorder="little")
        return bits.view(np.bool_)

    @property
    def voxels(self) -> int:
        """How many voxels are set."""
        counts = np.unpackbits(self.words.view(np.uint8)) if self.words.size else np.zeros(0)
        return int(counts.sum(dtype=np.int64))

    @property
    def is_empty(self) -> bool:
        """Whether no voxel is set."""
        return not self.words.any()
