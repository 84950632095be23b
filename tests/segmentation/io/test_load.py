"""Geometry and values through scan and load, against the formula the series was made by."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from segmentation.errors import Cancelled, Refusal, Unavailable
from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from segmentation.volume import Volume
from tests.segmentation.io import series as make
from tests.segmentation.io.series import Recipe, each

POSITIONS = {
    f"{head}{side}": make.turn(side_deg, 2) @ make.turn(head_deg, 1)
    for head, head_deg in (("HF", 0), ("FF", 180))
    for side, side_deg in (("S", 0), ("DL", 90), ("P", 180), ("DR", 270))
}
PLANES = {
    "axial": np.eye(3),
    "sagittal": np.array([[0, 0, -1.0], [1, 0, 0], [0, -1, 0]]),
    "coronal": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "oblique": make.turn(12, 0) @ make.turn(8, 1) @ make.turn(-31, 2),
}


def marks_error_mm(volume: Volume, recipe: Recipe) -> float:
    """Return the largest distance of a mark from where the formula puts it."""
    errors = []
    for hu, place in recipe.mark_lps_mm().items():
        found = np.argwhere(volume.hu == hu)
        assert len(found) == 1
        errors.append(np.linalg.norm(volume.grid.lps_mm(found[0][::-1]) - place))
    return float(max(errors))


@pytest.mark.hazard("HAZ-1")
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.hazard("HAZ-12")
def test_marks_lie_where_the_header_says(position: str, plane: str, tmp_path: Path) -> None:
    axes = POSITIONS[position] @ PLANES[plane]
    for step in (2.0, -2.0):
        recipe = Recipe(axes=axes, step=step, position=position)
        folder = make.save(make.make_series(recipe), tmp_path / str(step))
        loaded = load(scan(folder).series[0])
        assert loaded.outcome is Outcome.PLAN_GRADE
        assert np.linalg.det(loaded.volume.grid.direction) > 0
        assert marks_error_mm(loaded.volume, recipe) < 1e-3


@pytest.mark.hazard("HAZ-12")
def test_the_content_hash_is_blind_to_order_and_names(tmp_path: Path) -> None:
    recipe = Recipe(axes=PLANES["oblique"])
    files = make.make_series(recipe)
    rng = np.random.default_rng(3)
    hashes = set()
    for turn in range(12):
        names = [f"{n:04d}" for n in rng.permutation(len(files))]
        for n, ds in enumerate(files.values()):
            ds.InstanceNumber = int(rng.integers(1, 999)) if turn else n + 1
            ds.SliceLocation = f"{rng.uniform(-9, 9):.3f}"
        folder = make.save(dict(zip(names, files.values(), strict=True)), tmp_path / str(turn))
        hashes.add(load(scan(folder).series[0]).volume.sha256())
    assert len(hashes) == 1


HARMLESS = {
    "thickness 5": (each(SliceThickness="5.0"), "thickness-differs"),
    "spacing between slices 5": (each(SpacingBetweenSlices="5"), "spacing-tag-differs"),
    "instance numbers all 1": (each(InstanceNumber=1), ""),
    "no instance number": (each(InstanceNumber=None), ""),
    "no rescale": (each(RescaleSlope=None, RescaleIntercept=None), "rescale-missing"),
    "rescale type US": (each(RescaleType="US"), "rescale-not-hu"),
    "monochrome 1": (each(PhotometricInterpretation="MONOCHROME1"), "monochrome1"),
    "no kernel": (each(ConvolutionKernel=None), "kernel-unknown"),
    "bone kernel": (each(ConvolutionKernel="BONEPLUS"), "kernel-sharp"),
    "thick": (each(SliceThickness="4"), "slices-thick"),
    "no frame of reference": (each(FrameOfReferenceUID=None), "frame-missing"),
    "lossy": (each(LossyImageCompression="01"), "lossy-compression"),
    "old": (each(StudyDate="20010101"), "scan-old"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_no_geometry_is_told_and_loads(name: str, tmp_path: Path) -> None:
    fault, code = HARMLESS[name]
    recipe = Recipe()
    files = make.make_series(recipe)
    fault(files, np.random.default_rng(0))
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    assert loaded.outcome is Outcome.PLAN_GRADE
    assert not code or code in [finding.code for finding in loaded.findings]
    if name != "no rescale":
        assert marks_error_mm(loaded.volume, recipe) < 1e-3


@pytest.mark.parametrize(
    ("decimals", "step", "bound_mm", "code"),
    [(3, 2.0, 0.36, ""), (4, 0.667, 0.04, ""), (1, 1.97, 0.1, "spacing-rounded")],
)
@pytest.mark.hazard("HAZ-12")
def test_rounded_decimals_are_fitted_not_chained(
    decimals: int, step: float, bound_mm: float, code: str, tmp_path: Path
) -> None:
    axes = np.eye(3) if decimals == 1 else PLANES["oblique"]
    recipe = Recipe(axes=axes, step=step, decimals=decimals, origin=(-10.27, 4.13, 77.77))
    loaded = load(scan(make.save(make.make_series(recipe), tmp_path)).series[0])
    assert marks_error_mm(loaded.volume, recipe) < bound_mm
    assert abs(loaded.volume.grid.spacing_kji_mm[0] - step) < 0.02
    assert not code or code in [finding.code for finding in loaded.findings]


def test_an_identical_double_is_dropped_and_told(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    files["copy.dcm"] = files["slice004.dcm"]
    files["twin.dcm"] = make.twin_of(files["slice007.dcm"])
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    doubles = [each for each in loaded.findings if each.code == "duplicates-dropped"]
    assert doubles[0].files == 2
    assert loaded.volume.hu.shape[0] == recipe.slices
    assert marks_error_mm(loaded.volume, recipe) < 1e-3


@pytest.mark.hazard("HAZ-14")
def test_slope_and_intercept_belong_to_each_slice(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    truth = np.stack([recipe.values(k) for k in range(recipe.slices)])
    for k, ds in enumerate(files.values()):
        if k % 2:
            ds.RescaleSlope, ds.RescaleIntercept = "0.5", "-100"
            make.set_pixels(ds, (truth[k].astype(int) + 100) * 2)
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    assert np.array_equal(loaded.volume.hu, truth)


def test_halves_are_rounded_away_from_zero(tmp_path: Path) -> None:
    files = make.make_series()
    stored = np.arange(-240, 240).reshape(20, 24)
    for ds in files.values():
        ds.RescaleSlope, ds.RescaleIntercept = "0.5", "0"
        make.set_pixels(ds, stored)
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    truth = np.sign(stored) * ((np.abs(stored) + 1) // 2)
    assert np.array_equal(loaded.volume.hu[0], truth)


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.hazard("HAZ-14")
def test_padding_is_marked_and_never_tissue(bits: int, tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    for k, ds in enumerate(files.values()):
        stored = recipe.values(k).astype(int) + 1024
        stored[:4] = -2000 if bits == 16 else 0
        if bits == 12:
            ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
        ds.PixelPaddingValue = -2000 if bits == 16 else 0
        ds["PixelPaddingValue"].VR = "SS" if bits == 16 else "US"
        make.set_pixels(ds, stored)
    volume = load(scan(make.save(files, tmp_path)).series[0]).volume
    assert volume.padding is not None
    marked = volume.padding.to_bool()
    assert marked[:, :4].all()
    assert not marked[:, 4:].any()
    assert (volume.hu[:, :4] == -1024).all()


@pytest.mark.hazard("HAZ-14")
def test_a_padding_range_and_a_circle_are_padding(tmp_path: Path) -> None:
    recipe = Recipe()
    files = make.make_series(recipe)
    for k, ds in enumerate(files.values()):
        stored = recipe.values(k).astype(int) + 1024
        stored[0], stored[1] = 3500, 3600
        stored[2] = -2000  # a circle that no tag announces: -3024 HU
        ds.PixelPaddingValue, ds.PixelPaddingRangeLimit = 3500, 3600
        ds["PixelPaddingValue"].VR = ds["PixelPaddingRangeLimit"].VR = "SS"
        make.set_pixels(ds, stored)
    volume = load(scan(make.save(files, tmp_path)).series[0]).volume
    assert volume.padding is not None
    assert volume.padding.to_bool()[:, :3].all()
    assert not volume.padding.to_bool()[:, 3:].any()
    assert (volume.hu[:, :3] == -1024).all()


def test_bits_beyond_the_stored_ones_are_removed(tmp_path: Path) -> None:
    """Overlays in the high bits, and a negative number that isn't sign-extended."""
    files = make.make_series()
    truth = np.random.default_rng(5).integers(-2048, 2048, (20, 24))
    for ds in files.values():
        ds.BitsStored, ds.HighBit, ds.RescaleIntercept = 12, 11, "1024"
        raw = (truth & 0x0FFF) | 0x7000
        make.set_pixels(ds, raw.astype(np.uint16).view(np.int16))
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    assert np.array_equal(loaded.volume.hu[0], truth + 1024)


