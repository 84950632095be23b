"""All finders in the order in which one needs what another found."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from segmentation.anatomy import airway, bone, lungs, skin, spine
from segmentation.anatomy.coarse import Blocks
from segmentation.anatomy.found import Found
from segmentation.anatomy.survey import Survey, surveyed
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

STRUCTURES: Final = ("bone", "skin", "lungs", "airway")
BONE_BLOCK_RATIO = 0.35


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
    if asked - {"skin"}:
        dense = bone.find(survey, None, share(progress, 0.1, 0.6))
    if "bone" in asked:
        found.append(dense)
    if "skin" in asked:
        found.append(skin.find(survey, share(progress, 0.6, 0.65)))
    if asked & {"lungs", "airway"}:
        found += _chest(survey, dense, asked, share(progress, 0.65, 1.0))
    progress(1, 1)
    return tuple(one for one in found if one is not None)


def bone_blocks(survey: Survey, dense: Found | None) -> Blocks:
    """Return the blocks that are bone."""
    if dense is None:
        return np.zeros(survey.hu.shape, bool)
    return np.asarray(survey.frame.ratios(dense.mask) > BONE_BLOCK_RATIO)


def _chest(
    survey: Survey, dense: Found | None, asked: frozenset[str], progress: Progress
) -> list[Found | None]:
    blocks = bone_blocks(survey, dense)
    middle = spine.find(survey, blocks)
    progress(1, 10)
    tube = airway.find(survey, middle, share(progress, 0.1, 0.5))
    lumen = None if tube is None else tube.mask
    found = list(lungs.find(survey, blocks, middle, lumen, share(progress, 0.5, 1.0)))
    kept: list[Found | None] = list(found) if "lungs" in asked else []
    if "airway" in asked and found:  # without lungs it is a bubble of gas
        kept.append(tube)
    return kept
