"""How a plan item is shown: the slices around it, and the eye that sees where it enters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.case.case import Case, SegmentId, Side
from planning.model.item import Item, ItemId
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.mesh import Mesh
from viewers.pipelines.camera import FIRST_EYES, SolidCamera
from viewers.pipelines.coverage import voxels_in
from viewers.pipelines.first_view import middle_lps_mm
from viewers.pipelines.free_sight import Sight, eyes, triangles_before
from viewers.pipelines.plane import PlaneKind, SlicePlane, Triple, patient_plane, triple

FIELD_MM: Final = 118.0
HEIGHT_MM: Final = 102.0
ROOM: Final = 1.6  # how many times a long item fits the view
# The surgeon's eye on the socket of a left shoulder (LPS); a right side mirrors x.
SOCKET_EYE: Final[Triple] = (0.62, -0.66, 0.42)
SOCKET_NEAR: Final = 0.75
LIFT: Final = 0.45
NEAR_ENTRY: Final = 0.3
END_ON: Final = 0.95  # nearer to the axis the path would hide its own entry
ZONE_NEAR_MM: Final = 70.0
ZONE_SAMPLES: Final = 80
SIGHT_MM: Final = 140.0
PLACES_MAX: Final = 2000
IN_PICTURE: Final = 0.45
SEEN_RATIO: Final = 0.1  # so much of the zones must be seen, half of them being behind
FREE: Final = 0.6  # how hidden the entry may be: 0 from the freest side, 1 from an ordinary one
BESIDE_VOXELS: Final = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Journey:
    """An item as the views shall show it; `item` is None for points of no item.

    `points_lps_mm` are its points, the first one under the crosshair; `field_mm` is what the
    width of a slice spans.
    """

    points_lps_mm: tuple[Triple, ...]
    item: Item | None = None
    field_mm: float = FIELD_MM

    @property
    def start_lps_mm(self) -> Triple:
        """The place of the crosshair: of a trajectory its entry."""
        return self.points_lps_mm[0]

    @property
    def middle_lps_mm(self) -> Triple:
        """The middle of the box around the points: where slices are centred."""
        points = np.array(self.points_lps_mm)
        return triple((points.min(axis=0) + points.max(axis=0)) / 2.0)

    @property
    def extent_mm(self) -> float:
        """The diagonal of the box around the points."""
        return float(np.linalg.norm(np.ptp(np.array(self.points_lps_mm), axis=0)))

    @property
    def outward(self) -> Floats | None:
        """Unit vector from the target to the entry of a path, None for what is no path."""
        is_path = isinstance(self.item, Trajectory) or self.item is None
        if len(self.points_lps_mm) != 2 or not is_path or self.extent_mm == 0.0:
            return None
        way = np.subtract(*self.points_lps_mm)
        return np.asarray(way / np.linalg.norm(way), np.float64)

    def mm_per_px(self, size_px: tuple[int, int]) -> float:
        """Return the scale of a slice: the field across its width, more for a long item."""
        return max(self.field_mm / size_px[0], ROOM * self.extent_mm / min(size_px))

    def plane(self, kind: PlaneKind, size_px: tuple[int, int]) -> SlicePlane:
        """Return the slice along the patient's axes that holds the start, the item amid it."""
        scale = self.mm_per_px(size_px)
        plane = patient_plane(kind, self.middle_lps_mm, scale, size_px)
        return plane.through(self.start_lps_mm)

    def camera(self, eye: Triple, aspect: float) -> SolidCamera:
        """Return the view of the item from a direction; `aspect` is width over height."""
        needed_mm = ROOM * self.extent_mm * max(1.0, 1.0 / max(aspect, 0.1))
        height = HEIGHT_MM / FIELD_MM * max(self.field_mm, needed_mm)
        focus = self.middle_lps_mm if self.outward is None else self.start_lps_mm
        camera = SolidCamera(focus, (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), height)
        return camera.from_eye(eye)


def journey_of(
    case: Case | None, points_lps_mm: Sequence[Triple], chosen: ItemId | None = None
) -> Journey:
    """Return the journey of points: of the item that has them, or else of the chosen one."""
    points = tuple(triple(point) for point in points_lps_mm)
    items = case.plan.items if case is not None else ()
    found = next((item for item in items if points and item.places_lps_mm == points), None)
    if found is None:
        found = next((item for item in items if item.id == chosen), None)
    return Journey(points, found)


def item_journey(case: Case, item_id: ItemId) -> Journey | None:
    """Return the journey of an item: of a zone through its segment's middle, None for nothing."""
    item = next((item for item in case.plan.items if item.id == item_id), None)
    if item is None:
        return None
    if item.places_lps_mm:
        return Journey(item.places_lps_mm, item)
    masks = [s.mask for s in case.segments if s.id in item.segment_ids and not s.mask.is_empty]
    grid = case.volume.grid
    return Journey((triple(middle_lps_mm(grid, masks[0])),), item) if masks else None


