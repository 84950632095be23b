"""Outlines of masks as painter paths, made now or kept."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPainterPath, QPolygonF

from segmentation.grid import Grid
from segmentation.mask import BitMask
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import SlicePlane


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
