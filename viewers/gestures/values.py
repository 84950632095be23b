"""Values of plan items as views write them: the numbers that measures state, rounded as there."""

import numpy as np

from planning.geometry.line import angle_deg, length_mm
from planning.measures.lengths import ANGLE, DISTANCE
from planning.measures.rounding import rounded
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.item import Item


def item_words(item: Item) -> str:
    """Return the value of a distance or an angle with its unit, empty for other items."""
    if isinstance(item, Distance):
        length = length_mm(item.start_lps_mm, item.end_lps_mm)
        return f"{rounded(length, DISTANCE.rounding, DISTANCE.decimals)} mm"
    if isinstance(item, Angle):
        apex = np.array(item.apex_lps_mm)
        legs = (np.array(end) - apex for end in (item.first_lps_mm, item.second_lps_mm))
        return f"{rounded(angle_deg(*legs), ANGLE.rounding, ANGLE.decimals)}°"
    return ""
