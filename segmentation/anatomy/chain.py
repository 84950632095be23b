"""Points of a tube from level to level."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Flags = NDArray[np.bool_]


def chain(points_mm: Points, seed: Points, rise_mm_max: float) -> Flags:
    """Return which points (N, 3: up, back, left in mm) a tube through `seed` visits.

    It goes level by level both ways, at most `rise_mm_max` at once and about half as far aside.
    """
    reached: Flags = (points_mm == seed).all(axis=1)
    for direction in (1.0, -1.0):
        at = seed
        order = np.argsort(direction * points_mm[:, 0], kind="stable")
        for n in order.tolist():
            rise = direction * (points_mm[n, 0] - at[0])
            aside = float(np.hypot(*(points_mm[n, 1:] - at[1:])))
            if 0.0 < rise <= rise_mm_max and aside <= 4.0 + 0.5 * rise:
                reached[n] = True
                at = points_mm[n]
    return reached


def longest_chain(points_mm: Points, rise_mm_max: float) -> Flags:
    """Return the chain with the most points; of equal ones that of the first point."""
    best: Flags = np.zeros(len(points_mm), bool)
    for seed in points_mm:
        one = chain(points_mm, seed, rise_mm_max)
        if one.sum() > best.sum():
            best = one
    return best
