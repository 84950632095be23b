"""Signed distance of parts made of primitives, in scene millimetres, negative inside.

Parameters of the primitives (columns of `SceneTables.params`):

- sphere: centre 0-2, radius 3
- ellipsoid: centre 0-2, radii 3-5, axes as rows 6-14
- cone with round ends: ends 0-2 and 3-5, radii 6 and 7
- tube: pool offset 0, samples 1, flat ends 2, power of the section 3
- plate: origin 0-2, axes as rows 3-11, pool offset 12, columns 13, rows 14, corner 15-16,
  step 17, edge radius 18
- half-space: outward normal 0-2, offset along it 3

Distances of ellipsoids and flattened tubes are exact on the surface and wrong by tens of per cent
away from it: never conclude "inside" or "outside" of a block without slack.
"""

import numpy as np

from planning.phantoms.kernels.plain import plain_kernel
from planning.phantoms.tables import Floats, Ints, Singles

SPHERE, ELLIPSOID, CONE, TUBE, PLATE, HALFSPACE = range(6)
UNION, CUT, CROP = range(3)
FAR = 1e6
TINY = 1e-12


@plain_kernel
def along(pool: Singles, a: int, x: float, y: float, z: float) -> float:
    """Return where the foot of a point lies on the curve's segment at `a`: 0 start, 1 end."""
    bx, by, bz = pool[a + 8] - pool[a], pool[a + 9] - pool[a + 1], pool[a + 10] - pool[a + 2]
    qx, qy, qz = x - pool[a], y - pool[a + 1], z - pool[a + 2]
    return float((qx * bx + qy * by + qz * bz) / (bx * bx + by * by + bz * bz + TINY))


@plain_kernel
def off_axis_squared(pool: Singles, a: int, t: float, x: float, y: float, z: float) -> float:
    """Return the squared distance of a point to place `t` on the curve's segment at `a`."""
    dx = x - pool[a] - t * (pool[a + 8] - pool[a])
    dy = y - pool[a + 1] - t * (pool[a + 9] - pool[a + 1])
    dz = z - pool[a + 2] - t * (pool[a + 10] - pool[a + 2])
    return float(dx * dx + dy * dy + dz * dz)


@plain_kernel
def section_distance(
    cu: float, cv: float, cw: float, ru: float, rv: float, rw: float, power: float
) -> float:
    """Return the distance to an ellipse, a superellipse or (rw > 0) an ellipsoidal cap."""
    cap = rw if rw > 0.0 else 1.0
    low = min(ru, rv)
    eu, ev, ew = abs(cu / ru), abs(cv / rv), abs(cw / cap)
    if power > 2.01:
        k0 = (eu**power + ev**power) ** (1.0 / power)
        k0 = np.sqrt(k0 * k0 + ew * ew)
        if k0 < 1.0:
            return float((k0 - 1.0) * low)
        return float((k0 - 1.0) * (np.sqrt(cu * cu + cv * cv + cw * cw) / k0))
    k0 = np.sqrt(eu * eu + ev * ev + ew * ew)
    k1 = np.sqrt((eu / ru) ** 2 + (ev / rv) ** 2 + (ew / cap) ** 2)
    d = k0 * (k0 - 1.0) / k1 if k1 > 1e-9 else -low
    return d if d >= 0.0 else max(d, (k0 - 1.0) * max(ru, rv))


@plain_kernel
def tube_distance(
    params: Floats, row: int, x: float, y: float, z: float, pool: Singles, first: int, last: int
) -> float:
    """Return the distance to a generalised cylinder along a polyline.

    Rows of the pool: point, direction of the first half width, both half widths.
    """
    off, n, flat, power = int(params[row, 0]), int(params[row, 1]), params[row, 2], params[row, 3]
    best, seg, tt, raw = FAR * FAR, 0, 0.0, 0.0
    for s in range(first, last):
        r = along(pool, off + 8 * s, x, y, z)
        t = min(1.0, max(0.0, r))
        d2 = off_axis_squared(pool, off + 8 * s, t, x, y, z)
        if d2 < best:
            best, seg, tt, raw = d2, s, t, r
    a = off + 8 * seg
    b = a + 8
    wx, wy, wz = pool[b] - pool[a], pool[b + 1] - pool[a + 1], pool[b + 2] - pool[a + 2]
    wl = np.sqrt(wx * wx + wy * wy + wz * wz) + TINY
    wx, wy, wz = wx / wl, wy / wl, wz / wl
    ux = pool[a + 3] + tt * (pool[b + 3] - pool[a + 3])
    uy = pool[a + 4] + tt * (pool[b + 4] - pool[a + 4])
    uz = pool[a + 5] + tt * (pool[b + 5] - pool[a + 5])
    k = ux * wx + uy * wy + uz * wz
    ux, uy, uz = ux - k * wx, uy - k * wy, uz - k * wz
    ul = np.sqrt(ux * ux + uy * uy + uz * uz) + TINY
    ux, uy, uz = ux / ul, uy / ul, uz / ul
    vx, vy, vz = wy * uz - wz * uy, wz * ux - wx * uz, wx * uy - wy * ux
    ru = pool[a + 6] + tt * (pool[b + 6] - pool[a + 6])
    rv = pool[a + 7] + tt * (pool[b + 7] - pool[a + 7])
    qx, qy, qz = x - pool[a] - tt * wl * wx, y - pool[a + 1] - tt * wl * wy, 0.0
    qz = z - pool[a + 2] - tt * wl * wz
    cu, cv = qx * ux + qy * uy + qz * uz, qx * vx + qy * vy + qz * vz
    end = (seg == 0 and raw < 0.0) or (seg == n - 2 and raw > 1.0)
    rw = min(ru, rv) if (end and flat < 0.5) else 0.0
    cw = qx * wx + qy * wy + qz * wz if rw > 0.0 else 0.0
    d = section_distance(cu, cv, cw, ru, rv, rw, power)
    if flat > 0.5:
        if end:
            return float(max(d, -raw * wl if raw < 0.0 else (raw - 1.0) * wl))
        if seg == 0:
            d = max(d, -tt * wl)
        if seg == n - 2:
            d = max(d, (tt - 1.0) * wl)
    return d


