"""Tubes with known axes and radii on any grid: a voxel is set when its centre lies inside."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from segmentation.grid import Grid
from segmentation.mask import BitMask

TILTED = Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix()
FINE, CUBES, FLAT = (0.6, 0.6, 0.6), (1.0, 1.0, 1.0), (2.0, 0.7, 0.7)
STEPS = 600


class Tube(NamedTuple):
    """An axis of points in LPS mm, shape (n, 3), and the radius at each."""

    axis: np.ndarray
    radius_mm: np.ndarray


def tube(axis, radius_mm):
    return Tube(np.asarray(axis, float), np.broadcast_to(radius_mm, len(axis)).astype(float))


def line(a, b, radius_mm):
    share = np.linspace(0.0, 1.0, STEPS)[:, None]
    return tube(np.array(a) + share * (np.array(b) - np.array(a)), radius_mm)


def narrowed(length_mm=60.0, radius_mm=3.0, by_mm=1.2, at_mm=30.0):
    """A straight tube whose radius falls by `by_mm` at one place."""
    z = np.linspace(0.0, length_mm, STEPS)
    axis = np.stack([0 * z + 0.3, 0 * z - 0.2, z], axis=1)
    return tube(axis, radius_mm - by_mm * np.exp(-(((z - at_mm) / 6.0) ** 2)))


def helix(turns=2.0, radius_mm=2.5, across_mm=15.0, rise_mm=25.0):
    t = np.linspace(0.0, 2.0 * np.pi * turns, STEPS)
    return tube(
        np.stack([across_mm * np.cos(t), across_mm * np.sin(t), rise_mm * t / 2 / np.pi], axis=1),
        radius_mm,
    )


FORK = (0.0, 0.0, 40.0)
FORKED = (
    line((0, 0, 0), FORK, 4.0),
    line(FORK, (18, 4, 70), 3.0),
    line(FORK, (-14, -2, 72), 2.0),
)


def grid_around(tubes, spacing_kji_mm, direction, room_mm=3.0):
    """A grid along `direction` that holds the tubes with some room."""
    points = np.concatenate([one.axis for one in tubes]) @ direction
    most = max(float(one.radius_mm.max()) for one in tubes) + room_mm
    low, high = points.min(axis=0) - most, points.max(axis=0) + most
    sizes = np.ceil((high - low) / np.array(spacing_kji_mm[::-1])).astype(int) + 1
    shape = tuple(int(n) for n in sizes[::-1])
    return Grid(shape, direction @ low, spacing_kji_mm, direction, "1.2.3")


def centres(grid):
    k, j, i = np.indices(grid.shape_kji)
    return grid.lps_mm(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))


def filled(grid, tubes):
    points = centres(grid)
    inside = np.zeros(len(points), bool)
    for one in tubes:
        near = float(one.radius_mm.max()) + 0.01
        away, at = cKDTree(one.axis).query(points, distance_upper_bound=near)
        inside |= away <= np.append(one.radius_mm, 0.0)[at]
    return BitMask.from_bool(inside.reshape(grid.shape_kji))


def errors(points_lps_mm, radius_mm, truth):
    """How far points lie off an axis, and by how much their radii are too large, in mm."""
    away, at = cKDTree(truth.axis).query(points_lps_mm)
    return away, radius_mm - truth.radius_mm[at]
