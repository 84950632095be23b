"""What a no-go zone takes up, against an exact distance map of another program."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from segmentation.grid import Grid
from segmentation.mask import BitMask
from viewers.pipelines.zone import zone_mesh, zone_region

SHAPE = (24, 40, 70)


@pytest.mark.parametrize("spacing", [(2.0, 1.0, 1.5), (0.8, 0.8, 0.8), (3.0, 0.7, 0.7)])
@pytest.mark.parametrize("margin_mm", [0.0, 1.0, 4.3])
def test_a_region_is_the_mask_grown_by_a_true_ball(spacing, margin_mm):
    grid = Grid(SHAPE, np.zeros(3), spacing, np.eye(3), "1")
    rng = np.random.default_rng(5)
    mask = np.zeros(SHAPE, bool)
    mask[10:13, 18:21, 30:37] = rng.random((3, 3, 7)) < 0.5
    mask[11, 19, 33] = True
    region = zone_region(grid, BitMask.from_bool(mask), margin_mm)
    away_mm = distance_transform_edt(~mask, sampling=spacing)
    assert (region.to_bool() == (away_mm <= margin_mm + 1e-9)).all()


def test_a_zones_surface_lies_around_its_region(balls):
    region = zone_region(balls.volume.grid, balls.segments[1].mask, 3.0)
    mesh = zone_mesh(balls.volume, region)
    centre = balls.volume.grid.centre_lps_mm + np.array((-28.0, 4.0, -8.0))
    radius = np.linalg.norm(mesh.points_lps_mm - centre, axis=1)
    assert radius.mean() == pytest.approx(13.0, abs=0.8)
