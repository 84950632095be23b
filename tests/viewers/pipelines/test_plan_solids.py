"""Plan items as bodies: closed, of their true size, and where they belong in the picture."""

import math
from dataclasses import replace

import numpy as np
import pytest

from planning.model.item import ItemId
from planning.model.trajectory import Trajectory
from planning.model.zone import ZoneRule
from segmentation.mesh import Mesh
from viewers import palette
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.plan_solids import PlanSolids, plan_solids, trajectory_out_lps_mm
from viewers.pipelines.scene import SolidScene, Surface
from viewers.pipelines.solids import arrow, ball, cylinder, square

START, END = (3.0, -4.0, 10.0), (20.0, 6.0, -5.0)


def edges_n(mesh):
    sides = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return np.unique(sides, axis=0, return_counts=True)[1]


@pytest.mark.parametrize(
    "mesh", [cylinder(START, END, 1.5), arrow(START, END, 0.7), ball(START, 2.0)]
)
def test_bodies_are_closed_and_face_outwards(mesh):
    assert (edges_n(mesh) == 2).all()
    assert mesh.volume_ml > 0.0


def test_a_cylinder_has_its_true_diameter_and_length():
    mesh, length = cylinder(START, END, 1.5), math.dist(START, END)
    way = (np.array(END) - np.array(START)) / length
    offset = mesh.points_lps_mm - np.array(START)
    along = offset @ way
    aside = np.linalg.norm(offset - along[:, None] * way, axis=1)
    assert (along.min(), along.max()) == pytest.approx((0.0, length))
    assert aside.max() == pytest.approx(1.5)
    assert mesh.volume_ml * 1000.0 == pytest.approx(math.pi * 1.5**2 * length, rel=0.01)
    corners = square(START, (0.0, 0.0, 1.0), 9.0).points_lps_mm
    assert np.linalg.norm(corners - np.array(START), axis=1) == pytest.approx(9.0)


def test_a_trajectory_comes_out_of_the_bone_by_its_entry():
    wire = Trajectory(ItemId("w"), "w", (0.0, 0.0, 0.0), (0.0, 0.0, 10.0), 3.0)
    assert trajectory_out_lps_mm(wire) == pytest.approx((0.0, 0.0, -19.0))
    long = Trajectory(ItemId("w"), "w", (0.0, 0.0, 0.0), (0.0, 0.0, 200.0), 3.0)
    assert trajectory_out_lps_mm(long) == pytest.approx((0.0, 0.0, -100.0))


def test_items_bring_their_surfaces_and_unmoved_ones_keep_theirs(planned):
    items = planned.plan.items
    first = plan_solids(planned, items, {})
    zone = Mesh(np.array(((0, 0, 0), (1, 0, 0), (0, 1, 0)), float), np.array(((0, 1, 2),)))
    second = plan_solids(planned, items, {ItemId("zone"): zone})
    assert len(second.surfaces) == len(first.surfaces) + 1
    assert {s.mesh for s in first.surfaces} < {s.mesh for s in second.surfaces}
    assert [item.name for item, _ in second.anchors] == ["Nerve", "Top"]
    assert second.segment_ids == {"left bone"}
    wire = planned.plan.item(ItemId("wire")).moved("target_lps_mm", (1.0, 2.0, 3.0))
    third = plan_solids(planned, planned.plan.replacing(wire).items, {})
    assert len({s.mesh for s in first.surfaces} - {s.mesh for s in third.surfaces}) == 1
    assert first.looks != third.looks
    assert PlanSolids().looks == ()


def test_a_zone_that_warns_has_the_tone_of_warnings(planned):
    mesh = Mesh(np.array(((0, 0, 0), (1, 0, 0), (0, 1, 0)), float), np.array(((0, 1, 2),)))
    zone = planned.plan.item(ItemId("zone"))
    for rule, colour in ((ZoneRule.FORBID, palette.ZONE), (ZoneRule.WARN, palette.WARN_ZONE)):
        solids = plan_solids(planned, (replace(zone, severity=rule),), {ItemId("zone"): mesh})
        assert [one.colour for one in solids.surfaces] == [colour]


@pytest.mark.gl
def test_a_trajectory_is_drawn_where_its_cylinder_projects():
    camera = SolidCamera((10.0, 0.0, 2.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 60.0)
    size, radius = (400, 300), 2.0
    scene = SolidScene()
    scene.show([Surface(cylinder(START, END, radius), palette.TRAJECTORY, 1.0, palette.PATH)])
    seen = scene.render(camera, size, is_still=False, factor=1.0).astype(int)
    scene.finalize()
    yellow = (seen[..., 0] > 90) & (seen[..., 0] > seen[..., 2] + 50)
    a, b = camera.px(np.array((START, END)), size)
    rows, columns = np.mgrid[: size[1], : size[0]] + 0.5
    way = (b - a) / np.linalg.norm(b - a)
    offset = np.stack([columns - a[0], rows - a[1]], axis=-1)
    along, across = offset @ way, np.abs(offset @ np.array((-way[1], way[0])))
    px = size[1] / camera.height_mm
    core = (across < radius * px - 1.5) & (along > 1.0) & (along < np.linalg.norm(b - a) - 1.0)
    halo = (across < radius * px + 1.5) & (
        np.abs(along - np.linalg.norm(b - a) / 2) < np.linalg.norm(b - a) / 2 + radius * px + 1.5
    )
    assert yellow[core].mean() > 0.99
    assert not yellow[~halo].any()
