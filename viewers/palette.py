"""The colours of everything that is drawn in a view; the window's own stand in its theme.

All values come from the style sheet of the project (sections 5, 7 and 8) and are `#RRGGBB`.
"""

from dataclasses import dataclass
from typing import Final

IMAGE: Final = "#000000"
SOLID_BACKGROUND: Final = "#0E1114"
GAP: Final = "#2A313A"
STRONG: Final = "#F2F5F8"
SOFT: Final = "#AEB8C4"
SKELETON: Final = "#2C333D"
ACCENT: Final = "#5AA9FF"
WARN: Final = "#F5B83D"
ON_WARN: Final = "#15181C"
MEASURE: Final = "#FFFFFF"

# Plan items; shapes differ as well, colour is never the only carrier.
TRAJECTORY: Final = "#FFC83D"
ZONE: Final = "#FF5A5A"
WARN_ZONE: Final = "#FF9A3D"  # CIEDE2000 10.2 from the other, 6.8 from a path, for any eyes
CUT: Final = "#4C7DFF"
PARTNER_COLOUR: Final = "#9CC7E8"
UNDER_LIMIT: Final = "#FF8A8A"
RING: Final = "#101317"

VIEWS: Final = {
    "axial": "#E4574A",
    "coronal": "#66DDB4",
    "sagittal": "#F2C94C",
    "3d": "#8FB4FF",
}

# Okabe-Ito hues moved until the worst pair was best; bone keeps ivory.
SEGMENTS: Final = (
    "#E6D3A8",
    "#47D7D9",
    "#D8AA00",
    "#0A975E",
    "#DD3B10",
    "#F36AA2",
    "#586FDB",
    "#FAFF65",
)


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface answers to light: shares of ambient, diffuse and specular, and its power."""

    ambient: float
    diffuse: float
    specular: float
    power: float


# Vessels, ureter, tumour, nerve: what must stay in sight beside an item is never made glass.
KEPT_SOLID: Final = frozenset({"#D9423A", "#4A74D9", "#E0C04A", "#F36AA2", "#E8D24F"})

GREY_SATURATION: Final = 0.15
BONE: Final = Material(0.12, 0.88, 0.14, 18.0)
NEIGHBOUR: Final = Material(0.14, 0.70, 0.05, 10.0)
GLASS: Final = Material(0.18, 0.85, 0.20, 24.0)
PARTNER: Final = Material(0.25, 0.75, 0.35, 40.0)
PATH: Final = Material(0.35, 0.70, 0.40, 40.0)
REGION: Final = Material(0.35, 0.70, 0.10, 10.0)
GLASS_OPACITY: Final = 0.34
PARTNER_OPACITY: Final = 0.16
CONTEXT_OPACITY: Final = 0.07

# Camera lights: where they stand, seen from the eye, and how bright they are.
LIGHTS: Final = (
    ((-0.5, 0.9, 1.0), 0.86),
    ((1.0, 0.1, 0.6), 0.34),
    ((0.2, -0.9, 0.3), 0.16),
)


def segment_colour(position: int) -> str:
    """Return the colour of the segment at `position` (from 0) in the order of use."""
    return SEGMENTS[position % len(SEGMENTS)]


def material_of(colour: str) -> Material:
    """Return how a segment of this colour shines: grey ones stand back as neighbours."""
    low, high = min(ratios(colour)), max(ratios(colour))
    room = 1.0 - abs(high + low - 1.0)  # the most that high - low can be at this lightness (HSL)
    is_grey = high - low < GREY_SATURATION * room or high == low
    return NEIGHBOUR if is_grey else BONE


def zone_colour(*, is_forbidden: bool) -> str:
    """Return the colour of a no-go zone; its hatching tells the same."""
    return ZONE if is_forbidden else WARN_ZONE


def is_repeated(position: int) -> bool:
    """Return whether the colour at `position` was used before, so that the outline is dotted."""
    return position >= len(SEGMENTS)


def ratios(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue of `#RRGGBB` from 0 to 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255.0 for n in (1, 3, 5))
    return red, green, blue
