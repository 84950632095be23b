"""The plain bodies of a headset's scene: balls, sheets, arrows and the cube to check sizes by."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from planning.exchange.glb_file import Shape
from planning.exchange.print_models import rod
from planning.geometry.rigid import unit
from planning.measures.paths import cylinder_of
from planning.model.cut_plane import CutPlane
from planning.model.item import LpsPoint
from planning.model.trajectory import Trajectory
from segmentation.mesh import Mesh, Points

BALL_RADIUS_MM: Final = 1.5
BALL_STEPS: Final = 3
AXIS_BEYOND_MM: Final = 60.0
ARROW_MM: Final = 20.0
SHEET_MARGIN_MM: Final = 10.0
SHEET_MM_MIN, SHEET_MM_MAX = 20.0, 120.0
CUBE_MM: Final = 100.0
FACES: Final = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def ball(place_lps_mm: LpsPoint) -> Shape:
    """Return a ball of 1.5 mm about a point: an octahedron, divided and blown up."""
    points = np.concatenate([np.eye(3), -np.eye(3)])
    signs = np.array([[x, y, z] for x in (1, -1) for y in (1, -1) for z in (1, -1)])
    corners = [
        [(n + 3 * (sign[n] < 0)) for n in ((0, 1, 2) if sign.prod() > 0 else (0, 2, 1))]
        for sign in signs
    ]
    faces = points[np.array(corners)]
    for _ in range(BALL_STEPS):
        a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
        ab, bc, ca = (unit_rows(one + two) for one, two in ((a, b), (b, c), (c, a)))
        parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
        faces = np.concatenate([np.stack(part, 1) for part in parts])
    places, index = np.unique(faces.reshape(-1, 3).round(12), axis=0, return_inverse=True)
    mesh = Mesh(BALL_RADIUS_MM * places, index.reshape(-1, 3).astype(np.int32))
    return Shape(mesh, place_lps_mm=place_lps_mm)


def unit_rows(vectors: Points) -> Points:
    """Return each row with length 1."""
    scaled: Points = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def path(item: Trajectory) -> Shape:
    """Return a path's cylinder, and its axis as a line that reaches 60 mm beyond the entry."""
    entry, target = np.array(item.entry_lps_mm), np.array(item.target_lps_mm)
    far = entry + AXIS_BEYOND_MM * unit(entry - target)
    return Shape(rod(cylinder_of(item)), np.stack([target, far])[None])


def sheet(item: CutPlane, points_lps_mm: Points) -> Shape:
    """Return a square of a cut about its point, wide enough for what it cuts, and its normal."""
    normal, point = np.array(item.normal_lps), np.array(item.point_lps_mm)
    across = unit(np.cross(normal, np.eye(3)[np.abs(normal).argmin()]))
    along = np.cross(normal, across)
    half_mm = SHEET_MM_MIN
    if len(points_lps_mm):
        off = (points_lps_mm - point) @ np.stack([across, along], axis=1)
        half_mm = float(np.abs(off).max()) + SHEET_MARGIN_MM
    half_mm = float(np.clip(half_mm, SHEET_MM_MIN, SHEET_MM_MAX))
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    corners = np.array([point + half_mm * (x * across + y * along) for x, y in signs])
    mesh = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    edges = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    arrow = np.stack([point, point + ARROW_MM * normal])[None]
    return Shape(mesh, np.concatenate([edges, arrow]))


def chain(*places_lps_mm: ArrayLike) -> Shape:
    """Return the lines from each point to the next."""
    places = np.array(places_lps_mm, np.float64)
    return Shape(lines_lps_mm=np.stack([places[:-1], places[1:]], axis=1))


def cube(low_lps_mm: Points) -> Shape:
    """Return a cube of 100 mm from its lowest corner on, along the patient's axes."""
    bits = np.array([[n >> 2 & 1, n >> 1 & 1, n & 1] for n in range(8)], np.float64)
    corners = low_lps_mm + CUBE_MM * bits
    quads = corners[np.array(FACES)]
    index = 4 * np.arange(6)[:, None]
    halves = [index + np.array(half) for half in ((0, 1, 2), (0, 2, 3))]
    mesh = Mesh(quads.reshape(-1, 3), np.concatenate(halves).astype(np.int32))
    pairs = [(m, n) for m in range(8) for n in range(m) if bin(m ^ n).count("1") == 1]
    return Shape(mesh, corners[np.array(pairs)])
