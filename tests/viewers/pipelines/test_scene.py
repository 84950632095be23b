"""The off-screen scene: colours at projected landmarks, glass, sizes and its end."""

import dataclasses

import numpy as np
import pytest

from segmentation.transfer import transfer_named
from viewers import palette
from viewers.pipelines.camera import EYES_BY_KEY, first_camera
from viewers.pipelines.scene import SOFTWARE, SolidScene, Surface
from viewers.pipelines.segment_mesh import TRIANGLES, segment_mesh
from viewers.pipelines.volume_picture import VolumePicture

pytestmark = pytest.mark.gl
SIZE = (240, 180)


@pytest.fixture(scope="module")
def surfaces(balls):
    return [Surface(segment_mesh(balls.volume, s), s.colour) for s in balls.segments]


@pytest.fixture
def scene():
    made = SolidScene()
    yield made
    made.finalize()


def hue(rgb):
    """Colour without brightness."""
    values = np.asarray(rgb, float)
    return values / values.sum(axis=-1, keepdims=True)


def camera_of(surfaces, eye="anterior"):
    points = np.concatenate([s.mesh.points_lps_mm for s in surfaces])
    return first_camera(points, aspect=SIZE[0] / SIZE[1]).from_eye(EYES_BY_KEY[eye])


@pytest.mark.parametrize("eye", list(EYES_BY_KEY))
@pytest.mark.parametrize("is_still", [False, True])
def test_a_landmark_has_the_colour_of_its_segment(surfaces, scene, eye, is_still):
    scene.show(surfaces)
    camera = camera_of(surfaces, eye)
    picture = scene.render(camera, SIZE, is_still, 2.0 if is_still else 1.0)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    nearest = max(
        surfaces,
        key=lambda s: float((s.mesh.points_lps_mm @ np.array(camera.eye)).max()),
    )
    shown = surfaces if eye not in {"left", "right"} else [nearest]
    for surface in shown:
        toward = surface.mesh.points_lps_mm @ np.array(camera.eye)
        landmark = surface.mesh.points_lps_mm[toward.argmax()]
        column, row = camera.px(landmark, SIZE).astype(int)
        assert hue(picture[row, column]) == pytest.approx(
            hue(palette.ratios(surface.colour)), abs=0.05
        )
    corner = np.array(palette.ratios(palette.SOLID_BACKGROUND)) * 255.0
    assert np.abs(picture[0, 0] - corner).max() <= 1.0


def test_surfaces_come_and_go(surfaces, scene):
    camera = camera_of(surfaces)
    scene.show(surfaces)
    both = scene.render(camera, SIZE, False)
    scene.show(surfaces[:1])
    one = scene.render(camera, SIZE, False)
    scene.show(())
    none = scene.render(camera, SIZE, False)
    drawn = [int((p != none[0, 0]).any(axis=2).sum()) for p in (both, one, none)]
    assert drawn[0] > drawn[1] > drawn[2] == 0


def test_glass_lets_what_is_behind_shine_through(surfaces, scene):
    camera = camera_of(surfaces, "left")
    front, back = surfaces
    scene.show([dataclasses.replace(front, opacity_ratio=0.15), back])
    glass = scene.render(camera, SIZE, False)
    scene.show([front, back])
    solid = scene.render(camera, SIZE, False)
    column, row = camera.px(back.mesh.points_lps_mm.mean(axis=0), SIZE).astype(int)
    target = hue(palette.ratios(back.colour))
    far = [float(np.abs(hue(p[row, column]) - target).max()) for p in (glass, solid)]
    assert far[0] < 0.5 * far[1]


def test_a_moving_picture_may_be_small(surfaces, scene):
    scene.show(surfaces)
    assert scene.render(camera_of(surfaces), SIZE, False, 0.5).shape == (90, 120, 3)


def test_the_driver_is_named_and_finalising_twice_is_harmless(scene):
    assert isinstance(scene.is_software, bool)
    scene.finalize()
    scene.finalize()


def test_the_renderer_has_a_name_between_the_first_picture_and_the_end(surfaces, scene):
    assert scene.renderer_words() == ""
    scene.show(surfaces)
    scene.render(camera_of(surfaces), SIZE, False)
    words = scene.renderer_words()
    assert words
    assert "\n" not in words
    assert any(name in words.lower() for name in SOFTWARE) == scene.is_software
    scene.finalize()
    assert scene.renderer_words() == ""


def test_a_scene_that_never_drew_can_be_finalised():
    SolidScene().finalize()


def test_display_meshes_are_light(surfaces):
    assert all(0 < len(s.mesh.triangles) <= TRIANGLES * 1.01 for s in surfaces)


def test_bone_picture_shows_the_balls_where_the_camera_sees_them(scan_only):
    volume = scan_only.volume
    picture = VolumePicture.make(volume, "bone")
    camera = first_camera(picture.corners_lps_mm, aspect=SIZE[0] / SIZE[1])
    rgb = picture.render(camera, SIZE, 1.0)
    background = rgb[0, 0]
    for offset in ((30.0, 0.0, 5.0), (-28.0, 4.0, -8.0)):
        at = camera.px(volume.grid.centre_lps_mm + np.array(offset), SIZE).astype(int)
        assert (rgb[at[1], at[0]] > background + 40).all()
    between = camera.px(volume.grid.centre_lps_mm, SIZE).astype(int)
    assert (rgb[between[1], between[0]] == background).all()
    assert picture.render(camera, SIZE, 2.0).shape == rgb.shape


def test_the_graphics_cards_volume_lies_where_the_surfaces_lie(scan_only, surfaces, scene):
    camera = camera_of(surfaces)
    scene.show_volume(scan_only.volume, transfer_named("bone"))
    rgb = scene.render(camera, SIZE, False).astype(int)
    for surface in surfaces:
        at = camera.px(surface.mesh.points_lps_mm.mean(axis=0), SIZE).astype(int)
        assert (rgb[at[1], at[0]] - rgb[0, 0]).max() > 40
    scene.show_volume(None, None)
    assert (scene.render(camera, SIZE, False) == rgb[0, 0]).all()
