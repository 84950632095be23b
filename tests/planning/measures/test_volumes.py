"""Cuts: what is kept and removed adds up exactly; prisms and balls by formula; a second road."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planning.geometry.plane import Plane
from planning.geometry.rigid import Rigid
from planning.measures import MeasureView, NotMeasured, Quantity
from planning.measures.split import PARTS, removed_parts, volume_ratio
from planning.measures.volumes import shares
from planning.model.cut_plane import CutPlane
from planning.model.item import ItemId, SegmentId
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.geometry.shapes import axes
from tests.planning.measures.making import case_of, grid_about, numbers, segment_of

SHAPE = (9, 11, 140)


def case_with(voxels, rotation=None, spacing=(1.25, 0.7, 0.55)):
    grid = grid_about((3, -40, 512), voxels.shape, spacing, rotation)
    volume = Volume(np.zeros(voxels.shape, np.int16), grid)
    return case_of(volume, [segment_of(volume, "bone", mask=BitMask.from_bool(voxels))])


def sampled_ratio(depth, sizes, n=40):
    """The share of a box below a plane, by counting."""
    at = (np.arange(n) + 0.5) / n
    heights = sizes[0] * at[:, None, None] + sizes[1] * at[:, None] + sizes[2] * at
    return (heights <= depth).mean()


@given(st.tuples(*[st.floats(0, 2)] * 3).filter(lambda s: max(s) > 0.1), st.floats(-0.2, 1.2))
def test_the_share_of_a_voxel_is_what_counting_finds(sizes, ratio):
    sizes = np.array(sizes)
    depth = ratio * sizes.sum()
    (found,) = volume_ratio(np.array([depth]), sizes)
    assert found == pytest.approx(sampled_ratio(depth, sizes), abs=0.04)
    (rest,) = volume_ratio(np.array([sizes.sum() - depth]), sizes)
    assert found + rest == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("sizes", "depth", "truth"),
    [
        ((1, 0, 0), 0.25, 0.25),
        ((1, 1, 0), 0.5, 0.125),
        ((1, 1, 1), 1.0, 1 / 6),
        ((1, 1, 1), 1.5, 0.5),
        ((2, 1, 1), 1.0, 1 / 12),
        ((1, 1e-7, 1e-9), 0.25, 0.25),
    ],
)
def test_the_share_of_known_corners(sizes, depth, truth):
    assert volume_ratio(np.array([depth]), np.array(sizes, float)) == pytest.approx(truth, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(axes, st.floats(-60, 60), st.integers(0, 10**6), axes, st.floats(-180, 180))
def test_kept_and_removed_add_up_exactly_whatever_the_plane(normal, off, seed, axis, angle):
    voxels = np.random.default_rng(seed).random(SHAPE) < 0.4
    case = case_with(voxels, Rigid.turn(axis, angle).rotation)
    point = case.volume.grid.centre_lps_mm + off * normal / np.linalg.norm(normal)
    view = MeasureView(case)
    cut = shares(view, case.segments[0], Plane(point, normal))
    assert cut.kept_ml + cut.removed_ml == cut.whole_ml
    assert cut.whole_ml == pytest.approx(voxels.sum() * case.volume.grid.voxel_ml, abs=1e-6)
    assert min(cut.kept_ml, cut.removed_ml) >= 0
    flipped = shares(view, case.segments[0], Plane(point, -normal))
    assert flipped.kept_ml == pytest.approx(cut.removed_ml, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(axes, st.floats(-20, 20), st.integers(0, 10**6), axes, st.floats(-180, 180))
@example(np.array([0.0, 1.0, 1.0]), 0.0, 0, np.array([0.0, 1.0, 1.0]), 2.51922792644058e-291)
def test_the_count_is_that_of_a_walk_over_every_voxel(normal, off, seed, axis, angle):
    voxels = np.random.default_rng(seed).random(SHAPE) < 0.4
    case = case_with(voxels, Rigid.turn(axis, angle).rotation)
    grid, mask = case.volume.grid, case.segments[0].mask
    plane = Plane(grid.centre_lps_mm + off * normal / np.linalg.norm(normal), normal)
    centres = grid.lps_mm(np.argwhere(voxels)[:, ::-1])
    sizes = np.abs(grid.direction.T @ plane.normal) * np.array(grid.spacing_kji_mm[::-1])
    walked = volume_ratio(plane.signed_mm(centres) + sizes.sum() / 2, sizes)
    found = removed_parts(grid, mask, plane)
    assert abs(found - walked.sum() * PARTS) <= len(centres)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_block_cut_across_an_axis_keeps_its_share_to_the_part(axis, sign):
    """The plane lies a third of a voxel behind the centre of voxel 4."""
    voxels = np.zeros(SHAPE, bool)
    voxels[1:8, 2:9, 3:130] = True
    case = case_with(voxels)
    grid = case.volume.grid
    ijk = np.array([4.0, 4.0, 4.0])
    ijk[axis] += 1 / 3
    normal = np.zeros(3)
    normal[axis] = sign
    size, first = ((127, 3), (7, 2), (7, 1))[axis]
    before = (4 - first) + 1 / 3 + 0.5
    removed = (size - before if sign > 0 else before) / size
    parts = removed_parts(grid, case.segments[0].mask, Plane(grid.lps_mm(ijk), normal))
    assert parts == pytest.approx(removed * voxels.sum() * PARTS, rel=1e-6)


@pytest.mark.parametrize("off_mm", [-9.0, -3.3, 0.0, 4.2])
def test_a_ball_is_shared_by_the_caps_formula(off_mm):
    radius, spacing = 12.0, (1.0, 0.7, 0.7)
    grid = grid_about((0, 0, 0), (31, 43, 43), spacing, Rigid.turn([2, 1, 3], 40).rotation)
    centres = grid.lps_mm(np.argwhere(np.ones(grid.shape_kji, bool))[:, ::-1])
    voxels = (np.linalg.norm(centres, axis=1) < radius).reshape(grid.shape_kji)
    mask = BitMask.from_bool(voxels)
    normal = np.array([0.6, 0.0, 0.8])
    height = radius - off_mm
    cap = np.pi * height**2 * (3 * radius - height) / 3 / (4 / 3 * np.pi * radius**3)
    parts = removed_parts(grid, mask, Plane(off_mm * normal, normal))
    assert parts / (mask.voxels * PARTS) == pytest.approx(cap, abs=0.004)


def test_planes_beside_the_segment_and_empty_segments():
    case = case_with(np.ones(SHAPE, bool))
    grid, mask = case.volume.grid, case.segments[0].mask
    far = Plane(grid.centre_lps_mm + np.array([500.0, 0, 0]), np.array([1.0, 0, 0]))
    assert removed_parts(grid, mask, far) == 0
    near = Plane(far.point_mm, -far.normal)
    assert removed_parts(grid, mask, near) == mask.voxels * PARTS
    assert removed_parts(grid, BitMask.empty(SHAPE), near) == 0


def test_the_measures_of_a_cut_and_of_its_segment_agree():
    case = case_with(np.random.default_rng(0).random(SHAPE) < 0.5)
    middle = tuple(case.volume.grid.centre_lps_mm.tolist())
    item = CutPlane(ItemId("c"), "c", middle, (1.0, 2.0, 3.0), SegmentId("id-bone"))
    found = numbers(case, item)
    whole = numbers(case, case.segments[0])["segment_volume"]
    assert found["cut_kept"].value + found["cut_removed"].value == whole.value
    assert all(isinstance(one, Quantity) and one.unit == "ml" for one in found.values())
    gone = numbers(case_of(case.volume), item)["cut_kept"]
    assert isinstance(gone, NotMeasured)
