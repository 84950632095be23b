"""For robots and teleoperation: no-go zones with a certified error bound, paths, and the frame."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from planning.case.case import Case, Segment
from planning.exchange.document import canonical
from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.field_nrrd import written_field
from planning.exchange.passport import file_sha256
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs
from planning.exchange.robot_papers import ZonePaper, frame_record, paths_record, zone_record
from planning.exchange.schema_file import read_json
from planning.exchange.slugs import is_plain_id
from planning.exchange.stl_file import written_stl
from planning.exchange.zone_field import bounds_of, field_on, lattice_about
from planning.exchange.zone_hull import hull_trap
from planning.measures.surfaces import Accepted
from planning.model.zone import NoGoZone
from segmentation.errors import Refusal
from segmentation.progress import Progress, share

ZONES: Final = "zones"
NO_TARGET: Final = "No robot acts on it; it stands in plan.json."


class Robot(Exporter):
    """`zones/ID.stl`, `.sdf.nrrd` and `.json` of each zone; `paths.json`; `frame.json`.

    A receiver that reads a field between its samples and takes off the stated bound never gets
    more clearance than there is.
    """

    name: ClassVar[str] = "robot"
    title: ClassVar[str] = "Robot"
    purpose: ClassVar[str] = "No-go zones with a certified error bound, paths and frame"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": "frame.json, landmarks",
        "distance": "",
        "angle": "",
        "trajectory": "paths.json, paths",
        "cut_plane": "",
        "no_go_zone": "zones/ID.stl, zones/ID.sdf.nrrd, zones/ID.json",
    }
    left_out: ClassVar[Mapping[str, str]] = {
        kind: NO_TARGET for kind, how in expresses.items() if not how
    }
    needs: ClassVar[frozenset[Need]] = frozenset()

    def require(self, case: Case) -> None:
        """Refuse zones of nothing and ids that can't name a file or differ by case only.

        Raises
        ------
        Refusal
            `robot-zone-empty` for a zone about a segment without voxels, `robot-id-unusable`.
        """
        taken: set[str] = set()
        for zone in case.plan.of(NoGoZone):
            if not is_plain_id(zone.id) or zone.id.lower() in taken:
                raise Refusal("robot-id-unusable", item=zone.name)
            taken.add(zone.id.lower())
            segment = case.segment(zone.segment_id)
            if segment.mask.is_empty:
                raise Refusal("robot-zone-empty", item=zone.name, segment=segment.name)

    def segments(self, case: Case) -> tuple[Segment, ...]:
        """Return those that have a zone about them."""
        kept = {zone.segment_id for zone in case.plan.of(NoGoZone)}
        return tuple(segment for segment in case.segments if segment.id in kept)

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write zones, paths and frame, read each file back, and return what was written.

        Raises
        ------
        Refusal
            `export-read-back-differs` when a file doesn't come back as it was meant.
        """
        zones = handover.case.plan.of(NoGoZone)
        written = [
            _paper(folder, "frame.json", frame_record(handover), "robot-frame"),
            _paper(folder, "paths.json", paths_record(handover), "robot-paths"),
        ]
        if zones:
            (folder / ZONES).mkdir()
        for n, zone in enumerate(zones):
            part = share(handover.progress, n / len(zones), (n + 1) / len(zones))
            written += _zone(handover, zone, folder, part)
        handover.progress(1, 1)
        return tuple(written)


def _zone(
    handover: Handover, zone: NoGoZone, folder: Path, progress: Progress
) -> tuple[Written, ...]:
    """Write a zone's three files; their paths are told from the exporter's folder."""
    found = _accepted(handover, zone, share(progress, 0.0, 0.2))
    surface, margin_mm = found.surface, zone.margin_mm
    place = folder / ZONES
    stl = written_stl(place / f"{zone.id}.stl", surface.mesh, handover.marks)
    lattice = lattice_about(surface, margin_mm)
    field = field_on(surface, margin_mm, lattice, share(progress, 0.2, 0.9))
    bounds = bounds_of(lattice.step_mm, margin_mm, found.bound_mm)
    notes = {
        "tasrif_zone_id": str(zone.id),
        "tasrif_state": handover.state,
        "tasrif_kind": str(handover.case.kind),
        "tasrif_steps_per_mm": "256",
        "tasrif_sign": "negative_inside",
    }
    judge = (surface, margin_mm, bounds)
    nrrd = written_field(place / f"{zone.id}.sdf.nrrd", field, notes, judge)
    paper = ZonePaper(
        zone,
        lattice,
        bounds,
        hull_trap(surface, field, margin_mm),
        surface.mesh.volume_ml,
        file_sha256(place / stl.path),
        file_sha256(place / nrrd.path),
    )
    record = zone_record(handover, paper)
    about = _paper(place, f"{zone.id}.json", record, "robot-zone")
    progress(1, 1)
    return tuple(_below(ZONES, one) for one in (stl, nrrd, about))


def _accepted(handover: Handover, zone: NoGoZone, progress: Progress) -> Accepted:
    segment = next(one for one in handover.case.segments if one.id == zone.segment_id)
    return handover.surfaces.of(handover.case, segment, progress)


def _paper(folder: Path, name: str, record: Mapping[str, object], schema: str) -> Written:
    """Write a record as canonical JSON and read it back: number by number the same."""
    path = folder / name
    path.write_bytes(canonical(record))
    if read_json(path, schema) != record:
        raise differs(name, "JSON")
    by, reader = named("JSON writer"), named("schema", "jsonschema")
    return Written(name, "LPS", "mm", by, reader, 0.0, ALLOWED_MM)


def _below(folder: str, written: Written) -> Written:
    """Return what was written, its path from one folder further up."""
    return Written(
        f"{folder}/{written.path}",
        written.frame,
        written.unit,
        written.written_by,
        written.read_by,
        written.error_mm,
        written.allowed_mm,
    )
