"""The scene for headsets, held against the plan: every part, name, place and surface."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from planning.exchange.verify.ar_page import held_page
from planning.exchange.verify.ar_surface import held_on_mask, held_on_surface
from planning.exchange.verify.bag import PLAN, Payload, Signer
from planning.exchange.verify.glb import Floats, Node, Read, read_scene
from planning.exchange.verify.papers import AR, Paper
from planning.exchange.verify.rebuilt import PackageSurfaces, Rebuilt
from planning.exchange.verify.verdict import Fault, Held
from planning.exchange.verify.zones import severity_of

SAME_MM: Final = 0.001
TRIANGLES_MAX: Final = 150_000
DEVIATION_MM_MAX: Final = 4.0
BALL_MM, BALL_FLAT_MM = 1.5, 0.05
FLAT_MM: Final = 0.011
OPACITY_RATIO_MIN: Final = 0.05
"""What cannot be seen warns nobody; segments have the opacity that the planner gave them."""
CUBE_MM: Final = 100.0
CUBE: Final = "100 mm check cube"
CUBE_WORDS: Final = "Each edge measures 100 mm. Where it does not, do not use this scene."
NOTICE: Final = "VISUALISATION, NOT FOR NAVIGATION"
SIDES: Final = {"L": "LEFT", "R": "RIGHT", "both": "BOTH SIDES", "none": ""}
POINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "landmark": ("point_lps_mm",),
    "distance": ("start_lps_mm", "end_lps_mm"),
    "angle": ("first_lps_mm", "apex_lps_mm", "second_lps_mm"),
    "trajectory": ("entry_lps_mm", "target_lps_mm", "diameter_mm"),
    "cut_plane": ("point_lps_mm", "normal_lps", "segment_id"),
    "no_go_zone": ("segment_id", "margin_mm"),
}
Key = tuple[str, str]


def ar(
    payload: Payload, plan: Paper, built: Rebuilt, surfaces: PackageSurfaces, by: Signer | None
) -> Held[None]:
    """Hold scene and page against the plan; a Fault for what differs."""
    about = plan["plan"]
    marks = ("DRAFT",) * (about["state"] == "draft") + ("SIM",) * (about["kind"] == "simulation")
    there = {path for path in payload.sha256 if path.startswith(AR)}
    scene, page = (f"{AR}{'-'.join((*marks, name))}" for name in ("scene.glb", "scene.html"))
    for path in sorted({scene, page} - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - {scene, page}):
        raise Fault("verify-file-foreign", path=path)
    read = read_scene(payload.bodies[scene], scene)
    _Scene(scene, payload, plan, built, surfaces, read, marks).hold()
    deviations = {
        str(one.extras["id"]): float(one.extras["deviation_mm"])
        for one in read.nodes
        if one.extras["kind"] == "segment"
    }
    fingerprint = "" if by is None else by.fingerprint
    held_page(page, payload.bodies[page], payload.bodies[scene], plan, (deviations, fingerprint))
    return Held(None, "verify-ar-ok", {"n": len(read.nodes)})


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A scene and all that it is held against."""

    path: str
    payload: Payload
    plan: Paper
    built: Rebuilt
    surfaces: PackageSurfaces
    read: Read
    marks: tuple[str, ...]

    def hold(self) -> None:
        """Raise a Fault where the scene is not what follows from the plan."""
        self._hold_words()
        nodes = self._keyed()
        meant = dict(self._meant())
        self._require("parts", set(nodes) == set(meant))
        for key, (name, extras) in meant.items():
            node = nodes[key]
            found = dict(node.extras)
            self._require(key[0], {**found, **extras} == found and node.name == name)
            self._require(key[0], len(found) == len(extras) + MORE.get(key[0], 0))
        triangles_n = sum(len(one.triangles) for one in self.read.nodes)
        self._require("triangles", triangles_n <= TRIANGLES_MAX)
        seen = [one for one in self.read.nodes if len(one.points_m) or len(one.ends_m)]
        is_glass = [one.opacity_ratio < 1.0 for one in seen]
        self._require("order", is_glass == sorted(is_glass))
        for key, node in nodes.items():
            is_shown = key[0] == "segment" or node.opacity_ratio >= OPACITY_RATIO_MIN
            self._require(key[0], is_shown)
            self._hold_place(key, node, nodes)

    def _require(self, what: str, is_so: bool) -> None:
        if not is_so:
            raise Fault("verify-ar-differs", path=self.path, what=what)

    def _hold_words(self) -> None:
        found, about = dict(self.read.extras), self.plan["plan"]
        anchor = found.pop("anchor_lps_mm", None)
        self._require("anchor", _is_place(anchor))
        x, y, z = self.read.extras["anchor_lps_mm"]
        matrix = [[1000, 0, 0, x], [0, 0, -1000, y], [0, 1000, 0, z], [0, 0, 0, 1]]
        meant = {
            "schema": "tasrif-scene",
            "schema_version": 1,
            "mode": "visualisation",
            "notice": NOTICE,
            "case_code": self.plan["case_code"],
            "side": self.plan["side"],
            "plan_id": about["id"],
            "version": about["version"],
            "state": about["state"],
            "kind": about["kind"],
            "plan_sha256": hashlib.sha256(self.payload.bodies[PLAN]).hexdigest(),
            "frame": self.plan["frame"],
            "lps_mm_from_metres": matrix,
            "unit": "m",
            "up": "+Y",
        }
        self._require("extras", found == meant)

    def _keyed(self) -> dict[Key, Node]:
        nodes: dict[Key, Node] = {}
        for node in self.read.nodes:
            key = str(node.extras.get("kind")), str(node.extras.get("id", ""))
            self._require("parts", key not in nodes)
            nodes[key] = node
        return nodes

    def _name(self, words: str) -> str:
        return " ".join((*self.marks, words))

    def _meant(self) -> Iterator[tuple[Key, tuple[str, Paper]]]:
        """Yield what each part must be called and say, by its kind and id."""
        words = (NOTICE, self.plan["case_code"], SIDES[self.plan["side"]])
        notice = self._name(" | ".join(word for word in words if word))
        yield ("notice", ""), (notice, {"kind": "notice", "text": notice})
        cube = {"kind": "check_cube", "edge_mm": CUBE_MM, "text": CUBE_WORDS}
        yield ("check_cube", ""), (self._name(CUBE), cube)
        for one in self.plan["segments"]:
            if one["voxels"]:
                said = {"kind": "segment", "id": one["id"]}
                yield ("segment", one["id"]), (self._name(one["name"]), said)
        for item in self.plan["items"]:
            said = {key: item[key] for key in POINTS[item["kind"]]}
            said |= {"kind": item["kind"], "id": item["id"]}
            yield from self._meant_of(item, said)

    def _meant_of(self, item: Paper, said: Paper) -> Iterator[tuple[Key, tuple[str, Paper]]]:
        kind, key, name = item["kind"], item["id"], self._name(item["name"])
        more: dict[str, Any] = {}
        if kind == "trajectory":
            more = {"segment_id": item.get("segment_id")}
        if kind == "no_go_zone":
            more = {"severity": severity_of(item), "shows": "surface without margin"}
        if kind == "landmark":
            target = {**said, "kind": "registration_target"}
            label = self._name(f"{item['name']} (registration)")
            yield ("registration_target", key), (label, target)
        yield (kind, key), (name, {**said, **more})

    def lps_mm(self, places_m: ArrayLike) -> Floats:
        """Return places in metres as LPS mm."""
        found = np.asarray(places_m, np.float64).reshape(-1, 3)
        anchor = np.array(self.read.extras["anchor_lps_mm"], np.float64)
        return 1000.0 * np.stack([found[:, 0], -found[:, 2], found[:, 1]], axis=1) + anchor

    def _hold_place(self, key: Key, node: Node, nodes: Mapping[Key, Node]) -> None:
        """Hold where a part is against what it says, which was held against the plan."""
        points, ends = self.lps_mm(node.points_m), self.lps_mm(node.ends_m)
        said, kind = node.extras, key[0]
        self._require(kind, (node.place_m is not None) == (kind in STANDING))
        if kind == "notice":
            is_so = not (len(points) or len(ends))
        elif kind in STANDING:
            is_so = self._stands(kind, node, points, ends)
        elif kind in ("distance", "angle"):
            chain = [said[name] for name in POINTS[kind]]
            pairs = [end for pair in pairwise(chain) for end in pair]
            length = math.dist(chain[0], chain[-1])
            is_so = not len(points) and _is_same(ends, pairs)
            is_so = is_so and abs(said.get("length_mm", length) - length) <= SAME_MM
        elif kind == "trajectory":
            is_so = _is_path(said, points, ends)
        elif kind == "cut_plane":
            is_so = _is_sheet(said, points, ends)
        elif kind == "check_cube":
            is_so = _is_cube(points) and len(ends) == 24
        elif kind == "no_go_zone":
            is_so = not len(ends) and self._is_segment(said["segment_id"], node, nodes)
        else:
            is_so = not len(ends)
            self._hold_surface(node, points)
        self._require(kind, is_so)

    def _stands(self, kind: str, node: Node, points: Floats, ends: Floats) -> bool:
        place = np.array(node.extras["point_lps_mm"], np.float64)
        is_there = node.place_m is not None and _is_same(self.lps_mm(node.place_m), [place])
        far = np.linalg.norm(points - place, axis=1)
        if kind == "registration_target":
            return is_there and not (len(points) or len(ends))
        is_ball = len(far) > 20 and bool((np.abs(far - BALL_MM) <= BALL_FLAT_MM).all())
        return is_there and is_ball and not len(ends)

    def _is_segment(self, segment_id: str, node: Node, nodes: Mapping[Key, Node]) -> bool:
        same = nodes.get(("segment", segment_id))
        if same is None:
            return not len(node.points_m)
        is_same = np.array_equal(same.points_m, node.points_m)
        return is_same and np.array_equal(same.triangles, node.triangles)

    def _hold_surface(self, node: Node, points: Floats) -> None:
        said = node.extras
        stated = said.get("deviation_mm")
        deviation_mm = float(stated) if isinstance(stated, int | float) else -1.0
        self._require("deviation", 0.0 <= deviation_mm <= DEVIATION_MM_MAX)
        self._require("triangles", said.get("triangles") == len(node.triangles))
        light = points, node.triangles, deviation_mm
        segment = self.built.case.segment(said["id"])
        path = f"data/package/{segment.id}.stl"
        if path in self.payload.bodies:
            whole = self.surfaces.of(self.built.case, segment).surface
            is_on = held_on_surface(light, whole)
        else:
            crop, grid = self.built.crops[segment.id], self.built.case.volume.grid
            is_on = held_on_mask(light, crop, grid)
        self._require("surface", is_on)


