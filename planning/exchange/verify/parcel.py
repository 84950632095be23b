"""The files of a package, opened so that nothing outside its folder is ever read."""

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planning.exchange.verify.verdict import Fault
from segmentation.errors import Refusal, Unavailable
from segmentation.progress import Progress

FILES_MAX: Final = 2_000
DEPTH_MAX: Final = 8
TAG_BYTES_MAX: Final = 1 << 20
JSON_BYTES_MAX: Final = 32 << 20
KEPT_BYTES_MAX: Final = 1 << 30
FILE_BYTES_MAX: Final = 4 << 30
TOTAL_BYTES_MAX: Final = 16 << 30
CHUNK_BYTES: Final = 1 << 20
NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?")
DEVICE: Final = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
# Neither flag exists everywhere; what is opened is held against the listing in any case.
OPENING: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file as the listing found it."""

    bytes_n: int
    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """The folder and its plain files by relative path, with forward slashes."""

    folder: Path
    files: Mapping[str, Entry]

    def body(self, path: str, bytes_max: int) -> bytes:
        """Return a whole file; a Fault for one that is missing or larger than that."""
        chunks = list(self._chunks(path, bytes_max))
        return b"".join(chunks)

    def sha256(self, path: str, progress: Progress) -> str:
        """Return the hash of a file in hex, read piece by piece."""
        digest, done = hashlib.sha256(), 0
        for chunk in self._chunks(path, FILE_BYTES_MAX):
            digest.update(chunk)
            done += len(chunk)
            progress(done, max(self.files[path].bytes_n, 1))
        return digest.hexdigest()

    def _chunks(self, path: str, bytes_max: int) -> Iterator[bytes]:
        entry = self.files.get(path)
        if entry is None:
            raise Fault("verify-file-missing", path=path)
        if entry.bytes_n > bytes_max:
            raise Fault("verify-too-large", path=path, limit_mib=bytes_max >> 20)
        try:
            handle = os.open(self.folder / path, OPENING)
        except OSError as error:
            raise _odd_or_gone(error, path) from None
        with open(handle, "rb", buffering=0) as file:  # noqa: PTH123 - takes the handle over
            found = os.fstat(file.fileno())
            same = (found.st_size, found.st_dev, found.st_ino)
            if not stat.S_ISREG(found.st_mode) or same != (
                entry.bytes_n,
                entry.device,
                entry.inode,
            ):
                raise Fault("verify-file-changed", path=path)
            left = entry.bytes_n
            while left:
                chunk = file.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise Fault("verify-file-changed", path=path)
                left -= len(chunk)
                yield chunk


def _odd_or_gone(error: OSError, path: str) -> Exception:
    if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENOTDIR):
        return Fault("verify-file-changed", path=path)
    return Unavailable("package-unreadable", path=path)


def require_package(folder: Path) -> None:
    """Refuse what is no package at all: no folder, or nothing called bagit.txt in it.

    Raises
    ------
    Refusal
        `package-missing`, `not-a-package`.
    """
    if not folder.exists():
        raise Refusal("package-missing", path=folder.name)
    if not folder.is_dir() or not os.path.lexists(folder / "bagit.txt"):
        raise Refusal("not-a-package", path=folder.name)


def listed(folder: Path) -> Parcel:
    """Return the folder's plain files; a Fault for anything else that lies in it.

    Looks at each entry itself, never at what a link points to, and opens no file.
    """
    files: dict[str, Entry] = {}
    seen: dict[str, str] = {}
    total = 0
    for path, found in _walked(folder, "", 1):
        key = unicodedata.normalize("NFC", path).casefold()
        if key in seen:
            raise Fault("verify-names-collide", path=path, other=seen[key])
        seen[key] = path
        total += found.st_size
        if len(seen) > FILES_MAX:
            raise Fault("verify-too-many", limit=FILES_MAX)
        if found.st_size > FILE_BYTES_MAX or total > TOTAL_BYTES_MAX:
            raise Fault("verify-too-large", path=path, limit_mib=FILE_BYTES_MAX >> 20)
        files[path] = Entry(found.st_size, found.st_dev, found.st_ino)
    return Parcel(folder, files)


def _walked(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    """Yield each file below `folder` with what it is; folders come first to nobody."""
    is_empty = True
    for name in _names(folder, prefix):
        is_empty = False
        path = f"{prefix}{name}"
        require_plain_name(path)
        found = os.lstat(folder / name)
        if stat.S_ISDIR(found.st_mode) and depth < DEPTH_MAX:
            yield from _walked(folder / name, f"{path}/", depth + 1)
        elif stat.S_ISREG(found.st_mode):
            yield path, found
        else:
            raise Fault("verify-file-odd", path=path)
    if is_empty and prefix:
        raise Fault("verify-file-unlisted", path=prefix)


def _names(folder: Path, prefix: str) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > FILES_MAX:
                    raise Fault("verify-too-many", limit=FILES_MAX)
    except OSError:
        raise Unavailable("package-unreadable", path=prefix or folder.name) from None
    return sorted(names)


def require_plain_name(path: str) -> None:
    """Raise a Fault for a relative path that no package needs: odd signs, dots, devices."""
    parts = path.split("/")
    if len(parts) > DEPTH_MAX or not all(
        NAME.fullmatch(part) and not DEVICE.fullmatch(part) for part in parts
    ):
        raise Fault("verify-name-odd", path=ascii(path)[1:121])
