"""Pictures for files, by the window's own painters, with or without a window."""

import locale
import os
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPolygonF

from planning.case.case import Case, Side
from planning.model.item import ItemId
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mesh import Mesh
from viewers import palette
from viewers.fonts import font, load_fonts
from viewers.gestures.intents import SolidMode
from viewers.gestures.scene import (
    FIRST_WINDOW,
    PlanScene,
    Pointing,
    SliceScene,
    Translate,
    untranslated,
)
from viewers.pipelines.bodies import Bodies
from viewers.pipelines.camera import SolidCamera, first_camera
from viewers.pipelines.first_view import FirstView, first_view
from viewers.pipelines.journey import Journey, item_journey, usual_eye
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plan_solids import plan_solids
from viewers.pipelines.plane import PlaneKind, SlicePlane, Triple, patient_plane, triple
from viewers.pipelines.scene import Rgb, SolidScene, Surface
from viewers.pipelines.slice import Window
from viewers.pipelines.volume_picture import VolumePicture
from viewers.pipelines.zone import zone_mesh, zone_region
from viewers.widgets import ink
from viewers.widgets.arrangement import GAP_PX, Box
from viewers.widgets.plan_labels import paint_plan_labels
from viewers.widgets.slice_painter import paint_slice
from viewers.widgets.solid_painter import image_of, paint_solid_furniture

