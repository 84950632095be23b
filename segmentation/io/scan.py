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
from segmentation.io.dicom_header import HEAD_BYTES, Elements, read_elements
from segmentation.io.dicom_pixels import pixel_bytes
from segmentation.io.directory import BYTES_MAX, listed_images
from segmentation.io.files import FileRef, Ignored, Shelf, list_files
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
from segmentation.io.slice_header import SliceHeader, read_slice
from segmentation.io.stack import Stack
from segmentation.io.verdict import Verdict, judge, outcome_of
from segmentation.progress import Progress, silent

CHUNK_FILES: Final = 16
FRAGMENTS_MAX: Final = 4096
_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0"
_ORDER: Final = (Outcome.PLAN_GRADE, Outcome.VIEW_ONLY, Outcome.REFUSED)
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
_APART: Final = {
    "1.2.840.10008.1.3.10": "dicom-directory",
    _STORAGE + "66.4": "segmentation-object",
    _STORAGE + "481.2": "dose-object",
    _STORAGE + "481.3": "structure-set",
}
_SECONDARY: Final = (_STORAGE + "7", _STORAGE + "7.")


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

    def add(
        self, found: "SliceHeader | SeriesFound | Ignored | tuple[Ignored, BrokenFile]"
    ) -> None:
        """Put one file's result where it belongs."""
        if isinstance(found, SliceHeader):
            self.slices.append(found)
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


def _read_chunk(
    refs: list[FileRef], shelf: Shelf
) -> list[SliceHeader | SeriesFound | Ignored | tuple[Ignored, BrokenFile]]:
    return [_read_file(ref, shelf) for ref in refs]


def _read_file(
    ref: FileRef, shelf: Shelf
) -> SliceHeader | SeriesFound | Ignored | tuple[Ignored, BrokenFile]:
    """Return what one file is, or why it is left out."""
    if not ref.size:
        return Ignored(str(ref), "file-empty")
    try:
        return _read_content(ref, shelf)
    except Unavailable:
        return Ignored(str(ref), "file-unreadable")
    except Refusal as refusal:
        return Ignored(str(ref), refusal.code)


def _read_content(
    ref: FileRef, shelf: Shelf
) -> SliceHeader | SeriesFound | Ignored | tuple[Ignored, BrokenFile]:
    """Return what the first bytes of a file make of it; its name has no say."""
    head = shelf.head(ref, HEAD_BYTES)
    if is_nifti(head) or is_nrrd(head) or is_metaimage(head):
        return _read_image(ref, shelf.head(ref, HEADER_BYTES_MAX))
    elements = read_elements(
        lambda count: head if count <= HEAD_BYTES else shelf.head(ref, count), ref.size
    )
    if elements is None:
        return Ignored(str(ref), "not-an-image")
    found = _read_dicom(ref, elements, head[128:132] == b"DICM")
    if isinstance(found, SliceHeader) and _is_cut(found, shelf):
        return replace(found, faults=(*found.faults, "pixels-truncated"))
    return found


def _is_cut(header: SliceHeader, shelf: Shelf) -> bool:
    """Return whether a compressed file ends before its last fragment does.

    Members of archives carry a checksum instead.
    """
    pixels, ref = header.pixels, header.ref
    if pixels is None or pixels.length >= 0 or ref.member:
        return False
    at = pixels.offset
    for _fragment in range(FRAGMENTS_MAX):
        item = shelf.piece(ref, at, 8)
        if item[:4] == _SEQUENCE_END:
            return False
        if len(item) < 8 or item[:4] != _ITEM:
            return True
        at += 8 + int.from_bytes(item[4:], "little")
    return False


def _read_dicom(
    ref: FileRef, elements: Elements, is_certain: bool
) -> SliceHeader | Ignored | tuple[Ignored, BrokenFile]:
    """Return a DICOM file as a slice, or why it is none."""
    header = read_slice(elements, ref)
    code = _APART.get(header.sop_class, "")
    if header.sop_class.startswith(_SECONDARY[1]) or header.sop_class == _SECONDARY[0]:
        code = "secondary-capture"
    if code:
        return Ignored(str(ref), code)
    if elements.fault:
        if not is_certain and not header.series.series_uid:
            return Ignored(str(ref), "not-an-image")
        lost = BrokenFile(header.series.series_uid, ref.folder)
        return Ignored(str(ref), elements.fault), lost
    if elements.pixels_at < 0 and header.series.modality != "CT":
        return Ignored(str(ref), "dicom-without-image")
    if not header.series.series_uid:
        return Ignored(str(ref), "series-uid-missing"), BrokenFile("", ref.folder)
    return header


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
        alike = replace(one.pixels, offset=0, length=0) == replace(other.pixels, offset=0, length=0)
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
        tuple(str(each.ref) for each in slices),
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
