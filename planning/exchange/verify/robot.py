"""The files for a robot, held against the plan and computed again by the receiver's own road.

Zones lie on the surface that the package carries; their fields are held against exact distances
to it at samples all over the box, and everywhere against the rule that a distance grows by no
more than 1 mm a mm. The bounds are reckoned again.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planning.exchange.verify.bag import Payload
from planning.exchange.verify.nrrd import LPS, VECTOR, parted, unpacked
from planning.exchange.verify.papers import ROBOT, Paper, validator
from planning.exchange.verify.rebuilt import PackageSurfaces, Rebuilt
from planning.exchange.verify.strict_json import read_object, require_canonical
from planning.exchange.verify.verdict import Fault, Held
from planning.geometry.kernels.foot import nearest_points
from planning.geometry.surface import Surface, is_inside
from planning.measures.surfaces import Accepted
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone

Samples = NDArray[np.int16]
RECORD: Final = "data/package/"
ZONES: Final = f"{ROBOT}zones/"
STEPS_PER_MM: Final = 256
SAMPLES_MAX: Final = 1 << 26
PROBES_N: Final = 3_000
PRIME: Final = 7_919
SAME_MM: Final = 0.001
SAME: Final = 1e-9
TRAP_ML, TRAP_MM = 0.1, 1.0
LEAST_DEPTH_MM: Final = 1.0
CONE_DEG: Final = 10.0
INT16: Final = frozenset({"int16", "short", "int16_t"})


def robot(payload: Payload, plan: Paper, built: Rebuilt, surfaces: PackageSurfaces) -> Held[None]:
    """Hold the files for a robot against the plan; a Fault for one that differs."""
    there = {path for path in payload.sha256 if path.startswith(ROBOT)}
    zones = built.case.plan.of(NoGoZone)
    needed = {f"{ROBOT}frame.json", f"{ROBOT}paths.json"}
    needed |= {f"{ZONES}{one.id}{end}" for one in zones for end in (".stl", ".sdf.nrrd", ".json")}
    for path in sorted(needed - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - needed):
        raise Fault("verify-file-foreign", path=path)
    _held_frame(payload, plan, built)
    _held_paths(payload, plan, built)
    segments = {one.id: one for one in built.case.segments}
    for zone in zones:
        crop = built.crops[zone.segment_id]
        _require(f"{ZONES}{zone.id}.json", "empty", bool(crop.voxels.any()))
        accepted = surfaces.of(built.case, segments[zone.segment_id])
        _ZoneFiles(payload, plan, zone, accepted).hold()
    return Held(None, "verify-robot-ok", {"n": len(zones)})


def _record(payload: Payload, plan: Paper, path: str, schema: str) -> Mapping[str, Any]:
    """Return a record that is canonical, as its schema says, and of this plan's state and frame."""
    read = read_object(payload.bodies[path], path)
    require_canonical(read, payload.bodies[path], path)
    if next(validator(f"{schema}.schema.json").iter_errors(read), None) is not None:
        raise _differs(path, "schema")
    about = plan["plan"]
    _require(path, "state", (read["state"], read["kind"]) == (about["state"], about["kind"]))
    _require(path, "frame", read["frame"] == plan["frame"])
    return read


def _held_frame(payload: Payload, plan: Paper, built: Rebuilt) -> None:
    path = f"{ROBOT}frame.json"
    meant = [
        {"id": one.id, "name": _marked(plan, one.name), "lps_mm": list(one.point_lps_mm)}
        for one in built.case.plan.of(Landmark)
    ]
    _require(path, "landmarks", _record(payload, plan, path, "robot-frame")["landmarks"] == meant)


def _held_paths(payload: Payload, plan: Paper, built: Rebuilt) -> None:
    path = f"{ROBOT}paths.json"
    stated = _record(payload, plan, path, "robot-paths")["paths"]
    paths = built.case.plan.of(Trajectory)
    _require(path, "paths", [one["id"] for one in stated] == [one.id for one in paths])
    for one, found in zip(paths, stated, strict=True):
        meant = {
            "name": _marked(plan, one.name),
            "entry_lps_mm": list(one.entry_lps_mm),
            "target_lps_mm": list(one.target_lps_mm),
            "diameter_mm": one.diameter_mm,
            "segment_id": one.segment_id,
        }
        _require(path, one.id, all(found[key] == value for key, value in meant.items()))
        length_mm = math.dist(one.entry_lps_mm, one.target_lps_mm)
        cone = found["approach_cone"]
        along = np.array(cone["axis_lps"]) * length_mm + one.target_lps_mm
        is_same = abs(found["length_mm"] - length_mm) <= SAME_MM
        is_same = is_same and math.dist(along, one.entry_lps_mm) <= SAME_MM
        is_same = is_same and cone["half_angle_deg"] == CONE_DEG
        _require(path, one.id, is_same and cone["apex_lps_mm"] == list(one.entry_lps_mm))


