"""How an item is framed: its field, its bone, and an eye that sees the entry and the zones."""

from dataclasses import replace

import numpy as np
import pytest

from planning.case.case import SegmentId, Side
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from segmentation.mesh import Mesh
from viewers import palette
from viewers.pipelines.glass import Glass
from viewers.pipelines.journey import (
    END_ON,
    NEAR_ENTRY,
    Journey,
    best_eye,
    item_journey,
    journey_of,
    seen_places,
    solid_segments,
    usual_eye,
)
from viewers.pipelines.plane import PlaneKind
from viewers.pipelines.solids import ball

ENTRY, TARGET = (125.8, 177.2, -443.8), (104.2, 191.5, -445.6)  # a wire in a left socket
WIRE = Journey((ENTRY, TARGET))
SIZE = (520, 390)


def wall(at, normal, reach_mm=30.0, step_mm=1.0):
    """A square plate of small triangles at right angles to a normal."""
    normal = np.array(normal) / np.linalg.norm(normal)
    first = np.cross(normal, (0.3, 0.5, 0.8))
    first = first / np.linalg.norm(first)
    second = np.cross(normal, first)
    n = np.arange(-reach_mm, reach_mm + step_mm, step_mm)
    u, v = np.meshgrid(n, n, indexing="ij")
    points = np.array(at) + u[..., None] * first + v[..., None] * second
    cell = np.arange(len(n) ** 2).reshape(len(n), len(n))
    a, b, c, d = cell[:-1, :-1], cell[1:, :-1], cell[:-1, 1:], cell[1:, 1:]
    faces = [np.stack([p.ravel() for p in three], axis=1) for three in ((a, b, c), (b, d, c))]
    return Mesh(points.reshape(-1, 3), np.concatenate(faces).astype(np.int32))


def test_slices_hold_the_entry_and_show_the_item_in_their_middle():
    for kind in PlaneKind:
        plane = WIRE.plane(kind, SIZE)
        assert plane.mm_per_px * SIZE[0] == pytest.approx(118.0)
        assert abs(plane.depth_mm(ENTRY)) < 1e-9
        ends = plane.px(np.array((ENTRY, TARGET)))
        assert ends.mean(axis=0) == pytest.approx(np.array(SIZE) / 2.0)


def test_a_long_item_gets_room():
    long = Journey(((0.0, 0.0, 0.0), (0.0, 0.0, 200.0)))
    assert long.mm_per_px(SIZE) * min(SIZE) == pytest.approx(1.6 * 200.0)
    camera = long.camera((0.0, 1.0, 0.0), 520 / 390)
    assert camera.height_mm >= 1.6 * 200.0 * 102.0 / 118.0 - 1e-9
    assert WIRE.camera((1.0, 0.0, 0.0), 1.3).height_mm == pytest.approx(102.0)
    assert WIRE.camera((1.0, 0.0, 0.0), 1.3).focus_lps_mm == ENTRY


def test_people_see_a_socket_face_on_and_a_pedicle_from_behind_and_above(planned):
    left = usual_eye(WIRE, replace(planned, side=Side.LEFT))
    assert left == pytest.approx(np.array((0.62, -0.66, 0.42)) / np.linalg.norm((0.62, 0.66, 0.42)))
    mirrored = Journey(tuple((-x, y, z) for x, y, z in WIRE.points_lps_mm))
    right = usual_eye(mirrored, replace(planned, side=Side.RIGHT))
    assert right == pytest.approx((-left[0], left[1], left[2]))
    screw = Journey(((25.0, 40.0, 0.0), (12.0, -5.0, 0.0)))
    eye = usual_eye(screw, replace(planned, side=Side.NONE))
    assert eye[1] > 0.8
    assert eye[2] > 0.3


def test_the_eye_stands_outside_the_entry_and_never_along_the_path():
    for usual in ((0.0, -1.0, 0.0), (-1.0, 0.2, 0.1), tuple(WIRE.outward)):
        eye = best_eye(WIRE, usual, [], [])
        assert NEAR_ENTRY < np.dot(eye, WIRE.outward) < END_ON


def test_the_eye_goes_round_what_hides_the_entry(planned):
    usual = usual_eye(WIRE, planned)
    assert best_eye(WIRE, usual, [], []) == usual
    plate = wall(np.array(ENTRY) + 20.0 * np.array(usual), usual, reach_mm=12.0)
    eye = best_eye(WIRE, usual, [plate], [])
    assert np.dot(eye, usual) < np.cos(np.arctan2(10.0, 20.0))  # past the plate's edge


