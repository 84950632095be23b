"""The surface of a segment, saved from the window with its deviation said."""

import pytest
import trimesh
from PySide6.QtWidgets import QPushButton

from app.dialogs.surface import SurfaceDialog
from app.parts.rail import Step
from app.surface_files import save_surface
from segmentation.finish import Finish
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def one(window):
    window.desk.lay_case(block_case(segments=1))
    window.desk.select("s0")
    window.show_step(Step.SEGMENT)
    return window


def press(dialog, name):
    dialog.findChild(QPushButton, name).click()


def test_a_saved_surface_is_a_solid_and_its_deviation_is_said(one, qtbot, tmp_path):
    desk, path, said = one.desk, tmp_path / "a.stl", []
    desk.bridge.said.connect(said.append)
    save_surface(desk, desk.segment, path, Finish(smooth_mm=0.25))
    qtbot.waitUntil(lambda: bool(said), timeout=90_000)
    mesh = trimesh.load(path)
    assert mesh.is_watertight
    assert str(len(mesh.faces)) in said[-1].text
    assert "mm from the surface that is measured" in said[-1].text
    said.clear()
    save_surface(desk, desk.segment, tmp_path / "no" / "a.stl", Finish())
    qtbot.waitUntil(lambda: bool(said), timeout=90_000)
    assert not (tmp_path / "no").exists()


def test_the_dialog_offers_no_deviation_that_smoothing_may_reach(one):
    done = []
    dialog = SurfaceDialog(one, "Bone", done.append)
    press(dialog, "fewer_2")
    press(dialog, "smooth_2")
    assert not dialog.findChild(QPushButton, "fewer_2").isEnabled()
    assert dialog.findChild(QPushButton, "fewer_0").isChecked()
    press(dialog, "fewer_3")
    press(dialog, "surface_save")
    assert done == [Finish(0.5, 0, 1.0)]
