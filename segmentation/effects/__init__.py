"""One tool a file: parameters and a pure function. No effect knows another, a window or a case."""

import json
from typing import Final

from segmentation.effects.anatomy import Anatomy
from segmentation.effects.between_slices import BetweenSlices
from segmentation.effects.bones import Bones
from segmentation.effects.click import Click
from segmentation.effects.close_open import CloseOpen
from segmentation.effects.copy_slices import CopySlices
from segmentation.effects.cut import Cut
from segmentation.effects.doubtful_border import DoubtfulBorder
from segmentation.effects.effect import Effect, EffectClass
from segmentation.effects.erase import Erase
from segmentation.effects.fill_holes import FillHoles
from segmentation.effects.flood import Flood
from segmentation.effects.grow import Grow
from segmentation.effects.grow_many import GrowMany
from segmentation.effects.hollow import Hollow
from segmentation.effects.hysteresis import Hysteresis
from segmentation.effects.islands import Islands
from segmentation.effects.live_wire import LiveWire
from segmentation.effects.local_threshold import LocalThreshold
from segmentation.effects.logic import Logic
from segmentation.effects.margin import Margin
from segmentation.effects.mask_by import MaskBy
from segmentation.effects.metal import Metal
from segmentation.effects.mirror import Mirror
from segmentation.effects.model import Model
from segmentation.effects.otsu import Otsu
from segmentation.effects.paint import Paint
from segmentation.effects.ranges import Ranges
from segmentation.effects.scissors import Scissors
from segmentation.effects.setting import parameters
from segmentation.effects.smooth import Smooth
from segmentation.effects.smooth_together import SmoothTogether
from segmentation.effects.split_islands import SplitIslands
from segmentation.effects.split_joint import SplitJoint
from segmentation.effects.threshold import Threshold
from segmentation.effects.vertebrae import Vertebrae
from segmentation.effects.vessel_tree import VesselTree
from segmentation.effects.watershed import Watershed
from segmentation.errors import Misuse, Refusal

EFFECTS: Final[tuple[EffectClass, ...]] = (
    Anatomy,
    Model,
    Threshold,
    Ranges,
    Otsu,
    LocalThreshold,
    Hysteresis,
    Metal,
    Click,
    Grow,
    GrowMany,
    Watershed,
    DoubtfulBorder,
    Islands,
    SplitIslands,
    FillHoles,
    Smooth,
    SmoothTogether,
    Margin,
    CloseOpen,
    Hollow,
    BetweenSlices,
    CopySlices,
    Cut,
    SplitJoint,
    Mirror,
    Logic,
    MaskBy,
    VesselTree,
    Vertebrae,
    Bones,
    Paint,
    Erase,
    Scissors,
    LiveWire,
    Flood,
)

# Tools whose work another process does: nothing of them is compiled here.
IN_A_PROCESS: Final = frozenset({Model.name})


def effect_named(name: str) -> EffectClass:
    """Return the effect with this name; raises Misuse when there is none."""
    for effect_class in EFFECTS:
        if effect_class.name == name:
            return effect_class
    known = ", ".join(effect_class.name for effect_class in EFFECTS)
    raise Misuse("effect-unknown", tool=name, known=known)


def from_recipe(text: str) -> Effect:
    """Return the effect that `recipe` wrote; refuses other text and values out of range."""
    try:
        record = json.loads(text)
        name, settings = record["tool"], dict(record["set"])
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal("recipe-unreadable", path="", reason=str(error)) from error
    effect_class = effect_named(str(name))
    known = {parameter.name for parameter in parameters(effect_class)}
    for setting in settings:
        if setting not in known:
            raise Misuse("parameter-unknown", tool=effect_class.name, parameter=str(setting))
    return effect_class(**settings)
