"""A model's manifest: what it is, what it reads and what it finds; read within bounds."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from resources import FOLDER
from segmentation.errors import Refusal

FILE: Final = "model.json"
BYTES_MAX: Final = 256 << 10
SCHEMA: Final = FOLDER / "schemas" / "model.schema.json"
TERMINOLOGY: Final = FOLDER / "terminology.json"
TASK_SEGMENT: Final = "segment"
TASK_PROMPT: Final = "prompt"
# Letters of the same axis of the patient, the direction in which LPS grows first.
AXES: Final = ("LR", "PA", "SI")
Triple = tuple[float, float, float]
Patch = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that a model finds: the channel that means it, its name, its SNOMED CT code."""

    channel: int
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Intensity:
    """What becomes of HU: clipped, then `(HU - subtract) / divide + add`."""

    clip_hu: tuple[float, float]
    subtract: float
    divide: float
    add: float = 0.0


@dataclass(frozen=True, slots=True)
class Decoder:
    """The second graph of a promptable model: from the picture's embedding and points to a mask."""

    file: str
    sha256: str
    embedding: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model as its manifest tells it; `sha256_of_manifest` is of the manifest's own bytes.

    `axes` says for each spatial axis of the input, in its order, where its index grows to;
    `spacing_mm` and `patch` are in that order. `source` is who trained it, on what.
    """

    name: str
    title: str
    version: str
    licence: str
    source: str
    task: str
    file: str
    sha256: str
    decoder: Decoder | None
    dimensions: int
    axes: str
    spacing_mm: Triple
    patch: Patch
    overlap_ratio: float
    intensity: Intensity
    spacing_mm_max: float
    extent_mm_min: float
    ports: Mapping[str, str]
    activation: str
    labels: tuple[Label, ...]
    memory_mib: int | None
    sha256_of_manifest: str

    @property
    def is_promptable(self) -> bool:
        """Whether it works from clicked points."""
        return self.task == TASK_PROMPT


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a file.

    Raises
    ------
    Refusal
        `model-manifest-unreadable` for what is no small JSON file, `model-manifest-wrong` with
        the field and what is allowed there, `model-label-twice`, `model-code-unknown`.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal("model-manifest-unreadable", file=where, reason=reason) from None
    return parsed(data, where)


def parsed(data: bytes, where: str) -> Manifest:
    """Return the manifest of a file's bytes; `where` names it in sentences."""
    if len(data) > BYTES_MAX:
        raise Refusal("model-manifest-unreadable", file=where, reason=f"> {BYTES_MAX} B")
    try:
        record = json.loads(data.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = str(error)[:80]
        raise Refusal("model-manifest-unreadable", file=where, reason=reason) from None
    _expect_schema(record, where)
    _expect_sense(record, where)
    return _manifest(record, hashlib.sha256(data).hexdigest())


def _no_number(text: str) -> float:
    raise ValueError(text)


@cache
def _validator() -> Any:  # noqa: ANN401 - a validator of an untyped library
    import jsonschema  # noqa: PLC0415 - only who reads a manifest loads it

    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def _expect_schema(record: object, where: str) -> None:
    """Refuse a record with the first field that the schema doesn't allow."""
    errors = sorted(_validator().iter_errors(record), key=lambda error: error.json_path)
    if not errors:
        return
    first = errors[0]
    field = first.json_path
    allowed = json.dumps(first.validator_value, ensure_ascii=False)[:120]
    if first.validator == "required":
        missing = next(name for name in first.validator_value if name not in first.instance)
        field, allowed = f"{field}.{missing}", missing
    if first.validator == "additionalProperties":
        allowed = ", ".join(first.schema["properties"])[:160]
    if first.validator == "oneOf":
        allowed = "z-score: mean_hu, sd_hu; scale: low, high"
    raise Refusal(
        "model-manifest-wrong", file=where, field=field,
        allowed=f"{first.validator}: {allowed}",
    )  # fmt: skip


def _expect_sense(record: Mapping[str, Any], where: str) -> None:
    """Refuse what each field allows by itself and all of them together don't."""

    def wrong(field: str, allowed: str) -> Refusal:
        return Refusal("model-manifest-wrong", file=where, field=field, allowed=allowed)

    axes = record["axes"]
    if sorted(n for letter in axes for n, pair in enumerate(AXES) if letter in pair) != [0, 1, 2]:
        raise wrong("$.axes", "L | R, P | A, S | I")
    low, high = record["intensity"]["clip_hu"]
    if not low < high:
        raise wrong("$.intensity.clip_hu", "[0] < [1]")
    if record["intensity"].get("low", 0.0) == record["intensity"].get("high", 1.0):
        raise wrong("$.intensity.high", "high != low")
    if record["dimensions"] == 2 and record["patch"][0] != 1:
        raise wrong("$.patch", "[1, n, n]")
    is_prompt = record["task"] == TASK_PROMPT
    for field in ("points", "point_labels"):
        if is_prompt and field not in record:
            raise wrong(f"$.{field}", "required: task prompt")
    if "decoder" in record and not is_prompt:
        raise wrong("$.decoder", "task prompt")
    _expect_labels(record, where, is_prompt=is_prompt)


def _expect_labels(record: Mapping[str, Any], where: str, *, is_prompt: bool) -> None:
    labels = record["labels"]
    for field in ("channel", "name"):
        values = [label[field] for label in labels]
        twice = [value for value in values if values.count(value) > 1]
        if twice:
            raise Refusal("model-label-twice", file=where, field=field, value=str(twice[0]))
    for n, label in enumerate(labels):
        if not label["name"].isprintable() or not label["name"].strip():
            raise Refusal(
                "model-manifest-wrong", file=where, field=f"$.labels[{n}].name", allowed="letters"
            )
        if label.get("code") and not is_code(label["code"]):
            raise Refusal("model-code-unknown", file=where, segment_code=label["code"])
    if record["activation"] == "softmax" and not is_prompt and 0 in {x["channel"] for x in labels}:
        allowed = "softmax: 1 ... 255"
        raise Refusal(
            "model-manifest-wrong", file=where, field="$.labels[].channel", allowed=allowed
        )


@cache
def _codes() -> tuple[Mapping[str, bool], frozenset[str]]:
    """Return which terms there are and whether they have sides, and the codes of the sides."""
    table = json.loads(TERMINOLOGY.read_text("utf-8"))
    sides = frozenset(row["code"] for row in table["sides"].values())
    return {row["code"]: row["sides"] for row in table["structures"]}, sides


def is_code(text: str) -> bool:
    """Return whether the terminology holds a code, with its side where one is told."""
    terms, sides = _codes()
    term, colon, side = text.partition(":")
    if term not in terms:
        return False
    return not colon or (terms[term] and side.partition("=")[2] in sides)


def side_of(code: str) -> tuple[str, str]:
    """Return the term of a code and its side, `L`, `R` or empty."""
    term, _, side = code.partition(":")
    table = json.loads(TERMINOLOGY.read_text("utf-8"))["sides"]
    letters = {row["code"]: letter for letter, row in table.items()}
    return term, letters.get(side.partition("=")[2], "")


def _intensity(record: Mapping[str, Any]) -> Intensity:
    low, high = (float(x) for x in record["clip_hu"])
    if record["method"] == "z-score":
        return Intensity((low, high), float(record["mean_hu"]), float(record["sd_hu"]))
    first, last = float(record["low"]), float(record["high"])
    return Intensity((low, high), low, (high - low) / (last - first), first)


def _manifest(record: Mapping[str, Any], digest: str) -> Manifest:
    decoder = record.get("decoder")
    names = ("input", "points", "point_labels", "output")
    accepts = record["accepts"]
    return Manifest(
        name=record["name"],
        title=record["title"],
        version=record["version"],
        licence=record["licence"],
        source=record.get("source", ""),
        task=record["task"],
        file=record["file"],
        sha256=record["sha256"],
        decoder=Decoder(**decoder) if decoder else None,
        dimensions=record["dimensions"],
        axes=record["axes"],
        spacing_mm=tuple(float(x) for x in record["spacing_mm"]),  # type: ignore[arg-type]
        patch=tuple(record["patch"]),
        overlap_ratio=float(record["overlap_ratio"]),
        intensity=_intensity(record["intensity"]),
        spacing_mm_max=float(accepts["spacing_mm_max"]),
        extent_mm_min=float(accepts.get("extent_mm_min", 0.0)),
        ports={name: record[name] for name in names if name in record},
        activation=record["activation"],
        labels=tuple(Label(x["channel"], x["name"], x.get("code", "")) for x in record["labels"]),
        memory_mib=record.get("memory_mib"),
        sha256_of_manifest=digest,
    )
