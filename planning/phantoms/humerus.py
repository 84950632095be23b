"""The humerus: a spherical head on the glenoid, exact retroversion and neck-shaft angle.

Sizes: doi 10.1186/s13018-023-03504-2; offsets of the head from its shaft 7 mm medial, 2 behind.
"""

from typing import Final

import numpy as np

from planning.phantoms.curves import unit
from planning.phantoms.scapula import GLENOID_CENTRE
from planning.phantoms.scene import Join, Scene, crop, cut
from planning.phantoms.tables import Floats

HEAD_MM = 24.0
JOINT_SPACE_MM = 0.8
SHAFT: Final = (-0.10, -0.03, 1.0)
# fmt: off
UPPER: Final = [
    (-6, 2, 2, 15, 17), (-7, 2, -14, 18.5, 19.5), (-7.5, 2, -30, 16, 16.5),
    (-7, 2, -48, 13, 13.5), (-7, 2, -75, 11.3, 11.6), (-7, 2, -115, 8, 8),
]
LOWER: Final = [
    (-7, 2, -56, 11.6, 12), (-7, 2, -80, 11.5, 11.8), (-7, 2, -150, 10.8, 11.2),
    (-7, 1, -260, 11, 10),
]
GROOVE: Final = [
    (-16, 25, 14, 4.2, 4.2), (-17.5, 24.5, -8, 4.4, 4.4), (-17, 20, -30, 3.8, 3.8),
    (-14, 15.5, -52, 2.5, 2.5),
]
# fmt: on


def humerus(scene: Scene, g: Floats, retroversion_deg: float, neck_shaft_deg: float) -> None:
    """Add a left humerus whose head faces the glenoid normal `g`, its cartilage and its truth."""
    head = GLENOID_CENTRE + (HEAD_MM + JOINT_SPACE_MM) * g
    shaft = unit(SHAFT)
    medial = unit(-g - ((-g) @ shaft) * shaft)
    front = np.cross(medial, shaft)
    front = front if front[1] < 0 else -front
    scene.place(np.stack([medial, front, shaft], 1), head)
    tilt = np.radians(neck_shaft_deg - 90)
    neck = np.array([np.cos(tilt), 0, np.sin(tilt)])
    _bone(scene)
    scene.begin("cartilage", 7, 95, layer=6)
    scene.sphere((0, 0, 0), HEAD_MM + 1.7)
    scene.halfspace(-0.3 * HEAD_MM * neck, -neck, crop(1))
    turn = np.radians(retroversion_deg)
    elbow = np.array([np.cos(turn), np.sin(turn), 0.0])  # from lateral to medial
    scene.truth.points |= {
        "H": scene.at((0, 0, 0)),
        "NC": scene.at(-0.42 * HEAD_MM * neck),
        "EM": scene.at(np.array([-7.0, 2, -285]) + 30 * elbow),
        "EL": scene.at(np.array([-7.0, 2, -285]) - 30 * elbow),
    }
    scene.truth.directions["humerus shaft"] = shaft
    scene.truth.lengths_mm["humeral_head_radius"] = HEAD_MM
    scene.truth.angles_deg["retroversion"] = retroversion_deg
    scene.truth.angles_deg["neck_shaft"] = neck_shaft_deg


def _bone(scene: Scene) -> None:
    scene.bone("humerus", 2, cortex_hu=1280, texture=60)
    scene.tube(UPPER, samples=14, join=Join(cortex=1.5, inner=70))
    scene.tube(LOWER, samples=8, join=Join(k=10, cortex=4.3, inner=-55))
    scene.ellipsoid((-19, -3, -5), (12, 16, 20), Join(k=7, cortex=1.1, inner=110))
    scene.ellipsoid((-3, 18, -9), (8.5, 8, 12), Join(k=5, cortex=1.2, inner=130))
    scene.tube(GROOVE, samples=8, join=cut(3))
    scene.ellipsoid((-15.5, 1, -120), (4, 5, 26), Join(k=6, cortex=4, inner=-40))
    scene.sphere((0, 0, 0), HEAD_MM, Join(k=2.0, cortex=1.0, inner=270))
