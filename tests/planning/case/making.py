"""Small cases for the tests of this folder, and what makes two cases equal."""

import numpy as np

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
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.header import ImageReferences
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.model.making import one_of_each

SHAPE = (5, 9, 70)


def tiny_volume(shape=SHAPE, seed=0, has_padding=True):
    """Noise on an oblique grid, its first slice partly padding."""
    rng = np.random.default_rng(seed)
    hu = rng.integers(-1024, 3000, shape).astype(np.int16)
    padding = None
    if has_padding:
        unread = np.zeros(shape, bool)
        unread[0, :3] = True
        padding = BitMask.from_bool(unread)
    turn = np.deg2rad(20.0)
    direction = np.array(
        [[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]]
    )
    grid = Grid(shape, np.array([-12.5, 3.25, 1 / 3]), (1.25, 0.7, 0.7), direction, "1.2.826.0.1")
    return Volume(hu, grid, padding)


def tiny_case(shape=SHAPE, seed=0, segments=()):
    """A simulation case with every field filled."""
    source = Source(
        "1.2.3#1",
        "1.2.4",
        "2020-02-29",
        "CT",
        "épaule gauche",
        Outcome.PLAN_GRADE,
        (Finding("thick-slices", Severity.WARN, {"mm": 2.5, "n": 3, "name": "x"}, 4, 2.5),),
        0.125,
        ImageReferences("1.2.840.10008.5.1.4.1.1.2", ("1.2.3.4", ""), "101500", "7", "A-é"),
    )
    identity = Identity("C-17", "4711", "TASRIF-PHANTOM", "Núñez^Ana", "1970-01-01", "F")
    return Case(
        CaseId("case-1"),
        Kind.SIMULATION,
        identity,
        Side.LEFT,
        source,
        tiny_volume(shape, seed),
        tuple(segments),
    )


def random_mask(seed, shape=SHAPE, share=0.3):
    """Random voxels; the same for the same seed."""
    return BitMask.from_bool(np.random.default_rng(seed).random(shape) < share)


def segment(name, seed=0, shape=SHAPE):
    """A segment whose id follows from its name."""
    return Segment(SegmentId(f"id-{name}"), name, random_mask(seed, shape), "#a0b1c2")


def place(seed=0):
    """A point inside `tiny_volume`, another for each seed."""
    kji = np.random.default_rng(seed).uniform(1, np.array(SHAPE) - 2)
    return tuple(tiny_volume().grid.lps_mm(kji[::-1]).tolist())


def items(origin=None):
    """One plan item of each kind near the middle of `tiny_volume`; they need the segment `bone`."""
    middle = tuple(tiny_volume().grid.centre_lps_mm.tolist())
    return one_of_each(middle if origin is None else origin, SegmentId("id-bone"))


def content(case):
    """Everything a case holds, as plain values that compare."""
    volume = case.volume
    return (
        case.id,
        case.kind,
        case.identity,
        case.side,
        case.source,
        volume.sha256(),
        tuple(
            (
                s.id,
                s.name,
                s.colour,
                s.is_visible,
                s.opacity_ratio,
                s.recipe,
                *marks(s),
                voxels(s.mask),
            )
            for s in case.segments
        ),
        case.plan,
        case.reasons,
        case.seals,
        case.is_sealed,
        case.withdrawals,
    )


def marks(one):
    """What a person noted about a segment."""
    return one.status, one.is_locked, one.code


def state(case):
    """What edits can change, as plain values that compare."""
    return case.side, *content(case)[6:]


def voxels(mask):
    """The mask's words over the whole grid, as bytes."""
    return mask.to_words().tobytes()
