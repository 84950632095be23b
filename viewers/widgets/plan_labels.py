"""Names, values and handles of plan items over the 3D picture."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from viewers import palette
from viewers.gestures.scene import SliceScene
from viewers.gestures.values import item_words
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.handles import GRAB_PX, handles_of
from viewers.pipelines.plan_section import behind_lps_mm, lines_of
from viewers.pipelines.plan_solids import PlanSolids, trajectory_out_lps_mm
from viewers.pipelines.plane import Triple, triple
from viewers.widgets import ink
from viewers.widgets.plan_painter import HIDDEN_BOX, paint_hidden
from viewers.widgets.tags import Tags

AWAY_PX: Final = QPointF(46.0, -20.0)
AXES_PX: Final = (96.0, 96.0)
FEW_ITEMS: Final = 3
NAME_OUT_LENGTHS: Final = 1.0
WAY_ALPHA: Final = 120
HANDLE_PX: Final = 5.0
DOT_PX: Final = 3.6
FLAT_PX: Final = 1.6
WARNS: Final = "Warn"
TARGET: Final = Trajectory.points[1]


def paint_plan_labels(
    painter: QPainter,
    camera: SolidCamera,
    size_px: tuple[int, int],
    scene: SliceScene,
    solids: PlanSolids,
    is_flat: bool = False,
) -> None:
    """Paint what belongs to the plan over a picture of `size_px`.

    Over a picture of the volume, which holds no bodies of the plan, they are drawn flat.
    """
    paint_hidden(painter, scene)
    for item in scene.items:
        if is_flat:
            _paint_flat(painter, camera, size_px, item)
        elif isinstance(item, Trajectory):
            _paint_way_in(painter, camera, size_px, item)
    tags = Tags(painter, size_px, AXES_PX)
    if scene.hidden_n:
        tags.keep_free(HIDDEN_BOX)
    held = [i for i in scene.items if scene.plan.has_handles and i.id == scene.plan.chosen]
    for handle in (handle for item in held for handle in handles_of(item)):
        at = QPointF(*camera.px(np.array(handle.lps_mm), size_px))
        tags.keep_free(QRectF(at.x() - GRAB_PX, at.y() - GRAB_PX, 2.0 * GRAB_PX, 2.0 * GRAB_PX))
    labels = (
        (words, QPointF(*camera.px(np.array(place), size_px)))
        for words, place in _labels(scene, solids)
    )
    tags.plates(labels, AWAY_PX, palette.STRONG)
    for item in held:
        _paint_handles(painter, camera, size_px, item)


def _labels(scene: SliceScene, solids: PlanSolids) -> Iterator[tuple[str, Triple]]:
    """Yield the names to write and their places: the chosen item's first, then the zones'.

    Landmarks and values come along only while there are few items.
    """
    anchors = dict(solids.anchors)
    is_sparse = len(scene.items) <= FEW_ITEMS
    for item in reversed(scene.items):
        is_chosen = item.id == scene.plan.chosen
        place = anchors.get(item) or _place_of(item)
        if place is None or not (is_chosen or is_sparse or isinstance(item, NoGoZone)):
            continue
        value = scene.number(item_words(item))
        if isinstance(item, NoGoZone) and not item.is_forbidden:
            value = scene.translate(WARNS)
        if is_chosen or isinstance(item, NoGoZone | Landmark):
            yield f"{item.name}  {value}".strip(), place
        elif value:
            yield value, place


def _place_of(item: Item) -> Triple | None:
    """Return where the name of an item points to: of a path to where it comes out."""
    if isinstance(item, Trajectory):
        return behind_lps_mm(item, NAME_OUT_LENGTHS)
    places = np.array(item.places_lps_mm)
    if not len(places):
        return None
    return triple(places[1] if len(places) == 3 else places.mean(axis=0))


def _paint_way_in(
    painter: QPainter, camera: SolidCamera, size_px: tuple[int, int], item: Trajectory
) -> None:
    """Draw a path's entry as a ring and its way there faintly, whatever lies before them."""
    ends = (trajectory_out_lps_mm(item), item.entry_lps_mm)
    start, entry = (QPointF(*px) for px in camera.px(np.array(ends), size_px))
    faint = QColor(palette.TRAJECTORY)
    faint.setAlpha(WAY_ALPHA)
    painter.setPen(_flat_pen(faint, FLAT_PX))
    painter.drawLine(start, entry)
    for colour, width in ((QColor(0, 0, 0, 130), 3.2), (QColor(palette.TRAJECTORY), 1.6)):
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(entry, HANDLE_PX, HANDLE_PX)


def _paint_flat(
    painter: QPainter, camera: SolidCamera, size_px: tuple[int, int], item: Item
) -> None:
    """Draw an item's lines as wide as its tool, or its dot, over all that lies before it."""
    colour, width = QColor(palette.MEASURE), FLAT_PX
    if isinstance(item, Trajectory):
        colour = QColor(palette.TRAJECTORY)
        width = item.diameter_mm * size_px[1] / camera.height_mm
    for line in lines_of(item):
        start, end = (QPointF(*px) for px in camera.px(np.array(line), size_px))
        for shade, wide in ((QColor(0, 0, 0, 130), width + 2.0), (colour, width)):
            painter.setPen(_flat_pen(shade, wide))
            painter.drawLine(start, end)
    if isinstance(item, Landmark):
        at = QPointF(*camera.px(np.array(item.point_lps_mm), size_px))
        ink.dot(painter, at, DOT_PX, colour)


def _flat_pen(colour: QColor, width_px: float) -> QPen:
    """Return a pen that ends where its line ends."""
    pen = QPen(colour, width_px)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _paint_handles(
    painter: QPainter, camera: SolidCamera, size_px: tuple[int, int], item: Item
) -> None:
    """Draw where the chosen item can be taken, whatever lies before it."""
    colour = palette.TRAJECTORY if isinstance(item, Trajectory) else palette.STRONG
    for handle in handles_of(item):
        at = QPointF(*camera.px(np.array(handle.lps_mm), size_px))
        if handle.point == TARGET:
            ink.dot(painter, at, HANDLE_PX - 1.0, QColor(colour))
        else:
            ink.ring(painter, at, HANDLE_PX, colour)
