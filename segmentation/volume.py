"""A CT in Hounsfield units on its grid."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mask import BitMask

Hu = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """HU as read-only int16 `[k, j, i]` on `grid`; identity is equality.

    `padding` marks voxels that the scanner never measured (None where there are none): they are
    never shown or segmented as tissue (HAZ-14).
    """

    hu: Hu
    grid: Grid
    padding: BitMask | None = None

    def __post_init__(self) -> None:
        """Freeze the voxels and hold them against the grid."""
        hu = np.ascontiguousarray(self.hu, np.int16)
        if hu.shape != self.grid.shape_kji:
            raise Refusal("volume-shape-differs")
        hu.flags.writeable = False
        object.__setattr__(self, "hu", hu)

    def sha256(self) -> str:
        """Return the hash of voxels (little-endian), padding and grid numbers, in hex."""
        digest = hashlib.sha256()
        grid = self.grid
        digest.update(repr((grid.shape_kji, grid.spacing_kji_mm, grid.frame_uid)).encode())
        digest.update(grid.origin_lps_mm.astype("<f8").tobytes())
        digest.update(grid.direction.astype("<f8").tobytes())
        digest.update(self.hu.astype("<i2", copy=False).data.cast("B"))
        if self.padding is not None:
            digest.update(self.padding.to_words().astype("<u8", copy=False).data.cast("B"))
        return digest.hexdigest()
