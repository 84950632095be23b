"""The branches of a segment in the window: a table, a place for each row, a file."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton, QTableWidget

from app.branches import save_branches, show_branches
from app.dialogs.branches import BranchesDialog
from segmentation.mask import BitMask
from segmentation.tree.build import Rule, tree_of
from tests.app.conftest import SHAPE, block_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def tube_case():
    """A straight tube 3 voxels wide along the rows of the case's volume."""
    voxels = np.zeros(SHAPE, bool)
    voxels[11:13, 14:18, 2:38] = True
    case = block_case()
    tube = replace(case.segments[0], name="Vessel", mask=BitMask.from_bool(voxels))
    return replace(case, segments=(tube,))


def shown(window, qtbot):
    qtbot.waitUntil(lambda: window.desk.tasks.is_idle, timeout=60_000)
    return window.findChildren(BranchesDialog)


def test_the_table_shows_each_branch_and_a_row_its_narrowest_place(window, qtbot):
    window.desk.lay_case(tube_case())
    window.desk.select("s0")
    gone = []
    show_branches(window, window.desk, gone.append)
    (dialog,) = shown(window, qtbot)
    table = dialog.findChild(QTableWidget, "branches_table")
    assert table.rowCount() == 1
    assert "mm" in table.item(0, 5).text()
    table.setCurrentCell(0, 3)
    case = window.desk.case
    tree = tree_of(case.volume.grid, case.segments[0].mask, Rule())
    assert gone[-1] == pytest.approx(np.array(tree.branches[0].narrowest_lps_mm))
    dialog.findChild(QPushButton, "branches_done").click()


def test_a_segment_without_a_tube_says_so(window, qtbot):
    case = block_case()
    one = np.zeros(SHAPE, bool)
    one[5, 5, 5] = True
    crumb = replace(case.segments[0], mask=BitMask.from_bool(one))
    window.desk.lay_case(replace(case, segments=(crumb,)))
    window.desk.select("s0")
    said = []
    window.desk.bridge.said.connect(said.append)
    show_branches(window, window.desk, print)
    assert shown(window, qtbot) == []
    assert "no tube" in said[-1].text


def test_what_is_saved_is_read_as_table_and_as_json(window, tmp_path):
    case = tube_case()
    tree = tree_of(case.volume.grid, case.segments[0].mask, Rule())
    window.desk.lay_case(case)
    assert save_branches(window.desk, "=Vessel", tree, tmp_path / "tree.csv")
    (row,) = csv.DictReader((tmp_path / "tree.csv").read_text().splitlines())
    assert row["segment"] == "'=Vessel"  # no formula of a spreadsheet
    assert float(row["length_mm"]) == pytest.approx(tree.branches[0].length_mm)
    assert save_branches(window.desk, "Vessel", tree, tmp_path / "tree.json")
    read = json.loads((tmp_path / "tree.json").read_text())
    assert read["links"][0]["min_radius_mm"] == tree.branches[0].min_radius_mm
    assert not save_branches(window.desk, "Vessel", tree, tmp_path / "no" / "tree.csv")
