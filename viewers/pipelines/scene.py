"""The 3D scene: surfaces drawn by VTK without a window, handed back as pixels."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the OpenGL classes
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
)

from segmentation.mesh import Mesh
from segmentation.transfer import Transfer
from segmentation.volume import Volume
from viewers import palette
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.volume_actor import VolumeActor, volume_actor

Rgb = NDArray[np.uint8]
SOFTWARE: Final = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software")
RENDERER_LINE: Final = "opengl renderer string"
FEATURE_DEG: Final = 70.0
SPLIT_TRIANGLES_MAX: Final = 20_000
PEELS: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """One surface with its look: `colour` is `#RRGGBB`, `opacity_ratio` 0 to 1."""

    mesh: Mesh
    colour: str
    opacity_ratio: float = 1.0
    material: palette.Material = palette.BONE


class SolidScene:
    """An off-screen renderer. It needs no interactor; `finalize` must be its last call."""

    def __init__(self) -> None:
        if sys.platform == "linux" and "DISPLAY" not in os.environ:
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        self._renderer = vtkRenderer()
        self._window: Any = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.AddRenderer(self._renderer)
        self._pixels: Any = vtkUnsignedCharArray()
        self._actors: dict[Mesh, Any] = {}
        self._has_glass = False
        self._has_rendered = False
        self._is_software: bool | None = None
        self._volume: VolumeActor | None = None
        self._renderer.SetBackground(*palette.ratios(palette.SOLID_BACKGROUND))
        self._renderer.AutomaticLightCreationOff()
        self._renderer.SetMaximumNumberOfPeels(PEELS)
        self._renderer.SetSSAORadius(9.0)
        self._renderer.SetSSAOBias(0.4)
        self._renderer.SetSSAOKernelSize(48)
        self._renderer.SSAOBlurOn()
        for place, brightness in palette.LIGHTS:
            light = vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetPosition(*place)
            light.SetIntensity(brightness)
            self._renderer.AddLight(light)

    @property
    def is_software(self) -> bool:
        """Whether pictures are drawn by the processor; asks the driver once."""
        if self._is_software is None:
            if not self._has_rendered:
                self._window.SetSize(8, 8)
                self._window.Render()
                self._has_rendered = True
            report = str(self._window.ReportCapabilities()).lower()
            self._is_software = any(name in report for name in SOFTWARE)
        return self._is_software

    def renderer_words(self) -> str:
        """Return what the driver calls itself; empty before the first picture and after the end."""
        if not self._has_rendered:
            return ""
        return _renderer_of(str(self._window.ReportCapabilities()))

    def show(self, surfaces: Sequence[Surface]) -> None:
        """Show these surfaces and no others; meshes already shown are not loaded again."""
        shown = {surface.mesh: surface for surface in surfaces}
        for mesh in [mesh for mesh in self._actors if mesh not in shown]:
            self._renderer.RemoveActor(self._actors.pop(mesh))
        for mesh, surface in shown.items():
            if mesh not in self._actors:
                self._actors[mesh] = _actor(mesh)
                self._renderer.AddActor(self._actors[mesh])
            _dress(self._actors[mesh], surface)
        self._has_glass = any(s.opacity_ratio < 1.0 for s in surfaces)

    def show_volume(self, volume: Volume | None, transfer: Transfer | None) -> None:
        """Show a volume by the graphics card, in the look of `transfer`; None shows none."""
        key = None if volume is None or transfer is None else (volume, transfer.name)
        if self._volume is not None and self._volume.key != key:
            self._renderer.RemoveVolume(self._volume.prop)
            self._volume = None
        if self._volume is None and volume is not None and transfer is not None:
            self._volume = volume_actor(volume, transfer)
            self._renderer.AddVolume(self._volume.prop)

    def render(
        self, camera: SolidCamera, size_px: tuple[int, int], is_still: bool, factor: float = 1.0
    ) -> Rgb:
        """Return the picture as (rows, columns, 3), its first row on top.

        It is drawn at `factor` of the size; at twice the size it is averaged. A still picture has
        its creases shaded, unless glass is in it.
        """
        width, height = (max(1, int(n * factor)) for n in size_px)
        # A processor takes three times as long to sort glass: it does so at full size only.
        is_sorted = self._has_glass and (factor >= 1.0 or not self.is_software)
        self._renderer.SetUseDepthPeeling(is_sorted)
        self._renderer.SetUseSSAO(is_still and not self._has_glass)
        self._renderer.SetUseFXAA(factor < 2.0)
        self._window.SetSize(width, height)
        self._aim(camera)
        self._window.Render()
        self._has_rendered = True
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels)
        rgba = vtk_to_numpy(self._pixels).reshape(height, width, 4)
        rgb = rgba[::-1, :, :3]
        if factor == 2.0:
            rgb = _averaged(rgb)
        return np.ascontiguousarray(rgb)

    def finalize(self) -> None:
        """Give the graphics memory back; nothing may be drawn afterwards."""
        for actor in self._actors.values():
            self._renderer.RemoveActor(actor)
        self._actors.clear()
        self.show_volume(None, None)
        if self._has_rendered:
            self._window.Finalize()
        self._has_rendered = False

    def _aim(self, camera: SolidCamera) -> None:
        """Set the renderer's camera."""
        view = self._renderer.GetActiveCamera()
        view.SetFocalPoint(*camera.focus_lps_mm)
        view.SetPosition(*camera.eye_lps_mm)
        view.SetViewUp(*camera.up)
        view.SetParallelProjection(1)
        view.SetParallelScale(camera.height_mm / 2.0)
        self._renderer.ResetCameraClippingRange()


def _renderer_of(report: str) -> str:
    """Return the value of the line that names the renderer, empty when there is none."""
    for line in report.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == RENDERER_LINE:
            return value.strip()
    return ""


def _averaged(rgb: Rgb) -> Rgb:
    """Return the mean of each 2x2 pixels."""
    wide = rgb.astype(np.uint16)
    total = wide[0::2, 0::2] + wide[1::2, 0::2] + wide[0::2, 1::2] + wide[1::2, 1::2]
    return ((total + 2) >> 2).astype(np.uint8)


def _actor(mesh: Mesh) -> Any:  # noqa: ANN401 - VTK has no types
    """Return a mesh as VTK draws it; a small one, such as a rod, has its sharp edges split.

    Splitting takes four times as long and would hold the window on a large bone, where it changes
    3 % of the points.
    """
    points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(mesh.points_lps_mm.astype(np.float32), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(mesh.triangles.astype(np.int64).ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    normals = vtkPolyDataNormals()
    normals.SetInputData(data)
    normals.SetFeatureAngle(FEATURE_DEG)
    normals.SetSplitting(len(mesh.triangles) <= SPLIT_TRIANGLES_MAX)
    normals.ConsistencyOff()
    normals.Update()
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(normals.GetOutput())
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    return actor


def _dress(actor: Any, surface: Surface) -> None:  # noqa: ANN401 - VTK has no types
    """Give an actor its look."""
    look, material = actor.GetProperty(), surface.material
    look.SetColor(*palette.ratios(surface.colour))
    look.SetOpacity(surface.opacity_ratio)
    look.SetAmbient(material.ambient)
    look.SetDiffuse(material.diffuse)
    look.SetSpecular(material.specular)
    look.SetSpecularPower(material.power)
