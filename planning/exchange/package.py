"""The record for every receiver: the plan document, the masks and the surfaces they rest on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from planning.case.case import Case, Segment
from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.mask_nrrd import read_back_mask, write_mask
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs
from planning.exchange.slugs import is_plain_id
from planning.exchange.stl_file import written_stl
from planning.exchange.versions import VERSIONS, written_versions
from segmentation.errors import Refusal
from segmentation.progress import share

IN_PLAN: Final = "plan.json, items"


class Package(Exporter):
    """Masks as `ID.nrrd`, and as `ID.stl` the accepted surface of what an item refers to.

    `versions.json` says which versions of the plan were sealed, superseded and withdrawn.

    `export` writes `plan.json`, `passport.json` and the bag about them.
    """

    name: ClassVar[str] = "package"
    title: ClassVar[str] = "Package"
    purpose: ClassVar[str] = "The signed record that every receiver can check"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": IN_PLAN,
        "distance": IN_PLAN,
        "angle": IN_PLAN,
        "trajectory": IN_PLAN,
        "cut_plane": IN_PLAN,
        "no_go_zone": IN_PLAN,
    }
    left_out: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PLAN, Need.PICTURES})

    def require(self, case: Case) -> None:
        """Refuse (`export-id-unusable`) a segment whose id can't be a file's name."""
        _check_ids(case.segments)

    def segments(self, case: Case) -> tuple[Segment, ...]:
        """Return all of them."""
        return case.segments

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write every mask and the surfaces in use; read each back; return what was written.

        Raises
        ------
        Refusal
            `export-read-back-differs` when a file doesn't come back as it was meant.
        """
        segments = handover.case.segments
        used = {one for item in handover.case.plan.items for one in item.segment_ids}
        written: list[Written] = []
        for n, segment in enumerate(segments):
            written.append(_mask(handover, segment, folder / f"{segment.id}.nrrd"))
            if segment.id in used and not segment.mask.is_empty:
                part = share(handover.progress, n / len(segments), (n + 1) / len(segments))
                mesh = handover.surfaces.of(handover.case, segment, part).surface.mesh
                written.append(written_stl(folder / f"{segment.id}.stl", mesh, handover.marks))
            handover.progress(n + 1, len(segments))
        if sum(one.path.endswith(".nrrd") for one in written) != len(segments):
            raise differs("package", "segments")
        written.append(written_versions(folder / VERSIONS, handover.case))
        return tuple(written)


def _check_ids(segments: Sequence[Segment]) -> None:
    """Refuse ids that are no plain names or that only their case tells apart."""
    taken: set[str] = set()
    for segment in segments:
        if not is_plain_id(segment.id) or segment.id.lower() in taken:
            raise Refusal("export-id-unusable", segment=segment.name)
        taken.add(segment.id.lower())


def _mask(handover: Handover, segment: Segment, path: Path) -> Written:
    grid = handover.case.volume.grid
    notes = {
        "tasrif_segment_id": segment.id,
        "tasrif_segment_name": segment.name,
        "tasrif_state": handover.state,
        "tasrif_kind": str(handover.case.kind),
        "tasrif_frame_uid": grid.frame_uid,
    }
    write_mask(path, grid, segment.mask, notes)
    error_mm = read_back_mask(path, grid, segment.mask)
    by, reader = named("NRRD writer"), named("NrrdImageIO", "SimpleITK")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, ALLOWED_MM)
