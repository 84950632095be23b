"""What stands over the 3D picture: name, side seen, the patient's axes."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from viewers import palette
from viewers.gestures.scene import Translate
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.plane import KIND_OF_AXIS
from viewers.pipelines.scene import Rgb
from viewers.widgets import ink

AXIS_PX: Final = 22.0
LETTER_PX: Final = 32.0
FAR_ALPHA: Final = 80
SHOWN_FROM_PX: Final = 7.0


def paint_solid_furniture(
    painter: QPainter,
    camera: SolidCamera | None,
    size_px: tuple[int, int],
    translate: Translate,
) -> None:
    """Paint the furniture over a picture of `size_px`; only the name without a camera."""
    ink.title(painter, translate("3D"), palette.VIEWS["3d"], palette.STRONG)
    if camera is None:
        return
    height = size_px[1]
    box = QRectF(10.0, height - 28.0, 260.0, 20.0)
    ink.write(painter, box, ink.LEFT, _joined(map(translate, camera.words)), palette.SOFT)
    _paint_axes(painter, camera, QPointF(size_px[0] - 46.0, height - 46.0))


def _joined(words: Iterable[str]) -> str:
    """Return words with a middle dot, which no language reorders."""
    return " · ".join(words)


def _paint_axes(painter: QPainter, camera: SolidCamera, centre: QPointF) -> None:
    """Draw the six directions from far to near, the far ones faded."""
    for letter, (x, y), _ in camera.axis_px(1.0):
        if (x * x + y * y) ** 0.5 * AXIS_PX < SHOWN_FROM_PX:
            continue
        axis = ("LR".find(letter) >= 0, "PA".find(letter) >= 0, "SI".find(letter) >= 0).index(True)
        colour = QColor(palette.VIEWS[KIND_OF_AXIS[axis].value])
        colour.setAlpha(255 if letter in _leading(camera) else FAR_ALPHA)
        painter.setPen(QPen(colour, 1.6))
        painter.drawLine(centre, centre + QPointF(x, y) * AXIS_PX)
        tip = centre + QPointF(x, y) * LETTER_PX
        box = QRectF(tip.x() - 10.0, tip.y() - 9.0, 20.0, 18.0)
        shade = colour.name(QColor.NameFormat.HexArgb)
        ink.write(painter, box, ink.CENTRE, letter, shade, 12, 600, has_halo=False)


def _leading(camera: SolidCamera) -> str:
    """Return the letter of each axis whose end is nearer to the eye; the head where level."""
    names = (("L", "R"), ("P", "A"), ("S", "I"))
    level = (-0.05, -0.05, -0.3)
    return "".join(pair[0] if camera.eye[n] > level[n] else pair[1] for n, pair in enumerate(names))


def image_of(rgb: Rgb) -> QImage:
    """Return pixels (rows, columns, 3) as a picture of Qt's own."""
    height, width, _ = rgb.shape
    data = np.ascontiguousarray(rgb)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
