"""Splits into classes against all splits tried one by one, scikit-image, and Otsu for two."""

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_multiotsu

from segmentation.kernels.bits import HU_MIN
from segmentation.kernels.classes import split
from segmentation.kernels.histogram import otsu


def score(values, counts, borders):
    """The variance between classes but for constants, exact."""
    ends = [0, *map(int, borders), len(values)]
    total = Fraction(0)
    for a, b in pairwise(ends):
        weight = int(counts[a:b].sum())
        moment = sum(int(v) * int(c) for v, c in zip(values[a:b], counts[a:b], strict=True))
        total += Fraction(moment * moment, weight)
    return total


@given(st.data(), st.integers(1, 4))
def test_no_other_split_is_better(data, classes):
    values = sorted(data.draw(st.sets(st.integers(-1000, 3000), min_size=classes, max_size=13)))
    counts = np.array(data.draw(st.lists(
        st.integers(1, 10**6), min_size=len(values), max_size=len(values)
    )))  # fmt: skip
    values = np.array(values, float)
    found = split(values, counts, classes)
    best = max(
        score(values, counts, borders)
        for borders in combinations(range(1, len(values)), classes - 1)
    )
    assert list(found) == sorted(set(found))
    assert float(best - score(values, counts, found)) <= 1e-9 * float(best) + 1e-9


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_borders_are_those_of_scikit_image(classes):
    random = np.random.default_rng(classes)
    tissue = [random.normal(m, s, n) for m, s, n in ((20, 3, 4000), (60, 6, 900), (110, 9, 300))]
    values, counts = np.unique(np.concatenate(tissue).astype(int), return_counts=True)
    wide = np.zeros(160, np.int64)
    wide[values] = counts
    theirs = threshold_multiotsu(hist=(wide, np.arange(160)), classes=classes)
    first = split(values.astype(float), counts, classes)
    # Theirs is the last value below a border; where no voxel has some values, any of them is.
    for border, level in zip(first, theirs, strict=True):
        assert values[border - 1] <= level < values[border]


@given(st.integers(0, 2**32 - 1))
def test_two_classes_are_otsus(seed):
    random = np.random.default_rng(seed)
    counts = np.zeros(65536, np.int64)
    at = random.integers(0, 65536, 300)
    counts[at] = random.integers(1, 10**6, 300)
    taken = np.flatnonzero(counts)
    values = (taken + HU_MIN).astype(float)
    assert values[split(values, counts[taken], 2)[0] - 1] == otsu(counts)


def test_a_full_histogram_of_16_bits_is_cut_in_equal_parts():
    values = np.arange(HU_MIN, 32768, dtype=float)
    for classes in (1, 2, 4):
        first = split(values, np.full(65536, 10**5), classes)
        assert list(first) == [65536 * n // classes for n in range(1, classes)]
