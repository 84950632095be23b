"""All finders in the order in which one needs what another found."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from segmentation.anatomy import airway, bone, kidneys, liver, lungs, skin, spine, vessels
from segmentation.anatomy.coarse import Blocks
from segmentation.anatomy.found import Found
from segmentation.anatomy.spine import Spine
from segmentation.anatomy.survey import Survey, surveyed
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

STRUCTURES: Final = ("bone", "skin", "lungs", "airway", "kidneys", "liver", "vessels")
SKIN_ONLY: Final = frozenset({"skin"})
BELLY: Final = frozenset({"kidneys", "liver", "vessels"})
CHEST: Final = frozenset({"lungs", "airway"})
BONE_BLOCK_RATIO = 0.35
KEPT_RATIO_MIN = 0.7
DENSER_RATIO = 1.35  # cortex is so much denser than the arteries beside


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What the finders of organs start from: the survey, where bone lies, and the spine."""

    survey: Survey
    bone: Blocks
    spine: Spine | None
    artery: BitMask | None = None


def find(
    volume: Volume, wanted: Iterable[str] = STRUCTURES, progress: Progress = silent
) -> tuple[Found, ...]:
    """Return what is there of the structures `wanted`; what isn't there is left out.

    The same volume gives the same masks, whatever the number of threads.
    """
    asked = frozenset(wanted)
    survey = surveyed(volume, share(progress, 0.0, 0.1))
    found: list[Found | None] = []
    dense, ground = None, None
    if asked - SKIN_ONLY:
        dense, ground = _ground(survey, share(progress, 0.1, 0.5))
    if "bone" in asked:
        found.append(dense)
    if "skin" in asked:
        found.append(skin.find(survey, share(progress, 0.5, 0.55)))
    if ground is not None and asked & CHEST:
        found += _chest(ground, asked, share(progress, 0.55, 0.75))
    if ground is not None and asked & BELLY:
        found += _belly(ground, asked, share(progress, 0.75, 1.0))
    progress(1, 1)
    return tuple(one for one in found if one is not None)


def _ground(survey: Survey, progress: Progress) -> tuple[Found | None, Ground]:
    """Return the bone and where it lies; sought again when arteries are as dense as bone."""
    dense = bone.find(survey, None, progress=share(progress, 0.0, 0.5))
    blocks = bone_blocks(survey, dense)
    middle = spine.find(survey, blocks)
    mask = None
    artery = None if middle is None else vessels.arterial(survey, middle)
    if artery is not None:
        mask, level = artery
        core_hu = max(bone.CORE_HU, round(DENSER_RATIO * level))
        again = bone.find(survey, mask, core_hu, share(progress, 0.5, 1.0))
        dense = _likelier(dense, again, mask)
        blocks = bone_blocks(survey, dense)
    progress(1, 1)
    return dense, Ground(survey, blocks, middle, mask)


def _likelier(dense: Found | None, again: Found | None, artery: BitMask) -> Found | None:
    """Return the bone of the second search, or that of the first where the second lost bone.

    In wide voxels cortex may be no denser than the arteries.
    """
    if dense is None:
        return again
    without = dense.mask - artery
    if again is None or again.mask.voxels < KEPT_RATIO_MIN * without.voxels:
        return replace(dense, mask=without)
    return again


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
    masks = tuple(kidney.mask for kidney in pair)
    body = liver.find(survey, blocks, middle, airy, masks, share(progress, 0.5, 0.8))
    if "liver" in asked:
        found.append(body)
    if "vessels" in asked:
        masks += () if body is None else (body.mask,)
        tree = vessels.find(survey, blocks, middle, masks, share(progress, 0.8, 1.0))
        if tree is not None and ground.artery is not None:
            tree = replace(tree, mask=tree.mask | ground.artery)
        found.append(tree)
    return found
