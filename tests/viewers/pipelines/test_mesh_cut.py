"""Cuts of meshes against shapes whose section is known."""

import numpy as np
import pytest

from segmentation.mesh import Mesh
from segmentation.surface import iso_surface
from viewers.pipelines.mesh_cut import mesh_outline
from viewers.pipelines.plane import PlaneKind, patient_plane

CUBE_POINTS = np.array([(x, y, z) for z in (0.0, 10.0) for y in (0.0, 10.0) for x in (0.0, 10.0)])
CUBE_FACES = np.array(
    [
        (0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4),
        (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5),
    ]
)  # fmt: skip


@pytest.fixture
def cube():
    mesh = Mesh(CUBE_POINTS, CUBE_FACES)
    assert mesh.is_closed
    assert mesh.volume_ml == pytest.approx(1.0)
    return mesh


@pytest.mark.parametrize("kind", list(PlaneKind))
def test_cut_of_a_cube_is_a_closed_square(cube, kind):
    plane = patient_plane(kind, (5.0, 5.0, 5.0), 0.1, (200, 200))
    (loop,) = mesh_outline(cube, plane)
    assert loop[0] == pytest.approx(loop[-1])
    assert loop.min(axis=0) == pytest.approx((50.0, 50.0))
    assert loop.max(axis=0) == pytest.approx((150.0, 150.0))
    assert np.linalg.norm(np.diff(loop, axis=0), axis=1).sum() == pytest.approx(400.0)


def test_corners_in_the_plane_are_drawn_once(cube):
    assert mesh_outline(cube, patient_plane(PlaneKind.AXIAL, (5.0, 5.0, 0.0), 0.1, (9, 9))) == []
    top = mesh_outline(cube, patient_plane(PlaneKind.AXIAL, (5.0, 5.0, 10.0), 0.1, (200, 200)))
    assert len(top) == 1


def test_a_plane_beside_the_mesh_cuts_nothing(cube):
    assert mesh_outline(cube, patient_plane(PlaneKind.AXIAL, (5.0, 5.0, 30.0), 1.0, (9, 9))) == []
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    assert mesh_outline(empty, patient_plane(PlaneKind.AXIAL, (0.0, 0.0, 0.0), 1.0, (9, 9))) == []


def test_an_open_mesh_gives_an_open_line(cube):
    lidless = Mesh(CUBE_POINTS, CUBE_FACES[:10])
    (line,) = mesh_outline(
        lidless, patient_plane(PlaneKind.AXIAL, (5.0, 5.0, 5.0), 0.1, (200, 200))
    )
    assert np.linalg.norm(line[0] - line[-1]) == pytest.approx(100.0)


def test_cut_of_a_ball_has_its_circumference(balls):
    mesh = iso_surface(balls.volume, balls.segments[0].mask, 225.5)
    centre = balls.volume.grid.centre_lps_mm + np.array((30.0, 0.0, 5.0))
    (loop,) = mesh_outline(mesh, patient_plane(PlaneKind.CORONAL, centre, 0.1, (400, 400)))
    radius_mm = np.linalg.norm(loop - 200.0, axis=1) * 0.1
    assert np.abs(radius_mm - 14.0).max() < 0.2
