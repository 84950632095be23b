"""Centrelines and radii of tubes with known axes, beside thinning by SimpleITK."""

import json

import networkx
import numpy as np
import pytest
import SimpleITK
from scipy.ndimage import convolve, label
from scipy.spatial import cKDTree

from segmentation.errors import Cancelled, Refusal
from segmentation.grid import Grid
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.tree import build
from segmentation.tree.build import Rule, tree_of
from segmentation.tree.drawn import drawn
from segmentation.tree.record import record, rows, told
from tests.segmentation.tree.tubes import (
    CUBES,
    FINE,
    FLAT,
    FORK,
    FORKED,
    TILTED,
    errors,
    filled,
    grid_around,
    helix,
    line,
    narrowed,
)

GRIDS = [(spacing, way) for spacing in (FINE, CUBES, FLAT) for way in (np.eye(3), TILTED)]
NAMES = [f"{spacing[0]}-{'straight' if way[0, 0] == 1.0 else 'tilted'}" for spacing, way in GRIDS]
on_grids = pytest.mark.parametrize(("spacing", "way"), GRIDS, ids=NAMES)


USUAL = Rule()


def made(tubes, spacing, way, rule=USUAL):
    grid = grid_around(tubes, spacing, way)
    return tree_of(grid, filled(grid, tubes), rule), grid


@on_grids
def test_a_narrowed_tube_has_one_branch_with_its_axis_and_radius(spacing, way):
    truth = narrowed()
    tree, _ = made([truth], spacing, way)
    (branch,) = tree.branches
    away, over = errors(branch.points_lps_mm, branch.radius_mm, truth)
    half = max(spacing) / 2
    assert away.max() < half
    assert away.mean() < 0.15
    assert abs(over.mean()) < 0.2
    assert np.abs(over[branch.clear]).max() < half
    assert branch.min_radius_mm == pytest.approx(1.8, abs=0.2)
    assert branch.narrowest_lps_mm[2] == pytest.approx(30.0, abs=4.0)
    # The line ends in the balls at both tips: up to one and a half radii are missing at each.
    assert 60.0 + 2 * 3.0 - 2 * 4.5 - 2 * half <= branch.length_mm <= 60.0 + 2 * 3.0


@on_grids
def test_a_helix_keeps_its_length_and_stays_one_branch(spacing, way):
    truth = helix()
    tree, _ = made([truth], spacing, way)
    (branch,) = tree.branches
    away, over = errors(branch.points_lps_mm, branch.radius_mm, truth)
    assert away.max() < np.linalg.norm(spacing) / 2
    assert away.mean() < 0.2
    assert abs(over.mean()) < 0.2
    exact_mm = 2.0 * np.hypot(2.0 * np.pi * 15.0, 25.0)
    assert branch.length_mm == pytest.approx(exact_mm, abs=2.0 * 2.5)


@on_grids
def test_a_fork_has_three_branches_that_meet_where_the_axes_do(spacing, way):
    tree, _ = made(FORKED, spacing, way)
    assert len(tree.branches) == 3
    assert tree.ends == 3
    assert [branch.order for branch in tree.branches] == [0, 1, 1]
    assert [branch.parent for branch in tree.branches] == [0, 1, 1]
    fork = tree.nodes[tree.branches[0].last]
    assert fork.branches == 3
    assert np.linalg.norm(np.array(fork.place_lps_mm) - FORK) < 6.0  # near the trunk's ball
    radii = sorted(branch.mean_radius_mm for branch in tree.branches[1:])
    assert radii == pytest.approx([2.0, 3.0], abs=0.2)
    assert tree.branches[0].mean_radius_mm == pytest.approx(4.0, abs=0.2)
    for branch in tree.branches:
        tip = branch.points_lps_mm[-1] if branch.order else branch.points_lps_mm[0]
        truth = min(FORKED, key=lambda one: errors([tip], [0], one)[0][0])
        away, over = errors(branch.points_lps_mm, branch.radius_mm, truth)
        assert np.mean(away[branch.clear]) < 0.3
        assert np.abs(np.mean(over[branch.clear])) < 0.2


@pytest.mark.parametrize("spacing", [FINE, CUBES])
def test_the_paths_lie_where_simpleitk_thins_to(spacing):
    """Thinning keeps voxels of the skeleton: no point is farther from them than two voxels."""
    tree, grid = made(FORKED, spacing, np.eye(3))
    image = SimpleITK.GetImageFromArray(filled(grid, FORKED).to_bool().astype(np.uint8))
    thin = SimpleITK.GetArrayFromImage(SimpleITK.BinaryThinning(image)).astype(bool)
    neighbours = convolve(thin.astype(int), np.ones((3, 3, 3), int), mode="constant") - thin
    assert (thin & (neighbours >= 3)).any()  # it has a branch point as well
    skeleton = cKDTree(grid.lps_mm(np.argwhere(thin)[:, ::-1]))
    for branch in tree.branches:
        away, _ = skeleton.query(branch.points_lps_mm)
        assert away.max() < 2.0 * np.sqrt(3.0) * max(spacing)


def test_radii_are_the_exact_distance_to_the_voxels_outside():
    """The plain twin asks every voxel outside."""
    tree, grid = made([narrowed(20.0)], CUBES, TILTED)
    outside = np.argwhere(~filled(grid, [narrowed(20.0)]).to_bool())
    points = grid.lps_mm(outside[:, ::-1])
    for branch in tree.branches:
        for point, radius in zip(branch.points_lps_mm, branch.radius_mm, strict=True):
            exact = np.linalg.norm(points - point, axis=1).min()
            assert radius == pytest.approx(exact, abs=1e-9)