def solid_segments(case: Case, journey: Journey) -> frozenset[SegmentId] | None:
    """Return the segments that stay solid around an item, None where all do.

    Its own bone does, and each zone's segment. Of an item that names none it is what its points
    lie in or beside; of a zone what the paths and planes near it lie in.
    """
    zones = frozenset(zone.segment_id for zone in case.plan.of(NoGoZone))
    if isinstance(journey.item, NoGoZone):
        others = (item for item in case.plan.items if not isinstance(item, NoGoZone))
        own = {segment_id for item in others for segment_id in item.segment_ids}
    elif journey.item is not None and journey.item.segment_ids:
        own = set(journey.item.segment_ids)
    else:
        grid, points = case.volume.grid, journey.points_lps_mm
        own = {s.id for s in case.segments if any(_is_beside(grid, s.mask, p) for p in points)}
        worked_on = {i for item in case.plan.of(Trajectory) for i in item.segment_ids}
        own = (own & worked_on or own) - zones  # in a joint the bone that is worked on
    return zones | own if own else None


def usual_eye(journey: Journey, case: Case, region: str = "") -> Triple:
    """Return the direction from which people are used to see such an item, or a path near it."""
    mirror = np.array((-1.0 if case.side is Side.RIGHT else 1.0, 1.0, 1.0))
    outward = journey.outward
    if outward is None:
        for path in case.plan.of(Trajectory):
            if math.dist(path.entry_lps_mm, journey.start_lps_mm) <= ZONE_NEAR_MM:
                return usual_eye(Journey(path.places_lps_mm, path), case, region)
        return triple(np.array(FIRST_EYES.get(region, FIRST_EYES[""])) * mirror)
    socket = np.array(SOCKET_EYE) * mirror
    socket = socket / np.linalg.norm(socket)
    if case.side in {Side.LEFT, Side.RIGHT} and float(socket @ outward) >= SOCKET_NEAR:
        return triple(socket)
    up = np.array((0.0, 0.0, 1.0) if abs(outward[2]) < SOCKET_NEAR else (0.0, -1.0, 0.0))
    lift = up - (up @ outward) * outward
    eye = outward + LIFT * lift / np.linalg.norm(lift)
    return triple(eye / np.linalg.norm(eye))


def best_eye(
    journey: Journey, usual: Triple, solid: Sequence[Mesh], zones: Sequence[Mesh]
) -> Triple:
    """Return the direction that sees the entry and the zones near it most freely.

    Only from outside the entry and never along the path. Among directions that see the entry
    well and a tenth of the zones the one nearest to the usual eye is taken. `solid` are the
    bones that hide things.
    """
    directions = np.concatenate([[usual], eyes()])
    outward = journey.outward
    if outward is not None:
        toward_entry = directions @ outward
        is_outside = (toward_entry > NEAR_ENTRY) & (toward_entry < END_ON)
        directions = directions[is_outside] if is_outside.any() else directions
    found = triangles_before(journey.start_lps_mm, solid, directions)
    hidden = (found - found.min()) / max(float(np.median(found) - found.min()), 1.0)
    seen = _zones_seen(journey, solid, zones, directions)
    toward = directions @ (np.array(usual) / np.linalg.norm(usual))
    is_free = (hidden <= FREE) & (seen >= SEEN_RATIO)
    if is_free.any():
        return triple(directions[int(np.where(is_free, toward, -2.0).argmax())])
    return triple(directions[int((hidden - seen).argmin())])


def seen_places(
    camera: SolidCamera, aspect: float, solid: Sequence[Mesh], zones: Sequence[Mesh]
) -> dict[Mesh, Triple]:
    """Return for each zone in the picture a place in sight, on the side of its middle."""
    sight = Sight(solid, camera.focus_lps_mm, SIGHT_MM)
    here, eye, places = np.array(camera.focus_lps_mm), np.array(camera.eye), {}
    frame = np.array((camera.right, camera.up)).T / (camera.height_mm * np.array((aspect, 1.0)))
    for mesh in zones:
        points = mesh.points_lps_mm[:: max(1, len(mesh.points_lps_mm) // PLACES_MAX)]
        is_front = (points - points.mean(axis=0)) @ eye > 0.0
        is_inside = (np.abs((points - here) @ frame) <= IN_PICTURE).all(axis=1)
        points = points[is_front & is_inside & sight.seen(points, eye)]
        if len(points):
            away = np.linalg.norm(points - here, axis=1)
            points = points[np.argsort(away)[: 1 + len(points) // 4]]
            aside = np.linalg.norm(points - points.mean(axis=0), axis=1)
            places[mesh] = triple(points[int(aside.argmin())])
    return places


def _zones_seen(
    journey: Journey, solid: Sequence[Mesh], zones: Sequence[Mesh], directions: Floats
) -> Floats:
    """Return which share of the zones near the item is seen from each direction, 1 for none."""
    here = np.array(journey.middle_lps_mm)
    near = []
    for mesh in zones:
        points = mesh.points_lps_mm
        points = points[np.linalg.norm(points - here, axis=1) <= ZONE_NEAR_MM]
        near.append(points[:: max(1, len(points) // ZONE_SAMPLES)])
    points = np.concatenate([*near, np.empty((0, 3))])
    if not len(points):
        return np.ones(len(directions))
    sight = Sight(solid, journey.middle_lps_mm, SIGHT_MM)
    return np.array([float(sight.seen(points, eye).mean()) for eye in directions])


def _is_beside(grid: Grid, mask: BitMask, point_lps_mm: Triple) -> bool:
    """Whether a mask has a voxel within three voxels of a point."""
    if mask.is_empty:
        return False
    i, j, k = (round(float(n)) for n in grid.ijk(np.array(point_lps_mm)))
    reach = BESIDE_VOXELS
    spans = [slice(max(n - reach, 0), max(n + reach + 1, 0)) for n in (k, j, i)]
    return bool(voxels_in(mask, (spans[0], spans[1], spans[2])).any())
