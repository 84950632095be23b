"""Between the case's grid and a model's: axes turned and flipped, spacing resampled, and back.

Axes are taken to the patient's nearest ones, never turned by an angle: a model sees the scan as
its axes lie, as nnU-Net and TotalSegmentator do.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.grid import Grid, Shape
from segmentation.models.manifest import AXES, Intensity, Manifest, Triple
from segmentation.progress import Progress

SLAB_VOXELS: Final = 4_000_000
LETTERS: Final = {"L": 1, "R": -1, "P": 1, "A": -1, "S": 1, "I": -1}

Ints = NDArray[np.int64]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """How an array [k, j, i] becomes one in a model's axes: transposed, then some axes flipped."""

    order: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def apply(self, kji: Array) -> Array:
        """Return a view of an array [k, j, i] in the model's axes."""
        steps = tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        return kji.transpose(self.order)[steps]

    def undo(self, turned: Array) -> Array:
        """Return a view [k, j, i] of an array in the model's axes."""
        steps = tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        return turned[steps].transpose(np.argsort(self.order))

    def points(self, kji: NDArray[np.float64], shape_kji: Shape) -> NDArray[np.float64]:
        """Return voxel indices (N, 3) of the grid in the model's axes."""
        turned = kji[:, self.order]
        last = np.array(shape_kji)[list(self.order)] - 1.0
        return np.where(self.flips, last - turned, turned)


def turn_to(grid: Grid, axes: str) -> Turn:
    """Return the turn that brings a grid's axes next to those of a model."""
    wanted = np.zeros((3, 3))
    for row, letter in enumerate(axes):
        column = next(n for n, pair in enumerate(AXES) if letter in pair)
        wanted[row, column] = LETTERS[letter]
    # along[axis of the model, axis k j i of the array]
    along = wanted @ grid.direction[:, ::-1]
    order = max(permutations(range(3)), key=lambda p: sum(abs(along[n, p[n]]) for n in range(3)))
    flips = tuple(bool(along[n, order[n]] < 0.0) for n in range(3))
    return Turn(order, flips)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Space:
    """A case's grid in the axes of a model, and the model's own grid that covers the same body.

    The two grids share their middle; the model's has the spacing of its manifest, exactly.
    """

    turn: Turn
    shape: Shape
    spacing_mm: Triple
    model_shape: Shape
    model_spacing_mm: Triple

    @property
    def is_same(self) -> bool:
        """Whether no voxel moves between the two."""
        near = np.allclose(self.spacing_mm, self.model_spacing_mm, rtol=1e-4, atol=0.0)
        return near and self.shape == self.model_shape

    @property
    def first_mm(self) -> Triple:
        """Where the model's first voxel lies, from the case's first."""
        ends = zip(
            self.shape, self.spacing_mm, self.model_shape, self.model_spacing_mm, strict=True
        )
        x, y, z = (((n - 1) * s - (m - 1) * t) / 2 for n, s, m, t in ends)
        return x, y, z

    def points(self, kji: NDArray[np.float64], shape_kji: Shape) -> NDArray[np.float64]:
        """Return voxel indices (N, 3) of the case's grid as real-valued ones of the model's."""
        at_mm = self.turn.points(kji, shape_kji) * self.spacing_mm
        found: NDArray[np.float64] = (at_mm - np.array(self.first_mm)) / self.model_spacing_mm
        return found


def space_of(grid: Grid, manifest: Manifest) -> Space:
    """Return how a model sees a grid."""
    turn = turn_to(grid, manifest.axes)
    shape = tuple(grid.shape_kji[n] for n in turn.order)
    spacing = tuple(grid.spacing_kji_mm[n] for n in turn.order)
    wanted = manifest.spacing_mm
    sizes = tuple(max(1, round(n * s / t)) for n, s, t in zip(shape, spacing, wanted, strict=True))
    return Space(turn, shape, spacing, sizes, wanted)  # type: ignore[arg-type]


def to_model(
    hu: NDArray[np.int16], space: Space, intensity: Intensity, progress: Progress
) -> NDArray[np.float32]:
    """Return HU in a model's axes and spacing, clipped and normalised, by slabs of its own.

    Values between voxels are linear; outside the scan the nearest voxel's hold.
    """
    turned = space.turn.apply(hu)
    out = np.empty(space.model_shape, np.float32)
    step = max(1, SLAB_VOXELS // max(1, out[0].size))
    image = None if space.is_same else _image(np.ascontiguousarray(turned), space.spacing_mm)
    for start in range(0, len(out), step):
        progress(start, len(out))
        part = out[start : start + step]
        if image is None:
            part[...] = turned[start : start + step]
        else:
            origin = np.array(space.first_mm)
            origin[0] += start * space.model_spacing_mm[0]
            part[...] = _resampled(image, part.shape, origin, space.model_spacing_mm, "linear")
        np.clip(part, *intensity.clip_hu, out=part)
        part -= np.float32(intensity.subtract)
        part /= np.float32(intensity.divide)
        part += np.float32(intensity.add)
    progress(1, 1)
    return out


def from_model(labels: NDArray[np.uint8], space: Space, progress: Progress) -> NDArray[np.uint8]:
    """Return labels [k, j, i] on the case's grid, from labels on a model's.

    A voxel gets the label whose linear share of its surroundings is largest.
    """
    out = np.empty(space.shape, np.uint8)
    if space.is_same:
        out[...] = labels
    else:
        image = _image(labels, space.model_spacing_mm)
        step = max(1, SLAB_VOXELS // max(1, out[0].size))
        for start in range(0, len(out), step):
            progress(start, len(out))
            part = out[start : start + step]
            origin = np.array([start * space.spacing_mm[0], 0.0, 0.0]) - space.first_mm
            part[...] = _resampled(image, part.shape, origin, space.spacing_mm, "label")
    progress(1, 1)
    return np.ascontiguousarray(space.turn.undo(out))


def _toolkit() -> Any:  # noqa: ANN401 - SimpleITK has no types
    import SimpleITK as sitk  # noqa: PLC0415, N813 - only who resamples loads it

    return sitk


def _image(array: Array, spacing_mm: Triple) -> Any:  # noqa: ANN401 - SimpleITK has no types
    image = _toolkit().GetImageFromArray(array)
    image.SetSpacing(spacing_mm[::-1])
    return image


def _resampled(
    image: Any,  # noqa: ANN401 - SimpleITK has no types
    shape: tuple[int, ...],
    origin_mm: NDArray[np.float64],
    spacing_mm: Triple,
    how: str,
) -> Array:
    """Return a part of an image that lies at the origin, on a grid of its axes."""
    sitk = _toolkit()
    filter_ = sitk.ResampleImageFilter()
    filter_.SetSize([int(n) for n in shape[::-1]])
    filter_.SetOutputOrigin([float(x) for x in origin_mm[::-1]])
    filter_.SetOutputSpacing([float(x) for x in spacing_mm[::-1]])
    is_label = how == "label"
    filter_.SetInterpolator(sitk.sitkLabelLinear if is_label else sitk.sitkLinear)
    filter_.SetOutputPixelType(sitk.sitkUInt8 if is_label else sitk.sitkFloat32)
    filter_.SetUseNearestNeighborExtrapolator(True)
    found: Array = sitk.GetArrayFromImage(filter_.Execute(image))
    return found
