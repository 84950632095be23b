"""What lies at a path: every series found, ranked, with its verdict; headers only."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal, Unavailable
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid
from segmentation.io.decode import worker_count
from segmentation.io.dicom_file import DicomFound, Slices, read_dicom
from segmentation.io.dicom_header import HEAD_BYTES, read_elements
from segmentation.io.dicom_pixels import pixel_bytes
from segmentation.io.directory import BYTES_MAX, listed_images
from segmentation.io.files import FILE_BYTES_MAX, FileRef, Ignored, Shelf, list_files
from segmentation.io.group import BrokenFile, Group, split_groups
from segmentation.io.header import SeriesHeader
from segmentation.io.itk_files import (
    HEADER_BYTES_MAX,
    is_metaimage,
    is_nrrd,
    read_metaimage,
    read_nrrd,
)
from segmentation.io.nifti import is_nifti, read_nifti
from segmentation.io.outcome import Outcome
from segmentation.io.plain_image import ImageFile, file_header, image_grid, own_uid
from segmentation.io.slice_header import SliceHeader
from segmentation.io.stack import Stack
from segmentation.io.verdict import Verdict, judge, outcome_of
from segmentation.progress import Progress, silent

CHUNK_FILES: Final = 16
_ORDER: Final = (Outcome.PLAN_GRADE, Outcome.VIEW_ONLY, Outcome.REFUSED)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFound:
    """One series, or one part of a series that had to be split, with its verdict.

    Attributes
    ----------
    uid
        The series instance UID; `UID#1`, `UID#2`, ... by rank where a series was split.
    rank
        1 is best: plan-grade before view-only before refused, more slices, thinner ones.
    grid
        Where the volume would lie; None for a refused series. Images without identity get their
        frame of reference when they are loaded, since it is made of their content.
    """

    uid: str
    rank: int
    header: SeriesHeader
    slices: int
    outcome: Outcome
    findings: tuple[Finding, ...]
    grid: Grid | None
    files: tuple[str, ...]
    stack: Stack | None = None
    image: ImageFile | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """All series found at a path, best first, and the files that belong to none."""

    series: tuple[SeriesFound, ...]
    ignored: tuple[Ignored, ...]


@dataclass(slots=True)
class _Harvest:
    """What the headers gave."""

    slices: list[SliceHeader] = field(default_factory=list)
    images: list[SeriesFound] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    listed: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, found: "SeriesFound | DicomFound") -> None:
        """Put one file's result where it belongs."""
        if isinstance(found, Slices):
            self.slices.extend(found.slices)
        elif isinstance(found, SeriesFound):
            self.images.append(found)
        elif isinstance(found, Ignored):
            self.ignored.append(found)
        else:
            self.ignored.append(found[0])
            self.broken.append(found[1])


def scan(path: Path, progress: Progress = silent, *, today: date | None = None) -> Scan:
    """Return the series at `path`: a file, a folder of anything, or a ZIP archive.

    Headers only, several files at a time. Files that can't be read are told in `ignored`; the
    others still load. Refuses `path-missing`, and `no-image` where there is none at all;
    `Unavailable` if the medium went away meanwhile. `today` is what scans are old against.
    """
    if not path.exists():
        raise Refusal("path-missing", path=path.name)
    harvest = _Harvest()
    refs = list_files(path, harvest.ignored)
    with Shelf() as shelf:
        _read_headers(refs, shelf, harvest, progress)
        if not path.exists():
            raise Unavailable("file-vanished", file=path.name, folder=str(path.parent))
        _read_directories(refs, shelf, harvest)
        day = today or datetime.now(UTC).date()
        found = [*_judged(harvest, shelf, day), *harvest.images]
    if not found:
        raise Refusal("no-image", path=path.name, files=len(refs))
    return Scan(_ranked(found), tuple(sorted(harvest.ignored, key=lambda each: each.path)))


def _read_headers(refs: list[FileRef], shelf: Shelf, harvest: _Harvest, progress: Progress) -> None:
    """Read all headers, a chunk of files per task."""
    chunks = [refs[at : at + CHUNK_FILES] for at in range(0, len(refs), CHUNK_FILES)]
    done = 0
    with ThreadPoolExecutor(worker_count()) as threads:
        waiting = [threads.submit(_read_chunk, chunk, shelf) for chunk in chunks]
        try:
            for future in waiting:
                results = future.result()
                for result in results:
                    harvest.add(result)
                done += len(results)
                progress(done, len(refs))
        finally:
            for future in waiting:
                future.cancel()


def _read_directories(refs: list[FileRef], shelf: Shelf, harvest: _Harvest) -> None:
    """Take note of what the directories of media among the files list."""
    names = {each.path for each in harvest.ignored if each.code == "dicom-directory"}
    for ref in refs:
        if str(ref) in names and ref.size <= BYTES_MAX:
            for series_uid, uids in listed_images(shelf.piece(ref, 0, ref.size)).items():
                harvest.listed[series_uid] = harvest.listed.get(series_uid, frozenset()) | uids


def _read_chunk(refs: list[FileRef], shelf: Shelf) -> list[SeriesFound | DicomFound]:
    return [_read_file(ref, shelf) for ref in refs]


