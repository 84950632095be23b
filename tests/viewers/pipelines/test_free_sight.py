"""From where a place is seen: never through the wall that hides it."""

import numpy as np

from segmentation.mesh import Mesh
from viewers.pipelines.free_sight import eyes, free_eye, triangles_before
from viewers.pipelines.solids import ball

USUAL = (0.8, 0.42, 0.42)


def without(mesh, opening):
    """A hollow ball with a hole towards a direction."""
    middle = mesh.points_lps_mm[mesh.triangles].mean(axis=1)
    way = middle / np.linalg.norm(middle, axis=1)[:, None]
    return Mesh(mesh.points_lps_mm, mesh.triangles[way @ np.array(opening) < 0.8])


def test_the_hole_of_a_hollow_ball_is_found():
    for opening in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (-0.6, -0.8, 0.0)):
        shell = without(ball((0.0, 0.0, 0.0), 20.0), opening)
        eye = free_eye((0.0, 0.0, 0.0), [shell], USUAL)
        assert np.dot(eye, opening) > 0.8
        (hidden,) = triangles_before((0.0, 0.0, 0.0), [shell], np.array([eye]))
        assert hidden <= 1.0  # of some eight in other directions


def test_where_all_is_free_one_looks_from_the_usual_side():
    eye = free_eye((0.0, 0.0, 0.0), [], USUAL)
    best = max(np.dot(e, USUAL) for e in eyes())
    assert np.dot(eye, USUAL) == best
