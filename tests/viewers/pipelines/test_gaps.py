"""Missing slices are hatched in every view, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from segmentation.mask import BitMask
from segmentation.volume import Volume
from viewers.gestures.scene import PlanScene
from viewers.pipelines.gaps import gaps_of
from viewers.pipelines.plane import PlaneKind, patient_plane
from viewers.still import Look, picture

MISSING = (18, 19)
SIZE = (360, 300)
FIELD_MM = 70.0
LIGHT = (0xF5, 0xB8, 0x3D)


def with_padding(case, missing=MISSING, is_round=True):
    """The scan with slices missing, and with corners that no slice ever holds."""
    nk, nj, ni = case.volume.grid.shape_kji
    padding = np.zeros((nk, nj, ni), bool)
    padding[list(missing)] = True
    if is_round:
        padding[:, corners(nj, ni)] = True
    hu = np.where(padding, -1024, 40).astype(np.int16)
    return replace(case, volume=Volume(hu, case.volume.grid, BitMask.from_bool(padding)))


def corners(nj, ni):
    j, i = np.indices((nj, ni))
    return np.hypot((j - (nj - 1) / 2) / nj, (i - (ni - 1) / 2) / ni) > 0.5


def hatched(case, kind, place):
    """Pixels (rows, columns) that are amber, and the slice."""
    look = Look(centre_lps_mm=tuple(place), field_mm=FIELD_MM, plan=PlanScene())
    image = QImage.fromData(picture(case, (kind.value,), SIZE, look), "PNG")
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    rgb = rows[:, : 3 * SIZE[0]].reshape(SIZE[1], SIZE[0], 3).astype(int)
    # The crosshair is thin and of another red-green-blue; the hatch is 35 % amber over black
    # or grey: more red than blue by about 65 in either case.
    away = (rgb[..., 0] - rgb[..., 2] > 25) & (rgb[..., 0] - rgb[..., 2] < 75)
    return away & (rgb[..., 0] > rgb[..., 1] + 8), patient_plane(
        kind, place, FIELD_MM / min(SIZE), SIZE
    )


def indices(case, plane):
    y, x = np.indices((SIZE[1], SIZE[0])) + 0.5
    ijk = case.volume.grid.ijk(plane.lps_mm(np.stack([x.ravel(), y.ravel()], axis=1)))
    return ijk.reshape(SIZE[1], SIZE[0], 3)


@pytest.mark.hazard("HAZ-8")
@pytest.mark.parametrize("kind", [PlaneKind.CORONAL, PlaneKind.SAGITTAL])
def test_a_gap_is_hatched_and_nothing_else_is(qapp, scan_only, kind):
    case = with_padding(scan_only)
    place = case.volume.grid.centre_lps_mm + np.array((3.0, 4.0, 9.0))
    amber, plane = hatched(case, kind, place)
    amber[:34], amber[-34:], amber[:, :40], amber[:, -40:] = False, False, False, False
    across = plane.px(place)  # the crosshair has colours of its own
    amber[:, int(across[0]) - 2 : int(across[0]) + 3] = False
    amber[int(across[1]) - 2 : int(across[1]) + 3] = False
    k = indices(case, plane)[..., 2]
    in_gap = (k > MISSING[0] - 0.4) & (k < MISSING[-1] + 0.4)
    in_gap[:, :40], in_gap[:, -40:] = False, False
    beyond = (k < MISSING[0] - 1.1) | (k > MISSING[-1] + 1.1)
    assert 0.08 < amber[in_gap].mean() < 0.35  # thin lines
    assert amber[beyond].sum() == 0


@pytest.mark.hazard("HAZ-8")
def test_a_missing_slice_is_hatched_within_the_round_field_only(qapp, scan_only):
    case = with_padding(scan_only)
    grid = case.volume.grid
    middle = grid.centre_lps_mm

    def seen_at(k):
        place = np.array((middle[0] + 3.0, middle[1] + 4.0, grid.lps_mm(np.array((0, 0, k)))[2]))
        amber, plane = hatched(case, PlaneKind.AXIAL, place)
        ijk = np.rint(indices(case, plane)).astype(int)
        nj, ni = grid.shape_kji[1:]
        is_grid = (ijk[..., 0] >= 0) & (ijk[..., 0] < ni) & (ijk[..., 1] >= 0) & (ijk[..., 1] < nj)
        is_field = np.zeros_like(is_grid)
        is_field[is_grid] = ~corners(nj, ni)[ijk[is_grid][:, 1], ijk[is_grid][:, 0]]
        is_field[:34], is_field[-34:] = False, False
        is_corner = is_grid & ~is_field
        is_corner[:34], is_corner[-34:] = False, False
        return amber[is_field].mean(), int(amber[is_corner].sum())

    share, in_corners = seen_at(MISSING[0])
    assert share > 0.05
    assert in_corners == 0
    share, in_corners = seen_at(10)
    assert share < 0.002
    assert in_corners == 0


def test_only_whole_slices_are_missing(scan_only):
    assert gaps_of(scan_only.volume) is None
    assert gaps_of(with_padding(scan_only, missing=()).volume) is None
    gaps = gaps_of(with_padding(scan_only, missing=(0, 7)).volume)
    assert np.flatnonzero(gaps.is_missing).tolist() == [0, 7]
    part = np.zeros(scan_only.volume.grid.shape_kji, bool)
    part[5] = True
    part[5, 20, 30] = False  # one measured voxel: the slice is there
    volume = Volume(scan_only.volume.hu, scan_only.volume.grid, BitMask.from_bool(part))
    assert gaps_of(volume) is None
