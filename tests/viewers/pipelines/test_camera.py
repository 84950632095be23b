"""The 3D view's camera: projections, turns and words by geometry."""

import numpy as np
import pytest

from viewers.pipelines.camera import EYES_BY_KEY, FIRST_EYES, SolidCamera, first_camera

FRONT = SolidCamera((0.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), 100.0)
SIZE = (200, 100)
CORNERS = np.array([(x, y, z) for x in (-50, 70) for y in (-20, 40) for z in (-90, 10)], float)


def test_seen_from_the_front_the_patients_left_is_on_the_right():
    assert FRONT.px(np.array((20.0, 5.0, 10.0)), SIZE) == pytest.approx((120.0, 40.0))
    assert FRONT.words == ("Anterior",)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("anterior", "Anterior"),
        ("posterior", "Posterior"),
        ("left", "Left lateral"),
        ("right", "Right lateral"),
        ("superior", "Superior"),
        ("inferior", "Inferior"),
    ],
)
def test_standard_views_are_named_for_the_side_seen(key, words):
    camera = FRONT.from_eye(EYES_BY_KEY[key])
    assert camera.words == (words,)
    axes = np.array((camera.right, camera.up, camera.eye))
    assert axes @ axes.T == pytest.approx(np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1.0)


def test_seen_from_above_the_front_is_up_and_the_left_on_the_right():
    camera = FRONT.from_eye(EYES_BY_KEY["superior"])
    assert camera.up == pytest.approx((0.0, -1.0, 0.0))
    assert camera.right == pytest.approx((-1.0, 0.0, 0.0))


def test_oblique_views_name_both_sides():
    assert FRONT.from_eye((0.7, -0.7001, 0.1)).words == ("Anterior", "Left")


def test_what_faces_the_eye_follows_the_hand():
    near = np.array((0.0, -30.0, 0.0))
    before = FRONT.px(near, SIZE)
    after = FRONT.turned(10.0, 6.0).px(near, SIZE)
    assert after[0] > before[0]
    assert after[1] > before[1]
    turned = FRONT.turned(37.0, -12.0)
    axes = np.array((turned.right, turned.up, turned.eye))
    assert axes @ axes.T == pytest.approx(np.eye(3))


def test_panning_and_zooming_follow_the_hand():
    point = np.array((10.0, 3.0, -20.0))
    moved = FRONT.panned(15.0, -7.0, SIZE[1]).px(point, SIZE) - FRONT.px(point, SIZE)
    assert moved == pytest.approx((15.0, -7.0))
    assert FRONT.zoomed(2.0).px(point, SIZE) == pytest.approx(
        np.array((100.0, 50.0)) + 2.0 * (FRONT.px(point, SIZE) - (100.0, 50.0))
    )


@pytest.mark.parametrize("region", list(FIRST_EYES))
def test_first_view_shows_everything_and_mirrors_for_the_right(region):
    left = first_camera(CORNERS, region, aspect=1.4)
    right = first_camera(CORNERS, region, is_right=True, aspect=1.4)
    assert right.eye == pytest.approx(np.array(left.eye) * (-1.0, 1.0, 1.0))
    for camera in (left, right):
        px = camera.px(CORNERS, (140, 100))
        assert px.min() > 0.0
        assert (px < (140.0, 100.0)).all()


def test_axes_show_six_letters_far_ones_first():
    tips = FRONT.turned(20.0, 10.0).axis_px(10.0)
    assert sorted(letter for letter, _, _ in tips) == sorted("LRAPSI")
    nearness = [n for _, _, n in tips]
    assert nearness == sorted(nearness)
    assert {letter: tip for letter, tip, _ in FRONT.axis_px(10.0)}["L"] == pytest.approx(
        (10.0, 0.0)
    )
