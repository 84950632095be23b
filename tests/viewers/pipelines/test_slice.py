"""Reslicing against SciPy, windows by formula, padding and borders."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume
from viewers.pipelines.plane import PlaneKind, SlicePlane, patient_plane, triple
from viewers.pipelines.slice import Window, bone_centre_lps_mm, grey_picture, hu_at

WHOLE = Window(4000.0, 0.0)


def noise(shape_kji=(12, 17, 23), direction=None):
    rng = np.random.default_rng(5)
    hu = rng.integers(-1900, 1900, shape_kji).astype(np.int16)
    axes = np.eye(3) if direction is None else direction
    return Volume(hu, Grid(shape_kji, np.array((5.0, -7.0, 3.0)), (2.0, 0.7, 1.1), axes, "1.2.3"))


def rotation(seed):
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def expected(volume, plane, window, ratio):
    height, width = int(plane.size_px[1] * ratio), int(plane.size_px[0] * ratio)
    rows, columns = np.mgrid[0:height, 0:width]
    px = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / ratio
    kji = volume.grid.ijk(plane.lps_mm(px))[:, ::-1]
    value = map_coordinates(volume.hu.astype(float), kji.T, order=1, mode="nearest")
    low = window.level_hu - window.window_hu / 2.0
    grey = np.clip((value - low) / window.window_hu * 255.0, 0.0, 255.0)
    size = np.array(volume.grid.shape_kji)
    is_inside = ((kji >= -0.5) & (kji <= size - 0.5)).all(axis=1)
    # On the very border both answers hold: rounding decides.
    is_border = (np.abs(kji + 0.5) < 1e-9).any(axis=1) | (np.abs(kji - size + 0.5) < 1e-9).any(
        axis=1
    )
    return [a.reshape(height, width) for a in (np.where(is_inside, grey, 0.0), is_border)]


@pytest.mark.parametrize("kind", list(PlaneKind))
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_patient_slices_equal_scipy(kind, ratio):
    volume = noise()
    plane = patient_plane(kind, volume.grid.centre_lps_mm + 0.3, 0.31, (90, 71))
    grey, width = grey_picture(volume, plane, WHOLE, ratio)
    wanted, is_border = expected(volume, plane, WHOLE, ratio)
    assert grey.shape[1] % 4 == 0
    assert (np.abs(grey[:, :width] - wanted)[~is_border] <= 0.51).all()
    assert (wanted > 0).mean() > 0.3


@pytest.mark.parametrize("seed", range(4))
def test_oblique_slices_of_oblique_scans_equal_scipy(seed):
    volume = noise(direction=rotation(seed))
    right, down, _ = rotation(seed + 10).T
    plane = SlicePlane(
        PlaneKind.AXIAL,
        triple(volume.grid.centre_lps_mm),
        triple(right),
        triple(down),
        0.23,
        (101, 96),
    )
    grey, width = grey_picture(volume, plane, WHOLE)
    wanted, is_border = expected(volume, plane, WHOLE, 1.0)
    assert (np.abs(grey[:, :width] - wanted)[~is_border] <= 0.51).all()


def test_window_maps_its_ends_to_black_and_white_and_inverts():
    shape = (2, 2, 5)
    hu = np.broadcast_to(np.array((-60, 40, 140, 90, 39), np.int16), shape)
    volume = Volume(hu, Grid(shape, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), ""))
    plane = patient_plane(PlaneKind.AXIAL, (2.0, 0.5, 0.0), 1.0, (5, 2))
    grey, width = grey_picture(volume, plane, Window(200.0, 40.0))
    assert grey[0, :width].tolist() == [0, 128, 255, 191, 126]
    turned, _ = grey_picture(volume, plane, Window(200.0, 40.0, is_inverted=True))
    assert np.abs(turned[0, :width].astype(int) + grey[0, :width] - 255).max() <= 1


def test_metal_beside_air_does_not_overflow():
    hu = np.array([[[-32768, 32767]]], np.int16)
    volume = Volume(hu, Grid((1, 1, 2), np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), ""))
    plane = patient_plane(PlaneKind.AXIAL, (0.5, 0.0, 0.0), 0.02, (100, 20))
    grey, width = grey_picture(volume, plane, Window(65535.0, 0.0))
    steps = np.diff(grey[10, :width].astype(int))
    assert (steps >= 0).all()
    assert steps.max() <= 6


def test_outside_and_padding_are_black_also_when_inverted():
    volume = noise()
    padded = np.zeros(volume.grid.shape_kji, bool)
    padded[:, :5, :] = True
    filled = Volume(np.full_like(volume.hu, 500), volume.grid, BitMask.from_bool(padded))
    plane = patient_plane(PlaneKind.AXIAL, volume.grid.centre_lps_mm, 0.2, (200, 120))
    for window, shown in ((Window(100.0, 500.0), 128), (Window(100.0, 500.0, True), 128)):
        grey, width = grey_picture(filled, plane, window)
        rows, columns = np.mgrid[0:120, 0:width]
        lps = plane.lps_mm(np.stack([columns + 0.5, rows + 0.5], axis=-1).reshape(-1, 2))
        ijk = np.floor(volume.grid.ijk(lps) + 0.5).astype(int)
        size = np.array(volume.grid.shape_kji[::-1])
        seen = ((ijk >= 0) & (ijk < size)).all(axis=1) & (ijk[:, 1] >= 5)
        seen = seen.reshape(120, width)
        assert (grey[:, :width][~seen] == 0).all()
        assert (grey[:, :width][seen] == shown).all()


def test_a_pose_that_is_no_number_is_black():
    plane = patient_plane(PlaneKind.AXIAL, (np.nan, 0.0, 0.0), 1.0, (20, 20))
    grey, _ = grey_picture(noise(), plane, WHOLE)
    assert not grey.any()


def test_probe_reads_the_voxel_and_nothing_outside_or_in_padding():
    volume = noise()
    point = volume.grid.lps_mm(np.array((20.0, 3.0, 7.0)))
    assert hu_at(volume, point) == int(volume.hu[7, 3, 20])
    assert hu_at(volume, point + np.array((1000.0, 0.0, 0.0))) is None
    padded = np.zeros(volume.grid.shape_kji, bool)
    padded[7, 3, 20] = True
    assert hu_at(Volume(volume.hu, volume.grid, BitMask.from_bool(padded)), point) is None


def test_views_open_in_the_middle_of_the_bone(scan_only):
    volume = scan_only.volume
    air = Volume(np.full_like(volume.hu, -1000), volume.grid)
    assert np.abs(bone_centre_lps_mm(air) - volume.grid.centre_lps_mm).max() <= 1.0
    kji = np.argwhere(volume.hu >= 226)
    middle = volume.grid.lps_mm(kji.mean(axis=0)[::-1])
    assert np.abs(bone_centre_lps_mm(volume) - middle).max() < 4.0
