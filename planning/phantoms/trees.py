"""Vessel trees by space colonisation inside a field, radii by Murray's law.

Runions 2007 (doi 10.2312/NPH/NPH07/063-070): every target pulls its nearest node. Murray 1926: the
cube of a vessel's radius is the sum of the cubes of its branches.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.kernels.sample import part_distances
from planning.phantoms.scene import Part, Scene
from planning.phantoms.tables import Floats

STEP_MM, REACH_MM, KILL_MM, ROUNDS = 5.0, 60.0, 8.0, 90
STRAIGHT, TAPER = 0.6, 1.35
Ball = tuple[Floats, float]


def distance(scene: Scene, part: Part, points: Floats) -> Floats:
    """Return the signed distance of points (n, 3) in scene mm to one part."""
    tables = scene.tables()
    out = np.empty(len(points))
    index = next(n for n, other in enumerate(scene.parts) if other is part)
    part_distances(tables, index, np.ascontiguousarray(points, np.float64), out)
    return out


def targets_inside(
    scene: Scene,
    part: Part,
    box: tuple[Floats, Floats],
    count: int,
    depth_mm: float,
    rng: np.random.Generator,
    keep_out: Sequence[Ball] = (),
) -> Floats:
    """Return up to `count` points at least `depth_mm` below a part's surface, outside balls."""
    points = rng.uniform(box[0], box[1], (count * 6, 3))
    good = distance(scene, part, points) < -depth_mm
    for centre, radius in keep_out:
        good &= np.linalg.norm(points - centre, axis=1) > radius
    return points[good][:count]


def colonise(roots: Sequence[Sequence[float]], targets: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Grow nodes (n, 3) from a chain of roots towards the targets; return them and parents."""
    nodes = [np.asarray(r, np.float64) for r in roots]
    parents = [-1, *range(len(roots) - 1)]
    left = targets
    for _ in range(ROUNDS):
        if not len(left):
            break
        grown = _round(nodes, parents, left)
        if not grown:
            break
        gaps = np.linalg.norm(left[:, None] - np.array(nodes)[None], axis=2).min(1)
        left = left[gaps > KILL_MM]
    return np.array(nodes), np.array(parents, np.int64)


def _round(nodes: list[Floats], parents: list[int], targets: Floats) -> int:
    """Let every node that is nearest to a target grow one step; return how many did."""
    old = np.array(nodes)
    gaps = np.linalg.norm(targets[:, None] - old[None], axis=2)
    near, far = gaps.argmin(1), gaps.min(1) >= REACH_MM
    grown = 0
    for n in np.unique(near[~far]):
        pull = targets[(near == n) & ~far] - old[n]
        way = (pull / np.linalg.norm(pull, axis=1, keepdims=True)).sum(0)
        if parents[n] >= 0:
            before = old[n] - old[parents[n]]
            way = way / (np.linalg.norm(way) + 1e-9)
            way = way + STRAIGHT * before / (np.linalg.norm(before) + 1e-9)
        tip = old[n] + STEP_MM * way / (np.linalg.norm(way) + 1e-9)
        if np.linalg.norm(old - tip, axis=1).min() > 0.4 * STEP_MM:
            nodes.append(tip)
            parents.append(int(n))
            grown += 1
    return grown


def murray_radii(parents: NDArray[np.int64], tip_mm: float, most_mm: float) -> Floats:
    """Return the radius of each node: tips have `tip_mm`, none has more than `most_mm`."""
    cubes = np.zeros(len(parents))
    children = np.bincount(parents[parents >= 0], minlength=len(parents))
    for n in range(len(parents) - 1, -1, -1):
        if children[n] == 0:
            cubes[n] = tip_mm**3
        if parents[n] >= 0:
            cubes[parents[n]] += cubes[n]
    radii: Floats = np.minimum(np.cbrt(cubes), most_mm)
    return radii


def tree(
    scene: Scene,
    roots: Sequence[Sequence[float]],
    targets: Floats,
    tip_mm: float,
    most_mm: float,
) -> None:
    """Grow a tree and add its segments to the part begun last."""
    nodes, parents = colonise(roots, targets)
    r = murray_radii(parents, tip_mm, most_mm)
    for n, p in enumerate(parents):
        if p >= 0:
            scene.cone(nodes[p], nodes[n], (min(r[p], TAPER * r[n]), r[n]))
