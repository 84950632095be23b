"""What slices show: one frozen value for all of them, and one small one for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planning.case.case import Case, SegmentId
from planning.model.item import Item, ItemId
from segmentation.mask import BitMask
from viewers.gestures.intents import Tool
from viewers.gestures.measuring import Measure
from viewers.pipelines.plane import Pixel, Triple
from viewers.pipelines.pose import STRAIGHT, Pose
from viewers.pipelines.slice import Window

Translate = Callable[[str], str]
FIRST_WINDOW = Window(2200.0, 480.0)


def untranslated(text: str) -> str:
    """Return the text as it is."""
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a tool would make, drawn dashed until it is applied; `colour` is `#RRGGBB`.

    `segment_id` is the segment whose place it would take, None for a new one.
    """

    mask: BitMask
    colour: str
    segment_id: SegmentId | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """The smallest distance of two things: its ends, and the value as it shall be written."""

    from_lps_mm: Triple
    to_lps_mm: Triple
    words: str
    is_under_limit: bool = False


@dataclass(frozen=True, slots=True)
class PlanScene:
    """How the plan's items are shown; what they are stands in the case.

    Attributes
    ----------
    chosen, hidden
        The item drawn stronger; those that are not drawn but counted (HAZ-33).
    has_handles
        Whether points may be dragged.
    placing, placing_kind
        The points placed so far of an item under way, in LPS mm, and its kind.
    gaps, mark_lps_mm
        Smallest distances to draw; the place of a finding, which gets a ring.
    """

    chosen: ItemId | None = None
    hidden: frozenset[ItemId] = frozenset()
    has_handles: bool = False
    placing: tuple[Triple, ...] = ()
    placing_kind: str = ""
    gaps: tuple[Gap, ...] = ()
    mark_lps_mm: Triple | None = None

    def shown(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Return the items to draw, the chosen one last, so that it lies on top."""
        seen = (item for item in items if item.id not in self.hidden)
        return tuple(sorted(seen, key=lambda item: item.id == self.chosen))


@dataclass(frozen=True, slots=True, eq=False)
class SliceScene:
    """What all slices share.

    `chosen` is the segment drawn with a fill; `crosshair_lps_mm` the point all slices hold.
    `seeds_lps_mm` are the points set for the open tool. `zones` holds the region of each no-go
    zone that is ready, its margin included; `pose` is how the slices lie, along the patient or
    along a path. `translate` and `number` say English words and numbers with a decimal point as
    the window does.
    """

    case: Case | None = None
    crosshair_lps_mm: Triple = (0.0, 0.0, 0.0)
    window: Window = FIRST_WINDOW
    chosen: SegmentId | None = None
    previews: tuple[Preview, ...] = ()
    tool: Tool = Tool.CROSSHAIR
    radius_mm: float = 5.0
    seeds_lps_mm: tuple[Triple, ...] = ()
    has_overlays: bool = True
    is_loading: bool = False
    translate: Translate = untranslated
    number: Translate = untranslated
    plan: PlanScene = PlanScene()
    zones: Mapping[ItemId, BitMask] = field(default_factory=dict)
    pose: Pose = STRAIGHT
    is_mark_thin: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        """The plan's items to draw."""
        return self.plan.shown(self.case.plan.items) if self.case is not None else ()

    @property
    def hidden_n(self) -> int:
        """How many items of the plan are not drawn: all of them while nothing is drawn over."""
        items = self.case.plan.items if self.case is not None else ()
        return len(items) - len(self.items) if self.has_overlays else len(items)


@dataclass(frozen=True, slots=True)
class Pointing:
    """What only one view draws: its pointer, stroke and measures, and whether it is active.

    `region_px` are two opposite corners of a region that is being dragged, `outline_px` the corners
    of an outline; `wire_lps_mm` is the wire so far and `clicks_lps_mm` the points it goes through.
    """

    px: Pixel | None = None
    stroke_lps_mm: tuple[Triple, ...] = ()
    measures: tuple[Measure, ...] = ()
    is_active: bool = False
    region_px: tuple[Pixel, Pixel] | None = None
    outline_px: tuple[Pixel, ...] = ()
    wire_lps_mm: tuple[Triple, ...] = ()
    clicks_lps_mm: tuple[Triple, ...] = ()
