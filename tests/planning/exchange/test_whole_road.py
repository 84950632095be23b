"""Marks of a series, by the formula that made them, through import, case file, plan and package."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from planning.case.case import Segment, SegmentId, Side
from planning.case.edits import AddItem, AddSegment
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.intake import case_from_loaded
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from tests.planning.exchange.making import exported, passport, plan
from tests.segmentation.io.series import Recipe, make_series, save
from tests.segmentation.io.test_load import PLANES, POSITIONS

TOLERANCE_MM = 1e-3


@pytest.mark.hazard("HAZ-1", "HAZ-2")
@pytest.mark.parametrize("plane", ["axial", "oblique"])
@pytest.mark.parametrize("position", POSITIONS)
def test_landmarks_come_through_to_the_package(position: str, plane: str, tmp_path: Path) -> None:
    recipe = Recipe(axes=POSITIONS[position] @ PLANES[plane], position=position)
    loaded = load(scan(save(make_series(recipe), tmp_path / "ct")).series[0])
    volume, truth = loaded.volume, recipe.mark_lps_mm()
    create(tmp_path / "road.tasrif", case_from_loaded(loaded, Side.LEFT)).close()
    history = History(open_case(tmp_path / "road.tasrif"))
    for hu in truth:
        (kji,) = np.argwhere(volume.hu == hu)
        x, y, z = volume.grid.lps_mm(kji[::-1])
        history.do(AddItem(Landmark(ItemId(f"mark-{hu}"), f"Mark {hu}", (x, y, z))))
        mask = BitMask.from_bool(volume.hu == hu)
        history.do(AddSegment(Segment(SegmentId(f"at-{hu}"), f"At {hu}", mask, "#E6D3A8")))
    history.close()
    with open_case(tmp_path / "road.tasrif", read_only=True) as file:
        exported(file.case, tmp_path / "package", names=("package",))
    items = {item["id"]: item for item in plan(tmp_path / "package")["items"]}
    assert len(items) == len(truth)
    for hu, place in truth.items():
        stated = items[f"mark-{hu}"]["point_lps_mm"]
        assert np.linalg.norm(np.array(stated) - place) < TOLERANCE_MM
        assert np.linalg.norm(place_of_mask(tmp_path, f"at-{hu}") - place) < TOLERANCE_MM
    rows = passport(tmp_path / "package")["files"]
    assert all(row["error_mm"] is None or row["error_mm"] < TOLERANCE_MM for row in rows)


def place_of_mask(folder: Path, segment_id: str) -> np.ndarray:
    """The one voxel of a mask where SimpleITK, which shares no code with us, says it lies."""
    image = sitk.ReadImage(str(folder / "package" / "data" / "package" / f"{segment_id}.nrrd"))
    (kji,) = np.argwhere(sitk.GetArrayFromImage(image))
    return np.array(image.TransformIndexToPhysicalPoint(kji[::-1].tolist()))
