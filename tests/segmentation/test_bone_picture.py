"""Pictures from voxels against balls, slabs, other implementations and themselves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from segmentation.bone_picture import composite, first_hit, prepare
from segmentation.camera import Camera
from segmentation.errors import Cancelled, Refusal
from segmentation.kernels import ray, shade
from segmentation.mask import BitMask
from segmentation.transfer import HIGH_HU, LOW_HU, Transfer, transfer_named, transfers
from segmentation.volume import Volume
from tests.segmentation import solids

FRONT = (np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
ASKEW = (np.array([0.4, -0.8, 0.3]), np.array([0.1, 0.2, 1.0]))
TURN = np.linalg.qr(np.array([[0.8, -0.5, 0.1], [0.4, 0.9, -0.3], [0.2, 0.3, 0.9]]))[0]
TURN = TURN * np.sign(np.linalg.det(TURN))
HAZE = Transfer("haze", ((100.0, 0.0), (300.0, 0.02), (3071.0, 0.02)), ((0.0, 1.0, 1.0, 1.0),))


def look_at(volume, view=FRONT, height_mm=60.0, size_px=(120, 120)):
    return Camera(volume.grid.centre_lps_mm, *view, height_mm, size_px)


def seen_points(picture, camera):
    rows, columns = np.nonzero(np.isfinite(picture.depth_mm))
    depth = picture.depth_mm[rows, columns].astype(float)
    return camera.lps_mm(np.stack([columns, rows, depth], axis=1))


@pytest.fixture(scope="module")
def ball():
    """Return a ball of 15 mm blurred by 0.7 mm, like a CT, and its centre."""
    volume, centre = solids.ball(15.0, room_mm=9.0)
    sigma = 0.7 / np.array(volume.grid.spacing_kji_mm)
    hu = ndimage.gaussian_filter(volume.hu.astype(float), sigma).round().astype(np.int16)
    return Volume(hu, volume.grid), centre


@pytest.fixture(scope="module")
def scene(ball):
    return prepare(ball[0], solids.over(ball[0], 500), 499.5)


@pytest.mark.parametrize("view", [FRONT, ASKEW, (np.array([0.0, 0, 1]), np.array([0.0, -1, 0]))])
def test_first_hits_lie_on_the_ball(ball, scene, view):
    volume, centre = ball
    camera = look_at(volume, view)
    error = np.linalg.norm(seen_points(first_hit(scene, camera), camera) - centre, axis=1) - 15.0
    blurred_mm = -(0.7**2) / 15.0  # where half the value lies after the blur
    assert error.mean() == pytest.approx(blurred_mm, abs=0.02)
    assert np.abs(error).max() < 0.15
    shown_mm2 = len(error) * camera.mm_per_px**2
    assert shown_mm2 == pytest.approx(np.pi * 15.0**2, rel=0.03)


def test_normals_are_those_of_the_ball(ball, scene):
    volume, centre = ball
    camera = look_at(volume, ASKEW)
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    places = volume.grid.ijk(camera.lps_mm(corners))[:, ::-1]
    view = np.concatenate([places[:1], places[1:] - places[0]])
    depth, normal = np.empty((120, 120), np.float32), np.empty((120, 120, 3), np.float32)
    ray.first_hits(
        *(volume.hu, scene.words, scene.leap, np.float32(499.5), volume.grid.spacing_kji_mm),
        *(view, 0.42, depth, normal, 0, 120),
    )
    hit = np.isfinite(depth)
    rows, columns = np.nonzero(hit)
    points = camera.lps_mm(np.stack([columns, rows, depth[hit].astype(float)], axis=1))
    outward = (points - centre) / np.linalg.norm(points - centre, axis=1, keepdims=True)
    cosine = np.einsum("ij,ij->i", normal[hit][:, ::-1], outward)
    angle_deg = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    assert angle_deg.mean() < 2.5
    assert np.quantile(angle_deg, 0.99) < 7.0


def test_a_marker_on_the_left_is_on_the_right_of_the_picture():
    """HAZ-1: an asymmetric phantom seen from the front: left, head and front where they belong."""
    hu = np.zeros((60, 60, 60), np.int16)
    hu[40:50, 10:20, 42:56] = 1000  # head side, front, patient's left
    volume = Volume(hu, solids.grid(hu.shape, (1.0, 1.0, 1.0)))
    camera = look_at(volume, height_mm=80.0, size_px=(160, 120))
    for picture in (
        first_hit(prepare(volume, solids.over(volume, 500), 499.5), camera),
        composite(prepare(volume, None, 499.5), camera, transfer_named("bone")),
    ):
        rows, columns = np.nonzero(picture.rgba[..., 3] > 128)
        middle = camera.seen(np.array([48.5, 14.5, 44.5]))
        assert columns.mean() == pytest.approx(middle[0], abs=1.0)
        assert rows.mean() == pytest.approx(middle[1], abs=1.0)
        assert columns.min() > 80
        assert rows.max() < 60
        assert np.nanmedian(picture.depth_mm[rows, columns]) == pytest.approx(980.0, abs=1.5)


def test_the_pose_of_the_patient_changes_nothing(ball, scene):
    """Rigid motion of grid and camera together, a metre off."""
    volume, _ = ball
    origin = np.array([700.0, -1100.0, 900.0])
    moved = Volume(volume.hu, solids.grid(volume.grid.shape_kji, origin=origin, direction=TURN))
    here = first_hit(scene, look_at(volume, ASKEW))
    there = first_hit(
        prepare(moved, solids.over(moved, 500), 499.5),
        look_at(moved, tuple(TURN @ axis for axis in ASKEW)),
    )
    both = np.isfinite(here.depth_mm) & np.isfinite(there.depth_mm)
    assert (np.isfinite(here.depth_mm) != np.isfinite(there.depth_mm)).mean() < 1e-3
    assert np.abs(here.depth_mm[both] - there.depth_mm[both]).max() < 0.01
    difference = np.abs(here.rgba.astype(int) - there.rgba)[both]
    assert np.quantile(difference, 0.999) <= 2


def test_what_the_mask_leaves_out_is_not_shown(ball):
    volume, _ = ball
    voxels = volume.hu >= 500
    voxels[:, :, : voxels.shape[2] // 2] = False
    scene = prepare(volume, BitMask.from_bool(voxels), 499.5)
    for picture in (
        first_hit(scene, look_at(volume)),
        composite(scene, look_at(volume), transfer_named("bone")),
    ):
        columns = np.nonzero(picture.rgba[..., 3])[1]
        assert columns.min() >= 58
        assert columns.max() > 80


def test_padding_is_never_shown():
    """HAZ-14: a scanner's padding of 3000 HU is no bone."""
    hu = np.full((20, 20, 20), 3000, np.int16)
    grid = solids.grid(hu.shape, (1.0, 1.0, 1.0))
    volume = Volume(hu, grid, BitMask.from_bool(np.ones(hu.shape, bool)))
    scene = prepare(volume, BitMask.from_bool(hu > 0), 499.5)
    assert not first_hit(scene, look_at(volume)).rgba.any()
    scene = prepare(volume, None, 499.5)
    assert not composite(scene, look_at(volume), transfer_named("bone")).rgba.any()


