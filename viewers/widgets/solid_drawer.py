"""Pictures of the 3D view: surfaces at once, the volume in a thread."""

import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from segmentation.progress import Progress, silent
from segmentation.transfer import transfer_named
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.scene import Rgb, SolidScene
from viewers.pipelines.volume_picture import VolumePicture
from viewers.widgets.builder import Builder, Make
from viewers.widgets.pace import STEPS, Pace
from viewers.widgets.solid_content import SolidContent
from viewers.widgets.solid_painter import image_of

MOVING_RATIO: Final = 0.5
FINE_SCREEN: Final = 1.5


@dataclass(frozen=True, slots=True)
class Aim:
    """What a picture shows: `ratio` is device pixels per logical pixel, included in the size."""

    camera: SolidCamera
    size_px: tuple[int, int]
    ratio: float
    is_still: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the volume that is to be cast."""

    picture: VolumePicture
    camera: SolidCamera
    size_px: tuple[int, int]
    factor: float

    def cast(self, progress: Progress = silent) -> Rgb:
        """Return the picture; `progress` may stop it."""
        return self.picture.render(self.camera, self.size_px, self.factor, progress)


class SolidDrawer(QObject):
    """Draws what `content` holds into `image`; `drawn` tells that a cast picture has come.

    Pictures of the volume are cast in a thread: the latest wins, and `image` stays the last one
    meanwhile. `shutdown` is the last call.
    """

    drawn = Signal()

    def __init__(self, content: SolidContent, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self._content = content
        self._scene = SolidScene()
        self._caster = Builder(self)
        self._caster.built.connect(self._take)
        self._pace: Pace | None = None
        self._is_open = True

    @property
    def is_busy(self) -> bool:
        """Whether a picture is being cast."""
        return self._caster.is_busy

    def renderer_words(self) -> str:
        """Return what draws the surfaces; empty before the first of them."""
        return self._scene.renderer_words()

    def forget(self) -> None:
        """Drop the picture and those under way."""
        self.image = None
        self._caster.want({})

    def draw(self, aim: Aim) -> None:
        """Draw surfaces now, as finely as there is time for; ask for a picture of the volume."""
        picture = self._content.picture()
        if picture is not None and self._is_cast():
            self._ask_for(self._shot(picture, aim))
            return
        self._caster.want({})
        self.image = image_of(self._rendered(aim))

    def draw_now(self, aim: Aim) -> None:
        """Draw at the finest in this call."""
        self._caster.want({})
        picture = self._content.picture()
        if picture is not None and self._is_cast():
            rgb = self._shot(picture, aim).cast()
        else:
            self._load()
            factor = self._whole(STEPS[-1].factor, aim)
            rgb = self._scene.render(aim.camera, aim.size_px, True, factor)
        self.image = image_of(rgb)

    def shutdown(self) -> None:
        """Join the thread and give graphics memory back."""
        self._is_open = False
        self._caster.shutdown()
        self._scene.finalize()

    def _is_cast(self) -> bool:
        """Whether the content's picture is the processor's to make."""
        return self._content.is_stand_in or self._scene.is_software

    def _shot(self, picture: VolumePicture, aim: Aim) -> Shot:
        """Return the picture to cast."""
        factor = self._whole(STEPS[-1].factor, aim) if aim.is_still else MOVING_RATIO
        return Shot(picture, aim.camera, aim.size_px, factor)

    def _whole(self, factor: float, aim: Aim) -> float:
        """Return the factor, 1 on a screen that is fine enough without."""
        return factor if aim.ratio < FINE_SCREEN else 1.0

    def _load(self) -> None:
        """Hand the content to the scene."""
        picture = self._content.picture()
        if picture is None:
            self._scene.show_volume(None, None)
        else:
            self._scene.show_volume(picture.scene.volume, transfer_named(picture.kind))
        self._scene.show(self._content.surfaces())

    def _rendered(self, aim: Aim) -> Rgb:
        """Return the scene's picture; a still one sets the pace of the next."""
        self._load()
        is_software = self._scene.is_software
        if not aim.is_still:
            factor = MOVING_RATIO if is_software else 1.0
            return self._scene.render(aim.camera, aim.size_px, False, factor)
        pace = self._pace or Pace.first(is_software)
        fineness = pace.fineness
        factor = self._whole(fineness.factor, aim)
        begun = time.perf_counter()
        rgb = self._scene.render(aim.camera, aim.size_px, fineness.has_creases, factor)
        self._pace = pace.after(time.perf_counter() - begun)
        return rgb

    def _ask_for(self, shot: Shot) -> None:
        """Cast a picture; a light one under way may end, so that a drag is seen."""
        jobs: dict[Hashable, Make] = {}
        running = self._caster.running
        if isinstance(running, Shot) and running.factor < 1.0 and running.picture is shot.picture:
            jobs[running] = running.cast
        jobs[shot] = shot.cast
        self._caster.want(jobs)

    def _take(self, shot: object, rgb: object) -> None:
        """Keep a picture that was cast, unless something else is to be seen by now."""
        is_wanted = isinstance(shot, Shot) and shot.picture is self._content.picture()
        if is_wanted and isinstance(rgb, np.ndarray) and self._is_open:
            self.image = image_of(rgb)
            self.drawn.emit()