STANDING: Final = frozenset({"landmark", "registration_target"})
MORE: Final = {"segment": 2, "distance": 1, "trajectory": 1}


def _is_place(found: object) -> bool:
    if not isinstance(found, list) or len(found) != 3:
        return False
    return all(isinstance(one, int | float) and abs(one) < 1e6 for one in found)


def _is_same(found: Floats, meant: ArrayLike) -> bool:
    places = np.asarray(meant, np.float64).reshape(-1, 3)
    return found.shape == places.shape and bool(
        (np.linalg.norm(found - places, axis=1) <= SAME_MM).all()
    )


def _is_path(said: Mapping[str, Any], points: Floats, ends: Floats) -> bool:
    """Return whether points fill a cylinder from entry to target, and the line is its axis."""
    entry, target = (np.array(said[key], np.float64) for key in ("entry_lps_mm", "target_lps_mm"))
    length = float(np.linalg.norm(target - entry))
    axis, radius = (target - entry) / length, said["diameter_mm"] / 2.0
    along = (points - entry) @ axis
    off = np.linalg.norm(points - entry - along[:, None] * axis, axis=1)
    is_end = np.minimum(np.abs(along), np.abs(along - length)) <= SAME_MM
    is_rim = np.abs(off - radius) <= SAME_MM
    is_rod = len(points) >= 66 and bool((is_end & (is_rim | (off <= SAME_MM))).all())
    is_rod = is_rod and bool((np.abs(along) <= SAME_MM).any() and (along > SAME_MM).any())
    is_long = abs(said.get("length_mm", -1.0) - length) <= SAME_MM
    if len(ends) != 2 or not _is_same(ends[:1], [target]):
        return False
    out = (ends[1] - entry) @ -axis
    return is_rod and is_long and out > 0.0 and _is_same(ends[1:], [entry - out * axis])


def _is_sheet(said: Mapping[str, Any], points: Floats, ends: Floats) -> bool:
    """Return whether points and edges lie in the plane about its point, the arrow along it."""
    point, normal = (np.array(said[key], np.float64) for key in ("point_lps_mm", "normal_lps"))
    if len(points) != 4 or len(ends) != 10:
        return False
    flat = np.concatenate([points, ends[:8]])
    is_flat = bool((np.abs((flat - point) @ normal) <= SAME_MM).all())
    out = (ends[9] - point) @ normal
    is_arrow = out > 1.0 and _is_same(ends[8:], [point, point + out * normal])
    return is_flat and is_arrow and _is_same(points.mean(axis=0)[None], [point])


def _is_cube(points: Floats) -> bool:
    if len(points) != 24:
        return False
    off = points - points.min(axis=0)
    is_corner = np.minimum(np.abs(off), np.abs(off - CUBE_MM)) <= SAME_MM
    return bool(is_corner.all()) and len(np.unique(np.rint(off), axis=0)) == 8
