"""Whether a slice would be painted as it was: most edits touch one slice of three."""

from dataclasses import fields
from typing import Final

from planning.case.case import Case, Segment
from viewers.gestures.scene import SliceScene
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import SlicePlane
from viewers.widgets.mask_path import carried

OF_SCENE: Final = tuple(f.name for f in fields(SliceScene) if f.name != "case")
OF_CASE: Final = tuple(f.name for f in fields(Case) if f.name != "segments")
OF_SEGMENT: Final = tuple(f.name for f in fields(Segment) if f.name not in {"mask", "recipe"})


def is_unchanged(
    former: SliceScene, now: SliceScene, plane: SlicePlane, pictures: SlicePictures
) -> bool:
    """Return whether two scenes look the same in a slice; outlines are then kept for both."""
    if not _are_equal(former, now, OF_SCENE):
        return False
    old, new = former.case, now.case
    if old is new or old is None or new is None:
        return old is new
    if len(old.segments) != len(new.segments) or not _are_equal(old, new, OF_CASE):
        return False
    pairs = tuple(zip(old.segments, new.segments, strict=True))
    return all(_are_equal(one, other, OF_SEGMENT) for one, other in pairs) and all(
        carried(new.volume.grid, one.mask, other.mask, plane, pictures)
        for one, other in pairs
        if other.is_visible
    )


def _are_equal(one: object, other: object, names: tuple[str, ...]) -> bool:
    """Return whether two values have the same attributes."""
    return all(
        getattr(one, name) is getattr(other, name) or getattr(one, name) == getattr(other, name)
        for name in names
    )
