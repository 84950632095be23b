"""What gives a value a voxel: distance, median, Gaussian; and the histogram with Otsu."""

import os
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.bench.job import Call, Job, Peer
from app.bench.material import Material
from app.bench.peers import bytes_of, itk_image, simple_itk
from segmentation.kernels.distance import distance_mm
from segmentation.kernels.envelope import Map
from segmentation.kernels.gaussian import smoothed
from segmentation.kernels.histogram import Counts, histogram, otsu
from segmentation.kernels.median import median
from segmentation.volume import Hu

GAUSSIAN_FLOORS = {0.7: (25.0, 20.0), 2.0: (10.0, 10.0)}
TWICE = 2.3
"""A map of twice the slices takes at most so many times as long."""
DISTANCE_MM = 1e-3
ROUNDED_HU = 0.52
RECURSIVE_HU = 25.0
RIM = (8, 16, 16)
OTSU_BINS = 128


def jobs(material: Material) -> Iterator[Job]:
    """Yield the jobs on one CT; volumes are written into arrays that are used again."""
    hu = material.volume.hu
    yield _distance(material)
    out = np.empty_like(hu)
    yield Job(
        "median 3x3x3",
        material.size,
        lambda: median(hu, out=out),
        (Peer("SimpleITK Median", partial(itk_median, hu), same_hu, 100.0),),
    )
    for sigma_mm in GAUSSIAN_FLOORS:
        yield _gaussian(material, sigma_mm, out)
    yield _histogram(material)


def _distance(material: Material) -> Job:
    """Return the job of the distance map, in mm, from the largest part of the bone."""
    words, (nk, nj, ni) = material.part.to_words(), material.shape_kji
    spacing = material.volume.grid.spacing_kji_mm
    out = np.empty((nk, nj, ni), np.float32)
    return Job(
        "distance map in mm",
        material.size,
        lambda: distance_mm(words, ni, spacing, out=out),
        (
            Peer("SimpleITK SignedMaurerDistanceMap", partial(maurer, material), as_maurer, 8.0),
            Peer("edt, all cores", partial(by_edt, material), same_mm, 6.0),
        ),
        tolerance=f"within {DISTANCE_MM} mm",
    )


def maurer(material: Material) -> Call:
    """Prepare SimpleITK."""
    sitk, image = simple_itk(), itk_image(bytes_of(material.part))
    image.SetSpacing(material.volume.grid.spacing_kji_mm[::-1])  # type: ignore[attr-defined]
    return lambda: sitk.SignedMaurerDistanceMap(image, False, False, True)


def as_maurer(ours_mm: Map, image: object) -> bool:
    """Return whether the distances are SimpleITK's, which go on below 0 inside."""
    theirs = simple_itk().GetArrayViewFromImage(image)
    return same_mm(ours_mm, np.maximum(theirs, 0.0))


def by_edt(material: Material) -> Call:
    """Prepare edt, which measures from what isn't set."""
    import edt  # type: ignore[import-not-found]

    outside, cores = ~material.part.to_bool(), os.cpu_count() or 1
    spacing = material.volume.grid.spacing_kji_mm
    return lambda: edt.edt(outside, anisotropy=spacing, parallel=cores)


def same_mm(ours_mm: Map, theirs_mm: NDArray[np.float32]) -> bool:
    """Return whether two maps are the same."""
    return bool(np.abs(ours_mm - theirs_mm).max() <= DISTANCE_MM)


