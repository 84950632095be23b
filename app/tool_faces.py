"""How the window shows each tool: its group, tile, heading, button and key. One line a tool.

All words are msgids of the catalogues, said through `translate` where they are drawn; in a
heading `{name}` is the segment's name.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Group(StrEnum):
    """What a tool is for; the value is the msgid of its tab."""

    FIND = "Find"
    DRAW = "Draw"
    SHAPE = "Shape"
    COMBINE = "Combine"


@dataclass(frozen=True, slots=True)
class Face:
    """One tool as it is seen: `tile` is its short word, `title` the one of the command list."""

    name: str
    group: Group
    sign: str
    tile: str
    title: str
    heading: str
    apply: str
    key: str = ""


FIND, DRAW, SHAPE, COMBINE = Group
FACES: Final = (
    Face("threshold", FIND, "threshold", "Range", "Range", "Range for {name}", "Apply range", "T"),
    Face("click", FIND, "click", "Click", "Click to segment", "Point at {name}", "Apply", "Q"),
    Face("model", FIND, "model", "Model", "Model that finds structures",
         "Structures beside {name} by a model", "Make segments"),
    Face("ranges", FIND, "layout-wide", "Ranges", "Several ranges", "Several ranges from {name}",
         "Apply ranges"),
    Face("otsu", FIND, "window-level", "Otsu", "Otsu range", "Otsu range for {name}",
         "Apply range"),
    Face("local-threshold", FIND, "search", "Thin bone", "Thin bone by local threshold",
         "Thin bone for {name}", "Apply threshold"),
    Face("hysteresis", FIND, "target", "Core", "Parts with a dense core",
         "Parts with a dense core for {name}", "Apply threshold"),
    Face("metal", FIND, "implant", "Metal", "Bone and metal", "Bone and metal for {name}",
         "Apply part"),
    Face("grow", FIND, "grow", "Grow", "Grow", "Grow {name} from points", "Apply growth", "G"),
    Face("grow-many", FIND, "islands", "Many", "Grow many segments",
         "Grow {name} and others", "Apply growth"),
    Face("watershed", FIND, "layout-four", "Basins", "Watershed", "Flood from {name} and others",
         "Apply watershed"),
    Face("doubtful-border", FIND, "smooth", "Border", "Doubtful border",
         "Doubtful border of {name}", "Decide border"),
    Face("anatomy", FIND, "view-3d", "Anatomy", "Anatomy by structure",
         "Anatomy beside {name}", "Make segments"),
    Face("vessel-tree", FIND, "vessel", "Tree", "Vessel tree", "Vessel tree of {name}",
         "Make centrelines"),
    Face("bones", FIND, "surface", "Bones", "Bones by name", "Bones in {name}", "Make bones"),
    Face("vertebrae", FIND, "spine", "Levels", "Vertebrae by level", "Vertebrae in {name}",
         "Make vertebrae"),
    Face("paint", DRAW, "paint", "Paint", "Paint", "Paint on {name}", "Done", "B"),
    Face("erase", DRAW, "erase", "Erase", "Erase", "Erase from {name}", "Done", "E"),
    Face("scissors", DRAW, "scissors", "Scissors", "Scissors", "Cut {name} with scissors", "Done",
         "X"),
    Face("live-wire", DRAW, "trajectory", "Wire", "Live wire", "Contour of {name}", "Done", "M"),
    Face("flood", DRAW, "fill-holes", "Flood", "Flood a slice", "Flood slices of {name}",
         "Apply flood"),
    Face("islands", SHAPE, "islands", "Islands", "Islands", "Islands of {name}", "Keep islands"),
    Face("split-islands", SHAPE, "layout-four", "Split", "Split islands", "Split {name}",
         "Split islands"),
    Face("fill-holes", SHAPE, "fill-holes", "Fill", "Fill holes", "Fill holes of {name}",
         "Fill holes"),
    Face("smooth", SHAPE, "smooth", "Smooth", "Smooth", "Smooth {name}", "Apply smoothing"),
    Face("margin", SHAPE, "margin", "Margin", "Margin", "Margin of {name}", "Apply margin"),
    Face("close-open", SHAPE, "target", "Close", "Close and open", "Close or open {name}",
         "Apply"),
    Face("hollow", SHAPE, "layout-one", "Shell", "Shell", "Shell of {name}", "Apply shell"),
    Face("between-slices", SHAPE, "series", "Between", "Fill between slices",
         "Fill {name} between slices", "Fill slices"),
    Face("copy-slices", SHAPE, "copy", "Copy", "Copy to neighbouring slices",
         "Copy slices of {name}", "Copy slices"),
    Face("cut", SHAPE, "cut-plane", "Cut", "Cut by a plane", "Cut {name} by a plane", "Apply cut"),
    Face("split-joint", SHAPE, "scissors", "Joint", "Split bones at a joint",
         "Split {name} at a joint", "Split bones"),
    Face("mirror", SHAPE, "distance", "Mirror", "Mirror", "Mirror {name}", "Apply mirror"),
    Face("logic", COMBINE, "copy", "Combine", "Combine with a segment", "Combine {name}",
         "Combine"),
    Face("mask-by", COMBINE, "crosshair", "Limit", "Limit to a region", "Limit {name} to a region",
         "Apply limit"),
    Face("smooth-together", COMBINE, "smooth", "Together", "Smooth neighbours together",
         "Smooth {name} with its neighbours", "Apply smoothing"),
)  # fmt: skip


def face_of(name: str) -> Face:
    """Return the face of a tool; KeyError when the window doesn't show it."""
    for face in FACES:
        if face.name == name:
            return face
    raise KeyError(name)
