"""Outlines of masks as painter paths, made now or kept."""

from PySide6.QtCore import QPointF
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
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in loop.tolist()]))
        return path

    return pictures.once(("path", mask, plane), make)
