"""A small planned case: two balls of bone on an oblique grid, each kind of item, one breach."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from planning.case.case import Kind
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from tests.planning.measures.making import case_of, filled, grid_about, segment_of, volume_of

CENTRE = np.array([120.3, -45.1, 610.7])
NERVE = CENTRE + np.array([0.0, 16.0, 0.0])
BONE_RADIUS_MM, NERVE_RADIUS_MM = 9.0, 4.0
PAINTED = '[{"set":{"lower_hu":500,"upper_hu":3000},"tool":"threshold"},{"set":{},"tool":"paint"}]'


def planned_case(kind=Kind.CLINICAL):
    """Return a case whose plan has every kind of item; measures of all kinds have a number."""
    turn = Rotation.from_euler("xyz", [12.0, -8.0, 20.0], degrees=True).as_matrix()
    grid = grid_about(CENTRE + np.array([0.0, 6.0, 0.0]), (36, 72, 48), (1.0, 0.7, 0.7), turn)

    def ball(centre, radius):
        return filled(grid, lambda p: ((p - centre) ** 2).sum(axis=-1) <= radius**2)

    bone, nerve = ball(CENTRE, BONE_RADIUS_MM), ball(NERVE, NERVE_RADIUS_MM)
    volume = volume_of(grid, bone + nerve, noise_hu=10.0, seed=3)
    near_bone = bone > 0.4
    masks = [mask & (volume.hu >= 500) for mask in (near_bone, nerve > 0.4)]
    segments = [
        segment_of(volume, "bone", mask=BitMask.from_bool(masks[0])),
        segment_of(volume, "nerve", recipe=PAINTED, mask=BitMask.from_bool(masks[1])),
    ]
    case = case_of(volume, segments, _items(*(one.id for one in segments)))
    return replace(case, kind=kind)


def _items(bone, nerve):
    x, y, z = (float(one) for one in CENTRE)
    return (
        Landmark(ItemId("i1"), "centre", (x, y, z)),
        Distance(ItemId("i2"), "width", (x, y, z), (x + 3.0, y + 4.0, z)),
        Angle(ItemId("i3"), "tilt", (x + 1.0, y, z), (x, y, z), (x, y + 2.0, z + 2.0)),
        Trajectory(ItemId("i4"), "screw", (x - 11.0, y, z), (x + 5.0, y + 1.0, z), 3.0, bone),
        Trajectory(ItemId("i5"), "breach", (x, y - 11.0, z), (x, y + 12.5, z), 2.0, bone),
        CutPlane(ItemId("i6"), "cut", (x, y, z + 1.0), (0.0, 0.6, 0.8), bone),
        NoGoZone(ItemId("i7"), "keep off", nerve, 1.5),
    )