def growth(material: Material) -> Iterator[Job]:
    """Yield the job that holds the map of all slices against one of the first half of them."""
    words, (nk, nj, ni) = material.part.to_words(), material.shape_kji
    spacing = material.volume.grid.spacing_kji_mm
    first = np.ascontiguousarray(words[: nk // 2])
    whole, half = np.empty((nk, nj, ni), np.float32), np.empty((nk // 2, nj, ni), np.float32)
    yield Job(
        "distance map in mm, twice the slices",
        material.size,
        lambda: distance_mm(words, ni, spacing, out=whole),
        (
            Peer(
                f"the same on {nk // 2} slices",
                lambda: lambda: distance_mm(first, ni, spacing, out=half),
                lambda ours, less: bool((ours[: len(less)] <= less).all()),
                1.0 / TWICE,
            ),
        ),
        tolerance="no further from all than from some",
    )


def itk_median(hu: Hu) -> Call:
    """Prepare SimpleITK."""
    sitk, image = simple_itk(), itk_image(hu)
    return lambda: sitk.Median(image, [1, 1, 1])


def same_hu(ours: Hu, image: object) -> bool:
    """Return whether the HU are equal."""
    return bool(np.array_equal(ours, simple_itk().GetArrayViewFromImage(image)))


def _gaussian(material: Material, sigma_mm: float, out: Hu) -> Job:
    """Return the job of one Gaussian."""
    hu, spacing = material.volume.hu, material.volume.grid.spacing_kji_mm
    recursive, scipy = GAUSSIAN_FLOORS[sigma_mm]
    return Job(
        f"Gaussian of {sigma_mm} mm",
        material.size,
        lambda: smoothed(hu, spacing, sigma_mm, out=out),
        (
            Peer(
                "SimpleITK SmoothingRecursiveGaussian",
                partial(itk_gaussian, material, sigma_mm),
                near_itk,
                recursive,
            ),
            Peer(
                "SciPy gaussian_filter, float32",
                partial(scipy_gaussian, material, sigma_mm),
                near_scipy,
                scipy,
            ),
        ),
        tolerance=f"SciPy {ROUNDED_HU} HU; SimpleITK, which approximates, {RECURSIVE_HU} HU inside",
    )


def itk_gaussian(material: Material, sigma_mm: float) -> Call:
    """Prepare SimpleITK's filter whose cost doesn't follow sigma."""
    sitk, image = simple_itk(), itk_image(material.volume.hu)
    image.SetSpacing(material.volume.grid.spacing_kji_mm[::-1])  # type: ignore[attr-defined]
    return lambda: sitk.SmoothingRecursiveGaussian(image, sigma_mm)


def scipy_gaussian(material: Material, sigma_mm: float) -> Call:
    """Prepare SciPy: the same kernel, cut at the same place."""
    from scipy import ndimage

    hu = material.volume.hu
    sigmas = [sigma_mm / spacing for spacing in material.volume.grid.spacing_kji_mm]
    return lambda: ndimage.gaussian_filter(hu, sigmas, output=np.float32, mode="nearest")


def near_scipy(ours: Hu, theirs: NDArray[np.float32]) -> bool:
    """Return whether the HU are the same but for rounding."""
    return bool(np.abs(ours - theirs).max() <= ROUNDED_HU)


def near_itk(ours: Hu, image: object) -> bool:
    """Return whether the HU inside are near those of another approximation of a Gaussian."""
    inside = tuple(slice(rim, -rim) for rim in RIM)
    theirs = simple_itk().GetArrayViewFromImage(image)[inside].astype(np.float32)
    return bool(theirs.size and np.abs(ours[inside] - theirs).max() <= RECURSIVE_HU)


def _histogram(material: Material) -> Job:
    """Return the job of the histogram of every value and Otsu's threshold on it."""
    hu = material.volume.hu

    def found() -> tuple[Counts, int]:
        """Count, and find the threshold."""
        counts = histogram(hu)
        return counts, otsu(counts)

    def itk() -> Call:
        """Prepare SimpleITK: a histogram of 128 bins."""
        sitk, image = simple_itk(), itk_image(hu)

        def threshold() -> float:
            """Find the threshold."""
            search = sitk.OtsuThresholdImageFilter()
            search.SetNumberOfHistogramBins(OTSU_BINS)
            search.Execute(image)
            return float(search.GetThreshold())

        return threshold

    def bincount() -> Call:
        """Prepare NumPy: the values as indices from 0, in one pass over 16 bits."""
        return lambda: np.bincount(
            hu.reshape(-1).view(np.uint16) ^ np.uint16(32768), minlength=65536
        )

    bin_hu = (int(hu.max()) - int(hu.min())) / OTSU_BINS
    return Job(
        "histogram with Otsu",
        material.size,
        found,
        (
            Peer(
                "SimpleITK OtsuThreshold",
                itk,
                lambda ours, level: abs(ours[1] - level) <= bin_hu + 1.0,
                40.0,
            ),
            Peer(
                "NumPy bincount, without Otsu",
                bincount,
                lambda ours, counts: bool(np.array_equal(ours[0], counts)),
                4.0,
            ),
        ),
        tolerance="equal counts; a threshold within a bin",
    )
