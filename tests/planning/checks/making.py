"""A made body with a bone, a vessel and a path of which everything passes, and faults planted."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np

from planning.case.case import Identity, Side, Source
from planning.checks import check_plan
from planning.measures.surfaces import Surfaces
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.grid import Grid
from segmentation.io.outcome import Outcome
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.measures.making import case_of, filled, grid_about, segment_of

TODAY = date(2026, 6, 1)
AIR_HU, HOT_HU = -1000, 1000
BONE = ((20.0, -12.0, -12.0), (50.0, 12.0, 12.0))
VESSEL = ((20.0, 18.0, -12.0), (50.0, 26.0, 12.0))
SURFACES = Surfaces()
"""Kept between tests: the volumes below are made once."""


def within(low, high):
    return lambda points: ((points > low) & (points < high)).all(axis=1)


@cache
def body(half_mm=60.0, shape=(36, 70, 140), middle=(0.0, 0.0, 0.0), vessel=VESSEL):
    """A case of a soft body that reaches `half_mm` to either side, patient left at +x."""
    grid = grid_about(middle, shape, (1.0, 1.0, 1.0))
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    places = grid.lps_mm(kji[:, ::-1].astype(float))
    is_body = (np.abs(places[:, 0]) < half_mm) & (np.abs(places[:, 1]) < 32.0)
    hu = np.where(is_body.reshape(grid.shape_kji), 0.0, AIR_HU)
    masks = {}
    for name, box in (("bone", BONE), ("vessel", vessel)):
        share = filled(grid, within(*box))
        hu += HOT_HU * share
        masks[name] = BitMask.from_bool(share >= 0.5)
    volume = Volume(np.round(hu).astype(np.int16), grid)
    segments = [segment_of(volume, name, mask=mask) for name, mask in masks.items()]
    return replace(
        case_of(volume, segments),
        identity=Identity("C-1", "4711", "", "Doe^Jane"),
        source=Source("1.2", "1.3", "2026-05-01", "CT", "", Outcome.PLAN_GRADE),
        side=Side.LEFT,
    )


def wire(dy=0.0, **more):
    """A path of 4 mm along x through the bone, from 2 mm outside of it to 5 mm before its end."""
    fields = {
        "entry_lps_mm": (52.0, dy, 0.0),
        "target_lps_mm": (25.0, dy, 0.0),
        "diameter_mm": 4.0,
        "segment_id": "id-bone",
    }
    return Trajectory("wire", "wire", **{**fields, **more})


def zone(margin_mm=2.0, **more):
    return NoGoZone("zone", "zone", **{"segment_id": "id-vessel", "margin_mm": margin_mm, **more})


def planned(*items, case=None):
    return _planned(body() if case is None else case, items or (wire(), zone()))


@cache
def _planned(case, items):
    return replace(case, plan=Plan(items))


@cache
def checkup(case, today=TODAY):
    """The checkup of a case; the same case object is checked once."""
    return check_plan(case, SURFACES, today)


def codes(case, today=TODAY):
    return [finding.code for finding in checkup(case, today).findings if finding.severity != "info"]


def finding(case, code, today=TODAY):
    (one,) = [one for one in checkup(case, today).findings if one.code == code]
    return one


def spaced(case, spacing_mm):
    """The case with other voxel distances along k."""
    old = case.volume.grid
    spacing = (spacing_mm, *old.spacing_kji_mm[1:])
    grid = Grid(old.shape_kji, old.origin_lps_mm, spacing, old.direction, old.frame_uid)
    return replace(case, volume=Volume(case.volume.hu, grid))
