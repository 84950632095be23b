"""Plan items cut by a slice, against points in space that are tested one by one."""

import dataclasses
import math

import numpy as np
import pytest
from skimage.draw import polygon2mask

from planning.model.cut_plane import CutPlane
from planning.model.item import ItemId, SegmentId
from planning.model.trajectory import Trajectory
from viewers.pipelines.plan_section import (
    cut_line,
    cylinder_section,
    depth_of_line_mm,
    line_under,
    stretches,
)
from viewers.pipelines.plane import PlaneKind, SlicePlane, patient_plane, triple

SIZE = (260, 220)
MM_PER_PX = 0.25


def oblique_plane(rng):
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    centre = triple(rng.normal(size=3) * 3.0)
    return SlicePlane(PlaneKind.AXIAL, centre, triple(turn[0]), triple(turn[1]), MM_PER_PX, SIZE)


def trajectory(entry, target, diameter_mm=6.0):
    return Trajectory(ItemId("t"), "t", triple(entry), triple(target), diameter_mm)


def raster(item, plane, radius_mm):
    """Every pixel centre tested in space: inside the flat-ended cylinder of this radius."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    points = plane.lps_mm(np.stack([columns.ravel(), rows.ravel()], axis=1))
    start = np.array(item.entry_lps_mm)
    way = np.array(item.target_lps_mm) - start
    length = np.linalg.norm(way)
    along = (points - start) @ way / length
    aside = np.linalg.norm(points - start - along[:, None] * way / length, axis=1)
    grown = radius_mm - item.diameter_mm / 2.0
    inside = (aside <= radius_mm) & (along >= -grown) & (along <= length + grown)
    return inside.reshape(SIZE[1], SIZE[0])


def filled(section):
    if not len(section):
        return np.zeros(SIZE[::-1], bool)
    return polygon2mask(SIZE[::-1], section[:, ::-1] - 0.5)


def check(item, plane):
    """All pixels 0.06 mm inside are in the section, all 0.06 mm outside are not."""
    seen = filled(cylinder_section(item, plane))
    radius = item.diameter_mm / 2.0
    surely, maybe = raster(item, plane, radius - 0.06), raster(item, plane, radius + 0.06)
    assert not (surely & ~seen).any()
    assert not (seen & ~maybe).any()
    return surely.sum()


def test_random_cylinders_are_cut_as_points_in_space_say():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(60):
        entry, target = rng.normal(size=(2, 3)) * 9.0
        hits += check(trajectory(entry, target), oblique_plane(rng)) > 0
    assert hits > 30


@pytest.mark.parametrize("kind", list(PlaneKind))
@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("depth_mm", [0.0, 2.0, 2.9, 3.1, -2.5])
def test_cylinders_along_the_patients_axes_are_cut_truly(kind, axis, depth_mm):
    plane = patient_plane(kind, (1.0, -2.0, 3.0), MM_PER_PX, SIZE)
    way = np.eye(3)[axis]
    start = np.array((1.0, -2.0, 3.0)) - 8.0 * way + depth_mm * np.array(plane.axis)
    check(trajectory(start, start + 16.0 * way), plane)


def test_a_slice_just_past_the_cylinder_shows_nothing():
    plane = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), MM_PER_PX, SIZE)
    beside = trajectory((-5.0, 0.0, 3.05), (5.0, 0.0, 3.05))
    assert not len(cylinder_section(beside, plane))
    assert len(cylinder_section(trajectory((-5.0, 0.0, 2.95), (5.0, 0.0, 2.95)), plane))
    before = trajectory((0.0, 0.0, 0.05), (0.0, 0.0, 9.0))
    assert not len(cylinder_section(before, plane))
    assert len(cylinder_section(trajectory((0.0, 0.0, -0.05), (0.0, 0.0, 9.0)), plane))


def test_a_line_is_parted_where_it_leaves_the_slice():
    plane = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), 0.5, SIZE)
    parts = stretches(((0.0, 0.0, -10.0), (40.0, 0.0, 10.0)), plane, 2.0)
    assert [part.is_near for part in parts] == [False, True, False]
    middle = parts[1]
    assert plane.lps_mm(middle.start)[0] == pytest.approx(16.0)
    assert plane.lps_mm(middle.end)[0] == pytest.approx(24.0)
    assert depth_of_line_mm(((0.0, 0.0, -1.0), (0.0, 0.0, 5.0)), plane) == 0.0
    assert depth_of_line_mm(((0.0, 0.0, 3.0), (9.0, 0.0, 5.0)), plane) == 3.0


def test_a_cut_lies_in_both_planes_and_points_to_the_removed_side():
    rng = np.random.default_rng(3)
    for _ in range(40):
        plane = oblique_plane(rng)
        normal = rng.normal(size=3)
        item = CutPlane(
            ItemId("c"), "c", triple(rng.normal(size=3) * 5.0), triple(normal), SegmentId("s")
        )
        found = cut_line(item, plane, 30.0)
        if found is None:
            continue
        ends, way = found
        lps = plane.lps_mm(ends)
        point, unit = np.array(item.point_lps_mm), np.array(item.normal_lps)
        assert np.abs((lps - point) @ unit).max() < 1e-9
        assert np.linalg.norm(lps - point, axis=1) == pytest.approx(30.0)
        beyond = plane.lps_mm(ends.mean(axis=0) + 10.0 * np.array(way))
        assert (beyond - point) @ unit > 0.0
        assert math.hypot(*way) == pytest.approx(1.0)


def test_a_cut_level_with_the_slice_or_out_of_reach_has_no_line():
    plane = patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), 0.5, SIZE)
    level = CutPlane(ItemId("c"), "c", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), SegmentId("s"))
    assert cut_line(level, plane, 30.0) is None
    upright = dataclasses.replace(level, normal_lps=(1.0, 0.0, 0.0), point_lps_mm=(0.0, 0.0, 29.9))
    assert cut_line(upright, plane, 30.0) is not None
    assert cut_line(dataclasses.replace(upright, point_lps_mm=(0, 0, 30.1)), plane, 30.0) is None


def test_what_lies_under_the_pointer_is_found_within_five_pixels(planned):
    grid = planned.volume.grid
    centre = grid.centre_lps_mm + np.array((0.0, 0.0, 4.0))
    plane = patient_plane(PlaneKind.AXIAL, centre, 0.3, (400, 400))
    items = planned.plan.items
    wire = planned.plan.item(ItemId("wire"))
    a, b = plane.px(np.array(wire.places_lps_mm))
    across = np.array((-(b - a)[1], (b - a)[0])) / np.linalg.norm(b - a)
    middle = (a + b) / 2.0
    for away_px, found in ((0.0, "wire"), (4.9, "wire"), (5.1, None)):
        assert line_under(items, plane, 1.0, tuple(middle + away_px * across)) == found
    beside = plane.through(centre + np.array((0.0, 0.0, 2.1)))
    assert line_under(items, beside, 1.0, tuple(middle)) is None
    mark = planned.plan.item(ItemId("mark"))
    assert line_under(items, plane, 1.0, tuple(plane.px(mark.point_lps_mm))) == "mark"
