"""The surfaces of a case in a picture that is taken without a window, and who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planning.case.case import Case, Segment, Side
from planning.model.zone import NoGoZone
from segmentation.mesh import Mesh
from viewers.pipelines.camera import SolidCamera, first_camera
from viewers.pipelines.glass import Glass
from viewers.pipelines.journey import Journey, best_eye, seen_places, solid_segments, usual_eye
from viewers.pipelines.plan_solids import PlanSolids
from viewers.pipelines.scene import Surface
from viewers.pipelines.segment_mesh import segment_mesh


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """What a picture shows of a case: `surfaces` of segments, `hiding` those one can't see through.

    With a `journey` one stands where its item is seen best, otherwise where a case opens.
    """

    case: Case
    plan: PlanSolids
    journey: Journey | None
    surfaces: tuple[Surface, ...]
    hiding: tuple[Mesh, ...]

    @classmethod
    def made(
        cls, case: Case, shown: Sequence[Segment], plan: PlanSolids, journey: Journey | None
    ) -> "Bodies":
        """Return the surfaces of segments, partner bones of the journey's item as glass."""
        solid = None if journey is None else solid_segments(case, journey)
        glass, zones = Glass(solid=solid), {zone.segment_id for zone in case.plan.of(NoGoZone)}
        meshes = [segment_mesh(case.volume, segment) for segment in shown]
        pairs = list(zip(meshes, shown, strict=True))
        hiding = (m for m, s in pairs if glass.hides(s) and s.id not in zones)
        surfaces = (glass.dressed(m, s, plan.segment_ids) for m, s in pairs)
        return cls(case, plan, journey, tuple(surfaces), tuple(hiding))

    def seen(self, region: str, aspect: float) -> tuple[SolidCamera, PlanSolids]:
        """Return the view, and the plan with names that point to what is seen from there."""
        if self.journey is None:
            points = np.concatenate([surface.mesh.points_lps_mm for surface in self.surfaces])
            is_right = self.case.side is Side.RIGHT
            return first_camera(points, region, is_right, aspect), self.plan
        zones = tuple(self.plan.zones.values())
        usual = usual_eye(self.journey, self.case, region)
        eye = best_eye(self.journey, usual, self.hiding, zones)
        camera = self.journey.camera(eye, aspect)
        seen_at = seen_places(camera, aspect, self.hiding, zones)
        return camera, self.plan.anchored(seen_at)
