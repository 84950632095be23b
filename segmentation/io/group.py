"""Which slices belong together: the split keys of row GEO-3. Two groups are never stacked."""

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from segmentation.io.header import PatientHeader
from segmentation.io.slice_header import SliceHeader
from segmentation.io.stack import (
    RESIDUAL_LIMIT_MM,
    SAME_PLACE_MM,
    build_stack,
    cosines,
    nearest_rotation,
)

ORIENTATION_DEG: Final = 0.5
SPACING_STEP_MM: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Group:
    """Slices of one series that may form one volume.

    `patients` and `series_instances` are those of the whole series: identity is compared over
    all of its files, whatever group they fell into (HAZ-6). `broken_n` counts files of the
    series that can't be read or placed, `apart_n` readable ones that fell into other groups,
    `absent_n` images that the medium's directory lists for the series and that aren't there.
    """

    slices: tuple[SliceHeader, ...]
    patients: frozenset[PatientHeader]
    series_instances: int
    broken_n: int = 0
    apart_n: int = 0
    absent_n: int = 0

    @property
    def is_placed(self) -> bool:
        """Whether every slice says where it lies and how its pixels are stored."""
        return all(is_placed(each) for each in self.slices)


def is_placed(header: SliceHeader) -> bool:
    """Return whether a slice has position, orientation, spacing and pixels."""
    return (
        header.position_lps_mm is not None
        and header.orientation is not None
        and header.pixel_spacing_mm is not None
        and min(header.pixel_spacing_mm) > 0.0
        and header.pixels is not None
        and any(header.orientation[:3])
        and any(header.orientation[3:])
    )


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that couldn't be read to its end: its series where that was reached, its folder."""

    series_uid: str
    folder: str

    def belongs_to(self, members: list[SliceHeader]) -> bool:
        """Return whether it may be a lost slice of these."""
        if self.series_uid:
            return self.series_uid == members[0].series.series_uid
        return any(each.ref.folder == self.folder for each in members)


def split_groups(
    slices: Iterable[SliceHeader],
    broken: Iterable[BrokenFile] = (),
    listed: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[list[Group]]:
    """Return the groups of each series, one list per series.

    `listed` are the instance UIDs that a medium's directory gives for each series.
    """
    by_series: dict[tuple[str, str], list[SliceHeader]] = defaultdict(list)
    for header in slices:
        by_series[header.series.study_uid, header.series.series_uid].append(header)
    found = []
    for members in by_series.values():
        lost = sum(each.belongs_to(members) for each in broken)
        here = {each.instance_uid for each in members}
        absent = len(listed.get(members[0].series.series_uid, frozenset()) - here)
        found.append([replace(one, absent_n=absent) for one in _groups_of(members, lost)])
    return found


def _groups_of(members: list[SliceHeader], lost: int) -> list[Group]:
    """Return the groups of one series of which `lost` files could not be read."""
    patients = frozenset(each.series.patient for each in members)
    count = len({each.instance_uid for each in members})
    homeless = [each.flavour for each in members if not is_placed(each)]
    groups = []
    for part in _split_series(members):
        twins = homeless.count(part[0].flavour) if is_placed(part[0]) else 0
        apart = len(members) - len(part) - twins
        groups.append(Group(tuple(part), patients, count, lost + twins, apart))
    return groups


def _split_series(members: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the parts of a series that differ in any key."""
    parts: dict[Hashable, list[SliceHeader]] = defaultdict(list)
    for header in members:
        parts[_key(header)].append(header)
    split = []
    for part in parts.values():
        if not is_placed(part[0]):
            split.append(part)
            continue
        for turned in _split_orientation(part):
            split.extend(_split_phases(turned))
    return split


def _key(header: SliceHeader) -> Hashable:
    pixels, spacing = header.pixels, header.pixel_spacing_mm
    return (
        is_placed(header),
        header.series.frame_uid,
        header.series.modality,
        header.sop_class,
        (pixels.rows, pixels.columns) if pixels else None,
        tuple(round(each / SPACING_STEP_MM) for each in spacing) if spacing else None,
        header.flavour,
        header.series.kernel,
        header.series.kvp,
        header.photometric,
        (header.dicom_frame.volume_uid, header.dicom_frame.stack) if header.dicom_frame else None,
    )


def _split_orientation(members: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the members by orientation; more than half a degree makes another group."""
    kinds = sorted({each.orientation for each in members if each.orientation is not None})
    centres: list[tuple[float, ...]] = []
    centre_of: dict[tuple[float, ...], int] = {}
    for kind in kinds:
        near = [
            n for n, centre in enumerate(centres) if _angle_deg(kind, centre) <= ORIENTATION_DEG
        ]
        centre_of[kind] = near[0] if near else len(centres)
        if not near:
            centres.append(kind)
    parts: dict[int, list[SliceHeader]] = defaultdict(list)
    for header in members:
        parts[centre_of[header.orientation or ()]].append(header)
    return list(parts.values())


def _angle_deg(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the angle of the rotation between two orientations."""
    turn = nearest_rotation(cosines(one)).T @ nearest_rotation(cosines(other))
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1.0) / 2.0, -1.0, 1.0))))


def _split_phases(members: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the phases of members whose positions repeat or interleave unevenly.

    Acquisition number and temporal position split only then: real series change the acquisition
    number in mid-stack.
    """
    keys = (
        lambda each: each.temporal,
        lambda each: each.acquisition,
        lambda each: (each.acquisition, each.temporal),
        lambda each: each.dicom_frame and each.dicom_frame.phase,
    )
    repeats = has_repeats(members)
    if len(members) < 2 or not (repeats or _interleaves(members)):
        return [members]
    for key in keys:
        parts: dict[Hashable, list[SliceHeader]] = defaultdict(list)
        for header in members:
            parts[key(header)].append(header)
        clean = not any(has_repeats(part) for part in parts.values())
        if len(parts) > 1 and clean and min(len(part) for part in parts.values()) > 1:
            return list(parts.values())
    return [members]


def has_repeats(members: list[SliceHeader]) -> bool:
    """Return whether two different instances lie at the same place."""
    unique = list({each.image_key: each for each in members}.values())
    stack = build_stack(tuple(unique))
    return bool((stack.steps_mm <= SAME_PLACE_MM).any())


def _interleaves(members: list[SliceHeader]) -> bool:
    """Return whether acquisitions overlap along the normal and are uneven together."""
    stack = build_stack(tuple(members))
    if stack.residual_mm <= RESIDUAL_LIMIT_MM:
        return False
    spans: dict[str, list[float]] = defaultdict(list)
    for header, along in zip(stack.slices, stack.along_mm, strict=True):
        spans[header.acquisition].append(float(along))
    ranges = sorted((min(span), max(span)) for span in spans.values())
    return any(after[0] < before[1] for before, after in itertools.pairwise(ranges))