def test_a_slab_takes_the_light_its_thickness_says():
    """Analytic: 2 % a millimetre over 29 mm, and over the part of a voxel's ramp above 100 HU."""
    hu = np.zeros((40, 60, 40), np.int16)
    hu[:, 15:45] = 1000
    volume = Volume(hu, solids.grid(hu.shape, (1.0, 1.0, 1.0)))
    camera = look_at(volume, height_mm=30.0, size_px=(60, 60))
    picture = composite(prepare(volume, None, 499.5), camera, HAZE)
    alpha = picture.rgba[..., 3] / 255.0
    ramp_mm = np.interp(np.linspace(0, 1000, 10001), [100, 300], [0, 1]).mean()
    thick_mm = 29 + 2 * ramp_mm
    assert alpha.mean() == pytest.approx(1 - 0.98**thick_mm, abs=0.006)
    assert alpha.std() < 0.004
    at = (np.arange(30) + 0.5) * 0.98 ** np.arange(30)
    mean_mm = at.sum() / (0.98 ** np.arange(30)).sum() + 1000.0 - 29.5 + 14.5
    assert picture.depth_mm.mean() == pytest.approx(mean_mm, abs=0.6)


def test_leaps_change_no_composite(ball):
    volume, _ = ball
    scene = prepare(volume, None, 499.5)
    bone = transfer_named("bone")
    wide = Transfer("all", ((-1024.0, 0.0), *bone.opacity[1:]), bone.colour)
    assert (scene.ranges[..., 1] < 90).any()
    here = composite(scene, look_at(volume, ASKEW), bone)
    full = replace(scene, ranges=np.where(np.arange(2) == 0, np.int16(-1024), np.int16(3071)))
    full = replace(full, ranges=np.broadcast_to(full.ranges, scene.ranges.shape))
    there = composite(full, look_at(volume, ASKEW), bone)
    assert np.array_equal(here.rgba, there.rgba)
    assert np.array_equal(here.depth_mm, there.depth_mm)
    assert not np.array_equal(here.rgba, composite(scene, look_at(volume, ASKEW), wide).rgba)