@dataclass(frozen=True, slots=True)
class _ZoneFiles:
    """The three files of one zone, and the surface that they are about."""

    payload: Payload
    plan: Paper
    zone: NoGoZone
    accepted: Accepted

    def hold(self) -> None:
        """Raise a Fault where mesh, record or field is not what follows from the plan."""
        stem = f"{ZONES}{self.zone.id}"
        mesh, field, about = f"{stem}.stl", f"{stem}.sdf.nrrd", f"{stem}.json"
        same = self.payload.sha256.get(f"{RECORD}{self.zone.segment_id}.stl")
        _require(mesh, "surface", self.payload.sha256[mesh] == same)
        record = _record(self.payload, self.plan, about, "robot-zone")
        self._hold_words(about, record)
        self._hold_bounds(about, record)
        self._hold_hull(about, record)
        samples = _samples(self.payload.bodies[field], field, record)
        self._hold_samples(field, record, samples)

    def _hold_words(self, path: str, record: Mapping[str, Any]) -> None:
        zone, hashes = self.zone, self.payload.sha256
        meant = {
            "id": zone.id,
            "name": _marked(self.plan, zone.name),
            "segment_id": zone.segment_id,
            "margin_mm": zone.margin_mm,
            "severity": zone.severity.value,
        }
        for key, value in meant.items():
            _require(path, key, record[key] == value)
        for key, end in (("mesh", ".stl"), ("field", ".sdf.nrrd")):
            name = f"{zone.id}{end}"
            is_same = record[key]["file"] == name
            _require(path, key, is_same and record[key]["sha256"] == hashes[f"{ZONES}{name}"])
        volume_ml = self.accepted.surface.mesh.volume_ml
        near = max(1e-5, 1e-5 * volume_ml)
        _require(path, "volume_ml", abs(record["mesh"]["volume_ml"] - volume_ml) <= near)

    def _hold_bounds(self, path: str, record: Mapping[str, Any]) -> None:
        """Hold the bounds against those that the step, the margin and the recipe give."""
        parts, margin_mm = record["error_parts_mm"], self.zone.margin_mm
        step_mm = record["field"]["grid"]["step_mm"]
        half_mm = math.sqrt(0.75) * step_mm
        outside_mm = half_mm
        if margin_mm > half_mm:
            outside_mm = margin_mm - math.sqrt(margin_mm**2 - 0.75 * step_mm**2)
        least = {
            "interpolation": half_mm,
            "outside_interpolation": outside_mm,
            "quantisation": 1.0 / STEPS_PER_MM,
            "computing": SAME_MM,
            "surface": self.accepted.bound_mm,
        }
        for key, value in least.items():
            _require(path, key, parts[key] >= value - SAME)
        inside_mm = sum(least.values()) - outside_mm
        _require(path, "error_bound_mm", record["error_bound_mm"] >= inside_mm - SAME)
        free_mm = outside_mm + SAME_MM + self.accepted.bound_mm
        _require(path, "outside", record["error_bound_outside_mm"] >= free_mm - SAME)

    def _hold_hull(self, path: str, record: Mapping[str, Any]) -> None:
        """Hold what a convex hull would fill, and the warning of it."""
        from scipy.spatial import ConvexHull  # noqa: PLC0415 - few packages have zones for robots

        mesh = self.accepted.surface.mesh
        points = mesh.points_lps_mm
        hull_ml = float(ConvexHull(points - points.mean(axis=0)).volume) / 1000.0
        stated_ml = record["convex_hull_fills_ml"]
        near = max(1e-4, 1e-4 * hull_ml)
        fills_ml = max(0.0, hull_ml - mesh.volume_ml)
        _require(path, "convex_hull_fills_ml", abs(stated_ml - fills_ml) <= near)
        is_trap = stated_ml > TRAP_ML and record["convex_hull_hollow_mm"] > TRAP_MM
        _require(path, "findings", len(record["findings"]) == int(is_trap))

    def _hold_samples(self, path: str, record: Mapping[str, Any], samples: Samples) -> None:
        """Hold samples against exact distances, and all of them against their neighbours."""
        field, grid = record["field"], record["field"]["grid"]
        low, high = field["lowest_mm"] * STEPS_PER_MM, field["highest_mm"] * STEPS_PER_MM
        is_deep = field["lowest_mm"] <= -LEAST_DEPTH_MM
        _require(path, "range", is_deep and low <= samples.min() and samples.max() <= high)
        most = math.ceil(grid["step_mm"] * STEPS_PER_MM) + 1
        for axis in range(3):
            for some in _pieces(samples, axis):
                rise = np.diff(some.astype(np.int32), axis=axis)
                _require(path, "steps", int(np.abs(rise).max(initial=0)) <= most)
        kji = _probes(samples.shape)
        points = kji[:, ::-1] * grid["step_mm"] + np.array(grid["origin_lps_mm"])
        exact = _signed_mm(self.accepted.surface, points) - self.zone.margin_mm
        exact = np.clip(exact, field["lowest_mm"], field["highest_mm"])
        off = exact - samples[tuple(kji.T)] / STEPS_PER_MM
        is_same = off.min() >= -SAME_MM and off.max() <= 1.0 / STEPS_PER_MM + SAME_MM
        _require(path, "distance", bool(is_same))
        _require(path, "box", self._is_wide(record))

    def _is_wide(self, record: Mapping[str, Any]) -> bool:
        """Return whether beyond the box nothing is nearer than the field's highest value."""
        grid, reach_mm = record["field"]["grid"], record["field"]["highest_mm"]
        low = np.array(grid["origin_lps_mm"])
        high = low + grid["step_mm"] * (np.array(grid["sizes_ijk"]) - 1.0)
        points = self.accepted.surface.mesh.points_lps_mm
        off_mm = reach_mm + self.zone.margin_mm - SAME_MM
        is_wide = (low <= points.min(axis=0) - off_mm) & (high >= points.max(axis=0) + off_mm)
        return bool(is_wide.all())


