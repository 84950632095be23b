"""The field of a scene's parts, for tests: distances, and the first wall along a direction."""

import numpy as np

from planning.phantoms.kernels.sample import part_distances, part_volume_mm3
from planning.phantoms.scene import Scene
from planning.phantoms.tables import Floats


class Field:
    def __init__(self, scene: Scene, name: str) -> None:
        self.tables = scene.tables()
        self.part = next(n for n, part in enumerate(scene.parts) if part.name == name)

    def at(self, points: Floats) -> Floats:
        out = np.empty(len(points))
        part_distances(self.tables, self.part, np.ascontiguousarray(points, np.float64), out)
        return out

    def wall_mm(self, start: Floats, direction: Floats, far_mm: float = 14.0) -> float:
        """Distance from an inner point to the first crossing of the surface."""
        t = np.arange(0, far_mm, 0.01)
        d = self.at(start + t[:, None] * direction)
        k = int(np.argmax(d > 0))
        return float(t[k - 1] + 0.01 * d[k - 1] / (d[k - 1] - d[k]))

    def ml(self, step_mm: float) -> float:
        return part_volume_mm3(self.tables, self.part, step_mm) / 1000
