"""Distance from points to candidate triangles."""

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.jit import kernel

Points = NDArray[np.float64]


@kernel
def _clamped(value: float) -> float:
    """Return `value` limited to 0..1."""
    return min(max(value, 0.0), 1.0)


@kernel
def _segment_square(px: float, py: float, pz: float, dx: float, dy: float, dz: float) -> float:
    """Squared distance from p to the segment from the origin to d."""
    length = dx * dx + dy * dy + dz * dz
    t = _clamped((px * dx + py * dy + pz * dz) / length) if length > 0.0 else 0.0
    x, y, z = px - t * dx, py - t * dy, pz - t * dz
    return x * x + y * y + z * z


@kernel
def triangle_square(p: Points, a: Points, b: Points, c: Points) -> float:
    """Squared distance from point `p` to triangle a, b, c (each (3,)); exact, also for slivers."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    px, py, pz = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    uu, vv = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz
    uv = ux * vx + uy * vy + uz * vz
    pu, pv = px * ux + py * uy + pz * uz, px * vx + py * vy + pz * vz
    det = uu * vv - uv * uv
    if det > 1e-14 * uu * vv:
        s, t = (vv * pu - uv * pv) / det, (uu * pv - uv * pu) / det
        if s >= 0.0 and t >= 0.0 and s + t <= 1.0:
            x, y, z = px - s * ux - t * vx, py - s * uy - t * vy, pz - s * uz - t * vz
            return x * x + y * y + z * z
    best = min(
        _segment_square(px, py, pz, ux, uy, uz),
        _segment_square(px, py, pz, vx, vy, vz),
    )
    across: float = _segment_square(px - ux, py - uy, pz - uz, vx - ux, vy - uy, vz - uz)
    return min(best, across)


@kernel
def candidate_squares(
    samples: Points,
    points: Points,
    triangles: NDArray[np.int32],
    candidates: NDArray[np.int64],
    out: Points,
) -> None:
    """Lower `out` (N,) to the squared distance of each sample to its candidate triangles (N, C)."""
    for n in range(samples.shape[0]):
        for m in range(candidates.shape[1]):
            t = triangles[candidates[n, m]]
            square = triangle_square(samples[n], points[t[0]], points[t[1]], points[t[2]])
            out[n] = min(out[n], square)
