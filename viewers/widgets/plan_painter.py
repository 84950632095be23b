"""Plan items over a slice; the same painter serves the window and exported pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from planning.case.case import Case
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from viewers import palette
from viewers.gestures.intents import Tool
from viewers.gestures.scene import Gap, Pointing, SliceScene
from viewers.gestures.values import item_words
from viewers.pipelines.handles import NORMAL, handles_in_slice
from viewers.pipelines.plan_section import (
    Line,
    behind_lps_mm,
    cut_line,
    cut_reach_mm,
    cylinder_section,
    depth_of_line_mm,
    lines_of,
    reach_of_mm,
    stretches,
)
from viewers.pipelines.plane import SlicePlane, Triple, step_mm
from viewers.widgets import ink
from viewers.widgets.tags import Tags

BAND_ALPHA: Final = 69
CHOSEN_BAND_ALPHA: Final = 97
FAINT_ALPHA: Final = 115
LINE_PX: Final = 1.6
CHOSEN_LINE_PX: Final = 2.1
GAP_PX: Final = 1.4
NEAR_PX: Final = 14.0
HALO_ALPHA: Final = 95
ENTRY_PX: Final = 5.5
TARGET_PX: Final = 3.2
HANDLE_PX: Final = 4.5
DOT_PX: Final = 3.6
BEHIND_LENGTHS: Final = 0.85
DASHES_PX: Final = (5.0, 3.5)
NEAR_GAP_MM: Final = 12.0
MARK_PX: Final = 46.0
AWAY: Final = QPointF(14.0, -14.0)
NAME_AWAY: Final = QPointF(9.0, -10.0)
NAMED_BELOW_MM: Final = 200.0
HIDDEN_BOX: Final = QRectF(22.0, 28.0, 220.0, 18.0)
HIDDEN: Final = "Hidden items: {n}"


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What every item is drawn with: the painter, the slice and half its thickness."""

    painter: QPainter
    plane: SlicePlane
    scene: SliceScene
    case: Case
    half_mm: float
    tags: Tags

    def at(self, lps_mm: Triple) -> QPointF:
        """Return a point's place in the picture."""
        return QPointF(*self.plane.px(lps_mm))

    def is_chosen(self, item: Item) -> bool:
        """Whether the item is drawn stronger."""
        return item.id == self.scene.plan.chosen

    def width_px(self, item: Item) -> float:
        """Return how wide the item's lines are."""
        return CHOSEN_LINE_PX if self.is_chosen(item) else LINE_PX


def paint_items(
    painter: QPainter, plane: SlicePlane, scene: SliceScene, pointing: Pointing, tags: Tags
) -> None:
    """Paint all other items, the item under way, smallest distances and a finding's ring."""
    case = scene.case
    if case is None:
        return
    sheet = Sheet(painter, plane, scene, case, step_mm(case.volume.grid, plane) / 2.0, tags)
    _clear_lines(sheet)
    for item in scene.items:
        paint = PAINTERS.get(type(item))
        if paint is not None:
            paint(sheet, item)
    for gap in scene.plan.gaps:
        _paint_gap(sheet, gap)
    _paint_placing(sheet, pointing)
    if scene.plan.mark_lps_mm is not None:
        _paint_mark(sheet, scene.plan.mark_lps_mm)


def _clear_lines(sheet: Sheet) -> None:
    """Keep the tags off all that is measured in this slice."""
    for item in sheet.scene.items:
        if not isinstance(item, Distance | Angle | Trajectory):
            continue
        for line in lines_of(item):
            if depth_of_line_mm(line, sheet.plane) <= reach_of_mm(item, sheet.half_mm):
                sheet.tags.keep_clear([sheet.at(end) for end in line])
    for gap in sheet.scene.plan.gaps:
        line = (gap.from_lps_mm, gap.to_lps_mm)
        if depth_of_line_mm(line, sheet.plane) <= NEAR_GAP_MM:
            ends = [sheet.at(end) for end in line]
            sheet.tags.keep_clear(ends)
            for at in ends:  # what the distance leads to, too
                sheet.tags.keep_free(
                    QRectF(at.x() - NEAR_PX, at.y() - NEAR_PX, 2 * NEAR_PX, 2 * NEAR_PX)
                )


def paint_hidden(painter: QPainter, scene: SliceScene) -> None:
    """Say how many items of the plan are not drawn (HAZ-33)."""
    if scene.hidden_n:
        words = scene.translate(HIDDEN).format(n=scene.hidden_n)
        ink.write(painter, HIDDEN_BOX, ink.LEFT, words, palette.WARN)


