"""The field about a zone: no receiver ever reads more clearance than there is."""

import fcl
import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from planning.exchange.field_nrrd import read_back_field, read_field, trilinear, write_field
from planning.exchange.zone_field import (
    CODES_PER_MM,
    HIGHEST,
    LOWEST,
    REACH_MM,
    ZoneField,
    bounds_of,
    coded,
    field_on,
    lattice_about,
    range_mm,
)
from planning.geometry.lattice import Lattice, signed_mm
from planning.geometry.surface import surface_of
from segmentation.errors import Cancelled, Refusal
from segmentation.kernels.slabs import threads
from segmentation.mesh import Mesh
from tests.planning.exchange.robots import (
    FAR,
    anywhere,
    ball,
    ball_mm,
    field_about,
    ring,
    ring_mm,
    tube,
)

POINTS_N = 1_000_000
MESHED_MM = {"ball": 0.03, "tube": 0.011, "ring": 0.09}
"""How far the flat triangles of each body lie off the formula, at most."""


def scene(name, margin_mm):
    """A body's surface, its field, and the formula of the true distance to the zone's border."""
    if name == "tube":
        surface, cylinder = tube()
        formula = cylinder.signed_mm
    else:
        surface, formula = {"ball": (ball(), ball_mm), "ring": (ring(), ring_mm)}[name]
    return surface, field_about(surface, margin_mm), lambda points: formula(points) - margin_mm


@pytest.fixture(scope="module", params=[(n, m) for n in MESHED_MM for m in (0.0, 2.0)], ids=str)
def found(request):
    """Truth and reading at 100000 points, the reading where it isn't saturated below, bounds."""
    name, margin_mm = request.param
    _, field, formula = scene(name, margin_mm)
    points = anywhere(field, 100_000)
    bounds = bounds_of(field.lattice.step_mm, margin_mm, MESHED_MM[name])
    true, read = formula(points), field.mm(points)
    low_mm, _ = range_mm(margin_mm)
    return true, read, bounds, read > low_mm + 1.0


def test_no_certified_clearance_exceeds_the_true_one(found):
    true, read, bounds, is_within = found
    assert is_within.sum() > 50_000
    assert (read - bounds.total_mm <= true)[is_within].all()
    assert (true[~is_within] < 0.0).all()  # what is saturated below is a breach
    assert (read < 0.0)[~is_within].all()


def test_where_a_field_reads_no_breach_the_tighter_bound_holds(found):
    true, read, bounds, _ = found
    is_free = read >= 0.0
    assert (read - bounds.outside_mm <= true)[is_free].all()
    assert bounds.outside_mm <= bounds.total_mm


def test_the_bound_is_not_worth_nothing(found):
    """The reading itself is near the truth; the price of certainty is the stated bound."""
    true, read, bounds, _ = found
    is_near = np.abs(true) < 3.0
    off = np.abs(read - true)[is_near]
    assert np.median(off) < 0.1
    assert np.percentile(off, 99) < bounds.total_mm
    assert bounds.total_mm < 1.0


@pytest.mark.campaign
@pytest.mark.parametrize("name", sorted(MESHED_MM))
@pytest.mark.parametrize("margin_mm", [0.0, 0.5, 2.0, 8.0])
def test_over_a_million_points_no_certified_clearance_exceeds_the_true_one(name, margin_mm):
    _, field, formula = scene(name, margin_mm)
    bounds = bounds_of(field.lattice.step_mm, margin_mm, MESHED_MM[name])
    for seed in range(10):
        points = anywhere(field, 100_000, seed)
        true, read = formula(points), field.mm(points)
        is_within = read > range_mm(margin_mm)[0] + 1.0
        assert (read - bounds.total_mm <= true)[is_within].all()
        assert (read - bounds.outside_mm <= true)[read >= 0.0].all()


def test_a_tighter_margin_costs_more_and_a_finer_step_less():
    assert bounds_of(0.5, 2.0, 0.0).outside_mm == pytest.approx(0.0474 + 0.001, abs=1e-4)
    assert bounds_of(0.5, 0.0, 0.0).outside_interpolation_mm == pytest.approx(0.4330, abs=1e-4)
    assert bounds_of(1.0, 2.0, 0.3).total_mm == pytest.approx(
        0.8660 + 1 / 256 + 0.001 + 0.3, abs=1e-4
    )


