"""Surfaces for the screen: round without a recipe, at the recipe's edge with one, light, whole."""

import dataclasses

import numpy as np
import pytest

from planning.case.case import Segment, SegmentId
from segmentation.errors import Cancelled
from segmentation.grid import Grid
from segmentation.look import smoothed
from segmentation.mask import BitMask
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from viewers.pipelines.coverage import corners_lps_mm, coverage, voxel_box, voxels_in
from viewers.pipelines.segment_mesh import TRIANGLES, segment_mesh

SHAPE = (44, 90, 140)
SPACING = (1.0, 0.7, 0.7)
RADIUS = 16.0


def _ball(offset_mm=(0.0, 0.0, 0.0), direction=None):
    """Return a volume whose HU fall by 100 a millimetre from 226 at 16 mm, and its mask."""
    axes = np.eye(3) if direction is None else direction
    grid = Grid(SHAPE, np.array((10.0, -60.0, 25.0)), SPACING, axes, "1.2")
    k, j, i = np.indices(SHAPE)
    points = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    centre = grid.centre_lps_mm + np.array(offset_mm)
    away = np.linalg.norm(points - centre, axis=1).reshape(SHAPE)
    hu = np.clip((RADIUS - away) * 100.0 + 226.0, -900.0, 1500.0).astype(np.int16)
    return Volume(hu, grid), BitMask.from_bool(hu >= 226), centre


def _segment(mask, recipe=""):
    return Segment(SegmentId("s"), "s", mask, "#E6D3A8", recipe=recipe)


def _normals(mesh):
    a, b, c = (mesh.points_lps_mm[mesh.triangles[:, n]] for n in range(3))
    normal = np.cross(b - a, c - a)
    return normal / np.linalg.norm(normal, axis=1, keepdims=True), (a + b + c) / 3.0


def _tilt_deg(mesh, centre):
    """Return how far each triangle leans from the ball's own direction there."""
    normals, middles = _normals(mesh)
    outward = (middles - centre) / np.linalg.norm(middles - centre, axis=1, keepdims=True)
    return np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", normals, outward), -1.0, 1.0)))


def test_without_a_recipe_terraces_are_gone_and_the_size_stays():
    volume, mask, centre = _ball()
    mesh = segment_mesh(volume, _segment(mask))
    terraced = smoothed(iso_surface(volume, mask, None), 10)
    assert np.median(_tilt_deg(mesh, centre)) < 0.4 * np.median(_tilt_deg(terraced, centre))
    radii = np.linalg.norm(mesh.points_lps_mm - centre, axis=1)
    assert abs(radii.mean() - RADIUS) < 0.1
    assert np.abs(radii - RADIUS).max() < 0.5
    assert mesh.is_closed
    assert mesh.volume_ml > 0.0


def test_with_a_recipe_the_surface_lies_at_its_edge():
    volume, mask, centre = _ball()
    for lower, wanted in ((226, RADIUS), (326, RADIUS - 1.0)):
        recipe = f'[{{"tool":"threshold","set":{{"lower_hu":{lower}}}}}]'
        held = BitMask.from_bool(volume.hu >= lower)
        radii = np.linalg.norm(
            segment_mesh(volume, _segment(held, recipe)).points_lps_mm - centre, axis=1
        )
        assert radii.mean() == pytest.approx(wanted, abs=0.03)
        assert radii.std() < 0.03
    smoothed_recipe = recipe[:-1] + ',{"tool":"smooth","set":{}}]'
    assert segment_mesh(volume, _segment(mask, smoothed_recipe)).points_lps_mm.shape == (
        segment_mesh(volume, _segment(mask)).points_lps_mm.shape
    )


def test_an_oblique_grid_keeps_its_place():
    q, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    volume, mask, centre = _ball((3.0, -2.0, 1.0), q * np.sign(np.linalg.det(q)))
    mesh = segment_mesh(volume, _segment(mask))
    assert np.linalg.norm(mesh.points_lps_mm.mean(axis=0) - centre) < 0.1


def test_few_voxels_and_thin_plates_are_never_lost():
    volume, _, _ = _ball()
    for box in ((slice(20, 21), slice(40, 41), slice(66, 67)), (20, slice(5, 80), slice(10, 130))):
        voxels = np.zeros(SHAPE, bool)
        voxels[box] = True
        mask = BitMask.from_bool(voxels)
        mesh = segment_mesh(volume, _segment(mask))
        assert mesh.volume_ml > 0.15 * mask.voxels * volume.grid.voxel_ml


def test_a_mask_at_the_rim_of_the_scan_is_closed_there():
    volume, _, _ = _ball()
    voxels = np.zeros(SHAPE, bool)
    voxels[:20, :30, :64] = True
    mesh = segment_mesh(volume, _segment(BitMask.from_bool(voxels)))
    assert mesh.is_closed
    assert mesh.volume_ml == pytest.approx(voxels.sum() * volume.grid.voxel_ml, rel=0.03)


def test_boxes_and_blocks_hold_exactly_the_mask():
    rng = np.random.default_rng(11)
    voxels = np.zeros(SHAPE, bool)
    voxels[7:31, 12:55, 61:131] = rng.random((24, 43, 70)) < 0.2
    voxels[7, 12, 61] = voxels[30, 54, 130] = True
    mask = BitMask.from_bool(voxels)
    assert voxel_box(mask) == (slice(7, 31), slice(12, 55), slice(61, 131))
    for block in (
        (slice(0, 44), slice(0, 90), slice(0, 140)),
        (slice(9, 33), slice(3, 40), slice(100, 138)),
        (slice(0, 5), slice(0, 90), slice(0, 140)),
    ):
        assert np.array_equal(voxels_in(mask, block), voxels[block])
    volume, _, _ = _ball()
    corners = volume.grid.ijk(corners_lps_mm(volume.grid, voxel_box(mask)))
    assert corners.min(axis=0) == pytest.approx((60.5, 11.5, 6.5))
    assert corners.max(axis=0) == pytest.approx((130.5, 54.5, 30.5))


def test_coverage_is_half_on_a_flat_face():
    volume, _, _ = _ball()
    voxels = np.zeros(SHAPE, bool)
    voxels[10:34, 20:70, 30:110] = True
    block, half = coverage(volume.grid, BitMask.from_bool(voxels))
    assert half.voxels == pytest.approx(voxels.sum(), rel=0.02)
    assert block.hu.max() == 2000
    face = block.hu[16, 4:6, 40].astype(float)
    assert face.sum() == pytest.approx(2000.0, abs=4.0)  # symmetric about the face


def test_a_build_can_be_stopped(balls):
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        segment_mesh(balls.volume, balls.segments[0], stop)
    hidden = dataclasses.replace(balls.segments[0], mask=BitMask.empty(SHAPE))
    assert hidden.mask.is_empty


def test_meshes_are_light():
    volume, mask, _ = _ball()
    assert 0 < len(segment_mesh(volume, _segment(mask)).triangles) <= TRIANGLES
