"""The grid against formulas: both directions, corners, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import Refusal
from segmentation.grid import Grid

finite = st.floats(-2000.0, 2000.0)
steps = st.floats(0.1, 10.0)


def turned(degrees: tuple[float, float, float]) -> np.ndarray:
    """A rotation by Euler angles about x, y, z, written out by formula."""
    a, b, c = (math.radians(d) for d in degrees)
    x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return z @ y @ x


@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    origin=st.tuples(finite, finite, finite),
    spacing=st.tuples(steps, steps, steps),
    ijk=st.tuples(*[st.floats(-600, 600)] * 3),
)
def test_index_and_millimetres_are_each_others_inverse(angles, origin, spacing, ijk):
    grid = Grid((7, 5, 3), np.array(origin), spacing, turned(angles), "1.2.3")
    lps = grid.lps_mm(np.array(ijk))
    assert grid.ijk(lps) == pytest.approx(np.array(ijk), abs=1e-7)
    assert (grid.lps_from_ijk @ [*ijk, 1.0])[:3] == pytest.approx(lps, abs=1e-8)
    assert grid.lps_from_ijk @ grid.ijk_from_lps == pytest.approx(np.eye(4), abs=1e-9)


def test_first_voxels_lie_where_the_formula_puts_them():
    grid = Grid((4, 5, 6), np.array([10.0, -20.0, 30.0]), (3.0, 2.0, 0.5), np.eye(3), "1")
    assert grid.lps_mm(np.array([2, 1, 3])) == pytest.approx([11.0, -18.0, 39.0])
    assert grid.centre_lps_mm == pytest.approx([11.25, -16.0, 34.5])
    assert grid.voxel_ml == pytest.approx(0.003)
    assert grid.corners_lps_mm[7] == pytest.approx([12.5, -12.0, 39.0])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"origin_lps_mm": np.array([math.nan, 0, 0])}, "grid-not-finite"),
        ({"spacing_kji_mm": (1.0, 0.0, 1.0)}, "grid-not-positive"),
        ({"shape_kji": (0, 4, 4)}, "grid-not-positive"),
        ({"direction": np.diag([1.0, 1.0, -1.0])}, "grid-left-handed"),
        ({"direction": np.array([[1, 0.01, 0], [0, 1, 0], [0, 0, 1.0]])}, "grid-not-orthonormal"),
    ],
)
@pytest.mark.hazard("HAZ-1")
def test_a_grid_that_could_mislead_cannot_be_made(change, code):
    good = {
        "shape_kji": (4, 4, 4), "origin_lps_mm": np.zeros(3), "spacing_kji_mm": (1.0, 1.0, 1.0),
        "direction": np.eye(3), "frame_uid": "1",
    }  # fmt: skip
    Grid(**good)
    with pytest.raises(Refusal) as no:
        Grid(**(good | change))
    assert no.value.code == code
