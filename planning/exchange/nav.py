"""For navigation systems and 3D Slicer: markups, segmentation, transform, OpenIGTLink bytes."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from planning.case.case import Case, Segment
from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.itk_transform import written_transform
from planning.exchange.mask_nrrd import cropped
from planning.exchange.nav_messages import written_messages
from planning.exchange.read_back import differs
from planning.exchange.seg_nrrd import Segmentation, written_segments
from planning.exchange.slicer_markups import (
    control_point,
    item_document,
    list_document,
    written_markups,
)
from planning.exchange.slugs import distinct, slug
from planning.geometry.rigid import Rigid
from planning.model.angle import Angle
from planning.model.cut_plane import CutPlane
from planning.model.distance import Distance
from planning.model.item import Item, LpsPoint
from planning.model.landmark import Landmark
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from segmentation.grid import Grid

Rows = Sequence[tuple[Item, LpsPoint | None]]
LISTS: Final = ("landmarks", "no-go-zones")
OWN_FILE: Final = (Distance, Angle, Trajectory, CutPlane)
ABOUT_TRANSFORM: Final = (
    "Identity, LPS mm: patient_from_plan maps a point of the plan to the patient of the CT; "
    "replace it by a registration"
)


class Nav(Exporter):
    """Markups (`.mrk.json`), `segmentation.seg.nrrd`, `patient_from_plan.tfm`, `plan.igtl`.

    All in LPS mm; `plan.igtl.json` says so for the OpenIGTLink bytes, which can't. Every file's
    name and every name in them begins with DRAFT or SIM where it must.
    """

    name: ClassVar[str] = "nav"
    title: ClassVar[str] = "Navigation"
    purpose: ClassVar[str] = "Markups, segments and OpenIGTLink messages for navigation systems"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": "landmarks.mrk.json and plan.igtl, POINT",
        "distance": "NAME.mrk.json, a line",
        "angle": "NAME.mrk.json, an angle",
        "trajectory": "NAME.mrk.json, a line from entry to target, and plan.igtl, TRAJ",
        "cut_plane": "NAME.mrk.json, a plane",
        "no_go_zone": "its segment, margin and severity as tags; a point of no-go-zones.mrk.json",
    }
    left_out: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[frozenset[Need]] = frozenset()

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write all files, read each back, and return what was written.

        Raises
        ------
        Refusal
            `export-read-back-differs` when a file doesn't come back as it was meant.
        """
        writing = _Writing(handover, folder)
        written = tuple(writing.files())
        there = {path.name for path in folder.iterdir()}
        if there != {one.path for one in written} or len(there) != len(written):
            raise differs(self.name, "files")
        return written


@dataclass(frozen=True, slots=True, eq=False)
class _Writing:
    """One export's files, written one after the other."""

    handover: Handover
    folder: Path

    @property
    def case(self) -> Case:
        """The case that is handed over."""
        return self.handover.case

    @property
    def about(self) -> dict[str, Any]:
        """What each file says of its plan."""
        return {
            "plan_id": self.case.id,
            "version": self.case.version,
            "state": self.handover.state,
            "plan_kind": str(self.case.kind),
            "frame_uid": self.case.volume.grid.frame_uid,
        }

    def path(self, name: str) -> Path:
        """Return the path of a file, its name marked."""
        return self.folder / "-".join((*self.handover.marks, name))

    def files(self) -> Iterator[Written]:
        """Yield every file as it was written and read back."""
        progress = self.handover.progress
        yield from self._lists()
        yield from self._items()
        progress(1, 4)
        yield from self._segments()
        progress(3, 4)
        path = self.path("patient_from_plan.tfm")
        yield written_transform(path, Rigid.identity(), ABOUT_TRANSFORM)
        yield from written_messages(self.path("plan.igtl"), self.handover, self.about)
        progress(4, 4)

    def _lists(self) -> Iterator[Written]:
        plan = self.case.plan
        landmarks: Rows = [(one, one.point_lps_mm) for one in plan.of(Landmark)]
        zones: Rows = [(one, self._zone_place(one)) for one in plan.of(NoGoZone)]
        for name, rows in zip(LISTS, (landmarks, zones), strict=True):
            if not rows:
                continue
            points, said = self._points(rows)
            document = list_document(name, self.handover.marks, points, {**self.about, **said})
            meant = [place for _, place in rows]
            yield written_markups(self.path(f"{name}.mrk.json"), document, meant)

    def _points(self, rows: Rows) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return a list's points, and which item each of them is."""
        points, items = [], []
        for n, (item, place) in enumerate(rows, start=1):
            label = " ".join((*self.handover.marks, item.name))
            points.append(control_point(n, label, place, item.kind))
            record: dict[str, Any] = {"item_id": item.id, "kind": item.kind}
            if isinstance(item, NoGoZone):
                record |= {
                    "segment_id": item.segment_id,
                    "margin_mm": item.margin_mm,
                    "severity": item.severity.value,
                }
            items.append(record)
        return points, {"items": items}

    def _zone_place(self, zone: NoGoZone) -> LpsPoint | None:
        segment = self.case.segment(zone.segment_id)
        return inner_point(self.case.volume.grid, segment)

    def _items(self) -> Iterator[Written]:
        items = [one for one in self.case.plan.items if isinstance(one, OWN_FILE)]
        names = item_files((one.name, one.kind) for one in items)
        for item, name in zip(items, names, strict=True):
            document = item_document(item, self.handover.marks, self.about)
            yield written_markups(self.path(name), document, item.places_lps_mm)

    def _segments(self) -> Iterator[Written]:
        case = self.case
        if all(one.mask.is_empty for one in case.segments):
            return
        zones: dict[str, list[NoGoZone]] = defaultdict(list)
        for zone in case.plan.of(NoGoZone):
            zones[zone.segment_id].append(zone)
        tags = {segment_id: zone_tags(own) for segment_id, own in zones.items()}
        notes = {
            "tasrif_state": self.handover.state,
            "tasrif_kind": str(case.kind),
            "tasrif_frame_uid": case.volume.grid.frame_uid,
        }
        what = Segmentation(case.volume.grid, case.segments, self.handover.marks, tags, notes)
        yield written_segments(self.path("segmentation.seg.nrrd"), what)


def item_files(named_kinds: Iterator[tuple[str, str]]) -> tuple[str, ...]:
    """Return the file names of items, unlike each other and unlike those of the lists."""
    slugs = (slug(name, kind.replace("_", "-")) for name, kind in named_kinds)
    return tuple(f"{one}.mrk.json" for one in distinct((*LISTS, *slugs))[len(LISTS) :])


def zone_tags(zones: Sequence[NoGoZone]) -> str:
    """Return what a segment is tagged with: margins and severities of its zones, in one order."""
    margins = json.dumps([one.margin_mm for one in zones])
    severities = ",".join(one.severity for one in zones)
    return f"Tasrif.NoGoMargins_mm:{margins}|Tasrif.NoGoSeverities:{severities}|"


def inner_point(grid: Grid, segment: Segment) -> LpsPoint | None:
    """Return the centre of the segment's voxel nearest to its middle; None for an empty one.

    The middle itself may lie outside of a hollow or bent body.
    """
    if segment.mask.is_empty:
        return None
    start, voxels = cropped(segment.mask)
    kji = np.stack(np.nonzero(voxels), axis=1)
    off_mm = (kji - kji.mean(axis=0)) * grid.spacing_kji_mm
    nearest = kji[np.square(off_mm).sum(axis=1).argmin()] + start
    x, y, z = (float(one) for one in grid.lps_mm(nearest[::-1]))
    return x, y, z
