"""The mid-plane of made bodies, phantoms and real scans; a wrong side is never missed."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planning.case.case import Side
from planning.checks.check import CheckView
from planning.checks.midplane import COARSE_MM, MidPlane, mid_plane
from planning.checks.side import check
from planning.measures.surfaces import Surfaces
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.phantoms.phantom import build_phantom
from planning.phantoms.practice import practice_case
from segmentation.grid import Grid
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.measures.making import case_of

ERROR_MM = COARSE_MM / 2 + 0.5
SHAPE = (20, 60, 160)


def made(middle_mm=0.0, half_mm=50.0, table=None, padding=None, shift_mm=0.0, spacing=1.0):
    """A soft box about x = `middle_mm` on a grid of 160 mm about 0; -1000 HU around it."""
    size = (20, 60, round(160 / spacing))
    origin = np.array([-(size[2] - 1) / 2 * spacing + shift_mm, -30.0, 0.0])
    grid = Grid(size, origin, (1.0, 1.0, spacing), np.eye(3), "1.2")
    x = origin[0] + spacing * np.arange(size[2])
    hu = np.full(size, -1000, np.int16)
    hu[:, 10:50, np.abs(x - middle_mm) < half_mm] = 20
    if table is not None:
        hu[:, table, :] = 100
    return Volume(hu, grid, padding)


@pytest.mark.parametrize("middle_mm", [-12.0, 0.0, 7.3])
@pytest.mark.parametrize("spacing", [0.7, 1.0, 4.0])
def test_between_two_flanks_it_lies_half_way(middle_mm, spacing):
    plane = mid_plane(made(middle_mm, spacing=spacing))
    assert plane.low_mm == plane.high_mm == pytest.approx(middle_mm, abs=ERROR_MM + spacing / 2)


def test_a_table_apart_from_the_body_or_as_thin_as_a_shell_changes_nothing():
    free = mid_plane(made(9.0))
    assert mid_plane(made(9.0, table=slice(55, 58))) == free
    assert mid_plane(made(9.0, table=slice(50, 54))) == free


@pytest.mark.hazard("HAZ-4")
def test_a_flank_that_is_cut_leaves_a_bound_on_the_other_side():
    """Cut on the right: the true middle is no further left than that of what is seen."""
    cut_right = mid_plane(made(-60.0, 60.0))
    assert cut_right.low_mm == -np.inf
    assert -60.0 <= cut_right.high_mm <= -40.0 + ERROR_MM
    cut_left = mid_plane(made(60.0, 60.0))
    assert cut_left.high_mm == np.inf
    assert 40.0 - ERROR_MM <= cut_left.low_mm <= 60.0


def test_padding_is_no_flank():
    """What the scanner never measured may be body."""
    unread = np.zeros(SHAPE, bool)
    unread[:, :, :45] = True
    plane = mid_plane(made(0.0, 50.0, padding=BitMask.from_bool(unread)))
    assert plane.low_mm == -np.inf
    assert plane.high_mm < np.inf


def test_padding_beside_the_body_is_no_part_of_it():
    unread = np.zeros(SHAPE, bool)
    unread[:, 50:, :] = True
    free = mid_plane(made(9.0))
    assert mid_plane(made(9.0, padding=BitMask.from_bool(unread))) == free


def test_without_flanks_or_without_a_body_nothing_is_known():
    assert mid_plane(made(0.0, 90.0)) == MidPlane()
    assert mid_plane(made(0.0, 0.0)) == MidPlane()


def mirrored(volume):
    """The patient seen in a mirror: left is right."""
    grid = volume.grid
    last = (grid.shape_kji[2] - 1) * grid.spacing_kji_mm[2]
    origin = np.array([-grid.origin_lps_mm[0] - last, *grid.origin_lps_mm[1:]])
    turned = Grid(grid.shape_kji, origin, grid.spacing_kji_mm, grid.direction, grid.frame_uid)
    return Volume(np.ascontiguousarray(volume.hu[:, :, ::-1]), turned)


@pytest.fixture(scope="module")
def shoulder():
    phantom = build_phantom("shoulder", detail="quarter")
    return phantom, practice_case(phantom)


def found(case):
    view = CheckView(case, Surfaces(), date(2026, 1, 1))
    return [answer.code for answer in check(view)]


@pytest.mark.hazard("HAZ-4")
def test_the_shoulder_phantom_is_a_left_one_and_its_mirror_is_not(shoulder):
    _, case = shoulder
    assert case.side is Side.LEFT
    scapula = case.segments[0].mask.to_bool()
    ijk = np.argwhere(scapula).mean(axis=0)[::-1]
    x, y, z = case.volume.grid.lps_mm(ijk[None])[0].tolist()
    mark = Landmark("m", "mark", (x, y, z))
    left = replace(case, plan=Plan((mark,)))
    assert found(left) == ["side-is-left"]
    assert found(replace(left, side=Side.RIGHT)) == ["side-not-right"]
    other = replace(left, volume=mirrored(case.volume))
    other = replace(other, plan=Plan((Landmark("m", "mark", (-x, y, z)),)))
    assert found(other) == ["side-not-left"]
    assert found(replace(other, side=Side.RIGHT)) == ["side-is-right"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "low_mm", "high_mm"),
    [
        # Read off the pictures: where spinous processes and umbilicus or sternum lie.
        ("ct_abdomen_contrast_crlm1006", 5.0, 30.0),
        ("ct_abdomen_pelvis_3mm_nail", -10.0, 20.0),
    ],
)
def test_real_scans_with_both_flanks_have_their_plane_at_the_spine(
    shared_data, name, low_mm, high_mm
):
    plane = mid_plane(loaded(shared_data / name))
    assert low_mm <= plane.low_mm <= plane.high_mm <= high_mm


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "x_mm", "side", "expected"),
    [
        ("ct_shoulder_thorax_lidc0314", 104.2, Side.LEFT, "side-is-left"),
        ("ct_shoulder_thorax_lidc0314", 104.2, Side.RIGHT, "side-not-right"),
        ("ct_shoulder_tumour_rtstruct_sts037", -150.0, Side.RIGHT, "side-is-right"),
        ("ct_shoulder_tumour_rtstruct_sts037", -150.0, Side.LEFT, "side-not-left"),
    ],
)
def test_real_shoulders_are_told_apart(shared_data, name, x_mm, side, expected):
    volume = loaded(shared_data / name)
    case = case_of(volume, (), (Landmark("m", "mark", (x_mm, 0.0, 0.0)),))
    assert found(replace(case, side=side)) == [expected]


KEPT = {}


def loaded(folder):
    if folder not in KEPT:
        series = [one for one in scan(folder).series if one.outcome != "refused"]
        KEPT[folder] = load(series[0]).volume
    return KEPT[folder]
