"""What the jobs work on: one made CT, its bone, and the CT as files; each made when first asked."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from app.bench.phantom_volume import phantom_volume
from segmentation.effects.effect import SegmentView
from segmentation.effects.threshold import Threshold
from segmentation.grid import Shape
from segmentation.io.dicom_writer import hashed_uid, write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.mask import BitMask
from segmentation.volume import Volume

FULL_KJI: Final[Shape] = (300, 512, 512)
LOWER_HU: Final = 150
UPPER_HU: Final = 3071
PLAIN: Final = "uncompressed"


@dataclass(eq=False)
class Material:
    """The inputs of all jobs, the same for us and for each peer.

    `folder` exists, is empty and is removed by the caller.
    """

    folder: Path
    shape_kji: Shape = FULL_KJI
    _series: dict[str, Path] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """The grid as people write it, slices first."""
        return "x".join(map(str, self.shape_kji))

    @cached_property
    def volume(self) -> Volume:
        """The CT."""
        return phantom_volume(self.shape_kji)

    @cached_property
    def bone(self) -> BitMask:
        """Everything as dense as bone, all parts of it."""
        return Threshold(LOWER_HU, UPPER_HU).apply(SegmentView(self.volume, self.nothing))

    @property
    def nothing(self) -> BitMask:
        """A segment without voxels."""
        return BitMask.empty(self.shape_kji)

    def series(self, syntax: str = PLAIN, slices: int | None = None) -> Path:
        """Return the folder of the CT as DICOM in a transfer syntax, its first slices or all."""
        if syntax not in self._series:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            if syntax == PLAIN:
                write_ct_series(self.volume, _header(self.volume), folder)
            else:
                compress(sorted(self.series().iterdir())[:slices], folder, syntax)
            self._series[syntax] = folder
        return self._series[syntax]


def compress(paths: Sequence[Path], folder: Path, syntax: str) -> None:
    """Write DICOM files into `folder` in another transfer syntax, without loss."""
    from pydicom import dcmread

    for path in paths:
        dataset = dcmread(path)
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(folder / path.name)


def _header(volume: Volume) -> SeriesHeader:
    return SeriesHeader(
        series_uid=hashed_uid("bench", "series"),
        study_uid=hashed_uid("bench", "study"),
        frame_uid=volume.grid.frame_uid,
        modality="CT",
        description="Bench",
        study_date="2026-01-01",
        patient=PatientHeader("BENCH", "TASRIF-PHANTOM", "Phantom^Bench", "1980-01-01", "O"),
        manufacturer="Tasrif",
        kernel="PHANTOM",
        slice_thickness_mm=volume.grid.spacing_kji_mm[0],
        transfer_syntax="1.2.840.10008.1.2.1",
        kvp="120",
    )
