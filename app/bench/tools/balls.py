"""Margins by a true ball in mm."""

from collections.abc import Iterator
from functools import partial

from app.bench.job import Call, Job, Peer
from app.bench.material import Material
from app.bench.peers import bytes_of, itk_image, simple_itk
from app.bench.tools.words import ALIKE_DICE, alike_itk, beside_itk, binary_mib
from segmentation.mask import BitMask
from segmentation.morphology import grown, shrunk

DILATE_FLOORS = {2.0: 200.0, 4.0: 60.0, 8.0: 40.0}
CLOSE_FLOORS = {2.0: 150.0, 4.0: 75.0}
TOLERANCE = "within a voxel: the peer's ball has whole voxels for radii, ours is exact"

CLOSED = f"Dice of {ALIKE_DICE}: a ball that is a little larger closes other gaps"


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs on one CT."""
    for radius_mm, floor in DILATE_FLOORS.items():
        yield Job(
            f"dilate by {radius_mm:.0f} mm",
            material.size,
            partial(grown, material.part, material.volume.grid.spacing_kji_mm, radius_mm),
            (
                Peer(
                    "SimpleITK BinaryDilate",
                    partial(by_itk, material, "BinaryDilate", radius_mm),
                    partial(beside_itk, material.volume.grid.spacing_kji_mm),
                    floor,
                ),
            ),
            budget_mib=binary_mib(material),
            tolerance=TOLERANCE,
        )
    for radius_mm, floor in CLOSE_FLOORS.items():
        yield Job(
            f"close by {radius_mm:.0f} mm",
            material.size,
            partial(closed, material, radius_mm),
            (
                Peer(
                    "SimpleITK BinaryMorphologicalClosing",
                    partial(by_itk, material, "BinaryMorphologicalClosing", radius_mm),
                    alike_itk,
                    floor,
                ),
            ),
            budget_mib=binary_mib(material),
            tolerance=CLOSED,
        )


def closed(material: Material, radius_mm: float) -> BitMask:
    """Return the part grown and shrunk again."""
    spacing_kji_mm = material.volume.grid.spacing_kji_mm
    return shrunk(grown(material.part, spacing_kji_mm, radius_mm), spacing_kji_mm, radius_mm)


def by_itk(material: Material, name: str, radius_mm: float) -> Call:
    """Prepare a filter of SimpleITK with the ball's radius in whole voxels along each axis."""
    sitk, image = simple_itk(), itk_image(bytes_of(material.part))
    radius = [int(radius_mm / spacing) for spacing in material.volume.grid.spacing_kji_mm[::-1]]
    work = getattr(sitk, name)
    return lambda: work(image, radius)
