"""The folder in which a hospital places models: one folder a model, each with its manifest."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal
from segmentation.models.manifest import FILE, Manifest, read_manifest
from segmentation.models.onnx_walk import BYTES_MAX, check_model

MODELS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Placed:
    """One model in the folder: where it lies and its manifest, or what is wrong with that."""

    folder: Path
    manifest: Manifest | None
    fault: Refusal | None = None


class _Place:
    """Where models lie, as the person who started the program said; None: nowhere."""

    folder: Path | None = None


def use(folder: Path | None) -> None:
    """Take models from this folder from now on."""
    _Place.folder = folder


def folder() -> Path | None:
    """Return the folder that models are taken from; None when nobody named one."""
    return _Place.folder


def placed(place: Path | None = None) -> tuple[Placed, ...]:
    """Return the models of a folder (default: the one in use) by their folders' names.

    Of models with one name the first holds; the others say so.

    Raises
    ------
    Refusal
        `model-folder-missing` for a folder that can't be listed.
    """
    place = place or folder()
    if place is None:
        return ()
    try:
        inner = sorted(one for one in place.iterdir() if (one / FILE).is_file())
    except OSError as error:
        raise Refusal("model-folder-missing", folder=str(place)) from error
    return tuple(_told(inner[:MODELS_MAX]))


def _told(folders: list[Path]) -> Iterator[Placed]:
    seen: dict[str, str] = {}
    for one in folders:
        try:
            manifest = read_manifest(one / FILE)
            if manifest.name in seen:
                other = seen[manifest.name]
                raise Refusal("model-name-twice", model=manifest.name, one=other, two=one.name)
        except Refusal as refusal:
            yield Placed(one, None, refusal)
            continue
        seen[manifest.name] = one.name
        yield Placed(one, manifest)


def model_named(name: str) -> tuple[Path, Manifest]:
    """Return a model of the folder in use and where it lies.

    Raises
    ------
    Refusal
        `model-folder-unset`, `model-folder-missing`, `model-unknown`.
    """
    if folder() is None:
        raise Refusal("model-folder-unset", model=name)
    known = [one for one in placed() if one.manifest is not None]
    for one in known:
        if one.manifest is not None and one.manifest.name == name:
            return one.folder, one.manifest
    told = ", ".join(one.manifest.name for one in known if one.manifest)[:200]
    raise Refusal("model-unknown", model=name, known=told or "-")


def checked_bytes(place: Path, file: str, sha256: str) -> bytes:
    """Return the bytes of a model's file, read once and held against hash and rules.

    What was checked is what is run: nobody opens the file again.

    Raises
    ------
    Refusal
        `model-file-missing`, `model-file-elsewhere` for a link that leads out of the folder,
        `model-too-large`, `model-checksum-differs`, and what `check_model` refuses.
    """
    path = place / file
    where = f"{place.name}/{file}"
    if path.resolve().parent != place.resolve():
        raise Refusal("model-file-elsewhere", file=where)
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise Refusal("model-file-missing", file=where) from error
    if len(data) > BYTES_MAX:
        raise Refusal("model-too-large", file=where, most=f"{BYTES_MAX >> 20} MiB")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refusal("model-checksum-differs", file=where)
    check_model(data, where)
    return data


def checked_files(place: Path, manifest: Manifest) -> tuple[bytes, ...]:
    """Return the checked bytes of a model's graphs: one, or encoder and decoder."""
    files = [(manifest.file, manifest.sha256)]
    if manifest.decoder is not None:
        files.append((manifest.decoder.file, manifest.decoder.sha256))
    return tuple(checked_bytes(place, file, sha256) for file, sha256 in files)