def test_a_spike_that_hides_between_samples_reaches_the_bound():
    """A needle's tip in the middle of a cell: the worst that reading between samples can do."""
    tip = np.array([0.25, 0.25, 0.25])
    needle = trimesh.creation.icosphere(1, 1e-4)
    surface = surface_of(Mesh(needle.vertices + tip, needle.faces))
    field = field_on(surface, 0.0, Lattice.about([-2] * 3, [2] * 3, 0.5))
    read = float(field.mm(tip[None])[0])
    bounds = bounds_of(0.5, 0.0, 0.0)
    assert 0.98 * bounds.interpolation_mm < read <= bounds.total_mm


def told_by_fcl(surface, points):
    """The distances that python-fcl finds from points outside a surface."""
    model = fcl.BVHModel()
    corners, triangles = surface.mesh.points_lps_mm, surface.mesh.triangles
    model.beginModel(len(corners), len(triangles))
    model.addSubModel(corners - FAR, triangles)
    model.endModel()
    body, radius = fcl.CollisionObject(model), 1e-3
    found = [
        fcl.distance(body, fcl.CollisionObject(fcl.Sphere(radius), fcl.Transform(one - FAR)))
        for one in points
    ]
    return np.array(found) + radius


def test_an_independent_collision_library_finds_the_same_distances():
    """python-fcl answers outside only; the field must never read more than it, less the bound."""
    surface = ring()
    field = field_about(surface, 0.0)
    asked = anywhere(field, 4_000)
    asked = asked[(signed_mm(surface, asked) > 0.1)]
    told = told_by_fcl(surface, asked)
    assert np.abs(told - signed_mm(surface, asked)).max() < 1e-6
    bounds = bounds_of(field.lattice.step_mm, 0.0, 0.0)
    assert (field.mm(asked) - bounds.total_mm <= told).all()


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sorted(MESHED_MM))
def test_over_a_million_points_no_certified_clearance_exceeds_that_of_a_witness(name):
    """python-fcl as witness; what it can't answer, inside, must read as a breach instead."""
    margin_mm = 2.0
    surface, field, _ = scene(name, margin_mm)
    bounds = bounds_of(field.lattice.step_mm, margin_mm, 0.0)
    asked_n, seed = 0, 100
    while asked_n < POINTS_N:
        seed += 1
        points = anywhere(field, 100_000, seed)
        is_outside = signed_mm(surface, points) > 0.01
        read = field.mm(points)
        told = told_by_fcl(surface, points[is_outside]) - margin_mm
        assert (read[is_outside] - bounds.total_mm <= told).all()
        is_free = read[is_outside] >= 0.0
        assert (read[is_outside] - bounds.outside_mm <= told)[is_free].all()
        assert (read[~is_outside] < 0.0).all()
        asked_n += int(is_outside.sum())


def test_a_cloud_of_points_on_the_surface_is_never_nearer_than_the_field_says():
    """A second road to distances: the nearest of very many points (cKDTree), inside by radius."""
    surface, cylinder = tube()
    field = field_about(surface, 2.0)
    body = trimesh.Trimesh(surface.mesh.points_lps_mm, surface.mesh.triangles, process=False)
    cloud, _ = trimesh.sample.sample_surface(body, 200_000, seed=4)
    asked = anywhere(field, 4_000)
    far, _ = cKDTree(cloud).query(asked)
    is_out = cylinder.signed_mm(asked) > 0.05
    exact = signed_mm(surface, asked)
    assert (exact[is_out] <= far[is_out] + 1e-9).all()
    assert np.abs(exact - far)[is_out].max() < 0.25
    bounds = bounds_of(field.lattice.step_mm, 2.0, 0.0)
    assert (field.mm(asked) - bounds.outside_mm <= far - 2.0)[is_out & (field.mm(asked) >= 0)].all()


def test_samples_are_the_exact_distances_rounded_down_whatever_the_walk_along_a_row():
    surface = ring()
    field = field_about(surface, 1.0, samples_max=30_000)
    k, j, i = np.indices(field.codes.shape).reshape(3, -1)
    points = np.stack([i, j, k], 1) * field.lattice.step_mm + field.lattice.origin_mm
    low_mm, high_mm = range_mm(1.0)
    exact = np.clip(signed_mm(surface, points) - 1.0, low_mm, high_mm)
    off = exact - field.codes.ravel() / CODES_PER_MM
    assert off.min() > -1e-9
    assert off.max() < 1 / CODES_PER_MM + 1e-9


def test_the_same_bytes_for_any_number_of_threads():
    surface = ring()
    made = []
    for n in (1, 2, 5):
        with threads(n):
            made.append(field_about(surface, 1.5, samples_max=30_000).codes.tobytes())
    assert len(set(made)) == 1


