"""Numbers as people read them in findings, rounded against the user (HAZ-19)."""

from decimal import ROUND_CEILING, Decimal

from planning.measures.quantity import Rounding
from planning.measures.rounding import rounded


def down(value: float) -> float:
    """Return a margin with one decimal, never above it."""
    return float(rounded(value, Rounding.DOWN))


def up(value: float) -> float:
    """Return a depth or a limit with one decimal, never below it; 5.0 stays 5.0."""
    return float(Decimal(repr(float(value))).quantize(Decimal("0.1"), rounding=ROUND_CEILING))


def up_fine(value: float) -> float:
    """Return an error bound with two decimals, never below it."""
    return float(Decimal(repr(float(value))).quantize(Decimal("0.01"), rounding=ROUND_CEILING))


def mm(value: float) -> str:
    """Return an already rounded length with its unit, as a reason is bound to it."""
    return f"{value:.1f} mm"
