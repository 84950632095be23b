"""Bodies whose distances have a formula, as surfaces, and the fields about them."""

import numpy as np
import trimesh

from planning.exchange.print_models import rod
from planning.exchange.zone_field import field_on, lattice_about
from planning.geometry.cylinder import Cylinder
from planning.geometry.rigid import Rigid
from planning.geometry.surface import surface_of
from segmentation.mesh import Mesh

FAR = np.array([-812.37, 604.11, 1490.6])
TURN = Rigid.turn([3, -1, 2], 31).rotation


def meshed(body, turn=TURN, place=FAR):
    """A body of trimesh, turned and put far from the origin, ready for questions."""
    return surface_of(Mesh(body.vertices @ turn.T + place, body.faces))


def ball(radius=6.0, fine=4):
    return meshed(trimesh.creation.icosphere(fine, radius))


def ball_mm(points, radius=6.0):
    return np.linalg.norm(points - FAR, axis=1) - radius


def tube(radius=2.0, length=30.0):
    along = TURN @ np.array([0.0, 0.0, length / 2])
    cylinder = Cylinder(FAR - along, FAR + along, radius)
    return surface_of(rod(cylinder)), cylinder


def ring(major=12.0, minor=3.0):
    return meshed(trimesh.creation.torus(major, minor, major_sections=72, minor_sections=24))


def ring_mm(points, major=12.0, minor=3.0):
    x, y, z = ((points - FAR) @ TURN).T
    return np.hypot(np.hypot(x, y) - major, z) - minor


def field_about(surface, margin_mm, samples_max=200_000):
    return field_on(surface, margin_mm, lattice_about(surface, margin_mm, samples_max))


def anywhere(field, n, seed=0):
    """Points all over a field's box, on its border too."""
    random = np.random.default_rng(seed)
    low, high = np.array(field.lattice.origin_mm), field.lattice.high_mm
    points = low + (high - low) * random.random((n, 3))
    points[: n // 50, 0] = low[0]
    points[n // 50 : n // 25, 2] = high[2]
    return points
