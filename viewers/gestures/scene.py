"""What slices show: one frozen value for all of them, and one small one for each."""

from collections.abc import Callable
from dataclasses import dataclass

from planning.case.case import Case, SegmentId
from segmentation.mask import BitMask
from viewers.gestures.intents import Tool
from viewers.gestures.measuring import Measure
from viewers.pipelines.plane import Pixel, Triple
from viewers.pipelines.slice import Window

Translate = Callable[[str], str]
FIRST_WINDOW = Window(2200.0, 480.0)


def untranslated(text: str) -> str:
    """Return the text as it is."""
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a tool would make, drawn dashed until it is applied; `colour` is `#RRGGBB`."""

    mask: BitMask
    colour: str


@dataclass(frozen=True, slots=True, eq=False)
class SliceScene:
    """What all slices share.

    `chosen` is the segment drawn with a fill; `crosshair_lps_mm` the point all slices hold.
    """

    case: Case | None = None
    crosshair_lps_mm: Triple = (0.0, 0.0, 0.0)
    window: Window = FIRST_WINDOW
    chosen: SegmentId | None = None
    preview: Preview | None = None
    tool: Tool = Tool.CROSSHAIR
    radius_mm: float = 5.0
    has_overlays: bool = True
    is_loading: bool = False
    translate: Translate = untranslated


@dataclass(frozen=True, slots=True)
class Pointing:
    """What only one view draws: its pointer, stroke and measures, and whether it is active.

    `region_px` are two opposite corners of a region that is being dragged.
    """

    px: Pixel | None = None
    stroke_lps_mm: tuple[Triple, ...] = ()
    measures: tuple[Measure, ...] = ()
    is_active: bool = False
    region_px: tuple[Pixel, Pixel] | None = None
