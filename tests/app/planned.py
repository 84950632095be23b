"""A small case with a plan: a path in a block of bone, a nerve beside it with a margin."""

from dataclasses import replace

import numpy as np

from app.sealing import keep_new_key
from planning.case.case import Case, Kind, Segment, SegmentId
from planning.model.item import ItemId
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from tests.app.conftest import SHAPE, block_case

PASSPHRASE = "correct horse battery"
NERVE = (slice(6, 18), slice(12, 20), slice(33, 36))
NEAR_MM, FAR_MM = 8.0, 1.0


def planned_case(margin_mm: float = FAR_MM, kind: Kind = Kind.CLINICAL) -> Case:
    """Return a case whose zone is kept with `FAR_MM` and broken with `NEAR_MM`."""
    voxels = np.zeros(SHAPE, bool)
    voxels[NERVE] = True
    case = block_case(kind)
    nerve = Segment(SegmentId("nerve"), "Nerve", BitMask.from_bool(voxels), "#FF5A5A")
    wire = Trajectory(
        ItemId("wire"), "K-wire", (7.0, 0.0, 130.0), (5.0, 0.0, 116.0), 3.0, SegmentId("s0")
    )
    zone = NoGoZone(ItemId("zone"), "Nerve zone", SegmentId("nerve"), margin_mm)
    return replace(case, segments=(*case.segments, nerve), plan=Plan((wire, zone)))


def new_key(path, passphrase: str = PASSPHRASE):
    return keep_new_key(path, passphrase)
