"""A model that works from clicked points: one window around them, the picture encoded once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.models.manifest import Manifest
from segmentation.models.predict import PROCESSOR, MadeBy, expect_scan, limits_of, made_by
from segmentation.models.run import Array, Job, Reply, run
from segmentation.models.shelf import checked_files
from segmentation.models.space import Space, Turn, from_model, space_of, to_model
from segmentation.progress import Progress, share
from segmentation.volume import Volume

EMBEDDING_BYTES_MAX: Final = 2 << 30
AS_IS: Final = Turn((0, 1, 2), (False, False, False))
OUTSIDE, INSIDE, CORNER, OTHER_CORNER = 0.0, 1.0, 2.0, 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Voxels inside and outside, and two corners of a box or none; (N, 3) as k, j, i."""

    inside: Floats
    outside: Floats
    box: Floats

    @property
    def middle(self) -> Floats:
        """Where the window lies: in the middle of the box, or at the first point inside."""
        middle: Floats = self.box.mean(axis=0) if len(self.box) else self.inside[0]
        return middle


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of the scan that a promptable model sees at once.

    `low` is its first voxel in the scan's turned array, `space` goes from its voxels to the
    model's, `pads` stand before those in the patch.
    """

    turn: Turn
    low: tuple[int, int, int]
    space: Space
    pads: tuple[int, int, int]

    @property
    def cut(self) -> tuple[slice, slice, slice]:
        """Where it lies in the scan's turned array."""
        k, j, i = (slice(a, a + n) for a, n in zip(self.low, self.space.shape, strict=True))
        return k, j, i

    @property
    def inner(self) -> tuple[slice, slice, slice]:
        """Where its picture lies in the patch."""
        k, j, i = (slice(a, a + n) for a, n in zip(self.pads, self.space.model_shape, strict=True))
        return k, j, i

    def at(self, kji: Floats, shape_kji: tuple[int, int, int]) -> Floats:
        """Return where voxels of the scan lie in the patch, real-valued (N, 3)."""
        turned = self.turn.points(kji, shape_kji) - self.low
        return self.space.points(turned, self.space.shape) + self.pads


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A window with its picture, and what a first graph made of it."""

    window: Window
    picture: Array
    embedding: Array | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Prompted:
    """What a promptable model answers."""

    mask: BitMask
    made_by: MadeBy = field(default_factory=dict)


def prompted(
    volume: Volume, model: tuple[Path, Manifest], prompt: Prompt, kept: Kept, progress: Progress
) -> Prompted:
    """Return what a model makes of points in the window around them.

    The picture's encoding is kept: a further point costs the second graph only.

    Raises
    ------
    Refusal
        `model-needs-none`, `click-outside-window`, and what `checked_files` and `run` refuse.
    """
    place, manifest = model
    if not manifest.is_promptable:
        raise Refusal("model-needs-none", model=manifest.title)
    expect_scan(volume, manifest)
    graphs = checked_files(place, manifest)
    window = window_of(volume, manifest, prompt)
    key = ("prompt", volume, manifest.sha256, manifest.sha256_of_manifest, window.low)
    encoded = kept.take(key, Encoded)
    if encoded is None:
        encoded = _encoded(volume, manifest, graphs, window, share(progress, 0.0, 0.6))
    kept.put(key, encoded)
    points, marks = points_of(volume, manifest, prompt, window)
    reply = _decoded(manifest, graphs, encoded, (points, marks), share(progress, 0.6, 0.95))
    mask = _mask(volume, manifest, window, reply.arrays[0])
    progress(1, 1)
    return Prompted(mask, made_by(manifest, reply.provider))


def window_of(volume: Volume, manifest: Manifest, prompt: Prompt) -> Window:
    """Return the window of a model's patch around a prompt, cut at the scan's border."""
    whole = space_of(volume.grid, manifest)
    middle = whole.turn.points(prompt.middle[None], volume.grid.shape_kji)[0]
    low, shape, model_shape = [], [], []
    for n, s, t, p, at in zip(
        whole.shape, whole.spacing_mm, whole.model_spacing_mm, manifest.patch, middle, strict=True
    ):
        size = min(n, max(1, round(p * t / s)))
        low.append(int(np.clip(round(at - (size - 1) / 2), 0, n - size)))
        shape.append(size)
        model_shape.append(min(p, max(1, round(size * s / t))))
    space = Space(
        AS_IS, _triple(shape), whole.spacing_mm, _triple(model_shape), whole.model_spacing_mm
    )
    pads = [(p - m) // 2 for p, m in zip(manifest.patch, model_shape, strict=True)]
    return Window(whole.turn, _triple(low), space, _triple(pads))


def _triple(numbers: list[int]) -> tuple[int, int, int]:
    k, j, i = numbers
    return k, j, i


def points_of(
    volume: Volume, manifest: Manifest, prompt: Prompt, window: Window
) -> tuple[Array, Array]:
    """Return points float32 [1, N, dimensions] and their marks [1, N] as the graph reads them.

    Refuses a point inside, or a corner, that lies out of the window; points outside the structure
    that lie there say nothing, and are left out.
    """
    shape = volume.grid.shape_kji
    rows: list[Floats] = []
    marks: list[float] = []
    for kji, mark in ((prompt.inside, INSIDE), (prompt.outside, OUTSIDE)):
        at = window.at(kji, shape) if len(kji) else kji
        is_seen = ((at > -0.5) & (at < np.array(manifest.patch) - 0.5)).all(axis=1)
        if mark == INSIDE and not is_seen.all():
            raise Refusal("click-outside-window", model=manifest.title)
        rows += list(at[is_seen])
        marks += [mark] * int(is_seen.sum())
    if len(prompt.box):
        at = window.at(prompt.box, shape)
        rows += [at.min(axis=0), at.max(axis=0)]
        marks += [CORNER, OTHER_CORNER]
    table = np.array(rows, np.float32)[None, :, 3 - manifest.dimensions :]
    return np.ascontiguousarray(table), np.array([marks], np.float32)


def _encoded(
    volume: Volume,
    manifest: Manifest,
    graphs: tuple[bytes, ...],
    window: Window,
    progress: Progress,
) -> Encoded:
    part = np.ascontiguousarray(window.turn.apply(volume.hu)[window.cut])
    seen = to_model(part, window.space, manifest.intensity, share(progress, 0.0, 0.2))
    patch = np.zeros(manifest.patch, np.float32)
    patch[window.inner] = seen
    picture = patch[None, None] if manifest.dimensions == 3 else patch[0][None, None]
    decoder = manifest.decoder
    if decoder is None:
        return Encoded(window, picture)
    settings = {"inputs": [manifest.ports["input"]], "outputs": [decoder.embedding]}
    job = Job(
        manifest.title, "graph", graphs[:1], (picture,), settings, EMBEDDING_BYTES_MAX, PROCESSOR
    )
    reply = run(job, share(progress, 0.2, 1.0), limits_of(manifest))
    return Encoded(window, picture, reply.arrays[0], reply.provider)


def _decoded(
    manifest: Manifest,
    graphs: tuple[bytes, ...],
    encoded: Encoded,
    prompt: tuple[Array, Array],
    progress: Progress,
) -> Reply:
    ports, decoder = manifest.ports, manifest.decoder
    first = ports["input"] if decoder is None else decoder.embedding
    seen = encoded.picture if encoded.embedding is None else encoded.embedding
    settings = {
        "inputs": [first, ports["points"], ports["point_labels"]],
        "outputs": [ports["output"]],
    }
    channels = 1 + max(label.channel for label in manifest.labels)
    wanted = 4 * 8 * channels * int(np.prod(manifest.patch))
    job = Job(manifest.title, "graph", graphs[-1:], (seen, *prompt), settings, wanted, PROCESSOR)
    return run(job, progress, limits_of(manifest))


def _mask(volume: Volume, manifest: Manifest, window: Window, answer: Array) -> BitMask:
    """Return the voxels of the scan that the answer means; refuse an answer of another shape."""
    channel = manifest.labels[0].channel
    seen = answer[:, :, None] if manifest.dimensions == 2 and answer.ndim == 4 else answer
    if seen.ndim != 5 or seen.shape[2:] != manifest.patch or seen.shape[1] <= channel:
        raise Refusal("model-shape-differs", model=manifest.title, reason=str(list(answer.shape)))
    if manifest.activation == "softmax":
        found = np.argmax(seen[0], axis=0) == channel
    else:
        found = seen[0, channel] > (0.5 if manifest.activation == "probability" else 0.0)
    labels = np.ascontiguousarray(found[window.inner].astype(np.uint8))
    part = from_model(labels, window.space, lambda _done, _total: None)
    whole = np.zeros(volume.grid.shape_kji, bool)
    window.turn.apply(whole)[window.cut] = part > 0
    mask = BitMask.from_bool(whole)
    return mask if volume.padding is None else mask - volume.padding
