"""Which settings of a tool matter, and what an open tool still waits for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from segmentation.effects.setting import Parameter

POINTS: Final = "points"
SEGMENTS: Final = ("segment", "segments")
# A field matters where another setting has one of these values: else it is neither shown nor asked.
NEEDS: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("islands", "min_ml"): ("keep", ("larger",)),
    ("islands", "seed_lps_mm"): ("keep", ("clicked", "unclicked")),
    ("grow", "lower_hu"): ("method", ("range", "gradient")),
    ("grow", "upper_hu"): ("method", ("range", "gradient")),
    ("grow", "spread_sd"): ("method", ("confidence",)),
    ("grow", "radius_mm"): ("method", ("confidence",)),
    ("grow", "rounds"): ("method", ("confidence",)),
    ("grow", "limit_hu_per_mm"): ("method", ("gradient",)),
    ("grow", "neck_mm"): ("leaks", ("tell", "stop")),
    ("ranges", "lower_hu"): ("tissues", ("otsu-2", "otsu-3", "otsu-4")),
    ("ranges", "upper_hu"): ("tissues", ("otsu-2", "otsu-3", "otsu-4")),
    ("fill-holes", "most_ml"): ("holes", ("small",)),
    ("smooth", "sigma_mm"): ("method", ("gaussian", "flow")),
    ("smooth", "rounds_n"): ("method", ("median",)),
    ("cut", "point_lps_mm"): ("plane", ("axial", "coronal", "sagittal", "direction")),
    ("cut", "three_lps_mm"): ("plane", ("points",)),
    ("cut", "direction"): ("plane", ("direction",)),
    ("mirror", "point_lps_mm"): ("plane", ("axial", "coronal", "sagittal", "direction")),
    ("mirror", "three_lps_mm"): ("plane", ("points",)),
    ("mirror", "direction"): ("plane", ("direction",)),
    ("logic", "other"): ("operation", ("join", "subtract", "common", "differ", "copy")),
    # What a hand draws and the direction it draws in are told by the views.
    ("paint", "points_lps_mm"): ("shape", ()),
    ("paint", "normal_lps"): ("shape", ()),
    ("erase", "points_lps_mm"): ("shape", ()),
    ("erase", "normal_lps"): ("shape", ()),
    ("scissors", "outline_lps_mm"): ("mode", ()),
    ("scissors", "along_lps"): ("mode", ()),
    ("scissors", "depth_mm"): ("depth", ("sides", "behind", "surface")),
    ("live-wire", "points_lps_mm"): ("mode", ()),
    ("live-wire", "normal_lps"): ("mode", ()),
    ("flood", "normal_lps"): ("mode", ()),
    # The locked runtime knows the processor only; who installs another one asks by command.
    ("model", "device"): ("model", ()),
    ("mask-by", "other"): ("region", ("segment",)),
    ("vertebrae", "number"): ("names", ("cervical", "thoracic", "lumbar")),
    ("vertebrae", "at_lps_mm"): ("names", ("cervical", "thoracic", "lumbar")),
    ("mask-by", "lower_hu"): ("region", ("range",)),
    ("mask-by", "upper_hu"): ("region", ("range",)),
    ("mask-by", "corners_lps_mm"): ("region", ("box",)),
}
# Segments that a tool can do without: it makes a new one, or takes none.
OPTIONAL: Final = (
    ("split-joint", "other_name"),
    ("grow-many", "others"),
    ("watershed", "others"),
    ("click", "model"),
    ("vessel-tree", "root_lps_mm"),
)

# Lists of points of which one is enough, with how many points that is.
EITHER: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "click": (("inside_lps_mm", 1), ("box_lps_mm", 2)),
}


def first_choices(tool: str, *, is_empty: bool) -> dict[str, str]:
    """Return the settings that make sense for a tool's first use on a segment."""
    # In an empty segment there is nothing to cut: whoever takes the scissors draws a contour.
    drawing = {"mode": "fill-inside", "depth": "slice"}
    return drawing if tool == "scissors" and is_empty else {}


def lone_choices(
    tool: str, known: "tuple[Parameter, ...]", others: Sequence[str]
) -> dict[str, str | tuple[str, ...]]:
    """Return what a tool takes of other segments where there is just one to take."""
    if len(others) != 1:
        return {}
    (name,) = others
    needed = {p.name: p.kind.value for p in known if (tool, p.name) not in OPTIONAL}
    whole: dict[str, str | tuple[str, ...]] = {
        p: name for p, kind in needed.items() if kind == "segment"
    }
    return whole | {p: (name,) for p, kind in needed.items() if kind == "segments"}


def turned(
    wanted: str,
    lists: "tuple[Parameter, ...]",
    filled: "Parameter",
    now_n: int,
    settings: Mapping[str, Any],
) -> str:
    """Return the list that the next click goes to, when `filled` gets `now_n` points.

    `settings` are those before. A list that has just got enough hands over to an empty one;
    whoever comes back to a list stays there.
    """
    empty = [p.name for p in lists if not settings.get(p.name) and p.name != filled.name]
    had_n = len(settings.get(filled.name, ()))
    return empty[0] if empty and had_n < filled.count.least <= now_n else wanted


def is_needed(tool: str, field: str, settings: Mapping[str, Any]) -> bool:
    """Return whether a field of a tool matters as the tool is set."""
    need = NEEDS.get((tool, field))
    return need is None or settings.get(need[0]) in need[1]


def is_long(tool: str) -> bool:
    """Return whether a tool's preview takes minutes, so that its progress is shown."""
    return tool == "model"


def lacking(
    tool: str, known: "tuple[Parameter, ...]", settings: Mapping[str, Any]
) -> "Parameter | None":
    """Return the first setting that the tool can't do without and doesn't have yet."""
    ways = EITHER.get(tool, ())
    if ways and not any(len(settings.get(name) or ()) >= least for name, least in ways):
        return next(parameter for parameter in known if parameter.name == ways[0][0])
    for parameter in known:
        if not is_needed(tool, parameter.name, settings) or (tool, parameter.name) in OPTIONAL:
            continue
        value, kind = settings.get(parameter.name), parameter.kind.value
        if kind == POINTS and len(value or ()) < parameter.count.least:
            return parameter
        if kind in {*SEGMENTS, "model"} and not value:
            return parameter
    return None
