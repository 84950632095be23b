"""The 3MF with all bodies: its words, and each body where the plan has it, corner by corner."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.bag import PLAN, Payload
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.rebuilt import Rebuilt
from planning.exchange.verify.stl import read_mesh, require_on_mask
from planning.exchange.verify.verdict import Fault
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.three_mf_reader import ReadBuild, ReadObject, read_build
from segmentation.mesh import Mesh

Points = NDArray[np.float64]
FURTHEST_MM: Final = 1e6
NOTES: Final = frozenset({"Title", "Designer", "lps_offset_mm"})
ALLOWED_MM: Final = 0.001
ROD_VOLUME_LEAST: Final = 0.99
"""How much of a path's cylinder its rod fills at least; one with 32 sides fills 0.9936."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A body that the plan has: its STL, its marked name and part number, the plan's record."""

    path: str
    name: str
    number: str
    is_segment: bool
    record: Paper


def require_build(
    payload: Payload,
    path: str,
    plan: tuple[Paper, tuple[str, ...]],
    bodies: tuple[Meant, ...],
    known: tuple[Rebuilt, Mapping[str, Mesh]],
) -> None:
    """Hold a 3MF against the plan's bodies, its surfaces and masks, and each STL against it.

    `plan` comes with the marks of its files, `known` with the record's surfaces by segment id.

    Raises
    ------
    Fault
        `verify-print-odd`, `verify-print-differs`, `verify-mesh-open`, `verify-mesh-off`.
    Refusal
        What the reader says of a file that is no 3MF of plain bodies.
    """
    body = payload.bodies[path]
    read = read_build(Source(io.BytesIO(body), path, len(body)))
    _require_words(read, path, plan, payload.sha256[PLAN])
    mark = " ".join(("Tasrif", *plan[1], "LPS mm")).encode()
    offset = _offset(read, path)
    if [(one.name, one.number) for one in read.objects] != [(b.name, b.number) for b in bodies]:
        raise Fault("verify-print-odd", path=path, what="name")
    for found, meant in zip(read.objects, bodies, strict=True):
        mesh = _solid(found, offset, path)
        if meant.is_segment:
            _require_segment(mesh, meant, path, *known)
        else:
            _require_rod(mesh, meant, path)
        stl = read_mesh(payload.bodies[meant.path], meant.path, mark)
        _require_same(stl, mesh, meant.path)


def require_bodies(
    payload: Payload,
    marks: tuple[str, ...],
    bodies: tuple[Meant, ...],
    known: tuple[Rebuilt, Mapping[str, Mesh]],
) -> None:
    """Hold each STL that no 3MF vouches for against the record's surface, its mask or its path.

    Raises
    ------
    Fault
        As `require_build`.
    """
    mark = " ".join(("Tasrif", *marks, "LPS mm")).encode()
    for one in bodies:
        mesh = read_mesh(payload.bodies[one.path], one.path, mark)
        if one.is_segment:
            _require_segment(mesh, one, one.path, *known)
        else:
            _require_rod(mesh, one, one.path)


def _require_words(
    read: ReadBuild, path: str, whose: tuple[Paper, tuple[str, ...]], plan_sha256: str
) -> None:
    """Raise a Fault for metadata that names another plan, state or frame."""
    plan, marks = whose
    about = plan["plan"]
    meant = {
        "plan_version": str(about["version"]),
        "plan_sha256": plan_sha256,
        "state": about["state"],
        "kind": about["kind"],
        "frame_uid": plan["frame"]["uid"],
    }
    for key, value in meant.items():
        if read.notes.get(key) != value:
            raise Fault("verify-print-odd", path=path, what=key)
    for key in sorted(set(read.notes) - set(meant) - NOTES):
        raise Fault("verify-print-odd", path=path, what=key[:40])
    code = "".join(sign if sign.isprintable() else " " for sign in plan["case_code"])
    title = " ".join((*marks, "Tasrif", " ".join(code.split()), f"v{about['version']}"))
    if read.notes.get("Title") != title or read.notes.get("Designer") != "Tasrif":
        raise Fault("verify-mark-odd", path=path)


def _offset(read: ReadBuild, path: str) -> Points:
    """Return what brings the bodies back into the patient's frame."""
    try:
        offset = np.array([float(one) for one in read.notes["lps_offset_mm"].split(" ")])
    except (KeyError, ValueError):
        raise Fault("verify-print-odd", path=path, what="lps_offset_mm") from None
    if offset.shape != (3,) or not (np.abs(offset) < FURTHEST_MM).all():
        raise Fault("verify-print-odd", path=path, what="lps_offset_mm")
    return offset


def _solid(found: ReadObject, offset: Points, path: str) -> Mesh:
    """Return a body in LPS mm; a Fault for one that is open or inside out."""
    if found.triangles.min() < 0 or found.triangles.max() >= len(found.points_mm):
        raise Fault("verify-mesh-unreadable", path=path)
    mesh = Mesh(found.points_mm + offset, found.triangles.astype(np.int32))
    if not mesh.is_closed or mesh.volume_ml <= 0.0:
        raise Fault("verify-mesh-open", path=path)
    return mesh


def _require_segment(
    mesh: Mesh, meant: Meant, path: str, built: Rebuilt, meshes: Mapping[str, Mesh]
) -> None:
    """Hold a segment's body against the record's surface, or against its mask without one."""
    segment_id = str(meant.record["id"])
    if segment_id in meshes:
        _require_same(meshes[segment_id], mesh, path)
    else:
        require_on_mask(mesh, built.crops[segment_id], built.case.volume.grid, path)


def _require_rod(mesh: Mesh, meant: Meant, path: str) -> None:
    """Hold a rod against its path: corners on the ends' circles or centres, and full."""
    entry, target = (
        np.array(meant.record[key], float) for key in ("entry_lps_mm", "target_lps_mm")
    )
    length_mm, radius_mm = float(np.linalg.norm(target - entry)), meant.record["diameter_mm"] / 2.0
    axis = (target - entry) / length_mm
    offset = mesh.points_lps_mm - entry
    along = offset @ axis
    across = np.linalg.norm(offset - along[:, None] * axis, axis=1)
    from_end = np.minimum(np.abs(along), np.abs(along - length_mm))
    from_edge = np.minimum(across, np.abs(across - radius_mm))
    full_ml = np.pi * radius_mm**2 * length_mm / 1000.0
    is_full = ROD_VOLUME_LEAST * full_ml <= mesh.volume_ml <= full_ml * 1.001
    step_mm = 2.0 * float(np.spacing(np.float32(np.abs(mesh.points_lps_mm).max())))
    if not is_full or max(from_end.max(), from_edge.max()) > max(ALLOWED_MM, step_mm):
        raise Fault("verify-print-odd", path=path, what=meant.name)


def _require_same(one: Mesh, other: Mesh, path: str) -> None:
    """Raise a Fault unless two meshes have the same corners in the same order."""
    here, there = (mesh.points_lps_mm[mesh.triangles] for mesh in (one, other))
    step_mm = float(np.spacing(np.float32(np.abs(one.points_lps_mm).max())))
    if here.shape != there.shape or np.abs(here - there).max() > max(ALLOWED_MM, step_mm):
        raise Fault("verify-print-differs", path=path)
