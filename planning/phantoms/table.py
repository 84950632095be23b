"""The table of the scanner under the patient: two thin shells, without a label."""

from typing import Final

import numpy as np

from planning.phantoms.scene import Scene
from planning.phantoms.tables import Floats

HALF_WIDTH_MM, HALF_LENGTH_MM, SHELL_MM = 215.0, 420.0, 1.9
HOLLOW_MM, DEEP_MM = 38.0, 36.0
TABLE_HU = 40.0
NO_LABEL = 0
LYING: Final = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], np.float64)


def table(scene: Scene, top_mm: float) -> None:
    """Add the table; its hollow lies at y = `top_mm` under the middle of the back."""
    scene.place()
    scene.begin("table", NO_LABEL, TABLE_HU, layer=-1.0)
    w, v = HALF_WIDTH_MM, HALF_LENGTH_MM
    outline = np.array([(-w, -v), (w, -v), (w, v), (-w, v)])

    def upper(u: Floats, v: Floats) -> Floats:
        height: Floats = -HOLLOW_MM * (u / HALF_WIDTH_MM) ** 2
        return height

    def lower(u: Floats, v: Floats) -> Floats:
        height: Floats = DEEP_MM - (HOLLOW_MM + DEEP_MM) * (u / HALF_WIDTH_MM) ** 4
        return height

    for height in (upper, lower):
        scene.plate(outline, height, lambda u, v, edge: SHELL_MM + 0 * u, LYING, (0, top_mm, 0))