def test_the_tree_begins_at_its_thickest_end_or_where_it_is_told_to():
    tree, grid = made(FORKED, CUBES, np.eye(3))
    assert tree.branches[0].points_lps_mm[0][2] < 5.0
    told_to = Rule(root_lps_mm=(-14.0, -2.0, 75.0))
    turned = tree_of(grid, filled(grid, FORKED), told_to)
    assert turned.branches[0].mean_radius_mm == pytest.approx(2.0, abs=0.2)
    assert turned.length_mm == pytest.approx(tree.length_mm)


def test_a_bump_is_no_branch_and_a_longer_stump_is_one():
    trunk = line((0, 0, 0), (0, 0, 50), 4.0)
    for length_mm, branches in ((2.0, 1), (9.0, 3)):
        stump = line((0, 0, 25), (4.0 + length_mm, 0, 25), 1.6)
        tree, _ = made([trunk, stump], CUBES, TILTED)
        assert len(tree.branches) == branches
    tree, _ = made([trunk, stump], CUBES, TILTED, Rule(shortest_mm=10.0))
    assert len(tree.branches) == 1


def test_pieces_come_by_size_and_short_ones_are_counted():
    small, large = line((0, 0, 0), (0, 0, 20), 2.0), line((15, 0, 0), (15, 0, 40), 3.0)
    crumb = line((30, 0, 0), (30, 0, 0.1), 1.5)
    tree, _ = made([small, large, crumb], CUBES, np.eye(3))
    assert [branch.part for branch in tree.branches] == [1, 2]
    assert tree.branches[0].length_mm > tree.branches[1].length_mm
    assert tree.left == 1
    assert [one.code for one in told(tree, "x")] == ["tree-found", "tree-pieces-left"]


def test_a_vessel_that_the_scan_cuts_keeps_its_radius_there():
    trunk = line((0, 0, -30), (0, 0, 90), 5.0)
    shape = (50, 24, 24)
    grid = Grid(shape, np.array([-11.5, -11.5, 0.0]), (1.0, 1.0, 1.0), np.eye(3), "1")
    (branch,) = tree_of(grid, filled(grid, [trunk]), Rule()).branches
    assert np.abs(branch.radius_mm - 5.0).max() < 0.5
    assert branch.length_mm > 45.0


def test_the_same_mask_gives_the_same_tree_whatever_the_threads():
    grid = grid_around(FORKED, CUBES, TILTED)
    mask = filled(grid, FORKED)
    texts = set()
    for wanted in (1, 4):
        with threads(wanted):
            texts.add(json.dumps(record(tree_of(grid, mask, Rule()), "x")))
    assert len(texts) == 1


@pytest.mark.parametrize("spacing", [CUBES, (5.0, 0.8, 0.8)])
def test_lines_are_thin_and_without_gaps_in_thick_slices_too(spacing):
    truth = line((0, 0, 0), (18, 9, 60), 5.0)
    tree, grid = made([truth], spacing, np.eye(3))
    held = drawn(grid, tree).to_bool()
    assert label(held, np.ones((3, 3, 3), int))[1] == 1
    voxels_along = tree.length_mm / min(spacing)
    assert held.sum() < 8 * voxels_along


@pytest.mark.parametrize("voxels", [0, 1, 2])
def test_nothing_and_next_to_nothing_have_no_branch(voxels):
    shape = (4, 5, 70)
    hold = np.zeros(shape, bool)
    hold[1, 1, 1 : 1 + voxels] = True
    grid = Grid(shape, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    tree = tree_of(grid, BitMask.from_bool(hold), Rule())
    assert tree.branches == ()
    assert tree.left == min(voxels, 1)
    assert [one.code for one in told(tree, "x")] == ["tree-none"]
    assert drawn(grid, tree).is_empty


def test_too_large_a_mask_is_refused_and_a_stop_stops():
    grid = Grid((2, 2, 70), np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    full = BitMask.from_bool(np.ones(grid.shape_kji, bool))

    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        tree_of(grid, full, Rule(), stop)
    wide = Grid((200, 200, 200), np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    with pytest.raises(Refusal, match="tree-too-large"):
        tree_of(wide, BitMask.from_bool(np.ones(wide.shape_kji, bool)), Rule())
    assert build.VOXELS_MOST < 200**3


def test_networkx_reads_what_is_written_and_the_table_says_the_same():
    tree, grid = made(FORKED, CUBES, TILTED)
    text = json.dumps(record(tree, "Airway"))
    graph = networkx.node_link_graph(json.loads(text), edges="links")
    assert networkx.is_arborescence(graph)
    assert graph.number_of_nodes() == 4
    assert graph.graph["segment"] == "Airway"
    table = rows(tree)
    assert [row["branch"] for row in table] == [1, 2, 3]
    for row, (_, _, link) in zip(table, graph.edges(data=True), strict=True):
        points = np.array(link["points_lps_mm"])
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert row["length_mm"] == pytest.approx(steps.sum())
        assert row["min_radius_mm"] == link["min_radius_mm"]
        assert row["first_x_lps_mm"] == pytest.approx(points[0][0], abs=1e-9)
    lines = drawn(grid, tree)
    inside = np.rint(grid.ijk(points)[:, ::-1]).astype(int)
    assert lines.holds(inside).all()
    assert (lines - filled(grid, FORKED)).is_empty
