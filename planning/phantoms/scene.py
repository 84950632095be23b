"""Anatomy as data: a scene is a list of parts, a part a list of steps over primitives."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from planning.phantoms.curves import Rows, outline_distance, spline
from planning.phantoms.kernels.distance import (
    CONE,
    CROP,
    CUT,
    ELLIPSOID,
    HALFSPACE,
    PLATE,
    SPHERE,
    TUBE,
    UNION,
)
from planning.phantoms.tables import Floats, SceneTables

Triple = Sequence[float] | Floats
Surface = Callable[[Floats, Floats], Floats]
Thickness = Callable[[Floats, Floats, Floats], Floats]
WIDE = 1e5


class Join(NamedTuple):
    """How a primitive joins its part: operation, blend radius, cortex and HU below it."""

    op: int = UNION
    k: float = 0.0
    cortex: float = 1.0
    inner: float = 0.0


ADD = Join()
CROPPED = Join(CROP)


def cut(k: float = 0.0) -> Join:
    """Return the join that takes away, with blend radius `k` mm."""
    return Join(CUT, k)


def crop(k: float = 0.0) -> Join:
    """Return the join that keeps only what is inside, with blend radius `k` mm."""
    return Join(CROP, k)


class Step(NamedTuple):
    """One step of a part."""

    op: int
    primitive: int
    k: float
    first: int
    last: int


@dataclass
class Part:
    """One tissue body and its look.

    `layer` and `gap` (mm of fat to a neighbour) are those of `kernels.raster`; `texture` is in
    HU, `grain` in mm; `cortex_hu` above 0 makes it a bone with a cortical shell.
    """

    name: str
    label: int
    hu: float
    layer: float = 1.0
    texture: float = 0.0
    grain: float = 1.0
    cortex_hu: float = 0.0
    gap: float = 1.0
    steps: list[Step] = field(default_factory=list)


@dataclass
class Truth:
    """What a scene knows exactly, in scene mm and degrees.

    `balls` are the labels that are one whole sphere: centre and radius.
    """

    points: dict[str, Floats] = field(default_factory=dict)
    directions: dict[str, Floats] = field(default_factory=dict)
    angles_deg: dict[str, float] = field(default_factory=dict)
    lengths_mm: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    curves: dict[str, Floats] = field(default_factory=dict)
    balls: dict[int, tuple[Floats, float]] = field(default_factory=dict)


class Scene:
    """Growing tables; every builder places its primitive in the frame set by `place`."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.truth = Truth()
        self.axes: Floats = np.eye(3)
        self.origin: Floats = np.zeros(3)
        self.base: Floats = np.zeros(3)
        self._kinds: list[int] = []
        self._params: list[Floats] = []
        self._boxes: list[Floats] = []
        self._looks: list[tuple[float, float]] = []
        self._pool: list[np.ndarray[Any, np.dtype[np.float32]]] = []
        self._size = 0

    def place(self, axes: Floats | None = None, origin: Triple = (0, 0, 0)) -> None:
        """Set the local frame: columns of `axes` are the local x, y, z; no argument resets it."""
        self.axes = np.eye(3) if axes is None else np.asarray(axes, np.float64)
        self.origin = np.asarray(origin, np.float64) + self.base

    def at(self, point: Triple | Rows) -> Floats:
        """Return local points (3,) or (n, 3) in scene mm."""
        moved: Floats = np.asarray(point, np.float64) @ self.axes.T + self.origin
        return moved

    def begin(self, name: str, label: int, hu: float, **look: float) -> Part:
        """Start a part; `look` are the other fields of `Part`."""
        self.parts.append(Part(name, label, hu, **look))  # type: ignore[arg-type]
        return self.parts[-1]

    def bone(self, name: str, label: int, cortex_hu: float, texture: float = 55.0) -> Part:
        """Start a bone."""
        return self.begin(name, label, 0, layer=7, texture=texture, cortex_hu=cortex_hu)

    def part(self, name: str) -> Part:
        """Return the first part of this name; KeyError when there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def sphere(self, centre: Triple, radius: float, join: Join = ADD) -> None:
        """Add a sphere."""
        c = self.at(centre)
        self._add(SPHERE, [*c, radius], np.r_[c - radius, c + radius], join)

    def ellipsoid(
        self, centre: Triple, radii: Triple, join: Join = ADD, axes: Floats | None = None
    ) -> None:
        """Add an ellipsoid; `axes` are its own in the local frame."""
        c = self.at(centre)
        rot = self.axes if axes is None else self.axes @ axes
        e = np.sqrt((rot**2) @ (np.asarray(radii, np.float64) ** 2))
        self._add(ELLIPSOID, [*c, *radii, *rot.T.ravel()], np.r_[c - e, c + e], join)

    def cone(self, a: Triple, b: Triple, radii: tuple[float, float], join: Join = ADD) -> None:
        """Add a round cone between two points."""
        p, q, r = self.at(a), self.at(b), max(radii)
        box = np.r_[np.minimum(p, q) - r, np.maximum(p, q) + r]
        self._add(CONE, [*p, *q, *radii], box, join)

    def tube(
        self,
        rows: Rows,
        u: Triple | Rows = (1, 0, 0),
        samples: int = 12,
        join: Join = ADD,
        flat: bool = False,
        power: float = 2.0,
    ) -> None:
        """Add a generalised cylinder.

        Rows are x, y, z and both half widths; `u` is the direction of the first half width, one
        or one per drawn point; `power` above 2 squares the section.
        """
        s = spline(rows, samples)
        side = np.asarray(u, np.float64)
        side = np.broadcast_to(side, (samples, 3)) if side.ndim == 1 else spline(side, samples)
        curve = np.hstack([self.at(s[:, :3]), side @ self.axes.T, s[:, 3:5]])
        self._tube(curve, float(flat), power, join)

    def _tube(self, curve: Floats, flat: float, power: float, join: Join) -> None:
        r = curve[:, 6:].max()
        box = np.r_[curve[:, :3].min(0) - r, curve[:, :3].max(0) + r]
        self._add(TUBE, [self._store(curve), len(curve), flat, power], box, join)

    def plate(
        self,
        outline: Floats,
        height: Surface,
        half: Thickness,
        axes: Floats,
        origin: Triple = (0, 0, 0),
        rounding: float = 1.0,
        join: Join = ADD,
    ) -> None:
        """Add a curved plate.

        `outline` (n, 2) lies in the plate's u, v; `height(u, v)` is the mid surface along w and
        `half(u, v, outline distance)` the half thickness, all in mm.
        """
        step, pad = 1.0, 6.0
        rot = self.axes @ axes
        lo, hi = outline.min(0) - pad, outline.max(0) + pad
        nx, ny = (int(n) for n in np.ceil((hi - lo) / step) + 1)
        gx, gy = np.meshgrid(lo[0] + step * np.arange(nx), lo[1] + step * np.arange(ny))
        edge = outline_distance(outline, gx, gy)
        h, t = height(gx, gy), half(gx, gy, edge)
        inside = edge < 2
        w = ((h - t)[inside].min(), (h + t)[inside].max())
        (u0, v0), (u1, v1) = outline.min(0), outline.max(0)
        corners = (
            self.at(origin)
            + np.array([(a, b, c) for a in (u0, u1) for b in (v0, v1) for c in w]) @ rot.T
        )
        off = self._store(np.stack([edge, h, t], -1))
        row = [*self.at(origin), *rot.T.ravel(), off, nx, ny, lo[0], lo[1], step, rounding]
        self._add(PLATE, row, np.r_[corners.min(0), corners.max(0)], join)

    def halfspace(self, point: Triple, normal: Triple, join: Join = CROPPED) -> None:
        """Keep (or cut) what lies behind the plane through `point` with the outward `normal`."""
        n = np.asarray(normal, np.float64) @ self.axes.T
        n /= np.linalg.norm(n)
        box = np.r_[np.full(3, -WIDE), np.full(3, WIDE)]
        self._add(HALFSPACE, [*n, float(n @ self.at(point))], box, join)

    def wrap(self, skin: Part, names: Iterable[str], grow: float, k: float) -> None:
        """Let the skin follow the tubes and ellipsoids of named parts, thicker by `grow` mm."""
        wanted, keep = set(names), self.parts
        steps = [s for p in keep if p.name in wanted for s in p.steps if s.op == UNION]
        self.parts = [skin]
        pool = np.concatenate(self._pool).astype(np.float64)
        for step in steps:
            par, join = self._params[step.primitive], Join(k=k)
            if self._kinds[step.primitive] == TUBE:
                off, n = int(par[0]), int(par[1])
                curve = pool[off : off + 8 * n].reshape(n, 8).copy()
                curve[:, 6:] += grow
                self._tube(curve, par[2], par[3], join)
            elif self._kinds[step.primitive] == ELLIPSOID:
                box = self._boxes[step.primitive] + np.repeat([-grow, grow], 3)
                row = [*par[:3], *(par[3:6] + grow), *par[6:15]]
                self._add(ELLIPSOID, row, box, join)
        self.parts = keep

    def tables(self) -> SceneTables:
        """Return the scene as arrays, parts in the order of their layers."""
        self.parts.sort(key=lambda part: part.layer)
        boxes = np.array(self._boxes)
        tissues = [
            (p.label, p.layer, p.hu, p.texture, p.grain, p.cortex_hu, p.gap) for p in self.parts
        ]
        return SceneTables(
            np.array(self._kinds, np.int64),
            np.array(self._params),
            boxes,
            np.array(self._looks, np.float64),
            np.concatenate([*self._pool, np.zeros(1, np.float32)]),
            np.array([s for p in self.parts for s in p.steps], np.float64),
            np.cumsum([0, *(len(p.steps) for p in self.parts)], dtype=np.int64),
            np.array([_hull(p, boxes) for p in self.parts]),
            np.array(tissues, np.float64),
        )

    def _add(self, kind: int, numbers: Sequence[float], box: Floats, join: Join) -> None:
        row = np.zeros(24)
        row[: len(numbers)] = numbers
        self._kinds.append(kind)
        self._params.append(row)
        self._boxes.append(box)
        self._looks.append((join.cortex, join.inner))
        last = int(numbers[1]) - 1 if kind == TUBE else 0
        self.parts[-1].steps.append(Step(join.op, len(self._kinds) - 1, join.k, 0, last))

    def _store(self, rows: Floats) -> int:
        start = self._size
        data = np.ascontiguousarray(rows, np.float32).ravel()
        self._pool.append(data)
        self._size += data.size
        return start


def _hull(part: Part, boxes: Floats) -> Floats:
    mine = np.array(
        [boxes[s.primitive] + np.repeat([-s.k, s.k], 3) for s in part.steps if s.op == UNION]
    )
    hull: Floats = np.r_[mine[:, :3].min(0), mine[:, 3:].max(0)]
    return hull
