"""No-go zones over a slice: hatched, and tagged with what entering them means."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen

from planning.model.zone import NoGoZone
from viewers import palette
from viewers.gestures.scene import SliceScene
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import SlicePlane
from viewers.widgets.mask_path import path_of
from viewers.widgets.tags import Tags

ZONE_ALPHA: Final = 46
HATCH_ALPHA: Final = 150
HALO_ALPHA: Final = 95
LINE_PX: Final = 1.6
CHOSEN_LINE_PX: Final = 2.1
DASHES_PX: Final = (5.0, 3.5)
AWAY: Final = QPointF(10.0, -14.0)
SAMPLES: Final = 48
FORBIDS, WARNS = "Forbid", "Warn"


def paint_zones(
    painter: QPainter, plane: SlicePlane, scene: SliceScene, pictures: SlicePictures
) -> None:
    """Paint the no-go zones, hatched; until its margin is ready a zone is its bare segment."""
    for zone, path in _paths(plane, scene, pictures):
        _paint_region(painter, path, zone, is_chosen=zone.id == scene.plan.chosen)


def tag_zones(plane: SlicePlane, scene: SliceScene, pictures: SlicePictures, tags: Tags) -> None:
    """Write each zone's name and whether it forbids or warns: its colour is never alone (HAZ-33).

    The tag stands at the uppermost of some places of its outline that lie in the picture, or in
    the middle of a picture that the zone fills.
    """
    width, height = plane.size_px
    picture = QRectF(0.0, 0.0, width, height)
    for zone, path in _paths(plane, scene, pictures):
        at = _place(path, picture)
        if at is not None:
            word = scene.translate(FORBIDS if zone.is_forbidden else WARNS)
            colour = palette.zone_colour(is_forbidden=zone.is_forbidden)
            tags.plate(at, AWAY, f"{zone.name}  {word}", colour)


def _paths(
    plane: SlicePlane, scene: SliceScene, pictures: SlicePictures
) -> Iterator[tuple[NoGoZone, QPainterPath]]:
    """Yield each zone that is shown with its outline in the slice."""
    case = scene.case
    if case is None:
        return
    masks = {segment.id: segment.mask for segment in case.segments}
    for item in scene.items:
        if not isinstance(item, NoGoZone):
            continue
        region = masks.get(item.segment_id)
        region = scene.zones.get(item.id, region) if region is not None else None
        if region is not None and not region.is_empty:
            yield item, path_of(case.volume.grid, region, plane, pictures)


def _place(path: QPainterPath, picture: QRectF) -> QPointF | None:
    """Return where a tag points to, None for a zone that the picture doesn't show."""
    count = path.elementCount()
    step = max(1, count // SAMPLES)
    places = [QPointF(path.elementAt(n).x, path.elementAt(n).y) for n in range(0, count, step)]
    seen = [at for at in places if picture.contains(at)]
    if seen:
        return min(seen, key=lambda at: (at.y(), at.x()))
    return picture.center() if path.contains(picture.center()) else None


def _paint_region(
    painter: QPainter, path: QPainterPath, zone: NoGoZone, *, is_chosen: bool
) -> None:
    """Paint a zone: stripes aslant in a whole line where it forbids, else a grid in dashes."""
    hatch = Qt.BrushStyle.BDiagPattern if zone.is_forbidden else Qt.BrushStyle.CrossPattern
    colour = palette.zone_colour(is_forbidden=zone.is_forbidden)
    stronger = 16 if is_chosen else 0
    for style, alpha in (
        (Qt.BrushStyle.SolidPattern, ZONE_ALPHA + stronger),
        (hatch, HATCH_ALPHA + 2 * stronger),
    ):
        shade = QColor(colour)
        shade.setAlpha(alpha)
        painter.fillPath(path, QBrush(shade, style))
    width = CHOSEN_LINE_PX if is_chosen else LINE_PX
    for shade, wide in ((QColor(0, 0, 0, HALO_ALPHA), width + 1.2), (QColor(colour), width)):
        pen = QPen(shade, wide)
        if not zone.is_forbidden:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([dash / wide for dash in DASHES_PX])
        painter.strokePath(path, pen)
