"""A volume as a series of CT Image Storage objects, one file a slice."""

from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.io.header import ImageReferences, SeriesHeader
from segmentation.progress import Progress, silent
from segmentation.volume import Volume

INTERCEPT = -1024
TWELVE_BITS_HU = 3071
DECIMAL_CHARACTERS = 16
STUDY_TIME, STUDY_ID = "000000", "1"
NAMESPACE: Final = UUID("6c4b8f70-3a55-5a0e-9a1c-2f5d0c5f6a31")
IMPLEMENTATION: Final = UID("2.25.143842512365128739641208837417204018537")


def decimal_string(value: float) -> str:
    """Return a DICOM decimal string: at most 16 characters, as many digits as fit.

    Numbers below 10^7 keep at least 1e-7; Refusal `decimal-too-long` for 10^15 and more.
    """
    for digits in range(14, -1, -1):
        text = f"{value:.{digits}f}"
        if len(text) <= DECIMAL_CHARACTERS:
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return "0" if text in ("-0", "") else text
    raise Refusal("decimal-too-long", value=value)


def hashed_uid(*parts: str) -> str:
    """Return a UID under 2.25 that is the same for the same parts."""
    return f"2.25.{uuid5(NAMESPACE, '/'.join(parts)).int}"


def instance_uid(series_uid: str, k: int) -> str:
    """Return the UID that `write_ct_series` gives slice k of a series."""
    return hashed_uid(series_uid, str(k + 1))


def references(volume: Volume, header: SeriesHeader) -> ImageReferences:
    """Return how the images are named that `write_ct_series` makes of a volume."""
    uids = [instance_uid(header.series_uid, k) for k in range(volume.grid.shape_kji[0])]
    return ImageReferences(CTImageStorage, tuple(uids), STUDY_TIME, STUDY_ID)


def write_ct_series(
    volume: Volume, header: SeriesHeader, folder: Path, progress: Progress = silent
) -> tuple[Path, ...]:
    """Write `0001.dcm`, ... into `folder` (which exists) and return the paths.

    Explicit VR little endian, rescale -1024/1; the frame of reference is the grid's, slices are
    numbered along k and their instance UIDs follow from the series UID. The same input gives the
    same bytes. Refusal `ct-below-range` for HU under -1024.
    """
    lowest, highest = int(volume.hu.min()), int(volume.hu.max())
    if lowest < INTERCEPT:
        raise Refusal("ct-below-range", lowest_hu=lowest, limit_hu=INTERCEPT)
    dataset = _series_dataset(volume.grid, header)
    dataset.BitsStored = 12 if highest <= TWELVE_BITS_HU else 16
    dataset.HighBit = dataset.BitsStored - 1
    count = volume.grid.shape_kji[0]
    paths = []
    for k in range(count):
        _fill_slice(dataset, volume, header.series_uid, k)
        paths.append(folder / f"{k + 1:04d}.dcm")
        dcmwrite(paths[-1], dataset, enforce_file_format=True)
        progress(k + 1, count)
    return tuple(paths)


def _series_dataset(grid: Grid, header: SeriesHeader) -> Dataset:
    """Return what all slices share."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta.ImplementationVersionName = "TASRIF"
    _fill_identity(dataset, header)
    _fill_image(dataset, grid, header)
    return dataset


def _fill_identity(dataset: Dataset, header: SeriesHeader) -> None:
    date = header.study_date.replace("-", "")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = CTImageStorage
    dataset.Modality = "CT"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = date
    dataset.StudyTime = dataset.ContentTime = STUDY_TIME
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.Manufacturer = header.manufacturer
    dataset.SeriesDescription = header.description
    dataset.PatientName = header.patient.name
    dataset.PatientID = header.patient.patient_id
    if header.patient.issuer:
        dataset.IssuerOfPatientID = header.patient.issuer
    dataset.PatientBirthDate = header.patient.birth_date.replace("-", "")
    dataset.PatientSex = header.patient.sex
    dataset.StudyInstanceUID = header.study_uid
    dataset.SeriesInstanceUID = header.series_uid
    dataset.StudyID = STUDY_ID
    dataset.Laterality = ""
    dataset.SeriesNumber = dataset.AcquisitionNumber = 1


def _fill_image(dataset: Dataset, grid: Grid, header: SeriesHeader) -> None:
    dk, dj, di = grid.spacing_kji_mm
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.PatientPosition = "HFS"
    dataset.KVP = header.kvp
    dataset.FrameOfReferenceUID = grid.frame_uid
    dataset.PositionReferenceIndicator = ""
    axes = grid.direction[:, :2].T.ravel()
    dataset.ImageOrientationPatient = [decimal_string(float(v)) for v in axes]
    dataset.PixelSpacing = [decimal_string(dj), decimal_string(di)]
    thickness = header.slice_thickness_mm
    dataset.SliceThickness = decimal_string(dk if thickness is None else thickness)
    dataset.SpacingBetweenSlices = decimal_string(dk)
    if header.kernel:
        dataset.ConvolutionKernel = header.kernel
    dataset.Rows, dataset.Columns = grid.shape_kji[1], grid.shape_kji[2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.PixelRepresentation = 16, 0
    dataset.RescaleIntercept, dataset.RescaleSlope = str(INTERCEPT), "1"
    dataset.RescaleType = "HU"
    dataset.WindowCenter, dataset.WindowWidth = "40", "400"


def _fill_slice(dataset: Dataset, volume: Volume, series_uid: str, k: int) -> None:
    uid = UID(instance_uid(series_uid, k))
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.InstanceNumber = k + 1
    place = volume.grid.lps_mm(np.array([0, 0, k]))
    dataset.ImagePositionPatient = [decimal_string(float(v)) for v in place]
    stored = volume.hu[k].astype(np.int32) - INTERCEPT
    dataset.PixelData = stored.astype("<u2").tobytes()
