"""The plan's items and numbers as a Comprehensive 3D SR document by TID 1500, through highdicom.

Points are SCOORD3D in the CT's frame of reference, LPS mm, 32-bit floats; numbers stand in full
precision beside their decimal text. A cut plane is a square about its point, turning right about
its normal; a no-go zone its segment with a margin and its severity.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
from highdicom import sr
from highdicom.sr.coding import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage

from planning.case.case import Segment
from planning.exchange.dicom_codes import (
    DIAMETER,
    MARGIN,
    MM,
    OWN,
    SEVERITIES,
    SEVERITY,
    UNITS,
    Code,
    anatomy_of,
    concept_of,
    kind_of,
    shortened,
)
from planning.exchange.dicom_segments import numbered
from planning.exchange.dicom_study import PROGRAM, Role, Study, tracking_uid
from planning.geometry.rigid import unit
from planning.measures import MEASURES
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

ROLE: Final = Role("plan", Comprehensive3DSRStorage, "SR", 9102)
HALF_SQUARE_MM: Final = 50.0
CT: Final = Code("77477000", "SCT", "Computed tomography")
ENGLISH: Final = Code("en", "RFC5646", "English")
TITLE: Final = Code("126000", "DCM", "Imaging Measurement Report")
OF_PERSON: Final = Code("121006", "DCM", "Person")
OF_DEVICE: Final = Code("121007", "DCM", "Device")
ROLE_ONLY: Final = "(role; organisation not stated)"
MEASURE: Final = {measure.name: measure for measure in MEASURES}
Group = (
    sr.PlanarROIMeasurementsAndQualitativeEvaluations
    | sr.VolumetricROIMeasurementsAndQualitativeEvaluations
    | sr.MeasurementsAndQualitativeEvaluations
)


def square(plane: CutPlane) -> NDArray[np.float64]:
    """Return the corners (5, 3) in LPS mm of a square about a cut's point, the first also last.

    Seen against the normal they turn to the left: (second - first) x (third - second) is along it.
    """
    normal, centre = np.array(plane.normal_lps), np.array(plane.point_lps_mm)
    across = unit(np.cross(normal, np.eye(3)[np.abs(normal).argmin()]))
    along = np.cross(normal, across)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return np.array([centre + HALF_SQUARE_MM * (a * across + b * along) for a, b in signs])


def report(study: Study, segmentation: Dataset | None) -> Dataset | None:
    """Return the SR document; None for a plan that has nothing to say in one."""
    groups = list(_Groups(study, segmentation).all())
    if not groups:
        return None
    images = [_evidence(study, uid) for uid in study.source_uids]
    evidence = images if segmentation is None else [*images, segmentation]
    content = sr.MeasurementReport(
        _context(study),
        _concept(CT),
        groups,
        title=_concept(TITLE),
        language_of_content_item_and_descendants=sr.LanguageOfContentItemAndDescendants(
            _concept(ENGLISH)
        ),
    )
    seal = study.document["seal"] if study.is_verified else None
    document = sr.Comprehensive3DSR(
        evidence,
        content,
        study.uid(f"{ROLE.name} series"),
        ROLE.series_number,
        study.uid(ROLE.name),
        1,
        PROGRAM,
        is_complete=study.document["seal"] is not None,
        is_final=seal is not None,
        is_verified=seal is not None,
        verifying_observer_name=study.person if seal else None,
        verifying_organization=shortened(f"{seal['role']} {ROLE_ONLY}") if seal else None,
    )
    return _dated(study, document)


def _dated(study: Study, document: Dataset) -> Dataset:
    """Put patient, study, dates and file header of ours in place of the library's."""
    document.update(study.patient())
    study.finish(document)
    day, time = study.moment
    for observer in document.get("VerifyingObserverSequence", ()):
        observer.VerificationDateTime = f"{day}{time}+0000"
    for library in document.get("ContributingEquipmentSequence", ()):
        library.ContributionDateTime = f"{day}{time}+0000"
    return document


def _context(study: Study) -> sr.ObservationContext:
    device = sr.ObserverContext(
        _concept(OF_DEVICE),
        sr.DeviceObserverIdentifyingAttributes(study.uid("device"), PROGRAM, PROGRAM, PROGRAM),
    )
    person = None
    if study.person:
        person = sr.ObserverContext(
            _concept(OF_PERSON), sr.PersonObserverIdentifyingAttributes(study.person)
        )
    return sr.ObservationContext(observer_person_context=person, observer_device_context=device)


def _evidence(study: Study, uid: str) -> Dataset:
    """Return what an SR document asks of an image that it rests on."""
    dataset = study.patient()
    dataset.SeriesInstanceUID = study.case.source.series_uid
    dataset.SOPClassUID, dataset.SOPInstanceUID = study.images.sop_class, uid
    return dataset


def _concept(code: Code) -> CodedConcept:
    return CodedConcept(code.value, code.scheme, code.meaning)


