"""Bone with its marrow: dense parts, filled, with their edge where the blurred cortex has it."""

import numpy as np

from segmentation.anatomy.coarse import opened
from segmentation.anatomy.cortex import edge_table
from segmentation.anatomy.enclosed import enclosed
from segmentation.anatomy.found import Confidence, Found
from segmentation.anatomy.survey import Survey
from segmentation.finding import Finding, Severity
from segmentation.hu_range import in_range
from segmentation.kernels.ball import dilated, eroded
from segmentation.kernels.bits import HU_MAX, complement, window
from segmentation.kernels.components import larger
from segmentation.kernels.edge import ball_offsets, below_edge, totals
from segmentation.kernels.runs import runs_of, sizes, words_of
from segmentation.mask import BitMask, Box, Words
from segmentation.progress import Progress, share, silent

NAME = "Bone"
DENSE_HU = 180  # contrast in organs and calcified cartilage lie below, trabecular bone above
EDGE_HU = 120  # what hangs on to bone and may still be its blurred edge
CORE_HU = 300  # each bone has some cortex as dense as this
CORE_RATIO = 0.02
HOLLOW_MM = 4.5  # a joint's gap or a canal's recess is narrower than twice that
SHELL_RATIO = 0.1  # a block with so much dense bone stops a look
MARROW_HU = (-150.0, 300.0)
WIDE_VOXEL_MM = 2.0  # thin cortex is less dense in voxels this wide, and has more gaps
WIDE_DENSE_HU, WIDE_HOLLOW_MM = 150, 3.1
METAL_HU = 2500
BLOOM_MM = 1.5
SMALLEST_ML = 0.3
EDGE_MM = 2.8  # how deep the edge may lie within the first guess
ROUNDS_MAX = 4
PEAK_MM = 1.5  # how near the densest voxel of the cortex is
MARROW_ML_MAX = 250.0  # a larger hollow is a cavity of the body
CUT_ML_MAX = 120.0  # the same for one that the scan cuts off: it may be the brain's top
AIR_HU = -200.0  # a hollow below is a sinus
FLUID_HU = (0.0, 90.0)  # a hollow cut off at both ends with such a mean is a canal, not marrow


def find(
    survey: Survey,
    vessels: BitMask | None,
    core_hu: int = CORE_HU,
    progress: Progress = silent,
) -> Found | None:
    """Return the bone of a scan without metal and without the contrast `vessels`.

    `core_hu` is what each bone holds in its cortex and no vessel reaches.
    """
    volume = survey.volume
    grid = volume.grid
    metal = metal_of(survey, share(progress, 0.0, 0.1))
    is_wide = _in_plane_mm(grid.spacing_kji_mm) > WIDE_VOXEL_MM
    dense_hu = WIDE_DENSE_HU if is_wide else DENSE_HU
    dense = in_range(volume, dense_hu, HU_MAX, share(progress, 0.1, 0.2))
    dense &= survey.frame.mask(survey.body).to_words()
    for other in (metal, vessels):
        if other is not None:
            dense &= ~other.to_words()
    start = BitMask.from_words(
        grid.shape_kji, _cored(survey, dense, core_hu, share(progress, 0.2, 0.35))
    )
    if start.is_empty:
        return None
    reach = _reach_mm(grid.spacing_kji_mm)
    box = start.box.grown(grid.shape_kji, _reach_voxels(grid.spacing_kji_mm, 2.0 * reach))
    work = _Work(survey, box, metal, vessels)
    words = work.edged(start.words_in(box), share(progress, 0.35, 1.0))
    mask = BitMask.from_words(grid.shape_kji, words, box)
    if mask.is_empty:
        return None
    ml = mask.voxels * grid.voxel_ml
    told = [Finding("anatomy-bone-dense", values={"ml": round(ml), "dense_hu": dense_hu})]
    confidence = Confidence.HIGH
    if max(grid.spacing_kji_mm) > THICK_MM:
        told.append(_thick(max(grid.spacing_kji_mm)))
        confidence = Confidence.MEDIUM
    if metal is not None:
        told.append(Finding("anatomy-metal-near", Severity.WARN, {"metal_hu": METAL_HU}))
        confidence = Confidence.MEDIUM
    return Found(NAME, mask, confidence, tuple(told))


THICK_MM = 2.5


def _thick(spacing_mm: float) -> Finding:
    return Finding("anatomy-slices-thick", Severity.WARN, {"spacing_mm": round(spacing_mm, 1)})


def metal_of(survey: Survey, progress: Progress = silent) -> BitMask | None:
    """Return metal with its blurred edge, None where there is none."""
    shape_kji = survey.volume.grid.shape_kji
    words = in_range(survey.volume, METAL_HU, HU_MAX, progress)
    core = BitMask.from_words(shape_kji, words, Box.whole(shape_kji))
    if core.voxels * survey.volume.grid.voxel_ml < METAL_ML_MIN:
        return None
    spacing = survey.volume.grid.spacing_kji_mm
    box = core.box.grown(shape_kji, _reach_voxels(spacing, BLOOM_MM))
    ni = box.voxels_i(shape_kji)
    return BitMask.from_words(shape_kji, dilated(core.words_in(box), ni, spacing, BLOOM_MM), box)


METAL_ML_MIN = 0.1


def _reach_mm(spacing_kji_mm: tuple[float, float, float]) -> float:
    """Return one voxel along the longest side, and a little."""
    return 1.01 * max(spacing_kji_mm)


def _in_plane_mm(spacing_kji_mm: tuple[float, float, float]) -> float:
    """Return one voxel along the middle side, and a little."""
    return 1.01 * sorted(spacing_kji_mm)[1]


