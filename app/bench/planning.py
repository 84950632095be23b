"""Planning: how near a path comes to bone, and every number of a path that is being dragged."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import LOWER_HU, UPPER_HU, Material
from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)
from planning.geometry.cylinder import Cylinder
from planning.geometry.query import gap_mm
from planning.geometry.surface import Surface
from planning.measures import MeasureView, Result, measured
from planning.measures.paths import cylinder_of
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.effects.effect import SegmentView, recipe
from segmentation.effects.threshold import Threshold
from segmentation.mask import BitMask

if TYPE_CHECKING:
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

DRAG_MS = 33.0
DIAMETER_MM = 3.0
STEP_MM = 0.1
TOLERANCE_MM = 0.02
DENSE_HU = 750
BREACH_MM = 40.0
RISE_MM = 5.0


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group."""
    case = planned(material)
    view = MeasureView(case)
    path = case.plan.of(Trajectory)[0]
    surface = view.surfaces.of(case, case.segments[1]).surface
    size = f"{len(surface.triangles)} triangles"
    whole = cylinder_of(path)
    # VTK answers for points: an axis without thickness is what both can measure.
    axis = Cylinder(whole.start_mm, whole.end_mm, 0.0)

    def implicit() -> Call:
        """Prepare VTK: its locator is built before the clock runs."""
        distance = vtk_distance(surface)
        count = int(np.ceil(axis.length_mm / STEP_MM)) + 1
        points = np.linspace(axis.start_mm, axis.end_mm, count).tolist()
        return lambda: min(distance.EvaluateFunction(*point) for point in points)

    yield Job(
        "distance of an axis to dense bone",
        size,
        lambda: gap_mm(surface, axis),
        (Peer("VTK vtkImplicitPolyDataDistance, every 0.1 mm", implicit, same_distance),),
        tolerance=f"within {TOLERANCE_MM} mm",
    )
    # Drawn on at both ends, and aslant: through its bone, through the zone and out of both.
    (x, y, z), (to_x, to_y, to_z) = path.entry_lps_mm, path.target_lps_mm
    breaching = replace(
        path,
        entry_lps_mm=(x - BREACH_MM, y, z),
        target_lps_mm=(to_x + BREACH_MM, to_y, to_z + RISE_MM),
    )
    for name, item in (("a dragged path", path), ("a path that breaches", breaching)):
        yield Job(f"all numbers of {name}", size, partial(_numbers, view, item), budget_ms=DRAG_MS)


def _numbers(view: MeasureView, item: Trajectory) -> list[Result]:
    return list(measured(view, item))


def planned(material: Material) -> Case:
    """Return the CT as a case: bone, a path in a vertebra, a zone around what is dense."""
    volume = material.volume
    nk, nj, ni = volume.grid.shape_kji
    nothing = SegmentView(volume, material.nothing)
    dense = Threshold(DENSE_HU, UPPER_HU)
    # Across a vertebra (app/bench/phantom_volume.py), nearest to the shell above it.
    k = 22 + 30 * (nk // 60)
    entry, target = (
        tuple(map(float, volume.grid.lps_mm(np.array((i * ni, 0.5 * nj + 0.34 * 0.55 * nj, k)))))
        for i in (0.485, 0.515)
    )
    segments = (
        _segment("bone", Threshold(LOWER_HU, UPPER_HU), material.bone),
        _segment("dense", dense, dense.apply(nothing)),
    )
    bone, shell = (segment.id for segment in segments)
    path = Trajectory(ItemId("path"), "Path", entry, target, DIAMETER_MM, bone)  # type: ignore[arg-type]
    zone = NoGoZone(ItemId("zone"), "Zone", shell, 2.0)
    source = Source("1.2.3", "1.2.3.4", "2026-01-01", "CT", "Bench", Outcome.PLAN_GRADE)
    return Case(
        CaseId("bench"), Kind.SIMULATION, Identity("BENCH"), Side.NONE, source, volume,
        segments, Plan((path, zone)),
    )  # fmt: skip


def _segment(name: str, made_by: Threshold, mask: BitMask) -> Segment:
    return Segment(SegmentId(name), name, mask, "#E6D3A8", recipe=f"[{recipe(made_by)}]")


def vtk_distance(surface: Surface) -> "vtkImplicitPolyDataDistance":
    """Return VTK's signed distance to the surface."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

    points = vtkPoints()
    points.SetData(numpy_to_vtk(surface.mesh.points_lps_mm, deep=True))
    count = len(surface.triangles)
    cells = np.hstack([np.full((count, 1), 3), surface.triangles]).astype(np.int64).ravel()
    triangles = vtkCellArray()
    triangles.ImportLegacyFormat(numpy_to_vtkIdTypeArray(cells, deep=True))
    mesh = vtkPolyData()
    mesh.SetPoints(points)
    mesh.SetPolys(triangles)
    distance = vtkImplicitPolyDataDistance()
    distance.SetInput(mesh)
    return distance


def same_distance(ours_mm: float, theirs_mm: float) -> bool:
    """Return whether both found the same distance."""
    return abs(ours_mm - theirs_mm) <= TOLERANCE_MM


GROUP = Group("planning", jobs)