def _samples(body: bytes, path: str, record: Mapping[str, Any]) -> Samples:
    """Return a field's samples [k, j, i]; a Fault for another form or place than is stated."""
    head, data = parted(body, path)
    grid = record["field"]["grid"]
    ni, nj, nk = grid["sizes_ijk"]
    step_mm = grid["step_mm"]
    is_known = (
        head.get("type") in INT16
        and head.get("endian") == "little"
        and head.get("space", "").lower() in LPS
        and head.get("sizes") == f"{ni} {nj} {nk}"
        and not {"data file", "datafile", "byte skip", "line skip"} & set(head)
    )
    _require(path, "header", is_known)
    vectors = VECTOR.findall(head.get("space directions", "")) + VECTOR.findall(
        head.get("space origin", "")
    )
    _require(path, "header", len(vectors) == 4)
    stated = np.array(vectors, np.float64)
    meant = np.vstack([step_mm * np.eye(3), grid["origin_lps_mm"]])
    _require(path, "place", bool((np.abs(stated - meant) <= SAME).all()))
    if ni * nj * nk > SAMPLES_MAX:
        raise Fault("verify-too-large", path=path, limit_mib=SAMPLES_MAX >> 20)
    plain = unpacked(data, head.get("encoding", ""), 2 * ni * nj * nk, path)
    return np.frombuffer(plain, "<i2").reshape(nk, nj, ni).astype(np.int16)


def _probes(shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return samples (N, 3) all over a box, k, j, i, the same ones for the same box."""
    whole = math.prod(shape)
    chosen = np.arange(min(PROBES_N, whole), dtype=np.int64) * max(1, whole // PROBES_N)
    chosen = (chosen + chosen * PRIME % max(1, whole // PROBES_N)) % whole
    return np.stack(np.unravel_index(chosen, shape), axis=1)


def _pieces(samples: Samples, axis: int) -> Iterator[Samples]:
    """Yield slabs across another axis, so that little is copied at a time."""
    across = 1 if axis == 0 else 0
    for start in range(0, samples.shape[across], 16):
        yield samples.take(range(start, min(start + 16, samples.shape[across])), axis=across)


def _signed_mm(surface: Surface, points: NDArray[np.float64]) -> NDArray[np.float64]:
    squares, feet = np.empty(len(points)), np.empty((len(points), 3))
    nearest_points(surface.tree, np.ascontiguousarray(points), feet, squares)
    signed: NDArray[np.float64] = np.sqrt(squares)
    return np.where(is_inside(surface, points), -signed, signed)


def _marked(plan: Paper, name: str) -> str:
    about = plan["plan"]
    marks = ("DRAFT",) * (about["state"] == "draft") + ("SIM",) * (about["kind"] == "simulation")
    return " ".join((*marks, name))


def _require(path: str, what: str, is_so: bool) -> None:
    if not is_so:
        raise _differs(path, what)


def _differs(path: str, what: str) -> Fault:
    return Fault("verify-robot-differs", path=path, what=what)
