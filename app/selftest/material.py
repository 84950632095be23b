"""What the known answers are asked about: two balls of bone, a phantom, a case, a package."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
from planning.case.edits import GiveReason, done
from planning.checks import check_plan, reason_for
from planning.exchange.document import SealStamp
from planning.exchange.export import ExportOptions, export
from planning.exchange.keys import SigningKey, make_key
from planning.exchange.seal import sealed
from planning.geometry.rigid import Rigid
from planning.measures.surfaces import Surfaces
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.item import ItemId, LpsPoint
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from planning.phantoms.phantom import Phantom, build_phantom
from segmentation.effects.effect import SegmentView
from segmentation.effects.islands import Islands
from segmentation.effects.threshold import Threshold
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume

Floats = NDArray[np.float64]
SHAPE_KJI, SPACING_KJI_MM = (40, 90, 64), (1.0, 0.7, 0.7)
TURN = Rigid.turn((2.0, -1.0, 3.0), 24.0).rotation
CENTRE_LPS_MM: Final = np.array([131.7, -68.2, 911.4])
BALL_MM, SMALL_BALL_MM, APART_MM = 11.0, 5.0, 24.0
BONE_HU, LOWER_HU, UPPER_HU = 1000, 500, 3071
BLUR_MM: Final = 1.4
RECIPE: Final = '{"set":{"lower_hu":500,"upper_hu":3071},"tool":"threshold"}'
DIAMETER_MM, MARGIN_MM = 3.0, 2.0
DAY: Final = date(2026, 1, 2)
JOURNAL_HEAD: Final = "0" * 64


@dataclass(eq=False)
class Material:
    """All of it is made when first asked for; `folder` exists, is empty, and the caller's."""

    folder: Path

    @cached_property
    def grid(self) -> Grid:
        """An oblique grid about a metre away from zero, the balls in its middle."""
        steps = np.array(SPACING_KJI_MM[::-1])
        middle = TURN @ ((np.array(SHAPE_KJI[::-1]) - 1) / 2 * steps)
        origin = CENTRE_LPS_MM + np.array([0.0, APART_MM / 2, 0.0]) - middle
        return Grid(SHAPE_KJI, origin, SPACING_KJI_MM, TURN, "1.2.826.0.1.3680043.2.1125.9")

    @cached_property
    def centres_lps_mm(self) -> tuple[Floats, Floats]:
        """The middles of the great ball and of the small one."""
        return CENTRE_LPS_MM, CENTRE_LPS_MM + np.array([0.0, APART_MM, 0.0])

    @cached_property
    def beyond_mm(self) -> tuple[Floats, Floats]:
        """How far each voxel centre [k, j, i] lies outside of either ball, by Pythagoras."""
        kji = np.indices(SHAPE_KJI).reshape(3, -1).T
        places = self.grid.lps_mm(kji[:, ::-1])
        great, small = (
            (np.linalg.norm(places - centre, axis=1) - radius).reshape(SHAPE_KJI)
            for centre, radius in zip(self.centres_lps_mm, (BALL_MM, SMALL_BALL_MM), strict=True)
        )
        return great, small

    @cached_property
    def volume(self) -> Volume:
        """The balls as bone, their borders blurred over two voxels."""
        outside = np.minimum(*self.beyond_mm)
        hu = BONE_HU * np.clip(0.5 - outside / BLUR_MM, 0.0, 1.0)
        # Rounded down, so that exactly the voxels within a ball reach the threshold.
        return Volume(np.floor(hu).astype(np.int16), self.grid)

    @cached_property
    def bone(self) -> BitMask:
        """Both balls, by the tool."""
        nothing = BitMask.empty(SHAPE_KJI)
        return Threshold(LOWER_HU, UPPER_HU).apply(SegmentView(self.volume, nothing))

    @cached_property
    def great_ball(self) -> BitMask:
        """The great ball alone, by the tool."""
        return Islands("largest").apply(SegmentView(self.volume, self.bone))

    @cached_property
    def case(self) -> Case:
        """The balls as segments, with a plan whose numbers are known."""
        source = Source("1.2", "1.3", DAY.isoformat(), "CT", "", Outcome.PLAN_GRADE)
        great, small = SegmentId("great"), SegmentId("small")
        segments = (
            Segment(great, "great ball", self.great_ball, "#E6D3A8", recipe=RECIPE),
            Segment(small, "small ball", self.bone - self.great_ball, "#D9423A", recipe=RECIPE),
        )
        return Case(
            CaseId("selftest"),
            Kind.SIMULATION,
            Identity("SELFTEST"),
            Side.NONE,
            source,
            self.volume,
            segments,
            Plan(self._items(great, small)),
        )

    def _items(
        self, great: SegmentId, small: SegmentId
    ) -> tuple[Landmark, Distance, Angle, Trajectory, NoGoZone]:
        def at(x: float, y: float, z: float) -> LpsPoint:
            a, b, c = (CENTRE_LPS_MM + np.array([x, y, z])).tolist()
            return a, b, c

        return (
            Landmark(ItemId("point"), "middle", at(0, 0, 0)),
            Distance(ItemId("length"), "length", at(0, 0, 0), at(3, -4, 12)),
            Angle(ItemId("angle"), "angle", at(2, 0, 0), at(0, 0, 0), at(1, 3**0.5, 0)),
            Trajectory(ItemId("path"), "path", at(-12, 0, 0), at(6, 0, 0), DIAMETER_MM, great),
            NoGoZone(ItemId("zone"), "zone", small, MARGIN_MM),
        )

    @cached_property
    def key(self) -> SigningKey:
        """A key that is made for this run and kept nowhere."""
        return make_key()

    @cached_property
    def package(self) -> Path:
        """The case sealed and handed over, a simulation."""
        surfaces, at = Surfaces(), datetime.now(UTC).isoformat(timespec="seconds")
        today = datetime.fromisoformat(at).date()
        case = self.case
        for finding in check_plan(case, surfaces, today).blocks:
            case = done(GiveReason(reason_for(finding, "Self-test.", "Tasrif", at)), case)
        stamp = SealStamp("Tasrif", "selftest", at, JOURNAL_HEAD, case.version)
        case = done(sealed(case, self.key, stamp, surfaces), case)
        options = ExportOptions(
            force=False, journal_head=JOURNAL_HEAD, today=today, surfaces=surfaces
        )
        return export(case, ("package", "print"), self.folder / "package", self.key, options).folder

    @cached_property
    def phantom(self) -> Phantom:
        """A shoulder with large voxels, turned and far from zero."""
        return build_phantom("shoulder", oblique=True, detail="quarter")
