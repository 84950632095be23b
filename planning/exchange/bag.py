"""A BagIt folder (RFC 8493) about a payload that lies in `data/`: manifests and signature."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from planning.exchange.exporter import Handover
from planning.exchange.keys import SigningKey, is_signed
from planning.exchange.passport import file_sha256
from planning.exchange.programs import named
from planning.exchange.read_back import differs

PAYLOAD: Final = "data"
DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
SIGNER: Final = "signer.pem"
SIGNATURE: Final = TAG_MANIFEST + ".sig"


def write_bag(folder: Path, handover: Handover, today: date, key: SigningKey | None) -> None:
    """Write the tag files about `folder/data`, sign them if there is a key, and read all back.

    A draft has no `signer.pem` and no signature. Lines end in LF and are sorted by path, so the
    same payload gives the same bytes on the same day.

    Raises
    ------
    Refusal
        `export-read-back-differs` when a hash on disk is not the one that was written.
    """
    payload = _paths(folder / PAYLOAD)
    _write(folder / DECLARATION, ("BagIt-Version: 1.0", "Tag-File-Character-Encoding: UTF-8"))
    info = {
        "Bag-Software-Agent": named("package").split(",")[0],
        "Bagging-Date": today.isoformat(),
        "Payload-Oxum": f"{sum(path.stat().st_size for path in payload)}.{len(payload)}",
        "Tasrif-Kind": str(handover.case.kind),
        "Tasrif-State": handover.state,
    }
    _write(folder / INFO, (f"{label}: {value}" for label, value in info.items()))
    _write(folder / MANIFEST, _lines(folder, payload))
    tags = [DECLARATION, INFO, MANIFEST]
    if key is not None:
        (folder / SIGNER).write_bytes(key.public_pem)
        tags.append(SIGNER)
    _write(folder / TAG_MANIFEST, _lines(folder, [folder / name for name in tags]))
    if key is not None:
        signature = key.sign((folder / TAG_MANIFEST).read_bytes())
        (folder / SIGNATURE).write_bytes(signature)
    _read_back(folder, key)


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _lines(folder: Path, paths: Iterable[Path]) -> list[str]:
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return [f"{file_sha256(names[name])}  {name}" for name in sorted(names)]


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_bytes("".join(line + "\n" for line in lines).encode())


def _read_back(folder: Path, key: SigningKey | None) -> None:
    """Hold every file against the manifests as they lie on disk, both ways."""
    stated = _stated(folder / MANIFEST)
    there = {path.relative_to(folder).as_posix() for path in _paths(folder / PAYLOAD)}
    if set(stated) != there:
        raise differs(MANIFEST, ", ".join(sorted(there ^ set(stated))))
    tags = _stated(folder / TAG_MANIFEST)
    for name, sha256 in {**stated, **tags}.items():
        if file_sha256(folder / name) != sha256:
            raise differs(name, "SHA-256")
    if key is not None:
        signature, pem = ((folder / name).read_bytes() for name in (SIGNATURE, SIGNER))
        if not is_signed((folder / TAG_MANIFEST).read_bytes(), signature, pem):
            raise differs(SIGNATURE, "Ed25519")


def _stated(path: Path) -> Mapping[str, str]:
    rows = (line.split("  ", 1) for line in path.read_text("utf-8").splitlines())
    return {name: sha256 for sha256, name in rows}
