"""NIfTI, NRRD and MetaImage: all axis orders against marks of a formula and against SimpleITK."""

import bz2
import gzip
import itertools
import struct
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from segmentation.errors import Refusal
from segmentation.finding import Severity
from segmentation.io.load import Loaded, load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io.sentences import check_findings
from tests.segmentation.io.series import turn

SIZE_IJK = (9, 7, 6)
SPACING_IJK = np.array([0.8, 1.3, 2.1])
ORIGIN = np.array([-41.23, 17.77, 1203.5])
MARKS = {500: (1, 2, 4), 700: (7, 5, 1), 900: (3, 6, 5)}
ORDERS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1.0, -1.0), repeat=3)
]


def voxels(dtype: str = "<i2") -> np.ndarray:
    """Return voxels [k, j, i] with air, water and marks."""
    hu = np.random.default_rng(1).integers(-1000, 60, SIZE_IJK[::-1])
    for value, (i, j, k) in MARKS.items():
        hu[k, j, i] = value
    return hu.astype(dtype)


def axes_of(order: tuple[int, ...], signs: tuple[float, ...]) -> np.ndarray:
    """Return LPS steps in mm as columns: a permutation with signs, turned off the axes."""
    return turn(9, 0) @ turn(-14, 2) @ (np.eye(3)[:, order] * np.array(signs)) * SPACING_IJK


def only(path: Path) -> Loaded:
    found = scan(path).series
    assert len(found) == 1
    check_findings(found[0].findings)
    loaded = load(found[0])
    check_findings(loaded.findings)
    return loaded


def check_marks(loaded: Loaded, axes: np.ndarray) -> None:
    grid = loaded.volume.grid
    assert np.linalg.det(grid.direction) > 0
    for value, place in MARKS.items():
        found = np.argwhere(loaded.volume.hu == value)
        assert len(found) == 1
        truth = ORIGIN + axes @ np.array(place)
        assert np.abs(grid.lps_mm(found[0][::-1]) - truth).max() < 1e-3


def nifti(path: Path, axes: np.ndarray, data: np.ndarray, *, qform: bool = False) -> Path:
    """Write by nibabel, in RAS."""
    ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, ORIGIN
    image = nibabel.Nifti1Image(data.T, ras @ affine)
    image.set_sform(ras @ affine, code=0 if qform else 1)
    image.set_qform(ras @ affine, code=1 if qform else 0)
    nibabel.save(image, path)
    return path


def nrrd(path: Path, axes: np.ndarray, data: np.ndarray, **changes: str) -> Path:
    """Write by hand; values of `changes` replace fields, empty ones remove them."""
    vectors = " ".join("(" + ",".join(repr(float(x)) for x in axis) + ")" for axis in axes.T)
    fields = {
        "type": "int16",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": " ".join(str(n) for n in data.shape[::-1]),
        "space directions": vectors,
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "raw",
        "space origin": "(" + ",".join(repr(float(x)) for x in ORIGIN) + ")",
    } | {name.replace("_", " "): value for name, value in changes.items()}
    text = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    body = {"gzip": gzip.compress, "bzip2": bz2.compress}.get(fields["encoding"], bytes)(
        data.tobytes()
    )
    end = b"" if "data file" in fields else b"\n" + body
    path.write_bytes(b"NRRD0004\n# made by hand\n" + text.encode() + end)
    return path


def metaimage(path: Path, axes: np.ndarray, data: np.ndarray, **changes: str) -> Path:
    """Write by hand, as MetaIO does."""
    unit = axes / np.linalg.norm(axes, axis=0)
    compressed = changes.get("CompressedData") == "True"
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": " ".join(repr(float(x)) for x in unit.T.ravel()),
        "Offset": " ".join(repr(float(x)) for x in ORIGIN),
        "ElementSpacing": " ".join(repr(float(x)) for x in np.linalg.norm(axes, axis=0)),
        "DimSize": " ".join(str(n) for n in data.shape[::-1]),
        "ElementType": "MET_SHORT",
        "ElementDataFile": "LOCAL",
    } | changes
    text = "".join(f"{name} = {value}\n" for name, value in fields.items() if value)
    body = zlib.compress(data.tobytes()) if compressed else data.tobytes()
    path.write_bytes(text.encode() + (body if fields["ElementDataFile"] == "LOCAL" else b""))
    return path


