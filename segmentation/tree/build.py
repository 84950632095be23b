"""The tree of a mask: skeleton, chains, centrelines, and the order of branches from the root."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress, share, silent
from segmentation.tree.centreline import Tube, clear, smoothed, without_tip
from segmentation.tree.chains import Chain, chains_of
from segmentation.tree.graph import Branch, Lps, Node, Tree
from segmentation.tree.paths import Cells, cells_of, skeleton

Floats = NDArray[np.float64]
VOXELS_MOST: Final = 3_000_000
ROUNDS: Final = 2
RAY_RATIO: Final = 0.25


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as a branch, and where the tree begins.

    A tip counts that lies more than `reach_radii` times the radius and `shortest_mm` away from the
    centrelines of longer branches (the rule of TEASAR, see `paths`). The piece nearest to
    `root_lps_mm` begins at its end next to that point, each other piece at its thickest end.
    """

    shortest_mm: float = 3.0
    reach_radii: float = 1.5
    root_lps_mm: Lps | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A chain's centreline while the tree is put together; an end is open where no other meets."""

    first: int
    last: int
    part: int
    is_open: tuple[bool, bool]
    points: Floats
    radius: Floats

    @property
    def length_mm(self) -> float:
        """How long the centreline is."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())

    @property
    def is_forked(self) -> bool:
        """Whether another line meets it."""
        return not all(self.is_open)

    @property
    def open_ends(self) -> list[tuple[int, int]]:
        """Where open ends lie, 0 or -1, and their nodes."""
        ends = zip((0, -1), (self.first, self.last), self.is_open, strict=True)
        return [(at, node) for at, node, is_open in ends if is_open]

    def turned(self) -> "_Line":
        """Return it from the other end."""
        way = (self.last, self.first, self.part, (self.is_open[1], self.is_open[0]))
        return _Line(*way, self.points[::-1], self.radius[::-1])


def tree_of(grid: Grid, mask: BitMask, rule: Rule, progress: Progress = silent) -> Tree:
    """Return the tree of a mask; without a branch for an empty one.

    A tip's centreline ends in the middle of the first ball on its way that holds the tip, so up to
    a radius before a vessel's cut end.

    Raises
    ------
    Refusal
        `tree-too-large` for more than 3 million voxels.
    """
    if mask.is_empty:
        progress(1, 1)
        return Tree((), ())
    if (voxels := mask.voxels) > VOXELS_MOST:
        raise Refusal("tree-too-large", voxels=voxels, most=VOXELS_MOST)
    cells = cells_of(mask, grid.spacing_kji_mm, share(progress, 0.0, 0.2))
    reach = (rule.reach_radii, rule.shortest_mm)
    paths = skeleton(cells, reach, share(progress, 0.2, 0.8))
    tube = Tube(grid, mask, float(cells.depth_mm.max()))
    progress(85, 100)
    lines = _lines(grid, cells, chains_of(cells, paths), tube)
    long = [line for line in lines if line.is_forked or line.length_mm >= rule.shortest_mm]
    pieces = np.bincount(paths.part)
    order = sorted({line.part for line in long}, key=lambda part: (-int(pieces[part]), part))
    asked = _asked(long, rule.root_lps_mm)
    nodes, branches = list[Node](), list[Branch]()
    for number, part in enumerate(order, start=1):
        own = [line for line in long if line.part == part]
        begin = asked if asked in {line.first for line in own} | {line.last for line in own} else -1
        _add(nodes, branches, _rooted(own, begin), number)
    progress(1, 1)
    return Tree(tuple(nodes), tuple(branches), pieces.size - len(order))


def _lines(grid: Grid, cells: Cells, chains: tuple[Chain, ...], tube: Tube) -> list[_Line]:
    """Return the chains' centrelines: smooth, in the middle between the walls, without the tips."""
    meeting = np.bincount([end for c in chains for end in (c.first, c.last)] or [0])
    opens = [(bool(meeting[c.first] == 1), bool(meeting[c.last] == 1)) for c in chains]
    spacing_mm = float(np.prod(grid.spacing_kji_mm)) ** (1.0 / 3.0)
    step_mm = min(grid.spacing_kji_mm)
    thick = [float(cells.depth_mm[chain.cells].mean()) for chain in chains]
    lines = [
        smoothed(_cut(grid, cells, chain, is_open), spacing_mm, radius, step_mm)
        for chain, is_open, radius in zip(chains, opens, thick, strict=True)
    ]
    for _ in range(ROUNDS if lines else 0):
        ways = [np.gradient(line, axis=0) if len(line) > 1 else line * 0.0 for line in lines]
        moved = tube.centred(np.concatenate(lines), np.concatenate(ways), RAY_RATIO * step_mm)
        parts = np.split(moved, np.cumsum([len(line) for line in lines])[:-1])
        for n, part in enumerate(parts):
            for at, is_free in zip((0, -1), opens[n], strict=True):
                part[at] = part[at] if is_free else lines[n][at]  # branch points stay
            lines[n] = smoothed(part, spacing_mm, thick[n], step_mm)
    lines = [tube.extended(*one) for one in zip(lines, [step_mm] * len(lines), opens, strict=True)]
    return [
        _Line(chain.first, chain.last, chain.part, is_open, line, tube.radius_mm(line))
        for chain, is_open, line in zip(chains, opens, lines, strict=True)
    ]