def test_the_eye_goes_round_what_hides_a_zone(planned):
    usual = usual_eye(WIRE, planned)
    aside = np.cross(usual, (0.0, 0.0, 1.0))
    at = np.array(ENTRY) + 30.0 * aside / np.linalg.norm(aside)
    zone = ball(tuple(at.tolist()), 5.0)
    plate = wall(at + 9.0 * np.array(usual), usual, reach_mm=9.0)
    assert best_eye(WIRE, usual, [plate], []) == usual
    eye = best_eye(WIRE, usual, [plate], [zone])
    assert eye != usual
    camera = WIRE.camera(eye, 1.3)
    place = seen_places(camera, 1.3, [plate], [zone])[zone]
    assert np.linalg.norm(np.array(place) - at) == pytest.approx(5.0, abs=1e-6)
    assert not seen_places(WIRE.camera(usual, 1.3), 1.3, [plate], [zone])
    far = ball((900.0, 0.0, 0.0), 5.0)  # outside the picture
    assert far not in seen_places(camera, 1.3, [], [far])


def test_an_item_is_known_by_its_points_or_as_the_chosen_one(planned):
    wire = planned.plan.item(ItemId("wire"))
    assert journey_of(planned, wire.places_lps_mm).item is wire
    zone = planned.plan.item(ItemId("zone"))
    assert journey_of(planned, ((0.0, 0.0, 0.0),), zone.id).item is zone
    assert journey_of(None, wire.places_lps_mm).item is None
    assert item_journey(planned, ItemId("none")) is None
    middle = item_journey(planned, zone.id).start_lps_mm
    truth = planned.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))
    assert np.linalg.norm(np.array(middle) - truth) < 2.0
    assert journey_of(planned, planned.plan.item(ItemId("span")).places_lps_mm).outward is None


def test_its_own_bone_and_zones_stay_solid(planned):
    left, right = SegmentId("left bone"), SegmentId("right bone")
    of = {item.id: item_journey(planned, item.id) for item in planned.plan.items}
    assert solid_segments(planned, of["wire"]) == {left, right}  # the zone's is the right one
    bare = replace(planned, plan=Plan(tuple(i for i in planned.plan.items if i.id != "zone")))
    assert solid_segments(bare, of["wire"]) == {left}
    assert solid_segments(planned, of["zone"]) == {left, right}
    middle = planned.volume.grid.centre_lps_mm
    inside = Landmark(ItemId("in"), "In", tuple((middle + np.array((-28.0, 4.0, -8.0))).tolist()))
    outside = Distance(ItemId("out"), "Out", (500.0, 0.0, 0.0), (520.0, 0.0, 0.0))
    assert solid_segments(bare, Journey(inside.places_lps_mm, inside)) == {right}
    assert solid_segments(bare, Journey(outside.places_lps_mm, outside)) is None


def test_beside_a_path_an_item_is_seen_as_the_path_is(planned):
    of = {item.id: item_journey(planned, item.id) for item in planned.plan.items}
    assert usual_eye(of["mark"], planned) == usual_eye(of["wire"], planned)
    bare = replace(planned, plan=Plan((planned.plan.item(ItemId("mark")),)))
    assert usual_eye(of["mark"], bare) == (0.0, -1.0, 0.15)


def test_in_a_joint_the_bone_that_is_worked_on_stays_solid(planned):
    left, right = planned.segments
    touching = replace(right, mask=left.mask)  # both lie beside the point
    case = replace(planned, segments=(left, touching), plan=Plan((planned.plan.items[0],)))
    middle = tuple((planned.volume.grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))).tolist())
    mark = Landmark(ItemId("in"), "In", middle)
    assert solid_segments(case, Journey((middle,), mark)) == {left.id}
    assert solid_segments(replace(case, plan=Plan(())), Journey((middle,), mark)) == {
        left.id,
        right.id,
    }


def test_partner_bones_are_glass_and_vessels_stay_in_sight(planned):
    mesh, (left, right) = ball((0.0, 0.0, 0.0), 4.0), planned.segments
    glass = Glass(solid=frozenset({left.id}))
    assert glass.dressed(mesh, left, frozenset()).opacity_ratio == 1.0
    partner = glass.dressed(mesh, right, frozenset())
    assert (partner.colour, partner.opacity_ratio) == (palette.PARTNER_COLOUR, 0.16)
    assert glass.hides(left)
    assert not glass.hides(right)
    grey = replace(right, colour="#7C8490")
    assert glass.dressed(mesh, grey, frozenset()).opacity_ratio == palette.CONTEXT_OPACITY
    artery = replace(right, colour="#D9423A")
    assert glass.dressed(mesh, artery, frozenset()).opacity_ratio == 1.0
    thin = replace(right, opacity_ratio=0.05)
    assert glass.dressed(mesh, thin, frozenset()).opacity_ratio == 0.05
