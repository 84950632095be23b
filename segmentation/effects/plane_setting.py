"""The settings of tools that need a plane: which one, and its points or its direction."""

from typing import Annotated, Literal

from segmentation.effects.setting import (
    Count,
    Direction,
    Help,
    LpsPoints,
    Title,
    Unit,
    require_points,
)
from segmentation.half_space import NORMALS, Plane, plane_through

PlaneChoice = Annotated[
    Literal["axial", "coronal", "sagittal", "points", "direction"],
    Title("Plane"),
    Help("A plane of the body or of a direction at one point, or the plane through three points."),
]
PlanePoint = Annotated[
    LpsPoints,
    Title("Point of the plane"),
    Count(1, 1),
    Unit("mm"),
    Help("A point that the plane goes through, x,y,z in LPS."),
]
PlanePoints = Annotated[
    LpsPoints,
    Title("Three points of the plane"),
    Count(3, 3),
    Unit("mm"),
    Help("Three points that the plane goes through, x,y,z in LPS."),
]
PlaneDirection = Annotated[
    Direction,
    Title("Direction"),
    Help("The direction that the plane faces, x,y,z in LPS: left, posterior, superior."),
]


def plane_of(effect: object) -> Plane:
    """Return the plane of a tool with `plane`, `point_lps_mm`, `three_lps_mm` and `direction`.

    Refuses points that are missing, and three points on a line.
    """
    choice: str = getattr(effect, "plane")  # noqa: B009 - four fields that such a tool has
    if choice == "points":
        return plane_through(require_points(effect, "three_lps_mm"))
    (point,) = require_points(effect, "point_lps_mm")
    facing: Direction = getattr(effect, "direction")  # noqa: B009
    return Plane(point, NORMALS.get(choice, facing))
