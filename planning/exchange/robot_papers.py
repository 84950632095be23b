"""What a robot's program reads beside the meshes: zones, paths and the frame, as JSON data.

Schemas: `resources/schemas/robot-zone.schema.json`, `robot-paths` and `robot-frame`. All lengths
are millimetres in the patient's LPS frame; `patient_to_robot` is null until somebody registers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from planning.exchange.exporter import Handover
from planning.exchange.zone_field import Bounds, range_mm
from planning.exchange.zone_hull import FILLS_MAX_ML, HOLLOW_MAX_MM, HullTrap
from planning.geometry.lattice import Lattice
from planning.geometry.line import length_mm
from planning.geometry.rigid import unit
from planning.model.item import Item
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

Json = object
Vector3 = tuple[float, float, float]
SCHEMA_VERSION: Final = 1
HALF_ANGLE_DEG: Final = 10.0
"""How wide the cone of approach opens about a path's axis; a convention, nobody's limit."""
TRAP_WORDS: Final = (
    "A convex hull of this zone fills {ml} ml that is free; use the mesh or the field, not a hull."
)


@dataclass(frozen=True, slots=True)
class ZonePaper:
    """What a zone's record is made from."""

    zone: NoGoZone
    lattice: Lattice
    bounds: Bounds
    trap: HullTrap
    volume_ml: float
    stl_sha256: str
    field_sha256: str


def zone_record(handover: Handover, paper: ZonePaper) -> Mapping[str, Json]:
    """Return a zone's record."""
    zone, bounds, trap = paper.zone, paper.bounds, paper.trap
    low_mm, high_mm = range_mm(zone.margin_mm)
    return {
        **_head(handover, "robot-zone"),
        "id": str(zone.id),
        "name": marked(handover, zone),
        "severity": zone.severity.value,
        "segment_id": str(zone.segment_id),
        "margin_mm": zone.margin_mm,
        "error_bound_mm": bounds.total_mm,
        "error_bound_outside_mm": bounds.outside_mm,
        "error_parts_mm": {
            "interpolation": bounds.interpolation_mm,
            "outside_interpolation": bounds.outside_interpolation_mm,
            "quantisation": bounds.quantisation_mm,
            "computing": bounds.computing_mm,
            "surface": bounds.surface_mm,
        },
        "mesh": {
            "file": f"{zone.id}.stl",
            "sha256": paper.stl_sha256,
            "volume_ml": paper.volume_ml,
        },
        "field": {
            "file": f"{zone.id}.sdf.nrrd",
            "sha256": paper.field_sha256,
            "sign": "negative_inside",
            "steps_per_mm": 256,
            "lowest_mm": low_mm,
            "highest_mm": high_mm,
            "grid": {
                "origin_lps_mm": list(paper.lattice.origin_mm),
                "step_mm": paper.lattice.step_mm,
                "sizes_ijk": list(paper.lattice.sizes_ijk),
            },
        },
        "convex_hull_fills_ml": trap.fills_ml,
        "convex_hull_hollow_mm": trap.hollow_mm,
        "findings": trap_findings(trap),
    }


def trap_findings(trap: HullTrap) -> list[Mapping[str, Json]]:
    """Return the warning of a hull that would fill a canal or a hollow, if it would."""
    if not trap.is_trap:
        return []
    words = TRAP_WORDS.format(ml=f"{trap.fills_ml:.1f}")
    return [
        {
            "code": "convex_hull_fills",
            "severity": "warn",
            "message": words,
            "limit_ml": FILLS_MAX_ML,
            "limit_mm": HOLLOW_MAX_MM,
        }
    ]


def paths_record(handover: Handover) -> Mapping[str, Json]:
    """Return the record of all trajectories, each with its cone of approach."""
    paths = handover.case.plan.of(Trajectory)
    return {
        **_head(handover, "robot-paths"),
        "paths": [_path(handover, one) for one in paths],
    }


def frame_record(handover: Handover) -> Mapping[str, Json]:
    """Return the record of the frame, with the landmarks that a registration may use."""
    marks = handover.case.plan.of(Landmark)
    return {
        **_head(handover, "robot-frame"),
        "patient_to_robot": None,
        "landmarks": [
            {"id": str(one.id), "name": marked(handover, one), "lps_mm": list(one.places_lps_mm[0])}
            for one in marks
        ],
    }


def marked(handover: Handover, item: Item) -> str:
    """Return an item's name behind the marks that apply, such as `DRAFT SIM nerve`."""
    return " ".join((*handover.marks, item.name))


def _head(handover: Handover, schema: str) -> dict[str, Json]:
    uid = handover.case.volume.grid.frame_uid
    return {
        "schema": f"tasrif-{schema}",
        "schema_version": SCHEMA_VERSION,
        "state": handover.state,
        "kind": str(handover.case.kind),
        "frame": {"uid": uid, "convention": "LPS", "unit": "mm"},
    }


def _path(handover: Handover, path: Trajectory) -> Mapping[str, Json]:
    entry, target = path.entry_lps_mm, path.target_lps_mm
    outward = unit([a - b for a, b in zip(entry, target, strict=True)])
    return {
        "id": str(path.id),
        "name": marked(handover, path),
        "entry_lps_mm": list(entry),
        "target_lps_mm": list(target),
        "diameter_mm": path.diameter_mm,
        "length_mm": length_mm(entry, target),
        "segment_id": None if path.segment_id is None else str(path.segment_id),
        "approach_cone": {
            "apex_lps_mm": list(entry),
            "axis_lps": [float(one) for one in outward],
            "half_angle_deg": HALF_ANGLE_DEG,
        },
    }
