"""Synthetic CT series from a formula, and faults to inject: what the loader must never believe.

Eight voxels carry values of their own at asymmetric places (marks), pixels aren't square, the
origin lies off-centre by fractions. Positions come from ImagePosition + column * row cosine +
row * column cosine, the definition of DICOM PS3.3 C.7.6.2.1.1, and from nothing of Tasrif.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

ROWS, COLUMNS, SLICES = 20, 24, 12
MARK_HU = [300 + 100 * n for n in range(8)]
MARKS_IJK = [
    (2, 3, 1), (20, 4, 2), (5, 16, 3), (19, 15, 1), (3, 6, 9), (18, 2, 8), (7, 17, 10), (21, 13, 7),
]  # fmt: skip


def turn(angle_deg: float, axis: int) -> np.ndarray:
    """Return the right-handed rotation about x, y or z."""
    angle = np.deg2rad(angle_deg)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(3)
    x, y = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[x, x] = matrix[y, y] = c
    matrix[x, y], matrix[y, x] = -s, s
    return matrix


@dataclass
class Recipe:
    """How a series is laid out; `axes` has row, column and normal as columns."""

    axes: np.ndarray = field(default_factory=lambda: np.eye(3))
    spacing: tuple[float, float] = (1.1, 0.9)
    step: float = 2.0
    origin: tuple[float, float, float] = (-103.37, -151.21, -711.83)
    slices: int = SLICES
    seed: int = 0
    decimals: int = 6
    drift: tuple[float, float] = (0.0, 0.0)  # in-plane mm per slice: tilt or shear
    syntax: str = ExplicitVRLittleEndian
    position: str = "HFS"

    def place(self, k: float) -> np.ndarray:
        """Return the LPS position of the first voxel of slice k."""
        u, v = self.drift
        return np.array(self.origin) + self.axes @ np.array([u * k, v * k, self.step * k])

    def mark_lps_mm(self) -> dict[int, np.ndarray]:
        """Return where each mark lies, by its HU."""
        places = {}
        for hu, (i, j, k) in zip(MARK_HU, MARKS_IJK, strict=True):
            right = i * self.spacing[1] * self.axes[:, 0]
            down = j * self.spacing[0] * self.axes[:, 1]
            places[hu] = self.place(k) + right + down
        return places

    def values(self, k: int) -> np.ndarray:
        """Return the HU of slice k: noise of water, and the marks."""
        rng = np.random.default_rng([self.seed, k])
        hu = rng.integers(-60, 60, (ROWS, COLUMNS)).astype(np.int16)
        for value, (i, j, at) in zip(MARK_HU, MARKS_IJK, strict=True):
            if at == k:
                hu[j, i] = value
        return hu


Files = dict[str, FileDataset]
Fault = Callable[[Files, np.random.Generator], None]


def decimal(values: object, digits: int) -> list[str]:
    """Return numbers as decimal strings of at most 16 characters."""
    return [f"{float(value):.{digits}f}"[:16] for value in np.ravel(values)]


def make_series(recipe: Recipe | None = None) -> Files:
    """Return one valid CT series by file name, in slice order."""
    recipe = recipe or Recipe()
    uid = [f"1.2.826.0.1.3680043.10.999.{recipe.seed}.{n}" for n in range(3)]
    files: Files = {}
    for k in range(recipe.slices):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = recipe.syntax
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = f"{uid[0]}.{k + 1}"
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"{uid[0]}.{k + 1}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uid
        ds.PatientID, ds.PatientName, ds.PatientBirthDate = "P-1", "Doe^Jane", "19700102"
        ds.PatientSex, ds.IssuerOfPatientID = "F", "HOSPITAL"
        ds.Modality, ds.Manufacturer, ds.SeriesDescription = "CT", "SYNTHETIC", "marks"
        ds.StudyDate, ds.PatientPosition = "20260101", recipe.position
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.InstanceNumber, ds.AcquisitionNumber = k + 1, 1
        ds.ConvolutionKernel, ds.KVP = "STANDARD", "120"
        ds.SliceThickness = f"{recipe.step:.4f}"
        ds.ImagePositionPatient = decimal(recipe.place(k), recipe.decimals)
        ds.ImageOrientationPatient = decimal(recipe.axes[:, :2].T, recipe.decimals)
        ds.PixelSpacing = decimal(recipe.spacing, 4)
        ds.Rows, ds.Columns, ds.SamplesPerPixel = ROWS, COLUMNS, 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "1", "-1024", "HU"
        set_pixels(ds, recipe.values(k) + np.int16(1024))
        files[f"slice{k:03d}.dcm"] = ds
    return files


def set_pixels(ds: FileDataset, stored: np.ndarray) -> None:
    """Put stored values into a data set, in its own byte order."""
    ds.PixelData = stored.astype(np.int16).tobytes()
    ds["PixelData"].VR = "OW"


def save(files: Files, folder: Path) -> Path:
    """Write the files and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, ds in files.items():
        ds.save_as(folder / name, enforce_file_format=True)
    return folder


def each(**values: object) -> Fault:
    """Return the fault that gives every file these values; None deletes the element."""

    def fault(files: Files, rng: np.random.Generator) -> None:
        for ds in files.values():
            put(ds, **values)

    return fault


def one(**values: object) -> Fault:
    """Return the fault that gives one file in the middle these values."""

    def fault(files: Files, rng: np.random.Generator) -> None:
        put(files[some_name(files, rng)], **values)

    return fault


def put(ds: FileDataset, **values: object) -> None:
    """Set or (None) delete elements by keyword; strings bypass pydicom's own checks."""
    for keyword, value in values.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)


def some_name(files: Files, rng: np.random.Generator, margin: int = 3) -> str:
    """Return the name of a file well inside the stack."""
    return sorted(files)[int(rng.integers(margin, len(files) - margin))]


def drop(files: Files, rng: np.random.Generator, *offsets: int) -> None:
    """Remove slices at offsets from one inside the stack."""
    names = sorted(files)
    start = int(rng.integers(3, len(files) - 3 - max(offsets)))
    for offset in offsets:
        del files[names[start + offset]]


def shift(ds: FileDataset, x: float, y: float, z: float) -> None:
    """Move a slice by mm in LPS."""
    place = [float(value) for value in ds.ImagePositionPatient]
    ds.ImagePositionPatient = decimal(np.add(place, (x, y, z)), 6)


def twin_of(ds: FileDataset, *, offset: int = 0) -> FileDataset:
    """Return a copy as a new instance, with `offset` added to its pixels."""
    copy = deepcopy(ds)
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    stored = np.frombuffer(ds.PixelData, np.int16) + np.int16(offset)
    set_pixels(copy, stored)
    return copy
