"""The point of a cylinder that lies deepest beyond a surface, by branch and bound.

The cylinder is cut into sectors, level by level, so that the answer does not depend on any order.
The squared distance to a point is convex: over a sector it is greatest at a corner. The surface is
nowhere further than any mixture of its known points says (weak duality), so that a few points on
both sides of a sector half-way between walls bound it to second order.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.geometry.kernels.crossing import winding
from planning.geometry.kernels.foot import nearest
from planning.geometry.kernels.tree import STACK, Floats, Index, Tree
from segmentation.kernels.jit import kernel

POOL = 10
"""How many points of the surface each sector knows."""
MIXTURES = 5
HALVINGS = 6
AWAY, WITHIN, KNOWN = 0, 1, 2
"""Columns of a sector's state: mm to the surface, whether enclosed, how many points it knows."""


class Sectors(NamedTuple):
    """Sectors (N, 2, 3) of a cylinder from low to high, and what is known of each.

    Middles (N, 3), points of the surface (N, POOL, 3), and states (N, 3).
    """

    places: Floats
    middles: Floats
    feet: Floats
    states: Floats


class Room(NamedTuple):
    """Arrays to work in: a search's stack, corners, their squares, a point and its foot."""

    stack: Index
    squares: Floats
    corners: Floats
    rows: Floats
    row: Floats
    point: Floats
    foot: Floats


@kernel
def _place(frame: Floats, off: float, turn: float, along: float, out: Floats) -> None:
    """Write the point of a place: mm off the axis, angle about it, mm along it.

    `frame` (4, 3) holds two directions across, the axis, and the centre.
    """
    x, y = off * np.cos(turn), off * np.sin(turn)
    for n in range(3):
        out[n] = frame[3, n] + x * frame[0, n] + y * frame[1, n] + along * frame[2, n]


@kernel
def _corners(frame: Floats, sector: Floats, widening: float, out: Floats) -> None:
    """Write the eight corners (8, 3) of a sector (2, 3), the outer ones moved out by a factor."""
    for n in range(8):
        off = sector[1, 0] * widening if n & 1 else sector[0, 0]
        _place(frame, off, sector[n >> 1 & 1, 1], sector[n >> 2, 2], out[n])


@kernel
def _squares(corners: Floats, point: Floats, out: Floats) -> float:
    """Write the squared distances of the corners to a point, and return the greatest."""
    most = 0.0
    for n in range(8):
        x, y, z = corners[n, 0] - point[0], corners[n, 1] - point[1], corners[n, 2] - point[2]
        out[n] = x * x + y * y + z * z
        most = max(most, out[n])
    return most


@kernel
def _mixed(row: Floats, other: Floats, least: float) -> tuple[float, float]:
    """Return the share of `other` that makes the greatest of the mixture least, and that.

    `least` is the greatest of `row` alone.
    """
    low, high = 0.0, 1.0
    share = 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        most, slope = -np.inf, 0.0
        for n in range(8):
            value = row[n] + middle * (other[n] - row[n])
            if value > most:
                most, slope = value, other[n] - row[n]
        if most < least:
            share, least = middle, most
        if slope < 0.0:
            low = middle
        else:
            high = middle
    return share, least


@kernel
def _bound(
    corners: Floats, feet: Floats, known: int, enough: float, rows: Floats, row: Floats
) -> float:
    """Return a squared distance that no point of the sector passes, and leave its corners in `row`.

    Stops where it is not above `enough`. `rows` (POOL, 8) is room to work in.
    """
    first, least = 0, np.inf
    for n in range(known):
        most = _squares(corners, feet[n], rows[n])
        if most < least:
            first, least = n, most
    row[:] = rows[first]
    for _ in range(MIXTURES):
        if least <= enough:
            break
        best, best_share, now = -1, 0.0, least
        far = row.argmax()
        for n in range(known):
            if rows[n, far] >= least:  # no share of it helps the corner that needs it
                continue
            share, most = _mixed(row, rows[n], least)
            if most < now:
                best, best_share, now = n, share, most
        if best < 0:
            break
        for n in range(8):
            row[n] += best_share * (rows[best, n] - row[n])
        least = now
    return least


