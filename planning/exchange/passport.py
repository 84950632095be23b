"""The passport: for each file of a package who wrote it, who read it back, and how far it is off.

Its schema is `resources/schemas/passport.schema.json`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planning.case.case import Case
from planning.case.seal import Seal
from planning.exchange.document import canonical
from planning.exchange.exporter import Exporter, Handover, Written
from planning.exchange.read_back import differs
from planning.exchange.schema_file import read_json

SCHEMA: Final = "tasrif-passport"
SCHEMA_VERSION: Final = 1
AS_WRITTEN: Final = "as_written"
CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One file of an export: its path from the folder's root, its hash, and how it was written."""

    path: str
    sha256: str
    bytes_n: int
    exporter: str
    written: Written

    def fields(self) -> dict[str, object]:
        """Return the row as JSON data."""
        written = self.written
        return {
            "path": self.path,
            "sha256": self.sha256,
            "bytes": self.bytes_n,
            "exporter": self.exporter,
            "frame": written.frame,
            "unit": written.unit,
            "written_by": written.written_by,
            "read_by": written.read_by,
            "error_mm": written.error_mm,
            "allowed_mm": written.allowed_mm,
            "result": AS_WRITTEN,
        }


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def rows_of(root: Path, folder: Path, exporter: str, written: Iterable[Written]) -> tuple[Row, ...]:
    """Return the rows of what was written into `folder` below `root`."""
    rows = []
    for one in written:
        path = folder / one.path
        name = path.relative_to(root).as_posix()
        rows.append(Row(name, file_sha256(path), path.stat().st_size, exporter, one))
    return tuple(rows)


def counts(case: Case) -> dict[str, int]:
    """Return how many items of each kind and how many segments a case has."""
    kinds = Counter(item.kind for item in case.plan.items)
    return {**kinds, "segments": len(case.segments)}


def not_expressed(case: Case, exporters: Iterable[Exporter]) -> dict[str, dict[str, str]]:
    """Return for each exporter which kinds of the case's items it leaves out on purpose, and why.

    Of kinds that an exporter doesn't know at all nothing is said here: they refuse the export.
    """
    kinds = sorted({item.kind for item in case.plan.items})
    return {
        one.name: {kind: one.left_out[kind] for kind in kinds if kind in one.left_out}
        for one in exporters
    }


def write_passport(
    path: Path,
    handover: Handover,
    seal: Seal | None,
    exporters: tuple[Exporter, ...],
    rows: tuple[Row, ...],
) -> None:
    """Write the passport of all rows, and read it back.

    Raises
    ------
    Refusal
        `export-read-back-differs` when it is not what was meant or doesn't fit its schema.
    """
    document: Mapping[str, object] = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "plan_sha256": hashlib.sha256(handover.plan).hexdigest(),
        "state": handover.state,
        "kind": str(handover.case.kind),
        "seal": None
        if seal is None
        else {
            "signature": seal.signature,
            "public_key": seal.public_key,
            "fingerprint": seal.fingerprint,
        },
        "counts": counts(handover.case),
        "not_expressed": not_expressed(handover.case, exporters),
        "files": [row.fields() for row in sorted(rows, key=lambda row: row.path)],
    }
    path.write_bytes(canonical(document))
    if read_json(path, "passport") != document:
        raise differs(path.name, "JSON")