SOLID: Final = "3d"
ALL: Final = ("axial", SOLID, "coronal", "sagittal")
BAND_PX: Final = 24
STRIPE_PX: Final = 14
_kept: list[QGuiApplication] = []


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is taken.

    `centre_lps_mm` is the crosshair's place (None: the first segment's middle, or the bone's),
    `field_mm` what the narrower side of a slice spans (None: the body, as a case opens).
    `item` frames an item of the plan as the Plan step does: slices, camera and glass; it wins over
    `centre_lps_mm`, and it is the chosen one unless `plan` chooses. An id that the plan does not
    have changes nothing. `is_simulation` puts the band on top, `is_draft` the word across,
    `is_withdrawn` another word there; `plan` says how the plan's items are shown, by default all of
    them. `translate` and `number` say words and numbers as the picture's language does.
    """

    window: Window = FIRST_WINDOW
    centre_lps_mm: Triple | None = None
    field_mm: float | None = None
    solid_mode: SolidMode = SolidMode.SURFACES
    region: str = ""
    is_simulation: bool = False
    is_draft: bool = False
    is_withdrawn: bool = False
    plan: PlanScene = field(default=PlanScene())
    translate: Translate = field(default=untranslated)
    number: Translate = field(default=untranslated)
    item: ItemId | None = None


def first_item(case: Case) -> ItemId | None:
    """Return the item that pictures of a plan frame: its first path, else its first item."""
    paths = (item.id for item in case.plan.of(Trajectory))
    return next(chain(paths, (item.id for item in case.plan.items)), None)


def picture(
    case: Case,
    views: tuple[str, ...] = ALL,
    size_px: tuple[int, int] = (1044, 784),
    look: Look | None = None,
) -> bytes:
    """Return the views ("axial", "coronal", "sagittal", "3d"), tiled, as PNG.

    Makes an application off screen if there is none. Raises ValueError for an unknown view or
    none at all.
    """
    if not views or not set(views) <= set(ALL):
        raise ValueError(f"views are among {ALL}")
    _need_application()
    look = look or Look()
    journey = item_journey(case, look.item) if look.item is not None else None
    if journey is not None and look.field_mm is not None:
        journey = replace(journey, field_mm=look.field_mm)
    image = QImage(*size_px, QImage.Format.Format_RGB32)
    image.fill(QColor(palette.GAP))
    painter = QPainter(image)
    top = BAND_PX if look.is_simulation else 0
    boxes = tiles(views, size_px[0], size_px[1] - top)
    sizes = {PlaneKind(view): box[2:] for view, box in boxes if view != SOLID}
    first = first_view(case, sizes) if sizes else None
    scene = _scene_of(case, look, first, journey)
    for view, (left, upper, width, height) in boxes:
        painter.save()
        painter.translate(left, upper + top)
        painter.setClipRect(QRectF(0.0, 0.0, width, height))
        if first is None or view == SOLID:
            _paint_solid(painter, scene, (width, height), look, journey)
        else:
            size = (width, height)
            near = None if journey is None else journey.plane(PlaneKind(view), size)
            plane = near or _plane_of(view, first, size, look)
            paint_slice(painter, plane, scene, SlicePictures(), Pointing())
        painter.restore()
    ink.begin(painter)
    if look.is_withdrawn or look.is_draft:
        word = "WITHDRAWN" if look.is_withdrawn else "DRAFT"
        _paint_across(painter, size_px, look.translate(word))
    if look.is_simulation:
        words = look.translate("SIMULATION · NOT FOR CLINICAL USE")
        _paint_band(painter, size_px[0], words)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def tiles(views: tuple[str, ...], width: int, height: int) -> list[tuple[str, Box]]:
    """Return the box of each view: side by side, four and more in two rows."""
    rows = 1 if len(views) < 4 else 2
    columns = -(-len(views) // rows)
    wide, high = (width - GAP_PX * (columns - 1)) // columns, (height - GAP_PX * (rows - 1)) // rows
    return [
        (view, (n % columns * (wide + GAP_PX), n // columns * (high + GAP_PX), wide, high))
        for n, view in enumerate(views)
    ]


def _need_application() -> None:
    """Make an application for fonts and painters if there is none."""
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QGuiApplication(["tasrif"]))
        # Qt takes the desktop's number format; SimpleITK would then read 1.25 as 1 (HAZ-16).
        locale.setlocale(locale.LC_NUMERIC, "C")
    load_fonts()


def _plane_of(view: str, first: FirstView, size_px: tuple[int, int], look: Look) -> SlicePlane:
    """Return the slice to paint: as a case opens, unless the look names a place or a field."""
    crosshair = look.centre_lps_mm or first.crosshair_lps_mm
    centre, scale = first.centre_lps_mm, first.mm_per_px
    if look.field_mm is not None:
        centre, scale = crosshair, look.field_mm / min(size_px)
    return patient_plane(PlaneKind(view), centre, scale, size_px).through(crosshair)


def _scene_of(
    case: Case, look: Look, first: FirstView | None, journey: Journey | None
) -> SliceScene:
    """Return what all slices share, the regions of no-go zones included."""
    place = look.centre_lps_mm or (first.crosshair_lps_mm if first is not None else (0.0,) * 3)
    plan = look.plan
    if journey is not None and journey.item is not None:
        place, plan = journey.start_lps_mm, replace(plan, chosen=plan.chosen or journey.item.id)
    scene = SliceScene(
        case,
        triple(place),
        look.window,
        translate=look.translate,
        number=look.number,
        plan=plan,
    )
    masks = {segment.id: segment.mask for segment in case.segments}
    zones = {
        item.id: zone_region(case.volume.grid, masks[item.segment_id], item.margin_mm)
        for item in scene.items
        if isinstance(item, NoGoZone) and item.segment_id in masks
    }
    return replace(scene, zones=zones)


def _paint_solid(
    painter: QPainter,
    scene: SliceScene,
    size_px: tuple[int, int],
    look: Look,
    journey: Journey | None,
) -> None:
    """Paint the 3D view: visible segments, or the volume where there is none."""
    case = scene.case
    if case is None:
        return
    shown = [s for s in case.segments if s.is_visible and not s.mask.is_empty]
    mode = look.solid_mode
    if mode is SolidMode.SURFACES and not shown:
        mode = SolidMode.BONE
    is_right, aspect = case.side is Side.RIGHT, size_px[0] / size_px[1]
    plan = plan_solids(case, scene.items, _zone_meshes(scene, case))
    if mode is SolidMode.SURFACES:
        bodies = Bodies.made(case, shown, plan, journey)
        camera, plan = bodies.seen(look.region, aspect)
        rgb = _rendered([*bodies.surfaces, *plan.surfaces], camera, size_px)
    else:
        volume = VolumePicture.make(case.volume, mode.value)
        camera = first_camera(volume.corners_lps_mm, look.region, is_right, aspect)
        if journey is not None:
            camera = journey.camera(usual_eye(journey, case, look.region), aspect)
        rgb = volume.render(camera, size_px, 2.0)
    painter.drawImage(QPointF(0.0, 0.0), image_of(rgb))
    ink.begin(painter)
    is_flat = mode is not SolidMode.SURFACES
    paint_plan_labels(painter, camera, size_px, scene, plan, is_flat)
    paint_solid_furniture(painter, camera, size_px, look.translate)


def _rendered(surfaces: list[Surface], camera: SolidCamera, size_px: tuple[int, int]) -> Rgb:
    """Return the finest picture of surfaces."""
    solid = SolidScene()
    solid.show(surfaces)
    rgb = solid.render(camera, size_px, is_still=True, factor=2.0)
    solid.finalize()
    return rgb


def _zone_meshes(scene: SliceScene, case: Case) -> dict[ItemId, Mesh]:
    """Return the surfaces of the zones that have a voxel."""
    regions = {item_id: region for item_id, region in scene.zones.items() if not region.is_empty}
    return {item_id: zone_mesh(case.volume, region) for item_id, region in regions.items()}


def _paint_across(painter: QPainter, size_px: tuple[int, int], words: str) -> None:
    """Write the word across the picture from lower left to upper right."""
    width, height = size_px
    painter.save()
    painter.translate(width / 2.0, height / 2.0)
    painter.rotate(-np.degrees(np.arctan2(height, width)))
    box = QRectF(-width, -height / 2.0, 2.0 * width, float(height))
    painter.setOpacity(0.10)
    px = max(24, min(height // 4, int(1.1 * np.hypot(width, height) / len(words))))
    ink.write(painter, box, ink.CENTRE, words, "#FFFFFF", px, 600, has_halo=False)
    painter.restore()


def _paint_band(painter: QPainter, width: int, words: str) -> None:
    """Draw the band of practice: amber and black stripes, dark words on amber in the middle."""
    painter.save()
    painter.setClipRect(QRectF(0.0, 0.0, width, BAND_PX))
    painter.fillRect(QRectF(0.0, 0.0, width, BAND_PX), QColor(palette.ON_WARN))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.WARN))
    for foot in range(-BAND_PX, width, 2 * STRIPE_PX):
        head = foot + BAND_PX
        corners = ((foot, BAND_PX), (foot + STRIPE_PX, BAND_PX), (head + STRIPE_PX, 0), (head, 0))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    painter.setFont(font(12, 600))
    room = painter.fontMetrics().horizontalAdvance(words) + 32.0
    plate = QRectF((width - room) / 2.0, 0.0, room, BAND_PX)
    painter.fillRect(plate, QColor(palette.WARN))
    ink.write(painter, plate, ink.CENTRE, words, palette.ON_WARN, 12, 600, has_halo=False)
    painter.restore()
