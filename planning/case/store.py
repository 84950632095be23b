"""What lies in the tables of a case file: put in with its hash, taken out against it."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

import numpy as np

from planning.case.bricks import StoredMask, Unreadable, bricks_of, cut, expand, join, squeeze
from planning.case.journal import Entry
from planning.case.slabs import decode_slab, encode_slab, slab_starts
from segmentation.grid import Shape
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Hu

THREADS = 2
UNREAD_HU = -1024


class Store:
    """The tables behind one connection; the caller begins and commits.

    Readers raise `Unreadable` for what is damaged and sqlite3.Error for what the machine refuses.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def put_record(self, name: str, body: bytes) -> str:
        """Keep a named record; return its hash in hex, which the first row of the journal notes."""
        self.connection.execute("INSERT INTO record VALUES(?, ?)", (name, body))
        return hashlib.sha256(body).hexdigest()

    def record(self, name: str, sha256: object) -> bytes:
        """Return a record that has the hash (in hex) which the journal's first row names."""
        body = self._one("SELECT body FROM record WHERE name = ?", name)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise Unreadable(f"record {name}")
        return body

    def put_slabs(self, hu: Hu, slices: int, progress: Progress = silent) -> str:
        """Keep the voxels; return the hash of the list of slab hashes, in hex."""
        starts = slab_starts(hu.shape, slices)
        whole = hashlib.sha256()
        with ThreadPoolExecutor(THREADS) as pool:
            left = iter(starts)
            done = 0
            # A few at a time: what is compressed and not yet written costs memory.
            while batch := list(islice(left, 2 * THREADS)):
                blocks = pool.map(encode_slab, [hu[k : k + slices] for k in batch])
                for k, (sha256, body) in zip(batch, blocks, strict=True):
                    whole.update(sha256)
                    self.connection.execute("INSERT INTO slab VALUES(?, ?, ?)", (k, sha256, body))
                done += len(batch)
                progress(done, len(starts))
        return whole.hexdigest()

    def slabs(self, shape_kji: Shape, slices: int, sha256: object) -> tuple[Hu, list[int]]:
        """Return the voxels and the first slice of each slab that is damaged.

        Raises
        ------
        Unreadable
            When the slabs are not those of this grid.
        """
        starts = slab_starts(shape_kji, slices)
        (size,) = self.connection.execute("SELECT sum(length(body)) FROM slab").fetchone()
        if len(starts) > 1 << 20 or (size or 0) * 4 < int(np.prod(shape_kji, dtype=object)):
            raise Unreadable("voxels are missing")
        hu = np.empty(shape_kji, np.int16)
        hashes: list[bytes] = []
        damaged: list[int] = []
        with ThreadPoolExecutor(THREADS) as pool:
            left = iter(starts)
            while batch := list(islice(left, 2 * THREADS)):
                rows = [self._slab(k) for k in batch]
                hashes += [sha for sha, _ in rows]
                tasks = [
                    pool.submit(decode_slab, body, sha, hu[k : k + slices])
                    for k, (sha, body) in zip(batch, rows, strict=True)
                ]
                for k, task in zip(batch, tasks, strict=True):
                    if task.exception() is not None:
                        hu[k : k + slices] = UNREAD_HU
                        damaged.append(k)
        if hashlib.sha256(b"".join(hashes)).hexdigest() != sha256 and not damaged:
            raise Unreadable("the list of slabs")
        return hu, damaged

    def _slab(self, start_k: int) -> tuple[bytes, bytes]:
        sql = "SELECT sha256, body FROM slab WHERE start_k = ?"
        try:
            row = self.connection.execute(sql, (start_k,)).fetchone()
        except sqlite3.DatabaseError as error:
            _pass_on(error)
            row = None
        if row is None or not all(isinstance(value, bytes) for value in row):
            return b"", b""
        return row[0], row[1]

    def put_mask(self, mask: BitMask) -> str:
        """Keep a mask; bricks that are there already are not written again. Return its key."""
        if isinstance(mask, StoredMask):
            return mask.key
        bricked = cut(mask)
        key = bricked.key
        if self._has("mask", bytes.fromhex(key)):
            return key
        for sha256, brick in bricked.bricks.items():
            if not self._has("brick", sha256):
                self.connection.execute("INSERT INTO brick VALUES(?, ?)", (sha256, squeeze(brick)))
        self.connection.execute(
            "INSERT INTO mask VALUES(?, ?)", (bytes.fromhex(key), bricked.manifest)
        )
        return key

    def mask(self, stored: StoredMask) -> BitMask:
        """Return the mask that `stored` stands for."""
        try:
            sha256 = bytes.fromhex(stored.key)
        except ValueError as error:
            raise Unreadable("a key") from error
        return join(stored.shape_kji, self._manifest(sha256), self._brick)

    def _brick(self, sha256: bytes) -> bytes:
        return expand(self._one("SELECT body FROM brick WHERE sha256 = ?", sha256), sha256)

    def put_entry(self, entry: Entry) -> str:
        """Append a row to the journal and make it the head; return its hash in hex."""
        raw = bytes.fromhex(entry.sha256)
        self.connection.execute(
            "INSERT INTO journal VALUES(?, ?, ?)", (entry.row, raw, entry.body())
        )
        self.connection.execute("INSERT OR REPLACE INTO head VALUES(1, ?, ?)", (entry.row, raw))
        return entry.sha256

    def rows(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give the journal's rows in order: number, hash and bytes."""
        try:
            for row, sha256, body in self.connection.execute(
                "SELECT row, sha256, body FROM journal ORDER BY row"
            ):
                if not isinstance(sha256, bytes) or not isinstance(body, bytes):
                    raise Unreadable(f"row {row}")
                yield row, sha256, body
        except sqlite3.DatabaseError as error:
            _pass_on(error)
            raise Unreadable("journal") from error

    def head(self) -> tuple[int, str]:
        """Return the number and the hash (hex) of the journal's last row."""
        row = self.connection.execute("SELECT row, sha256 FROM head WHERE id = 1").fetchone()
        if row is None or not isinstance(row[0], int) or not isinstance(row[1], bytes):
            return 0, ""
        return row[0], row[1].hex()

    def begin_session(self, name: str, since: str, row: int) -> None:
        """Note who writes from now on, after which row."""
        self.connection.execute(
            "INSERT OR REPLACE INTO session VALUES(1, ?, ?, ?)", (name, since, row)
        )

    def crashed_after(self) -> int | None:
        """Return the last row before a session that was never closed, None when all were."""
        sql = "SELECT since, closed_row FROM session WHERE id = 1"
        row = self.connection.execute(sql).fetchone()
        if row is None or not row[0] or not isinstance(row[1], int):
            return None
        return row[1]

    def damaged_masks(self, shape_kji: Shape) -> int:
        """Return how many masks, of any step, are damaged or miss a brick."""
        whole = {key for key in self._keys("brick") if _is_readable(self._brick, key)}
        bricks = partial(self._bricks_of, shape_kji)
        masks = [key for key in self._keys("mask") if _is_readable(bricks, key)]
        damaged = len(self._keys("mask")) - len(masks)
        return damaged + sum(not bricks(key) <= whole for key in masks)

    def _bricks_of(self, shape_kji: Shape, sha256: bytes) -> set[bytes]:
        return bricks_of(shape_kji, self._manifest(sha256))

    def _keys(self, table: str) -> list[bytes]:
        sql = f"SELECT sha256 FROM {table}"  # noqa: S608 - two fixed table names
        try:
            return [bytes(row[0]) for row in self.connection.execute(sql)]
        except sqlite3.DatabaseError as error:
            _pass_on(error)
            raise Unreadable("the database's own pages") from error

    def _manifest(self, sha256: bytes) -> bytes:
        manifest = self._one("SELECT body FROM mask WHERE sha256 = ?", sha256)
        if hashlib.sha256(manifest).digest() != sha256:
            raise Unreadable("a manifest differs from its hash")
        return manifest

    def _has(self, table: str, sha256: bytes) -> bool:
        sql = f"SELECT 1 FROM {table} WHERE sha256 = ?"  # noqa: S608 - two fixed table names
        return self.connection.execute(sql, (sha256,)).fetchone() is not None

    def _one(self, sql: str, key: str | bytes) -> bytes:
        try:
            row = self.connection.execute(sql, (key,)).fetchone()
        except sqlite3.DatabaseError as error:
            _pass_on(error)
            raise Unreadable("the database's own pages") from error
        if row is None or not isinstance(row[0], bytes):
            raise Unreadable("missing")
        return row[0]


def _is_readable(read: Callable[[bytes], object], key: bytes) -> bool:
    try:
        read(key)
    except Unreadable:
        return False
    return True


def _pass_on(error: sqlite3.DatabaseError) -> None:
    """Raise what is not damage but the machine's doing."""
    if isinstance(error, sqlite3.OperationalError):
        raise error