@plain_kernel
def plate_distance(params: Floats, row: int, x: float, y: float, z: float, pool: Singles) -> float:
    """Return the distance to a curved plate.

    Its grid holds outline distance, height of the mid surface and half thickness.
    """
    qx, qy, qz = x - params[row, 0], y - params[row, 1], z - params[row, 2]
    u = params[row, 3] * qx + params[row, 4] * qy + params[row, 5] * qz
    v = params[row, 6] * qx + params[row, 7] * qy + params[row, 8] * qz
    w = params[row, 9] * qx + params[row, 10] * qy + params[row, 11] * qz
    off, nx, ny, step, rnd = (
        int(params[row, 12]),
        int(params[row, 13]),
        int(params[row, 14]),
        params[row, 17],
        params[row, 18],
    )
    gx, gy = (u - params[row, 15]) / step, (v - params[row, 16]) / step
    ex = max(0.0, -gx, gx - (nx - 1.001)) * step
    ey = max(0.0, -gy, gy - (ny - 1.001)) * step
    gx, gy = min(max(gx, 0.0), nx - 1.001), min(max(gy, 0.0), ny - 1.001)
    i, j = int(gx), int(gy)
    fx, fy = gx - i, gy - j
    a = off + 3 * (j * nx + i)
    b = a + 3 * nx
    w00, w10, w01, w11 = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    o = w00 * pool[a] + w10 * pool[a + 3] + w01 * pool[b] + w11 * pool[b + 3]
    h = w00 * pool[a + 1] + w10 * pool[a + 4] + w01 * pool[b + 1] + w11 * pool[b + 4]
    t = w00 * pool[a + 2] + w10 * pool[a + 5] + w01 * pool[b + 2] + w11 * pool[b + 5]
    sx = ((1 - fy) * (pool[a + 4] - pool[a + 1]) + fy * (pool[b + 4] - pool[b + 1])) / step
    sy = ((1 - fx) * (pool[b + 1] - pool[a + 1]) + fx * (pool[b + 4] - pool[a + 4])) / step
    o += np.sqrt(ex * ex + ey * ey)
    d = abs(w - h) / np.sqrt(1.0 + sx * sx + sy * sy) - t
    r = min(rnd, t)
    d, o = d + r, o + r
    return float(min(max(d, o), 0.0) + np.sqrt(max(d, 0.0) ** 2 + max(o, 0.0) ** 2) - r)


@plain_kernel
def ellipsoid_distance(params: Floats, row: int, x: float, y: float, z: float) -> float:
    """Return the first-order distance to an ellipsoid."""
    qx, qy, qz = x - params[row, 0], y - params[row, 1], z - params[row, 2]
    a = (params[row, 6] * qx + params[row, 7] * qy + params[row, 8] * qz) / params[row, 3]
    b = (params[row, 9] * qx + params[row, 10] * qy + params[row, 11] * qz) / params[row, 4]
    c = (params[row, 12] * qx + params[row, 13] * qy + params[row, 14] * qz) / params[row, 5]
    k0 = np.sqrt(a * a + b * b + c * c)
    k1 = np.sqrt((a / params[row, 3]) ** 2 + (b / params[row, 4]) ** 2 + (c / params[row, 5]) ** 2)
    if k1 > 1e-9:
        return float(k0 * (k0 - 1.0) / k1)
    return float(-min(params[row, 3], params[row, 4], params[row, 5]))


