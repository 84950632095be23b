"""The case file: one `*.tasrif` that holds the case, its steps and who did them.

Acknowledged means durable: `append` returns at once with a future, one writer thread commits each
step in a transaction of its own, and the future is done when the disk has it. When a commit
fails, every step behind it fails too until `resume`, so that what is on disk is always a state
that was on screen. DESIGN section 4 explains the form (rollback journal, EXTRA sync).
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from planning.case import lock, schema
from planning.case.bricks import StoredMask, Unreadable
from planning.case.case import Case
from planning.case.codec import pack_edit
from planning.case.edits import Edit
from planning.case.journal import Act, Entry, chained
from planning.case.publish import (
    check_target,
    new_entry,
    place_failure,
    verified,
    write_copy,
    write_new,
)
from planning.case.reading import fetched, read_case, read_timeline
from planning.case.store import Store
from planning.case.timeline import Timeline
from segmentation.errors import Unavailable
from segmentation.finding import Finding, Severity
from segmentation.progress import Progress, silent
from segmentation.scratch import sweep

SUFFIX = ".tasrif"
T = TypeVar("T")


class CaseFile:
    """An open case file; made by `create` and `open_case`, closed by `close` or a `with` block.

    Attributes
    ----------
    path
        Where it is.
    case
        The case as it was when the file was opened; `History` holds the present one.
    timeline
        The case with its steps as read; masks of other states are not fetched.
    is_read_only
        Whether nothing can be written; `refusal` says why.
    lock_owner
        Who else holds it for writing, None when nobody does.
    recovered_n
        Journal rows since the last clean close when the session before this one crashed, else 0.
    findings
        What is damaged; empty for a whole file.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        timeline: Timeline,
        person: str,
        lease: lock.Lease | None = None,
    ) -> None:
        self.path = path
        self.timeline = timeline
        self.lock_owner: lock.Owner | None = None
        self.recovered_n = 0
        self.findings: tuple[Finding, ...] = ()
        self.refusal: Unavailable | None = None
        self._person = person
        self._store = Store(connection)
        self._head = self._store.head()
        self._lease = lease
        self._has_session = False
        self._has_failed = False
        self._writer = ThreadPoolExecutor(1, "case-writer")
        self._is_closed = False

    def __enter__(self) -> "CaseFile":
        """Return the file itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self.close()

    @property
    def case(self) -> Case:
        """The case as it was when the file was opened."""
        return self.timeline.case

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written."""
        return self.refusal is not None

    @property
    def head(self) -> str:
        """The hash of the last durable journal row, in hex: it stands for all that came before."""
        return self._head[1]

    def entries(self) -> tuple[Entry, ...]:
        """Return the journal's rows, checked, up to the first damaged one."""
        return self._run(lambda: _believed(self._store))

    def append(self, act: Act, title: str, edits: Sequence[Edit] = ()) -> Future[str]:
        """Write one step; the future gives the new head once the step is durable.

        The future raises `Unavailable` when the step could not be written; the file then holds
        what it held before.
        """
        if self.refusal is not None:
            raise self.refusal
        return self._writer.submit(self._commit, act, title, tuple(edits))

    def resume(self) -> None:
        """Accept steps again after a failure, once the caller went back to what is written."""
        self._run(self._forget_failure)

    def steps(self) -> Timeline:
        """Return all steps from the journal, also those that memory let go of; masks unfetched.

        The volume is that of `case`. Waits for what is being written.
        """
        return self._run(lambda: read_timeline(self._store, self.case.volume))

    def fetch(self, case: Case, near: Case) -> Case:
        """Return `case` with its masks; those in `near` with equal voxels are taken from there.

        Raises
        ------
        Unavailable
            `case-step-damaged` when a brick of that step is damaged.
        """
        if not any(isinstance(segment.mask, StoredMask) for segment in case.segments):
            return case
        return self._run(lambda: fetched(self._store, case, near))

    def verify(self) -> tuple[Finding, ...]:
        """Return what is damaged, all steps and all pages included; empty when all is whole."""
        return self._run(lambda: verified(self._store, self.path.name))

    def save_copy(self, path: Path, *, force: bool = False) -> None:
        """Write a compact copy with all steps to `path`; equal contents give equal bytes.

        The copy is read back and verified before it gets its name.

        Raises
        ------
        Refusal
            `case-exists` unless `force`, and always for this file itself; `case-folder-missing`;
            `case-damaged` when the copy is not whole.
        Unavailable
            `case-locked` when another holds the file to be replaced, or when the place cannot be
            written.
        """
        target = path.absolute()
        is_itself = target.exists() and target.samefile(self.path)
        check_target(target, force=force and not is_itself)
        lease = _held(target, self._person)
        try:
            self._run(lambda: write_copy(self._store, target))
        finally:
            lease.release()

    def close(self) -> None:
        """Finish writing, note the clean end and give the file free; twice is harmless."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            with contextlib.suppress(sqlite3.Error):
                self._writer.submit(self._end_session).result()
        finally:
            self._writer.shutdown()
            self._store.connection.close()
            if self._lease is not None:
                self._lease.release()

    def _run(self, job: Callable[[], T]) -> T:
        """Return what `job` gives on the writer thread, behind all that is being written."""
        try:
            return self._writer.submit(job).result()
        except schema.FAULTS as error:
            raise schema.failure(error, self.path) from error
        except Unreadable as error:
            raise Unavailable("case-step-damaged", file=self.path.name) from error

    def _commit(self, act: Act, title: str, edits: tuple[Edit, ...]) -> str:
        if self._has_failed:
            raise Unavailable("case-step-behind", file=self.path.name)
        connection = self._store.connection
        self._has_failed = True
        try:
            connection.execute("BEGIN IMMEDIATE")
            if self._store.head() != self._head:
                raise Unavailable("case-changed-elsewhere", file=self.path.name)
            schema.mark(connection)
            row, sha256 = self._put(act, title, edits)
            connection.execute("COMMIT")
        except schema.FAULTS as error:
            self._roll_back()
            raise schema.failure(error, self.path) from error
        except BaseException:
            self._roll_back()
            raise
        self._head = (row, sha256)
        self._has_session = True
        self._has_failed = False
        return sha256

    def _put(self, act: Act, title: str, edits: tuple[Edit, ...]) -> tuple[int, str]:
        row, previous = self._head[0] + 1, self._head[1]
        if not self._has_session and not self.recovered_n:
            self._store.begin_session(self._person, lock.now_text(), self._head[0])
        packed = tuple(pack_edit(edit, self._store.put_mask) for edit in edits)
        return row, self._store.put_entry(
            new_entry(row, previous, self._person, act, title, edits=packed)
        )

    def _roll_back(self) -> None:
        # What cannot be rolled back now is rolled back by SQLite at the next access.
        with contextlib.suppress(sqlite3.Error):
            if self._store.connection.in_transaction:
                self._store.connection.execute("ROLLBACK")

    def _forget_failure(self) -> None:
        self._has_failed = False

    def _end_session(self) -> None:
        if not self.is_read_only and (self._has_session or self.recovered_n):
            self._store.begin_session("", "", self._head[0])


def create(
    path: Path,
    case: Case,
    *,
    force: bool = False,
    person: str | None = None,
    progress: Progress = silent,
) -> CaseFile:
    """Write `case` to a new file at `path` and return it open for writing.

    It is written under another name first: a failure leaves nothing, or what was there before.

    Raises
    ------
    Refusal
        `case-exists` when there is a file and not `force`.
    Unavailable
        `case-locked` when another holds the file to be replaced, or when the place, the disk or
        its space do not allow it.
    """
    target = path.absolute()
    who = person or lock.person_here()
    check_target(target, force=force)
    lease = _held(target, who)
    try:
        write_new(target, case, who, progress)
        connection = schema.connect(target, is_writable=True)
        return CaseFile(target, connection, Timeline(case), who, lease)
    except schema.FAULTS as error:
        lease.release()
        raise schema.failure(error, target) from error
    except BaseException:
        lease.release()
        raise


def open_case(
    path: Path, *, read_only: bool = False, take_over: bool = False, person: str | None = None
) -> CaseFile:
    """Open the case file at `path`, for writing where that is possible.

    It opens read-only, with the reason in `refusal`, when another holds it (`lock_owner` says who
    and since when), when the place is read-only and when something is damaged. `take_over` takes
    the lock of a machine that was not heard of for 30 s; ask the person first.

    Raises
    ------
    Refusal
        `case-missing`, `not-a-case`, `case-newer`, `case-truncated`, `case-damaged`.
    Unavailable
        When the environment does not let it be read.
    """
    path = path.absolute()
    who = person or lock.person_here()
    schema.check_header(path)
    sweep(path.parent)
    lease: lock.Lease | lock.Owner | None = None
    if not read_only and os.access(path, os.W_OK):
        with contextlib.suppress(OSError):
            lease = lock.claim(path, lock.present_owner(who), take_over=take_over)
    own = lease if isinstance(lease, lock.Lease) else None
    try:
        file = _opened(path, who, own)
    except BaseException as error:
        if own is not None:
            own.release()
        if not isinstance(error, schema.FAULTS):
            raise
        if own is None and schema.has_hot_journal(path):
            raise Unavailable("case-needs-recovery", file=path.name) from error
        raise schema.failure(error, path) from error
    if isinstance(lease, lock.Owner):
        file.lock_owner = lease
        file.refusal = _locked(path, lease)
    elif lease is None:
        code = "case-opened-to-read" if read_only else "case-place-read-only"
        file.refusal = Unavailable(code, file=path.name)
    if file.findings:
        file.refusal = Unavailable("case-damaged-read-only", file=path.name)
    return file


def _opened(path: Path, person: str, lease: lock.Lease | None) -> CaseFile:
    connection = schema.connect(path, is_writable=lease is not None)
    try:
        schema.check_schema(connection, path.name)
        connection.execute("BEGIN")
        store = Store(connection)
        is_sound = lease is None or schema.is_sound(connection)
        reading = read_case(store, path.name)
        crashed_after = store.crashed_after()
        connection.execute("COMMIT")
        file = CaseFile(path, connection, reading.timeline, person, lease)
    except BaseException:
        connection.close()
        raise
    if crashed_after is not None:
        file.recovered_n = max(0, reading.head[0] - crashed_after)
    pages = () if is_sound else (Finding("case-pages-damaged", Severity.BLOCK),)
    file.findings = reading.damage + pages
    return file


def _believed(store: Store) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    with contextlib.suppress(Unreadable):
        entries.extend(chained(store.rows()))
    return tuple(entries)


def require_free(path: Path) -> None:
    """Refuse a case that another holds open: who is about to remove it asks here.

    Raises
    ------
    Unavailable
        `case-locked`, or why nobody can tell.
    """
    if path.is_file():
        _held(path.absolute(), lock.person_here()).release()


def _held(target: Path, person: str) -> lock.Lease:
    """Return the lock of a file that is about to be written; refuse one that another holds."""
    try:
        lease = lock.claim(target, lock.present_owner(person))
    except OSError as error:
        raise place_failure(error, target) from error
    if isinstance(lease, lock.Owner):
        raise _locked(target, lease)
    return lease


def _locked(path: Path, owner: lock.Owner) -> Unavailable:
    code = "case-lock-stale" if owner.is_stale else "case-locked"
    return Unavailable(code, file=path.name, name=owner.name, host=owner.host, since=owner.since)