@pytest.mark.hazard("HAZ-14")
def test_metal_at_the_limit_is_told(tmp_path: Path) -> None:
    files = make.make_series()
    for k, ds in enumerate(files.values()):
        stored = Recipe().values(k) + 1024
        stored[:8, :8] = 4095
        make.set_pixels(ds, stored)
    codes = [each.code for each in load(scan(make.save(files, tmp_path)).series[0]).findings]
    assert "metal-saturated" in codes


def test_uncompressed_syntaxes_and_odd_files_give_the_same_volume(tmp_path: Path) -> None:
    truth = load(scan(make.save(make.make_series(), tmp_path / "plain")).series[0]).volume
    variants = {
        "1.2.840.10008.1.2": {"implicit_vr": True, "little_endian": True},
        "1.2.840.10008.1.2.2": {"implicit_vr": False, "little_endian": False},
        "1.2.840.10008.1.2.1.99": {"implicit_vr": False, "little_endian": True},
    }
    for syntax, encoding in variants.items():
        files = make.make_series()
        folder = tmp_path / syntax
        folder.mkdir()
        for name, ds in files.items():
            ds.file_meta.TransferSyntaxUID = syntax
            if not encoding["little_endian"]:
                ds.set_original_encoding(False, False)
                swapped = np.frombuffer(ds.PixelData, "<i2").astype(">i2")
                ds.PixelData = swapped.tobytes()
                ds["PixelData"].VR = "OW"
            ds.save_as(folder / name, enforce_file_format=True)
        assert load(scan(folder).series[0]).volume.sha256() == truth.sha256()


