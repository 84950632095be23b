"""Voxels from parts: block culling, coverage as partial volume, soft tissue that competes.

Layers: below 0 things behind the body, 0 skin and fat, 1 soft parts that compete (the deepest
wins, and where the runner-up is within the gap there is fat), above 1 painted over in order.
"""

from typing import NamedTuple

import numpy as np

from planning.phantoms.kernels.distance import (
    CROP,
    FAR,
    TUBE,
    UNION,
    box_distance,
    tube_span,
    walk,
)
from planning.phantoms.kernels.plain import plain_kernel
from planning.phantoms.kernels.tissue import (
    AIR_HU,
    CORTEX,
    FAT_LABEL,
    GAP,
    HU,
    LABEL,
    LAYER,
    SKIN_MM,
    cover,
    fat_hu,
    shade,
)
from planning.phantoms.tables import Floats, Ints, Placing, SceneTables, Singles
from segmentation.kernels.jit import kernel
from segmentation.volume import Hu

CELL, BLOCK, TILE = 4, 8, 16  # edges in voxels
SLACK = 1.3  # distances may be off by this factor away from the surface
BOUNDARY, SOLID, BLOCK_SOLID = range(3)


class Scratch(NamedTuple):
    """Work space of one tile; p parts, m steps."""

    wide: Floats  # (m, 5) steps that matter in the tile
    near: Floats  # (m, 5) steps that matter in the block
    wide_n: Ints  # (p,) how many, -1 for a part that cannot be reached
    near_n: Ints  # (p,)
    state: Ints  # (p,)
    live: Ints  # (p,) parts of the block in order of layers
    cell: Ints  # (p,) parts of the cell in order of layers
    depth: Floats  # (p,) distance at the middle of the cell
    span: Ints  # (2,)
    out: Floats  # (3,)
    seen: Ints  # (256,) the last voxel that a label was counted in


@plain_kernel
def cull(
    scene: SceneTables,
    steps: Floats,
    start: int,
    stop: int,
    margin: float,
    x: float,
    y: float,
    z: float,
    kept: Floats,
    span: Ints,
) -> int:
    """Copy the steps that can matter within `margin` of a point to `kept[start:]`.

    Returns how many, -1 if the part cannot reach that far.
    """
    n, unions = start, 0
    for s in range(start, stop):
        op, prim = int(steps[s, 0]), int(steps[s, 1])
        reach = margin + steps[s, 2]
        far = box_distance(scene.boxes, prim, x, y, z) > reach
        span[0], span[1] = 1 << 30, 0
        if not far and scene.kinds[prim] == TUBE:
            first, last = int(steps[s, 3]), int(steps[s, 4])
            far = (
                tube_span(scene.params, prim, scene.pool, first, last, x, y, z, reach, span) > reach
            )
        if far and op == CROP:
            return -1
        if far:
            continue
        unions += op == UNION
        kept[n, 0], kept[n, 1], kept[n, 2] = steps[s, 0], steps[s, 1], steps[s, 2]
        kept[n, 3], kept[n, 4] = span[0], span[1]
        n += 1
    return n - start if unions else -1


@plain_kernel
def place(placing: Placing, i: float, j: float, k: float, point: Floats) -> None:
    """Write the scene position of a voxel index to `point`."""
    m = placing.axes
    for a in range(3):
        point[a] = placing.offset[a] + m[a, 0] * i + m[a, 1] * j + m[a, 2] * k


@plain_kernel
def half_diagonal(placing: Placing, ni: int, nj: int, nk: int) -> float:
    """Return half the diagonal of a box of so many voxel steps, and a ramp more."""
    total = 0.0
    for a in range(3):
        edge = (
            abs(placing.axes[a, 0]) * ni
            + abs(placing.axes[a, 1]) * nj
            + abs(placing.axes[a, 2]) * nk
        )
        total += 0.25 * edge * edge
    return float(np.sqrt(total)) + placing.ramp_mm


