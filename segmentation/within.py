"""A tool's outcome held inside an area: other voxels stay as they were, locked segments too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from segmentation.area import Area, Overlap
from segmentation.effects.effect import Outcome, Part, SegmentView
from segmentation.errors import Refusal
from segmentation.half_space import block
from segmentation.kernels.bits import window
from segmentation.mask import BitMask, Box
from segmentation.volume import Volume


def within(area: Area, view: SegmentView, made: Outcome, locked: Iterable[str] = ()) -> Outcome:
    """Return what `made` leaves of the view's segments where it may only change the area.

    Work is done on the box of the changed voxels. `locked` names segments that must not change: a
    tool that would change one is refused (`segment-locked`), `take` leaves them what they hold.
    Under `take` the segments that voxels were taken from are further parts.
    """
    kept = frozenset(locked)
    for part in made.parts:
        if part.name in kept:
            raise Refusal("segment-locked", segment=part.name)
    if area.is_everywhere:
        return made
    empty = BitMask.empty(view.mask.shape_kji)
    rule = _Rule(area, view, kept, frozenset(part.name for part in made.parts))
    own = rule.held(view.mask, made.mask)
    parts = []
    for part in made.parts:
        before = view.others.get(part.name, empty)
        after = rule.held(before, part.mask)
        if after is not before:
            parts.append(Part(part.name, after, code=part.code))
    changed = [(view.mask, own), *((view.others.get(p.name, empty), p.mask) for p in parts)]
    return replace(made, mask=own, parts=(*parts, *rule.taken(changed)))


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    area: Area
    view: SegmentView
    locked: frozenset[str]
    changed: frozenset[str]

    @property
    def bystanders(self) -> Mapping[str, BitMask]:
        """The segments that the tool itself doesn't change."""
        return {n: mask for n, mask in self.view.others.items() if n not in self.changed}

    def held(self, before: BitMask, after: BitMask) -> BitMask:
        """Return `after` where the area allows a change, else `before`; that one for no change."""
        box = before.box.around(after.box) if before.words.size else after.box
        words = before.words_in(box)
        flips = BitMask.from_words(before.shape_kji, words ^ after.words_in(box), box)
        flips = self._allowed(flips)
        added = flips - before
        for mask in self._spared():
            added -= mask
        flips = added | (flips & before)
        if not flips.words.size:
            return before
        part = box.view(words, flips.box)
        part ^= flips.words
        return BitMask.from_words(before.shape_kji, words, box)

    def _spared(self) -> list[BitMask]:
        if self.area.overlap is Overlap.ALLOW:
            return []
        is_spared = self.area.overlap is Overlap.SPARE
        return [m for n, m in self.bystanders.items() if is_spared or n in self.locked]

    def _allowed(self, flips: BitMask) -> BitMask:
        """Return the voxels of `flips` that lie in the area."""
        area, grid = self.area, self.view.volume.grid
        if area.inside:
            flips &= self._named(area.inside)
        for name in area.outside:
            flips -= self._named(name)
        if area.box_lps_mm is not None and flips.words.size:
            flips &= block(grid, area.box_lps_mm)
        if area.has_range and flips.words.size:
            flips &= _in_range(self.view.volume, flips.box, area)
        return flips

    def _named(self, name: str) -> BitMask:
        own = self.view.mask if name == self.view.name else None
        return self.view.other(name) if own is None else own

    def taken(self, changed: Iterable[tuple[BitMask, BitMask]]) -> tuple[Part, ...]:
        """Return the bystanders without the voxels that were added elsewhere, under `take`."""
        if self.area.overlap is not Overlap.TAKE:
            return ()
        added = BitMask.empty(self.view.mask.shape_kji)
        for before, after in changed:
            added |= after - before
        left = {name: mask - added for name, mask in self.bystanders.items()}
        return tuple(
            Part(name, mask)
            for name, mask in left.items()
            if mask.voxels != self.bystanders[name].voxels
        )


def _in_range(volume: Volume, box: Box, area: Area) -> BitMask:
    """Return the voxels of a box with values in the area's range, padding left out."""
    shape = volume.grid.shape_kji
    words = window(volume.hu[box.k0 : box.k1], area.lower_hu, area.upper_hu)
    part = words[:, box.j0 : box.j1, box.w0 : box.w1].copy()
    found = BitMask.from_words(shape, part, box)
    return found if volume.padding is None else found - volume.padding