def _paint_trajectory(sheet: Sheet, item: Trajectory) -> None:
    """Paint the cylinder's true section, its axis, its ends and the way out of the bone."""
    painter, colour = sheet.painter, palette.TRAJECTORY
    section = cylinder_section(item, sheet.plane)
    if len(section):
        alpha = CHOSEN_BAND_ALPHA if sheet.is_chosen(item) else BAND_ALPHA
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_with_alpha(colour, alpha))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in section.tolist()]))
    outside = (behind_lps_mm(item, BEHIND_LENGTHS), item.entry_lps_mm)
    _draw_line(sheet, item, outside, colour, is_dashed=True)
    _draw_line(sheet, item, lines_of(item)[0], colour)
    for place, is_entry in ((item.target_lps_mm, False), (item.entry_lps_mm, True)):
        is_near = abs(sheet.plane.depth_mm(place)) <= reach_of_mm(item, sheet.half_mm)
        ring = _with_alpha(colour, 255 if is_near else FAINT_ALPHA)
        at, radius = sheet.at(place), ENTRY_PX if is_entry else TARGET_PX
        painter.setPen(QPen(QColor(0, 0, 0, HALO_ALPHA), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, radius + 1.2, radius + 1.2)
        painter.setPen(QPen(ring, sheet.width_px(item)))
        painter.setBrush(QColor(palette.RING) if is_entry and is_near else ring)
        if is_entry and not is_near:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, radius, radius)


def _paint_line_item(sheet: Sheet, item: Distance | Angle) -> None:
    """Paint the lines of a distance or an angle, its dots, and its value in its own slices."""
    near = [depth_of_line_mm(line, sheet.plane) <= sheet.half_mm for line in lines_of(item)]
    if not any(near):
        return
    for line in lines_of(item):
        _draw_line(sheet, item, line, palette.MEASURE)
    places = [sheet.at(place) for place in item.places_lps_mm]
    for place, at in zip(item.places_lps_mm, places, strict=True):
        is_near = abs(sheet.plane.depth_mm(place)) <= sheet.half_mm
        ink.dot(
            sheet.painter, at, 2.4, _with_alpha(palette.MEASURE, 255 if is_near else FAINT_ALPHA)
        )
    middle = places[1] if len(places) == 3 else (places[0] + places[1]) / 2.0
    sheet.tags.plate(middle, AWAY, sheet.scene.number(item_words(item)), palette.MEASURE)


def _paint_cut(sheet: Sheet, item: CutPlane) -> None:
    """Paint where the plane cuts the slice, an arrow to what is removed, and its handles."""
    masks = {segment.id: segment.mask for segment in sheet.case.segments}
    reach_mm = cut_reach_mm(item, sheet.case.volume.grid, masks.get(item.segment_id))
    found = cut_line(item, sheet.plane, reach_mm)
    colour = QColor(palette.CUT)
    if found is not None:
        ends, way = found
        line = [QPointF(*ends[0]), QPointF(*ends[1])]
        _stroke(sheet.painter, line, colour, sheet.width_px(item))
    for handle in handles_in_slice(item, sheet.plane, sheet.half_mm):
        at, foot = sheet.at(handle.lps_mm), sheet.at(handle.seen_lps_mm)
        if handle.point == NORMAL:
            _draw_arrow(sheet.painter, foot, at, colour, sheet.width_px(item))
        else:
            ink.ring(sheet.painter, at, HANDLE_PX, colour.name())
    if found is not None and abs(sheet.plane.depth_mm(item.point_lps_mm)) > sheet.half_mm:
        middle = (line[0] + line[1]) / 2.0
        tip = middle + QPointF(*way) * 26.0
        _draw_arrow(sheet.painter, middle, tip, _with_alpha(palette.CUT, 200), LINE_PX)


def _paint_landmark(sheet: Sheet, item: Landmark) -> None:
    """Paint the dot and its name where the point lies in the slice."""
    if abs(sheet.plane.depth_mm(item.point_lps_mm)) > sheet.half_mm:
        return
    at, is_chosen = sheet.at(item.point_lps_mm), sheet.is_chosen(item)
    ink.dot(sheet.painter, at, DOT_PX + (0.8 if is_chosen else 0.0), QColor(palette.MEASURE))
    if is_chosen or sheet.plane.mm_per_px * sheet.plane.size_px[0] < NAMED_BELOW_MM:
        weight = 600 if is_chosen else 400
        sheet.tags.name(at, NAME_AWAY, item.name, palette.MEASURE, weight)