def test_all_48_axis_orders_are_different() -> None:
    kinds = {tuple(np.round(axes_of(*each), 6).ravel()) for each in ORDERS}
    assert len(kinds) == 48


@pytest.mark.parametrize("write", [nifti, nrrd, metaimage])
def test_marks_lie_right_in_all_48_axis_orders(write, tmp_path: Path) -> None:
    ending = {nifti: "nii.gz", nrrd: "nrrd", metaimage: "mha"}[write]
    for n, (order, signs) in enumerate(ORDERS):
        axes = axes_of(order, signs)
        check_marks(only(write(tmp_path / f"{n}.{ending}", axes, voxels())), axes)


def test_the_qform_alone_is_as_good(tmp_path: Path) -> None:
    for n, (order, signs) in enumerate(ORDERS):
        axes = axes_of(order, signs)
        path = nifti(tmp_path / f"{n}.nii", axes, voxels(), qform=True)
        check_marks(only(path), axes)


@pytest.mark.parametrize("ending", ["nii", "nii.gz", "nrrd", "mha", "mhd"])
def test_files_written_by_simpleitk_are_read_alike(ending: str, tmp_path: Path) -> None:
    data = voxels()
    axes = axes_of((0, 1, 2), (1, 1, 1))
    image = sitk.GetImageFromArray(data)
    image.SetSpacing(SPACING_IJK.tolist())
    image.SetDirection((axes / SPACING_IJK).ravel().tolist())
    image.SetOrigin(ORIGIN.tolist())
    path = tmp_path / f"image.{ending}"
    sitk.WriteImage(image, str(path), useCompression=ending in ("nrrd", "mha"))
    loaded = only(path)
    check_marks(loaded, axes)
    again = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    assert np.array_equal(loaded.volume.hu, again)


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<i4", "<f4", ">f4", "<f8", "<u2"])
def test_types_of_voxels_give_the_same_hu(dtype: str, tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    data = voxels().clip(0) if dtype == "<u2" else voxels()
    loaded = only(nifti(tmp_path / "image.nii", axes, data.astype(dtype)))
    assert np.array_equal(loaded.volume.hu, data)


def test_slope_and_intercept_of_nifti_are_applied(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    path = nifti(tmp_path / "image.nii", axes, voxels().astype("<i2"))
    data = bytearray(path.read_bytes())
    struct.pack_into("<2f", data, 112, 2.0, -24.0)
    path.write_bytes(data)
    assert np.array_equal(only(path).volume.hu, np.maximum(voxels() * 2 - 24, -1024))


def test_fractions_are_rounded_and_told(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    loaded = only(nifti(tmp_path / "image.nii", axes, voxels() + np.float32(0.25)))
    told = next(each for each in loaded.findings if each.code == "values-rounded")
    assert told.values["error_hu"] == 0.25
    assert np.array_equal(loaded.volume.hu, voxels())


def test_the_frame_follows_the_content_and_assumptions_are_told(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    one = only(nifti(tmp_path / "one.nii", axes, voxels()))
    same = only(nifti(tmp_path / "two.nii.gz", axes, voxels()))
    other = only(nifti(tmp_path / "three.nii", axes, voxels() + np.int16(1)))
    uid = one.volume.grid.frame_uid
    assert uid == one.header.frame_uid == same.volume.grid.frame_uid
    assert uid != other.volume.grid.frame_uid
    assert uid.startswith("2.25.")
    assert uid[5:].isdigit()
    assert len(uid) <= 64
    assert not one.header.is_dicom
    assert "identity-assumed" in [each.code for each in one.findings]


def test_labels_are_told_apart_from_hu(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    found = scan(nifti(tmp_path / "labels.nii", axes, np.ones(SIZE_IJK[::-1], np.uint8))).series
    assert found[0].outcome is Outcome.REFUSED
    loaded = only(nifti(tmp_path / "sixteen.nii", axes, np.ones(SIZE_IJK[::-1], np.int16)))
    assert "values-not-like-ct" in [each.code for each in loaded.findings]


def raw_nifti(path: Path, **fields: tuple[str, int, tuple]) -> Path:
    """Write a valid NIfTI and overwrite header fields given as (format, offset, values)."""
    nifti(path, axes_of((0, 1, 2), (1, 1, 1)), voxels())
    data = bytearray(path.read_bytes())
    for kind, at, values in fields.values():
        struct.pack_into("<" + kind, data, at, *values)
    path.write_bytes(data)
    return path


BAD_NIFTI = {
    "orientation-missing": {"codes": ("2h", 252, (0, 0))},
    "forms-conflict": {"codes": ("2h", 252, (1, 1)), "q": ("6f", 256, (0, 0, 0, 1, 2, 3))},
    "image-sheared": {"row": ("4f", 280, (-0.8, -0.5, 0, 41))},
    "number-not-finite": {"row": ("4f", 280, (float("nan"), 0, 0, 41))},
    "spacing-not-positive": {"row": ("12f", 280, (0.0,) * 12)},
    "image-not-3d": {"dim": ("8h", 40, (4, 9, 7, 3, 2, 1, 1, 1))},
    "image-too-large": {"dim": ("8h", 40, (3, 32000, 32000, 32000, 1, 1, 1, 1))},
    "pixels-truncated": {"dim": ("8h", 40, (3, 900, 700, 600, 1, 1, 1, 1))},
    "pixel-format-unsupported": {"type": ("h", 70, (128,))},
    "unit-not-mm": {"units": ("B", 123, (1,))},
}


@pytest.mark.parametrize("code", BAD_NIFTI)
def test_a_bad_nifti_header_is_refused(code: str, tmp_path: Path) -> None:
    path = raw_nifti(tmp_path / "image.nii", **BAD_NIFTI[code])
    with pytest.raises(Refusal, match=code):
        load(scan(path).series[0])


def test_a_conflict_of_a_hundredth_of_a_millimetre_decides(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    for apart, outcome in ((0.005, Outcome.PLAN_GRADE), (0.02, Outcome.REFUSED)):
        path = nifti(tmp_path / f"{apart}.nii", axes, voxels(), qform=True)
        image = nibabel.load(path)
        moved = image.affine.copy()
        moved[0, 3] += apart
        image.set_sform(moved, code=1)
        nibabel.save(image, path)
        assert scan(path).series[0].outcome is outcome


NRRD_FAULTS = {
    "orientation-missing": {"space": ""},
    "position-missing": {"space_origin": ""},
    "number-unreadable": {"space_origin": "(1,5,2,3)"},
    "number-not-finite": {"space_origin": "(nan,2,3)"},
    "image-not-3d": {"dimension": "4"},
    "pixel-format-unsupported": {"encoding": "ascii"},
    "unit-not-mm": {"space_units": '"m" "m" "m"'},
    "detached-data-refused": {"data_file": "../secret.raw"},
    "image-too-large": {"sizes": "30000 30000 30000"},
    "pixels-truncated": {"sizes": "900 70 60"},
}


@pytest.mark.parametrize("code", NRRD_FAULTS)
def test_a_bad_nrrd_header_is_refused(code: str, tmp_path: Path) -> None:
    (tmp_path / "secret.raw").write_bytes(bytes(10_000))
    folder = tmp_path / "in"
    folder.mkdir()
    axes = axes_of((0, 1, 2), (1, 1, 1))
    path = nrrd(folder / "image.nrrd", axes, voxels(), **NRRD_FAULTS[code])
    with pytest.raises(Refusal, match=code):
        load(scan(path).series[0])


META_FAULTS = {
    "orientation-missing": {"TransformMatrix": ""},
    "position-missing": {"Offset": ""},
    "pixel-spacing-missing": {"ElementSpacing": ""},
    "spacing-not-positive": {"ElementSpacing": "1 -1 1"},
    "number-unreadable": {"ElementSpacing": "1,25 1 1"},
    "image-not-3d": {"DimSize": "0 0 93"},
    "pixel-format-unsupported": {"ElementType": "MET_OTHER"},
    "detached-data-refused": {"ElementDataFile": "/etc/passwd"},
}


@pytest.mark.parametrize("code", META_FAULTS)
def test_a_bad_metaimage_header_is_refused(code: str, tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    path = metaimage(tmp_path / "image.mhd", axes, voxels(), **META_FAULTS[code])
    with pytest.raises(Refusal, match=code):
        load(scan(path).series[0])


def test_a_link_is_no_plain_neighbour(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(voxels().tobytes())
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "data.raw").symlink_to(tmp_path / "secret")
    axes = axes_of((0, 1, 2), (1, 1, 1))
    path = metaimage(folder / "image.mhd", axes, voxels(), ElementDataFile="data.raw")
    assert scan(path).series[0].findings[0].code == "detached-data-refused"
    (folder / "data.raw").unlink()
    (folder / "data.raw").write_bytes(voxels().tobytes())
    check_marks(only(path), axes)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
@pytest.mark.parametrize("space", ["left-posterior-superior", "RAS", "LAS"])
def test_nrrd_spaces_and_encodings_come_into_lps(encoding: str, space: str, tmp_path: Path) -> None:
    axes = axes_of((1, 2, 0), (1, -1, 1))
    flip = {"RAS": [-1, -1, 1], "LAS": [1, -1, 1]}.get(space, [1, 1, 1])
    local = np.diag(flip) @ axes
    start = "(" + ",".join(repr(float(x)) for x in ORIGIN * flip) + ")"
    path = tmp_path / "image.nrrd"
    nrrd(path, local, voxels(), space=space, space_origin=start, encoding=encoding)
    check_marks(only(path), axes)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_cut_compressed_file_is_refused(keep: float, tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    whole = nifti(tmp_path / "image.nii.gz", axes, voxels()).read_bytes()
    path = tmp_path / "cut.nii.gz"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(Refusal, match=r"pixels-(truncated|broken)"):
        load(scan(path).series[0])


def test_a_flipped_bit_in_a_compressed_file_is_refused(tmp_path: Path) -> None:
    axes = axes_of((0, 1, 2), (1, 1, 1))
    data = bytearray(nifti(tmp_path / "image.nii.gz", axes, voxels()).read_bytes())
    data[len(data) * 3 // 4] ^= 0x10
    (tmp_path / "image.nii.gz").write_bytes(data)
    with pytest.raises(Refusal, match=r"pixels-(truncated|broken)"):
        load(scan(tmp_path / "image.nii.gz").series[0])


def test_not_a_number_among_voxels_is_refused(tmp_path: Path) -> None:
    data = voxels().astype("<f4")
    data[2, 2, 2] = np.nan
    path = nifti(tmp_path / "image.nii", axes_of((0, 1, 2), (1, 1, 1)), data)
    with pytest.raises(Refusal, match="number-not-finite"):
        load(scan(path).series[0])


@pytest.mark.hazard("HAZ-16")
def test_no_number_format_changes_a_length(number_format: str, tmp_path: Path) -> None:
    """HAZ-16: under a comma locale SimpleITK reads 1.25 mm of an NRRD as 1 mm."""
    axes = axes_of((2, 0, 1), (1, 1, -1))
    check_marks(only(nrrd(tmp_path / "a.nrrd", axes, voxels())), axes)
    check_marks(only(metaimage(tmp_path / "a.mha", axes, voxels())), axes)
    check_marks(only(nifti(tmp_path / "a.nii", axes, voxels())), axes)


def test_blocking_findings_of_images_are_blocks(tmp_path: Path) -> None:
    path = raw_nifti(tmp_path / "image.nii", **BAD_NIFTI["forms-conflict"])
    finding = scan(path).series[0].findings[0]
    assert finding.severity is Severity.BLOCK
    check_findings([finding])
