"""RT structure sets and Encapsulated STL objects written with pydicom alone."""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian


def _object(sop_class, modality, frame_uid, patient_id="P-7", study_uid="2.25.1000"):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.3001"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(sop_class), "2.25.3001"
    dataset.Modality, dataset.PatientID = modality, patient_id
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study_uid, "2.25.3000"
    dataset.FrameOfReferenceUID = frame_uid
    return dataset


def _decimals(values):
    return [f"{value:.9g}" for value in values]


def rtstruct(path, frame_uid, rois, **about):
    """Write a structure set; `rois` holds (name, colour, contours), a contour (kind, points)."""
    dataset = _object("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", frame_uid, **about)
    frame = Dataset()
    frame.FrameOfReferenceUID = frame_uid
    dataset.ReferencedFrameOfReferenceSequence = Sequence([frame])
    described, drawn = [], []
    for number, (name, colour, contours) in enumerate(rois, 1):
        one, its = Dataset(), Dataset()
        one.ROINumber, one.ROIName = number, name
        one.ReferencedFrameOfReferenceUID = frame_uid
        its.ReferencedROINumber, its.ROIDisplayColor = number, list(colour)
        items = []
        for kind, points in contours:
            contour = Dataset()
            contour.ContourGeometricType = kind
            contour.NumberOfContourPoints = len(points)
            contour.ContourData = _decimals(points.ravel())
            items.append(contour)
        its.ContourSequence = Sequence(items)
        described.append(one)
        drawn.append(its)
    dataset.StructureSetROISequence = Sequence(described)
    dataset.ROIContourSequence = Sequence(drawn)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def encapsulated_stl(path, frame_uid, body, unit="mm", title="Scapula", **about):
    """Write an STL's bytes as a DICOM object whose unit is `unit`."""
    dataset = _object("1.2.840.10008.5.1.4.1.1.104.3", "M3D", frame_uid, **about)
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    dataset.MeasurementUnitsCodeSequence = Sequence([code])
    dataset.DocumentTitle = title
    dataset.EncapsulatedDocumentLength = len(body)
    dataset.EncapsulatedDocument = body + b"\0" * (len(body) % 2)
    dataset.save_as(path, enforce_file_format=True)
    return dataset
