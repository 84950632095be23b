"""Cases of blocks, balls and tubes with exact partial volume, in any pose."""

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)  # fmt: skip
from planning.measures import MeasureView, measured
from planning.model.plan import Plan
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume

BONE_HU, SOFT_HU = 1000, 0
THRESHOLD = '{"set":{"lower_hu":500,"upper_hu":3000},"tool":"threshold"}'
SUB = (np.arange(10) + 0.5) / 10 - 0.5


def grid_about(centre, shape, spacing=(1.0, 0.7, 0.7), rotation=None):
    """A grid whose middle lies at `centre`."""
    turn = np.eye(3) if rotation is None else rotation
    middle = turn @ ((np.array(shape[::-1]) - 1) / 2 * np.array(spacing[::-1]))
    return Grid(shape, np.asarray(centre, float) - middle, spacing, turn, "1.2.3")


def filled(grid, is_inside):
    """The share of each voxel that a shape (thicker than a voxel) fills, from 1000 points each."""
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    share = is_inside(grid.lps_mm(kji[:, ::-1])).reshape(grid.shape_kji).astype(float)
    border = maximum_filter(share, 3) != minimum_filter(share, 3)
    ijk = np.argwhere(border)[:, ::-1].astype(float)
    counts = np.zeros(len(ijk))
    for offset in np.stack(np.meshgrid(SUB, SUB, SUB), -1).reshape(-1, 3):
        counts += is_inside(grid.lps_mm(ijk + offset))
    share[border] = counts / len(SUB) ** 3
    return share


def volume_of(grid, share, noise_hu=0.0, seed=0):
    noise = np.random.default_rng(seed).normal(0, noise_hu, share.shape) if noise_hu else 0.0
    hu = SOFT_HU + (BONE_HU - SOFT_HU) * share + noise
    return Volume(np.round(hu).astype(np.int16), grid)


def segment_of(volume, name, recipe=THRESHOLD, mask=None):
    chosen = BitMask.from_bool(volume.hu >= 500) if mask is None else mask
    return Segment(SegmentId(f"id-{name}"), name, chosen, "#a0b1c2", recipe=recipe)


def case_of(volume, segments=(), items=()):
    source = Source("1.2", "1.3", "", "CT", "", Outcome.PLAN_GRADE)
    identity = Identity("C-1")
    return Case(
        CaseId("c"), Kind.SIMULATION, identity, Side.LEFT, source, volume,
        tuple(segments), Plan(tuple(items)),
    )  # fmt: skip


def numbers(case, subject):
    """All results of one item or segment by name; those against several others as a list."""
    found = {}
    for result in measured(MeasureView(case), subject):
        found.setdefault(result.name, []).append(result)
    return {name: some[0] if len(some) == 1 else some for name, some in found.items()}
