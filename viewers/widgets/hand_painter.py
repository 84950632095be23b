"""What a hand is doing over a picture: measures, strokes, outlines, wires, the tool itself."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from viewers import palette
from viewers.gestures.intents import Tool
from viewers.gestures.measuring import Measure
from viewers.gestures.scene import Pointing, SliceScene
from viewers.pipelines.plane import Pixel, SlicePlane, Triple, step_mm
from viewers.widgets.plan_painter import AWAY
from viewers.widgets.tags import Tags

DASHES_PX: Final = (5.0, 4.0)
OUTLINE_PX: Final = 1.5
HALO_PX: Final = 3.5
HALO: Final = QColor(0, 0, 0, 190)
OUTLINE_ALPHA: Final = 46
SEED_PX: Final = 3.5


def paint_hand(
    plane: SlicePlane, scene: SliceScene, pointing: Pointing, tags: Tags, painter: QPainter
) -> None:
    """Draw the measures of this slice, the stroke under way and the tool at the pointer."""
    half_mm = step_mm(scene.case.volume.grid, plane) / 2.0 if scene.case is not None else 0.0
    for measure in pointing.measures:
        if all(abs(plane.depth_mm(p)) <= half_mm for p in measure.points_lps_mm):
            _paint_measure(painter, plane, measure, tags, scene.number(measure.words))
    if pointing.stroke_lps_mm:
        _paint_stroke(painter, plane, scene, pointing.stroke_lps_mm)
    _paint_seeds(painter, plane, scene, half_mm)
    paint_outline(painter, pointing.outline_px)
    _paint_wire(painter, plane, pointing, half_mm)
    if pointing.region_px is not None:
        _paint_region(painter, *pointing.region_px)
    elif pointing.px is not None:
        _paint_tool(painter, plane, scene, pointing.px)


def _paint_measure(
    painter: QPainter, plane: SlicePlane, measure: Measure, tags: Tags, words: str
) -> None:
    """Draw a distance or an angle with its value in words."""
    points = [QPointF(*plane.px(p)) for p in measure.points_lps_mm]
    for colour, width in ((QColor(0, 0, 0, 150), 3.6), (QColor(palette.MEASURE), 1.4)):
        painter.setPen(QPen(colour, width))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour)
        for point in points:
            painter.drawEllipse(point, 1.6, 1.6)
    if words:
        tags.keep_clear(points)
        middle = points[1] if len(points) == 3 else (points[0] + points[1]) / 2.0
        tags.plate(middle, AWAY, words, palette.MEASURE)


def _paint_stroke(
    painter: QPainter, plane: SlicePlane, scene: SliceScene, points_lps_mm: tuple[Triple, ...]
) -> None:
    """Draw what the brush has swept."""
    colour = QColor("#FFFFFF" if scene.tool is Tool.ERASE else palette.ACCENT)
    colour.setAlpha(90)
    pen = QPen(colour, 2.0 * scene.radius_mm / plane.mm_per_px)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    path = QPainterPath(QPointF(*plane.px(points_lps_mm[0])))
    path.lineTo(QPointF(*plane.px(points_lps_mm[0])) + QPointF(0.01, 0.0))
    for point in points_lps_mm[1:]:
        path.lineTo(QPointF(*plane.px(point)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _paint_region(painter: QPainter, start: Pixel, end: Pixel) -> None:
    """Draw the rectangle whose voxels will set the window."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(palette.STRONG), 1.25)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(QRectF(QPointF(*start), QPointF(*end)).normalized())


def _paint_tool(painter: QPainter, plane: SlicePlane, scene: SliceScene, px: Pixel) -> None:
    """Draw the brush in its true size or the seed at the pointer."""
    at = QPointF(*px)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if scene.tool in {Tool.PAINT, Tool.ERASE}:
        radius = scene.radius_mm / plane.mm_per_px
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(palette.STRONG), 1.25)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(at, radius, radius)
    elif scene.tool is Tool.SEED:
        for colour, width in ((QColor(0, 0, 0, 150), 4.0), (QColor(palette.STRONG), 1.6)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(at, 6.0, 6.0)
            painter.drawPoint(at)


def paint_outline(painter: QPainter, corners_px: tuple[Pixel, ...]) -> None:
    """Draw a closed outline under way: dashed on a dark line, lightly filled."""
    if len(corners_px) < 2:
        return
    polygon = QPolygonF([QPointF(*corner) for corner in corners_px])
    fill = QColor(palette.ACCENT)
    fill.setAlpha(OUTLINE_ALPHA)
    painter.setBrush(fill)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(polygon, Qt.FillRule.OddEvenFill)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _line_pens():
        painter.setPen(pen)
        painter.drawPolygon(polygon)


def _line_pens() -> tuple[QPen, QPen]:
    """Return the pens of a line that is seen on bone and on air: a dark one, a dashed light one."""
    light = QPen(QColor(palette.STRONG), OUTLINE_PX)
    light.setDashPattern([dash / OUTLINE_PX for dash in DASHES_PX])
    light.setCapStyle(Qt.PenCapStyle.FlatCap)
    dark = QPen(HALO, HALO_PX)
    for pen in (dark, light):
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)  # a sharp turn of the hand is no spike
    return dark, light


def _paint_wire(painter: QPainter, plane: SlicePlane, pointing: Pointing, half_mm: float) -> None:
    """Draw the live wire in its slice, and the points it was led through."""
    clicks = pointing.clicks_lps_mm
    if not clicks or abs(plane.depth_mm(clicks[0])) > half_mm:
        return
    points = [QPointF(*plane.px(point)) for point in pointing.wire_lps_mm]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _line_pens():
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
    for n, click in enumerate(clicks):
        _paint_dot(painter, QPointF(*plane.px(click)), palette.WARN if n == 0 else palette.STRONG)


def _paint_seeds(painter: QPainter, plane: SlicePlane, scene: SliceScene, half_mm: float) -> None:
    """Draw the points of the open tool that lie in this slice."""
    for seed in scene.seeds_lps_mm:
        if abs(plane.depth_mm(seed)) <= half_mm:
            _paint_dot(painter, QPointF(*plane.px(seed)), palette.STRONG)


def _paint_dot(painter: QPainter, at: QPointF, colour: str) -> None:
    """Draw a small disc with a dark rim."""
    painter.setPen(QPen(HALO, 2.0))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(at, SEED_PX, SEED_PX)