class _Groups:
    """The groups of measurements of a plan: one for each item, then one for each segment."""

    def __init__(self, study: Study, segmentation: Dataset | None) -> None:
        self.study = study
        self._segmentation = segmentation
        self._frame_uid = study.case.volume.grid.frame_uid
        self._numbers = {str(one.id): n for n, one in numbered(study.case.segments).items()}

    def all(self) -> Iterator[Group]:
        """Yield every group."""
        for item in self.study.case.plan.items:
            yield self._item(item)
        for segment in self.study.case.segments:
            if segment.id in self._numbers:
                yield self._segment(segment)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        case = self.study.case
        named: list[Item | Segment] = [*case.plan.items, *case.segments]
        return {str(one.id): one.name for one in named}

    def _item(self, item: Item) -> Group:
        about = self._about(item)
        if isinstance(item, Landmark):
            region = sr.ImageRegion3D("POINT", np.array([item.point_lps_mm]), self._frame_uid)
            return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                referenced_region=region, **about
            )
        if isinstance(item, CutPlane):
            region = sr.ImageRegion3D("POLYGON", square(item), self._frame_uid)
            return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
                referenced_region=region, **about
            )
        if isinstance(item, NoGoZone):
            margin = self._number(MARGIN, item.margin_mm, MM)
            about["measurements"] = [*about["measurements"], margin]
            rule = SEVERITIES[item.severity.value]
            about["qualitative_evaluations"] = [
                sr.QualitativeEvaluation(_concept(SEVERITY), _concept(rule))
            ]
            if item.segment_id in self._numbers:
                return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
                    referenced_segment=self._reference(item.segment_id), **about
                )
        if isinstance(item, Trajectory):
            diameter = self._number(DIAMETER, item.diameter_mm, MM)
            about["measurements"] = [*about["measurements"], diameter]
        return sr.MeasurementsAndQualitativeEvaluations(**about)

    def _segment(self, segment: Segment) -> Group:
        what = anatomy_of(segment)
        return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracking(segment.id),
            referenced_segment=self._reference(segment.id),
            finding_type=_concept(what.kind),
            measurements=self._measurements(segment.id, ()),
        )

    def _about(self, item: Item) -> dict[str, Any]:
        """Return what every item's group has: name, kind, site and numbers."""
        sites = [self.study.case.segment(one) for one in item.segment_ids]
        points = item.places_lps_mm if isinstance(item, Distance | Angle | Trajectory) else ()
        return {
            "tracking_identifier": self._tracking(item.id),
            "finding_type": _concept(kind_of(item.kind, item.title)),
            "finding_sites": [_site(one) for one in sites],
            "measurements": self._measurements(item.id, points),
        }

    def _tracking(self, one: str) -> sr.TrackingIdentifier:
        uid = tracking_uid(self.study.case, one)
        return sr.TrackingIdentifier(uid, self._names[str(one)])

    def _reference(self, segment_id: str) -> sr.ReferencedSegment:
        assert self._segmentation is not None
        return sr.ReferencedSegment(
            self._segmentation.SOPClassUID,
            self._segmentation.SOPInstanceUID,
            self._numbers[segment_id],
            source_series=sr.SourceSeriesForSegmentation(self.study.case.source.series_uid),
        )

    def _measurements(self, one: str, points: tuple[Any, ...]) -> list[sr.Measurement]:
        """Return the numbers of one item or segment; the first bears the item's points."""
        found: list[sr.Measurement] = []
        for row in self.study.document["measures"]:
            if row["item"] == one and row["value"] is not None:
                found.append(self._measure(row, () if found else points))
        return found

    def _measure(self, row: Mapping[str, Any], points: tuple[Any, ...]) -> sr.Measurement:
        measure = MEASURE[row["name"]]
        method = Code(f"{row['name']}/{row['version']}", OWN, shortened(row["definition"]))
        bound = row["uncertainty_mm"]
        more: dict[str, Any] = {"method": _concept(method)}
        if bound is not None and row["unit"] == "mm":
            more["properties"] = _uncertainty(float(bound))
        if row["other"]:
            more["tracking_identifier"] = self._tracking(row["other"])
        if points:
            line = sr.CoordinatesForMeasurement3D("POLYLINE", np.array(points), self._frame_uid)
            more["referenced_coordinates"] = [line]
        concept = concept_of(measure.name, measure.title)
        return self._number(concept, row["value"], UNITS[row["unit"]], **more)

    def _number(self, concept: Code, value: float, unit: Code, **more: Any) -> sr.Measurement:  # noqa: ANN401 - as the library
        # The library writes a whole number without its full-precision twin.
        return sr.Measurement(_concept(concept), float(value), _concept(unit), **more)


def _site(segment: Segment) -> sr.FindingSite:
    what = anatomy_of(segment)
    side = None if what.laterality is None else _concept(what.laterality)
    return sr.FindingSite(_concept(what.kind), laterality=side)


def _uncertainty(bound_mm: float) -> sr.MeasurementProperties:
    """Return a bound on both sides of a length; the library knows it without a unit only."""
    properties = sr.MeasurementProperties(
        upper_measurement_uncertainty=bound_mm, lower_measurement_uncertainty=bound_mm
    )
    for item in properties:
        item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence = MM.items()
    return properties
