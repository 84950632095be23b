"""Voxels below the edge, and totals of components, against plain loops."""

import numpy as np
import pytest

from segmentation.anatomy.cortex import CORTEX_HU, SOFT_HU, edge_table
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.edge import ball_offsets, below_edge, totals
from segmentation.kernels.runs import runs_of

SPACING = (2.0, 0.7, 0.9)


@pytest.mark.parametrize("shape", [(1, 1, 1), (6, 7, 130), (3, 9, 64)])
def test_a_voxel_below_the_edge_of_its_peak_is_told(shape):
    random = np.random.default_rng(3)
    hu = random.integers(-200, 1400, shape).astype(np.int16)
    shell = random.random(shape) < 0.4
    offsets, table = ball_offsets(SPACING, 2.1), edge_table()
    found = unpacked(below_edge(hu, packed(shell), offsets, table), shape[2])
    for at in np.ndindex(shape):
        near = np.array(at) + offsets
        near = near[((near >= 0) & (near < shape)).all(axis=1)]
        peak = int(hu[tuple(near.T)].max())
        assert found[at] == (shell[at] and hu[at] < table[peak + 32768])


def test_a_ball_holds_what_lies_within_its_radius():
    offsets = ball_offsets(SPACING, 2.0)
    lengths = np.linalg.norm(offsets * np.array(SPACING), axis=1)
    assert lengths.max() <= 2.0 + 1e-9
    assert (offsets == (1, 0, 0)).all(axis=1).any()
    assert len(np.unique(offsets, axis=0)) == len(offsets)


def test_the_edge_is_half_way_for_thick_cortex_and_near_the_peak_for_thin():
    table = edge_table().astype(float)
    assert table[32768 + 1850] == pytest.approx(950.0, abs=1.0)  # half of 1850 and 50
    assert table[32768 + round(CORTEX_HU)] == pytest.approx((CORTEX_HU + SOFT_HU) / 2, abs=2.0)
    thin = SOFT_HU + 0.2 * (CORTEX_HU - SOFT_HU)
    assert table[32768 + round(thin)] > SOFT_HU + 0.9 * (thin - SOFT_HU)
    assert (np.diff(table) >= 0.0).all()


@pytest.mark.parametrize("thickness", [0.4, 0.8, 1.5, 4.0])
def test_a_blurred_sheet_has_the_tables_value_at_its_true_edge(thickness):
    """A sheet under a Gaussian, by numbers: no formula of the table is used."""
    sigma, step = 0.7, 0.005
    x = np.arange(-12.0, 12.0, step)
    sheet = np.where(np.abs(x) <= thickness / 2, CORTEX_HU - SOFT_HU, 0.0)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    blurred = SOFT_HU + np.convolve(sheet, kernel / kernel.sum(), "same")
    at_edge = np.interp(thickness / 2, x, blurred)
    assert edge_table()[32768 + round(blurred.max())] == pytest.approx(at_edge, abs=4.0)


def test_totals_of_a_component_are_those_of_its_voxels():
    random = np.random.default_rng(4)
    voxels = random.random((4, 6, 70)) < 0.3
    hu = random.integers(-500, 500, voxels.shape).astype(np.int16)
    runs = runs_of(packed(voxels))
    sums, dense, ends = totals(hu, runs, 100)
    from scipy.ndimage import label

    number, count = label(voxels)
    roots = np.flatnonzero(runs.root == np.arange(runs.root.size))
    assert len(roots) == count
    for n, root in enumerate(roots, start=1):
        inside = number == n
        assert sums[root] == hu[inside].sum(dtype=np.int64)
        assert dense[root] == (hu[inside] >= 100).sum()
        assert ends[root] == int(inside[0].any()) + 2 * int(inside[-1].any())
