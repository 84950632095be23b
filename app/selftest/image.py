"""Known answers in image space: voxels that are counted, bytes that must be the same."""

from typing import Final

import numpy as np

from app.selftest.known import Known, exactly
from app.selftest.material import LOWER_HU, UPPER_HU, Material
from segmentation.effects.effect import SegmentView
from segmentation.effects.threshold import Threshold
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.surface import iso_surface

PHANTOM_LOWER_HU: Final = 226


def _both_balls(material: Material) -> float:
    return float(sum(np.count_nonzero(outside <= 0.0) for outside in material.beyond_mm))


def _great_ball(material: Material) -> float:
    return float(np.count_nonzero(material.beyond_mm[0] <= 0.0))


def _dense(material: Material) -> float:
    hu = material.phantom.volume.hu
    return float(np.count_nonzero((hu >= PHANTOM_LOWER_HU) & (hu <= UPPER_HU)))


def _thresholded(material: Material) -> float:
    volume = material.phantom.volume
    nothing = BitMask.empty(volume.grid.shape_kji)
    chosen = Threshold(PHANTOM_LOWER_HU, UPPER_HU).apply(SegmentView(volume, nothing))
    return float(chosen.voxels)


def _differing_bytes(material: Material) -> float:
    made = []
    for wanted in (1, 2):
        with threads(wanted):
            made.append(iso_surface(material.volume, material.bone, LOWER_HU - 0.5))
    a, b = (mesh.points_lps_mm.tobytes() + mesh.triangles.tobytes() for mesh in made)
    return float(abs(len(a) - len(b)) + sum(x != y for x, y in zip(a, b, strict=False)))


THRESHOLD = Known(
    name="threshold_of_balls",
    title="Threshold of two balls",
    unit="voxels",
    expected=_both_balls,
    found=lambda material: float(material.bone.voxels),
)
ISLANDS = Known(
    name="largest_island",
    title="Largest island of two balls",
    unit="voxels",
    expected=_great_ball,
    found=lambda material: float(material.great_ball.voxels),
)
PHANTOM = Known(
    name="threshold_of_phantom",
    title="Threshold of the shoulder phantom",
    unit="voxels",
    expected=_dense,
    found=_thresholded,
)
THREADS = Known(
    name="bytes_by_threads",
    title="Bytes of a surface that differ between one thread and two",
    unit="bytes",
    expected=exactly(0.0),
    found=_differing_bytes,
)