def test_leaps_change_no_first_hit(ball, scene):
    volume, _ = ball
    camera = look_at(volume, ASKEW)
    here = first_hit(scene, camera)
    there = first_hit(replace(scene, leap=np.zeros_like(scene.leap)), camera)
    both = np.isfinite(here.depth_mm) & np.isfinite(there.depth_mm)
    assert (np.isfinite(here.depth_mm) != np.isfinite(there.depth_mm)).mean() < 0.002
    assert np.quantile(np.abs(here.depth_mm[both] - there.depth_mm[both]), 0.99) < 0.01


def test_rows_drawn_apart_are_the_same_bytes(ball, scene):
    """What threads share are slabs of rows; their borders leave no trace."""
    volume, _ = ball
    grid, camera = volume.grid, look_at(volume, ASKEW)
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    places = grid.ijk(camera.lps_mm(corners))[:, ::-1]
    view = np.concatenate([places[:1], places[1:] - places[0]])
    pictures = []
    for height in (120, 7):
        depth, normal = np.empty((120, 120), np.float32), np.empty((120, 120, 3), np.float32)
        for start in range(0, 120, height):
            ray.first_hits(
                *(volume.hu, scene.words, scene.leap, np.float32(499.5), grid.spacing_kji_mm),
                *(view, 0.42, depth, normal, start, min(start + height, 120)),
            )
        pictures.append(depth.tobytes() + normal.tobytes())
    assert pictures[0] == pictures[1]
    assert first_hit(scene, camera).rgba.tobytes() == first_hit(scene, camera).rgba.tobytes()


def test_nothing_in_sight_is_an_empty_picture(ball, scene):
    volume, _ = ball
    camera = Camera(volume.grid.centre_lps_mm + 500.0, *FRONT, 60.0, (40, 30))
    picture = first_hit(scene, camera)
    assert picture.rgba.shape == (30, 40, 4)
    assert not picture.rgba.any()
    assert np.isinf(picture.depth_mm).all()
    empty = prepare(volume, BitMask.empty(volume.grid.shape_kji), 499.5)
    assert not first_hit(empty, look_at(volume)).rgba.any()


def test_rays_along_the_rim_stay_inside():
    """Rays exactly on the last voxel centres of a row of 64, where words end."""
    hu = np.full((8, 8, 64), 1000, np.int16)
    volume = Volume(hu, solids.grid(hu.shape, (1.0, 1.0, 1.0)))
    scene = prepare(volume, BitMask.from_bool(hu > 0), 499.5)
    for axis, up in ((0, 2), (1, 2), (2, 0)):
        for sign in (1.0, -1.0):
            camera = Camera(
                np.array([63.0, 7.0, 7.0]), sign * np.eye(3)[axis], np.eye(3)[up], 5.0, (5, 5)
            )
            assert first_hit(scene, camera).rgba[2, 2, 3] == 255
            assert composite(scene, camera, transfer_named("bone")).rgba[2, 2, 3] > 200


def test_a_picture_stops_when_asked(ball, scene):
    def stop(done, total):
        raise Cancelled

    camera = look_at(ball[0])
    with pytest.raises(Cancelled):
        first_hit(scene, camera, progress=stop)
    with pytest.raises(Cancelled):
        composite(scene, camera, transfer_named("skin"), stop)
    with pytest.raises(Cancelled):
        prepare(ball[0], None, 200.0, stop)


