"""What a model finds in a volume: labels as masks on the case's grid, with where they come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.mask import BitMask
from segmentation.models.manifest import TASK_SEGMENT, Label, Manifest, side_of
from segmentation.models.run import MIB, Array, Job, Limits, memory_bytes, run
from segmentation.models.shelf import checked_bytes
from segmentation.models.space import Space, from_model, space_of, to_model
from segmentation.progress import Progress, share, silent
from segmentation.volume import Volume

SOFTMAX: Final = "softmax"
PROCESSOR: Final = "processor"
MadeBy = Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One label of a model on the case's grid."""

    label: Label
    mask: BitMask


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a model found, what to know of it, and where it comes from.

    `made_by` names model, version, hashes of file and manifest, who computed it (`provider`),
    the runtime and the day. `walls` are those that stood around the model's process.
    """

    found: tuple[Found, ...]
    findings: tuple[Finding, ...]
    made_by: MadeBy
    walls: tuple[str, ...] = ()


def limits_of(manifest: Manifest) -> Limits:
    """Return what a model may take on this machine: what its manifest says, if that is less."""
    most = memory_bytes()
    told = manifest.memory_mib
    return Limits(most if told is None else min(most, told * MIB))


def starts(size: int, patch: int, overlap_ratio: float) -> list[int]:
    """Return where windows begin along an axis: evenly spread, no further apart than allowed."""
    room = max(size - patch, 0)
    step = max(1.0, patch * (1.0 - overlap_ratio))
    count = int(np.ceil(room / step)) + 1
    return [round(n * room / max(count - 1, 1)) for n in range(count)]


def predict(
    volume: Volume,
    place: Path,
    manifest: Manifest,
    progress: Progress = silent,
    device: str = PROCESSOR,
    limits: Limits | None = None,
) -> Prediction:
    """Return what a model that works from the picture alone finds in a volume.

    Raises
    ------
    Refusal
        `model-needs-points`, `model-scan-coarse`, `model-scan-short`, `model-sides-swapped`, and
        what `checked_bytes` and `run` refuse.
    """
    if manifest.task != TASK_SEGMENT:
        raise Refusal("model-needs-points", model=manifest.title)
    expect_scan(volume, manifest)
    data = checked_bytes(place, manifest.file, manifest.sha256)
    space = space_of(volume.grid, manifest)
    picture = to_model(volume.hu, space, manifest.intensity, share(progress, 0.02, 0.12))
    job = window_job(manifest, data, picture, device)
    reply = run(job, share(progress, 0.12, 0.9), limits or limits_of(manifest))
    labels = _labels(reply.arrays, manifest, space)
    found = tuple(_masks(labels, volume, manifest, space, share(progress, 0.9, 1.0)))
    findings = expect_sides(volume, found, manifest.title)
    return Prediction(found, findings, made_by(manifest, reply.provider), reply.walls)


def window_job(manifest: Manifest, data: bytes, picture: Array, device: str) -> Job:
    """Return the job that slides a model's window over a picture in its own space."""
    sizes = zip(picture.shape, manifest.patch, strict=True)
    settings = {
        "input": manifest.ports["input"],
        "output": manifest.ports["output"],
        "dimensions": manifest.dimensions,
        "activation": manifest.activation,
        "channels": [label.channel for label in manifest.labels],
        "patch": list(manifest.patch),
        "starts": [starts(n, p, manifest.overlap_ratio) for n, p in sizes],
    }
    sheets = 1 if manifest.activation == SOFTMAX else len(manifest.labels)
    return Job(
        manifest.title, "windows", (data,), (picture,), settings, sheets * picture.size, device
    )


def expect_scan(volume: Volume, manifest: Manifest) -> None:
    """Refuse a scan that the model's manifest says it is not for (HAZ-29)."""
    coarse_mm = max(volume.grid.spacing_kji_mm)
    if coarse_mm > manifest.spacing_mm_max * (1.0 + 1e-4):
        most = manifest.spacing_mm_max
        raise Refusal("model-scan-coarse", model=manifest.title, mm=coarse_mm, most_mm=most)
    sizes = zip(volume.grid.shape_kji, volume.grid.spacing_kji_mm, strict=True)
    short_mm = min(n * s for n, s in sizes)
    if short_mm < manifest.extent_mm_min:
        least = manifest.extent_mm_min
        raise Refusal("model-scan-short", model=manifest.title, mm=short_mm, least_mm=least)


def _labels(arrays: Sequence[Array], manifest: Manifest, space: Space) -> Array:
    """Return the labels that a model's process answered; refuse another shape than was asked."""
    sheets = () if manifest.activation == SOFTMAX else (len(manifest.labels),)
    is_one = len(arrays) == 1 and arrays[0].dtype == np.uint8
    if not is_one or arrays[0].shape != (*sheets, *space.model_shape):
        raise Refusal("model-crashed", model=manifest.title)
    return arrays[0]


def _masks(
    labels: Array, volume: Volume, manifest: Manifest, space: Space, progress: Progress
) -> Iterator[Found]:
    """Yield each label's mask on the case's grid, without padding."""
    n = len(manifest.labels)
    whole = None
    if manifest.activation == SOFTMAX:
        whole = from_model(labels, space, share(progress, 0.0, 0.7))
    for at, label in enumerate(manifest.labels):
        if whole is None:
            turn = share(progress, at / n, (at + 1) / n)
            voxels = from_model(labels[at], space, turn) > 0
        else:
            voxels = whole == label.channel
        mask = BitMask.from_bool(voxels)
        yield Found(label, mask if volume.padding is None else mask - volume.padding)


def expect_sides(volume: Volume, found: Sequence[Found], title: str) -> tuple[Finding, ...]:
    """Return which sides nothing proves; refuse a left part that lies right of the right one.

    The side is the code's, or where a label has none the last word of its name (HAZ-29).
    """
    by_side: dict[tuple[str, str], Found] = {}
    for one in found:
        what, side = _side(one.label)
        if side and not one.mask.is_empty:
            by_side[what, side] = one
    alone = []
    for (what, side), one in by_side.items():
        other = by_side.get((what, "R" if side == "L" else "L"))
        if other is None:
            values = {"segment": one.label.name, "model": title}
            alone.append(Finding("model-side-unproven", Severity.WARN, values))
        elif side == "L" and _x_mm(volume, one.mask) <= _x_mm(volume, other.mask):
            raise Refusal(
                "model-sides-swapped", model=title, left=one.label.name, right=other.label.name
            )
    return tuple(alone)


def _side(label: Label) -> tuple[str, str]:
    """Return what a label is without its side, and the side as `L`, `R` or empty."""
    if label.code:
        return side_of(label.code)
    what, _, last = label.name.lower().rpartition(" ")
    return what, {"left": "L", "right": "R"}.get(last, "")


def _x_mm(volume: Volume, mask: BitMask) -> float:
    # The window lists models without the kernels that this brings along.
    from segmentation.statistics import centroid_lps_mm  # noqa: PLC0415

    middle = centroid_lps_mm(volume.grid, mask)
    assert middle is not None
    return float(middle[0])


def made_by(manifest: Manifest, provider: str) -> MadeBy:
    """Return where a model's segments come from, as their recipe tells it."""
    return {
        "model": manifest.name,
        "title": manifest.title,
        "version": manifest.version,
        "sha256": manifest.sha256,
        "manifest_sha256": manifest.sha256_of_manifest,
        "provider": provider,
        "runtime": f"onnxruntime {version('onnxruntime')}",
        "on": datetime.now(UTC).date().isoformat(),
    }
