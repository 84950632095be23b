"""Rounding for people, against the user where safety depends on it (HAZ-19).

A margin of 1.96 mm is shown as 1.9, a depth of 1.94 mm as 2.0. Limits are never compared with
what is shown: checks take full precision.
"""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from planning.measures.quantity import Quantity, Rounding

MODES: Final = {
    Rounding.DOWN: ROUND_FLOOR,
    Rounding.UP: ROUND_CEILING,
    Rounding.NEAREST: ROUND_HALF_EVEN,
}


def rounded(value: float, rounding: Rounding, decimals: int = 1) -> Decimal:
    """Return the number with `decimals` digits behind the point, exact in decimal.

    The float's own value is rounded, not its shortest text: DOWN is never above it, UP never
    below. Negative margins go down too, so a breach is never shown smaller.

    Raises
    ------
    ValueError
        For a number that is not finite.
    """
    if not math.isfinite(value):
        raise ValueError("only a finite number can be shown")
    digits = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=MODES[rounding])
    return digits if digits else abs(digits)


def shown(quantity: Quantity) -> Decimal:
    """Return the value as people read it, without its unit."""
    return rounded(quantity.value, quantity.rounding, quantity.decimals)


def shown_uncertainty_mm(quantity: Quantity) -> Decimal | None:
    """Return the bound as people read it, rounded up; None where there is none.

    From the float's shortest text: 0.2 is shown as 0.20, not 0.21.
    """
    if quantity.uncertainty_mm is None:
        return None
    return Decimal(repr(quantity.uncertainty_mm)).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
