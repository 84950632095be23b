"""Planted faults: over fifty classes, three seeds each; none may load silently as plan-grade."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate
from pydicom.tag import Tag
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

from segmentation.errors import Refusal
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from segmentation.io.slice_header import numbers
from tests.segmentation.io import series as make
from tests.segmentation.io.sentences import check_findings, check_refusal
from tests.segmentation.io.series import Recipe, each, one

RECIPES = {
    "gantry tilt of 15 degrees": Recipe(drift=(0.0, 2.0 * np.tan(np.deg2rad(15)))),
    "gantry tilt of minus 1 degree": Recipe(drift=(0.0, -2.0 * np.tan(np.deg2rad(1)))),
    "shear in two axes": Recipe(drift=(0.7, 0.4)),
    "drift just over the limit": Recipe(drift=(0.0, 0.06 / 11)),
    "single slice": Recipe(slices=1),
}


def missing_one(files, rng):
    make.drop(files, rng, 0)


def missing_three(files, rng):
    make.drop(files, rng, 0, 1, 2)


def missing_every_second_for_a_while(files, rng):
    make.drop(files, rng, 0, 2)


def missing_near_the_end(files, rng):
    del files[sorted(files)[-2 if rng.integers(2) else 1]]


def uneven(files, rng):
    for n, name in enumerate(sorted(files)):
        make.shift(files[name], 0, 0, 2.0 * max(0, n - 5))


def jittered(files, rng):
    make.shift(files[make.some_name(files, rng)], 0, 0, 0.3)


def beside(files, rng):
    make.shift(files[make.some_name(files, rng)], 0.2, 0, 0)


def one_place(files, rng):
    for ds in files.values():
        ds.ImagePositionPatient = ["0", "0", "0"]


def other_pixels(files, rng):
    files["again.dcm"] = make.twin_of(files[make.some_name(files, rng)], offset=7)


def phases_without_a_number(files, rng):
    for name in sorted(files):
        files[f"again{name}"] = make.twin_of(files[name], offset=20)


def truncated_pixels(files, rng):
    ds = files[make.some_name(files, rng)]
    ds.PixelData = ds.PixelData[:-100]
    ds["PixelData"].VR = "OW"


def uid_used_twice(files, rng):
    names = sorted(files)
    files[names[3]].SOPInstanceUID = files[names[4]].SOPInstanceUID


def no_pixels_in_one(files, rng):
    del files[make.some_name(files, rng)].PixelData


def position_lost_in_one(files, rng):
    del files[make.some_name(files, rng)].ImagePositionPatient


def position_lost_at_the_end(files, rng):
    del files[sorted(files)[-1]].ImagePositionPatient


def turned_by_a_third_of_a_degree(files, rng):
    axes = make.turn(0.3, 2)
    files[make.some_name(files, rng)].ImageOrientationPatient = make.decimal(axes[:, :2].T, 6)


def broken_stream(syntax):
    def fault(files, rng):
        for ds in files.values():
            ds.PixelData = encapsulate([rng.bytes(200)])
            ds["PixelData"].VR = "OB"
            ds["PixelData"].is_undefined_length = True
            ds.file_meta.TransferSyntaxUID = syntax

    return fault


def stored(**values):
    """Return the fault that writes raw bytes, past pydicom's validation."""

    def fault(files, rng):
        for ds in files.values():
            for keyword, value in values.items():
                tag = Tag(keyword)
                vr = "UL" if keyword == "Rows" else "DS"
                ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)

    return fault


