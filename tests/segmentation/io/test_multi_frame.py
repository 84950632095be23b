"""Enhanced CT voxel by voxel against the classic series of the same phantom (row GEO-12)."""

import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from segmentation.errors import Refusal
from segmentation.io.load import Loaded, load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io import enhanced
from tests.segmentation.io import series as make
from tests.segmentation.io.enhanced import Layout, make_enhanced, shuffled
from tests.segmentation.io.sentences import check_findings, check_refusal
from tests.segmentation.io.series import Recipe, each
from tests.segmentation.io.test_load import PLANES, POSITIONS, marks_error_mm
from tests.segmentation.io.test_refusals import FAULTS, RECIPES

OBLIQUE = Recipe(axes=PLANES["oblique"])


def loaded_from(path: Path, **options: bool) -> Loaded:
    """Return the best volume at a path, its findings checked for their sentences."""
    found = scan(path).series[0]
    check_findings(found.findings)
    return load(found, **options)


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the hash of the phantom as single slices."""
    folder = tmp_path_factory.mktemp("classic")
    return loaded_from(make.save(make.make_series(OBLIQUE), folder)).volume.sha256()


def large_series() -> make.Files:
    """Return the phantom with every pixel as four, enough for a JPEG 2000 encoder."""
    files = make.make_series(OBLIQUE)
    for ds in files.values():
        values = np.frombuffer(ds.PixelData, np.int16).reshape(ds.Rows, ds.Columns)
        ds.Rows, ds.Columns = 2 * ds.Rows, 2 * ds.Columns
        make.set_pixels(ds, np.kron(values, np.ones((2, 2), np.int16)))
    return files


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the hash of the large phantom as single slices."""
    folder = tmp_path_factory.mktemp("large")
    return loaded_from(make.save(large_series(), folder)).volume.sha256()


