"""A small case by formula, and the environment of views without a screen."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"
os.environ.setdefault("DBUS_SESSION_BUS_ADDRESS", "disabled:")
os.environ.setdefault("QT_SCALE_FACTOR", "1")

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

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
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume

SHAPE_KJI = (40, 60, 70)
SPACING_KJI_MM = (2.0, 1.0, 1.5)
BALLS = (  # name, centre from the middle in LPS mm, radius in mm, colour
    ("left bone", (30.0, 0.0, 5.0), 14.0, "#E6D3A8"),
    ("right bone", (-28.0, 4.0, -8.0), 10.0, "#47D7D9"),
)
SOURCE = Source("1.2", "1.3", "", "CT", "", Outcome.PLAN_GRADE)


def _distances_mm(grid: Grid, centre_lps_mm: np.ndarray) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    points = grid.lps_mm(np.stack([i, j, k], axis=-1).reshape(-1, 3))
    return np.linalg.norm(points - centre_lps_mm, axis=1).reshape(grid.shape_kji)


def _balls(is_masked: bool) -> Case:
    grid = Grid(SHAPE_KJI, np.array((12.0, -30.0, 55.0)), SPACING_KJI_MM, np.eye(3), "1.2.3")
    hu = np.full(SHAPE_KJI, -50.0)
    segments = []
    for name, offset, radius_mm, colour in BALLS:
        distance = _distances_mm(grid, grid.centre_lps_mm + np.array(offset))
        hu = np.maximum(hu, np.clip((radius_mm - distance) * 400.0 + 226.0, -50.0, 900.0))
        mask = BitMask.from_bool(distance <= radius_mm)
        segments.append(Segment(SegmentId(name), name, mask, colour))
    return Case(
        CaseId("balls"),
        Kind.SIMULATION,
        Identity("BALLS"),
        Side.LEFT,
        SOURCE,
        Volume(hu.astype(np.int16), grid),
        tuple(segments) if is_masked else (),
    )


@pytest.fixture(scope="session")
def balls() -> Case:
    """Return a case with a larger ball on the patient's left and a smaller on the right."""
    return _balls(True)


@pytest.fixture(scope="session")
def scan_only() -> Case:
    """Return the same scan without a segment."""
    return _balls(False)


def _planned(case: Case) -> Case:
    middle = case.volume.grid.centre_lps_mm

    def at(*offset: float) -> tuple[float, float, float]:
        x, y, z = (float(v) for v in middle + np.array(offset))
        return x, y, z

    left, right = (SegmentId(name) for name, *_ in BALLS)
    items = (
        Trajectory(ItemId("wire"), "Wire", at(34.0, 0.0, 4.0), at(8.0, 12.0, 4.0), 4.0, left),
        NoGoZone(ItemId("zone"), "Nerve", right, 3.0),
        CutPlane(ItemId("cut"), "Cut", at(-10.0, -14.0, 4.0), (0.6, 0.8, 0.0), left),
        Landmark(ItemId("mark"), "Top", at(-4.0, 16.0, 4.0)),
        Distance(ItemId("span"), "Span", at(0.0, -20.0, 4.0), at(20.0, -20.0, 4.0)),
        Angle(
            ItemId("bend"), "Bend", at(30.0, -24.0, 4.0), at(30.0, -14.0, 4.0), at(40.0, -14.0, 4.0)
        ),
    )
    return replace(case, plan=Plan(items))


@pytest.fixture(scope="session")
def planned(balls: Case) -> Case:
    """Return the case with one plan item of each kind, all in one axial plane but the zone."""
    return _planned(balls)


@pytest.fixture
def four(qtbot, qapp) -> Iterator[Callable[..., object]]:
    """Return a maker of four views that are shown, and shut down at the end."""
    from PySide6.QtCore import QEvent

    from viewers.widgets.four_views import FourViews

    made = []

    def make(case: Case | None = None, **options: object) -> FourViews:
        views = FourViews(**options)
        qtbot.addWidget(views)
        views.resize(802, 602)
        views.show()
        qtbot.waitExposed(views)
        if case is not None:
            views.show_case(case)
        made.append(views)
        return views

    yield make
    for views in made:
        views.shutdown()
        views.close()
        views.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
