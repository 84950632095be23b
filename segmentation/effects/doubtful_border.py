"""The last doubtful border: a band around it is decided anew by random walks over its values."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import numpy as np

from segmentation.effects.effect import Gesture, Outcome, SegmentView
from segmentation.effects.setting import (
    Count,
    Help,
    LpsPoints,
    Range,
    Title,
    Unit,
    settle,
)
from segmentation.errors import Refusal
from segmentation.finding import Finding
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.linked import linked
from segmentation.kernels.median import median
from segmentation.mask import BitMask
from segmentation.morphology import grown, shrunk
from segmentation.progress import share
from segmentation.seed import seed_voxels
from segmentation.walks import INSIDE, OPEN, OUTSIDE, UNUSED, walked

VOXELS_MOST: Final = 250_000


@dataclass(frozen=True, slots=True)
class DoubtfulBorder:
    """Decide a band along the segment's border anew, each voxel to the likelier side.

    The band reaches `band_mm` to both sides; with points, only as far as `reach_mm` around them.
    A walker that starts in the band and avoids steps over `edge_hu` and more, noise taken out by a
    median, enters the segment or its surroundings first (Grady 2006, doi 10.1109/TPAMI.2006.233).
    Parts that are nowhere thicker than the band stay as they are. Padding is never selected.
    """

    name: ClassVar[str] = "doubtful-border"
    title: ClassVar[str] = "Doubtful border"
    gesture: ClassVar[Gesture] = Gesture.SEEDS

    seed_lps_mm: Annotated[
        LpsPoints,
        Title("Only near"),
        Unit("mm"),
        Count(0),
        Help("Points near the doubtful border, x,y,z in LPS; none: the whole border."),
    ] = ()
    reach_mm: Annotated[
        float,
        Title("Reach"),
        Range(1.0, 100.0, 1.0),
        Unit("mm"),
        Help("How far around each point the border is decided anew."),
    ] = 15.0
    band_mm: Annotated[
        float,
        Title("Band"),
        Range(0.5, 20.0, 0.5),
        Unit("mm"),
        Help("How far to both sides of the border voxels are decided anew."),
    ] = 2.0
    edge_hu: Annotated[
        float,
        Title("Edge"),
        Range(1.0, 1000.0, 1.0),
        Unit("HU"),
        Help("The difference of neighbours that counts as an edge; smaller ones are noise."),
    ] = 15.0

    def __post_init__(self) -> None:
        """Refuse values outside their ranges."""
        settle(self)

    def apply(self, view: SegmentView) -> BitMask:
        """Return the segment with its border decided anew."""
        return self.told(view).mask

    def told(self, view: SegmentView) -> Outcome:
        """Return the segment, and whether thin parts were left; refuses a band too large."""
        spacing = view.volume.grid.spacing_kji_mm
        inner = shrunk(view.mask, spacing, self.band_mm, share(view.progress, 0.0, 0.1))
        thick = _thick(view.mask, inner)
        outer = grown(thick, spacing, self.band_mm, share(view.progress, 0.1, 0.2))
        band = outer - inner - (view.mask - thick)
        if self.seed_lps_mm:
            band &= self._near(view)
        if view.volume.padding is not None:
            band = band - view.volume.padding
        findings = () if thick.voxels == view.mask.voxels else (Finding("border-parts-thin"),)
        if band.voxels > VOXELS_MOST:
            raise Refusal("border-too-large", voxels=band.voxels, most=VOXELS_MOST)
        view.progress(1, 4)
        mask = _decided(view, band, self.edge_hu) if band.words.size else view.mask
        view.progress(1, 1)
        return Outcome(mask, findings=findings)

    def _near(self, view: SegmentView) -> BitMask:
        shape_kji = view.volume.grid.shape_kji
        voxels = np.zeros(shape_kji, bool)
        voxels[tuple(seed_voxels(view.volume.grid, self.seed_lps_mm).T)] = True
        points = BitMask.from_bool(voxels)
        spacing = view.volume.grid.spacing_kji_mm
        return grown(points, spacing, self.reach_mm, share(view.progress, 0.2, 0.25))


def _thick(mask: BitMask, inner: BitMask) -> BitMask:
    """Return the parts of the mask that hold a voxel of `inner`."""
    if not inner.words.size:
        return inner
    box = mask.box
    return BitMask.from_words(mask.shape_kji, linked(mask.words, inner.words_in(box)), box)


def _decided(view: SegmentView, band: BitMask, edge_hu: float) -> BitMask:
    """Return the mask with the voxels of the band on their likelier side."""
    shape_kji, spacing = view.volume.grid.shape_kji, view.volume.grid.spacing_kji_mm
    box = band.box.grown(shape_kji, (1, 1, 1))
    ni, i0 = box.voxels_i(shape_kji), 64 * box.w0
    was = unpacked(view.mask.words_in(box), ni)
    is_open = unpacked(band.words_in(box), ni)
    rim = grown(band, spacing, max(spacing))
    labels = np.where(was, INSIDE, OUTSIDE).astype(np.int8)
    labels[~unpacked(rim.words_in(box), ni)] = UNUSED
    if view.volume.padding is not None:
        labels[unpacked(view.volume.padding.words_in(box), ni)] = UNUSED
    labels[is_open] = OPEN
    hu = view.volume.hu[box.k0 : box.k1, box.j0 : box.j1, i0 : i0 + ni]
    calm = median(np.ascontiguousarray(hu))
    now = walked(calm, labels, was, spacing, edge_hu, share(view.progress, 0.25, 1.0))
    return (view.mask - band) | BitMask.from_words(shape_kji, packed(is_open & now), box)
