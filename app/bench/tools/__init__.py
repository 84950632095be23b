"""The tools of segmentation at three sizes, each with the least ratio that is promised.

Here enters what a tool works with, one file a kind of work; how it is timed does not.
"""

from collections.abc import Iterator

from app.bench.job import Group, Job
from app.bench.material import REAL_CT, Material, real_material
from app.bench.tools import balls, filters, many, parts, strokes, surfaces

OPERATIONS = (parts.jobs, balls.jobs, filters.jobs, surfaces.jobs, strokes.jobs, many.jobs)


def jobs(material: Material) -> Iterator[Job]:
    """Yield all operations on the made CT, on one of twice the slices, and on a real one."""
    nk, nj, ni = material.shape_kji
    for made in (material, Material(material.folder, (2 * nk, nj, ni))):
        for operation in OPERATIONS:
            yield from operation(made)
    yield from filters.growth(Material(material.folder, (2 * nk, nj, ni)))
    real = real_material(material.folder)
    if real is None:
        yield Job("all operations", REAL_CT, lambda: None, lacking="bench-ct-missing")
        return
    for operation in OPERATIONS:
        yield from operation(real)


GROUP = Group("segmentation", jobs)