def test_a_field_reaches_ten_millimetres_beyond_the_zone_and_keeps_its_size():
    surface = ring()
    for samples_max in (10**9, 100_000, 3_000):
        lattice = lattice_about(surface, 3.0, samples_max)
        assert lattice.points_n <= samples_max
        points = surface.mesh.points_lps_mm
        assert (np.array(lattice.origin_mm) <= points.min(axis=0) - 3.0 - REACH_MM).all()
        assert (lattice.high_mm >= points.max(axis=0) + 3.0 + REACH_MM).all()
    assert lattice_about(surface, 3.0, 10**9).step_mm == 0.5


def test_whole_numbers_hold_and_never_turn_round():
    assert coded([0.0, -1e-9, 1 / 256, 200.0, -200.0, 1e9, -1e9]).tolist() == [
        0, -1, 1, HIGHEST, LOWEST, HIGHEST, LOWEST,
    ]  # fmt: skip
    assert range_mm(100.0) == (-104.0, 10.0)
    deep = field_on(ball(), 100.0, Lattice.about(FAR - 115, FAR + 115, 5.0))
    assert -104 * 256 <= deep.codes.min() < -101 * 256
    assert deep.mm(FAR[None])[0] < -98.0


def test_who_stops_it_is_heard():
    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        field_on(ball(), 1.0, lattice_about(ball(), 1.0, 30_000), stop)


@pytest.fixture(scope="module")
def judged():
    surface = ring()
    return surface, field_about(surface, 1.0), bounds_of(1.0, 1.0, 0.0)


def reading(judged, tmp_path, field=None, change=lambda head: head):
    """What the second reader says about a field's file, after a change of its header."""
    surface, good, _ = judged
    bounds = bounds_of(good.lattice.step_mm, 1.0, 0.0)
    meant = field or good
    path = tmp_path / "zone.sdf.nrrd"
    write_field(path, meant, {"tasrif_zone_id": "z"})
    head, blank, body = path.read_bytes().partition(b"\n\n")
    path.write_bytes(change(head) + blank + body)
    return read_back_field(path, meant, surface, 1.0, bounds)


def test_a_field_comes_back_within_its_bound_and_where_it_was(judged, tmp_path):
    error_mm = reading(judged, tmp_path)
    assert 0.0 < error_mm < bounds_of(judged[1].lattice.step_mm, 1.0, 0.0).field_mm
    read = read_field(tmp_path / "zone.sdf.nrrd")
    affine, codes = read.lps_from_ijk, read.values
    assert np.array_equal(affine[:3, 3], judged[1].lattice.origin_mm)
    assert np.array_equal(affine[:3, :3], judged[1].lattice.step_mm * np.eye(3))
    assert codes.dtype == np.int16
    points = anywhere(judged[1], 2_000)
    assert trilinear(affine, codes, points) / 256 == pytest.approx(judged[1].mm(points), abs=1e-6)


def shifted(lattice, share):
    x, y, z = lattice.origin_mm
    return Lattice((x + share * lattice.step_mm, y, z), lattice.step_mm, lattice.sizes_ijk)


@pytest.mark.hazard("HAZ-2")
@pytest.mark.parametrize("fault", ["flip", "shift", "no margin", "scale"])
def test_a_field_that_is_wrong_from_the_start_is_not_written(judged, tmp_path, fault):
    """The sign the other way, half a step aside, the margin forgotten, other units."""
    _, good, _ = judged
    wrong = {
        "flip": ZoneField(good.lattice, -good.codes),
        "shift": ZoneField(shifted(good.lattice, 0.5), good.codes),
        "no margin": ZoneField(good.lattice, good.codes + 256),
        "scale": ZoneField(good.lattice, good.codes // 2),
    }[fault]
    with pytest.raises(Refusal, match="export-read-back-differs"):
        reading(judged, tmp_path, wrong)


@pytest.mark.hazard("HAZ-2")
def test_a_file_that_lies_half_a_step_aside_is_seen(judged, tmp_path):
    def half(head):
        old = f"space origin: ({judged[1].lattice.origin_mm[0]!r},"
        new = f"space origin: ({shifted(judged[1].lattice, 0.5).origin_mm[0]!r},"
        assert old.encode() in head
        return head.replace(old.encode(), new.encode())

    for change in (half, lambda h: h.replace(b"left-posterior", b"right-anterior")):
        with pytest.raises(Refusal, match="export-read-back-differs"):
            reading(judged, tmp_path, change=change)


def test_without_the_bound_a_receiver_would_be_told_too_much():
    """So the bound is no ornament: left out, clearances exceed the truth."""
    _, field, formula = scene("tube", 0.0)
    points = anywhere(field, 100_000)
    assert (field.mm(points) > formula(points) + MESHED_MM["tube"]).any()
