"""What views report. Points are LPS mm as three floats, so that intents compare by value."""

from dataclasses import dataclass
from enum import StrEnum

from planning.model.item import ItemId
from viewers.pipelines.plane import PlaneKind, Triple


class Tool(StrEnum):
    """What the left button does in a slice."""

    CROSSHAIR = "crosshair"
    WINDOW = "window"
    DISTANCE = "distance"
    ANGLE = "angle"
    SEED = "seed"
    PAINT = "paint"
    ERASE = "erase"
    PLACE = "place"
    LASSO = "lasso"
    RECTANGLE = "rectangle"
    CIRCLE = "circle"
    WIRE = "wire"


class Layout(StrEnum):
    """How the four views share their room."""

    FOUR = "four"
    WIDE = "wide"
    ONE = "one"


class SolidMode(StrEnum):
    """What the 3D view shows."""

    SURFACES = "surfaces"
    BONE = "bone"
    VESSEL = "vessel"
    SKIN = "skin"


@dataclass(frozen=True, slots=True)
class CrosshairMoved:
    """The common point of the slices goes to `lps_mm`."""

    lps_mm: Triple


@dataclass(frozen=True, slots=True)
class WindowChanged:
    """All slices show another range of HU."""

    window_hu: float
    level_hu: float


@dataclass(frozen=True, slots=True)
class PresetChosen:
    """The window preset with this number (from 1) shall be used."""

    number: int


@dataclass(frozen=True, slots=True)
class SeedsPlaced:
    """A click with the seed tool, or the points of a scribble; `normal_lps` is the slice's."""

    points_lps_mm: tuple[Triple, ...]
    normal_lps: Triple


@dataclass(frozen=True, slots=True)
class SeedTaken:
    """A click that takes the nearest seed within reach back."""

    lps_mm: Triple
    reach_mm: float


@dataclass(frozen=True, slots=True)
class StepTakenBack:
    """The last thing set with the tool shall be taken back."""


@dataclass(frozen=True, slots=True)
class OutlineDrawn:
    """A closed outline; `along_lps` is the unit vector it is seen along, from the eye."""

    points_lps_mm: tuple[Triple, ...]
    along_lps: Triple
    is_in_slice: bool


@dataclass(frozen=True, slots=True)
class WireClosed:
    """The closed contour of a live wire in the slice across `normal_lps`."""

    points_lps_mm: tuple[Triple, ...]
    normal_lps: Triple


@dataclass(frozen=True, slots=True)
class StrokeFinished:
    """A stroke of the brush in one slice, from press to release."""

    points_lps_mm: tuple[Triple, ...]
    radius_mm: float
    is_erasing: bool
    normal_lps: Triple


@dataclass(frozen=True, slots=True)
class MenuAsked:
    """A right click without a drag."""

    lps_mm: Triple
    view: PlaneKind


@dataclass(frozen=True, slots=True)
class ToolChosen:
    """A key asked for a tool."""

    tool: Tool


@dataclass(frozen=True, slots=True)
class LayoutChanged:
    """The layout was changed in the views, by a double click."""

    layout: Layout


@dataclass(frozen=True, slots=True)
class ViewMaximised:
    """A double click asked for this view alone, or for the former layout again."""

    view: str


@dataclass(frozen=True, slots=True)
class OverlaysToggled:
    """The key for drawing over the slices was pressed."""


@dataclass(frozen=True, slots=True)
class GreysInverted:
    """The key for black on white was pressed."""


@dataclass(frozen=True, slots=True)
class ViewsReset:
    """All views shall show the whole scan again."""


@dataclass(frozen=True, slots=True)
class PointPlaced:
    """A click with the tool that places plan items; `normal_lps` is the slice's unit normal."""

    lps_mm: Triple
    view: PlaneKind
    normal_lps: Triple


@dataclass(frozen=True, slots=True)
class PointGrabbed:
    """A handle of an item was pressed; `point` is a field of the item, or "normal"."""

    item_id: ItemId
    point: str


@dataclass(frozen=True, slots=True)
class PointMoved:
    """The grabbed handle shall lie at `lps_mm`; "normal" is the tip of a cut plane's arrow."""

    item_id: ItemId
    point: str
    lps_mm: Triple


@dataclass(frozen=True, slots=True)
class PointReleased:
    """The grabbed handle was let go where it is."""

    item_id: ItemId
    point: str


@dataclass(frozen=True, slots=True)
class PointDropped:
    """The drag was given up: the handle shall lie where it was grabbed."""

    item_id: ItemId
    point: str


@dataclass(frozen=True, slots=True)
class ItemPicked:
    """An item's line was clicked."""

    item_id: ItemId


Intent = (
    CrosshairMoved
    | WindowChanged
    | PresetChosen
    | SeedsPlaced
    | SeedTaken
    | StepTakenBack
    | OutlineDrawn
    | WireClosed
    | StrokeFinished
    | MenuAsked
    | ToolChosen
    | LayoutChanged
    | ViewMaximised
    | OverlaysToggled
    | GreysInverted
    | ViewsReset
    | PointPlaced
    | PointGrabbed
    | PointMoved
    | PointReleased
    | PointDropped
    | ItemPicked
)


@dataclass(frozen=True, slots=True)
class Probe:
    """What lies under the pointer; None where there is nothing."""

    lps_mm: Triple | None = None
    hu: int | None = None
