"""The field of one part at chosen points, and its volume by fine sampling: the second road."""

import numpy as np

from planning.phantoms.kernels.distance import walk
from planning.phantoms.tables import Floats, SceneTables
from segmentation.kernels.jit import kernel


@kernel
def part_distances(scene: SceneTables, part: int, points: Floats, out: Floats) -> None:
    """Write the signed distance in mm of one part at points (n, 3) to `out` (n,)."""
    first, last = scene.ends[part], scene.ends[part + 1]
    answer = np.empty(3)
    for n in range(points.shape[0]):
        walk(
            scene.steps, first, last, scene.kinds, scene.params, scene.looks, scene.pool,
            points[n, 0], points[n, 1], points[n, 2], answer,
        )  # fmt: skip
        out[n] = answer[0]


@kernel
def part_volume_mm3(scene: SceneTables, part: int, step_mm: float) -> float:
    """Return the volume of one part by sampling its field with linear coverage."""
    box = scene.hulls[part]
    nx, ny, nz = 0, 0, 0
    nx = int(np.ceil((box[3] - box[0]) / step_mm)) + 4
    ny = int(np.ceil((box[4] - box[1]) / step_mm)) + 4
    nz = int(np.ceil((box[5] - box[2]) / step_mm)) + 4
    first, last = scene.ends[part], scene.ends[part + 1]
    out, total = np.empty(3), 0.0
    for k in range(nz):
        z = box[2] + (k - 1.5) * step_mm
        for j in range(ny):
            y = box[1] + (j - 1.5) * step_mm
            i = 0
            while i < nx:
                x = box[0] + (i - 1.5) * step_mm
                walk(
                    scene.steps, first, last, scene.kinds, scene.params, scene.looks, scene.pool,
                    x, y, z, out,
                )  # fmt: skip
                d = out[0]
                total += min(1.0, max(0.0, 0.5 - d / step_mm))
                jump = min(int((abs(d) / 1.5 - step_mm) / step_mm), nx - i - 1)
                if jump > 0:
                    total += jump if d < 0 else 0
                    i += jump
                i += 1
    return total * step_mm**3
