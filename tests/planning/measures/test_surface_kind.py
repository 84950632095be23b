"""What is measured is the accepted surface: a smoothed one never reaches a measure."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import planning
from planning.case.case import Segment, SegmentId
from planning.measures.measure import MeasureView
from planning.measures.quantity import Flag
from planning.measures.surfaces import BY_HAND, mask_bound_mm, sub_voxel_bound_mm
from planning.measures.zone_clearance import ZONE_CLEARANCE
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.case.making import tiny_case
from tests.segmentation import solids

FOLDERS = ("measures", "checks", "geometry")
FOR_LOOKING = {"segmentation.look", "segmentation.finish", "segmentation.nets",
               "segmentation.thinning", "segmentation.pieces"}  # fmt: skip
GAP_MM = 3.0
RECIPE = '[{"set":{"lower_hu":500},"tool":"threshold"}]'


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_measure_and_no_check_knows_surfaces_that_are_for_looking():
    root = Path(planning.__file__).parent
    files = [path for folder in FOLDERS for path in (root / folder).rglob("*.py")]
    assert len(files) > 30
    assert {name for path in files for name in imported(path)} & FOR_LOOKING == set()


DRAWN = [f'{RECIPE[:-1]},{{"tool":"{tool}","set":{{}}}}]' for tool in ("smooth", *sorted(BY_HAND))]


@pytest.mark.parametrize("recipe", [RECIPE, *DRAWN, ""])
def test_a_clearance_says_its_surface_and_takes_the_bound_of_a_mask_off(recipe):
    """A rod 3 mm beside a ball of 10 mm whose place is known to the micrometre."""
    volume, centre = solids.ball(10.0)
    grown = np.pad(volume.hu, 12)
    origin = volume.grid.lps_mm(np.array([-12.0, -12.0, -12.0]))
    grid = replace(volume.grid, shape_kji=grown.shape, origin_lps_mm=origin)
    mask = BitMask.from_bool(grown >= 500)
    ball = Segment(SegmentId("ball"), "ball", mask, "#D9423A", recipe=recipe)
    x, y, z = (float(n) for n in centre)
    beside = x + 10.0 + GAP_MM + 1.0
    path = Trajectory(
        ItemId("t"), "path", (beside, y - 12.0, z), (beside, y + 12.0, z), diameter_mm=2.0
    )
    zone = NoGoZone(ItemId("z"), "zone", ball.id, 0.0)
    case = replace(
        tiny_case(), volume=Volume(grown, grid), segments=(ball,), plan=Plan((path, zone))
    )
    (found,) = ZONE_CLEARANCE.results(ZONE_CLEARANCE, MeasureView(case), path)
    if recipe == RECIPE:
        assert found.flags == ()
        assert found.uncertainty_mm == sub_voxel_bound_mm(grid)
        assert found.value == pytest.approx(GAP_MM, abs=found.uncertainty_mm)
    else:
        assert found.flags == (Flag.MASK_ONLY,)
        assert found.uncertainty_mm == mask_bound_mm(grid)
        assert found.value <= GAP_MM  # never more clearance than there is
        assert found.value + found.uncertainty_mm == pytest.approx(GAP_MM, abs=mask_bound_mm(grid))
