"""What all DICOM objects of one export share: patient, study, frame of reference, UIDs, state.

UIDs are 2.25 and a UUID made of the plan's hash and of all else that changes the objects' content,
so that the same export has the same UIDs and no other has; no clock is asked.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian

from planning.case.case import Case, Kind
from planning.case.intake import PHANTOM_ISSUER
from planning.case.publish import program_version
from planning.exchange.dicom_codes import OWN, Code
from planning.exchange.exporter import Handover
from segmentation.errors import Refusal
from segmentation.io.dicom_writer import IMPLEMENTATION
from segmentation.io.header import ImageReferences

NAMESPACE: Final = UUID("5d0c1f5e-7a3b-5c58-9f0e-1b8f64a2c7d9")
NAME_LENGTH_MAX: Final = 64
PROGRAM: Final = "Tasrif"
NO_SERIAL: Final = "0"
MIDNIGHT: Final = "000000"
REMOVED: Final = Code("113100", "DCM", "Basic Application Confidentiality Profile")


def require_study(case: Case) -> ImageReferences:
    """Return how the case's images are named.

    Raises
    ------
    Refusal
        `dicom-no-study` for a case that doesn't know: it came from a file without identity, was
        de-identified, or was made by an older release.
    """
    images = case.source.images
    if images is None or not any(images.instance_uids):
        raise Refusal("dicom-no-study", case=case.identity.code)
    return images


def derived_uid(*parts: str) -> str:
    """Return the UID that is the same for the same parts."""
    return f"2.25.{uuid5(NAMESPACE, '/'.join(parts)).int}"


def tracking_uid(case: Case, thing: str) -> str:
    """Return the UID by which an item or a segment is known in all versions of a plan."""
    return derived_uid(str(case.id), thing)


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """One kind of object: its word in UIDs, its SOP class, its modality, its series' number."""

    name: str
    sop_class: str
    modality: str
    series_number: int


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The study that the objects of one export stand in."""

    handover: Handover
    images: ImageReferences
    document: Any
    plan_sha256: str

    @classmethod
    def of(cls, handover: Handover) -> "Study":
        """Return the study of a case; refuse one that knows none (`require_study`)."""
        images = require_study(handover.case)
        plan = handover.plan
        return cls(handover, images, json.loads(plan), hashlib.sha256(plan).hexdigest())

    @property
    def case(self) -> Case:
        """The case that is handed over."""
        return self.handover.case

    @property
    def is_verified(self) -> bool:
        """Whether a person stands for it: sealed, and no simulation."""
        return not self.handover.marks

    @property
    def person(self) -> str:
        """Who sealed the plan, as a DICOM name; "" for a draft."""
        seal = self.document["seal"]
        return "" if seal is None else as_name(seal["by"])

    @property
    def moment(self) -> tuple[str, str]:
        """Day and time (UTC) of the seal, or midnight of the day of a draft's checks."""
        seal = self.document["seal"]
        if seal is None:
            return self.document["checked_on"].replace("-", ""), MIDNIGHT
        at = datetime.fromisoformat(seal["at"])
        return at.strftime("%Y%m%d"), at.strftime("%H%M%S")

    @property
    def description(self) -> str:
        """What each object says of its plan: marks, version, side and the hash's first digits."""
        case = self.case
        plan = f"{PROGRAM} plan v{case.version} side {case.side} {self.plan_sha256[:16]}"
        return " ".join((*self.handover.marks, plan))

    @property
    def label(self) -> str:
        """The same in 16 capitals."""
        return "_".join((*self.handover.marks, "PLAN"))

    def uid(self, role: str, index: int = 0) -> str:
        """Return the UID of an object, a series or another thing of this export."""
        return derived_uid(self.plan_sha256, self._content(), role, str(index))

    def _content(self) -> str:
        """Return the hash of what the plan's hash doesn't cover."""
        case, images = self.case, self.images
        identity = case.identity
        who = [identity.patient_id, identity.issuer, identity.name, identity.birth_date]
        what = [
            program_version(),
            self.handover.words.language,
            [segment.colour for segment in case.segments],
            [images.sop_class, images.study_time, *images.instance_uids],
            [*who, identity.sex, images.study_id, images.accession]
            if self.handover.has_identity
            else [],
        ]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()

    def path(self, folder: Path, name: str) -> Path:
        """Return the path of a file, its name marked."""
        return folder / "-".join((*self.handover.marks, f"{name}.dcm"))

    def object(self, role: Role, index: int = 0) -> Dataset:
        """Return an object with patient, study, series, equipment and its own UID."""
        dataset = self.patient()
        dataset.SOPClassUID = role.sop_class
        dataset.SOPInstanceUID = self.uid(role.name, index)
        dataset.Modality = role.modality
        dataset.SeriesInstanceUID = self.uid(f"{role.name} series")
        dataset.SeriesNumber, dataset.InstanceNumber = role.series_number, index + 1
        self.finish(dataset)
        return dataset

    def finish(self, dataset: Dataset) -> None:
        """Give an object its dates, its description, its equipment and its file's header."""
        day, time = self.moment
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SeriesDate = dataset.ContentDate = dataset.InstanceCreationDate = day
        dataset.SeriesTime = dataset.ContentTime = dataset.InstanceCreationTime = time
        dataset.SeriesDescription = self.description
        dataset.Manufacturer = dataset.ManufacturerModelName = PROGRAM
        dataset.SoftwareVersions = program_version()
        dataset.DeviceSerialNumber = NO_SERIAL
        scheme = Dataset()
        scheme.CodingSchemeDesignator = OWN
        scheme.CodingSchemeName = f"Codes of {PROGRAM}"
        scheme.CodingSchemeResponsibleOrganization = PROGRAM
        dataset.CodingSchemeIdentificationSequence = Items([scheme])
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.ImplementationClassUID = IMPLEMENTATION
        meta.ImplementationVersionName = "TASRIF"
        dataset.file_meta = meta

    def patient(self) -> Dataset:
        """Return patient and study: the code only, unless the identity was asked for."""
        case, images, has_identity = self.case, self.images, self.handover.has_identity
        identity = case.identity
        dataset = Dataset()
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientName = identity.name if has_identity else ""
        own_id = identity.patient_id if has_identity else ""
        dataset.PatientID = own_id or identity.code
        dataset.PatientBirthDate = identity.birth_date.replace("-", "") if has_identity else ""
        dataset.PatientSex = identity.sex if has_identity else ""
        issuer = identity.issuer if has_identity else ""
        if case.kind is Kind.SIMULATION:
            issuer = PHANTOM_ISSUER
            dataset.QualityControlSubject = "YES"
        if issuer:
            dataset.IssuerOfPatientID = issuer
        if case.source.is_deidentified:
            dataset.PatientIdentityRemoved = "YES"
            dataset.DeidentificationMethodCodeSequence = REMOVED.items()
        dataset.StudyInstanceUID = case.source.study_uid
        dataset.StudyDate = case.source.study_date.replace("-", "")
        dataset.StudyTime = images.study_time
        dataset.StudyID = images.study_id if has_identity else ""
        dataset.AccessionNumber = images.accession if has_identity else ""
        dataset.ReferringPhysicianName = ""
        return dataset

    def frame(self, dataset: Dataset) -> None:
        """Put an object into the CT's frame of reference."""
        dataset.FrameOfReferenceUID = self.case.volume.grid.frame_uid
        dataset.PositionReferenceIndicator = ""

    @property
    def source_uids(self) -> tuple[str, ...]:
        """The instance UIDs of all images of the CT."""
        return tuple(uid for uid in self.images.instance_uids if uid)

    @property
    def slice_uids(self) -> tuple[str, ...]:
        """The instance UID of the image of each slice, "" for none.

        A resampled slice comes from no image of its own: the whole series is referred to then.
        """
        count, source = self.case.volume.grid.shape_kji[0], self.case.source
        uids = self.images.instance_uids
        is_each = source.regularised_mm is None and len(uids) == count
        return uids if is_each else ("",) * count

    def references(self) -> Iterator[Dataset]:
        """Yield a reference to each image of the CT."""
        for uid in self.source_uids:
            yield reference(self.images.sop_class, uid)

    def series_items(self) -> Items:
        """Return the CT's series with all its images."""
        series = Dataset()
        series.SeriesInstanceUID = self.case.source.series_uid
        series.ReferencedInstanceSequence = Items(list(self.references()))
        return Items([series])


def reference(sop_class: str, sop_instance: str) -> Dataset:
    """Return the item that refers to an object."""
    item = Dataset()
    item.ReferencedSOPClassUID = UID(sop_class)
    item.ReferencedSOPInstanceUID = UID(sop_instance)
    return item


def as_name(words: str) -> str:
    """Return a person's words as the family name of a DICOM name."""
    plain = "".join(" " if sign in "\\^=" else sign for sign in words)
    return " ".join(plain.split())[: NAME_LENGTH_MAX - 1].rstrip() + "^"


def as_label(words: str) -> str:
    """Return a name that a DICOM LO holds: 64 characters, no backslash."""
    return " ".join(words.replace("\\", "/").split())[:NAME_LENGTH_MAX].rstrip()


def save(dataset: Dataset, path: Path) -> None:
    """Write an object as explicit VR little endian; nothing may have the name yet."""
    with path.open("xb") as file:
        dcmwrite(file, dataset, enforce_file_format=True)
