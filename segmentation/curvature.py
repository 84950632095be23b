"""Smoothing of a mask by curvature flow, on its own box."""

import math
from typing import Any, Final

import numpy as np

from segmentation.errors import Refusal
from segmentation.kernels.bits import packed, unpacked
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent

STEP_RATIO: Final = 0.0625  # of the squared least spacing: stable in three dimensions
MOST_WORK: Final = 6_000_000_000  # voxels times steps: some minutes
REACH: Final = 2


def flowed(
    mask: BitMask,
    spacing_kji_mm: tuple[float, float, float],
    sigma_mm: float,
    progress: Progress = silent,
) -> BitMask:
    """Return a mask whose face has moved by its own curvature (Sethian 1996).

    It flows for as long as rounds a ball off as a Gaussian of `sigma_mm` does: a radius r loses
    about sigma^2 / r; flat faces and thin sheets stay. Refuses more than six thousand million
    steps of a voxel.
    """
    import SimpleITK  # noqa: PLC0415 - 0.4 s that the window's start doesn't need

    sitk: Any = SimpleITK

    progress(0, 1)
    if not mask.words.size:
        return mask
    step_mm2 = STEP_RATIO * min(spacing_kji_mm) ** 2
    rounds = max(math.ceil(sigma_mm**2 / 2.0 / step_mm2), 1)
    box = mask.box.grown(mask.shape_kji, (REACH, REACH, REACH))
    voxels = unpacked(mask.words_in(box), box.voxels_i(mask.shape_kji))
    if voxels.size * rounds > MOST_WORK:
        raise Refusal("flow-too-long", sigma_mm=sigma_mm, rounds=rounds)
    image = sitk.GetImageFromArray(voxels.astype(np.float32))
    image.SetSpacing([s / min(spacing_kji_mm) for s in reversed(spacing_kji_mm)])
    for n in range(rounds):
        image = sitk.CurvatureFlow(image, timeStep=STEP_RATIO, numberOfIterations=1)
        progress(n + 1, rounds)
    flown = sitk.GetArrayViewFromImage(image) >= 0.5
    return BitMask.from_words(mask.shape_kji, packed(np.ascontiguousarray(flown)), box)
