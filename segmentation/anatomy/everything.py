"""All finders in the order in which one needs what another found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentation.anatomy import airway, bone, kidneys, liver, lungs, skin, spine
from segmentation.anatomy.coarse import Blocks
from segmentation.anatomy.found import Found
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey, surveyed
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

STRUCTURES: Final = ("bone", "skin", "lungs", "airway", "kidneys", "liver")
SKIN_ONLY: Final = frozenset({"skin"})
BELLY: Final = frozenset({"kidneys", "liver"})
CHEST: Final = frozenset({"lungs", "airway"})
BONE_BLOCK_RATIO = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the finders of organs start from: the survey, where bone lies, and the spine."""

    survey: Survey
    bone: Blocks
    spine: Spine | None


def find(
    volume: Volume, wanted: Iterable[str] = STRUCTURES, progress: Progress = silent
) -> tuple[Found, ...]:
    """Return what is there of the structures `wanted`; what isn't there is left out.

    The same volume gives the same masks, whatever the number of threads.
    """
    asked = frozenset(wanted)
    survey = surveyed(volume, share(progress, 0.0, 0.1))
    found: list[Found | None] = []
    dense = None
    if asked - SKIN_ONLY:
        dense = bone.find(survey, None, share(progress, 0.1, 0.5))
    if "bone" in asked:
        found.append(dense)
    if "skin" in asked:
        found.append(skin.find(survey, share(progress, 0.5, 0.55)))
    if asked & (CHEST | BELLY):
        blocks = bone_blocks(survey, dense)
        ground = Ground(survey, blocks, spine.find(survey, blocks))
        progress(6, 10)
        if asked & CHEST:
            found += _chest(ground, asked, share(progress, 0.6, 0.8))
        if asked & BELLY:
            found += _belly(ground, asked, share(progress, 0.8, 1.0))
    progress(1, 1)
    return tuple(one for one in found if one is not None)


def bone_blocks(survey: Survey, dense: Found | None) -> Blocks:
    """Return the blocks that are bone."""
    if dense is None:
        return np.zeros(survey.hu.shape, bool)
    return np.asarray(survey.frame.ratios(dense.mask) > BONE_BLOCK_RATIO)


def _chest(ground: Ground, asked: frozenset[str], progress: Progress) -> list[Found | None]:
    survey, middle = ground.survey, ground.spine
    tube = airway.find(survey, middle, share(progress, 0.0, 0.5))
    lumen = None if tube is None else tube.mask
    found = list(lungs.find(survey, ground.bone, middle, lumen, share(progress, 0.5, 1.0)))
    kept: list[Found | None] = list(found) if "lungs" in asked else []
    if "airway" in asked and found:  # without lungs it is a bubble of gas
        kept.append(tube)
    return kept


def _belly(ground: Ground, asked: frozenset[str], progress: Progress) -> list[Found | None]:
    survey, blocks, middle = ground.survey, ground.bone, ground.spine
    airy = lungs.lung_blocks(survey, blocks, None)
    pair = kidneys.find(survey, blocks, middle, airy, share(progress, 0.0, 0.5))
    found: list[Found | None] = list(pair) if "kidneys" in asked else []
    if "liver" in asked:
        masks = tuple(kidney.mask for kidney in pair)
        found.append(liver.find(survey, blocks, middle, airy, masks, share(progress, 0.5, 1.0)))
    return found