@plain_kernel
def classify(scene: SceneTables, work: Scratch, rad: float, x: float, y: float, z: float) -> int:
    """List the parts that a block of radius `rad` about a point meets; return how many."""
    live = 0
    for p in range(scene.tissues.shape[0]):
        if work.wide_n[p] < 0:
            continue
        gap = scene.tissues[p, GAP]
        if box_distance(scene.hulls, p, x, y, z) > rad + gap:
            continue
        a = scene.ends[p]
        n = cull(scene, work.wide, a, a + work.wide_n[p], rad + gap, x, y, z, work.near, work.span)
        if n < 0:
            continue
        work.near_n[p] = n
        measure(scene, work, p, x, y, z)
        if work.out[0] <= rad * SLACK + gap:
            work.state[p] = BLOCK_SOLID if is_solid(scene, p, work.out[0], rad) else BOUNDARY
            work.live[live] = p
            live += 1
    return live


@plain_kernel
def is_solid(scene: SceneTables, p: int, d: float, rad: float) -> bool:
    """Tell whether all of a ball of radius `rad` lies deep in a part without a cortex."""
    margin = 2.5 if scene.tissues[p, LAYER] == 0 else scene.tissues[p, GAP]
    return bool(d < -(rad * SLACK + margin) and scene.tissues[p, CORTEX] == 0.0)


@plain_kernel
def measure(scene: SceneTables, work: Scratch, p: int, x: float, y: float, z: float) -> None:
    """Write distance, cortex and inner HU of a part of the block to `work.out`."""
    a = scene.ends[p]
    walk(
        work.near, a, a + work.near_n[p], scene.kinds, scene.params, scene.looks, scene.pool,
        x, y, z, work.out,
    )  # fmt: skip


@plain_kernel
def narrow(
    scene: SceneTables, work: Scratch, live: int, ramp_mm: float, rad: float, point: Floats
) -> int:
    """Keep the parts that a cell of radius `rad` about a point meets; return how many.

    Soft parts that cannot come near the deepest one are left out, and so are solid parts under
    an opaque one.
    """
    d, gap = 0.0, 0.0
    kept, slack, deepest, widest = 0, rad * SLACK, FAR, 0.0
    for q in range(live):
        p = work.live[q]
        is_soft = scene.tissues[p, LAYER] == 1
        if work.state[p] != BLOCK_SOLID or is_soft:
            measure(scene, work, p, point[0], point[1], point[2])
            d, gap = work.out[0], scene.tissues[p, GAP]
            if d > slack + gap:
                continue
            if work.state[p] != BLOCK_SOLID:
                work.state[p] = SOLID if is_solid(scene, p, d, rad) else BOUNDARY
            work.depth[p] = d
        if is_soft:
            deepest, widest = min(deepest, d + slack), max(widest, gap)
        work.cell[kept] = p
        kept += 1
    used = 0
    for q in range(kept):
        p = work.cell[q]
        is_soft = scene.tissues[p, LAYER] == 1
        if not is_soft or work.depth[p] - slack <= deepest + widest + ramp_mm:
            work.cell[used] = p
            used += 1
    return used


@plain_kernel
def paint_soft(
    scene: SceneTables,
    table: Singles,
    who: int,
    d1: float,
    d2: float,
    body: int,
    body_d: float,
    x: float,
    y: float,
    z: float,
    ramp_mm: float,
    answer: Floats,
) -> None:
    """Paint skin, fat and the soft part that won at depth `d1`; the runner-up lies at `d2`.

    Without a `body` (-1) something opaque will hide skin and fat.
    """
    a, gap = 0.0, 0.0
    if who >= 0:
        gap = scene.tissues[who, GAP]
        a = cover(d1, ramp_mm) * cover(gap - (d2 - d1), ramp_mm)
    if body >= 0:
        if body_d < 0:
            answer[1] = scene.tissues[body, LABEL] if body_d >= -SKIN_MM else FAT_LABEL
        if a < 1.0:
            b, s = cover(body_d, ramp_mm), cover(body_d + SKIN_MM, ramp_mm)
            own = scene.tissues[body, HU] * (1 - s)
            own += fat_hu(table, x, y, z) * s if s > 0.0 else 0.0
            answer[0] = answer[0] * (1 - b) + b * own
    if a > 0.0:
        own = shade(scene, who, table, d1, 0.0, 0.0, x, y, z, ramp_mm)
        answer[0] = answer[0] * (1 - a) + a * own
        if d1 < 0 and d2 - d1 > gap:
            answer[1] = scene.tissues[who, LABEL]


