"""What several operations ask: words against the arrays of the peers, and the memory allowed."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.bench.material import Material
from app.bench.peak import MIB
from app.bench.peers import simple_itk
from segmentation.kernels.ball import Spacing
from segmentation.kernels.bits import unpacked
from segmentation.mask import BitMask, Words
from segmentation.morphology import grown

SCRATCH_MIB: Final = 48.0
ALIKE_DICE: Final = 0.97


def binary_mib(material: Material) -> float:
    """Return what a tool on masks may take: a bit a voxel, and scratch that doesn't grow."""
    return material.volume.hu.size / 8.0 / MIB + SCRATCH_MIB


def same_bits(words: Words, voxels: NDArray[Any]) -> bool:
    """Return whether whole-grid words and an array [k, j, i] hold the same voxels."""
    return bool(np.array_equal(unpacked(words, voxels.shape[2]), voxels != 0))


def same_as_itk_words(words: Words, image: object) -> bool:
    """Return whether whole-grid words and an image hold the same voxels."""
    return same_bits(words, simple_itk().GetArrayViewFromImage(image))


def beside_itk(spacing_kji_mm: Spacing, mask: BitMask, image: object) -> bool:
    """Return whether no voxel of a mask or an image is further than a voxel from the other."""
    voxel_mm = math.hypot(*spacing_kji_mm)
    theirs = BitMask.from_bool(simple_itk().GetArrayViewFromImage(image) != 0)
    return all(
        (one - grown(other, spacing_kji_mm, voxel_mm)).is_empty
        for one, other in ((mask, theirs), (theirs, mask))
    )


def alike_itk(mask: BitMask, image: object) -> bool:
    """Return whether a mask and an image share nearly all of their voxels."""
    theirs = BitMask.from_bool(simple_itk().GetArrayViewFromImage(image) != 0)
    both_n, total_n = (mask & theirs).voxels, mask.voxels + theirs.voxels
    return total_n == 0 or 2 * both_n / total_n >= ALIKE_DICE
