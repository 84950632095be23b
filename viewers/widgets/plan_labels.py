"""Names, values and handles of plan items over the 3D picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from viewers import palette
from viewers.gestures.scene import SliceScene
from viewers.gestures.values import item_words
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.handles import handles_of
from viewers.pipelines.plan_section import lines_of
from viewers.pipelines.plan_solids import PlanSolids
from viewers.pipelines.plane import Triple
from viewers.widgets import ink
from viewers.widgets.plan_painter import paint_hidden

AWAY_PX: Final = (46.0, -20.0)
ROW_PX: Final = 26.0
EDGE_PX: Final = 8.0
TOP_PX: Final = 46.0
HANDLE_PX: Final = 5.0
DOT_PX: Final = 3.6
FLAT_PX: Final = 1.6
TARGET: Final = Trajectory.points[1]
LABELS_MAX: Final = 24


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
    if is_flat:
        for item in scene.items:
            _paint_flat(painter, camera, size_px, item)
    labels = [(item.name, place) for item, place in solids.anchors]
    for item in scene.items:
        words = item_words(item)
        if words:
            places = np.array(item.places_lps_mm)
            middle = places[1] if len(places) == 3 else places.mean(axis=0)
            labels.append((words, (float(middle[0]), float(middle[1]), float(middle[2]))))
    _paint_names(painter, camera, size_px, labels[:LABELS_MAX])
    for item in scene.items:
        if scene.plan.has_handles and item.id == scene.plan.chosen:
            _paint_handles(painter, camera, size_px, item)


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


def _paint_names(
    painter: QPainter,
    camera: SolidCamera,
    size_px: tuple[int, int],
    labels: Sequence[tuple[str, Triple]],
) -> None:
    """Write names on tags beside their places, one under another where they would meet."""
    taken: list[QRectF] = []
    for words, place in labels:
        at = QPointF(*camera.px(np.array(place), size_px))
        if not QRectF(0.0, 0.0, *size_px).contains(at):
            continue
        box = _free_box(painter, words, at, size_px, taken)
        taken.append(box)
        near = QPointF(min(max(at.x(), box.left()), box.right()), box.center().y())
        painter.setPen(QPen(QColor(palette.STRONG), 1.0))
        painter.drawLine(at, near)
        ink.plate(painter, box, words, palette.STRONG)


def _free_box(
    painter: QPainter, words: str, at: QPointF, size_px: tuple[int, int], taken: Sequence[QRectF]
) -> QRectF:
    """Return the place of a tag: aside of its anchor, inside the view, free of other tags."""
    width = ink.tag_width(painter, words)
    left = at.x() + AWAY_PX[0]
    if left + width > size_px[0] - EDGE_PX:
        left = max(at.x() - AWAY_PX[0] - width, EDGE_PX)
    top = min(max(at.y() + AWAY_PX[1], TOP_PX), size_px[1] - EDGE_PX - 22.0)
    box = QRectF(left, top, width, 22.0)
    for _ in range(len(taken)):
        if not any(box.intersects(other) for other in taken):
            break
        box.translate(0.0, ROW_PX)
    return box


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
