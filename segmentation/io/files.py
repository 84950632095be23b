"""Files where they lie, on a disk or inside a ZIP, read within bounds and never extracted."""

import os
import re
import stat
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, Self

from segmentation.errors import Refusal, Unavailable, Value

FILE_BYTES_MAX: Final = 4 << 30
FOLDER_FILES_MAX: Final = 200_000
ARCHIVE_FILES_MAX: Final = 10_000
ARCHIVE_BYTES_MAX: Final = 8 << 30
ARCHIVE_RATIO_MAX: Final = 100
ARCHIVE_FREE_BYTES: Final = 64 << 20
_ENCRYPTED: Final = 0x1
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file, or the member of a ZIP archive, as it was when it was listed."""

    path: Path
    member: str = ""
    size: int = 0
    mtime_ns: int = 0

    @property
    def name(self) -> str:
        """The last part of its name, for sentences."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def folder(self) -> str:
        """Where it lies, to tell neighbours from strangers."""
        return str(PurePosixPath(str(self.path) + "/" + self.member).parent)

    def __str__(self) -> str:
        """Return the path, and after a colon the member of an archive."""
        return f"{self.path}:{self.member}" if self.member else str(self.path)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that no series holds, and the code that says why."""

    path: str
    code: str


class Shelf:
    """Opens listed files and reads pieces of them; archives stay open until it is closed.

    Safe for several threads. A file that went away or cannot be read is `Unavailable`; one that
    changed since it was listed is a `Refusal`.
    """

    def __init__(self) -> None:
        self._archives: dict[Path, zipfile.ZipFile] = {}
        self._held: dict[FileRef, bytes] = {}
        self._lock = threading.Lock()
        self._holding = threading.Lock()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the archives."""
        for archive in self._archives.values():
            archive.close()
        self._archives.clear()
        self._held.clear()

    def head(self, ref: FileRef, count: int) -> bytes:
        """Return the first `count` bytes, fewer where the file is shorter."""
        return self.piece(ref, 0, count)

    def piece(self, ref: FileRef, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`."""
        try:
            if ref.member:
                with self._archive(ref.path).open(ref.member) as stream:
                    stream.seek(offset)
                    return stream.read(count)
            with open(ref.path, "rb", buffering=0) as stream:  # noqa: PTH123 - unbuffered
                stream.seek(offset)
                return stream.read(count)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Refusal("file-broken", file=ref.name) from error
        except OSError as error:
            raise gone(ref) from error

    def read_into(self, ref: FileRef, offset: int, target: memoryview) -> None:
        """Fill `target` with the bytes from `offset`; a short file is a `Refusal`."""
        if ref.member:
            data = self.piece(ref, offset, target.nbytes)
            if len(data) != target.nbytes:
                raise Refusal("pixels-truncated", file=ref.name)
            target[:] = data
            return
        try:
            with open(ref.path, "rb", buffering=0) as stream:  # noqa: PTH123 - unbuffered
                self._unchanged(ref, os.fstat(stream.fileno()))
                stream.seek(offset)
                done = 0
                while done < target.nbytes:
                    count = stream.readinto(target[done:])
                    if not count:
                        raise Refusal("pixels-truncated", file=ref.name)
                    done += count
        except OSError as error:
            raise gone(ref) from error

    def held(self, ref: FileRef, make: Callable[[], bytes]) -> bytes:
        """Return what `make` gives for a file, made once: for what can't be read in pieces."""
        with self._holding:
            if ref not in self._held:
                self._held[ref] = make()
            return self._held[ref]

    def check(self, ref: FileRef) -> None:
        """Raise unless the file is still the one that was listed."""
        try:
            self._unchanged(ref, ref.path.stat())
        except OSError as error:
            raise gone(ref) from error

    @staticmethod
    def _unchanged(ref: FileRef, now: os.stat_result) -> None:
        if not ref.member and (now.st_size, now.st_mtime_ns) != (ref.size, ref.mtime_ns):
            raise Refusal("file-changed", file=ref.name)

    def _archive(self, path: Path) -> zipfile.ZipFile:
        with self._lock:
            if path not in self._archives:
                self._archives[path] = zipfile.ZipFile(path)
            return self._archives[path]


def gone(ref: FileRef) -> Unavailable:
    """Return the refusal for a file that can't be read any more."""
    values: dict[str, Value] = {"file": ref.name, "folder": str(ref.path.parent)}
    return Unavailable("file-vanished", **values)


def list_files(path: Path, ignored: list[Ignored]) -> list[FileRef]:
    """Return every regular file at or below `path`, sorted, members of ZIP archives among them.

    Links to folders aren't followed; what isn't a regular file is added to `ignored`.
    """
    refs: list[FileRef] = []
    for found in _walk(path):
        try:
            info = found.stat()
        except OSError:
            ignored.append(Ignored(str(found), "file-unreadable"))
            continue
        if not stat.S_ISREG(info.st_mode):
            ignored.append(Ignored(str(found), "not-a-file"))
            continue
        ref = FileRef(found, "", info.st_size, info.st_mtime_ns)
        if len(refs) >= FOLDER_FILES_MAX:
            raise Refusal("too-many-files", limit=FOLDER_FILES_MAX)
        refs.extend(_unpacked(ref, ignored) if _is_zip(found) else [ref])
    return refs


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            yield Path(folder) / name


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(132)
            # a DICOM file whose preamble plays an archive is a DICOM file
            return head[:4] in (b"PK\x03\x04", b"PK\x05\x06") and head[128:] != b"DICM"
    except OSError:
        return False


def _unpacked(archive: FileRef, ignored: list[Ignored]) -> list[FileRef]:
    """Return the members of a ZIP that may be read, after its declared sizes were held to caps."""
    try:
        with zipfile.ZipFile(archive.path) as listing:
            members = [member for member in listing.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        ignored.append(Ignored(str(archive), "archive-broken"))
        return []
    total = sum(member.file_size for member in members)
    bomb = total > ARCHIVE_RATIO_MAX * archive.size + ARCHIVE_FREE_BYTES
    if len(members) > ARCHIVE_FILES_MAX or total > ARCHIVE_BYTES_MAX or bomb:
        ignored.append(Ignored(str(archive), "archive-too-large"))
        return []
    refs = []
    folded = Counter(member.filename.casefold() for member in members)
    for member in sorted(members, key=lambda each: each.filename):
        ref = FileRef(archive.path, member.filename, member.file_size, archive.mtime_ns)
        is_clash = folded[member.filename.casefold()] > 1
        fault = "archive-name-clash" if is_clash else _member_fault(member)
        if fault:
            ignored.append(Ignored(str(ref), fault))
        else:
            refs.append(ref)
    return refs


def _member_fault(member: zipfile.ZipInfo) -> str:
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    is_outside = ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\0" in name
    if is_outside or any(_DEVICE.fullmatch(part) for part in parts):
        return "archive-unsafe-name"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "archive-link"
    if member.flag_bits & _ENCRYPTED:
        return "archive-encrypted"
    if name.lower().endswith(".zip"):
        return "archive-in-archive"
    return ""
