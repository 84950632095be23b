"""A folder of DICOM slices to a volume: uncompressed, compressed, and up to the first picture."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from app.bench.job import Call, Group, Job, Peer
from app.bench.material import PLAIN, Material
from app.bench.peers import simple_itk
from segmentation.io.load import Loaded, load
from segmentation.io.scan import scan
from segmentation.volume import Hu
from viewers.pipelines.plane import PlaneKind, fitted_mm_per_px, patient_plane
from viewers.pipelines.slice import Grey, Window, grey_picture

FIRST_SLICE_MS = 1000.0
PICTURE_PX = (512, 512)
GEOMETRY_MM = 1e-4
TOLERANCE = f"equal HU; SimpleITK also origin and spacing within {GEOMETRY_MM} mm"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
SYNTAXES = {"uncompressed": PLAIN, "JPEG-LS": JPEG_LS, "JPEG 2000": JPEG_2000}
# Most slices of a kind: decoding takes 10 ms (JPEG-LS) and 50 ms (JPEG 2000) a slice and core.
SLICES_MAX = {PLAIN: 10_000, JPEG_LS: 60, JPEG_2000: 24}


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs of the group; the files lie in the page cache."""
    for name, syntax in SYNTAXES.items():
        slices = min(SLICES_MAX[syntax], material.shape_kji[0])
        folder = material.series(syntax, slices)
        yield Job(
            f"series to volume, {name}",
            "x".join(map(str, (slices, *material.shape_kji[1:]))),
            partial(loaded, folder),
            (
                Peer("SimpleITK ImageSeriesReader", partial(by_itk, folder), as_itk),
                Peer("pydicom", partial(by_pydicom, folder), as_array),
            ),
            tolerance=TOLERANCE,
        )
    folder = material.series()
    yield Job(
        "folder to first slice",
        material.size,
        lambda: first_slice(folder),
        budget_ms=FIRST_SLICE_MS,
    )


def loaded(folder: Path) -> Loaded:
    """Scan, judge and load."""
    return load(scan(folder).series[0])


def first_slice(folder: Path) -> tuple[Grey, int]:
    """Scan, judge, load and draw the middle axial slice."""
    volume = loaded(folder).volume
    mm_per_px = fitted_mm_per_px(volume.grid, PlaneKind.AXIAL, PICTURE_PX)
    plane = patient_plane(PlaneKind.AXIAL, volume.grid.centre_lps_mm, mm_per_px, PICTURE_PX)
    return grey_picture(volume, plane, Window())


def by_itk(folder: Path) -> Call:
    """Prepare SimpleITK: GDCM sorts the files by position, ITK reads them."""
    sitk = simple_itk()

    def read() -> object:
        """Read."""
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        volume: object = reader.Execute()
        return volume

    return read


def by_pydicom(folder: Path) -> Call:
    """Prepare pydicom with the decoders that are installed; the files it reads once only."""
    from pydicom import dcmread

    def read() -> Hu:
        """Read, sort, rescale into one array."""
        slices = sorted(
            (dcmread(path) for path in folder.iterdir()),
            key=lambda each: each.ImagePositionPatient[2],
        )
        hu = np.empty((len(slices), slices[0].Rows, slices[0].Columns), np.int16)
        for k, each in enumerate(slices):
            hu[k] = each.pixel_array  # 12 bits stored: fits
            hu[k] += np.int16(each.RescaleIntercept)
        return hu

    return read


def as_array(ours: Loaded, hu: Hu) -> bool:
    """Return whether the HU are equal."""
    return bool(np.array_equal(ours.volume.hu, hu))


def as_itk(ours: Loaded, image: object) -> bool:
    """Return whether the HU are equal and lie at the same places."""
    sitk, grid = simple_itk(), ours.volume.grid
    steps = np.abs(np.array(sitk.Image.GetSpacing(image)) - grid.spacing_kji_mm[::-1]).max()
    shift = np.abs(np.array(sitk.Image.GetOrigin(image)) - grid.origin_lps_mm).max()
    is_there = max(float(steps), float(shift)) <= GEOMETRY_MM
    return is_there and as_array(ours, sitk.GetArrayViewFromImage(image))


GROUP = Group("loading", jobs)
