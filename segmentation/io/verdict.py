"""What a group of slices may be used for, with every reason and its size in mm.

The outcomes are those of DESIGN section 3, the figures those of the GEO rows.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from segmentation.errors import Value
from segmentation.finding import Finding, Severity
from segmentation.io.completeness import about_completeness
from segmentation.io.group import Group
from segmentation.io.multi_frame import ENHANCED
from segmentation.io.outcome import Outcome
from segmentation.io.slice_header import CT_IMAGE, SliceHeader, is_uid
from segmentation.io.stack import (
    COSINE_ACCEPTED,
    COSINE_LIMIT,
    DRIFT_LIMIT_MM,
    RESIDUAL_LIMIT_MM,
    RESIDUAL_LIMIT_RATIO,
    RESIDUAL_SILENT_MM,
    SAME_PLACE_MM,
    Stack,
    build_stack,
)
from segmentation.io.syntaxes import DECODABLE, LOSSY, NATIVE

VIEW_ONLY: Final = frozenset(
    {"slices-missing", "spacing-uneven", "series-incomplete", "series-files-broken"}
    | {"concatenation-incomplete"}
)
REGULARISABLE: Final = frozenset({"gantry-tilt", "spacing-uneven"})

SIDE_MAX: Final = 8192
SLICES_MAX: Final = 20_000
VOXELS_MAX: Final = 2 << 30
EXPANSION_RATIO_MAX: Final = 200
EXPANSION_FREE_BYTES: Final = 64 << 20  # blank slices at the end of a true stack shrink further
THICK_MM: Final = 2.0
OLD_DAYS: Final = 180
DISAGREEMENT_RATIO: Final = 0.01
_SHARP: Final = ("bone", "lung", "edge", "b60", "b70", "b80", "fc30", "fc8", "yb", "yc", "yd")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome and findings of a group, and its stack where it can be placed in space."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    stack: Stack | None


def block(code: str, *, files: int = 0, mm: float | None = None, **values: Value) -> Finding:
    """Return a finding that keeps a volume from being plan-grade."""
    return Finding(code, Severity.BLOCK, values, files, mm)


def note(
    code: str, severity: Severity, *, files: int = 0, mm: float | None = None, **values: Value
) -> Finding:
    """Return a finding that is told and doesn't change the outcome."""
    return Finding(code, severity, values, files, mm)


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """Return the outcome that these findings leave."""
    blocking = [each.code for each in findings if each.severity is Severity.BLOCK]
    if any(code not in VIEW_ONLY for code in blocking):
        return Outcome.REFUSED
    return Outcome.VIEW_ONLY if blocking else Outcome.PLAN_GRADE


def judge(
    group: Group, same_pixels: Callable[[SliceHeader, SliceHeader], bool], today: date
) -> Verdict:
    """Return the verdict on a group; `same_pixels` compares the stored pixels of two files."""
    findings = [*_about_files(group), *_about_identity(group)]
    if not group.is_placed:
        if not any(each.severity is Severity.BLOCK for each in findings):
            name = group.slices[0].name
            findings.append(block("position-missing", files=len(group.slices), file=name))
        return Verdict(outcome_of(findings), tuple(findings), None)
    kept, doubles = _without_duplicates(group, same_pixels)
    findings += doubles
    stack = build_stack(kept)
    findings += _about_size(stack)
    if len(kept) < 2:
        findings.append(block("single-slice", files=1))
    elif not any(each.code == "position-repeats" for each in findings):
        findings += [*_about_steps(stack), *_about_tilt(stack)]
    findings += [*_about_cosines(stack), *_about_tags(stack), *_about_making(kept, today)]
    findings += about_completeness(group, kept)
    return Verdict(outcome_of(findings), tuple(findings), stack)


def _about_files(group: Group) -> list[Finding]:
    """Return what single headers forbid: one finding per code, with the first file's name."""
    first: dict[str, SliceHeader] = {}
    count: dict[str, int] = {}
    for header in group.slices:
        for code in dict.fromkeys((*_foreign(header), *header.faults)):
            first.setdefault(code, header)
            count[code] = count.get(code, 0) + 1
    return [
        block(code, files=count[code], file=header.name, modality=header.series.modality)
        for code, header in first.items()
    ]


