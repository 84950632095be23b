"""Whole packages, of all exporters and sealed: of a small case, a phantom, a CT; all item kinds."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from app.words import CatalogueWords
from planning.case.case import Segment, SegmentId, Side
from planning.case.edits import GiveReason, done
from planning.case.history import History
from planning.case.intake import case_from_loaded
from planning.checks import check_plan, reason_for
from planning.exchange import EXPORTERS
from planning.exchange.seal import sealed
from planning.measures.surfaces import Surfaces
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import ItemId
from planning.model.landmark import Landmark
from planning.model.plan import KINDS, Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from planning.phantoms.phantom import build_phantom
from planning.phantoms.practice import practice_case
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from tests.planning.exchange import making

ALL = tuple(one.name for one in EXPORTERS)
LARGEST_BONE = (
    '[{"set":{"lower_hu":%d,"upper_hu":3071},"tool":"threshold"},{"set":{},"tool":"islands"}]'
)
BALL_MM = 6.0
AWAY_MM = (20.0, 10.0, 5.0)


def packaged(case, out, surfaces=None, language="en"):
    """Give the reasons that are asked for, seal, hand over to every destination; the case.

    A volume without a DICOM study, such as a NIfTI, can't stand in one: all the others have it.
    """
    known = Surfaces() if surfaces is None else surfaces
    at = "2026-03-04T09:00:00+00:00"
    for finding in check_plan(case, known, making.TODAY).blocks:
        case = done(GiveReason(reason_for(finding, "As agreed.", "Dr B", at)), case)
    history = History(case)
    history.do(sealed(history.case, making.key(), making.stamp(history.case), known))
    more = {"surfaces": known, "pictures": making.PICTURES, "words": CatalogueWords(language)}
    names = [one for one in ALL if one != "dicom" or history.case.source.images]
    made = making.exported(history.case, out, names, making.key(), **more)
    assert not made.is_draft
    return history.case


def with_every_kind(case, bone, guarded, at, step_mm=4.0):
    """The case with an item of each kind that its plan lacks, about a place in a bone."""
    x, y, z = at
    missing = {
        "landmark": Landmark(ItemId("more-l"), "Deepest place", at),
        "distance": Distance(ItemId("more-d"), "Travée", at, (x + step_mm, y, z + 1.0)),
        "angle": Angle(ItemId("more-a"), "زاوية", (x + step_mm, y, z), at, (x, y + step_mm, z)),
        "trajectory": Trajectory(
            ItemId("more-t"), "Wire", (x, y - step_mm, z), (x, y + step_mm, z + 0.5), 1.5, bone
        ),
        "cut_plane": CutPlane(ItemId("more-c"), "Cut", at, (0.0, 0.6, 0.8), bone),
        "no_go_zone": NoGoZone(ItemId("more-z"), "Keep off", guarded, 2.0),
    }
    assert set(missing) == {one.kind for one in KINDS}
    there = {one.kind for one in case.plan.items}
    more = (one for kind, one in missing.items() if kind not in there)
    return replace(case, plan=Plan((*case.plan.items, *more)))


def phantom_case(name):
    """A built-in phantom in half detail."""
    case = practice_case(build_phantom(name, detail="half"))
    bone = case.segments[0]
    guarded = min((s for s in case.segments if not s.mask.is_empty), key=lambda s: s.mask.voxels)
    return with_every_kind(case, bone.id, guarded.id, deepest_mm(case, bone.mask.to_bool()))


def deepest_mm(case, voxels):
    """The place in LPS mm that lies deepest in a mask."""
    grid = case.volume.grid
    depth = ndimage.distance_transform_edt(np.pad(voxels, 1), sampling=grid.spacing_kji_mm)
    kji = np.array(np.unravel_index(depth.argmax(), depth.shape)) - 1
    return tuple(grid.lps_mm(kji[::-1].astype(float)).tolist())


def ct_case(path, lower_hu=226):
    """A CT with its largest bone, and a ball beside its deepest place that a zone is about."""
    loaded = load(scan(path).series[0])
    case = case_from_loaded(loaded, Side.LEFT, "CT-1")
    grid = case.volume.grid
    labels, n = ndimage.label(case.volume.hu >= lower_hu)
    assert n
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    voxels = labels == counts.argmax()
    at = deepest_mm(case, voxels)
    bone = Segment(
        SegmentId("bone"), "Os", BitMask.from_bool(voxels), "#e6d3a8",
        recipe=LARGEST_BONE % lower_hu,
    )  # fmt: skip
    middle = beside(grid, np.array(at))
    ball = Segment(SegmentId("ball"), "كرة", ball_about(grid, middle), "#ff5a5a")
    case = replace(case, segments=(bone, ball), plan=Plan(()))
    return with_every_kind(case, bone.id, ball.id, at)


def beside(grid, at):
    """A place in a grid, in its plane of images, as far from another as it has room for."""
    for away_mm in AWAY_MM:
        for way in ((0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)):
            found = at + away_mm * (grid.direction @ np.array(way, float))
            ijk = grid.ijk(found)
            if (ijk >= 0).all() and (ijk <= np.array(grid.shape_kji[::-1]) - 1).all():
                return found
    raise AssertionError("a scan smaller than its zone")


def ball_about(grid, middle_mm):
    """The voxels of a grid within 6 mm of a place."""
    ijk = grid.ijk(np.asarray(middle_mm))
    reach = np.ceil(BALL_MM / np.array(grid.spacing_kji_mm[::-1])).astype(int) + 1
    low = np.maximum(np.rint(ijk).astype(int) - reach, 0)
    high = np.minimum(np.rint(ijk).astype(int) + reach + 1, grid.shape_kji[::-1])
    found = np.zeros(grid.shape_kji, bool)
    box = np.indices(tuple((high - low)[::-1])).reshape(3, -1).T + low[::-1]
    away_mm = np.linalg.norm(grid.lps_mm(box[:, ::-1].astype(float)) - middle_mm, axis=1)
    found[tuple(box[away_mm <= BALL_MM].T)] = True
    return BitMask.from_bool(found)
