"""The last pictures and outlines made, kept by the identity of what they were made from."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.volume import Volume
from viewers.pipelines.gaps import Gaps, gap_lines, gaps_of
from viewers.pipelines.mesh_cut import mesh_outline
from viewers.pipelines.outline import Loops, mask_outline
from viewers.pipelines.plane import SlicePlane
from viewers.pipelines.slice import Grey, Window, grey_picture

KEPT: Final = 48
T = TypeVar("T")


class SlicePictures:
    """Pictures and outlines of one view; volumes, masks and meshes are immutable."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._volume: Volume | None = None
        self._gaps: Gaps | None = None

    def grey(
        self, volume: Volume, plane: SlicePlane, window: Window, ratio: float
    ) -> tuple[Grey, int]:
        """Return the slice's grey picture and its width, made now or kept."""
        key = (volume, plane, window, ratio)
        return self.once(key, lambda: grey_picture(volume, plane, window, ratio))

    def gap_lines(
        self, volume: Volume, plane: SlicePlane, ratio: float
    ) -> NDArray[np.uint8] | None:
        """Return where missing slices are marked, None where the volume has none."""
        if self._volume is not volume:
            self._volume, self._gaps = volume, gaps_of(volume)
        gaps = self._gaps
        if gaps is None:
            return None
        return self.once(
            ("gaps", volume, plane, ratio), lambda: gap_lines(gaps, volume, plane, ratio)
        )

    def outline(self, grid: Grid, mask: BitMask, plane: SlicePlane) -> Loops:
        """Return the mask's outlines in the slice, made now or kept."""
        return self.once((mask, plane), lambda: mask_outline(grid, mask, plane))

    def cut(self, mesh: Mesh, plane: SlicePlane) -> Loops:
        """Return the mesh's outlines in the slice, made now or kept."""
        return self.once((mesh, plane), lambda: tuple(mesh_outline(mesh, plane)))

    def clear(self) -> None:
        """Let go of everything."""
        self._kept.clear()
        self._volume = self._gaps = None

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under the key, or make it; the oldest goes when there are many."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return cast(T, self._kept[key])
        made = make()
        self._kept[key] = made
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made
