"""What the headers of a series say about its patient and its making."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PatientHeader:
    """Who the images say the patient is; texts are empty where a header is silent."""

    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class SeriesHeader:
    """What all slices of a series share; dates are ISO 8601 or empty.

    `is_dicom` is False for NIfTI, NRRD and MetaImage files, which carry no identity.
    """

    series_uid: str
    study_uid: str = ""
    frame_uid: str = ""
    modality: str = ""
    description: str = ""
    study_date: str = ""
    patient: PatientHeader = field(default_factory=PatientHeader)
    manufacturer: str = ""
    kernel: str = ""
    slice_thickness_mm: float | None = None
    transfer_syntax: str = ""
    kvp: str = ""
    is_dicom: bool = True
