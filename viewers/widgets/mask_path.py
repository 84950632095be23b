"""Outlines of masks as painter paths, made now or kept."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath, QPolygonF

from segmentation.grid import Grid
from segmentation.mask import WORD_BITS, BitMask, Box, word_count
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import SlicePlane

BESIDE_PX: Final = 16.0  # an outline goes on outside the picture, by two samples
REACH: Final = 4  # voxels on both sides of a slice that its outlines may depend on


def path_of(grid: Grid, mask: BitMask, plane: SlicePlane, pictures: SlicePictures) -> QPainterPath:
    """Return the mask's outlines as a path; holes stay open by the odd-even rule."""

    def make() -> QPainterPath:
        """Turn the loops into a path."""
        path = QPainterPath()
        for loop in pictures.outline(grid, mask, plane):
            path.addPolygon(polygon_of(loop))
        return path

    return pictures.once(("path", mask, plane), make)


def polygon_of(points: NDArray[np.float64]) -> QPolygonF:
    """Return points (N, 2) as a polygon, read from bytes: no object is made for each of them."""
    stream = QDataStream(
        QByteArray(len(points).to_bytes(4, "big") + points.astype(">f8").tobytes())
    )
    polygon = QPolygonF()
    stream >> polygon
    return polygon


def carried(
    grid: Grid, former: BitMask, mask: BitMask, plane: SlicePlane, pictures: SlicePictures
) -> bool:
    """Return whether two masks are the same near a slice; the former's outline is kept for both."""
    if former is mask:
        return True
    box = box_near(grid, plane)
    if all(box.shape_kjw) and not np.array_equal(former.words_in(box), mask.words_in(box)):
        return False
    pictures.once((mask, plane), lambda: pictures.outline(grid, former, plane))
    pictures.once(("path", mask, plane), lambda: path_of(grid, former, plane, pictures))
    return True


def box_near(grid: Grid, plane: SlicePlane) -> Box:
    """Return the box of all voxels that an outline in the slice may depend on."""
    low, high = -BESIDE_PX, np.array(plane.size_px) + BESIDE_PX
    corners = [(x, y) for x in (low, high[0]) for y in (low, high[1])]
    kji = grid.ijk(plane.lps_mm(np.array(corners)))[:, ::-1]
    size = np.array(grid.shape_kji)
    start = np.clip(np.floor(kji.min(axis=0)) - REACH, 0, size).astype(int)
    k0, j0, i0 = start.tolist()
    k1, j1, i1 = np.clip(np.ceil(kji.max(axis=0)) + REACH + 1, start, size).astype(int).tolist()
    return Box(k0, j0, i0 // WORD_BITS, k1, j1, word_count(i1))