@kernel
def _learn(feet: Floats, state: Floats, foot: Floats) -> None:
    """Add a point of the surface to those known; when full, instead of the one nearest to it."""
    known, least, place = int(state[KNOWN]), np.inf, 0
    for n in range(known):
        x, y, z = feet[n, 0] - foot[0], feet[n, 1] - foot[1], feet[n, 2] - foot[2]
        square = x * x + y * y + z * z
        if square < least:
            least, place = square, n
    if known < POOL and least > 0.0:
        place = known
        state[KNOWN] = known + 1
    feet[place] = foot


@kernel
def _distance(a: Floats, b: Floats) -> float:
    return float(np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2))


@kernel
def _probe(tree: Tree, sectors: Sectors, i: int, room: Room) -> tuple[float, bool]:
    """Return how far the room's point is from the surface and whether it is enclosed.

    Its foot is written, and added to what sector `i` knows, whose state is an earlier point's.
    """
    point, foot, state, feet = room.point, room.foot, sectors.states[i], sectors.feet[i]
    nearest_known, least = 0, np.inf
    for known in range(int(state[KNOWN])):
        away = _distance(point, feet[known])
        if away < least:
            nearest_known, least = known, away
    foot[:] = feet[nearest_known]
    square = nearest(
        tree, point[0], point[1], point[2], least * least, foot, room.stack, room.squares
    )
    _learn(feet, state, foot)
    away = np.sqrt(square)
    # A step shorter than the way to the surface does not cross it.
    if _distance(point, sectors.middles[i]) < max(away, state[AWAY]):
        return away, state[WITHIN] > 0.0
    return away, winding(tree, point[0], point[1], point[2], room.stack) > 0


@kernel
def _known_limit(sectors: Sectors, i: int, enough: float, room: Room) -> float:
    """Return mm that no point of a sector is from the surface; loose where not above `enough`."""
    known = int(sectors.states[i, KNOWN])
    square = _bound(room.corners, sectors.feet[i], known, enough * enough, room.rows, room.row)
    return float(square**0.5)


@kernel
def _limit(sectors: Sectors, i: int, is_inside: bool, enough: float, room: Room) -> float:
    """Return a depth that no point of a sector passes; loose where not above `enough`."""
    limit: float = np.inf
    if (sectors.states[i, WITHIN] > 0.0) == is_inside:
        # The middle is not beyond: a point that is lies past the surface.
        away: float = sectors.states[i, AWAY]
        limit = _squares(room.corners, sectors.middles[i], room.row) ** 0.5 - away
        if limit <= enough:
            return limit
    return min(limit, _known_limit(sectors, i, enough, room))


@kernel
def _halved(sectors: Sectors, is_kept: NDArray[np.bool_]) -> Sectors:
    """Return both halves of the kept sectors, cut across the longest side, knowing as much."""
    n = 2 * is_kept.sum()
    halves = Sectors(
        np.empty((n, 2, 3)), np.empty((n, 3)), np.empty((n, POOL, 3)), np.empty((n, 3))
    )
    n = 0
    for i in range(is_kept.shape[0]):
        if not is_kept[i]:
            continue
        low, high = sectors.places[i, 0], sectors.places[i, 1]
        axis, longest = 0, high[0] - low[0]
        if (high[1] - low[1]) * high[0] > longest:
            axis, longest = 1, (high[1] - low[1]) * high[0]
        if high[2] - low[2] > longest:
            axis = 2
        for half in range(2):
            halves.places[n] = sectors.places[i]
            halves.places[n, 1 - half, axis] = (low[axis] + high[axis]) / 2.0
            halves.middles[n] = sectors.middles[i]
            halves.feet[n] = sectors.feet[i]
            halves.states[n] = sectors.states[i]
            n += 1
    return halves