def _paint_gap(sheet: Sheet, gap: Gap) -> None:
    """Paint a smallest distance with its value, near its place only."""
    line = (gap.from_lps_mm, gap.to_lps_mm)
    if depth_of_line_mm(line, sheet.plane) > NEAR_GAP_MM:
        return
    ends = [sheet.at(end) for end in line]
    _stroke(sheet.painter, ends, QColor(palette.MEASURE), GAP_PX)
    colour = palette.UNDER_LIMIT if gap.is_under_limit else palette.MEASURE
    has_mark = sheet.scene.plan.mark_lps_mm is not None
    aside = QPointF(MARK_PX + 8.0 if has_mark else 14.0, -6.0)
    middle = (ends[0] + ends[1]) / 2.0
    sheet.tags.plate(middle, aside, gap.words, colour)


def _paint_mark(sheet: Sheet, place_lps_mm: Triple) -> None:
    """Paint the ring around a finding's place, in the slices near it."""
    if abs(sheet.plane.depth_mm(place_lps_mm)) > NEAR_GAP_MM:
        return
    painter, at = sheet.painter, sheet.at(place_lps_mm)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width = 1.0 if sheet.scene.is_mark_thin else 2.0
    for colour, wide in ((QColor(0, 0, 0, HALO_ALPHA), width + 1.2), (QColor(palette.ZONE), width)):
        painter.setPen(QPen(colour, wide))
        painter.drawEllipse(at, MARK_PX, MARK_PX)


def _paint_placing(sheet: Sheet, pointing: Pointing) -> None:
    """Paint the points placed so far and a rubber line to the pointer."""
    scene = sheet.scene
    points = [sheet.at(place) for place in scene.plan.placing]
    if scene.tool is not Tool.PLACE or not points:
        return
    colour = QColor(palette.STRONG)
    line = [*points, QPointF(*pointing.px)] if pointing.px is not None else points
    if len(line) > 1:
        _stroke(sheet.painter, line, colour, LINE_PX, is_dashed=True)
    for at in points:
        ink.ring(sheet.painter, at, HANDLE_PX, colour.name())


def _draw_line(sheet: Sheet, item: Item, line: Line, colour: str, is_dashed: bool = False) -> None:
    """Draw a line, fainter where it lies beside the slice."""
    for part in stretches(line, sheet.plane, reach_of_mm(item, sheet.half_mm)):
        ends = [QPointF(*part.start), QPointF(*part.end)]
        shade = _with_alpha(colour, 255 if part.is_near else FAINT_ALPHA)
        _stroke(sheet.painter, ends, shade, sheet.width_px(item), is_dashed)


def _draw_arrow(
    painter: QPainter, foot: QPointF, tip: QPointF, colour: QColor, width: float
) -> None:
    """Draw an arrow."""
    way = tip - foot
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    if length < 1.0:
        return
    way = way / length
    across = QPointF(-way.y(), way.x())
    neck = tip - way * 8.0
    _stroke(painter, [foot, neck], colour, width)
    painter.setPen(QPen(QColor(0, 0, 0, HALO_ALPHA), 1.0))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, neck + across * 4.0, neck - across * 4.0]))


def _stroke(
    painter: QPainter,
    points: Sequence[QPointF],
    colour: QColor,
    width: float,
    is_dashed: bool = False,
) -> None:
    """Draw a line with a dark halo, so that it is seen on bone as on air."""
    halo = QColor(0, 0, 0, HALO_ALPHA * colour.alpha() // 255)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, wide in ((halo, width + 1.6), (colour, width)):
        pen = QPen(shade, wide)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if is_dashed:
            pen.setDashPattern([dash / wide for dash in DASHES_PX])
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))


def _with_alpha(colour: str, alpha: int) -> QColor:
    """Return a colour with an alpha of 0 to 255."""
    shade = QColor(colour)
    shade.setAlpha(min(alpha, 255))
    return shade


PAINTERS: Final[dict[type[Item], Callable[[Sheet, Any], None]]] = {
    Trajectory: _paint_trajectory,
    CutPlane: _paint_cut,
    Landmark: _paint_landmark,
    Distance: _paint_line_item,
    Angle: _paint_line_item,
}
