"""Classic slices turned into enhanced multi-frame CT, by the tables of DICOM PS3.3 C.7.6.16.

Faults are planted in the classic slices first; nothing of Tasrif takes part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import EnhancedCTImageStorage, ExplicitVRLittleEndian

from tests.segmentation.io import series as make

COMMON = [
    "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID", "PatientName",
    "PatientBirthDate", "PatientSex", "IssuerOfPatientID", "Modality", "Manufacturer",
    "SeriesDescription", "StudyDate", "PatientPosition", "Rows", "Columns", "SamplesPerPixel",
    "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "LossyImageCompression",
]  # fmt: skip
MACROS = {
    "PixelMeasuresSequence": ["PixelSpacing", "SliceThickness", "SpacingBetweenSlices"],
    "PlanePositionSequence": ["ImagePositionPatient"],
    "PlaneOrientationSequence": ["ImageOrientationPatient"],
    "PixelValueTransformationSequence": ["RescaleSlope", "RescaleIntercept", "RescaleType"],
    "CTReconstructionSequence": ["ConvolutionKernel"],
    "CTXRayDetailsSequence": ["KVP"],
}
TEMPORAL_POINTER, PLACE_POINTER = 0x00209128, 0x00209057


@dataclass
class Layout:
    """How frames are put into a file."""

    shared: Sequence[str] = ()
    order: Sequence[int] | None = None
    syntax: str = ExplicitVRLittleEndian
    stacks: Sequence[str] = ()
    indices: Sequence[Sequence[int]] = ()
    pointers: Sequence[int] = field(default=(TEMPORAL_POINTER, PLACE_POINTER))
    uid: str = "1.2.826.0.1.3680043.10.999.77"
    undefined: bool = False


def make_enhanced(files: make.Files, layout: Layout | None = None) -> FileDataset:
    """Return one enhanced CT of classic slices; `layout.order` says which comes when."""
    layout = layout or Layout()
    slices = [files[name] for name in sorted(files)]
    slices = [slices[n] for n in (layout.order if layout.order is not None else range(len(slices)))]
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = layout.syntax
    meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    meta.MediaStorageSOPInstanceUID = layout.uid
    whole = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    whole.SOPClassUID, whole.SOPInstanceUID = EnhancedCTImageStorage, layout.uid
    whole.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    whole.InstanceNumber, whole.NumberOfFrames = 1, len(slices)
    whole.VolumetricProperties, whole.PixelPresentation = "VOLUME", "MONOCHROME"
    for keyword in COMMON:
        if keyword in slices[0]:
            setattr(whole, keyword, getattr(slices[0], keyword))
    pointers = []
    for pointer in layout.pointers:
        item = Dataset()
        item.DimensionIndexPointer, item.FunctionalGroupPointer = pointer, 0x00209111
        pointers.append(item)
    whole.DimensionIndexSequence = pointers
    whole.SharedFunctionalGroupsSequence = [_group(slices[0], layout.shared)]
    per_frame = [name for name in MACROS if name not in layout.shared]
    groups = [_group(ds, per_frame) for ds in slices]
    for number, (group, ds) in enumerate(zip(groups, slices, strict=True)):
        group.FrameContentSequence = [_content(number, ds, layout)]
        group.CTImageFrameTypeSequence = [Dataset()]
        group.CTImageFrameTypeSequence[0].FrameType = ds.ImageType
    whole.PerFrameFunctionalGroupsSequence = groups
    if layout.undefined:
        whole["PerFrameFunctionalGroupsSequence"].is_undefined_length = True
        for group in groups:
            group.is_undefined_length_sequence_item = True
            group["PlanePositionSequence"].is_undefined_length = True
    whole.PixelData = b"".join(ds.PixelData for ds in slices)
    whole["PixelData"].VR = "OW"
    return whole


def _group(ds: FileDataset, names: Iterable[str]) -> Dataset:
    group = Dataset()
    for name in names:
        item = Dataset()
        for keyword in MACROS[name]:
            if keyword in ds:
                item[keyword] = ds[keyword]
        if len(item):
            setattr(group, name, [item])
    return group


def _content(number: int, ds: FileDataset, layout: Layout) -> Dataset:
    content = Dataset()
    content.FrameAcquisitionNumber = int(ds.get("AcquisitionNumber", 1))
    content.StackID = layout.stacks[number] if layout.stacks else "1"
    content.InStackPositionNumber = number + 1
    content.DimensionIndexValues = (
        list(layout.indices[number]) if layout.indices else [1, number + 1]
    )
    return content


def put_together(
    parts: Sequence[FileDataset], *, total: bool = True, first: Sequence[int] = ()
) -> None:
    """Make several enhanced files the parts of one concatenation."""
    before = 0
    for number, part in enumerate(parts):
        part.ConcatenationUID = "1.2.826.0.1.3680043.10.999.78"
        part.InConcatenationNumber = number + 1
        if total:
            part.InConcatenationTotalNumber = len(parts)
        part.ConcatenationFrameOffsetNumber = first[number] if first else before
        before += int(part.NumberOfFrames)


def save(whole: FileDataset, path: Path) -> Path:
    """Write one file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.save_as(path, enforce_file_format=True)
    return path


def shuffled(count: int, seed: int = 5) -> list[int]:
    """Return some order of `count` frames."""
    return [int(n) for n in np.random.default_rng(seed).permutation(count)]
