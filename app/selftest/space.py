"""Known answers in patient space: surfaces, places and the plan's own measures."""

from functools import partial

import numpy as np

from app.selftest.known import Known, exactly
from app.selftest.material import (
    APART_MM,
    BALL_MM,
    DIAMETER_MM,
    LOWER_HU,
    MARGIN_MM,
    SMALL_BALL_MM,
    Material,
)
from planning.measures import MeasureView, Quantity, measured
from planning.model.item import ItemId
from segmentation.surface import iso_surface


def _mean_radius_mm(material: Material) -> float:
    mesh = iso_surface(material.volume, material.great_ball, LOWER_HU - 0.5)
    away = mesh.points_lps_mm - material.centres_lps_mm[0]
    return float(np.linalg.norm(away, axis=1).mean())


def _round_trip_mm(material: Material) -> float:
    """Return how far the phantom's landmarks come back off after a way through voxel indices."""
    grid = material.phantom.volume.grid
    points = np.stack(list(material.phantom.landmarks.values()))
    return float(np.linalg.norm(grid.lps_mm(grid.ijk(points)) - points, axis=1).max())


def _measure(name: str, item: str, material: Material) -> float:
    case = material.case
    for result in measured(MeasureView(case), case.plan.item(ItemId(item))):
        if result.name == name and isinstance(result, Quantity):
            return result.value
    return float("nan")


SURFACE = Known(
    name="radius_of_ball",
    title="Mean radius of a ball's surface",
    unit="mm",
    expected=exactly(BALL_MM),
    found=_mean_radius_mm,
    tolerance=0.02,
)
LANDMARKS = Known(
    name="landmark_round_trip",
    title="Landmarks through the grid and back",
    unit="mm",
    expected=exactly(0.0),
    found=_round_trip_mm,
    tolerance=1e-9,
)
LENGTH = Known(
    name="length",
    title="Length of the way 3, 4, 12",
    unit="mm",
    expected=exactly(13.0),
    found=partial(_measure, "distance", "length"),
    tolerance=1e-9,
)
ANGLE = Known(
    name="angle",
    title="Angle of an even triangle",
    unit="deg",
    expected=exactly(60.0),
    found=partial(_measure, "angle", "angle"),
    tolerance=1e-9,
)
CLEARANCE = Known(
    name="clearance",
    title="Clearance of a cylinder to a ball",
    unit="mm",
    expected=exactly(APART_MM - DIAMETER_MM / 2 - SMALL_BALL_MM - MARGIN_MM),
    found=partial(_measure, "zone_clearance", "path"),
    tolerance=0.05,
)
