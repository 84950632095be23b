"""A series found by `scan` as a volume, or a refusal; never a volume that is wrong in silence."""

from dataclasses import dataclass, replace

import numpy as np

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.dicom_pixels import read_slices
from segmentation.io.files import Shelf
from segmentation.io.header import ImageReferences, SeriesHeader
from segmentation.io.hu import AIR_HU, Slab, pack, padding_mask, value_findings
from segmentation.io.outcome import Outcome
from segmentation.io.plain_image import ImageFile, load_image
from segmentation.io.regularise import regularise as regularised
from segmentation.io.scan import SeriesFound
from segmentation.io.slice_header import is_uid
from segmentation.io.stack import Stack
from segmentation.io.verdict import REGULARISABLE, outcome_of
from segmentation.progress import Progress, silent
from segmentation.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A volume with what it may be used for.

    `regularised_mm` is the largest shift of a resampled volume, None for an untouched one;
    `images` name the DICOM images it came from, None where they can't be told.
    """

    volume: Volume
    header: SeriesHeader
    outcome: Outcome
    findings: tuple[Finding, ...]
    regularised_mm: float | None = None
    images: ImageReferences | None = None


def load(
    series: SeriesFound,
    progress: Progress = silent,
    *,
    view_only: bool = False,
    regularise: bool = False,
) -> Loaded:
    """Return the volume of a series.

    Parameters
    ----------
    view_only
        Accept a series with missing or uneven slices, to look at only.
    regularise
        Resample tilt, shear and uneven steps through the true slice positions; a series that
        needs none of it is loaded as it is.

    Raises
    ------
    Refusal
        The first finding that forbids the wanted use, or what the pixels brought up.
    Unavailable
        A file went away since the scan.
    Cancelled
        `progress` asked for it.
    """
    mends = {each.code for each in series.findings if each.severity is Severity.BLOCK}
    # resampling would make up what a gap hides, so a stack with one is never regularised
    is_mending = regularise and bool(mends & REGULARISABLE) and "slices-missing" not in mends
    findings = tuple(_demoted(each) for each in series.findings) if is_mending else series.findings
    outcome = outcome_of(findings)
    allowed = (Outcome.PLAN_GRADE, Outcome.VIEW_ONLY) if view_only else (Outcome.PLAN_GRADE,)
    if outcome not in allowed:
        raise _refusal(findings, outcome, prefer="slices-missing" if regularise else "")
    with Shelf() as shelf:
        if series.image is not None:
            return _load_image(series, series.image, shelf, progress)
        stack = series.stack
        if stack is None:
            raise _refusal(findings, outcome)
        if is_mending:
            return _load_regularised(series, stack, findings, shelf, progress)
        return _load_stack(series, stack, shelf, progress)


def _demoted(finding: Finding) -> Finding:
    """Return a finding that regularising answers as a warning."""
    mended = finding.code in REGULARISABLE and finding.severity is Severity.BLOCK
    return replace(finding, severity=Severity.WARN) if mended else finding


def _refusal(findings: tuple[Finding, ...], outcome: Outcome, prefer: str = "") -> Refusal:
    """Return the refusal that the heaviest finding spells, or the one of code `prefer`."""
    blocking = [each for each in findings if each.severity is Severity.BLOCK]
    if outcome is Outcome.REFUSED:
        blocking = [each for each in blocking if outcome_of((each,)) is outcome]
    wanted = [each for each in findings if each.code == prefer]
    first = (wanted or blocking)[0]
    return Refusal(first.code, **first.values)


def _load_image(series: SeriesFound, image: ImageFile, shelf: Shelf, progress: Progress) -> Loaded:
    volume, found = load_image(image, shelf, progress)
    header = replace(series.header, frame_uid=volume.grid.frame_uid)
    codes = {each.code for each in series.findings}
    more = tuple(each for each in found if each.code not in codes)
    return Loaded(volume, header, series.outcome, series.findings + more)


def _load_stack(series: SeriesFound, stack: Stack, shelf: Shelf, progress: Progress) -> Loaded:
    """Return the volume of an even stack, or of one whose gaps are left open as padding."""
    slots = stack.slots()
    grid = series.grid or stack.grid(series.header.frame_uid, slots)
    hu = np.empty(grid.shape_kji, np.int16)
    slabs = _with_gaps(read_slices(stack.slices, slots, hu, shelf, progress), slots, hu, grid)
    padding = padding_mask(slabs, grid.shape_kji)
    findings = (*series.findings, *value_findings(hu, slabs, padding))
    images = references(stack, slots, grid.shape_kji[0])
    volume = Volume(hu, grid, padding)
    return Loaded(volume, series.header, series.outcome, findings, images=images)


def references(
    stack: Stack, slots: "np.ndarray[tuple[int], np.dtype[np.intp]]", count: int
) -> ImageReferences | None:
    """Return how the images of a stack are named, each at its slot of `count`.

    Images that hold several slices are named once each, in their order. None where other objects
    can't refer to them: a UID that is none or stands twice, no study, no frame of reference of
    their own, images of several classes.
    """
    header, classes = stack.slices[0].series, {each.sop_class for each in stack.slices}
    uids = [each.instance_uid for each in stack.slices]
    needed = (header.study_uid, header.series_uid, header.frame_uid, *classes, *uids)
    is_shared = any(each.dicom_frame is not None for each in stack.slices)
    is_odd = len(set(uids)) < len(uids) and not is_shared
    if len(classes) != 1 or is_odd or not all(map(is_uid, needed)):
        return None
    placed = list(dict.fromkeys(uids)) if is_shared else [""] * count
    for slot, uid in zip(slots, uids, strict=True) if not is_shared else ():
        placed[slot] = uid
    return ImageReferences(
        classes.pop(), tuple(placed), header.study_time, header.study_id, header.accession
    )


def _with_gaps(
    slabs: list[Slab],
    slots: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    hu: np.ndarray,
    grid: Grid,
) -> list[Slab]:
    """Return the slabs of the whole grid; where a slice is missing all is padding."""
    if len(slabs) == grid.shape_kji[0]:
        return slabs
    empty = Slab(pack(np.ones(grid.shape_kji[1:], bool)), AIR_HU)
    whole = [empty] * grid.shape_kji[0]
    missing = np.ones(grid.shape_kji[0], bool)
    for slot, slab in zip(slots, slabs, strict=True):
        whole[slot] = slab
        missing[slot] = False
    hu[missing] = AIR_HU
    return whole


def _load_regularised(
    series: SeriesFound,
    stack: Stack,
    findings: tuple[Finding, ...],
    shelf: Shelf,
    progress: Progress,
) -> Loaded:
    """Return the resampled volume with its stamp."""
    count = len(stack.slices)
    first = stack.slices[0].pixels
    assert first is not None
    hu = np.empty((count, first.rows, first.columns), np.int16)

    def reading(done: int, total: int) -> None:
        """Report the first half of the work."""
        progress(done, 2 * total)

    def resampling(done: int, total: int) -> None:
        """Report the second half."""
        progress(total + done, 2 * total)

    slabs = read_slices(stack.slices, np.arange(count), hu, shelf, reading)
    result = regularised(stack, hu, slabs, series.header.frame_uid, resampling)
    shift = result.shift_mm
    stamp = Finding("regularised", Severity.WARN, {"shift_mm": round(shift, 2)}, count, shift)
    volume = result.volume
    more = value_findings(volume.hu, list(result.slabs), volume.padding)
    told = (stamp, *findings, *more)
    images = references(stack, np.arange(count), count)
    return Loaded(volume, series.header, outcome_of(told), told, shift, images)
