"""The files for navigation: as many as the plan has, under its names, every number the plan's."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from planning.exchange.slugs import distinct, slug
from planning.exchange.verify.bag import Payload
from planning.exchange.verify.nav_markups import Point, held_markup, same
from planning.exchange.verify.nav_messages import held_description, held_messages
from planning.exchange.verify.nav_segments import held_segments
from planning.exchange.verify.papers import NAV, Paper
from planning.exchange.verify.rebuilt import Rebuilt
from planning.exchange.verify.verdict import Fault, Held
from planning.exchange.verify.zones import severity_of

POINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "distance": ("start", "end"),
    "angle": ("first", "apex", "second"),
    "trajectory": ("entry", "target"),
    "cut_plane": ("point",),
}
TYPES: Final = {"distance": "Line", "angle": "Angle", "trajectory": "Line", "cut_plane": "Plane"}
TRANSFORM: Final = re.compile(
    r"#Insight Transform File V1\.0\n(?:#[^\n]*\n)*Transform: AffineTransform_double_3_3\n"
    r"Parameters: ([-+.0-9eE ]{1,400})\nFixedParameters: 0 0 0\n"
)
IDENTITY: Final = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
CENTRE_MM: Final = 0.001
Check = Callable[[bytes], object]


def nav(payload: Payload, plan: Paper, built: Rebuilt) -> Held[None]:
    """Hold the files for navigation against plan and masks; a Fault for one that differs."""
    there = {path for path in payload.sha256 if path.startswith(NAV)}
    expected = dict(_Wanted(payload, plan, built).checks())
    for path in sorted(set(expected) - there):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(there - set(expected)):
        raise Fault("verify-file-foreign", path=path)
    for path, check in expected.items():
        check(payload.bodies[path])
    return Held(None, "verify-nav-ok", {"n": len(there)})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What must be there, by path, each with what holds its bytes against the plan."""

    payload: Payload
    plan: Paper
    built: Rebuilt

    @property
    def marks(self) -> tuple[str, ...]:
        """The words before every name."""
        about = self.plan["plan"]
        is_draft, is_practice = bool(about["state"] == "draft"), bool(about["kind"] == "simulation")
        return ("DRAFT",) * is_draft + ("SIM",) * is_practice

    @property
    def about(self) -> dict[str, Any]:
        """What each file says of its plan."""
        about = self.plan["plan"]
        return {
            "plan_id": about["id"],
            "version": about["version"],
            "state": about["state"],
            "plan_kind": about["kind"],
            "frame_uid": self.plan["frame"]["uid"],
        }

    def path(self, name: str) -> str:
        """Return where a file lies, its name marked."""
        return NAV + "-".join((*self.marks, name))

    def of(self, kind: str) -> list[Paper]:
        """Return the plan's items of a kind."""
        return [one for one in self.plan["items"] if one["kind"] == kind]

    def checks(self) -> Iterator[tuple[str, Check]]:
        """Yield each path with its check."""
        yield from self._lists()
        yield from self._items()
        if any(one["voxels"] for one in self.plan["segments"]):
            path = self.path("segmentation.seg.nrrd")
            yield path, partial(held_segments, path, self.plan, self.built, self.marks)
        path = self.path("patient_from_plan.tfm")
        yield path, partial(_held_transform, path)
        path = self.path("plan.igtl")
        messages = partial(held_messages, path, self.plan, self.marks)
        yield path, messages
        beside = f"{path}.json"

        def description(body: bytes) -> None:
            sent = messages(self.payload.bodies[path])
            held_description(
                beside, sent, {**self.about, "sha256": self.payload.sha256[path]}, body
            )

        yield beside, description

    def _lists(self) -> Iterator[tuple[str, Check]]:
        for name, kind in (("landmarks", "landmark"), ("no-go-zones", "no_go_zone")):
            items = self.of(kind)
            if not items:
                continue
            points = [Point(self._marked(one), *self._place(one), kind) for one in items]
            more = ("segment_id", "margin_mm") if kind == "no_go_zone" else ()
            said = [{"item_id": one["id"], "kind": kind, **{key: one[key] for key in more},
                     **({"severity": severity_of(one)} if more else {})}
                    for one in items]  # fmt: skip
            meant = "Fiducial", " ".join((*self.marks, name)), {**self.about, "items": said}
            path = self.path(f"{name}.mrk.json")
            yield path, partial(held_markup, path, meant, points, None)

    def _items(self) -> Iterator[tuple[str, Check]]:
        items = [one for one in self.plan["items"] if one["kind"] in POINTS]
        words = (slug(one["name"], one["kind"].replace("_", "-")) for one in items)
        names = distinct(("landmarks", "no-go-zones", *words))[2:]
        for item, name in zip(items, names, strict=True):
            kind, title = item["kind"], self._marked(item)
            ends = POINTS[kind]
            points = [
                Point(title if len(ends) == 1 else f"{title}: {end}",
                      same(item[f"{end}_lps_mm"]), is_there=True, kind=kind)
                for end in ends
            ]  # fmt: skip
            said = {**self.about, "item_id": item["id"], "kind": kind}
            said |= {key: item[key] for key in ("diameter_mm",) if kind == "trajectory"}
            said |= {key: item[key] for key in ("segment_id",) if kind == "cut_plane"}
            plane = item if kind == "cut_plane" else None
            path = self.path(f"{name}.mrk.json")
            yield path, partial(held_markup, path, (TYPES[kind], title, said), points, plane)

    def _marked(self, item: Paper) -> str:
        return " ".join((*self.marks, item["name"]))

    def _place(self, item: Paper) -> tuple[Callable[[object], bool], bool]:
        """Return what a list's point is held against, and whether it has a place at all."""
        if item["kind"] == "landmark":
            return same(item["point_lps_mm"]), True
        crop = self.built.crops[item["segment_id"]]
        return self._is_inside(item["segment_id"]), bool(crop.voxels.any())

    def _is_inside(self, segment_id: str) -> Callable[[object], bool]:
        crop, grid = self.built.crops[segment_id], self.built.case.volume.grid

        def is_inside(place: object) -> bool:
            """Return whether a place is the centre of one of the segment's voxels."""
            lps = np.array(place, np.float64)
            if lps.shape != (3,) or np.abs(lps).max() > 1e6:
                return False
            ijk = np.rint(grid.ijk(lps))
            kji = ijk[::-1].astype(int) - np.array(crop.start_kji)
            if np.abs(grid.lps_mm(ijk) - lps).max() > CENTRE_MM:
                return False
            is_there = (kji >= 0).all() and (kji < crop.voxels.shape).all()
            return bool(is_there and crop.voxels[tuple(kji)])

        return is_inside


def _held_transform(path: str, body: bytes) -> None:
    match = TRANSFORM.fullmatch(body.decode("ascii", "replace"))
    try:
        numbers = [] if match is None else [float(one) for one in match[1].split()]
    except ValueError:
        numbers = []
    if numbers != IDENTITY:
        raise Fault("verify-nav-differs", path=path, what="Parameters")
