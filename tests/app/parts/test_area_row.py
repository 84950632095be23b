"""Where a tool works: each control is the desk's area, tools and strokes keep to it."""

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from app.parts.area_row import AreaRow, area_words
from app.parts.number_field import NumberField
from app.parts.rail import Step
from segmentation.area import EVERYWHERE, Area, Overlap
from tests.app.conftest import block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def three(window, qtbot):
    window.desk.lay_case(block_case(segments=3))
    window.desk.select("s1")
    window.show_step(Step.SEGMENT)
    window.dispatcher.run("open_threshold")
    return window


def row_of(window):
    return window.house.findChildren(AreaRow)[-1]


def part(window, kind, name):
    found = row_of(window).findChild(kind, name)
    assert isinstance(found, QObject), name
    return found


def choose(window, button, text):
    part(window, QPushButton, button).click()
    (menu,) = [m for m in row_of(window).findChildren(QMenu) if m.isVisible()]
    next(a for a in menu.findChildren(QAction) if a.text() == text).trigger()
    menu.close()


def test_each_rule_is_the_desk_s_area_and_is_said_in_words(three):
    part(three, QPushButton, "area_fold").click()
    choose(three, "area_inside", "Bone 0")
    choose(three, "area_outside", "Bone 2")
    part(three, NumberField, "field_area_lower").type_text("226")
    part(three, QPushButton, "area_take").click()
    assert three.desk.area == Area("Bone 0", ("Bone 2",), lower_hu=226, overlap=Overlap.TAKE)
    words = "inside Bone 0, outside Bone 2, 226 – max HU, Take over"
    assert area_words(three.desk.area) == words
    choose(three, "area_outside", "Bone 2")
    assert three.desk.area.outside == ()
    part(three, QPushButton, "area_clear").click()
    assert three.desk.area == EVERYWHERE
    assert area_words(EVERYWHERE) == "Everywhere"


def test_a_bound_takes_the_other_one_along(three):
    part(three, NumberField, "field_area_upper").type_text("300")
    part(three, NumberField, "field_area_lower").type_text("400")
    assert (three.desk.area.lower_hu, three.desk.area.upper_hu) == (400, 400)
    part(three, NumberField, "field_area_upper").type_text("-50")
    assert (three.desk.area.lower_hu, three.desk.area.upper_hu) == (-50, -50)


def test_a_box_begins_with_the_whole_scan_and_a_tool_keeps_to_it(three, qtbot):
    part(three, QPushButton, "area_box").click()
    grid = three.desk.case.volume.grid
    low, high = np.array(three.desk.area.box_lps_mm)
    assert low == pytest.approx(grid.lps_mm(np.zeros(3)), abs=1e-3)
    far = np.array(grid.shape_kji[::-1]) - 1
    assert high == pytest.approx(grid.lps_mm(far), abs=1e-3)
    middle = round(float(grid.centre_lps_mm[2]), 1)
    part(three, NumberField, "field_area_z1").type_text(str(middle))
    assert three.desk.area.box_lps_mm[1][2] == middle
    before = three.desk.segment.mask.to_bool()
    three.tooling.set(lower_hu=-1024, upper_hu=3071)
    qtbot.waitUntil(lambda: three.tooling.trial is not None, timeout=20_000)
    three.tooling.apply()
    qtbot.waitUntil(lambda: three.desk.history.undo_title is not None, timeout=20_000)
    after = three.desk.segment.mask.to_bool()
    z = grid.lps_mm(np.array([[0, 0, k] for k in range(grid.shape_kji[0])]))[:, 2]
    changed = (after != before).any(axis=(1, 2))
    assert changed.any()
    step = grid.spacing_kji_mm[0]
    assert (z[changed] <= middle + step / 2).all()
    assert '"area":{"box_lps_mm"' in three.desk.segment.recipe


def test_a_stroke_keeps_to_the_area_and_another_case_starts_without(three):
    three.tooling.open("erase")
    three.tooling.set(radius_mm=30.0)
    three.desk.area = Area(outside=("Bone 1",))
    at = tuple(three.desk.case.volume.grid.centre_lps_mm.tolist())
    before = three.desk.segment.mask.to_bool()
    three.tooling.draw(points_lps_mm=(at,))
    assert np.array_equal(three.desk.segment.mask.to_bool(), before)
    three.desk.area = EVERYWHERE
    three.tooling.draw(points_lps_mm=(at,))
    assert three.desk.segment.mask.voxels < before.sum()
    three.desk.area = Area(inside="Bone 0")
    three.desk.lay_case(block_case())
    assert three.desk.area == EVERYWHERE
