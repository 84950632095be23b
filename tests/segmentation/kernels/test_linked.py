"""Hysteresis against scikit-image and against a flood by SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.linked import linked
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import masks


@given(masks(most=(9, 9, 200)), st.sampled_from((0.0, 0.01, 0.3)), st.integers(0, 2**32 - 1))
def test_parts_are_those_of_scikit_image(low, share, seed):
    high = low & (np.random.default_rng(seed).random(low.shape) < share)
    expected = apply_hysteresis_threshold(low.astype(float) + high, 0.5, 1.5)
    for wanted in (1, 2):
        with threads(wanted):
            one = linked(packed(low), packed(high))
        assert np.array_equal(unpacked(one, low.shape[2]), expected)


@given(masks(most=(9, 9, 200)), masks(most=(9, 9, 200)))
def test_a_core_outside_adds_nothing_and_corners_connect(low, core):
    shape = tuple(np.minimum(low.shape, core.shape))
    low, core = (one[tuple(slice(n) for n in shape)] for one in (low, core))
    expected = ndimage.binary_propagation(core & low, np.ones((3, 3, 3)), low)
    one = linked(packed(low), packed(core), is_full=True)
    assert np.array_equal(unpacked(one, shape[2]), expected)


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (63, 64), (63, 65), (5, 200), (64, 128)])
@pytest.mark.parametrize("at", [0, 4, 5, 62, 63, 64, 65, 127, 128, 199])
def test_one_voxel_of_the_core_in_a_run_is_enough(start, stop, at):
    low, core = np.zeros((2, 1, 1, 200), bool)
    low[0, 0, start:stop] = True
    core[0, 0, at] = True
    one = unpacked(linked(packed(low), packed(core)), 200)
    assert one.sum() == (stop - start if start <= at < stop else 0)
