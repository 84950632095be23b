"""Surfaces and the report as encapsulated documents: STL with frame and unit, PDF.

Source: DICOM PS3.3 A.45.1 and A.85.1. A surface lies in the CT's frame of reference, LPS mm.
"""

from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import EncapsulatedPDFStorage, EncapsulatedSTLStorage

from planning.case.case import Case, Segment
from planning.exchange.dicom_codes import MM, Code
from planning.exchange.dicom_study import Role, Study
from planning.exchange.slugs import distinct, slug
from planning.exchange.stl_file import LINE_BYTES, header_line
from segmentation.io.meshes.stl import encode
from segmentation.mesh import Mesh

SURFACE: Final = Role("surface", EncapsulatedSTLStorage, "M3D", 9103)
REPORT: Final = Role("report", EncapsulatedPDFStorage, "DOC", 9104)
PLANNING: Final = Code("129013", "DCM", "Planning Intent")
RESERVED: Final = ("segmentation", "plan", "report", "key-objects")


def surface_files(case: Case) -> dict[str, Segment]:
    """Return the segments that an item of the plan needs, by the plain names of their files."""
    used = {one for item in case.plan.items for one in item.segment_ids}
    segments = [one for one in case.segments if one.id in used and not one.mask.is_empty]
    names = [f"surface-{slug(one.name, 'segment')}" for one in segments]
    return dict(zip(distinct((*RESERVED, *names))[len(RESERVED) :], segments, strict=True))


def stl_bytes(mesh: Mesh, marks: tuple[str, ...]) -> bytes:
    """Return a mesh as binary STL, LPS mm, 32-bit floats, its marks in the header line."""
    chunks = encode(mesh, "")
    count = next(chunks)[LINE_BYTES:]
    return header_line(marks).encode("ascii").ljust(LINE_BYTES) + count + b"".join(chunks)


def surface(study: Study, index: int, segment: Segment, mesh: Mesh) -> Dataset:
    """Return a segment's accepted surface as an Encapsulated STL object."""
    marks = study.handover.marks
    dataset = study.object(SURFACE, index)
    study.frame(dataset)
    _encapsulate(dataset, stl_bytes(mesh, marks), "model/stl")
    dataset.DocumentTitle = " ".join((*marks, segment.name))
    dataset.BurnedInAnnotation = "NO"
    dataset.AcquisitionDateTime = ""
    dataset.MeasurementUnitsCodeSequence = MM.items()
    dataset.ModelModification = dataset.ModelMirroring = "NO"
    dataset.ModelUsageCodeSequence = PLANNING.items()
    dataset.ContentDescription = study.description
    dataset.ReferencedSeriesSequence = study.series_items()
    return _from_images(dataset, study)


def report_pdf(study: Study, body: bytes) -> Dataset:
    """Return the report as an Encapsulated PDF object."""
    dataset = study.object(REPORT)
    _encapsulate(dataset, body, "application/pdf")
    dataset.DocumentTitle = study.description
    dataset.BurnedInAnnotation, dataset.ConversionType = "YES", "WSD"
    dataset.AcquisitionDateTime = ""
    return _from_images(dataset, study)


def _encapsulate(dataset: Dataset, body: bytes, mime: str) -> None:
    dataset.ConceptNameCodeSequence = Items([])
    dataset.MIMETypeOfEncapsulatedDocument = mime
    dataset.EncapsulatedDocumentLength = len(body)
    dataset.EncapsulatedDocument = body + b"\0" * (len(body) % 2)


def _from_images(dataset: Dataset, study: Study) -> Dataset:
    dataset.SourceInstanceSequence = Items(list(study.references()))
    return dataset