def _read_file(ref: FileRef, shelf: Shelf) -> SeriesFound | DicomFound:
    """Return what one file is, or why it is left out."""
    if not ref.size:
        return Ignored(str(ref), "file-empty")
    if ref.size > FILE_BYTES_MAX:
        return Ignored(str(ref), "file-too-large")
    try:
        return _read_content(ref, shelf)
    except Unavailable:
        return Ignored(str(ref), "file-unreadable")
    except Refusal as refusal:
        return Ignored(str(ref), refusal.code)


def _read_content(ref: FileRef, shelf: Shelf) -> SeriesFound | DicomFound:
    """Return what the first bytes of a file make of it; its name has no say."""
    head = shelf.head(ref, HEAD_BYTES)
    if is_nifti(head) or is_nrrd(head) or is_metaimage(head):
        return _read_image(ref, shelf.head(ref, HEADER_BYTES_MAX))
    elements = read_elements(
        lambda count: head if count <= HEAD_BYTES else shelf.head(ref, count), ref.size
    )
    if elements is None:
        return Ignored(str(ref), "not-an-image")
    return read_dicom(ref, elements, shelf)


def _read_image(ref: FileRef, head: bytes) -> SeriesFound:
    """Return a NIfTI, NRRD or MetaImage file as a series of its own."""
    header = file_header(ref, head)
    assumed = Finding("identity-assumed", Severity.WARN, {"file": ref.name})
    try:
        image = _image_of(ref, head)
        grid, _is_flipped, repaired = image_grid(image, "")
    except Refusal as refusal:
        finding = Finding(refusal.code, Severity.BLOCK, refusal.values, files=1)
        return SeriesFound(
            header.series_uid, 0, header, 0, Outcome.REFUSED, (finding,), None, (str(ref),)
        )
    findings: tuple[Finding, ...] = (assumed, *repaired)
    if image.holds_labels:
        findings = (Finding("labels-not-hu", Severity.BLOCK, {"file": ref.name}, 1), *findings)
    if min(image.shape_kji) < 2:
        findings = (Finding("single-slice", Severity.BLOCK, files=1), *findings)
    outcome = outcome_of(findings)
    kept = grid if outcome is not Outcome.REFUSED else None
    slices = image.shape_kji[0]
    names = tuple(dict.fromkeys((str(ref), str(image.data))))
    return SeriesFound(
        header.series_uid, 0, header, slices, outcome, findings, kept, names, image=image
    )


def _image_of(ref: FileRef, head: bytes) -> ImageFile:
    if is_nrrd(head):
        return read_nrrd(ref, head)
    return read_metaimage(ref, head) if is_metaimage(head) else read_nifti(ref, head)


def _judged(harvest: _Harvest, shelf: Shelf, today: date) -> list[SeriesFound]:
    """Return the verdict on every group of DICOM slices."""

    def same_pixels(one: SliceHeader, other: SliceHeader) -> bool:
        """Return whether two files hold the same stored pixels with the same meaning."""
        if one.pixels is None or other.pixels is None:
            return False
        bare = [
            replace(each, offset=0, length=0, fragments=()) for each in (one.pixels, other.pixels)
        ]
        alike = bare[0] == bare[1]
        return alike and pixel_bytes(one, shelf) == pixel_bytes(other, shelf)

    return [
        _judged_group(group, judge(group, same_pixels, today))
        for groups in split_groups(harvest.slices, harvest.broken, harvest.listed)
        for group in groups
    ]


def _judged_group(group: Group, verdict: Verdict) -> SeriesFound:
    stack = verdict.stack
    header = group.slices[0].series
    if not header.frame_uid:
        digest = hashlib.sha256(f"frame of {header.series_uid}".encode()).digest()
        header = replace(header, frame_uid=own_uid(digest))
    grid = None
    if stack is not None and verdict.outcome is not Outcome.REFUSED:
        grid = stack.grid(header.frame_uid, stack.slots())
    slices = stack.slices if stack is not None else group.slices
    return SeriesFound(
        header.series_uid,
        0,
        header,
        len(slices),
        verdict.outcome,
        verdict.findings,
        grid,
        tuple(dict.fromkeys(str(each.ref) for each in slices)),
        stack,
    )


def _ranked(found: Iterable[SeriesFound]) -> tuple[SeriesFound, ...]:
    """Return the series best first, with their rank, and numbered where a series was split."""

    def merit(each: SeriesFound) -> tuple[int, int, float, str, tuple[str, ...]]:
        """Return what sorts the better series first."""
        step = each.grid.spacing_kji_mm[0] if each.grid else float("inf")
        return _ORDER.index(each.outcome), -each.slices, step, each.uid, each.files

    ordered = sorted(found, key=merit)
    parts: dict[str, list[SeriesFound]] = defaultdict(list)
    for each in ordered:
        parts[each.uid].append(each)
    ranked = []
    for rank, each in enumerate(ordered, start=1):
        siblings = parts[each.uid]
        number = siblings.index(each) + 1
        uid = f"{each.uid}#{number}" if len(siblings) > 1 else each.uid
        ranked.append(replace(each, rank=rank, uid=uid))
    return tuple(ranked)
