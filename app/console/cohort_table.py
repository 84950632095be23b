"""A recipe over a cohort as a table on the disk: one row a case, gone on with after a stop."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from app.console.measured import cell
from planning.case.case import Case
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.progress import Progress
from segmentation.quality import quality
from segmentation.unavailable import as_unavailable

Row = dict[str, object]
COLUMNS: Final = (
    "case", "segment", "voxels", "ml", "reference", "dice", "components", "cavities",
    "leak_ratio", "seconds", "findings", "refusal",
)  # fmt: skip


def dice(one: BitMask, other: BitMask) -> float | None:
    """Return twice the common voxels over all of both; None for two empty masks."""
    voxels = one.voxels + other.voxels
    return 2.0 * (one & other).voxels / voxels if voxels else None


def scores(case: Case, name: str, reference: str, progress: Progress) -> Row:
    """Return size and quality of a segment, and its Dice against a reference where there is one."""
    by_name = {segment.name: segment.mask for segment in case.segments}
    mask, held = by_name[name], by_name.get(reference)
    sheet = quality(case.volume, mask, None, progress)
    return {
        "voxels": mask.voxels,
        "ml": mask.voxels * case.volume.grid.voxel_ml,
        "reference": reference if held is not None else None,
        "dice": None if held is None else dice(mask, held),
        "components": sheet.components,
        "cavities": sheet.cavities,
        "leak_ratio": sheet.leak_ratio,
    }


class CohortTable:
    """The rows of a CSV file (RFC 4180); each is on the disk before the next case begins.

    Raises
    ------
    Refusal
        `cohort-table-foreign` for a file with other columns.
    Unavailable
        Where it can't be written.
    """

    def __init__(self, path: Path, *, is_new: bool) -> None:
        self._path = path
        self._rows = {} if is_new or not path.exists() else self._read()
        self._write(self._rows.values())

    def _read(self) -> dict[str, Row]:
        with self._path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise Refusal("cohort-table-foreign", path=self._path.name)
            # A stop may have torn the last line: it lacks its last columns.
            whole = (row for row in reader if None not in row.values())
            return {str(row["case"]): dict(row) for row in whole}

    def is_done(self, case: Path, segment: str) -> bool:
        """Return whether a case has its row already; one that was refused is tried again."""
        row = self._rows.get(str(cell(str(case))))
        return row is not None and row["segment"] == cell(segment) and not row["refusal"]

    def keep(self, row: Row) -> None:
        """Put a row on the disk."""
        told = {name: cell(row.get(name)) for name in COLUMNS}
        self._rows[str(told["case"])] = {k: "" if v is None else v for k, v in told.items()}
        self._write(self._rows.values())

    def _write(self, rows: Iterable[Row]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        draft = self._path.with_name(f"{self._path.name}.new")
        try:
            with draft.open("w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            raise as_unavailable(error) from None
