"""Segments as a DICOM Segmentation object: one bit a voxel, whole slices, empty ones left out.

Written by hand, so that a frame at a time is unpacked; a library wants all segments of all slices
as bytes at once. Source: DICOM PS3.3 A.51, C.8.20.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import SegmentationStorage

from planning.case.case import Segment
from planning.exchange.dicom_codes import Code, anatomy_of
from planning.exchange.dicom_study import Role, Study, as_label, reference, tracking_uid
from segmentation.grid import Grid
from segmentation.io.dicom_writer import decimal_string
from segmentation.mask import Box, word_count
from segmentation.recipe import is_last_by_model, made_by, steps

ROLE: Final = Role("segmentation", SegmentationStorage, "SEG", 9101)
SOURCE: Final = Code("121322", "DCM", "Source image for image processing operation")
DERIVATION: Final = Code("113076", "DCM", "Segmentation")
SEGMENT_NUMBER, POSITION = 0x0062000B, 0x00200032
SEGMENT_GROUP, POSITION_GROUP = 0x0062000A, 0x00209113
FRAMES_AT_ONCE: Final = 8
"""Eight frames fill whole bytes, however many voxels one has."""


def numbered(segments: Sequence[Segment]) -> dict[int, Segment]:
    """Return the segments that have a voxel, by the number that they get in the object."""
    there = [segment for segment in segments if not segment.mask.is_empty]
    return dict(enumerate(there, start=1))


def segmentation(study: Study) -> Dataset:
    """Return the Segmentation object of a case that has a segment with voxels."""
    case = study.case
    segments, grid = numbered(case.segments), case.volume.grid
    dataset = study.object(ROLE)
    study.frame(dataset)
    dataset.ReferencedSeriesSequence = study.series_items()
    _image(dataset, study, grid)
    dataset.SegmentSequence = Items([_segment(study, n, one) for n, one in segments.items()])
    _dimensions(dataset, study)
    dataset.SharedFunctionalGroupsSequence = Items([_shared(grid)])
    frames = [(n, k) for n, segment in segments.items() for k in _slices(segment)]
    used = {k: at for at, k in enumerate(sorted({k for _, k in frames}), start=1)}
    items = [_frame(study, grid, n, k, used[k]) for n, k in frames]
    dataset.PerFrameFunctionalGroupsSequence = Items(items)
    dataset.NumberOfFrames = len(frames)
    body = b"".join(_packed(segments, frames, grid))
    dataset.PixelData = body + b"\0" * (len(body) % 2)
    return dataset


def _image(dataset: Dataset, study: Study, grid: Grid) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.ContentLabel, dataset.ContentDescription = study.label, study.description
    dataset.ContentCreatorName = study.person
    dataset.Rows, dataset.Columns = grid.shape_kji[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit = dataset.PixelRepresentation = 0
    dataset.SegmentationType, dataset.LossyImageCompression = "BINARY", "00"


def _segment(study: Study, number: int, segment: Segment) -> Dataset:
    from highdicom.color import CIELabColor  # noqa: PLC0415 - half a second, for this object only

    what = anatomy_of(segment)
    item = Dataset()
    item.SegmentNumber = number
    item.SegmentLabel, item.SegmentDescription = as_label(segment.name), segment.name
    tools = [str(step["tool"]) for step in steps(segment.recipe)]
    item.SegmentAlgorithmType = "SEMIAUTOMATIC" if tools else "MANUAL"
    if tools:
        item.SegmentAlgorithmName = as_label("Tasrif: " + ", ".join(tools))
    made = made_by(segment.recipe)
    if made is not None:
        # Untouched since, it is the model's alone; a correction makes it a person's too.
        is_alone = is_last_by_model(segment.recipe)
        item.SegmentAlgorithmType = "AUTOMATIC" if is_alone else "SEMIAUTOMATIC"
        names = "{title} {version}".format_map(made)
        item.SegmentAlgorithmName = as_label(f"Tasrif: {names}, {', '.join(tools)}")
    item.SegmentedPropertyCategoryCodeSequence = what.category.items()
    sides = () if what.laterality is None else (what.laterality,)
    item.SegmentedPropertyTypeCodeSequence = what.kind.items(*sides)
    item.TrackingID, item.TrackingUID = str(segment.id), tracking_uid(study.case, segment.id)
    red, green, blue = bytes.fromhex(segment.colour[1:])
    item.RecommendedDisplayCIELabValue = list(CIELabColor.from_rgb(red, green, blue).value)
    return item


def _dimensions(dataset: Dataset, study: Study) -> None:
    organization = Dataset()
    organization.DimensionOrganizationUID = study.uid("dimensions")
    dataset.DimensionOrganizationSequence = Items([organization])
    indices = []
    for pointer, group, label in (
        (SEGMENT_NUMBER, SEGMENT_GROUP, "Segment"),
        (POSITION, POSITION_GROUP, "Position"),
    ):
        index = Dataset()
        index.DimensionOrganizationUID = organization.DimensionOrganizationUID
        index.DimensionIndexPointer, index.FunctionalGroupPointer = pointer, group
        index.DimensionDescriptionLabel = label
        indices.append(index)
    dataset.DimensionIndexSequence = Items(indices)
    dataset.DimensionOrganizationType = "3D"


def _shared(grid: Grid) -> Dataset:
    """Return what all frames share: spacing and axes."""
    dk, dj, di = grid.spacing_kji_mm
    measures, plane, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [decimal_string(dj), decimal_string(di)]
    measures.SliceThickness = measures.SpacingBetweenSlices = decimal_string(dk)
    axes = grid.direction[:, :2].T.ravel()
    plane.ImageOrientationPatient = [decimal_string(float(one)) for one in axes]
    shared.PixelMeasuresSequence = Items([measures])
    shared.PlaneOrientationSequence = Items([plane])
    return shared


def _frame(study: Study, grid: Grid, number: int, k: int, rank: int) -> Dataset:
    """Return what one frame is: its segment, its place, the image of its slice."""
    content, place, segment, item = Dataset(), Dataset(), Dataset(), Dataset()
    content.DimensionIndexValues = [number, rank]
    corner = grid.lps_mm(np.array([0, 0, k]))
    place.ImagePositionPatient = [decimal_string(float(one)) for one in corner]
    segment.ReferencedSegmentNumber = number
    item.FrameContentSequence = Items([content])
    item.PlanePositionSequence = Items([place])
    item.SegmentIdentificationSequence = Items([segment])
    uid = study.slice_uids[k]
    if uid:
        source = reference(study.images.sop_class, uid)
        source.PurposeOfReferenceCodeSequence = SOURCE.items()
        derivation = Dataset()
        derivation.SourceImageSequence = Items([source])
        derivation.DerivationCodeSequence = DERIVATION.items()
        item.DerivationImageSequence = Items([derivation])
    return item


def _slices(segment: Segment) -> list[int]:
    """Return the slices in which a segment has a voxel."""
    box = segment.mask.box
    rows = segment.mask.words_in(box).any(axis=(1, 2))
    return [box.k0 + int(at) for at in np.flatnonzero(rows)]


def _packed(
    segments: dict[int, Segment], frames: Sequence[tuple[int, int]], grid: Grid
) -> Iterator[bytes]:
    """Yield the frames' bits, the first voxel lowest, one frame right behind the other."""
    for at in range(0, len(frames), FRAMES_AT_ONCE):
        some = [_plane(segments[n], k, grid).ravel() for n, k in frames[at : at + FRAMES_AT_ONCE]]
        yield np.packbits(np.concatenate(some), bitorder="little").tobytes()


def _plane(segment: Segment, k: int, grid: Grid) -> NDArray[np.uint8]:
    """Return one slice of a mask, zeros and ones [j, i]."""
    _, nj, ni = grid.shape_kji
    words = segment.mask.words_in(Box(k, 0, 0, k + 1, nj, word_count(ni)))[0]
    flat = words.astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(flat, axis=-1, count=ni, bitorder="little")
