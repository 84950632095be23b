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
class ImageReferences:
    """How DICOM objects about a volume name its images and stand beside them in their study.

    Attributes
    ----------
    sop_class
        The SOP Class UID that all images have.
    instance_uids
        SOP Instance UIDs in ascending order along the normal of the slices; empty where a slice
        is missing. One for each slice of the volume, unless that was resampled or one image
        holds them all.
    study_time, study_id, accession
        As the images give them; the time as DICOM writes it (HHMMSS...), empty for none.
    """

    sop_class: str
    instance_uids: tuple[str, ...]
    study_time: str = ""
    study_id: str = ""
    accession: str = ""


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
    study_time: str = ""
    study_id: str = ""
    accession: str = ""
    is_dicom: bool = True
    body_part: str = ""
