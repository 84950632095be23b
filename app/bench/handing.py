"""Handing over: each destination alone, and all of them as one package."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from app.bench.job import Group, Job
from app.bench.material import Material
from app.bench.planning import planned
from app.drawing import drawn
from planning.case.case import Case
from planning.exchange import EXPORTERS
from planning.exchange.export import ExportOptions, export
from planning.measures.surfaces import Surfaces
from segmentation.io.header import ImageReferences

DAY: Final = date(2026, 1, 1)
CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
NO_JOURNAL: Final = "0" * 64
VIEWS: Final = ("axial", "coronal", "sagittal", "3d")


def jobs(material: Material) -> Iterator[Job]:
    """Yield a job for each exporter, then one for the whole; the surfaces are there already."""
    made = planned(material)
    images = ImageReferences(CT_IMAGE, tuple(f"1.2.3.4.{k}" for k in range(len(made.volume.hu))))
    case = replace(made, source=replace(made.source, images=images))
    surfaces = Surfaces()
    for segment in case.segments:
        surfaces.of(case, segment)
    pictures = {view: drawn(case, (view,), is_draft=True) for view in VIEWS}
    options = ExportOptions(
        force=False, journal_head=NO_JOURNAL, today=DAY, pictures=pictures, surfaces=surfaces
    )
    names = [exporter.name for exporter in EXPORTERS]
    for name in names:
        yield Job(name, material.size, partial(_handed, case, [name], material.folder, options))
    whole = partial(_handed, case, names, material.folder, options)
    yield Job("all destinations", material.size, whole)


def _handed(case: Case, names: Sequence[str], folder: Path, options: ExportOptions) -> int:
    """Return how many files one export wrote; they are taken away again."""
    out = folder / "handed-over"
    try:
        return len(export(case, names, out, None, options).files)
    finally:
        shutil.rmtree(out, ignore_errors=True)


GROUP = Group("export", jobs)