def test_a_single_slice_is_no_solid():
    volume = Volume(np.zeros((1, 9, 9), np.int16), solids.grid((1, 9, 9)))
    with pytest.raises(Refusal, match="solid-too-thin"):
        prepare(volume, None, 200.0)


@pytest.mark.parametrize("width", [9, 63, 64, 65, 130])
def test_bricks_hold_what_the_voxels_say(width):
    """Second road: NumPy, brick by brick, the shared layer included."""
    rng = np.random.default_rng(width)
    hu = rng.integers(-1000, 1000, (17, 24, width)).astype(np.int16)
    voxels = rng.random(hu.shape) < 0.0004
    voxels[16, 8, width // 64 * 64 - 1 if width % 64 == 0 else width // 64 * 64] = True
    scene = prepare(Volume(hu, solids.grid(hu.shape)), BitMask.from_bool(voxels), 0.0)
    for at in np.ndindex(scene.leap.shape):
        box = tuple(slice(8 * n, 8 * n + 9) for n in at)
        assert (scene.leap[at] == 0) == voxels[box].any()
        assert tuple(scene.ranges[at]) == (hu[box].min(), hu[box].max())


def test_leaps_are_chessboard_distances():
    """Second road: SciPy."""
    occupied = np.random.default_rng(1).random((9, 14, 23)) < 0.01
    expected = ndimage.distance_transform_cdt(~occupied, "chessboard")
    assert np.array_equal(ray.leaps(occupied), expected)


@pytest.mark.parametrize("reach", [1, 4, 24, 80])
def test_blur_is_two_box_means(reach):
    """Second road: SciPy's uniform filter, twice, edge values repeated."""
    picture = np.random.default_rng(2).random((45, 60)).astype(np.float32)
    expected = picture.astype(float)
    for _ in range(2):
        expected = ndimage.uniform_filter(expected, 2 * reach + 1, mode="nearest")
    np.testing.assert_allclose(shade.blurred(picture, reach), expected, atol=1e-5)


def test_creases_and_fog_follow_their_formula():
    rng = np.random.default_rng(3)
    depth, fine, broad = rng.uniform(900, 1000, (3, 20, 30)).astype(np.float32)
    depth[3, 4:9] = np.inf
    hit, filled = np.isfinite(depth), np.where(np.isfinite(depth), depth, np.float32(1020))
    crease, fog = np.empty_like(depth), np.empty_like(depth)
    shade.creases(depth, filled, fine, broad, 900.0, 1000.0, crease, fog, 0, 20)
    behind = 0.09 * np.maximum(filled - fine, 0) + 0.022 * np.maximum(filled - broad, 0)
    np.testing.assert_allclose(crease, np.where(hit, 1 / (1 + behind), 1), rtol=1e-5)
    np.testing.assert_allclose(fog, np.where(hit, 1 - 0.45 * (filled - 900) / 101, 1), rtol=1e-5)


def test_a_groove_is_darker_than_the_plane_around_it():
    hu = np.zeros((60, 30, 60), np.int16)
    hu[:, 10:] = 1000
    hu[:, 10:16, 29:32] = 0
    volume = Volume(hu, solids.grid(hu.shape, (1.0, 1.0, 1.0)))
    scene = prepare(volume, solids.over(volume, 500), 499.5)
    picture = first_hit(scene, look_at(volume, height_mm=40.0))
    grey = picture.rgba[30:90, :, :3].mean(axis=(0, 2))
    assert grey[60] < 0.85 * grey[30]


def test_shipped_looks_are_complete():
    assert set(transfers()) == {"bone", "vessel", "skin"}
    for transfer in transfers().values():
        hu = [point[0] for point in transfer.opacity]
        assert hu == sorted(hu)
        assert transfer.extinction_per_mm.shape == (HIGH_HU - LOW_HU + 1,)
        assert transfer.extinction_per_mm[0] == 0.0
        assert (np.diff(transfer.extinction_per_mm) >= 0.0).all()
        assert 0.0 <= transfer.rgb.min() <= transfer.rgb.max() <= 1.0
        tau, tint = transfer.sums()
        assert tau[-1] == pytest.approx(transfer.extinction_per_mm.sum())
        assert tint.shape == (len(tau), 3)
    with pytest.raises(Refusal, match="solid-unknown"):
        transfer_named("brain")