def _foreign(header: SliceHeader) -> list[str]:
    """Return why a slice is no plain axial-type CT image."""
    codes = []
    if header.series.modality != "CT":
        codes.append("not-a-ct")
    elif header.flavour == "LOCALIZER":
        codes.append("localiser")
    elif header.sop_class != CT_IMAGE and header.sop_class not in ENHANCED:
        codes.append("not-a-ct-image")
    if header.photometric not in ("MONOCHROME1", "MONOCHROME2") and "not-greyscale" not in (
        header.faults
    ):
        codes.append("not-greyscale")
    pixels = header.pixels
    if pixels is None:
        return codes
    if pixels.syntax not in DECODABLE:
        codes.append("transfer-syntax-unsupported")
    if pixels.syntax in NATIVE and pixels.length < pixels.plain_bytes:
        codes.append("pixels-truncated")
    return codes


def _about_identity(group: Group) -> list[Finding]:
    findings = []
    if len(group.patients) > 1:
        findings.append(block("two-patients", patients=len(group.patients)))
    if not group.slices[0].series.frame_uid:
        findings.append(note("frame-missing", Severity.WARN))
    uids = {each.instance_uid for each in group.slices}
    if not all(is_uid(uid) for uid in uids):
        findings.append(block("instance-uid-missing"))
    series = group.slices[0].series
    if not all(
        is_uid(uid) for uid in (series.study_uid, series.series_uid, series.frame_uid) if uid
    ):
        findings.append(block("uid-malformed", file=group.slices[0].name))
    programs = [each for each in group.slices if each.has_program]
    if programs:
        count = len({each.ref for each in programs})
        findings.append(
            note("preamble-program", Severity.WARN, files=count, file=programs[0].ref.name)
        )
    return findings


def _without_duplicates(
    group: Group, same_pixels: Callable[[SliceHeader, SliceHeader], bool]
) -> tuple[tuple[SliceHeader, ...], list[Finding]]:
    """Return the slices less identical doubles, and what was found about those."""
    kept: list[SliceHeader] = []
    dropped = clashes = 0
    for header in build_stack(group.slices).slices:
        # in order along the normal only the last few can lie at the same place
        twin = next((each for each in kept[-8:] if _same_place(each, header)), None)
        if twin is None:
            kept.append(header)
        elif same_pixels(twin, header):
            dropped += 1
        else:
            clashes += 1
    findings = []
    if dropped:
        findings.append(note("duplicates-dropped", Severity.INFO, files=dropped, count=dropped))
    if clashes:
        findings.append(block("position-repeats", files=clashes, count=clashes))
    reused = len(kept) - len({each.image_key for each in kept})
    if reused and not clashes:
        findings.append(block("instance-uid-reused", files=reused, count=reused))
    return tuple(kept), findings


def _same_place(one: SliceHeader, other: SliceHeader) -> bool:
    assert one.position_lps_mm is not None
    assert other.position_lps_mm is not None
    return math.dist(one.position_lps_mm, other.position_lps_mm) <= SAME_PLACE_MM


def _about_size(stack: Stack) -> list[Finding]:
    pixels = stack.slices[0].pixels
    assert pixels is not None
    voxels = pixels.rows * pixels.columns * len(stack.slices)
    large = max(pixels.rows, pixels.columns) > SIDE_MAX or len(stack.slices) > SLICES_MAX
    if large or voxels > VOXELS_MAX:
        return [block("image-too-large", rows=pixels.rows, columns=pixels.columns)]
    coded = sum(coded_bytes(each) for each in stack.slices)
    plain = sum(each.pixels.plain_bytes for each in stack.slices if each.pixels is not None)
    if plain > EXPANSION_FREE_BYTES + EXPANSION_RATIO_MAX * coded:
        return [block("pixels-implausible", file=stack.slices[0].name)]
    return []


def coded_bytes(header: SliceHeader) -> int:
    """Return how many bytes of a file hold the pixels of a slice, as they are stored."""
    pixels = header.pixels
    assert pixels is not None
    if pixels.fragments:
        return sum(length for _at, length in pixels.fragments)
    if pixels.length >= 0 and not pixels.is_deflated:
        return pixels.plain_bytes
    return header.ref.size


