"""The 3D view: an off-screen picture painted into a plain widget."""

# ruff: noqa: N802 - Qt's own names

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from planning.case.case import Case, Side
from planning.model.item import ItemId
from segmentation.mesh import Mesh
from viewers import palette
from viewers.gestures.handle_drags import HandleDrag
from viewers.gestures.intents import SolidMode, Tool
from viewers.gestures.scene import SliceScene, Translate
from viewers.pipelines.camera import SolidCamera, first_camera
from viewers.pipelines.free_sight import free_eye
from viewers.pipelines.glass import Glass
from viewers.pipelines.journey import Journey, best_eye, seen_places, usual_eye
from viewers.pipelines.plan_solids import PlanSolids, plan_solids
from viewers.pipelines.plane import PlaneKind, Triple, triple
from viewers.pipelines.pose import Path, Pose
from viewers.widgets import ink
from viewers.widgets.hand_painter import paint_outline
from viewers.widgets.plan_labels import paint_plan_labels
from viewers.widgets.solid_content import SolidContent, looks_of
from viewers.widgets.solid_drawer import Aim, SolidDrawer
from viewers.widgets.solid_hand import SolidHand
from viewers.widgets.solid_painter import paint_solid_furniture

IDLE_MS: Final = 250
ASIDE_MS: Final = 80  # slices go first while one of their handles is dragged
ALONG_MM: Final = 102.0
FINDING_MM: Final = 84.0
FINDING_EYE: Final[Triple] = (0.80, 0.42, 0.42)


