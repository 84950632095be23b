"""The DICOM objects: as many as the plan has, of one patient and study, each saying its plan."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from planning.case.intake import PHANTOM_ISSUER
from planning.exchange.slugs import distinct, slug
from planning.exchange.verify.bag import PLAN, Payload, Signer
from planning.exchange.verify.dicom_frames import held_frames
from planning.exchange.verify.dicom_parse import Node, parsed
from planning.exchange.verify.dicom_tree import as_name, held_tree
from planning.exchange.verify.dicom_words import PDF, SEG, SR, STL, Said, held_words, inner_nodes
from planning.exchange.verify.papers import DICOM, REPORT, Paper
from planning.exchange.verify.rebuilt import Rebuilt
from planning.exchange.verify.report import held_report
from planning.exchange.verify.verdict import Fault, Held

FILES: Final = ("segmentation", "plan", "report", "key-objects")
WHO: Final = (
    0x00100020, 0x00100010, 0x00100030, 0x00100040, 0x00100021, 0x00080050, 0x00200010, 0x00080030
)  # fmt: skip
OWN_UID: Final = re.compile(r"2\.25\.[1-9][0-9]{20,38}")
Check = Callable[[Node], None]


def dicom(payload: Payload, plan: Paper, built: Rebuilt, by: Signer | None = None) -> Held[None]:
    """Hold the DICOM objects against plan, masks and surfaces; a Fault for one that differs.

    No plan says whose name and number stand in them: where they aren't the case's code, the
    receiver is told.
    """
    there = {path for path in payload.sha256 if path.startswith(DICOM)}
    judge = _Judge(payload, plan, built, by)
    expected = dict(judge.checks())
    for path in sorted(set(expected) - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - set(expected)):
        raise Fault("verify-file-foreign", path=path)
    for path, check in expected.items():
        node = parsed(payload.bodies[path], path)
        judge.hold_common(node)
        check(node)
    patient = " ".join(one for one in (judge.who or ())[:4] if one)
    if patient and patient != plan["case_code"].strip():
        return Held(None, "verify-dicom-patient", {"n": len(there), "patient": patient[:128]})
    return Held(None, "verify-dicom-ok", {"n": len(there)})


@dataclass(slots=True)
class _Judge:
    """What must be there, and what all objects of one export have in common."""

    payload: Payload
    plan: Paper
    built: Rebuilt
    by: Signer | None = None
    who: tuple[str, ...] | None = None
    images: tuple[str, ...] | None = None
    evidence: frozenset[str] = frozenset()
    segmentation_uids: tuple[str, str] = ("", "")
    instances: dict[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> tuple[str, ...]:
        """The words before every name."""
        about = self.plan["plan"]
        is_draft, is_practice = bool(about["state"] == "draft"), bool(about["kind"] == "simulation")
        return ("DRAFT",) * is_draft + ("SIM",) * is_practice

    @property
    def description(self) -> str:
        """What each object says of its plan."""
        version, side = self.plan["plan"]["version"], self.plan["side"]
        words = f"Tasrif plan v{version} side {side} {self.payload.sha256[PLAN][:16]}"
        return " ".join((*self.marks, words))

    @property
    def moment(self) -> tuple[str, str]:
        """Day and time of the seal, or midnight of the day of a draft's checks."""
        seal = self.plan["seal"]
        if seal is None:
            return self.plan["checked_on"].replace("-", ""), "000000"
        at = datetime.fromisoformat(seal["at"])
        return at.strftime("%Y%m%d"), at.strftime("%H%M%S")

    def path(self, name: str) -> str:
        """Return where an object lies, its name marked."""
        return DICOM + "-".join((*self.marks, f"{name}.dcm"))

    def checks(self) -> Iterator[tuple[str, Check]]:
        """Yield each path with its check, the segmentation before what refers to it."""
        segments = [one for one in self.plan["segments"] if one["voxels"]]
        if segments:
            yield self.path("segmentation"), self._segmentation
        if segments or self.plan["items"]:
            yield self.path("plan"), self._tree
        used = {one.get("segment_id") for one in self.plan["items"]}
        shown = [one for one in segments if one["id"] in used]
        names = [f"surface-{slug(one['name'], 'segment')}" for one in shown]
        for name, one in zip(distinct((*FILES, *names))[len(FILES) :], shown, strict=True):
            yield self.path(name), partial(self._surface, one)
        yield self.path("report"), self._report

    def hold_common(self, node: Node) -> None:
        """Hold patient, study, state, date and UIDs of an object."""
        volume, (day, time) = self.plan["volume"], self.moment
        date = (volume["study_date"] or "").replace("-", "")
        for tag, meant, what in (
            (0x0020000D, volume["study_uid"], "StudyInstanceUID"),
            (0x00080020, date, "StudyDate"),
            (0x0008103E, self.description, "SeriesDescription"),
            (0x00080023, day, "ContentDate"),
            (0x00080033, time, "ContentTime"),
        ):
            if node.text(tag) != meant:
                node.differs(what)
        who = tuple(node.text(tag) for tag in WHO)
        if self.who not in (None, who):
            node.differs("PatientID")
        self.who = who
        seal, label = self.plan["seal"], "_".join((*self.marks, "PLAN"))
        person = "" if seal is None else as_name(seal["by"])
        held_words(node, self.plan, Said(self.description, day, time, label, person))
        self._hold_kind(node)
        for tag, what in ((0x00080018, "SOPInstanceUID"), (0x0020000E, "SeriesInstanceUID")):
            if not OWN_UID.fullmatch(node.uid(tag)):
                node.differs(what)
        if node.uid(0x00080018) in self.instances:
            node.differs("SOPInstanceUID")
        self.instances[node.uid(0x00080018)] = node.path
        if node.text(0x00080016) == SEG:
            self.segmentation_uids = node.uid(0x00080018), node.uid(0x0020000E)
        self._hold_evidence(node)

    def _hold_evidence(self, node: Node) -> None:
        """Hold that all objects rest on the same images, and on no other object or series."""
        instance, series = self.segmentation_uids
        found: set[str] = set()
        for _, item in inner_nodes(node):
            if 0x00081155 in item.values:
                found.add(item.uid(0x00081155))
            if 0x0020000E in item.values and item.uid(0x0020000E) not in (
                self.plan["volume"]["series_uid"],
                series,
            ):
                node.differs("SeriesInstanceUID")
        images = frozenset(found - {instance})
        if not images or self.evidence not in (frozenset(), images):
            node.differs("ReferencedSOPInstanceUID")
        self.evidence = images

    def _hold_kind(self, node: Node) -> None:
        """Hold that a simulation says so in its patient, and nobody else does (HAZ-38)."""
        is_practice = "SIM" in self.marks
        issuer, control = node.text(0x00100021), node.text(0x00100200)
        if (issuer == PHANTOM_ISSUER) != is_practice or control != ("YES" if is_practice else ""):
            node.differs("IssuerOfPatientID")
        if not any((node.text(0x00100010), node.text(0x00100030), node.text(0x00100040))):
            return
        if not node.text(0x00100020):
            node.differs("PatientID")

    def _hold_class(self, node: Node, sop_class: str, modality: str) -> None:
        if (node.text(0x00080016), node.text(0x00080060)) != (sop_class, modality):
            node.differs("SOPClassUID")

    def _hold_images(self, node: Node) -> tuple[str, ...]:
        """Hold that an object refers to the CT's series, and all objects to the same images."""
        series = node.item(0x00081115)
        if series.text(0x0020000E) != self.plan["volume"]["series_uid"]:
            node.differs("ReferencedSeriesSequence")
        uids = tuple(one.uid(0x00081155) for one in series.items(0x0008114A))
        if not uids or len(set(uids)) != len(uids) or self.images not in (None, uids):
            node.differs("ReferencedInstanceSequence")
        self.images = uids
        return uids

    def _hold_frame(self, node: Node) -> None:
        if node.text(0x00200052) != self.plan["frame"]["uid"]:
            node.differs("FrameOfReferenceUID")

    def _segmentation(self, node: Node) -> None:
        self._hold_class(node, SEG, "SEG")
        self._hold_frame(node)
        held_frames(node, self.plan, self.built, self._hold_images(node))

    def _tree(self, node: Node) -> None:
        self._hold_class(node, SR, "SR")
        held_tree(node, self.plan, {path: uid for uid, path in self.instances.items()}.get(
            self.path("segmentation"), ""))  # fmt: skip

    def _surface(self, segment: Paper, node: Node) -> None:
        self._hold_class(node, STL, "M3D")
        self._hold_frame(node)
        self._hold_images(node)
        if node.code(0x004008EA) != ("mm", "UCUM"):
            node.differs("MeasurementUnitsCodeSequence")
        if node.text(0x00420010) != " ".join((*self.marks, segment["name"])).rstrip():
            node.differs("DocumentTitle")
        meant = self.payload.bodies[f"data/package/{segment['id']}.stl"]
        if _document(node, "model/stl") != meant:
            node.differs("EncapsulatedDocument")

    def _report(self, node: Node) -> None:
        self._hold_class(node, PDF, "DOC")
        if node.text(0x00420010) != self.description:
            node.differs("DocumentTitle")
        body = _document(node, "application/pdf")
        beside = [path for path in self.payload.sha256 if path.startswith(REPORT)]
        if not beside:
            held_report((node.path, body), self.payload, self.plan, self.by)
        elif body not in [self.payload.bodies[path] for path in beside]:
            node.differs("EncapsulatedDocument")


def _document(node: Node, mime: str) -> bytes:
    """Return an encapsulated document in its true length."""
    body, length = node.values.get(0x00420011, b""), node.whole(0x00420015)
    if node.text(0x00420012) != mime or not len(body) - 1 <= length <= len(body):
        node.differs("EncapsulatedDocument")
    return body[:length]
