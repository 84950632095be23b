"""The camera against VTK's, and against itself."""

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from segmentation.camera import Camera
from segmentation.errors import Refusal

FRONT = (np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]))


def random_camera(seed):
    rng = np.random.default_rng(seed)
    focal, eye, up = rng.normal(size=(3, 3)) * [[300.0], [1.0], [1.0]]
    size = tuple(int(n) for n in rng.integers(50, 900, 2))
    return Camera(focal, eye, up, rng.uniform(50, 600), size, rng.uniform(200, 2000))


@pytest.mark.parametrize("seed", range(8))
def test_points_are_seen_where_vtk_sees_them(seed):
    """Second road: VTK's own matrix for a parallel projection, pixel centres at halves."""
    camera = random_camera(seed)
    points = np.random.default_rng(seed + 100).normal(size=(50, 3)) * 200 + camera.focal_lps_mm
    theirs = vtkCamera()
    theirs.SetPosition(camera.eye_lps_mm)
    theirs.SetFocalPoint(camera.focal_lps_mm)
    theirs.SetViewUp(camera.up)
    theirs.ParallelProjectionOn()
    theirs.SetParallelScale(camera.height_mm / 2)
    near, far = -500.0, 4000.0
    theirs.SetClippingRange(near, far)
    width, height = camera.size_px
    matrix = theirs.GetCompositeProjectionTransformMatrix(width / height, -1.0, 1.0)
    rows = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
    ndc = np.concatenate([points, np.ones((50, 1))], axis=1) @ rows.T
    near, far = theirs.GetClippingRange()
    expected = np.stack(
        [
            (ndc[:, 0] + 1) / 2 * width - 0.5,
            height - (ndc[:, 1] + 1) / 2 * height - 0.5,
            near + (ndc[:, 2] + 1) / 2 * (far - near),
        ],
        axis=1,
    )
    np.testing.assert_allclose(camera.seen(points), expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_is_found_again(seed):
    camera = random_camera(seed)
    points = np.random.default_rng(seed).normal(size=(2, 9, 3)) * 300
    np.testing.assert_allclose(camera.lps_mm(camera.seen(points)), points, atol=1e-9)
    np.testing.assert_allclose(camera.axes_lps @ camera.axes_lps.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.axes_lps) == pytest.approx(1.0)


def test_left_is_on_the_right_from_the_front():
    """HAZ-1: LPS +x is the patient's left; the viewer stands before the patient."""
    camera = Camera(np.zeros(3), *FRONT, 200.0, (100, 100))
    left, right, high, near = camera.seen(
        np.array([[50.0, 0, 0], [-50.0, 0, 0], [0, 0, 50.0], [0, -50.0, 0]])
    )
    assert left[0] == pytest.approx(74.5)
    assert right[0] == pytest.approx(24.5)
    assert high[1] == pytest.approx(24.5)
    assert near[2] == pytest.approx(950.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"towards_eye": np.zeros(3)},
        {"up": np.array([0.0, 2.0, 0.0])},
        {"up": np.zeros(3)},
        {"height_mm": 0.0},
        {"height_mm": float("nan")},
        {"focal_lps_mm": np.array([0.0, np.inf, 0.0])},
        {"size_px": (0, 100)},
    ],
)
def test_what_is_no_view_is_refused(changes):
    view = {"focal_lps_mm": np.zeros(3), "towards_eye": FRONT[0], "up": FRONT[1]}
    view |= {"height_mm": 200.0, "size_px": (100, 100)}
    with pytest.raises(Refusal, match="camera-not-a-view"):
        Camera(**(view | changes))
