"""DICOM SEG files written by highdicom on an oblique grid far from the origin."""

import math
from dataclasses import replace

import numpy as np
import pydicom

from segmentation.grid import Grid
from segmentation.io.dicom_writer import write_ct_series
from segmentation.io.header import PatientHeader, SeriesHeader
from segmentation.volume import Volume

FRAME = "2.25.314159"
SHAPE = (7, 18, 21)
HEADER = SeriesHeader(
    series_uid="2.25.1001", study_uid="2.25.1000", frame_uid=FRAME, modality="CT",
    patient=PatientHeader(patient_id="P-7"),
)  # fmt: skip


def turned(x_deg, y_deg, z_deg):
    """Return the axes i, j, k as columns, turned about x, y and z."""
    a, b, c = (math.radians(angle) for angle in (x_deg, y_deg, z_deg))
    about_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def oblique(shape=SHAPE, frame_uid=FRAME):
    """Return a grid as real cases lie: turned, non-cubic, 800 mm from the origin."""
    return Grid(shape, (-31.25, -220.5, 812.75), (1.25, 0.8, 0.7), turned(12, 7, -5), frame_uid)


def series(folder, grid=None):
    """Write a CT on `grid` and return its data sets."""
    grid = grid or oblique()
    folder.mkdir(exist_ok=True)
    hu = np.zeros(grid.shape_kji, np.int16)
    header = replace(HEADER, frame_uid=grid.frame_uid)
    return [pydicom.dcmread(path) for path in write_ct_series(Volume(hu, grid), header, folder)]


def written(path, sources, masks, kind="BINARY", labels=None, **more):
    """Write masks (n, k, j, i) as a SEG by highdicom; return its data set."""
    import highdicom as hd
    from highdicom.seg import Segmentation, SegmentDescription

    def code(value, meaning):
        return hd.sr.CodedConcept(value, "SCT", meaning)

    labels = labels or [f"segment {n + 1}" for n in range(len(masks))]
    algorithm = hd.AlgorithmIdentificationSequence("threshold", code("123", "x"), "1")
    described = [
        SegmentDescription(
            n + 1, label, code("91723000", "Anatomical Structure"), code("85050009", "Humerus"),
            "SEMIAUTOMATIC", algorithm,
            display_color=hd.color.CIELabColor.from_rgb(230, 90 + n, 20),
        )
        for n, label in enumerate(labels)
    ]  # fmt: skip
    if kind == "LABELMAP":
        pixels = np.zeros(masks[0].shape, np.uint8)
        for n, mask in enumerate(masks):
            pixels[mask] = n + 1
    else:
        pixels = np.stack(masks, -1).astype(np.uint8)
    made = Segmentation(
        sources, pixels, kind, described, "2.25.2001", 100, "2.25.2002", 1, manufacturer="Tasrif",
        manufacturer_model_name="Tasrif", software_versions="1", device_serial_number="0", **more,
    )  # fmt: skip
    made.SpecificCharacterSet = "ISO_IR 192"
    made.save_as(path)
    return made


def on_grid(segment, grid):
    """Return the segment's voxels on `grid` (bool k, j, i), each found through world mm."""
    kji = np.argwhere(segment.voxels)
    ijk = grid.ijk(segment.grid.lps_mm(kji[:, ::-1]))
    at = np.round(ijk).astype(int)
    assert np.abs(ijk - at).max(initial=0.0) < 1e-4
    voxels = np.zeros(grid.shape_kji, bool)
    voxels[tuple(at[:, ::-1].T)] = True
    return voxels
