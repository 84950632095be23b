"""A skull is told from what a CT shows elsewhere, by solids of a formula (SEC-13)."""

import numpy as np
import pytest

from segmentation.face import may_show_face
from segmentation.grid import Grid
from segmentation.volume import Volume

SPACING_MM = (3.0, 1.3, 1.1)
SHAPE = (60, 180, 200)


def volume(hu):
    grid = Grid(SHAPE, np.array([811.0, -902.0, 55.0]), SPACING_MM, np.eye(3), "1.2.3")
    return Volume(hu.astype(np.int16), grid)


def radii(centre_mm=(90.0, 117.0, 110.0)):
    """The distance of each voxel from a point, mm, and the three axes around it."""
    axes = [(np.arange(n) * mm - c) for n, mm, c in zip(SHAPE, SPACING_MM, centre_mm, strict=True)]
    return np.meshgrid(*axes, indexing="ij")


def head(inside_hu=35):
    z, y, x = radii()
    r = np.sqrt((z / 0.95) ** 2 + (y / 1.1) ** 2 + x**2)
    hu = np.full(SHAPE, -1000)
    hu[r < 78] = 20
    hu[r < 72] = 900
    hu[r < 66] = inside_hu
    return hu


def thorax():
    """A trunk with lungs, a spine and ribs that are open in front."""
    _, y, x = radii()
    body = (x / 105) ** 2 + (y / 95) ** 2
    hu = np.where(body < 1.0, 30, -1000)
    hu[((np.abs(x) - 50) / 35) ** 2 + (y / 60) ** 2 < 1] = -850
    hu[(body > 0.8) & (body < 0.9) & ((np.abs(y) > 20) | (x > 0)) & (y > -70)] = 700
    hu[(x**2 + (y - 70) ** 2) < 400] = 500
    return hu


def legs():
    """Two thighs: bone closes around marrow, too little of it."""
    _, y, x = radii()
    hu = np.full(SHAPE, -1000)
    for side in (-55, 55):
        r = np.hypot(x - side, y)
        hu[r < 50], hu[r < 16], hu[r < 9] = 40, 1200, -40
    return hu


def test_a_skull_is_found_along_any_axis():
    assert may_show_face(volume(head()))
    turned = volume(np.ascontiguousarray(head()[:, ::-1, ::-1]))
    assert may_show_face(turned)


@pytest.mark.parametrize("hu", [thorax(), legs(), head(inside_hu=-800)])
def test_what_is_no_head_is_not_called_one(hu):
    assert not may_show_face(volume(hu))


@pytest.mark.parametrize("part", ["HEAD", "Head Neck", "SKULL", "MANDIBLE", "orbit "])
def test_the_header_is_believed_where_no_vault_is_seen(part):
    assert may_show_face(volume(thorax()), part)
    assert not may_show_face(volume(thorax()), "SHOULDER")


def test_a_thin_slab_is_no_vault():
    hu = np.ascontiguousarray(head()[28:32])
    grid = Grid(hu.shape, np.zeros(3), SPACING_MM, np.eye(3), "1.2.3")
    assert not may_show_face(Volume(hu.astype(np.int16), grid))


@pytest.mark.data
def test_real_scans_of_the_trunk_show_no_face_and_a_head_does(shared_data):
    from segmentation.io.load import load
    from segmentation.io.scan import scan

    for name, is_head in (
        ("ct_abdomen_contrast_crlm1006", False),
        ("ct_head_gantry_tilt_uneven_ge", True),
    ):
        series = scan(shared_data / name).series[0]
        loaded = load(series, view_only=True, regularise=True)
        assert may_show_face(loaded.volume) is is_head, name
        assert may_show_face(loaded.volume, loaded.header.body_part) is is_head, name
