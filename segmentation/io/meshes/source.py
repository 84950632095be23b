"""An open mesh file whose claims are checked before they are believed."""

import os
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.mesh import Mesh
from segmentation.surface import TRIANGLES_MAX


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file opened for reading in binary, its name without folders and its length in bytes."""

    file: BinaryIO
    name: str
    length: int

    @classmethod
    def of(cls, file: BinaryIO, name: str) -> "Source":
        """Return the source of an open file."""
        return cls(file, name, os.fstat(file.fileno()).st_size)

    def malformed(self) -> Refusal:
        """Return the refusal of a file that does not follow its format."""
        return Refusal("mesh-file-malformed", file=self.name)

    def expect_length(self, expected: int) -> None:
        """Refuse a file that is shorter or longer than its header declares."""
        if expected != self.length:
            values = {"bytes": self.length, "expected": expected}
            raise Refusal("mesh-file-incomplete", file=self.name, **values)

    def expect_triangles(self, triangles_n: int) -> None:
        """Refuse a count without triangles or with too many."""
        if triangles_n > TRIANGLES_MAX:
            raise Refusal("mesh-too-large", triangles=triangles_n, limit=TRIANGLES_MAX)
        if triangles_n < 1:
            raise self.malformed()

    def records(self, record: np.dtype[Any], n: int) -> NDArray[Any]:
        """Return the next `n` records; the caller has held their size against the length."""
        data = self.file.read(record.itemsize * n)
        if len(data) != record.itemsize * n:
            values = {"bytes": self.file.tell(), "expected": self.length}
            raise Refusal("mesh-file-incomplete", file=self.name, **values)
        return np.frombuffer(data, record)

    def mesh(self, points_lps_mm: NDArray[Any], triangles: NDArray[Any]) -> Mesh:
        """Return the mesh of what was read, after every number was looked at."""
        if not np.isfinite(points_lps_mm).all():
            raise Refusal("mesh-file-not-finite", file=self.name)
        if triangles.min() < 0 or triangles.max() >= len(points_lps_mm):
            raise Refusal("mesh-file-index", file=self.name)
        return Mesh(points_lps_mm.astype(np.float64), triangles.astype(np.int32))
