"""A case out, and back in by a second road. No exporter trusts its own writer.

A new destination is one file and one line in `EXPORTERS`.
"""

from collections.abc import Sequence
from typing import Final

from planning.exchange.ar import Ar
from planning.exchange.dicom import Dicom
from planning.exchange.exporter import Exporter
from planning.exchange.nav import Nav
from planning.exchange.package import Package
from planning.exchange.print_models import Print
from planning.exchange.report import Report
from planning.exchange.robot import Robot
from segmentation.errors import Misuse

EXPORTERS: Final[tuple[Exporter, ...]] = (
    Package(),
    Dicom(),
    Ar(),
    Print(),
    Report(),
    Nav(),
    Robot(),
)


def exporter_named(name: str) -> Exporter:
    """Return the exporter called `name`.

    Raises
    ------
    Misuse
        `exporter-unknown` when there is none.
    """
    for exporter in EXPORTERS:
        if exporter.name == name:
            return exporter
    known = ", ".join(exporter.name for exporter in EXPORTERS)
    raise Misuse("exporter-unknown", name=name, known=known)


def exporters_named(names: Sequence[str]) -> tuple[Exporter, ...]:
    """Return the exporters called `names`, each once, in the registry's order.

    Raises
    ------
    Misuse
        `exporter-none` for no name at all, `exporter-unknown` for one that nobody has.
    """
    wanted = {exporter_named(name).name for name in names}
    if not wanted:
        raise Misuse("exporter-none", known=", ".join(one.name for one in EXPORTERS))
    return tuple(exporter for exporter in EXPORTERS if exporter.name in wanted)
