"""Pictures of the whole volume by the processor: the bone's first surface, or light through it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentation.bone_picture import RayScene, composite, first_hit, prepare
from segmentation.camera import Camera
from segmentation.effects.effect import Effect, SegmentView
from segmentation.effects.islands import Islands
from segmentation.effects.margin import Margin
from segmentation.effects.threshold import Threshold
from segmentation.grid import Point
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.transfer import transfer_named
from segmentation.volume import Volume
from viewers import palette
from viewers.pipelines.camera import DISTANCE_MM, SolidCamera
from viewers.pipelines.coverage import corners_lps_mm, voxel_box
from viewers.pipelines.scene import Rgb

BONE: Final = "bone"
BONE_HU: Final = 226
CRUMBS_ML: Final = 1.0
BODY_HU: Final = -200
BODY_ML: Final = 100.0
SHELL_MM: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class VolumePicture:
    """A volume made ready for pictures of one kind ("bone", "vessel" or "skin")."""

    kind: str
    scene: RayScene
    corners_lps_mm: Point

    @classmethod
    def make(cls, volume: Volume, kind: str, progress: Progress = silent) -> "VolumePicture":
        """Return the picture's preparation; bone leaves out table and crumbs."""
        if kind != BONE:
            scene = prepare(volume, None, float(BONE_HU), progress)
            return cls(kind, scene, volume.grid.corners_lps_mm)
        bone, corners = _in_body(volume, progress), volume.grid.corners_lps_mm
        if not bone.is_empty:
            corners = corners_lps_mm(volume.grid, voxel_box(bone))
        return cls(kind, prepare(volume, bone, BONE_HU - 0.5, progress), corners)

    def render(
        self,
        camera: SolidCamera,
        size_px: tuple[int, int],
        factor: float,
        progress: Progress = silent,
    ) -> Rgb:
        """Return the picture (rows, columns, 3) drawn at `factor` of the size, averaged at 2."""
        size = max(1, int(size_px[0] * factor)), max(1, int(size_px[1] * factor))
        view = Camera(
            np.array(camera.focus_lps_mm),
            np.array(camera.eye),
            np.array(camera.up),
            camera.height_mm,
            size,
            DISTANCE_MM,
        )
        if self.kind == BONE:
            rgba = first_hit(self.scene, view, progress=progress).rgba
        else:
            rgba = composite(self.scene, view, transfer_named(self.kind), progress).rgba
        background = np.round(np.array(palette.ratios(palette.SOLID_BACKGROUND)) * 255.0)
        share = rgba[..., 3:].astype(np.float32) / 255.0
        rgb = rgba[..., :3] * share + background.astype(np.float32) * (1.0 - share)
        if factor == 2.0:
            rgb = (rgb[0::2, 0::2] + rgb[1::2, 0::2] + rgb[0::2, 1::2] + rgb[1::2, 1::2]) / 4.0
        return np.ascontiguousarray((rgb + 0.5).astype(np.uint8))


def _in_body(volume: Volume, progress: Progress) -> BitMask:
    """Return what is as dense as bone and lies in the body; all of it where no body is found.

    The scanner's table is a thin shell: it does not survive 3 mm of erosion, a body does.
    """
    shape_kji = volume.grid.shape_kji
    bone = _after(volume, BitMask.empty(shape_kji), progress, Threshold(lower_hu=BONE_HU))
    body = _after(
        volume,
        BitMask.empty(shape_kji),
        progress,
        Threshold(lower_hu=BODY_HU),
        Margin(margin_mm=-SHELL_MM),
        Islands(keep="larger", min_ml=BODY_ML),
        Margin(margin_mm=SHELL_MM + 1.0),
    )
    inner = bone & body
    large = _after(volume, inner, progress, Islands(keep="larger", min_ml=CRUMBS_ML))
    return next((mask for mask in (large, inner) if not mask.is_empty), bone)


def _after(volume: Volume, mask: BitMask, progress: Progress, *effects: Effect) -> BitMask:
    """Return the mask after tools, one after another."""
    for effect in effects:
        mask = effect.apply(SegmentView(volume, mask, progress))
    return mask
