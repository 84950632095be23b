"""A case that can be sealed, what a seal of it is made of, and keys whose wrapping is cheap."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np

from planning.case.case import Identity, Kind
from planning.case.edits import GiveReason, done
from planning.case.inputs import input_sha256
from planning.checks import check_plan, reason_for
from planning.exchange.document import SealStamp
from planning.exchange.keys import make_key
from planning.exchange.seal import sealed
from planning.exchange.wrapping import Cost
from planning.measures.surfaces import Surfaces
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Input, ItemId, SegmentId
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from tests.planning.measures.making import segment_of
from tests.planning.measures.test_clearance import block_case, screw

AT = "2026-03-01T10:20:30+00:00"
DAY = date(2026, 3, 1)
HEAD = "ab" * 32
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
IDENTITY = Identity("Schulter 1", "PAT-4711", "HOSPITAL-X", "Núñez^Ana", "1970-01-31", "F")
SURFACES = Surfaces()


@cache
def key():
    return make_key()


@cache
def planned():
    """A block of bone with one item of each kind, clinical, with every identity field filled."""
    case, frame = block_case(True)
    bone = SegmentId("id-bone")
    nerve = nerve_of(case, frame)
    case = replace(case, segments=(*case.segments, nerve))
    x, y, z = frame.points([0.0, 0.0, 0.0]).tolist()
    source = (Input(nerve.id, str(input_sha256(case, nerve.id))),)
    items = (
        Landmark(ItemId("mark"), "centre", (x, y, z)),
        Distance(ItemId("width"), "width", (x, y, z), (x + 3.0, y, z)),
        Angle(ItemId("tilt"), "tilt", (x + 1.0, y, z), (x, y, z), (x, y + 1.0, z)),
        screw(frame, (0, 0, 15), (0, 0, 0)),
        CutPlane(ItemId("cut"), "cut", (x, y, z), (0.0, 0.6, 0.8), bone),
        NoGoZone(ItemId("zone"), "zone", nerve.id, 4.0, derived_from=source),
    )
    case = replace(case, kind=Kind.CLINICAL, identity=IDENTITY, plan=Plan(items))
    return unblocked(case)


def nerve_of(case, frame):
    """A bar beside the screw, 3 mm from it: nearer than its zone of 4 mm allows."""
    grid = case.volume.grid
    kji = np.indices(grid.shape_kji).reshape(3, -1).T
    away_mm = (grid.lps_mm(kji[:, ::-1]) - frame.points([0.0, 0.0, 0.0])) @ frame.rotation
    inside = ((away_mm >= [5, -2, 2]) & (away_mm <= [9, 2, 8])).all(axis=1)
    mask = BitMask.from_bool(inside.reshape(grid.shape_kji))
    return segment_of(case.volume, "nerve", recipe="", mask=mask)


def unblocked(case):
    """The case with a reason for each finding that blocks it."""
    for finding in check_plan(case, SURFACES, DAY).blocks:
        case = done(GiveReason(reason_for(finding, "As agreed.", "Dr B", AT)), case)
    return case


def stamp(case, **changes):
    return replace(SealStamp("Dr A. Haddad", "surgeon", AT, HEAD, case.version), **changes)


@cache
def seal_edit():
    """The edit that seals `planned()`."""
    case = planned()
    return sealed(case, key(), stamp(case), SURFACES)
