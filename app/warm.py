"""What is heavy is imported, and every kernel run once, behind the window that already shows."""

import numpy as np

from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.progress import Progress
from segmentation.volume import Volume

SHAPE_KJI = (8, 16, 64)


def warm_up(progress: Progress) -> None:
    """Make the first case as quick as the second: what it needs first comes first."""
    from planning.phantoms import practice  # noqa: F401
    from segmentation import warm_up as kernels
    from segmentation.io import load, scan  # noqa: F401
    from segmentation.io.decode import shared_pool
    from viewers.widgets import four_views  # noqa: F401

    shared_pool().start()
    draw_slices()
    kernels.warm_up(progress)
    measure_depths()
    load_later_steps()


def load_later_steps() -> None:
    """Import what checks, the seal and the hand-over need: a dialog would wait for it."""
    from planning import checks  # noqa: F401
    from planning.exchange import seal  # noqa: F401


def draw_slices() -> None:
    """Run the kernels of the slice views on a small block."""
    from viewers.gestures.scene import SliceScene
    from viewers.pipelines.outline import mask_outline
    from viewers.pipelines.plane import PlaneKind, patient_plane
    from viewers.pipelines.slice import bone_centre_lps_mm, grey_picture, hu_at

    hu = np.full(SHAPE_KJI, -1000, np.int16)
    hu[2:6, 4:12, 10:50] = 700
    grid = Grid(SHAPE_KJI, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    mask = BitMask.from_bool(hu > 0)
    padding = BitMask.from_bool(np.arange(hu.size).reshape(SHAPE_KJI) < 64)
    volume = Volume(hu, grid, padding)
    bone_centre_lps_mm(volume)
    hu_at(volume, grid.centre_lps_mm)
    for kind in PlaneKind:
        plane = patient_plane(kind, grid.centre_lps_mm, 1.0, (32, 32))
        grey_picture(volume, plane, SliceScene().window)
        mask_outline(grid, mask, plane)


def measure_depths() -> None:
    """Run the kernels that measure a path against a surface."""
    from planning.geometry.cylinder import Cylinder
    from planning.geometry.query import first_entry_mm, least_signed_mm
    from planning.geometry.surface import surface_of
    from planning.geometry.thickness import chords_mm
    from segmentation.surface import iso_surface

    hu = np.full(SHAPE_KJI, -1000, np.int16)
    hu[2:6, 4:12, 10:50] = 700
    grid = Grid(SHAPE_KJI, np.zeros(3), (1.0, 1.0, 1.0), np.eye(3), "1")
    mesh = iso_surface(Volume(hu, grid), BitMask.from_bool(hu > 0), None)
    path = Cylinder(np.array([20.0, 8.0, 4.0]), np.array([40.0, 8.0, 4.0]), 1.0)
    surface = surface_of(mesh)
    for is_wanted_inside in (True, False):
        least_signed_mm(surface, path, inside=is_wanted_inside)
    first_entry_mm(surface, path)
    chords_mm(surface, 1.0)