@plain_kernel
def cone_distance(params: Floats, row: int, x: float, y: float, z: float) -> float:
    """Return the distance to a round cone, close to exact for slow tapers."""
    bx, by, bz = (
        params[row, 3] - params[row, 0],
        params[row, 4] - params[row, 1],
        params[row, 5] - params[row, 2],
    )
    qx, qy, qz = x - params[row, 0], y - params[row, 1], z - params[row, 2]
    t = (qx * bx + qy * by + qz * bz) / (bx * bx + by * by + bz * bz + TINY)
    t = min(1.0, max(0.0, t))
    qx, qy, qz = qx - t * bx, qy - t * by, qz - t * bz
    radius = params[row, 6] + t * (params[row, 7] - params[row, 6])
    return float(np.sqrt(qx * qx + qy * qy + qz * qz) - radius)


@plain_kernel
def sphere_distance(params: Floats, row: int, x: float, y: float, z: float) -> float:
    """Return the distance to a sphere."""
    qx, qy, qz = x - params[row, 0], y - params[row, 1], z - params[row, 2]
    return float(np.sqrt(qx * qx + qy * qy + qz * qz) - params[row, 3])


@plain_kernel
def primitive_distance(
    kind: int,
    params: Floats,
    row: int,
    x: float,
    y: float,
    z: float,
    pool: Singles,
    first: int,
    last: int,
) -> float:
    """Return the distance to one primitive, of a tube to the segments `first` to `last`."""
    if kind == TUBE:
        return tube_distance(params, row, x, y, z, pool, first, last)
    if kind == CONE:
        return cone_distance(params, row, x, y, z)
    if kind == PLATE:
        return plate_distance(params, row, x, y, z, pool)
    if kind == ELLIPSOID:
        return ellipsoid_distance(params, row, x, y, z)
    if kind == SPHERE:
        return sphere_distance(params, row, x, y, z)
    along_normal = params[row, 0] * x + params[row, 1] * y + params[row, 2] * z
    return float(along_normal - params[row, 3])


@plain_kernel
def box_distance(boxes: Floats, row: int, x: float, y: float, z: float) -> float:
    """Return the distance of a point to a box, 0 inside."""
    dx = max(boxes[row, 0] - x, 0.0, x - boxes[row, 3])
    dy = max(boxes[row, 1] - y, 0.0, y - boxes[row, 4])
    dz = max(boxes[row, 2] - z, 0.0, z - boxes[row, 5])
    return float(np.sqrt(dx * dx + dy * dy + dz * dz))


@plain_kernel
def tube_span(
    params: Floats,
    row: int,
    pool: Singles,
    first: int,
    last: int,
    x: float,
    y: float,
    z: float,
    reach: float,
    span: Ints,
) -> float:
    """Find the segments that can be nearest to any point within `reach`; return the gap.

    The gap is a lower bound of the distance to the tube's surface; `span` gets first and last
    segment and is left alone when the gap is wider than `reach`.
    """
    off = int(params[row, 0])
    best, gap = FAR, FAR
    for s in range(first, last):
        a = off + 8 * s
        t = min(1.0, max(0.0, along(pool, a, x, y, z)))
        d = np.sqrt(off_axis_squared(pool, a, t, x, y, z))
        best = min(best, d)
        gap = min(gap, d - max(pool[a + 6], pool[a + 7], pool[a + 14], pool[a + 15]) * 1.2)
    if gap > reach:
        return gap
    for s in range(first, last):
        a = off + 8 * s
        t = min(1.0, max(0.0, along(pool, a, x, y, z)))
        if np.sqrt(off_axis_squared(pool, a, t, x, y, z)) <= best + 2.0 * reach:
            span[0], span[1] = min(span[0], s), max(span[1], s + 1)
    return gap


@plain_kernel
def walk(
    steps: Floats,
    start: int,
    stop: int,
    kinds: Ints,
    params: Floats,
    looks: Floats,
    pool: Singles,
    x: float,
    y: float,
    z: float,
    out: Floats,
) -> None:
    """Run a part's steps at one point; `out` gets distance, cortex mm and HU below the cortex."""
    d, cortex, inner = FAR, 1.0, 0.0
    for s in range(start, stop):
        op, prim, k = int(steps[s, 0]), int(steps[s, 1]), steps[s, 2]
        e = primitive_distance(
            kinds[prim], params, prim, x, y, z, pool, int(steps[s, 3]), int(steps[s, 4])
        )
        if op == UNION:
            c2, i2 = looks[prim, 0], looks[prim, 1]
            if d >= FAR or k < 1e-6:
                if e < d:
                    d, cortex, inner = e, c2, i2
            else:
                h = min(1.0, max(0.0, 0.5 + 0.5 * (d - e) / k))
                d = d + h * (e - d) - k * h * (1.0 - h)
                cortex, inner = cortex + h * (c2 - cortex), inner + h * (i2 - inner)
        else:
            e = -e if op == CUT else e
            if k < 1e-6:
                d = max(d, e)
            elif d < FAR:
                h = min(1.0, max(0.0, 0.5 - 0.5 * (d - e) / k))
                d = d + h * (e - d) + k * h * (1.0 - h)
    out[0], out[1], out[2] = d, cortex, inner