LAYOUTS = {
    "in order": Layout(),
    "reversed": Layout(order=range(11, -1, -1)),
    "shuffled": Layout(order=shuffled(12)),
    "shared": Layout(shared=["PixelMeasuresSequence", "PlaneOrientationSequence"]),
    "all shared but places": Layout(
        shared=[name for name in enhanced.MACROS if name != "PlanePositionSequence"],
        order=shuffled(12, 6),
    ),
    "undefined lengths": Layout(undefined=True),
    "implicit": Layout(syntax=ImplicitVRLittleEndian, undefined=True),
    "deflated": Layout(syntax=DeflatedExplicitVRLittleEndian, order=shuffled(12)),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.hazard("HAZ-13")
def test_frames_are_the_slices_of_the_classic_series(
    name: str, tmp_path: Path, classic: str
) -> None:
    path = enhanced.save(
        make_enhanced(make.make_series(OBLIQUE), LAYOUTS[name]), tmp_path / "e" / "one.dcm"
    )
    loaded = loaded_from(path)
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert loaded.volume.sha256() == classic
    assert marks_error_mm(loaded.volume, OBLIQUE) < 1e-3
    assert "completeness-unproven" not in [each.code for each in loaded.findings]


@pytest.mark.parametrize(
    ("position", "plane"),
    [*((each, "oblique") for each in POSITIONS), *(("HFS", each) for each in PLANES)],
)
@pytest.mark.hazard("HAZ-13")
def test_marks_lie_where_the_frames_say(position: str, plane: str, tmp_path: Path) -> None:
    recipe = Recipe(axes=POSITIONS[position] @ PLANES[plane], step=-1.3, position=position)
    whole = make_enhanced(make.make_series(recipe), Layout(order=shuffled(12)))
    loaded = loaded_from(enhanced.save(whole, tmp_path / "one.dcm"))
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert marks_error_mm(loaded.volume, recipe) < 1e-3


@pytest.mark.hazard("HAZ-13")
def test_an_independent_writers_conversion_is_the_classic_series(
    tmp_path: Path, classic: str
) -> None:
    """Legacy Converted Enhanced CT by highdicom, of the same slices in another order."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from highdicom.legacy import LegacyConvertedEnhancedCTImage

        files = make.make_series(OBLIQUE)
        slices = [files[name] for name in sorted(files)]
        for ds in slices:
            ds.AccessionNumber, ds.StudyID, ds.StudyTime = "", "1", "100000"
            ds.ReferringPhysicianName, ds.SeriesNumber, ds.PatientAge = "", 1, "050Y"
            ds.ContentDate, ds.ContentTime = "20260101", "100000"
            ds.AcquisitionDate, ds.AcquisitionTime, ds.SeriesDate = "20260101", "100000", "20260101"
            ds.SeriesTime, ds.BurnedInAnnotation, ds.PositionReferenceIndicator = "100000", "NO", ""
            ds.LossyImageCompression = "00"
        whole = LegacyConvertedEnhancedCTImage(
            [slices[n] for n in shuffled(12)], "1.2.3.4", 2, "1.2.3.4.5", 1
        )
        path = enhanced.save(whole, tmp_path / "e" / "one.dcm")
    loaded = loaded_from(path)
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert loaded.volume.sha256() == classic
    assert loaded.header.kernel == "STANDARD"


def test_slope_and_intercept_belong_to_each_frame(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    truth = np.stack([recipe.values(k) for k in range(recipe.slices)])
    for k, ds in enumerate(files.values()):
        if k % 2:
            ds.RescaleSlope, ds.RescaleIntercept = "0.5", "-100"
            make.set_pixels(ds, (truth[k].astype(int) + 100) * 2)
    whole = make_enhanced(files, Layout(order=shuffled(12)))
    loaded = loaded_from(enhanced.save(whole, tmp_path / "one.dcm"))
    assert np.array_equal(loaded.volume.hu, truth)


def test_padding_of_frames_is_marked(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    for k, ds in enumerate(files.values()):
        stored = recipe.values(k).astype(int) + 1024
        stored[:4] = -2000
        ds.PixelPaddingValue = -2000
        ds["PixelPaddingValue"].VR = "SS"
        make.set_pixels(ds, stored)
    loaded = loaded_from(enhanced.save(make_enhanced(files), tmp_path / "one.dcm"))
    assert loaded.volume.padding is not None
    assert loaded.volume.padding.to_bool()[:, :4].all()
    assert not loaded.volume.padding.to_bool()[:, 4:].any()


# The table of faults of the reliability note, section 1.1 ------------------------------------

OF_FILES = {
    "two patient ids", "two birth dates", "two names", "two issuers", "two sexes",
    "an instance UID used twice", "no instance UID", "truncated pixels", "no pixels in one file",
    "a broken JPEG-LS stream", "a broken JPEG 2000 stream", "an unknown transfer syntax",
    "several frames", "fewer files than the headers count", "a secondary capture",
    "another storage class", "no series UID", "64 bits allocated", "rows of 32 bits",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(FAULTS) - OF_FILES))
@pytest.mark.hazard("HAZ-13")
def test_a_fault_of_slices_is_the_same_fault_of_frames(name: str, tmp_path: Path) -> None:
    files = make.make_series(Recipe(seed=1))
    FAULTS[name](files, np.random.default_rng(1))
    classic = make.save(files, tmp_path / "c")
    whole = make_enhanced(files, Layout(order=shuffled(len(files))))
    path = enhanced.save(whole, tmp_path / "e" / "one.dcm")
    codes = {refusal_of(path), refusal_of(classic)}
    if name == "every second slice missing for a while":  # frames have no numbers of their own
        assert codes == {"slices-missing", "spacing-uneven"}
    else:
        assert len(codes) == 1
    assert "" not in codes


@pytest.mark.parametrize("name", RECIPES)
def test_tilt_and_shear_of_frames_are_refused_alike(name: str, tmp_path: Path) -> None:
    files = make.make_series(RECIPES[name])
    path = enhanced.save(make_enhanced(files), tmp_path / "e" / "one.dcm")
    assert refusal_of(path) == refusal_of(make.save(files, tmp_path / "c")) != ""


def refusal_of(path: Path) -> str:
    """Return why nothing at a path loads as plan-grade, empty if something does."""
    try:
        assert loaded_from(path).outcome is Outcome.PLAN_GRADE
    except Refusal as refusal:
        check_refusal(refusal)
        return refusal.code
    return ""


def test_tilted_frames_are_regularised_as_tilted_slices_are(tmp_path: Path) -> None:
    files = make.make_series(RECIPES["gantry tilt of 15 degrees"])
    path = enhanced.save(make_enhanced(files, Layout(order=shuffled(12))), tmp_path / "e" / "1.dcm")
    classic = loaded_from(make.save(files, tmp_path / "c"), regularise=True)
    frames = loaded_from(path, regularise=True)
    assert frames.regularised_mm == classic.regularised_mm
    assert frames.volume.sha256() == classic.volume.sha256()


def test_an_identical_frame_is_dropped_and_told(tmp_path: Path, classic: str) -> None:
    files = make.make_series(OBLIQUE)
    files["twin.dcm"] = make.twin_of(files["slice007.dcm"])
    loaded = loaded_from(enhanced.save(make_enhanced(files), tmp_path / "e" / "one.dcm"))
    assert "duplicates-dropped" in [each.code for each in loaded.findings]
    assert loaded.volume.sha256() == classic


def two_phases(pointers: tuple[int, ...], acquisitions: bool) -> tuple[make.Files, Layout]:
    """Return two phases at the same places, told apart by index or acquisition."""
    files = make.make_series(OBLIQUE)
    for name in sorted(files):
        files[f"x{name}"] = make.twin_of(files[name], offset=20)
        files[f"x{name}"].AcquisitionNumber = 2 if acquisitions else 1
    indices = [(1 + (n >= 12), n % 12 + 1) for n in range(24)]
    return files, Layout(indices=indices, pointers=pointers, order=range(24))


@pytest.mark.parametrize("acquisitions", [False, True])
@pytest.mark.hazard("HAZ-13")
def test_phases_are_split_by_their_index_and_never_stacked(
    acquisitions: bool, tmp_path: Path, classic: str
) -> None:
    pointers = (0x00200032, 0x00209057) if acquisitions else (0x00209128, 0x00209057)
    path = enhanced.save(make_enhanced(*two_phases(pointers, acquisitions)), tmp_path / "e" / "1")
    found = scan(path).series
    assert [(each.slices, each.outcome) for each in found] == [(12, Outcome.PLAN_GRADE)] * 2
    hashes = {load(each).volume.sha256() for each in found}
    assert classic in hashes
    assert len(hashes) == 2


def test_an_index_of_places_splits_nothing(tmp_path: Path) -> None:
    path = enhanced.save(
        make_enhanced(*two_phases((0x00200032, 0x00209057), acquisitions=False)), tmp_path / "one"
    )
    assert refusal_of(path) == "position-repeats"


def test_two_stacks_in_a_file_are_two_volumes(tmp_path: Path) -> None:
    layout = Layout(stacks=["1"] * 6 + ["2"] * 6)
    found = scan(enhanced.save(make_enhanced(make.make_series(), layout), tmp_path / "one")).series
    assert [each.slices for each in found] == [6, 6]
    assert "series-images-apart" in [each.code for each in found[0].findings]


def test_two_files_of_a_series_are_never_stacked_without_concatenation(tmp_path: Path) -> None:
    save_parts(tmp_path, [5, 7], together=False)
    assert [each.slices for each in scan(tmp_path).series] == [7, 5]


# Concatenations ------------------------------------------------------------------------------


def save_parts(
    folder: Path, sizes: list[int], *, together: bool = True, skip: int = -1, **options: object
) -> None:
    """Write a series as several enhanced files, named so that their order says nothing."""
    files = make.make_series(OBLIQUE)
    names = [sorted(files)[n] for n in shuffled(12)]
    parts = []
    for number, size in enumerate(sizes):
        chosen = {name: files[name] for name in names[:size]}
        names = names[size:]
        parts.append(make_enhanced(chosen, Layout(uid=f"1.2.826.0.1.3680043.10.999.8{number}")))
    if together:
        enhanced.put_together(parts, **options)
    for number, part in enumerate(parts):
        if number != skip:
            enhanced.save(part, folder / f"{9 - number}.dcm")


@pytest.mark.hazard("HAZ-13")
def test_a_concatenation_is_one_volume(tmp_path: Path, classic: str) -> None:
    save_parts(tmp_path / "e", [3, 4, 5])
    loaded = loaded_from(tmp_path / "e")
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert loaded.volume.sha256() == classic


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_missing_part_of_a_concatenation_is_told(skip: int, tmp_path: Path) -> None:
    save_parts(tmp_path, [3, 4, 5], skip=skip)
    found = scan(tmp_path).series[0]
    assert "concatenation-incomplete" in [each.code for each in found.findings]
    assert found.outcome is not Outcome.PLAN_GRADE


def test_parts_that_count_their_frames_otherwise_are_told(tmp_path: Path) -> None:
    save_parts(tmp_path, [3, 4, 5], first=[0, 4, 8])
    assert refusal_of(tmp_path) == "concatenation-incomplete"


def test_without_a_total_the_end_is_unproven(tmp_path: Path) -> None:
    save_parts(tmp_path, [6, 6], total=False)
    found = scan(tmp_path).series[0]
    assert found.outcome is Outcome.PLAN_GRADE
    assert "completeness-unproven" in [each.code for each in found.findings]


# Groups that can't be believed ---------------------------------------------------------------


def wrong_count(whole) -> None:
    whole.NumberOfFrames = 11


def no_count(whole) -> None:
    del whole.NumberOfFrames


def too_many(whole) -> None:
    whole.NumberOfFrames = 2**31 - 1


def no_groups(whole) -> None:
    del whole.PerFrameFunctionalGroupsSequence


def contradiction(whole) -> None:
    """Share an orientation that one frame gives too, otherwise."""
    shared = deepcopy(whole.PerFrameFunctionalGroupsSequence[0].PlaneOrientationSequence)
    shared[0].ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    whole.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence = shared


def two_places(whole) -> None:
    group = whole.PerFrameFunctionalGroupsSequence[3]
    other = deepcopy(group.PlanePositionSequence[0])
    group.PlanePositionSequence = [group.PlanePositionSequence[0], other]


def place_outside_its_macro(whole) -> None:
    """Give the place at the top, where no frame may look for it."""
    first = whole.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    whole.ImagePositionPatient = first.ImagePositionPatient
    for group in whole.PerFrameFunctionalGroupsSequence:
        del group.PlanePositionSequence


def bent(whole) -> None:
    whole.VolumetricProperties = "DISTORTED"


def coloured(whole) -> None:
    whole.PixelPresentation = "COLOR"


def short_pixels(whole) -> None:
    whole.PixelData = whole.PixelData[:-10]


def classic_class(whole) -> None:
    whole.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"


UNBELIEVABLE = {
    "frames-miscounted": (wrong_count, no_count),
    "dicom-beyond-limits": (too_many,),
    "frame-groups-broken": (no_groups, two_places),
    "frame-groups-conflict": (contradiction,),
    "position-missing": (place_outside_its_macro,),
    "frames-not-volume": (bent,),
    "frames-coloured": (coloured,),
    "pixels-truncated": (short_pixels,),
    "position-missing ": (classic_class,),
}


@pytest.mark.parametrize(
    ("code", "fault"), [(code, fault) for code, all_ in UNBELIEVABLE.items() for fault in all_]
)
def test_what_cannot_be_believed_of_frames_is_refused(
    code: str, fault: Callable[..., None], tmp_path: Path
) -> None:
    whole = make_enhanced(make.make_series(OBLIQUE))
    fault(whole)
    assert refusal_of(enhanced.save(whole, tmp_path / "one.dcm")) == code.strip()


# Compressed frames ---------------------------------------------------------------------------


def encoded(syntax: str) -> tuple[list[bytes], object]:
    """Return the frames of the phantom in a syntax, and the enhanced file around them."""
    from pydicom.encaps import generate_frames

    whole = make_enhanced(large_series(), Layout(order=shuffled(12)))
    whole.compress(syntax, generate_instance_uid=False)
    return list(generate_frames(whole.PixelData, number_of_frames=12)), whole


def put_frames(whole, value: bytes) -> None:
    whole.PixelData = value
    whole["PixelData"].VR = "OB"
    whole["PixelData"].is_undefined_length = True


TABLES = {
    "basic table": lambda frames: encapsulate(frames, has_bot=True),
    "no table": lambda frames: encapsulate(frames, has_bot=False),
    "basic table, several fragments": lambda frames: encapsulate(
        frames, fragments_per_frame=3, has_bot=True
    ),
    "no table, several fragments": lambda frames: encapsulate(
        frames, fragments_per_frame=2, has_bot=False
    ),
}


@pytest.mark.parametrize("table", [*TABLES, "extended table"])
@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.hazard("HAZ-13")
def test_compressed_frames_are_the_plain_ones(
    syntax: str, table: str, tmp_path: Path, large: str
) -> None:
    frames, whole = encoded(syntax)
    if syntax == RLELossless and "several" in table:
        pytest.skip("a frame of RLE has one fragment")
    if table == "extended table":
        value, whole.ExtendedOffsetTable, whole.ExtendedOffsetTableLengths = encapsulate_extended(
            frames
        )
        put_frames(whole, value)
    else:
        put_frames(whole, TABLES[table](frames))
    loaded = loaded_from(enhanced.save(whole, tmp_path / "e" / "one.dcm"))
    assert loaded.volume.sha256() == large


def spoilt_table(frames: list[bytes]) -> bytes:
    """Return a basic offset table whose second entry points into a fragment."""
    value = bytearray(encapsulate(frames, has_bot=True))
    value[12:16] = (int.from_bytes(value[12:16], "little") + 2).to_bytes(4, "little")
    return bytes(value)


def swapped_table(frames: list[bytes]) -> bytes:
    value = bytearray(encapsulate(frames, has_bot=True))
    value[12:16], value[16:20] = value[16:20], value[12:16]
    return bytes(value)


@pytest.mark.parametrize(
    "value",
    [
        spoilt_table,
        swapped_table,
        lambda frames: encapsulate(frames[:-1], has_bot=True),
        lambda frames: encapsulate([frame[:-8] for frame in frames], 2, has_bot=False),
    ],
)
def test_a_table_that_fits_no_fragments_is_refused(
    value: Callable[[list[bytes]], bytes], tmp_path: Path
) -> None:
    frames, whole = encoded(JPEGLSLossless)
    put_frames(whole, value(frames))
    assert refusal_of(enhanced.save(whole, tmp_path / "one.dcm")) == "frames-unclear"


def test_extended_lengths_that_lie_are_refused(tmp_path: Path) -> None:
    frames, whole = encoded(JPEGLSLossless)
    value, offsets, lengths = encapsulate_extended(frames)
    whole.ExtendedOffsetTable = offsets
    whole.ExtendedOffsetTableLengths = lengths[:8] + (7).to_bytes(8, "little") + lengths[16:]
    put_frames(whole, value)
    assert refusal_of(enhanced.save(whole, tmp_path / "one.dcm")) == "frames-unclear"


@pytest.mark.parametrize("is_packed", [False, True])
def test_frames_inside_an_archive_are_read_in_place(
    is_packed: bool, tmp_path: Path, large: str
) -> None:
    whole = make_enhanced(large_series(), Layout(order=shuffled(12)))
    if is_packed:
        whole.compress(JPEGLSLossless, generate_instance_uid=False)
    path = enhanced.save(whole, tmp_path / "e" / "one.dcm")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "folder/one.dcm")
    assert loaded_from(tmp_path / "a.zip").volume.sha256() == large


def test_a_copy_of_the_file_changes_nothing(tmp_path: Path, classic: str) -> None:
    whole = make_enhanced(make.make_series(OBLIQUE))
    for name in ("one", "copy"):
        enhanced.save(whole, tmp_path / "e" / name)
    assert loaded_from(tmp_path / "e").volume.sha256() == classic


def test_a_frame_is_named_by_file_and_number(tmp_path: Path) -> None:
    files = make.make_series()
    each(RescaleSlope="1000")(files, np.random.default_rng(0))
    found = scan(enhanced.save(make_enhanced(files), tmp_path / "one.dcm")).series[0]
    with pytest.raises(Refusal, match="hu-out-of-range") as raised:
        load(found)
    assert raised.value.values["file"] == "one.dcm#1"
    assert found.files == (str(tmp_path / "one.dcm"),)