class SolidView(SolidHand):
    """Surfaces or a volume picture in three dimensions.

    Pictures are asked for in `paintEvent` alone, so at most once a turn of the event loop: a light
    one while the view moves, a fine one when it has rested for a quarter of a second. Surfaces are
    drawn at once; pictures of the volume are cast in a thread, the latest wins, and the last one
    stays on screen meanwhile.
    """

    def __init__(self, translate: Translate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._translate = translate
        self.content = SolidContent(self)
        self.content.changed.connect(self._arrived)
        self._drawer = SolidDrawer(self.content, self)
        self.renderer_words: Callable[[], str] = self._drawer.renderer_words
        self._drawer.drawn.connect(self.update)
        self._case: Case | None = None
        self._region = ""
        self._is_loading = False
        self._is_closed = False
        self._was_moved_by_hand = False
        self._before_path: SolidCamera | None = None
        self._journey_camera: SolidCamera | None = None
        self._seen_at: dict[Mesh, Triple] = {}
        self._is_still = False
        self._is_stale = True
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.render_still)
        self._aside = QTimer(self)
        self._aside.setSingleShot(True)
        self._aside.setInterval(ASIDE_MS)
        self._aside.timeout.connect(self._arrived)
        self.setObjectName("view.3d")
        self.setAccessibleName(translate("3D"))
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_case(self, case: Case | None, mode: SolidMode) -> None:
        """Show the case's visible segments or its volume; builds go on in the background."""
        former = self._case
        if former is None or case is None or former.volume is not case.volume:
            self.camera, self._was_moved_by_hand = None, False
            self._before_path = None
            self._seen_at = {}
            self._drawer.forget()  # nobody may see the former patient under another name
        before, looks, was_loading = self.content.subject, looks_of(self.content), self._is_loading
        self._case, self._is_loading = case, False
        self.content.show(case, mode)
        if self.content.subject != before:
            self._refit()
        if was_loading or looks_of(self.content) != looks:
            self._changed()
        else:
            self.update()

    def show_plan(self, scene: SliceScene, zones: Mapping[ItemId, Mesh]) -> None:
        """Show the plan of a scene over what is there; segments are not built again."""
        self.plan = scene
        solids = PlanSolids()
        if scene.case is not None:
            solids = plan_solids(scene.case, scene.items, zones).anchored(self._seen_at)
        if not self.content.set_plan(solids):
            self.update()
        elif isinstance(self._drag, HandleDrag):
            self._arrived()
        elif not self._aside.isActive():
            self._aside.start()

    def set_glass(self, glass: Glass) -> None:
        """Choose which segments are glass; all others look as their opacity says."""
        if self.content.set_glass(glass):
            self._arrived()

    def show_journey(self, journey: Journey, is_again: bool = False) -> None:
        """Look at an item from where its entry is seen best among what is ready.

        Called again because more is ready, it leaves a view that was turned meanwhile.
        """
        if self._case is None or (is_again and self.camera is not self._journey_camera):
            return
        usual = usual_eye(journey, self._case, self._region)
        zones, solid = tuple(self.content.plan.zones.values()), self.content.hiding_meshes()
        eye = best_eye(journey, usual, solid, zones)
        aspect = self.width() / max(self.height(), 1)
        camera = journey.camera(eye, aspect)
        self._seen_at = seen_places(camera, aspect, solid, zones)
        self.content.set_plan(self.content.plan.anchored(self._seen_at))
        self._before_path = None
        self.look_from(camera)
        self._journey_camera = self.camera

    def look_along(self, path: Path) -> None:
        """Look from outside a path's start towards its end; the former scale stays."""
        former, height_mm = self.camera, ALONG_MM
        if self._before_path is None:
            self._before_path = former
        elif former is not None:
            height_mm = former.height_mm
        eye = triple(-np.array(path.direction))
        up = triple(-np.array(Pose(path).axes(PlaneKind.AXIAL)[1]))
        self.look_from(SolidCamera(path.start_lps_mm, eye, up, height_mm))

    def look_back(self) -> None:
        """Take the view from before `look_along` again."""
        former, self._before_path = self._before_path, None
        if former is not None:
            self.look_from(former)

    def look_at(self, place_lps_mm: Triple) -> None:
        """Look closely at a place from where the fewest triangles stand before it."""
        is_right = self._case is not None and self._case.side is Side.RIGHT
        x, y, z = FINDING_EYE
        eye = free_eye(place_lps_mm, self.content.meshes(), (-x if is_right else x, y, z))
        camera = SolidCamera(place_lps_mm, (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), FINDING_MM)
        self._before_path = None
        self.look_from(camera.from_eye(eye))

    def show_loading(self) -> None:
        """Show grey lines until a case comes."""
        self._is_loading = True
        self._changed()

    def set_region(self, region: str) -> None:
        """Choose the first camera of a body region ("shoulder", "spine", ...)."""
        self._region = region
        if not self._was_moved_by_hand:
            self.reset()

    def reset(self) -> None:
        """Go back to the first camera."""
        self.camera, self._was_moved_by_hand = None, False
        self._before_path = None
        self._changed()

    def look_from(self, camera: SolidCamera) -> None:
        """Show another view, lightly until it rests."""
        self.camera, self._was_moved_by_hand = camera, True
        self._is_still = False
        self._changed()

    def render_still(self) -> None:
        """Ask for the fine picture, as when the view has come to rest."""
        self._is_still = True
        self._changed()

    def draw_now(self) -> None:
        """Make the fine picture in this call, for pictures that are taken of the view."""
        self._is_still = True
        aim = None if self._is_closed or self._is_loading else self._aim()
        if aim is not None:
            self._is_stale = False
            self._drawer.draw_now(aim)

    @property
    def is_waiting(self) -> bool:
        """Whether something to show is still being built or cast."""
        return self.content.is_waiting or self._drawer.is_busy

    def shutdown(self) -> None:
        """Stop timers, join builds, give graphics memory back; the last call."""
        self._is_closed = True
        self._idle.stop()
        self._aside.stop()
        self.content.shutdown()
        self._drawer.shutdown()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, made anew when the view has changed, and the furniture."""
        size = self.width(), self.height()
        if self._is_stale and not (self._is_closed or self._is_loading):
            if is_brush_down(self.plan):
                self._aside.start()
            else:
                self._draw()
        image = self._drawer.image
        painter = QPainter(self)
        ink.begin(painter)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(palette.SOLID_BACKGROUND))
        if image is not None and not self._is_loading:
            painter.drawImage(QRectF(0.0, 0.0, *size), image)
        is_empty = image is None and self._case is not None and self.is_waiting
        if self._is_loading or is_empty:
            ink.skeleton(painter, size, palette.SKELETON)
        camera = None if image is None or self._is_loading else self.camera
        if camera is not None:
            is_flat = self.content.picture() is not None
            paint_plan_labels(painter, camera, size, self.plan, self.content.plan, is_flat)
        paint_solid_furniture(painter, camera, size, self._translate)
        paint_outline(painter, self.outline_px)
        if self.hasFocus():
            ink.inside_edge(painter, size, palette.ACCENT)
        painter.end()

    def _draw(self) -> None:
        """Draw or ask for the picture; a light one is followed by a fine one."""
        self._is_stale = False
        aim = self._aim()
        if aim is None:
            self._drawer.forget()
            return
        if not aim.is_still:
            self._idle.start()
        self._drawer.draw(aim)

    def _aim(self) -> Aim | None:
        """Return what to draw, from the first camera where none is chosen; None for nothing."""
        corners = self.content.corners_lps_mm()
        if corners is None:
            return None
        if self.camera is None:
            is_right = self._case is not None and self._case.side is Side.RIGHT
            aspect = self.width() / max(self.height(), 1)
            self.camera = first_camera(corners, self._region, is_right, aspect)
        ratio = self.devicePixelRatioF()
        size = max(1, int(self.width() * ratio)), max(1, int(self.height() * ratio))
        return Aim(self.camera, size, ratio, self._is_still)

    def _refit(self) -> None:
        """Take the first camera again, unless the hand has chosen one."""
        if not self._was_moved_by_hand:
            self.camera = None

    def _arrived(self) -> None:
        """Show what was built, lightly first: more may follow at once."""
        self._is_still = False
        self._changed()

    def _changed(self) -> None:
        """Ask for a new picture."""
        self._is_stale = True
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Ask for a picture of the new size."""
        self._is_still = False
        self._refit()
        self._changed()


def is_brush_down(scene: SliceScene) -> bool:
    """Whether a stroke is being drawn: no picture of surfaces may hold it up."""
    is_held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
    return is_held and scene.tool in {Tool.PAINT, Tool.ERASE}
