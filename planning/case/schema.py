"""The tables of a `*.tasrif` file, how it is opened, and whether a file is one at all.

Nothing in a file is trusted: header, schema text and pragmas are held against what this release
writes before any row is read, within two seconds.
"""

import sqlite3
import struct
import time
from pathlib import Path
from typing import Final

from segmentation.errors import Refusal, Unavailable

APPLICATION_ID: Final = 0x54535246
# 2: reasons, seals; 3: names of the images, key for UIDs; 4: withdrawals, severities
# of zones; 5: status, lock and code of segments; 6: single steps of
# recipes. What an older file lacks reads as none; a zone
# of an older file forbids, its segments are still to do and open.
SCHEMA_VERSION: Final = 6
PAGE_BYTES: Final = 16384
FILE_BYTES_MAX: Final = 64 << 30
VALUE_BYTES_MAX: Final = 128 << 20
CHECK_S_MAX: Final = 2.0
BUSY_S_MAX: Final = 10.0
_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100

TABLES: Final = {
    "record": "CREATE TABLE record(name TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
    "slab": "CREATE TABLE slab(start_k INTEGER NOT NULL PRIMARY KEY, sha256 BLOB NOT NULL,"
    " body BLOB NOT NULL)",
    "mask": "CREATE TABLE mask(sha256 BLOB NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
    "brick": "CREATE TABLE brick(sha256 BLOB NOT NULL PRIMARY KEY, body BLOB NOT NULL)",
    "journal": "CREATE TABLE journal(row INTEGER NOT NULL PRIMARY KEY, sha256 BLOB NOT NULL,"
    " body BLOB NOT NULL)",
    "head": "CREATE TABLE head(id INTEGER NOT NULL PRIMARY KEY, row INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL)",
    "session": "CREATE TABLE session(id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
    " since TEXT NOT NULL, closed_row INTEGER NOT NULL)",
}
_INDEXED = ("record", "mask", "brick")
_PRAGMAS: Final = {
    "foreign_keys": 1,
    "synchronous": 3,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
    "secure_delete": 1,
    "temp_store": 2,
}


def connect(path: Path, *, is_writable: bool) -> sqlite3.Connection:
    """Open the SQLite file at `path` with this release's pragmas, each read back.

    Raises
    ------
    sqlite3.Error
        As SQLite says; `failure` turns it into a sentence.
    """
    uri = f"{path.absolute().as_uri()}?mode={'rw' if is_writable else 'ro'}"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_S_MAX
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 64 << 10)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
        set_pragmas(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def set_pragmas(connection: sqlite3.Connection) -> None:
    """Set the pragmas of every connection and hold each against its read-back."""
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
        answer = connection.execute(f"PRAGMA {name}").fetchone()
        # A build of SQLite without memory-mapped files answers nothing to mmap_size.
        if answer is not None and answer[0] != value:
            raise sqlite3.NotSupportedError(f"PRAGMA {name} is {answer[0]}, not {value}")


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file and give it its marks."""
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA synchronous=OFF")  # synchronised once, before it gets its name
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    for statement in TABLES.values():
        connection.execute(statement)


def mark(connection: sqlite3.Connection) -> None:
    """Give an older file this release's version, within the transaction of the first change.

    From then on it may hold edits that the older release would take for damage.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def check_header(path: Path) -> None:
    """Refuse what is not a case file, one from a newer release and one that was cut off.

    Raises
    ------
    Refusal
        `case-missing`, `not-a-case`, `case-newer`, `case-truncated`.
    Unavailable
        `case-unreadable` when the system does not let it be read.
    """
    name = path.name
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise Refusal("case-missing", file=name) from None
    except IsADirectoryError:
        raise Refusal("not-a-case", file=name) from None
    except OSError as error:
        raise Unavailable("case-unreadable", file=name) from error
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC) or size > FILE_BYTES_MAX:
        raise Refusal("not-a-case", file=name)
    version, application_id = struct.unpack(">I4xI", header[60:72])
    is_rollback_mode = header[18:20] == b"\x01\x01"
    if application_id != APPLICATION_ID or version < 1 or not is_rollback_mode:
        raise Refusal("not-a-case", file=name)
    if version > SCHEMA_VERSION:
        raise Refusal("case-newer", file=name, theirs=version, ours=SCHEMA_VERSION)
    if not has_hot_journal(path):
        _check_length(header, size, name)


def _check_length(header: bytes, size: int, name: str) -> None:
    (page_bytes,) = struct.unpack(">H", header[16:18])
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    (pages,) = struct.unpack(">I", header[28:32])
    if page_bytes != PAGE_BYTES:
        raise Refusal("not-a-case", file=name)
    if pages * page_bytes > size:
        raise Refusal("case-truncated", file=name, missing_bytes=pages * page_bytes - size)


def has_hot_journal(path: Path) -> bool:
    """Return whether a commit was cut short beside `path`; the next writer takes it back."""
    journal = path.with_name(f"{path.name}-journal")
    return journal.is_file() and journal.stat().st_size > 0


def check_schema(connection: sqlite3.Connection, name: str) -> None:
    """Refuse a file whose schema is not, word for word, the one this release writes.

    Views, triggers, virtual tables and foreign indexes are refused with it, before any is read.
    """
    expected: set[tuple[str, str, str, str | None]] = set()
    expected |= {("table", table, table, sql) for table, sql in TABLES.items()}
    expected |= {("index", f"sqlite_autoindex_{t}_1", t, None) for t in _INDEXED}
    deadline = time.monotonic() + CHECK_S_MAX
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 1000)
    try:
        rows = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 100"
        ).fetchall()
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    finally:
        connection.set_progress_handler(None, 0)
    if {tuple(row) for row in rows} != expected or len(rows) != len(expected) or mode != "delete":
        raise Refusal("not-a-case", file=name)


def is_sound(connection: sqlite3.Connection) -> bool:
    """Return whether SQLite finds its own pages in order; it cannot vouch for what they hold."""
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False


_CODES: Final = {
    sqlite3.SQLITE_FULL: "case-disk-full",
    sqlite3.SQLITE_READONLY: "case-place-read-only",
    sqlite3.SQLITE_CANTOPEN: "case-place-read-only",
    sqlite3.SQLITE_PERM: "case-place-read-only",
    sqlite3.SQLITE_BUSY: "case-busy",
    sqlite3.SQLITE_LOCKED: "case-busy",
}
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Where SQLite quotes damaged text in what it says, Python can't read even that.
Fault = sqlite3.Error | UnicodeDecodeError
FAULTS: Final = (sqlite3.Error, UnicodeDecodeError)


def failure(error: Fault, path: Path) -> Refusal:
    """Return the refusal that says what SQLite's `error` means to the user."""
    if isinstance(error, UnicodeDecodeError):
        return Refusal("case-damaged", file=path.name, item="database")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR)
    primary = code & 0xFF
    if primary in _DAMAGED:
        return Refusal("case-damaged", file=path.name, item="database")
    if code in (sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY):
        return Unavailable("case-needs-recovery", file=path.name)
    return Unavailable(_CODES.get(primary, "case-disk-error"), file=path.name)
