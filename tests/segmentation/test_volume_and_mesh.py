"""Volumes and meshes against formulas."""

import numpy as np
import pytest

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mesh import Mesh
from segmentation.volume import Volume

FAR_MM = 1500.0
CORNERS = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)], float)
FACES = [
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
]  # fmt: skip


def box(size_mm: tuple[float, float, float], shift_mm: float = FAR_MM) -> Mesh:
    return Mesh(CORNERS * size_mm + shift_mm, np.array(FACES))


def test_a_box_has_its_volume_far_from_the_origin():
    assert box((10.0, 20.0, 30.0)).volume_ml == pytest.approx(6.0, rel=1e-12)
    assert box((10.0, 20.0, 30.0)).is_closed


def test_a_box_turned_inside_out_has_a_negative_volume():
    mesh = box((1.0, 1.0, 1.0))
    assert Mesh(mesh.points_lps_mm, mesh.triangles[:, ::-1]).volume_ml == pytest.approx(-0.001)


def test_a_box_without_a_face_is_open():
    mesh = box((1.0, 1.0, 1.0))
    assert not Mesh(mesh.points_lps_mm, mesh.triangles[1:]).is_closed


def test_a_mesh_refuses_what_is_no_surface():
    with pytest.raises(Refusal, match="mesh-not-finite"):
        Mesh(np.array([[0.0, np.nan, 0.0]]), np.zeros((0, 3)))
    with pytest.raises(Refusal, match="mesh-index-outside"):
        Mesh(np.zeros((2, 3)), np.array([[0, 1, 2]]))


def volume(value: int = 7, origin: float = 0.0) -> Volume:
    grid = Grid((2, 3, 4), np.array([origin, 0, 0]), (1, 1, 1), np.eye(3), "1")
    return Volume(np.full((2, 3, 4), value, np.int16), grid)


def test_the_hash_of_a_volume_knows_voxels_and_place():
    assert volume().sha256() == volume().sha256()
    assert volume().sha256() != volume(value=8).sha256()
    assert volume().sha256() != volume(origin=0.001).sha256()


def test_voxels_can_not_be_changed_in_place():
    with pytest.raises(ValueError, match="read-only"):
        volume().hu[0, 0, 0] = 1


def test_a_volume_fits_its_grid():
    with pytest.raises(Refusal, match="volume-shape-differs"):
        Volume(np.zeros((2, 3, 5), np.int16), volume().grid)
