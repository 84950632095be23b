"""A window on a small case, off screen, with folders of its own."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from app.desk import Desk
from app.language import use
from app.main_window import MainWindow
from app.settings import Settings
from app.start import application, make_views
from planning.case.case import (
    Case,
    CaseId,
    Identity,
    Kind,
    Outcome,
    Segment,
    SegmentId,
    Side,
    Source,
)
from segmentation.grid import Grid
from segmentation.io.dicom_writer import references
from segmentation.io.header import SeriesHeader
from segmentation.mask import BitMask
from segmentation.volume import Volume

SHAPE = (24, 32, 40)
BLOCK = (slice(6, 18), slice(8, 24), slice(10, 30))
BLOCK_HU = 700


@pytest.fixture(autouse=True)
def speaks_english() -> None:
    """Begin each test in English, whatever the one before spoke."""
    use("en")


def block_volume() -> Volume:
    """A block of 700 HU in soft tissue of 40 HU, voxels of 1 x 1 x 2 mm."""
    hu = np.full(SHAPE, 40, np.int16)
    hu[BLOCK] = BLOCK_HU
    grid = Grid(SHAPE, np.array([-20.0, -16.0, 100.0]), (2.0, 1.0, 1.0), np.eye(3), "1.2.3")
    return Volume(hu, grid)


def block_mask() -> BitMask:
    voxels = np.zeros(SHAPE, bool)
    voxels[BLOCK] = True
    return BitMask.from_bool(voxels)


def block_case(kind: Kind = Kind.CLINICAL, side: Side = Side.LEFT, segments: int = 1) -> Case:
    who = Identity("CODE-7", "P-1", "", "Example^Anna", "1960-02-03", "F")
    images = references(block_volume(), SeriesHeader("1.2.3.4"))
    source = Source(
        "1.2.3.4", "1.2.3", "2020-05-06", "CT", "thin", Outcome.PLAN_GRADE, images=images
    )
    made = tuple(
        Segment(SegmentId(f"s{n}"), f"Bone {n}", block_mask(), "#E6D3A8") for n in range(segments)
    )
    return Case(CaseId("c1"), kind, who, side, source, block_volume(), made)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path))
    monkeypatch.delenv("TASRIF_LANGUAGE", raising=False)


@pytest.fixture
def english(qapp):
    application(Settings(language="en"))
    yield qapp
    application(Settings(language="en"))


@pytest.fixture
def window(english, qtbot) -> Iterator[MainWindow]:
    desk = Desk(Settings(language="en"))
    window = MainWindow(desk, make_views)
    window.resize(1280, 800)
    window.show()
    yield window
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def full_window(window) -> MainWindow:
    window.desk.lay_case(block_case())
    return window
