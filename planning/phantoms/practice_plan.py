"""Plans to practise on: items placed by the phantoms' exact truth, for their practice cases."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from planning.case.case import SegmentId
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, ItemId, LpsPoint
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from planning.phantoms.curves import unit
from planning.phantoms.phantom import Phantom
from planning.phantoms.practice_plan_nerve import NERVE
from planning.phantoms.scapula import DISH_MM
from planning.phantoms.tables import Floats

Segments = Mapping[str, SegmentId]
NewId = Callable[[str], ItemId]

# fmt: off
LANDMARKS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "shoulder": (
        ("GC", "Glenoid centre"), ("P", "Posterior rim"), ("TS", "Trigonum spinae"),
        ("IA", "Inferior angle"),
    ),
    "lumbar": (
        ("L4 left isthmus", "L4 left isthmus"), ("L4 right isthmus", "L4 right isthmus"),
        ("L4 upper endplate", "L4 upper endplate"),
    ),
    "abdomen": (
        ("Kidney tumour centre", "Kidney tumour centre"),
        ("Left renal hilum", "Left renal hilum"), ("Left kidney centre", "Left kidney centre"),
    ),
}
# fmt: on
WIRE_MM, WIRE_DIAMETER_MM = 25.0, 3.0
NERVE_MARGIN_MM: Final = 2.0
AXIS_LEG_MM: Final = 60.0
"""How much of the scapula's axis is drawn; its medial end lies near the middle of the body."""
LEVEL: Final = "L4"
SCREW_MM, SCREW_DIAMETER_MM, SCREW_BEHIND_MM = 45.0, 6.5, 17.0
SAC_MARGIN_MM, VESSEL_MARGIN_MM = 2.0, 5.0
LEG_MM: Final = 30.0
TUMOUR_MARGIN_MM, CUT_FROM_TUMOUR_MM = 2.0, 4.0


def practice_plan(phantom: Phantom, segments: Segments, new_id: NewId) -> tuple[Item, ...]:
    """Return the items of a phantom's practice case; `segments` are its segments' ids by name.

    Names are unique, and `new_id` gives the id of each. A zone is left out where the scan holds
    nothing of its segment.
    """
    landmarks = [
        Landmark(new_id(name), name, _point(phantom.landmarks[key]))
        for key, name in LANDMARKS[phantom.name]
    ]
    rest = {"shoulder": _shoulder, "lumbar": _lumbar, "abdomen": _abdomen}[phantom.name]
    return (*landmarks, *rest(phantom, segments, new_id))


def _shoulder(phantom: Phantom, segments: Segments, new_id: NewId) -> Iterator[Item]:
    """Guide wire from the deepest point of the glenoid along the scapula's axis, nerve, angles.

    The wire has 0 degrees of version and inclination: it corrects those of the glenoid.
    """
    at = {key: _point(phantom.landmarks[key]) for key in ("GC", "P", "S", "I")}
    medial = phantom.landmarks["TS"] - phantom.landmarks["GC"]
    entry = phantom.landmarks["GC"] - DISH_MM * phantom.directions["glenoid normal"]
    target = entry - WIRE_MM * phantom.directions["scapula lateral"]
    name = "K-wire"
    yield Trajectory(
        new_id(name), name, _point(entry), _point(target), WIRE_DIAMETER_MM, segments["Scapula"]
    )
    yield from _zone("Suprascapular nerve zone", NERVE, NERVE_MARGIN_MM, segments, new_id)
    name = "Glenoid height"
    yield Distance(new_id(name), name, at["I"], at["S"])
    name = "Version angle (90° is neutral)"
    leg = phantom.landmarks["GC"] + AXIS_LEG_MM * unit(medial)
    yield Angle(new_id(name), name, at["P"], at["GC"], _point(leg))


def _lumbar(phantom: Phantom, segments: Segments, new_id: NewId) -> Iterator[Item]:
    """Two pedicle screws through the middle of the isthmi, along the pedicles' true axes."""
    bone = segments[f"Vertebra {LEVEL}"]
    along = {side: phantom.directions[f"{LEVEL} {side} pedicle"] for side in ("left", "right")}
    for side, axis in along.items():
        entry = phantom.landmarks[f"{LEVEL} {side} isthmus"] - SCREW_BEHIND_MM * axis
        name = f"{LEVEL} {side} screw"
        target = entry + SCREW_MM * axis
        yield Trajectory(new_id(name), name, _point(entry), _point(target), SCREW_DIAMETER_MM, bone)
    yield from _zone("Dural sac zone", "Spinal cord and sac", SAC_MARGIN_MM, segments, new_id)
    yield from _zone("Artery zone", "Arteries", VESSEL_MARGIN_MM, segments, new_id)
    isthmus, axis = phantom.landmarks[f"{LEVEL} left isthmus"], along["left"]
    half = phantom.lengths_mm[f"{LEVEL}_left_pedicle_width"] / 2
    across = half * np.cross(phantom.directions[f"{LEVEL} vertical"], axis)
    name = f"{LEVEL} left pedicle width"
    yield Distance(new_id(name), name, _point(isthmus - across), _point(isthmus + across))
    forward = LEG_MM * unit(along["left"] + along["right"])
    name = f"{LEVEL} left pedicle angle"
    legs = _point(isthmus + LEG_MM * axis), _point(isthmus + forward)
    yield Angle(new_id(name), name, legs[0], _point(isthmus), legs[1])


def _abdomen(phantom: Phantom, segments: Segments, new_id: NewId) -> Iterator[Item]:
    """Zones round both tumours, and a straight cut of the kidney outside its tumour's zone."""
    yield from _zone("Kidney tumour margin", "Kidney tumour", TUMOUR_MARGIN_MM, segments, new_id)
    yield from _zone("Liver tumour margin", "Liver tumour", TUMOUR_MARGIN_MM, segments, new_id)
    centre = phantom.landmarks["Kidney tumour centre"]
    radius_mm = phantom.lengths_mm["kidney_tumour_diameter"] / 2
    outward = unit(centre - phantom.landmarks["Left kidney centre"])
    place = centre - (radius_mm + CUT_FROM_TUMOUR_MM) * outward
    name = "Kidney cut"
    yield CutPlane(new_id(name), name, _point(place), _point(outward), segments["Left kidney"])
    up = np.array([0.0, 0.0, radius_mm])
    name = "Kidney tumour diameter"
    yield Distance(new_id(name), name, _point(centre - up), _point(centre + up))


def _zone(
    name: str, segment: str, margin_mm: float, segments: Segments, new_id: NewId
) -> Iterator[Item]:
    if segment in segments:
        yield NoGoZone(new_id(name), name, segments[segment], margin_mm)


def _point(place: Floats) -> LpsPoint:
    x, y, z = (float(number) for number in place)
    return (x, y, z)
