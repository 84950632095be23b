"""The live wire on a ball: it lies on the edge; ways cost what another program says they do."""

import math

import numpy as np
import pytest
from skimage.graph import MCP_Geometric

from segmentation.kernels.wire import ways_from
from viewers.gestures.wire import Wire, edge_costs
from viewers.pipelines.plane import PlaneKind, patient_plane, triple
from viewers.pipelines.slice import Window

WINDOW = Window(1000.0, 300.0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (17, 23), (40, 31)])
def test_ways_cost_what_scikit_image_finds(shape):
    """Its diagonals cost the root of 2, ours 1.4: the sums differ by 1 % at most."""
    random = np.random.default_rng(5)
    costs = random.integers(1, 65, shape).astype(np.uint8)
    before, so_far = np.empty((2, costs.size), np.int32)
    start = costs.size // 3
    ways_from(costs, start, before, so_far)
    truth, _ = MCP_Geometric(costs.astype(float)).find_costs([divmod(start, shape[1])])
    assert so_far / 10.0 == pytest.approx(truth.ravel(), rel=0.011)
    assert before[start] == -1
    for pixel in range(costs.size):
        total, at = 0, pixel
        while before[at] >= 0:
            one, two = divmod(at, shape[1]), divmod(int(before[at]), shape[1])
            steps = abs(one[0] - two[0]), abs(one[1] - two[1])
            assert max(steps) == 1
            pair = int(costs[one]) + int(costs[two])
            total += pair * (7 if sum(steps) == 2 else 5)
            at = int(before[at])
        assert at == start
        assert total == so_far[pixel]


def test_dear_ways_wrap_no_bucket():
    costs = np.full((30, 300), 255, np.uint8)
    before, so_far = np.empty((2, costs.size), np.int32)
    ways_from(costs, 0, before, so_far)
    assert so_far[299] == 299 * 510 * 5
    assert (so_far >= 0).all()


def test_edges_are_cheap_and_flat_places_dear():
    grey = np.zeros((20, 40), np.uint8)
    grey[:, 20:] = 200
    costs = edge_costs(grey)
    assert set(np.unique(costs[:, [19, 20]])) == {1}
    assert (costs[:, :17] == 64).all()
    assert (edge_costs(np.full((5, 5), 90, np.uint8)) == 64).all()


@pytest.fixture
def seen(balls):
    """The axial slice through the middle of a ball of 14 mm, and a way to name pixels on it."""
    middle = balls.volume.grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))
    plane = patient_plane(PlaneKind.AXIAL, triple(middle), 0.25, (240, 200))

    def at(angle_deg, radius_mm=14.0):
        turn = math.radians(angle_deg)
        place = middle + radius_mm * np.array((math.cos(turn), math.sin(turn), 0.0))
        x, y = plane.px(place)
        return float(x), float(y)

    return balls.volume, plane, at, middle


def test_a_wire_round_a_ball_lies_on_its_edge_and_closes_on_the_first_point(seen):
    volume, plane, at, middle = seen
    wire, made = Wire(), None
    for angle in (90, 180, 270, 90):
        assert made is None
        wire.moved(volume, WINDOW, plane, at(angle))
        made = wire.pressed(volume, WINDOW, plane, at(angle))
    away = np.linalg.norm(np.array(made.points_lps_mm) - middle, axis=1)
    # The ball's HU fall from 800, the window's end, to -50 between 12.6 and 14.7 mm.
    assert away == pytest.approx(np.full(len(away), 13.6), abs=1.6)
    assert made.normal_lps == (0.0, 0.0, 1.0)
    assert not wire.is_on
    x, y = np.array(made.points_lps_mm)[:, :2].T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2.0
    assert area == pytest.approx(math.pi * 13.6**2, rel=0.08)


def test_clicks_are_taken_back_one_by_one(seen):
    volume, plane, at, _middle = seen
    wire = Wire()
    wire.pressed(volume, WINDOW, plane, at(90))
    wire.pressed(volume, WINDOW, plane, at(150))
    wire.moved(volume, WINDOW, plane, at(200))
    assert len(wire.legs) == 1
    assert wire.floating
    assert wire.step_back()
    assert (len(wire.clicks), wire.legs, wire.floating) == (1, [], ())
    wire.moved(volume, WINDOW, plane, at(120))
    assert wire.floating[0] == wire.clicks[0]
    assert wire.step_back()
    assert not wire.step_back()
    assert not wire.is_on


def test_a_wire_waits_in_its_slice_and_begins_anew_in_another(seen):
    volume, plane, at, _middle = seen
    wire = Wire()
    wire.pressed(volume, WINDOW, plane, at(90))
    other = plane.through(np.array(plane.centre_lps_mm) + np.array((0.0, 0.0, 4.0)))
    wire.moved(volume, WINDOW, other, at(120))
    assert wire.floating == ()
    wire.pressed(volume, WINDOW, other, at(120))
    assert len(wire.clicks) == 1
    assert other.depth_mm(wire.clicks[0]) == pytest.approx(0.0, abs=1e-3)


def test_one_click_closes_to_nothing(seen):
    volume, plane, at, _middle = seen
    wire = Wire()
    assert wire.close() is None
    wire.pressed(volume, WINDOW, plane, at(90))
    assert wire.close() is None
    assert wire.cancel()
