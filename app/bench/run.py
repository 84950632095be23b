"""The groups that are asked for, one after the other, on one set of inputs."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.bench.job import Group
from app.bench.material import FULL_KJI, Material
from app.bench.paired import ALONE, Rounds, compare
from app.bench.row import Row
from segmentation.grid import Shape
from segmentation.progress import Progress, share, silent


def rows_of(
    groups: Sequence[Group],
    shape_kji: Shape = FULL_KJI,
    rounds: Rounds = ALONE,
    progress: Progress = silent,
) -> Iterator[Row]:
    """Yield the rows of the groups as they are measured; files lie in a folder that goes away.

    `progress` counts groups, with the rounds of each job within.
    """
    with tempfile.TemporaryDirectory(prefix="tasrif-bench-") as folder:
        material = Material(Path(folder), shape_kji)
        for number, group in enumerate(groups):
            within = share(progress, number / len(groups), (number + 1) / len(groups))
            for job in group.jobs(material):
                yield from compare(group.name, job, rounds, progress=within)
