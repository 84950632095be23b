"""Regularised volumes against a linear field, which linear interpolation must return exactly."""

from pathlib import Path

import numpy as np
import pytest

from segmentation.errors import Cancelled, Refusal
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io import series as make
from tests.segmentation.io.series import COLUMNS, ROWS, Recipe

SLOPE = np.array([7.0, -11.0, 5.0])  # HU per mm along x, y, z of the patient


def field_series(recipe: Recipe, heights: list[float]) -> make.Files:
    """Return slices at true heights (in steps) whose HU are a linear field of the patient."""
    files = make.make_series(recipe)
    j, i = np.mgrid[0:ROWS, 0:COLUMNS]
    for height, ds in zip(heights, files.values(), strict=True):
        place = recipe.place(height)
        ds.ImagePositionPatient = make.decimal(place, 6)
        right = i[..., None] * recipe.spacing[1] * recipe.axes[:, 0]
        down = j[..., None] * recipe.spacing[0] * recipe.axes[:, 1]
        points = place - np.array(recipe.origin) + right + down
        make.set_pixels(ds, np.rint(points @ SLOPE) + 1024)
    return files


def check_field(volume, recipe: Recipe) -> float:
    """Return the share of measured voxels; every one of them must lie on the field."""
    nk, nj, ni = volume.hu.shape
    k, j, i = np.mgrid[0:nk, 0:nj, 0:ni]
    ijk = np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1)
    truth = (volume.grid.lps_mm(ijk) - np.array(recipe.origin)) @ SLOPE
    known = np.ones(volume.hu.shape, bool)
    if volume.padding is not None:
        known &= ~volume.padding.to_bool()
    error = np.abs(volume.hu - truth.reshape(volume.hu.shape))
    assert error[known].max() <= 1.01  # stored values and result are each rounded to whole HU
    return float(known.mean())


EVEN = [float(k) for k in range(12)]
CHANGED = [0.0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17]


@pytest.mark.hazard("HAZ-10")
@pytest.mark.parametrize(
    ("drift", "heights"),
    [
        ((0.0, 2.0 * np.tan(np.deg2rad(15))), EVEN),
        ((0.0, -2.0 * np.tan(np.deg2rad(1))), EVEN),
        ((0.7, 0.4), EVEN),
        ((-0.31, 0.83), CHANGED),
        ((0.0, 0.0), CHANGED),
        ((0.0, 0.0), [0.0, 1, 2.2, 3.1, 4, 5.3, 6.3, 7.2, 8.3, 9.2, 10.2, 11]),
    ],
)
def test_a_linear_field_survives_tilt_shear_and_uneven_steps(drift, heights, tmp_path) -> None:
    recipe = Recipe(drift=drift, axes=make.turn(8, 0) @ make.turn(-5, 2))
    found = scan(make.save(field_series(recipe, heights), tmp_path)).series[0]
    assert found.outcome is not Outcome.PLAN_GRADE
    loaded = load(found, regularise=True)
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert loaded.findings[0].code == "regularised"
    assert loaded.regularised_mm is not None
    assert check_field(loaded.volume, recipe) > 0.3
    assert load(found, regularise=True).volume.sha256() == loaded.volume.sha256()


def test_the_largest_shift_of_a_tilt_is_its_drift(tmp_path: Path) -> None:
    recipe = Recipe(drift=(0.3, 0.4))
    loaded = load(scan(make.save(make.make_series(recipe), tmp_path)).series[0], regularise=True)
    assert loaded.regularised_mm == pytest.approx(0.5 * 11, abs=1e-5)


def test_marks_of_a_tilted_series_come_back_within_half_a_voxel(tmp_path: Path) -> None:
    recipe = Recipe(drift=(0.0, 2.0 * np.tan(np.deg2rad(15))))
    files = make.make_series(recipe)
    for ds in files.values():
        stored = np.frombuffer(ds.PixelData, np.int16).reshape(ROWS, COLUMNS)
        make.set_pixels(ds, np.where(stored > 1200, stored * 4, 24))
    volume = load(scan(make.save(files, tmp_path)).series[0], regularise=True).volume
    for place in recipe.mark_lps_mm().values():
        i, j, k = np.rint(volume.grid.ijk(place)).astype(int)
        box = (slice(max(0, k - 1), k + 2), slice(max(0, j - 1), j + 2), slice(i - 1, i + 2))
        weights = volume.hu[box].astype(float) + 1024
        offsets = np.argwhere(weights > -9e9) + np.array([each.start for each in box])
        centre = (offsets * weights.reshape(-1, 1)).sum(axis=0) / weights.sum()
        assert np.abs(volume.grid.lps_mm(centre[::-1]) - place).max() < 0.55


def test_a_series_that_needs_nothing_is_left_alone(tmp_path: Path) -> None:
    found = scan(make.save(make.make_series(), tmp_path)).series[0]
    loaded = load(found, regularise=True)
    assert loaded.regularised_mm is None
    assert loaded.volume.sha256() == load(found).volume.sha256()


def test_padding_is_not_blended_into_tissue(tmp_path: Path) -> None:
    recipe = Recipe(drift=(0.4, 0.0))
    files = field_series(recipe, EVEN)
    for ds in files.values():
        stored = np.frombuffer(ds.PixelData, np.int16).reshape(ROWS, COLUMNS).copy()
        stored[5:9, 5:9] = -3000
        make.set_pixels(ds, stored)
    loaded = load(scan(make.save(files, tmp_path)).series[0], regularise=True)
    check_field(loaded.volume, recipe)


@pytest.mark.hazard("HAZ-10")
@pytest.mark.parametrize("axis_fault", ["gap", "patients", "cosines"])
def test_regularising_never_covers_what_it_cannot_mend(axis_fault: str, tmp_path: Path) -> None:
    files = make.make_series(Recipe(drift=(0.0, 0.5)))
    if axis_fault == "gap":
        del files["slice005.dcm"]
    elif axis_fault == "patients":
        files["slice005.dcm"].PatientID = "P-2"
    else:
        make.each(ImageOrientationPatient=["0.98", "0", "0", "0", "0.98", "0"])(
            files, np.random.default_rng(0)
        )
    found = scan(make.save(files, tmp_path)).series[0]
    for view_only in (False, True):
        with pytest.raises(Refusal) as raised:
            load(found, regularise=True, view_only=view_only)
        assert raised.value.code != "gantry-tilt"


def test_resampling_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    found = scan(make.save(make.make_series(Recipe(drift=(0.0, 0.5))), tmp_path)).series[0]

    def progress(done: int, total: int) -> None:
        if done > total // 2 + 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        load(found, progress, regularise=True)