@plain_kernel
def paint_voxel(
    scene: SceneTables,
    table: Singles,
    work: Scratch,
    counts: Ints,
    parts: int,
    soft: int,
    is_covered: bool,
    serial: int,
    point: Floats,
    ramp_mm: float,
    answer: Floats,
) -> None:
    """Write HU and label of the voxel at `point` to `answer`; count the labels it lies in."""
    x, y, z = point[0], point[1], point[2]
    answer[0], answer[1] = AIR_HU, 0.0
    d1, d2, who, is_open = FAR, FAR, -1, True
    body, body_d = -1, FAR
    for q in range(parts + 1):
        p = work.cell[q] if q < parts else -1
        layer = scene.tissues[p, LAYER] if q < parts else 99.0
        if layer > 1 and is_open:  # close the competition before painting over it
            is_open = False
            paint_soft(
                scene, table, who, d1, d2, -1 if is_covered else body, body_d, x, y, z, ramp_mm,
                answer,
            )  # fmt: skip
            if who >= 0 and d1 < 0 and d2 - d1 > scene.tissues[who, GAP]:
                counts[int(answer[1])] += 1
                work.seen[int(answer[1])] = serial
        if p < 0:
            break
        d, cortex, inner = -50.0, 0.0, 0.0
        if work.state[p] == BOUNDARY or (layer == 1 and soft > 1):
            measure(scene, work, p, x, y, z)
            d, cortex, inner = work.out[0], work.out[1], work.out[2]
        if layer == 1:
            if d < d1:
                d1, d2, who = d, d1, p
            elif d < d2:
                d2 = d
            continue
        if layer == 0:
            body, body_d = p, d
            continue
        a = cover(d, ramp_mm)
        if a <= 0.0:
            continue
        own = shade(scene, p, table, d, cortex, inner, x, y, z, ramp_mm)
        answer[0] = answer[0] * (1 - a) + a * own
        if d < 0:
            tag = int(scene.tissues[p, LABEL])
            answer[1] = tag
            if work.seen[tag] != serial:
                work.seen[tag] = serial
                counts[tag] += 1


@plain_kernel
def paint_cell(
    hu: Hu,
    labels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]],
    counts: Ints,
    corner: tuple[int, int, int],
    live: int,
    placing: Placing,
    scene: SceneTables,
    table: Singles,
    work: Scratch,
    point: Floats,
    answer: Floats,
) -> None:
    """Paint one cell of at most 4 x 4 x 4 voxels in a block with `live` parts."""
    nz, ny, nx = hu.shape
    k0, j0, i0 = corner
    k1, j1, i1 = min(k0 + CELL, nz), min(j0 + CELL, ny), min(i0 + CELL, nx)
    place(placing, 0.5 * (i0 + i1 - 1), 0.5 * (j0 + j1 - 1), 0.5 * (k0 + k1 - 1), point)
    rad = half_diagonal(placing, i1 - 1 - i0, j1 - 1 - j0, k1 - 1 - k0)
    parts = narrow(scene, work, live, placing.ramp_mm, rad, point)
    if parts == 0:
        hu[k0:k1, j0:j1, i0:i1] = int(AIR_HU)
        labels[k0:k1, j0:j1, i0:i1] = 0
        return
    soft, is_covered = 0, False
    for q in range(parts):
        layer = scene.tissues[work.cell[q], LAYER]
        soft += layer == 1
        is_covered = is_covered or (layer > 1 and work.state[work.cell[q]] != BOUNDARY)
    for k in range(k0, k1):
        for j in range(j0, j1):
            for i in range(i0, i1):
                place(placing, i, j, k, point)
                serial = (k * ny + j) * nx + i + 1
                paint_voxel(
                    scene, table, work, counts, parts, soft, is_covered, serial, point,
                    placing.ramp_mm, answer,
                )  # fmt: skip
                hu[k, j, i] = int(np.round(answer[0]))
                labels[k, j, i] = int(answer[1])