def _cut(grid: Grid, cells: Cells, chain: Chain, is_open: tuple[bool, bool]) -> Floats:
    """Return the places of a chain's cells without its tips, shape (n, 3), n > 0."""
    points, depth = grid.lps_mm(cells.kji[chain.cells][:, ::-1]), cells.depth_mm[chain.cells]
    first = len(points) - without_tip(points[::-1], depth[::-1]) if is_open[0] else 0
    last = without_tip(points, depth) if is_open[1] else len(points)
    return points[first : max(last, first + 1)]


def _asked(lines: list[_Line], near_lps_mm: Lps | None) -> int:
    """Return the open end nearest to a point, -1 for none."""
    ends = [(line.points[at], node) for line in lines for at, node in line.open_ends]
    if near_lps_mm is None or not ends:
        return -1
    away = [float(np.linalg.norm(point - np.array(near_lps_mm))) for point, _ in ends]
    return ends[int(np.argmin(away))][1]


def _rooted(lines: list[_Line], begin: int) -> list[tuple[_Line, int, int]]:
    """Return the lines of a piece away from its root, with order and the place of the one before.

    The root is the node `begin`, or the thickest end. Lines come by order, then as their elders do,
    the longest first.
    """
    if begin < 0:
        ends = [(float(one.radius.mean()), one, node) for one in lines for _, node in one.open_ends]
        begin = max(ends, key=lambda end: end[0])[2]
    at: dict[int, list[_Line]] = {}
    for line in lines:
        at.setdefault(line.first, []).append(line)
        at.setdefault(line.last, []).append(line.turned())
    found: list[tuple[_Line, int, int]] = []
    waiting = [(begin, 0, -1, -1)]
    while waiting:
        node, order, elder, came = waiting.pop(0)
        away = [line for line in at[node] if line.last != came]
        for line in sorted(away, key=lambda one: -one.length_mm):
            waiting.append((line.last, order + 1, len(found), node))
            found.append((line, order, elder))
    return found


def _add(
    nodes: list[Node], branches: list[Branch], found: list[tuple[_Line, int, int]], part: int
) -> None:
    """Append the nodes and branches of one piece."""
    meeting = np.bincount([end for line, _, _ in found for end in (line.first, line.last)])
    index: dict[int, int] = {}
    before = len(branches)
    for n, (line, order, elder) in enumerate(found):
        for at, cell in ((0, line.first), (-1, line.last)):
            if cell not in index:
                index[cell] = len(nodes)
                x, y, z = line.points[at].tolist()
                nodes.append(Node((x, y, z), float(line.radius[at]), int(meeting[cell])))
        inner = clear(line.points, line.radius)
        parent = before + elder + 1 if elder >= 0 else 0
        number, ends = before + n + 1, (index[line.first], index[line.last])
        branches.append(Branch(number, parent, part, order, *ends, line.points, line.radius, inner))