def _about_steps(stack: Stack) -> list[Finding]:
    """Return missing, uneven or rounded steps (GEO-1, GEO-2)."""
    steps, residual = stack.steps_mm, stack.residual_mm
    if steps.min() <= SAME_PLACE_MM:
        return [block("position-repeats", files=2, count=int((steps <= SAME_PLACE_MM).sum()))]
    gaps = stack.gaps
    if gaps:
        widest = max(gaps, key=lambda k: float(steps[k]))
        usual = float(np.median(steps))
        missing = sum(max(1, round(float(steps[k]) / usual) - 1) for k in gaps)
        return [
            block(
                "slices-missing",
                files=missing,
                mm=float(steps[widest]),
                count=missing,
                total=len(stack.slices) + missing,
                after=widest + 1,
                gap_mm=round(float(steps[widest]), 3),
                step_mm=round(usual, 3),
            )
        ]
    if residual > min(RESIDUAL_LIMIT_MM, RESIDUAL_LIMIT_RATIO * stack.spacing_mm):
        least, most = (round(float(step), 3) for step in (steps.min(), steps.max()))
        return [
            block(
                "spacing-uneven",
                mm=residual,
                least_mm=least,
                most_mm=most,
                error_mm=round(residual, 3),
            )
        ]
    if residual > RESIDUAL_SILENT_MM:
        return [note("spacing-rounded", Severity.INFO, mm=residual, error_mm=round(residual, 3))]
    return []


def _about_tilt(stack: Stack) -> list[Finding]:
    drift = stack.drift_mm
    if drift <= DRIFT_LIMIT_MM:
        return []
    angle = round(stack.tilt_deg, 2)
    return [block("gantry-tilt", mm=drift, shift_mm=round(drift, 2), angle_deg=angle)]


def _about_cosines(stack: Stack) -> list[Finding]:
    findings = []
    error, shift = stack.cosine_error, stack.cosine_mm
    if error > COSINE_LIMIT:
        findings.append(block("cosines-not-orthonormal", mm=shift, shift_mm=round(shift, 2)))
    elif error > COSINE_ACCEPTED:
        values: dict[str, Value] = {"shift_mm": round(shift, 3)}
        findings.append(Finding("cosines-repaired", Severity.WARN, values, mm=shift))
    wobble = stack.wobble_mm
    if wobble > DRIFT_LIMIT_MM:
        findings.append(block("orientation-varies", mm=wobble, shift_mm=round(wobble, 2)))
    return findings


def _about_tags(stack: Stack) -> list[Finding]:
    """Return where tags disagree with the positions, or leave the values' meaning open."""
    findings = []
    header, step = stack.slices[0], stack.spacing_mm
    thickness = header.series.slice_thickness_mm
    told = (("thickness-differs", thickness), ("spacing-tag-differs", header.spacing_between_mm))
    for code, value in told:
        if value is not None and len(stack.slices) > 1 and step > 0.0:
            away = abs(abs(value) - step)
            if away > DISAGREEMENT_RATIO * step:
                values: dict[str, Value] = {"tag_mm": round(value, 3), "step_mm": round(step, 3)}
                findings.append(Finding(code, Severity.INFO, values, mm=away))
    if not all(each.has_rescale for each in stack.slices):
        findings.append(note("rescale-missing", Severity.WARN))
    kinds = {each.rescale_type for each in stack.slices} - {"", "HU"}
    if kinds:
        findings.append(note("rescale-not-hu", Severity.WARN, kind=sorted(kinds)[0]))
    if header.photometric == "MONOCHROME1":
        findings.append(note("monochrome1", Severity.INFO))
    if any(each.is_lossy or each.series.transfer_syntax in LOSSY for each in stack.slices):
        findings.append(note("lossy-compression", Severity.WARN))
    return findings


def _about_making(kept: tuple[SliceHeader, ...], today: date) -> list[Finding]:
    """Return thick slices, an old scan, text in the pixels and the kernel (HAZ-34)."""
    findings = []
    series = kept[0].series
    thick = max((each.series.slice_thickness_mm or 0.0) for each in kept)
    if thick > THICK_MM:
        findings.append(note("slices-thick", Severity.WARN, mm=thick, thickness_mm=round(thick, 2)))
    if series.study_date:
        try:
            days = (today - date.fromisoformat(series.study_date)).days
        except ValueError:
            days = 0
        if days > OLD_DAYS:
            when: dict[str, Value] = {"date": series.study_date}
            findings.append(Finding("scan-old", Severity.WARN, when))
    burned_n = sum(each.has_burned_in_text for each in kept)
    if burned_n:
        findings.append(note("privacy-burned-in", Severity.WARN, files=burned_n, count=burned_n))
    kernel = series.kernel
    if not kernel:
        findings.append(note("kernel-unknown", Severity.INFO))
    elif kernel.lower().startswith(_SHARP):
        findings.append(note("kernel-sharp", Severity.INFO, kernel=kernel))
    return findings
