"""One slice with all its furniture; the same painter serves the window and exported pictures."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from planning.case.case import Case
from viewers import palette
from viewers.gestures.scene import Pointing, SliceScene
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import (
    SlicePlane,
    bar_length_mm,
    edge_letters,
)
from viewers.widgets import ink
from viewers.widgets.hand_painter import paint_hand
from viewers.widgets.mask_path import path_of
from viewers.widgets.plan_painter import HIDDEN_BOX, paint_hidden, paint_items
from viewers.widgets.tags import Tags
from viewers.widgets.zone_painter import paint_zones, tag_zones

OUTLINE_PX: Final = 1.25
CHOSEN_ALPHA: Final = 64
PREVIEW_ALPHA: Final = 115
FORMER_ALPHA: Final = 70
GAP_ALPHA: Final = 89  # 35 %
CROSSHAIR_ALPHA: Final = 170
CROSSHAIR_GAP_PX: Final = 22.0
CROSSHAIR_END_PX: Final = 26.0
DASHES_PX: Final = (6.0, 4.0)
DOTS_PX: Final = (1.5, 2.5)
BAR_PX: Final = (190.0, 44.0)


def paint_slice(
    painter: QPainter,
    plane: SlicePlane,
    scene: SliceScene,
    pictures: SlicePictures,
    pointing: Pointing,
) -> None:
    """Paint the slice over the whole of `plane.size_px`."""
    ink.begin(painter)
    width, height = plane.size_px
    painter.fillRect(QRectF(0.0, 0.0, width, height), QColor(palette.IMAGE))
    case = scene.case
    if scene.is_loading:
        ink.skeleton(painter, plane.size_px, palette.SKELETON)
    elif case is not None:
        _paint_image(painter, case, plane, scene, pictures)
        if scene.has_overlays:
            _paint_segments(painter, case, plane, scene, pictures)
            paint_zones(painter, plane, scene, pictures)
            _paint_crosshair(painter, plane, scene)
            tags = Tags(painter, plane.size_px, BAR_PX)
            if scene.hidden_n:
                tags.keep_free(HIDDEN_BOX)
            paint_items(painter, plane, scene, pointing, tags)
            paint_hand(plane, scene, pointing, tags, painter)
            tag_zones(plane, scene, pictures, tags)
        _paint_furniture(painter, plane, scene)
        paint_hidden(painter, scene)
    name = scene.translate(scene.pose.title(plane.kind))
    ink.title(painter, name, palette.VIEWS[plane.kind.value], palette.STRONG)
    if pointing.is_active:
        ink.inside_edge(painter, plane.size_px, palette.ACCENT)


def _paint_image(
    painter: QPainter, case: Case, plane: SlicePlane, scene: SliceScene, pictures: SlicePictures
) -> None:
    """Paint the grey values at the resolution of the screen."""
    ratio = painter.device().devicePixelRatioF()
    grey, width = pictures.grey(case.volume, plane, scene.window, ratio)
    rows, stride = grey.shape
    image = QImage(grey.data, width, rows, stride, QImage.Format.Format_Grayscale8)
    painter.drawImage(QRectF(0.0, 0.0, width / ratio, rows / ratio), image)
    lines = pictures.gap_lines(case.volume, plane, ratio)
    if lines is not None and lines.any():
        _paint_gaps(painter, lines, ratio)


def _paint_gaps(painter: QPainter, lines: NDArray[np.uint8], ratio: float) -> None:
    """Hatch what lies in missing slices, so that it is not read as air (HAZ-8)."""
    rows, width = lines.shape
    hatch = np.zeros((rows, width, 4), np.uint8)
    hatch[lines > 0] = (*(round(255 * v) for v in palette.ratios(palette.WARN)), GAP_ALPHA)
    image = QImage(hatch.data, width, rows, 4 * width, QImage.Format.Format_RGBA8888)
    painter.drawImage(QRectF(0.0, 0.0, width / ratio, rows / ratio), image)


def _paint_segments(
    painter: QPainter, case: Case, plane: SlicePlane, scene: SliceScene, pictures: SlicePictures
) -> None:
    """Paint outlines of what is visible, a fill for the chosen one, and the previews on top."""
    grid = case.volume.grid
    previewed = {preview.colour for preview in scene.previews}
    for position, segment in enumerate(case.segments):
        if not segment.is_visible:
            continue
        pen = QPen(QColor(segment.colour), OUTLINE_PX)
        if palette.is_repeated(position):
            pen.setDashPattern([dots / OUTLINE_PX for dots in DOTS_PX])
        fill = QColor(segment.colour)
        # Glass thins the fill only: what has an outline can't be overlooked (HAZ-33).
        is_filled = segment.id == scene.chosen and not scene.previews
        fill.setAlpha(round(CHOSEN_ALPHA * segment.opacity_ratio) if is_filled else 0)
        if segment.colour in previewed:
            pen.setColor(_faded(segment.colour))  # or its line would fill the preview's dashes
        _draw_path(painter, path_of(grid, segment.mask, plane, pictures), pen, fill)
    for preview in scene.previews:
        pen = QPen(QColor(preview.colour), OUTLINE_PX)
        pen.setDashPattern([dash / OUTLINE_PX for dash in DASHES_PX])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        fill = QColor(preview.colour)
        fill.setAlpha(PREVIEW_ALPHA)
        _draw_path(painter, path_of(grid, preview.mask, plane, pictures), pen, fill)


def _faded(colour: str) -> QColor:
    """Return a colour that lets most of the picture through."""
    faded = QColor(colour)
    faded.setAlpha(FORMER_ALPHA)
    return faded


def _draw_path(painter: QPainter, path: QPainterPath, pen: QPen, fill: QColor) -> None:
    """Draw closed loops; holes stay open by the odd-even rule."""
    painter.setPen(pen)
    painter.setBrush(fill if fill.alpha() else Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _paint_crosshair(painter: QPainter, plane: SlicePlane, scene: SliceScene) -> None:
    """Draw two lines, each in the colour of the plane it stands for, open around the point."""
    width, height = plane.size_px
    at = plane.px(scene.crosshair_lps_mm)
    x, y = (math.floor(v) + 0.5 for v in at)  # one crisp row of pixels
    for is_row, normal in ((True, plane.down), (False, plane.right)):
        colour = QColor(palette.VIEWS[scene.pose.kind_of(normal).value])
        colour.setAlpha(CROSSHAIR_ALPHA)
        painter.setPen(QPen(colour, 1.0))
        middle, size = (x, width) if is_row else (y, height)
        end = size - CROSSHAIR_END_PX
        spans = (
            (CROSSHAIR_END_PX, min(middle - CROSSHAIR_GAP_PX, end)),
            (max(middle + CROSSHAIR_GAP_PX, CROSSHAIR_END_PX), end),
        )
        for low, high in spans:
            if high > low and is_row:
                painter.drawLine(QPointF(low, y), QPointF(high, y))
            elif high > low:
                painter.drawLine(QPointF(x, low), QPointF(x, high))


def _paint_furniture(painter: QPainter, plane: SlicePlane, scene: SliceScene) -> None:
    """Write the position, the window, the sides and the scale in their places."""
    width, height = plane.size_px
    soft = palette.SOFT
    place = scene.number(scene.pose.position(plane, scene.translate))
    ink.write(painter, QRectF(width - 210, 8, 200, 22), ink.RIGHT, place, soft)
    words = window_words(scene.window.window_hu, scene.window.level_hu)
    ink.write(painter, QRectF(10, height - 28, 200, 20), ink.LEFT, words, soft)
    boxes = (
        QRectF(8, height / 2 - 12, 24, 24),
        QRectF(width - 32, height / 2 - 12, 24, 24),
        QRectF(width / 2 - 12, 6, 24, 24),
        QRectF(width / 2 - 12, height - 30, 24, 24),
    )
    for box, side in zip(boxes, edge_letters(plane), strict=True):
        ink.write(painter, box, ink.CENTRE, side, palette.STRONG, 15, 600)
    _paint_bar(painter, plane, scene)


def _paint_bar(painter: QPainter, plane: SlicePlane, scene: SliceScene) -> None:
    """Draw the scale with its ticks and its length."""
    width, height = plane.size_px
    length_mm = bar_length_mm(plane)
    right, y = width - 12.0, height - 14.0
    left = right - length_mm / plane.mm_per_px
    for colour, thick in ((QColor(0, 0, 0, 150), 3.5), (QColor(palette.STRONG), 1.5)):
        painter.setPen(QPen(colour, thick))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for x in (left, right):
            painter.drawLine(QPointF(x, y - 4.0), QPointF(x, y + 4.0))
    box = QRectF(width - 112.0, y - 24.0, 100.0, 18.0)
    ink.write(painter, box, ink.RIGHT, scene.number(f"{length_mm:g} mm"), palette.SOFT)


def window_words(window_hu: float, level_hu: float) -> str:
    """Return the window and level as views write them, with a true minus."""
    sign = "−" if level_hu < 0.0 else ""
    return f"W {window_hu:.0f}  L {sign}{math.fabs(level_hu):.0f}"
