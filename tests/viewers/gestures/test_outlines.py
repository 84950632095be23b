"""Outlines: where their corners lie in the patient, in slices and in the 3D view."""

import math

import numpy as np
import pytest

from viewers.gestures.intents import Tool
from viewers.gestures.outlines import OutlineDrag, SliceSheet, SolidSheet
from viewers.pipelines.camera import SolidCamera
from viewers.pipelines.plane import PlaneKind, patient_plane

PLANES = {kind: patient_plane(kind, (10.0, 20.0, 30.0), 0.5, (200, 100)) for kind in PlaneKind}
LOOKS = {"axial": (0, 0, 1), "coronal": (0, 1, 0), "sagittal": (-1, 0, 0)}


def drawn(sheet, shape, *way):
    drag = OutlineDrag(sheet, shape, way[0])
    for px in way[1:]:
        drag.moved(px)
    return drag.released(way[-1])


@pytest.mark.parametrize("kind", PlaneKind)
def test_a_rectangle_in_a_slice_has_its_corners_there_and_looks_into_the_patient(kind):
    """Slices are seen from the feet, from the front and from the patient's left."""
    plane = PLANES[kind]
    made = drawn(SliceSheet(plane), Tool.RECTANGLE, (40.0, 30.0), (100.0, 70.0))
    corners = np.array([(40.0, 30.0), (100.0, 30.0), (100.0, 70.0), (40.0, 70.0)])
    assert np.allclose(made.points_lps_mm, plane.lps_mm(corners), atol=1e-4)
    assert np.allclose(made.along_lps, LOOKS[kind.value])
    assert made.is_in_slice


def test_a_circle_keeps_its_distance_from_its_middle():
    plane = PLANES[PlaneKind.AXIAL]
    made = drawn(SliceSheet(plane), Tool.CIRCLE, (100.0, 50.0), (130.0, 90.0))
    away = np.linalg.norm(np.array(made.points_lps_mm) - (10.0, 20.0, 30.0), axis=1)
    assert away == pytest.approx(np.full(len(away), 25.0), abs=1e-3)
    area = 0.5 * len(away) * 25.0**2 * math.sin(2 * math.pi / len(away))
    assert area == pytest.approx(math.pi * 25.0**2, rel=1e-3)


def test_a_lasso_follows_the_pointer_without_crowding():
    plane = PLANES[PlaneKind.AXIAL]
    way = [(50.0 + x / 2.0, 50.0) for x in range(100)] + [(75.0, 80.0)]
    made = drawn(SliceSheet(plane), Tool.LASSO, *way)
    points = np.array(made.points_lps_mm)
    assert np.allclose(points[0], plane.lps_mm((50.0, 50.0)))
    assert np.allclose(points[-1], plane.lps_mm((75.0, 80.0)))
    assert 20 < len(points) < 30


@pytest.mark.parametrize("shape", [Tool.LASSO, Tool.RECTANGLE, Tool.CIRCLE])
def test_a_click_draws_nothing(shape):
    sheet = SliceSheet(PLANES[PlaneKind.AXIAL])
    assert drawn(sheet, shape, (50.0, 50.0), (51.0, 50.0)) is None
    assert OutlineDrag(sheet, shape, (50.0, 50.0)).corners_px == ()


def test_an_outline_in_the_3d_view_is_seen_where_it_was_drawn():
    """A second road: the camera's own projection takes the corners back to the pixels."""
    camera = SolidCamera((3.0, 4.0, 5.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 80.0)
    camera = camera.turned(31.0, -17.0)
    made = drawn(SolidSheet(camera, (200, 100)), Tool.RECTANGLE, (40.0, 30.0), (100.0, 70.0))
    corners = [(40.0, 30.0), (100.0, 30.0), (100.0, 70.0), (40.0, 70.0)]
    points = np.array(made.points_lps_mm)
    assert np.allclose(camera.px(points, (200, 100)), corners, atol=1e-2)
    deeper = points + 37.0 * np.array(made.along_lps)
    assert np.allclose(camera.px(deeper, (200, 100)), corners, atol=1e-2)
    assert np.dot(made.along_lps, camera.eye) == pytest.approx(-1.0)
    assert not made.is_in_slice
