"""What the jobs work on: one made CT, its bone, and the CT as files; each made when first asked."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from app.bench.phantom_volume import phantom_volume
from segmentation.effects.effect import SegmentView
from segmentation.effects.islands import Islands
from segmentation.effects.threshold import Threshold
from segmentation.grid import Shape
from segmentation.io.dicom_writer import hashed_uid, write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from segmentation.volume import Volume

FULL_KJI: Final[Shape] = (300, 512, 512)
LOWER_HU: Final = 150
UPPER_HU: Final = 3071
PLAIN: Final = "uncompressed"
SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
REAL_CT: Final = "ct_shoulder_thorax_lidc0314"


@dataclass(eq=False)
class Material:
    """The inputs of all jobs, the same for us and for each peer.

    `folder` exists, is empty and is removed by the caller. `given` is a CT to take instead of the
    made one; `shape_kji` is then its shape.
    """

    folder: Path
    shape_kji: Shape = FULL_KJI
    given: Volume | None = None
    _series: dict[str, Path] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """The grid as people write it, slices first, and whether the CT is a patient's."""
        words = "x".join(map(str, self.shape_kji))
        return words if self.given is None else f"{words} (CT)"

    @cached_property
    def volume(self) -> Volume:
        """The CT."""
        return phantom_volume(self.shape_kji) if self.given is None else self.given

    @cached_property
    def bone(self) -> BitMask:
        """Everything as dense as bone, all parts of it."""
        return Threshold(LOWER_HU, UPPER_HU).apply(SegmentView(self.volume, self.nothing))

    @cached_property
    def part(self) -> BitMask:
        """The largest part of the bone."""
        return Islands("largest").apply(SegmentView(self.volume, self.bone))

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


def real_material(folder: Path) -> Material | None:
    """Return a CT of a patient that lies beside the checkout, None where it doesn't."""
    series = SHARED / REAL_CT
    if not series.is_dir():
        return None
    volume = load(scan(series).series[0]).volume
    return Material(folder, volume.grid.shape_kji, volume)


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
