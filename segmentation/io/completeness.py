"""Whether all images of a volume are here, as far as counts in its files can tell (HAZ-9)."""

from collections import defaultdict

from segmentation.errors import Value
from segmentation.finding import Finding, Severity
from segmentation.io.group import Group
from segmentation.io.slice_header import SliceHeader


def about_completeness(group: Group, kept: tuple[SliceHeader, ...]) -> list[Finding]:
    """Return whether a count in the headers proves or disproves that all slices are here."""
    told = []
    if group.broken_n:
        lost: dict[str, Value] = {"count": group.broken_n}
        told.append(Finding("series-files-broken", Severity.BLOCK, lost, group.broken_n))
    if group.apart_n:
        apart: dict[str, Value] = {"count": group.apart_n}
        told.append(Finding("series-images-apart", Severity.WARN, apart, group.apart_n))
    parts = _about_parts(kept)
    told += [parts] if parts is not None else []
    counts = {each.related_instances for each in kept} - {None}
    expected = max((n for n in counts if n is not None), default=0)
    if group.absent_n:
        # A medium's directory that lists no more than is here proves nothing: it may be of a part.
        expected = max(expected, group.series_instances + group.absent_n)
    if expected > group.series_instances:
        missing = expected - group.series_instances
        values: dict[str, Value] = {"count": group.series_instances, "total": expected}
        told.append(Finding("series-incomplete", Severity.BLOCK, values, missing))
    elif not expected and not _is_whole(kept):
        told.append(Finding("completeness-unproven", Severity.INFO))
    return told


def _is_whole(kept: tuple[SliceHeader, ...]) -> bool:
    """Return whether a file's own count of its frames proves that all are here.

    Of a concatenation that doesn't say of how many parts it is, the last may be missing.
    """
    frames = [each.dicom_frame for each in kept if each.dicom_frame is not None]
    return len(frames) == len(kept) and all(each.parts for each in frames if each.is_part)


def _about_parts(kept: tuple[SliceHeader, ...]) -> Finding | None:
    """Return what is missing of a concatenation, None where nothing is."""
    frames = [each.dicom_frame for each in kept if each.dicom_frame is not None]
    parts: dict[int, list[int]] = defaultdict(list)
    for each in frames:
        if each.is_part:
            parts[each.part].append(each.first)
    if not parts:
        return None
    total = max([each.parts for each in frames] + [*parts])
    before = 0
    is_whole = set(parts) == set(range(1, total + 1))
    for part in sorted(parts):
        is_whole &= set(parts[part]) in ({before}, {-1})
        before += len(parts[part])
    if is_whole:
        return None
    values: dict[str, Value] = {"count": len(parts), "total": total}
    return Finding("concatenation-incomplete", Severity.BLOCK, values, max(1, total - len(parts)))