@kernel
def _first(tree: Tree, places: Floats) -> Sectors:
    """Return sectors of which nothing is known but one point of the surface."""
    n = places.shape[0]
    sectors = Sectors(places, np.full((n, 3), np.inf), np.zeros((n, POOL, 3)), np.zeros((n, 3)))
    for i in range(n):
        sectors.feet[i, 0] = tree.points[tree.triangles[0, 0]]
        sectors.states[i, KNOWN] = 1
    return sectors


@kernel
def _at_middle(
    tree: Tree, frame: Floats, sectors: Sectors, i: int, is_inside: bool, room: Room
) -> float:
    """Look at a sector's middle; return how deep it lies."""
    low, high = sectors.places[i, 0], sectors.places[i, 1]
    off, turn, along = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2
    _place(frame, off, turn, along, room.point)
    away, is_enclosed = _probe(tree, sectors, i, room)
    sectors.middles[i] = room.point
    sectors.states[i, AWAY], sectors.states[i, WITHIN] = away, is_enclosed
    return away if is_enclosed != is_inside else -away


@kernel
def _at_corner(
    tree: Tree, frame: Floats, sectors: Sectors, i: int, is_inside: bool, room: Room
) -> float:
    """Look at the corner that the last limit of a sector was least sure of, as `_at_middle`."""
    low, high, far = sectors.places[i, 0], sectors.places[i, 1], room.row.argmax()
    off, turn = high[0] if far & 1 else low[0], high[1] if far & 2 else low[1]
    _place(frame, off, turn, high[2] if far & 4 else low[2], room.point)
    away, is_enclosed = _probe(tree, sectors, i, room)
    return away if is_enclosed != is_inside else -away


@kernel
def _enough(worst: float, flat: float, ratio: float) -> float:
    """Return the depth that a sector must pass to be cut on."""
    best = max(worst, 0.0)
    return best + max(flat, ratio * best)


@kernel
def _worse(worst: float, depth: float, room: Room, found: Floats) -> float:
    """Return the depth of the room's point, kept in `found`, or `worst` if that is no less."""
    if depth > worst:
        found[0], found[1] = room.point, room.foot
    return max(depth, worst)


@kernel
def deepest(
    tree: Tree,
    frame: Floats,
    places: Floats,
    is_inside: bool,
    flat: float,
    ratio: float,
    found: Floats,
) -> float:
    """Return how deep the deepest point lies, and put it and its foot in `found` (2, 3).

    `places` (N, 2, 3) are sectors that make up the cylinder. Beyond is outside the surface for
    `is_inside`, else within. At most `flat` mm or a share `ratio` of the depth too little; below 0
    when no point that was looked at lies beyond.
    """
    room = Room(
        np.empty((2, STACK), np.int64),
        np.empty(STACK),
        np.empty((8, 3)),
        np.empty((POOL, 8)),
        np.empty(8),
        np.empty(3),
        np.empty(3),
    )
    sectors, worst = _first(tree, places), -np.inf
    while sectors.places.shape[0] > 0:
        limits = np.empty(sectors.places.shape[0])
        for i in range(sectors.places.shape[0]):
            half = (sectors.places[i, 1, 1] - sectors.places[i, 0, 1]) / 2.0
            _corners(frame, sectors.places[i], 1.0 / np.cos(half), room.corners)
            # What is known of the sector it was cut from may rule it out unseen.
            limits[i] = _known_limit(sectors, i, _enough(worst, flat, ratio), room)
            if limits[i] <= _enough(worst, flat, ratio) and worst > -np.inf:
                continue
            depth = _at_middle(tree, frame, sectors, i, is_inside, room)
            worst = _worse(worst, depth, room, found)
            limits[i] = _limit(sectors, i, is_inside, _enough(worst, flat, ratio), room)
            if limits[i] <= _enough(worst, flat, ratio):
                continue
            # The worst point often lies on the rim: look there where it may be.
            depth = _at_corner(tree, frame, sectors, i, is_inside, room)
            worst = _worse(worst, depth, room, found)
            limits[i] = _limit(sectors, i, is_inside, _enough(worst, flat, ratio), room)
        sectors = _halved(sectors, limits > _enough(worst, flat, ratio))
    return worst
