"""What a no-go zone is drawn around is thick enough for the stated error to hold."""

from typing import Final

import numpy as np

from planning.checks.check import Checked, CheckView
from planning.checks.finding import Passed, PlanFinding
from planning.checks.limits import limits
from planning.checks.words import down, mm, up
from planning.geometry.thickness import chords_mm
from planning.model.zone import NoGoZone

THINNEST_PERCENT: Final = 10.0
REACH: Final = 4.0
"""How many times the limit is looked through a body; what is thicker needs no number."""


def check(view: CheckView) -> Checked:
    """Hold the thinnest tenth of each zone's surface against the limit.

    Zones only: a bone thin beside a path is found by the bone around the path.
    """
    limit = limits()["segment_thickness"]
    voxel_mm = max(view.case.volume.grid.spacing_kji_mm)
    limit_mm = limit.value * voxel_mm
    for zone in view.case.plan.of(NoGoZone):
        if not view.is_solid(zone.segment_id):
            continue
        segment = view.case.segment(zone.segment_id)
        surface = view.surfaces.of(view.case, segment, view.progress).surface
        through = np.minimum(chords_mm(surface, REACH * limit_mm), REACH * limit_mm)
        thickness_mm = float(np.percentile(through, THINNEST_PERCENT))
        if limit.holds(thickness_mm / voxel_mm):
            names = {"segment": segment.name, "zone": zone.name}
            yield Passed("zone-thick", names, zone.id, mm(down(thickness_mm)))
            continue
        yield PlanFinding(
            "zone-thin",
            limit.severity,
            {
                "zone": zone.name,
                "segment": segment.name,
                "thickness_mm": down(thickness_mm),
                "limit_mm": up(limit_mm),
                "more_mm": up(0.6 * voxel_mm),
            },
            zone.id,
            segment.id,
            thickness_mm,
            limit_mm,
            "mm",
            found=mm(down(thickness_mm)),
            limit_words=mm(up(limit_mm)),
            limit_name=limit.name,
            can_reason=limit.can_reason,
        )
