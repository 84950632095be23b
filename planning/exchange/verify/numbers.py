"""Every number of a plan, computed again from what the package holds.

Tolerances: 0.001 mm, degrees and HU, 0.00001 ml; voxels are counted exactly. A depth beyond a
surface (a negative margin) is searched for to 0.02 mm or 1 % by the measure's own definition, and
float32 corners may lead that search elsewhere: without the CT it is held to that, with it to
0.001 mm, on the surface made from the CT again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from planning.case.case import Case
from planning.exchange.verify.formulas import second_road
from planning.exchange.verify.papers import Paper
from planning.exchange.verify.verdict import Fault, Held
from planning.geometry.depth import tolerance_mm
from planning.measures import MEASURES, Flag, Measure, MeasureView, Quantity, Result, subjects
from planning.measures.surfaces import Surfaces
from planning.model.zone import NoGoZone
from segmentation.mesh import Mesh
from segmentation.progress import Progress

TOLERANCES: Final[Mapping[str, float]] = {"mm": 0.001, "deg": 0.001, "HU": 0.001, "ml": 1e-5}
SEARCHED: Final = frozenset({"zone_clearance", "bone_margin"})
FROM_VOXELS: Final = "HU"
SAME_SURFACE_MM: Final = 0.001
SAME_BOUND_MM: Final = 1e-9
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What numbers are computed from; `has_ct` says that the volume's HU may be read."""

    case: Case
    surfaces: Surfaces
    has_ct: bool


def numbers(plan: Paper, material: Material, progress: Progress) -> Held[int]:
    """Hold every stated number against the computed one; return how many had to be believed.

    Both ways: none may be missing, none may stand there that this release doesn't know.
    """
    stated: dict[Key, Paper] = {}
    for one in plan["measures"]:
        key = (one["name"], one["item"], one["other"])
        if key in stated:
            raise Fault("verify-number-odd", measure=one["name"], item=_name(plan, one["item"]))
        stated[key] = one
    seen: set[Key] = set()
    for result in _computed(material, progress):
        key = (result.name, result.subject, result.other)
        seen.add(key)
        if key not in stated:
            name = _name(plan, result.subject)
            raise Fault("verify-number-missing", measure=result.name, item=name)
        _require_same(plan, stated[key], result, material)
    left = {key: one for key, one in stated.items() if key not in seen}
    believed = 0 if material.has_ct else _believed(material.case, left)
    for name, item, _ in left:
        raise Fault("verify-number-odd", measure=name, item=_name(plan, item))
    _require_second_road(plan)
    figures = {"n": len(seen), "believed": believed}
    code = "verify-numbers-believed" if believed else "verify-numbers-ok"
    return Held(believed, code, figures)


def _believed(case: Case, left: dict[Key, Paper]) -> int:
    """Take the numbers that rest on HU out of `left`, each held to its words; return how many."""
    believed = 0
    for subject in subjects(case):
        for measure in MEASURES:
            if measure.unit != FROM_VOXELS or not isinstance(subject, measure.of):
                continue
            stated = left.pop((measure.name, str(subject.id), ""), None)
            if stated is None:
                raise Fault("verify-number-missing", measure=measure.name, item=subject.name)
            _require_words(stated, measure, subject.name)
            if (stated["value"] is None) != (stated["reason"] is not None):
                raise Fault("verify-number-odd", measure=measure.name, item=subject.name)
            believed += 1
    return believed


def _require_words(stated: Paper, measure: Measure, item: str) -> None:
    words = stated["unit"], stated["version"], stated["definition"], stated["source"]
    if words != (measure.unit, measure.version, measure.definition, measure.source):
        raise Fault("verify-number-odd", measure=measure.name, item=item)


def same_surfaces(meshes: Mapping[str, Mesh], material: Material, progress: Progress) -> Held[None]:
    """Hold the package's surfaces against those that the CT and the masks give."""
    for segment_id, mesh in meshes.items():
        segment = next(one for one in material.case.segments if one.id == segment_id)
        made = material.surfaces.of(material.case, segment, progress).surface.mesh
        ours, theirs = (one.points_lps_mm[one.triangles] for one in (made, mesh))
        if ours.shape != theirs.shape or float(np.abs(ours - theirs).max()) > SAME_SURFACE_MM:
            raise Fault("verify-surface-differs", segment=segment.name)
    return Held(None, "verify-ct-surfaces-ok", {"n": len(meshes)})


def _computed(material: Material, progress: Progress) -> Iterator[Result]:
    view = MeasureView(material.case, material.surfaces)
    all_of_it = subjects(material.case)
    for done, subject in enumerate(all_of_it):
        progress(done, len(all_of_it))
        for measure in MEASURES:
            is_ready = material.has_ct or measure.unit != FROM_VOXELS
            if is_ready and isinstance(subject, measure.of):
                yield from measure.results(measure, view, subject)


def _require_same(plan: Paper, stated: Paper, result: Result, material: Material) -> None:
    measure = next(one for one in MEASURES if one.name == result.name)
    name = _name(plan, result.subject)
    _require_words(stated, measure, name)
    if not isinstance(result, Quantity):
        if stated["value"] is not None or stated["reason"] != result.code:
            raise Fault("verify-number-odd", measure=result.name, item=name)
        return
    if stated["value"] is None or stated["reason"] is not None:
        raise Fault("verify-number-odd", measure=result.name, item=name)
    tolerance = TOLERANCES.get(measure.unit, 0.0)
    if result.name in SEARCHED and not material.has_ct:
        tolerance += _searched_mm(result, material.case)
    _require_near(stated, name, result.value, tolerance)
    flags = sorted(str(flag) for flag in result.flags)
    if not _same_bound(stated, result) or sorted(stated["flags"]) != flags:
        raise Fault("verify-number-odd", measure=result.name, item=name)


def _searched_mm(result: Quantity, case: Case) -> float:
    """Return how far two searches for a depth may differ; 0 while nothing lies beyond."""
    margins = {str(zone.id): zone.margin_mm for zone in case.plan.of(NoGoZone)}
    bound_mm = (result.uncertainty_mm or 0.0) if Flag.MASK_ONLY in result.flags else 0.0
    clear_mm = result.value + bound_mm + margins.get(result.other, 0.0)
    return tolerance_mm(-clear_mm) if clear_mm < 0.0 else 0.0


def _same_bound(stated: Paper, result: Quantity) -> bool:
    said, bound = stated["uncertainty_mm"], result.uncertainty_mm
    if said is None or bound is None:
        return said is bound
    return bool(abs(said - bound) <= SAME_BOUND_MM)


def _require_near(stated: Paper, item: str, value: float, tolerance: float) -> None:
    if not abs(stated["value"] - value) <= tolerance:
        raise Fault(
            "verify-number-differs",
            measure=stated["name"],
            item=item,
            stated=round(float(stated["value"]), 4),
            found=round(value, 4),
            unit=stated["unit"],
        )


def _require_second_road(plan: Paper) -> None:
    found = second_road(plan)
    for stated in plan["measures"]:
        value = found.get((stated["name"], stated["item"]))
        if value is not None and stated["value"] is not None:
            tolerance = TOLERANCES[stated["unit"]]
            _require_near(stated, _name(plan, stated["item"]), value, tolerance)


def _name(plan: Paper, subject: str) -> str:
    """Return what people call an item or segment."""
    both = (*plan["items"], *plan["segments"])
    return next((str(one["name"]) for one in both if one["id"] == subject), subject)
