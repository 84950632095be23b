"""For PACS and navigation: DICOM objects that stand in the patient's study, in the CT's frame."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from planning.case.case import Case
from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs
from planning.model.cut_plane import CutPlane
from segmentation.progress import share

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from planning.exchange.dicom_read import Places
    from planning.exchange.dicom_study import Study

POINTS: Final = "plan.dcm, SR TID 1500"


class Dicom(Exporter):
    """`segmentation.dcm` (SEG), `plan.dcm` (SR), `surface-NAME.dcm` (STL), `report.dcm` (PDF).

    Names of files begin with DRAFT or SIM where they must, and each object says so inside. The
    patient's name goes into them only when asked for.
    """

    name: ClassVar[str] = "dicom"
    title: ClassVar[str] = "DICOM"
    purpose: ClassVar[str] = "Segments, points, numbers and surfaces in the patient's study"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": f"{POINTS}, a point",
        "distance": f"{POINTS}, a line and its length",
        "angle": f"{POINTS}, three points and their angle",
        "trajectory": f"{POINTS}, a line from entry to target, diameter and margins",
        "cut_plane": f"{POINTS}, a square about the point that turns right about the normal",
        "no_go_zone": f"{POINTS}, the segment of segmentation.dcm with margin and severity",
    }
    left_out: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PLAN, Need.PICTURES})

    def require(self, case: Case) -> None:
        """Refuse (`dicom-no-study`) a case that doesn't know the images it came from."""
        from planning.exchange.dicom_study import require_study  # noqa: PLC0415 - with pydicom

        require_study(case)

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write all objects, read each back, and return what was written.

        Raises
        ------
        Refusal
            `dicom-no-study` for a case that doesn't know the images it came from,
            `export-read-back-differs` when an object doesn't come back as it was meant.
        """
        from planning.exchange.dicom_study import Study  # noqa: PLC0415 - pydicom, when it is used

        written = tuple(_Writing(Study.of(handover), folder).files())
        there = {path.name for path in folder.iterdir()}
        if there != {one.path for one in written} or len(there) != len(written):
            raise differs(self.name, "files")
        handover.progress(1, 1)
        return written


@dataclass(frozen=True, slots=True, eq=False)
class _Writing:
    """One export's objects, written one after the other."""

    study: "Study"
    folder: Path

    def files(self) -> Iterator[Written]:
        """Yield every file as it was written and read back."""
        progress = self.study.handover.progress
        segmentation = None
        if any(not one.mask.is_empty for one in self.study.case.segments):
            from planning.exchange import dicom_segments  # noqa: PLC0415 - with pydicom

            segmentation = dicom_segments.segmentation(self.study)
            yield self._segments(segmentation)
        progress(40, 100)
        yield from self._report(segmentation)
        progress(60, 100)
        yield from self._surfaces()
        yield self._pdf()

    def _saved(self, name: str, dataset: "Dataset") -> Path:
        from planning.exchange.dicom_study import save  # noqa: PLC0415 - with pydicom

        path = self.study.path(self.folder, name)
        save(dataset, path)
        return path

    def _segments(self, segmentation: "Dataset") -> Written:
        from planning.exchange.dicom_read import segmentation_error_mm  # noqa: PLC0415 - pydicom

        path = self._saved("segmentation", segmentation)
        error_mm = segmentation_error_mm(path, self.study)
        return _row(path, "SEG writer", error_mm, ALLOWED_MM)

    def _report(self, segmentation: "Dataset | None") -> Iterator[Written]:
        # The library takes a second to load, for this object only.
        from planning.exchange.dicom_read import report_error_mm  # noqa: PLC0415
        from planning.exchange.dicom_report import report, square  # noqa: PLC0415

        document = report(self.study, segmentation)
        if document is None:
            return
        meant: list[Places] = [
            list(square(item) if isinstance(item, CutPlane) else np.array(item.places_lps_mm))
            for item in self.study.case.plan.items
        ]
        path = self._saved("plan", document)
        error_mm, allowed_mm = report_error_mm(path, self.study, meant)
        yield _row(path, "SR writer", error_mm, allowed_mm, "highdicom")

    def _surfaces(self) -> Iterator[Written]:
        from planning.exchange.dicom_documents import surface, surface_files  # noqa: PLC0415
        from planning.exchange.dicom_read import surface_error_mm  # noqa: PLC0415 - pydicom

        study, handover = self.study, self.study.handover
        files = surface_files(study.case)
        for index, (name, segment) in enumerate(files.items()):
            start = 0.6 + 0.4 * index / len(files)
            part = share(handover.progress, start, start + 0.4 / len(files))
            mesh = handover.surfaces.of(study.case, segment, part).surface.mesh
            path = self._saved(name, surface(study, index, segment, mesh))
            yield _row(path, "STL writer", *surface_error_mm(path, study, mesh))

    def _pdf(self) -> Written:
        from planning.exchange.dicom_documents import report_pdf  # noqa: PLC0415 - with pydicom
        from planning.exchange.dicom_read import report_bytes_of  # noqa: PLC0415
        from planning.exchange.report_pdf import report_bytes  # noqa: PLC0415 - with its fonts

        body = report_bytes(self.study.handover)
        path = self._saved("report", report_pdf(self.study, body))
        if report_bytes_of(path, self.study) != body:
            raise differs(path.name, "EncapsulatedDocument")
        return _row(path, "PDF writer", 0.0, ALLOWED_MM)


def _row(
    path: Path, writer: str, error_mm: float, allowed_mm: float, package: str = "tasrif"
) -> Written:
    by, reader = named(writer, package), named("reader and NumPy", "pydicom")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, allowed_mm)
