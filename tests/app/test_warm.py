"""What set-up compiles is all that the numbers of a plan need."""

import numpy as np
from numba.core import event

from app.warm import measure_depths
from planning.geometry.cylinder import Cylinder
from planning.geometry.pairs import nearest_pair
from planning.geometry.query import first_entry_mm, least_signed_mm
from planning.geometry.surface import is_inside, surface_of
from planning.geometry.thickness import chords_mm
from tests.planning.geometry.shapes import sphere


def test_after_a_warm_up_no_measure_of_a_path_compiles():
    measure_depths()
    mesh = sphere((10, 20, -300), 15.0, 3)
    paths = [
        Cylinder(np.array([10.0, 20, -300]), np.array([x, 21.0, -303.0]), 1.5) for x in (14, 60)
    ]
    fixed = Cylinder(mesh.points_lps_mm[0], mesh.points_lps_mm[50], 1.0)
    with event.install_recorder("numba:compile") as compiled:
        surface = surface_of(mesh)
        for path in (*paths, fixed):
            first_entry_mm(surface, path)
            for inside in (False, True):
                least_signed_mm(surface, path, inside=inside)
                nearest_pair(surface, path, inside=inside)
        is_inside(surface, mesh.points_lps_mm)
        is_inside(surface, [1, 2, 3])
        chords_mm(surface, 8)
    assert not compiled.buffer