FAULTS = {
    "one slice missing": missing_one,
    "three slices missing": missing_three,
    "every second slice missing for a while": missing_every_second_for_a_while,
    "a slice missing beside an end": missing_near_the_end,
    "uneven steps": uneven,
    "a slice 0.3 mm off its step": jittered,
    "a slice 0.2 mm beside the others": beside,
    "all slices at one place": one_place,
    "same place, other pixels": other_pixels,
    "two phases without a number": phases_without_a_number,
    "cosines of length 0.98": each(ImageOrientationPatient=[0.98, 0, 0, 0, 0.98, 0]),
    "cosines two degrees from square": each(
        ImageOrientationPatient=["1", "0", "0", "0.034897", "0.999391", "0"]
    ),
    "cosines of length zero": each(ImageOrientationPatient=["0"] * 6),
    "one slice turned": turned_by_a_third_of_a_degree,
    "no position": each(ImagePositionPatient=None),
    "no orientation": each(ImageOrientationPatient=None),
    "no pixel spacing": each(PixelSpacing=None),
    "position lost in one slice": position_lost_in_one,
    "position lost in the last slice": position_lost_at_the_end,
    "position not finite": stored(ImagePositionPatient=b"nan\\0\\0"),
    "spacing not finite": stored(PixelSpacing=b"inf\\1"),
    "spacing with a comma": stored(PixelSpacing=b"1,25\\1,25"),
    "spacing with an underscore": stored(PixelSpacing=b"1_0\\1"),
    "spacing overflowing": stored(PixelSpacing=b"1e999\\1"),
    "spacing zero": each(PixelSpacing=["0", "1"]),
    "spacing negative": each(PixelSpacing=["-1", "-1"]),
    "two numbers of a position": stored(ImagePositionPatient=b"1\\2"),
    "two patient ids": one(PatientID="P-2"),
    "two birth dates": one(PatientBirthDate="19700103"),
    "two names": one(PatientName="Doe^John"),
    "two issuers": one(IssuerOfPatientID="OTHER"),
    "two sexes": one(PatientSex="M"),
    "an MR": each(Modality="MR"),
    "a secondary capture": each(SOPClassUID="1.2.840.10008.5.1.4.1.1.7"),
    "another storage class": each(SOPClassUID="1.2.840.10008.5.1.4.1.1.128"),
    "a localiser": each(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
    "truncated pixels": truncated_pixels,
    "no pixels in one file": no_pixels_in_one,
    "more rows than pixels": each(Rows=2000),
    "rows beyond any scanner": each(Rows=65535, Columns=65535),
    "rows of 32 bits": stored(Rows=b"\x14\0\0\0"),
    "several frames": each(NumberOfFrames=2),
    "colour": each(SamplesPerPixel=3, PhotometricInterpretation="RGB"),
    "palette colour": each(PhotometricInterpretation="PALETTE COLOR"),
    "more bits stored than allocated": each(BitsStored=17, HighBit=16),
    "64 bits allocated": each(BitsAllocated=64, BitsStored=64, HighBit=63),
    "slope zero": each(RescaleSlope="0"),
    "slope not finite": stored(RescaleSlope=b"nan "),
    "slope beyond HU": each(RescaleSlope="1000"),
    "intercept beyond HU": each(RescaleIntercept="90000"),
    "an unknown transfer syntax": each(),
    "a broken JPEG-LS stream": broken_stream(JPEGLSLossless),
    "a broken JPEG 2000 stream": broken_stream(JPEG2000Lossless),
    "fewer files than the headers count": each(NumberOfSeriesRelatedInstances="13"),
    "an instance UID used twice": uid_used_twice,
    "no instance UID": each(SOPInstanceUID=None),
    "no series UID": each(SeriesInstanceUID=None),
}


def unknown_syntax(folder: Path) -> None:
    for path in folder.iterdir():
        data = path.read_bytes()
        path.write_bytes(data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0"))


def cut_header(folder: Path, seed: int) -> None:
    path = sorted(folder.iterdir())[4 + seed]
    path.write_bytes(path.read_bytes()[: 500 + 37 * seed])


def tag_twice(folder: Path, seed: int) -> None:
    """Give one file its pixel spacing twice, with different values."""
    path = sorted(folder.iterdir())[4 + seed]
    data = path.read_bytes()
    at = data.index(b"\x28\x00\x30\x00DS")
    length = int.from_bytes(data[at + 6 : at + 8], "little") + 8
    element = data[at : at + length]
    path.write_bytes(data[:at] + element.replace(b"1.1", b"2.1") + data[at:])


def refusal_or_none(folder: Path) -> str | None:
    """Return why nothing at `folder` loads as plan-grade, None if something does."""
    try:
        found = scan(folder).series
    except Refusal as refusal:
        check_refusal(refusal)
        return refusal.code
    best = found[0]
    for series in found:
        check_findings(series.findings)
    try:
        loaded = load(best)
    except Refusal as refusal:
        check_refusal(refusal)
        return refusal.code
    assert loaded.outcome is Outcome.PLAN_GRADE
    return None


@pytest.mark.hazard("HAZ-10")
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.hazard("HAZ-11")
def test_a_planted_fault_is_never_plan_grade(name: str, seed: int, tmp_path: Path) -> None:
    files = make.make_series(Recipe(seed=seed, axes=make.turn(7.0 * seed, 0)))
    if "cosines" in name or "turned" in name:
        files = make.make_series(Recipe(seed=seed))
    FAULTS[name](files, np.random.default_rng(seed))
    folder = make.save(files, tmp_path)
    if name == "an unknown transfer syntax":
        unknown_syntax(folder)
    assert refusal_or_none(folder) is not None


@pytest.mark.parametrize("name", RECIPES)
def test_a_series_laid_out_wrong_is_never_plan_grade(name: str, tmp_path: Path) -> None:
    folder = make.save(make.make_series(RECIPES[name]), tmp_path)
    assert refusal_or_none(folder) is not None


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("cut", [cut_header, tag_twice])
def test_a_broken_file_keeps_its_series_from_plan_grade(cut, seed: int, tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path)
    cut(folder, seed)
    result = scan(folder)
    assert result.series[0].outcome is not Outcome.PLAN_GRADE
    assert [each.code for each in result.ignored] in (["dicom-truncated"], ["dicom-broken"])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_header_cut_after_the_last_slice_is_not_missed(seed: int, tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path)
    path = sorted(folder.iterdir())[-1]
    path.write_bytes(path.read_bytes()[: 700 + seed])
    codes = [each.code for each in scan(folder).series[0].findings]
    assert "series-files-broken" in codes


@pytest.mark.hazard("HAZ-11")
def test_the_figures_of_the_drift_limit_hold_on_both_sides(tmp_path: Path) -> None:
    for drift, outcome in ((0.04, Outcome.PLAN_GRADE), (0.06, Outcome.REFUSED)):
        folder = make.save(make.make_series(Recipe(drift=(0.0, drift / 11))), tmp_path / str(drift))
        assert scan(folder).series[0].outcome is outcome


@pytest.mark.hazard("HAZ-8")
def test_a_missing_slice_is_told_in_mm_and_can_be_looked_at(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    del files["slice005.dcm"]
    found = scan(make.save(files, tmp_path)).series[0]
    gap = next(each for each in found.findings if each.code == "slices-missing")
    assert gap.values["gap_mm"] == 4.0
    assert gap.values["count"] == 1
    assert found.outcome is Outcome.VIEW_ONLY
    with pytest.raises(Refusal, match="slices-missing"):
        load(found)
    with pytest.raises(Refusal, match="slices-missing"):
        load(found, regularise=True)
    loaded = load(found, view_only=True)
    assert loaded.outcome is Outcome.VIEW_ONLY
    assert loaded.volume.padding is not None
    assert loaded.volume.padding.to_bool()[5].all()  # the gap stays open
    for hu, place in recipe.mark_lps_mm().items():
        k, j, i = np.argwhere(loaded.volume.hu == hu)[0]
        assert np.abs(loaded.volume.grid.lps_mm(np.array([i, j, k])) - place).max() < 1e-3


@pytest.mark.parametrize("place", [1, 5, 10])
def test_a_gap_is_seen_without_instance_numbers_and_never_resampled(
    place: int, tmp_path: Path
) -> None:
    files = make.make_series()
    each(InstanceNumber=1)(files, np.random.default_rng(0))
    del files[f"slice{place:03d}.dcm"]
    found = scan(make.save(files, tmp_path)).series[0]
    assert "slices-missing" in [finding.code for finding in found.findings]
    with pytest.raises(Refusal, match="slices-missing"):
        load(found, regularise=True)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (b"1.5\\-2e1 ", (1.5, -20.0)),
        (b"nan\\1", "number-not-finite"),
        (b"1\\-Infinity", "number-not-finite"),
        (b"1e999\\1", "number-not-finite"),
        (b"1,5\\1", "number-unreadable"),
        (b"1_0\\1", "number-unreadable"),
        (b"0x10\\1", "number-unreadable"),
        (b"1", "number-unreadable"),
        (b"  ", None),
    ],
)
def test_a_number_is_digits_with_a_point_or_it_is_none(raw: bytes, answer: object) -> None:
    assert numbers(raw, 2) == answer