def test_a_long_private_header_and_nested_sequences_are_walked(tmp_path: Path) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    files = make.make_series()
    for ds in files.values():
        inner = Dataset()
        inner.ImagePositionPatient = ["9", "9", "9"]  # a position that isn't the slice's
        outer = Dataset()
        outer.ReferencedImageSequence = Sequence([inner])
        ds.SourceImageSequence = Sequence([outer])
        ds["SourceImageSequence"].is_undefined_length = True
        outer.is_undefined_length_sequence_item = True
        ds.private_block(0x0019, "LONG", create=True).add_new(1, "OB", b"\1" * 40_000)
    recipe = Recipe()
    loaded = load(scan(make.save(files, tmp_path)).series[0])
    assert marks_error_mm(loaded.volume, recipe) < 1e-3


def test_a_header_without_preamble_is_read(tmp_path: Path) -> None:
    folder = make.save(make.make_series(), tmp_path)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[132:])
    assert load(scan(folder).series[0]).outcome is Outcome.PLAN_GRADE


def test_a_file_that_went_away_is_the_environments_fault(tmp_path: Path) -> None:
    found = scan(make.save(make.make_series(), tmp_path)).series[0]
    (tmp_path / "slice006.dcm").unlink()
    with pytest.raises(Unavailable, match="file-vanished") as raised:
        load(found)
    assert raised.value.exit_code == 4
    assert raised.value.values["file"] == "slice006.dcm"


def test_a_file_that_changed_since_the_scan_is_refused(tmp_path: Path) -> None:
    found = scan(make.save(make.make_series(), tmp_path)).series[0]
    path = tmp_path / "slice006.dcm"
    path.write_bytes(path.read_bytes() + b"\0\0")
    with pytest.raises(Refusal, match="file-changed"):
        load(found)


def test_loading_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    found = scan(make.save(make.make_series(), tmp_path)).series[0]
    seen = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        load(found, progress)
    assert seen == [(1, 12), (2, 12), (3, 12)]
    with pytest.raises(Cancelled):
        scan(tmp_path, lambda done, total: progress(3, total))


def test_all_patient_positions_are_distinct_rotations() -> None:
    """The eight positions of the test above are eight, and none is a mirror."""
    for one, other in itertools.combinations(POSITIONS.values(), 2):
        assert np.abs(one - other).max() > 0.5
    assert all(np.linalg.det(axes) > 0.99 for axes in POSITIONS.values())
