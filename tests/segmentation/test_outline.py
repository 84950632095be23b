"""Outlines on pixels: the same as testing each pixel, and a word where rules differ."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation import outline
from segmentation.errors import Refusal
from segmentation.outline import doubtful, filled

SHAPE = (18, 22)


def square(low, high):
    return np.array([(low, low), (high, low), (high, high), (low, high)], float)


OUTER, INNER = square(4.5, 12.5), square(6.5, 9.5)
STAR = np.array([(9 + 7 * np.cos(a), 9 + 7 * np.sin(a)) for a in np.arange(5) * 4 * np.pi / 5])
SEAM = [OUTER, OUTER[:1]]
CASES = {
    "one": ([OUTER], 0),
    "hole": ([OUTER, INNER], 0),
    "hole the other way": ([OUTER, INNER[::-1]], 0),
    "keyhole": ([np.vstack([*SEAM, INNER[:1], INNER[::-1]])], 0),
    "keyhole the wrong way": ([np.vstack([*SEAM, INNER, INNER[:1]])], 9),
    "apart": ([square(1.5, 3.5), INNER], 0),
    "side by side": ([square(1.5, 6.5), square(6.5, 9.5)], 0),
    "partly over each other": ([OUTER, square(8.5, 15.5)], 16),
    "twice": ([OUTER, OUTER + 0.01], 64),
    "wound twice": ([np.vstack([OUTER, OUTER])], 64),
    "off the picture": ([square(-9.0, -2.0), square(30.0, 40.0)], 0),
}


@pytest.mark.hazard("HAZ-15")
@pytest.mark.parametrize("name", CASES)
def test_doubt_is_counted_where_an_outline_runs_around_twice(name):
    outlines, expected = CASES[name]
    assert doubtful(outlines, SHAPE) == expected


def test_the_middle_of_a_star_is_in_doubt():
    """A star drawn in one stroke winds around its middle twice: a pentagon of even-odd nothing."""
    inside = filled([STAR], SHAPE)
    assert not inside[9, 9]
    # The inner pentagon's circumradius is 7 / golden ratio squared = 2.674; area 2.378 r^2.
    assert doubtful([STAR], SHAPE) == pytest.approx(2.378 * 2.674**2, abs=4)


def slow(outlines, shape):
    """Return the pixels inside, each by counting the edges to its left (float64)."""
    inside = np.zeros(shape, bool)
    for row in range(shape[0]):
        for column in range(shape[1]):
            for points in outlines:
                for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
                    if (y0 <= row) != (y1 <= row):
                        at = x0 + (row - y0) * (x1 - x0) / (y1 - y0)
                        inside[row, column] ^= at <= column
    return inside


RINGS = st.lists(st.tuples(st.integers(-9, 50), st.integers(-9, 50)), min_size=3, max_size=6)


@given(st.lists(RINGS, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_pixels_are_those_of_a_slow_count(corners):
    """Corners at thirds of a pixel, aside of its centre, so that no rounding decides."""
    outlines = [np.array(points) / 3.0 + (0.1234567, 0.2718281) for points in corners]
    assert np.array_equal(filled(outlines, (9, 11)), slow(outlines, (9, 11)))


def test_work_is_done_in_blocks_and_gives_the_same():
    """A zigzag crosses each row with each of its edges: a block must not hold them all."""
    n = 2 * outline.CROSSINGS // SHAPE[0]
    zigzag = np.column_stack([np.linspace(0.2, 20.9, n), np.where(np.arange(n) % 2, 17.6, 0.3)])
    sizes = [len(row) for row, _column, _sign in outline._crossings([zigzag], SHAPE)]
    assert max(sizes) <= outline.CROSSINGS + SHAPE[0]
    assert sum(sizes) > outline.CROSSINGS
    assert np.array_equal(filled([zigzag[:200]], SHAPE), slow([zigzag[:200]], SHAPE))


def test_an_outline_far_away_is_refused():
    with pytest.raises(Refusal) as caught:
        filled([OUTER * 1e4], SHAPE)
    assert caught.value.code == "contour-too-far"