@plain_kernel
def paint_block(
    hu: Hu,
    labels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]],
    counts: Ints,
    corner: tuple[int, int, int],
    placing: Placing,
    scene: SceneTables,
    table: Singles,
    work: Scratch,
    point: Floats,
    answer: Floats,
) -> None:
    """Paint one block of at most 8 x 8 x 8 voxels."""
    nz, ny, nx = hu.shape
    k0, j0, i0 = corner
    k1, j1, i1 = min(k0 + BLOCK, nz), min(j0 + BLOCK, ny), min(i0 + BLOCK, nx)
    place(placing, 0.5 * (i0 + i1 - 1), 0.5 * (j0 + j1 - 1), 0.5 * (k0 + k1 - 1), point)
    rad = half_diagonal(placing, i1 - 1 - i0, j1 - 1 - j0, k1 - 1 - k0)
    live = classify(scene, work, rad, point[0], point[1], point[2])
    if live == 0:
        hu[k0:k1, j0:j1, i0:i1] = int(AIR_HU)
        labels[k0:k1, j0:j1, i0:i1] = 0
        return
    for k in range(k0, k1, CELL):
        for j in range(j0, j1, CELL):
            for i in range(i0, i1, CELL):
                paint_cell(
                    hu, labels, counts, (k, j, i), live, placing, scene, table, work, point, answer
                )


@kernel
def paint_tile(
    hu: Hu,
    labels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]],
    counts: Ints,
    tile: int,
    placing: Placing,
    scene: SceneTables,
    table: Singles,
) -> None:
    """Paint one tile of 16 x 16 x 16 voxels; tiles are independent of each other.

    `counts` (256,) gets for each label the voxel centres inside any part with that label, whatever
    was painted over it; soft parts that compete have what they win.
    """
    nz, ny, nx = hu.shape
    ty, tx = (ny + TILE - 1) // TILE, (nx + TILE - 1) // TILE
    k0, j0, i0 = (tile // (ty * tx)) * TILE, (tile // tx % ty) * TILE, (tile % tx) * TILE
    parts = scene.tissues.shape[0]
    work = Scratch(
        np.empty_like(scene.steps),
        np.empty_like(scene.steps),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts, np.int64),
        np.zeros(parts),
        np.zeros(2, np.int64),
        np.empty(3),
        np.zeros(256, np.int64),
    )
    point, answer = np.empty(3), np.empty(2)
    place(placing, i0 + 0.5 * TILE, j0 + 0.5 * TILE, k0 + 0.5 * TILE, point)
    x, y, z = point[0], point[1], point[2]
    rad = half_diagonal(placing, TILE, TILE, TILE)
    for p in range(parts):
        margin = rad + scene.tissues[p, GAP]
        work.wide_n[p] = -1
        if box_distance(scene.hulls, p, x, y, z) <= margin:
            work.wide_n[p] = cull(
                scene, scene.steps, scene.ends[p], scene.ends[p + 1], margin, x, y, z, work.wide,
                work.span,
            )  # fmt: skip
    for k in range(k0, min(k0 + TILE, nz), BLOCK):
        for j in range(j0, min(j0 + TILE, ny), BLOCK):
            for i in range(i0, min(i0 + TILE, nx), BLOCK):
                paint_block(
                    hu, labels, counts, (k, j, i), placing, scene, table, work, point, answer
                )
