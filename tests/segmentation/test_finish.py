"""Surfaces as they are printed: smoothing within its bound, fewer triangles, and still a solid."""

import manifold3d
import numpy as np
import pytest

from segmentation.errors import Cancelled, Refusal
from segmentation.finish import Finish, finished, smoothed_within
from segmentation.look import distances_mm
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from segmentation.soundness import Soundness, crossing, faulty, soundness
from segmentation.surface import iso_surface
from segmentation.volume import Volume
from tests.segmentation import solids
from tests.segmentation.random_masks import noise

SOUND = Soundness(0, 0, 0)


@pytest.fixture(scope="module")
def rough():
    """The surface of a ball's mask, terraces and all, with a crumb and a cavity beside."""
    volume, _ = solids.ball(12.0)
    voxels = solids.over(volume, 500).to_bool()
    voxels[2, 3, 3] = True
    middle = tuple(n // 2 for n in voxels.shape)
    voxels[middle] = False
    return iso_surface(volume, BitMask.from_bool(voxels), None)


def both_ways_mm(one, other):
    """Second look at a deviation: from dense random places of each surface to the other."""
    found = []
    for mesh, to in ((one, other), (other, one)):
        random = np.random.default_rng(1)
        share = random.dirichlet((1, 1, 1), (4, len(mesh.triangles)))
        places = np.einsum("rtc,tcx->rtx", share, mesh.points_lps_mm[mesh.triangles])
        found.append(distances_mm(places.reshape(-1, 3), to).max())
    return max(found)


def moved_cube(offset):
    cube = solids.cube(10.0, (0.0, 0.0, 0.0))
    return cube.points_lps_mm + np.array(offset), cube.triangles


def two_cubes(offset):
    (one, triangles), (other, _) = moved_cube((0, 0, 0)), moved_cube(offset)
    return Mesh(np.concatenate([one, other]), np.concatenate([triangles, triangles + 8]))


@pytest.mark.parametrize(
    ("offset", "crosses"),
    [((4.0, 3.0, 2.0), True), ((30.0, 0.0, 0.0), False), ((10.0, 0.0, 0.0), False)],
)
def test_bodies_that_pass_through_each_other_are_found(offset, crosses):
    """Far apart and face to face there is no fault."""
    assert crossing(two_cubes(offset)).any() == crosses
    assert soundness(two_cubes(offset)).is_sound != crosses


def test_crossing_is_what_a_plain_twin_finds():
    """Every pair, every edge, the equations solved by numpy."""
    random = np.random.default_rng(3)
    points = random.uniform(0, 10, (60, 3))
    triangles = np.array([random.choice(60, 3, replace=False) for _ in range(40)], np.int32)
    expected = np.zeros(40, bool)
    for t, one in enumerate(triangles):
        for u, other in enumerate(triangles):
            a, b, c = points[other]
            for n in range(3):
                p, q = one[n], one[(n + 1) % 3]
                if t == u or p in other or q in other or len(set(one) & set(other)) > 1:
                    continue
                start, way = points[p], points[q] - points[p]
                s, x, y = np.linalg.solve(np.stack([-way, b - a, c - a], axis=1), start - a)
                if 0 < s < 1 and x > 0 and y > 0 and x + y < 1:
                    expected[[t, u]] = True
    assert expected.any()
    assert not expected.all()
    assert np.array_equal(crossing(Mesh(points, triangles)), expected)


def test_open_and_crowded_edges_are_counted():
    points, triangles = moved_cube((0, 0, 0))
    assert soundness(Mesh(points, triangles[1:])) == Soundness(3, 0, 0)
    assert faulty(Mesh(points, triangles[1:])).sum() == 3
    twice = Mesh(points, np.concatenate([triangles, triangles]))
    assert soundness(twice).crowded_edges == 18


@pytest.mark.parametrize("bound_mm", [0.05, 0.2, 0.4])
def test_smoothing_keeps_its_bound_and_makes_a_ball_rounder(rough, bound_mm):
    smooth = smoothed_within(rough, bound_mm)
    moved = np.linalg.norm(smooth.points_lps_mm - rough.points_lps_mm, axis=1)
    assert moved.max() <= bound_mm
    assert moved.max() > 0.5 * bound_mm
    assert both_ways_mm(rough, smooth) <= bound_mm
    assert soundness(smooth) == SOUND


def test_smoothing_of_noise_crosses_nothing():
    """Thin bridges and crumbs, where smoothing alone would make triangles cross."""
    hu = noise((12, 14, 66), 5)
    volume = Volume(hu, solids.grid(hu.shape))
    whole = iso_surface(volume, BitMask.from_bool(hu > 0), -0.5)
    made = finished(whole, Finish(smooth_mm=1.5))
    assert made.soundness == SOUND
    assert 0.1 < made.deviation_mm <= 1.5


@pytest.mark.parametrize("finish", [Finish(triangles=900), Finish(0.2, 1500), Finish(0.1, 0, 0.3)])
def test_fewer_triangles_stay_a_solid_whose_deviation_is_said(rough, finish):
    """A second library takes it for a solid; no piece is lost; another sampling finds no more."""
    made = finished(rough, finish)
    assert made.soundness == SOUND
    assert len(made.mesh.triangles) < 0.8 * len(rough.triangles)
    if finish.triangles:
        assert len(made.mesh.triangles) < 1.5 * finish.triangles
    else:
        assert made.deviation_mm <= finish.deviation_mm
    assert both_ways_mm(rough, made.mesh) <= made.deviation_mm + 0.02
    centred = made.mesh.points_lps_mm - made.mesh.points_lps_mm.mean(axis=0)
    solid = manifold3d.Manifold(manifold3d.Mesh64(centred, made.mesh.triangles.astype(np.uint64)))
    assert solid.status() == manifold3d.Error.NoError
    assert len(solid.decompose()) == 3
    assert solid.volume() / 1000.0 == pytest.approx(made.mesh.volume_ml)


def test_nothing_asked_changes_nothing(rough):
    made = finished(rough, Finish())
    assert made.mesh is rough
    assert made.deviation_mm == 0.0
    assert made.soundness == SOUND
    assert Finish().is_plain


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"smooth_mm": 2.1}, "finish-out-of-range"),
        ({"smooth_mm": -0.1}, "finish-out-of-range"),
        ({"triangles": 99}, "finish-out-of-range"),
        ({"deviation_mm": 6.0}, "finish-out-of-range"),
        ({"smooth_mm": float("nan")}, "finish-out-of-range"),
        ({"smooth_mm": 0.5, "deviation_mm": 0.4}, "finish-out-of-range"),
        ({"triangles": 1000, "deviation_mm": 0.4}, "finish-two-aims"),
    ],
)
def test_what_cannot_be_kept_is_refused(settings, code):
    with pytest.raises(Refusal) as refusal:
        Finish(**settings)
    assert refusal.value.code == code


def test_a_stop_takes_effect(rough):
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        finished(rough, Finish(triangles=500), stop)
