"""A phantom as files: the CT as DICOM, its labels as NIfTI, the truth as JSON."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planning.phantoms.nifti import write_labels
from planning.phantoms.phantom import Phantom
from segmentation.grid import Point
from segmentation.io.dicom_writer import write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.progress import Progress, share, silent

ISSUER = "TASRIF-PHANTOM"
STUDY_DATE = "2000-01-01"


def patient_header(phantom: Phantom) -> PatientHeader:
    """Return who the phantom says it is; the issuer keeps it a simulation for ever."""
    name = phantom.name.upper()
    return PatientHeader(f"TASRIF-{name}", ISSUER, f"PHANTOM^{name}", "", "O")


def series_header(phantom: Phantom) -> SeriesHeader:
    """Return the header of the phantom's series; the same phantom has the same UIDs."""
    return SeriesHeader(
        series_uid=phantom.uid("series"),
        study_uid=phantom.uid("study"),
        frame_uid=phantom.volume.grid.frame_uid,
        modality="CT",
        description=f"Phantom {phantom.name}",
        study_date=STUDY_DATE,
        patient=patient_header(phantom),
        manufacturer="Tasrif",
        kernel="PHANTOM",
        slice_thickness_mm=phantom.volume.grid.spacing_kji_mm[0],
        transfer_syntax="1.2.840.10008.1.2.1",
        kvp="120",
    )


def write_phantom(phantom: Phantom, out_dir: Path, progress: Progress = silent) -> None:
    """Write `dicom/*.dcm`, `truth.nii.gz` and `truth.json` into `out_dir`.

    All is written into a new folder beside it first, so that a stop or a full disk leaves
    nothing behind; `out_dir` may be missing or an empty folder (the caller sees to that).
    """
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}-", dir=out_dir.parent))
    try:
        folder = part / "dicom"
        folder.mkdir()
        first = share(progress, 0.0, 0.7)
        write_ct_series(phantom.volume, series_header(phantom), folder, first)
        grid, rest = phantom.volume.grid, share(progress, 0.7, 1.0)
        write_labels(phantom.labelmap, grid, part / "truth.nii.gz", rest)
        text = json.dumps(truth(phantom), indent=2, ensure_ascii=False, allow_nan=False)
        (part / "truth.json").write_text(text + "\n", encoding="utf-8")
        part.chmod(0o755)
        part.replace(out_dir)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def truth(phantom: Phantom) -> dict[str, Any]:
    """Return the content of `truth.json`: millimetres in LPS, degrees, millilitres.

    The schema is `resources/schemas/truth.schema.json`.
    """
    return {
        "schema": "tasrif-truth",
        "schema_version": 1,
        "phantom": phantom.name,
        "seed": phantom.seed,
        "oblique": phantom.is_oblique,
        "detail": phantom.detail,
        "frame_of_reference_uid": phantom.volume.grid.frame_uid,
        "units": {"landmarks": "mm LPS", "angles": "deg", "lengths": "mm", "curves": "mm LPS"},
        "landmarks": _rows(phantom.landmarks),
        "angles": dict(phantom.angles_deg),
        "lengths": dict(phantom.lengths_mm),
        "ratios": dict(phantom.ratios),
        "directions": _rows(phantom.directions),
        "curves": _rows(phantom.curves),
        "labels": {
            str(label.index): {
                "name": label.name,
                "tissue": label.tissue,
                "ml": label.ml,
                "visible_ml": label.visible_ml,
            }
            for label in phantom.labels
        },
    }


def _rows(points: Mapping[str, Point]) -> dict[str, list[Any]]:
    return {name: point.tolist() for name, point in points.items()}
