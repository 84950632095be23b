"""What is shown is never safer than what is true (HAZ-19)."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planning.measures.quantity import Quantity, Rounding
from planning.measures.rounding import rounded, shown, shown_uncertainty_mm

values = st.floats(-1e6, 1e6)


def quantity(value, rounding, uncertainty_mm=None):
    return Quantity("m", "i", value, "mm", "d.", 1, "s", rounding, 1, uncertainty_mm=uncertainty_mm)


@pytest.mark.hazard("HAZ-19")
@given(values, st.integers(0, 3))
@example(1.96, 1)
@example(2.0 - 2**-52, 1)
@example(0.3 - 2**-54, 1)
@example(-0.04, 1)
def test_a_shown_margin_never_exceeds_the_true_one_and_a_depth_never_falls_short(value, decimals):
    step = Decimal(1).scaleb(-decimals)
    down = rounded(value, Rounding.DOWN, decimals)
    up = rounded(value, Rounding.UP, decimals)
    near = rounded(value, Rounding.NEAREST, decimals)
    assert down <= Decimal(value) < down + step
    assert up - step < Decimal(value) <= up
    assert abs(near - Decimal(value)) <= step / 2
    assert near in (down, up)


@pytest.mark.hazard("HAZ-19")
@pytest.mark.parametrize(
    ("value", "rounding", "text"),
    [
        (1.96, Rounding.DOWN, "1.9"),
        (2.0, Rounding.DOWN, "2.0"),
        (1.999999999, Rounding.DOWN, "1.9"),
        (-0.04, Rounding.DOWN, "-0.1"),
        (0.04, Rounding.DOWN, "0.0"),
        (1.94, Rounding.UP, "2.0"),
        (-0.04, Rounding.UP, "0.0"),
        (0.25, Rounding.NEAREST, "0.2"),
        (12345.678, Rounding.NEAREST, "12345.7"),
    ],
)
def test_margins_go_down_and_depths_up(value, rounding, text):
    assert str(shown(quantity(value, rounding))) == text


def test_a_bound_goes_up_and_nothing_stays_nothing():
    assert str(shown_uncertainty_mm(quantity(1, Rounding.DOWN, 0.171))) == "0.18"
    assert str(shown_uncertainty_mm(quantity(1, Rounding.DOWN, 0.2 * 1.0))) == "0.20"
    assert shown_uncertainty_mm(quantity(1, Rounding.DOWN)) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_not_shown(value):
    with pytest.raises(ValueError, match="finite"):
        rounded(value, Rounding.DOWN)