def _reach_voxels(spacing_kji_mm: tuple[float, float, float], mm: float) -> tuple[int, int, int]:
    k, j, i = (int(np.ceil(mm / spacing)) + 1 for spacing in spacing_kji_mm)
    return k, j, i


def _cored(survey: Survey, dense: Words, core_hu: int, progress: Progress) -> Words:
    """Return the parts that are not tiny and have a core of cortex; organs with contrast don't."""
    runs = runs_of(dense, True, progress)
    counts = sizes(runs)
    _sums, core, _cut = totals(survey.volume.hu, runs, core_hu)
    smallest = SMALLEST_ML / survey.volume.grid.voxel_ml
    is_bone = (counts >= smallest) & (core >= CORE_RATIO * counts)
    return words_of(runs, is_bone[runs.root], dense.shape)


class _Work:
    """The steps from dense parts to bone, all inside one box."""

    def __init__(
        self, survey: Survey, box: Box, metal: BitMask | None, vessels: BitMask | None
    ) -> None:
        grid = survey.volume.grid
        self._survey, self._box = survey, box
        self._spacing = grid.spacing_kji_mm
        self._reach_mm = _reach_mm(grid.spacing_kji_mm)
        self._in_plane_mm = _in_plane_mm(grid.spacing_kji_mm)
        self._voxel_ml = grid.voxel_ml
        self._ni = box.voxels_i(grid.shape_kji)
        start, stop = 64 * box.w0, 64 * box.w0 + self._ni
        hu = survey.volume.hu[box.k0 : box.k1, box.j0 : box.j1, start:stop]
        self._hu = np.ascontiguousarray(hu)
        self._allowed = ~np.zeros(box.shape_kjw, np.uint64)
        for other in (metal, vessels, survey.volume.padding):
            if other is not None:
                self._allowed &= ~other.words_in(box)

    def edged(self, dense: Words, progress: Progress) -> Words:
        """Return dense parts closed, filled, widened to their blur and cut back to their edge."""
        first = self._filled(self._closed(dense, share(progress, 0.0, 0.1)))
        progress(15, 100)
        marrow = self._marrow(first, share(progress, 0.15, 0.25))
        first = self._filled(first | marrow)
        progress(30, 100)
        near = dilated(first, self._ni, self._spacing, self._reach_mm, share(progress, 0.3, 0.35))
        near &= window(self._hu, EDGE_HU, HU_MAX) & self._allowed
        guess = self._filled(self._closed(first | near, share(progress, 0.35, 0.45)))
        bone = self._cut_back(guess, share(progress, 0.5, 0.8))
        bone = larger(bone, int(SMALLEST_ML / self._voxel_ml))
        bone = self._filled(self._closed(bone, share(progress, 0.8, 0.9)))
        progress(100, 100)
        return bone & guess & self._allowed

    def _cut_back(self, guess: Words, progress: Progress) -> Words:
        """Return the guess less what is below the edge at its border, layer by layer."""
        bone = guess
        offsets = ball_offsets(self._spacing, max(PEAK_MM, self._reach_mm))
        rounds = min(max(round(EDGE_MM / self._in_plane_mm), 1), ROUNDS_MAX)
        for n in range(rounds):
            stage = share(progress, n / rounds, (n + 1) / rounds)
            first, last = share(stage, 0.0, 0.4), share(stage, 0.4, 1.0)
            core = eroded(bone, self._ni, self._spacing, self._in_plane_mm, first)
            shell = bone & ~core
            if self._in_plane_mm > WIDE_VOXEL_MM:  # a rib of two voxels would vanish
                shell &= dilated(core, self._ni, self._spacing, self._in_plane_mm)
            bone = bone & ~below_edge(self._hu, shell, offsets, edge_table(), last)
        return bone

    def _closed(self, words: Words, progress: Progress) -> Words:
        first, last = share(progress, 0.0, 0.5), share(progress, 0.5, 1.0)
        wide = dilated(words, self._ni, self._spacing, self._reach_mm, first)
        return eroded(wide, self._ni, self._spacing, self._reach_mm, last)

    def _marrow(self, dense: Words, progress: Progress) -> Words:
        """Return the blocks that dense parts enclose on nearly all sides, less a voxel's rim."""
        frame = self._survey.frame
        mask = BitMask.from_words(frame.grid.shape_kji, dense, self._box)
        shell = frame.ratios(mask) > SHELL_RATIO
        progress(1, 3)
        inside = enclosed(shell, frame.spacing_zyx_mm)
        progress(2, 3)
        hu = self._survey.hu
        inside &= (hu > MARROW_HU[0]) & (hu < MARROW_HU[1])
        is_wide = self._in_plane_mm > WIDE_VOXEL_MM
        inside = opened(inside, frame.spacing_zyx_mm, WIDE_HOLLOW_MM if is_wide else HOLLOW_MM)
        return frame.mask(inside).words_in(self._box) & self._allowed

    def _filled(self, words: Words) -> Words:
        """Return the words with their hollows of marrow, also those that the scan cuts off."""
        runs = runs_of(complement(words, self._ni))
        counts = sizes(runs)
        sums, _core, ends = totals(self._hu, runs, CORE_HU)
        mean = sums / np.maximum(counts, 1)
        is_marrow = (counts * self._voxel_ml <= MARROW_ML_MAX) & (mean > AIR_HU)
        is_marrow &= ~((ends == 3) & (mean >= FLUID_HU[0]) & (mean <= FLUID_HU[1]))
        is_marrow &= (ends == 0) | (counts * self._voxel_ml <= CUT_ML_MAX)
        if counts.size:
            is_marrow[int(counts.argmax())] = False
        return words | words_of(runs, is_marrow[runs.root], words.shape)
