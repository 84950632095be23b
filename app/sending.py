"""The hand-over: destinations, where to, the package that was written and read back."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal

from app.desk import Desk
from app.kept_surfaces import KeptSurfaces
from app.language import current
from app.language import translate as _
from app.parts.destination import Stand
from app.sealing import NO_JOURNAL, KeyFile, offered_key, unlocked
from app.sending_pictures import PACKAGE_PX, PACKAGE_VIEWS, Pictures, draw
from app.stage import Stage
from app.tasks import Task
from app.words import CatalogueWords
from planning.case.case import Case, Kind, Touched
from segmentation.errors import Cancelled, Refusal
from segmentation.progress import Progress, silent

if TYPE_CHECKING:
    from planning.exchange.export import Exported
    from planning.exchange.exporter import Exporter
    from planning.exchange.outlook import Outlook
    from planning.exchange.verify import Verdict

KEY: Final = "export"
PACKAGE: Final = "package"
NAME_LENGTH_MAX: Final = 64
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What was written, what reading it back by other code said (None without a package)."""

    case: Case
    exported: "Exported"
    verdict: "Verdict | None"

    @property
    def size_bytes(self) -> int:
        """How large its files are together."""
        return sum(row.bytes_n for row in self.exported.files)


def package_name(case: Case, *, has_key: bool) -> str:
    """Return the folder's name: the case's code and version, never a patient's name."""
    from planning.exchange.export import gives_draft

    code = UNSAFE.sub("-", case.identity.code).strip("-.")[:NAME_LENGTH_MAX] or "case"
    practice = "SIM-" if case.kind is Kind.SIMULATION else ""
    draft = "-DRAFT" if gives_draft(case, has_key=has_key) else ""
    return f"{practice}{code}-v{case.version}{draft}"


def free_folder(folder: Path, name: str) -> Path:
    """Return a place in `folder` that nothing has yet: what was handed over stays as it is."""
    n, path = 1, folder / name
    while path.exists():
        n += 1
        path = folder / f"{name}-{n}"
    return path


class Sending(QObject):
    """`changed` when something that the panel or the page shows did."""

    changed = Signal()
    _began = Signal(str)

    def __init__(self, desk: Desk, stage: Stage) -> None:
        super().__init__(desk)
        self.desk = desk
        self._stage = stage
        self.pictures = Pictures(desk)
        self.pictures.changed.connect(self.changed)
        self.chosen: frozenset[str] | None = None
        self.key: KeyFile | None = None
        self.sent: Sent | None = None
        self.writing = ""
        self._task: Task | None = None
        self._outlooks: tuple[Case, dict[str, Outlook]] | None = None
        self._began.connect(self._note_turn, Qt.ConnectionType.QueuedConnection)
        desk.bridge.changed.connect(self._follow)
        desk.tasks.changed.connect(self._note_stop)

    @property
    def destinations(self) -> "tuple[Exporter, ...]":
        """The exporters that are built, in the order of the registry."""
        from planning.exchange import EXPORTERS

        return EXPORTERS

    @property
    def outlooks(self) -> "dict[str, Outlook]":
        """What each destination would get of the case as it is, by name; empty without a case."""
        from planning.exchange.outlook import outlook

        case = self.desk.case
        if case is None:
            return {}
        if self._outlooks is None or self._outlooks[0] is not case:
            told = {one.name: outlook(case, one) for one in self.destinations}
            self._outlooks = case, told
        return self._outlooks[1]

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen destinations that can take the case, in the order of the registry."""
        chosen = self.chosen
        return tuple(
            name for name, told in self.outlooks.items()
            if told.against is None and (chosen is None or name in chosen)
        )  # fmt: skip

    @property
    def folder(self) -> Path:
        """Where packages go."""
        return self.desk.settings.handover_folder()

    @property
    def needs_key(self) -> bool:
        """Whether the package will be signed, which wants the key's passphrase again."""
        case = self.desk.case
        return case is not None and case.is_sealed

    @property
    def is_busy(self) -> bool:
        """Whether a package is being written."""
        return self._task is not None

    @property
    def is_outdated(self) -> bool:
        """Whether the case has moved on since it was handed over."""
        case, sent = self.desk.case, self.sent
        if sent is None or case is None:
            return False
        if sent.case.is_sealed:
            return (case.is_sealed, case.version) != (True, sent.case.version)
        return case is not sent.case

    @property
    def is_done(self) -> bool:
        """Whether the case as it is was written, and read back without a miss."""
        sent = self.sent
        is_read = sent is not None and sent.verdict is not None and sent.verdict.passed
        return is_read and not self.is_outdated

    def stand(self, name: str) -> Stand:
        """Return how a destination stands: chosen or not, and its turn while files are written."""
        told = self.outlooks.get(name)
        if told is not None and told.against is not None:
            return Stand.AGAINST
        names = self.names
        if name not in names:
            return Stand.FREE
        if not self.is_busy:
            return Stand.CHOSEN
        if name == self.writing:
            return Stand.WRITING
        is_past = self.writing in names and names.index(name) < names.index(self.writing)
        return Stand.WRITTEN if is_past else Stand.WAITING

    def toggle(self, name: str) -> None:
        """Choose a destination or leave it out."""
        chosen = frozenset(self.names)
        self.chosen = chosen - {name} if name in chosen else chosen | {name}
        self.changed.emit()

    def choose_folder(self, folder: Path) -> None:
        """Send to this folder or medium from now on."""
        self.desk.keep(replace(self.desk.settings, target_folder=str(folder)))
        self.changed.emit()

    def choose_key(self, key: KeyFile | None) -> None:
        """Sign packages with this key."""
        self.key = key
        self.changed.emit()

    def save(self, passphrase: str) -> None:
        """Write the package, read it back by other code; what came of it is said in the panel."""
        case, names = self.desk.case, self.names
        if case is None or self.is_busy or not names:
            return
        try:
            key = self.key if case.is_sealed else None
            out = free_folder(self.folder, package_name(case, has_key=key is not None))
            words = CatalogueWords(current())
            job = _Job(
                case, names, out, key, self._head(), self.desk.surfaces, words, self._began.emit
            )
        except Refusal as refusal:  # an edit that could not be written
            self.desk.fail(refusal)
            return
        except OSError:
            self.desk.say(_("The folder can't be read. Choose another one."), "block")
            return

        def work(progress: Progress) -> Sent:
            return job.run(passphrase, progress)

        def failed(error: Exception) -> None:
            self._task = None
            self.desk.fail(error)
            self.changed.emit()

        self.desk.bridge.say(None)
        task = Task(_("Writing the package"), work, key=KEY, discard=_take_away)
        self._task, self.writing = task, ""
        self.desk.tasks.run(task, self._take, failed)
        self.changed.emit()

    def stop(self) -> None:
        """Stop writing; nothing is left of what was begun."""
        self.desk.tasks.cancel_key(KEY)
        self.pictures.stop()

    def _head(self) -> str:
        if self.desk.history is not None:
            self.desk.history.flush()
        return NO_JOURNAL if self.desk.file is None else self.desk.file.head

    def _take(self, sent: Sent) -> None:
        self._task = None
        self.sent = sent
        self.changed.emit()

    def _note_turn(self, name: str) -> None:
        self.writing = name
        self.changed.emit()

    def _note_stop(self) -> None:
        if self._task is not None and self._task.is_cancelled:
            self._task = None
            self.desk.say(_("Stopped. Nothing was left in the folder."))
            self.changed.emit()

    def _follow(self, case: Case | None, _touched: Touched) -> None:
        """Forget another case's package; find the key that sealed this one."""
        before = self.sent, self.key
        if self.sent is not None and (case is None or case.id != self.sent.case.id):
            self.sent = None
        sealer = case.seals[-1].fingerprint if case is not None and case.is_sealed else ""
        if not sealer:
            self.key = None
        elif self.key is None or self.key.fingerprint != sealer:
            self.key = self._key_of(sealer)
        if self.sent is not None or (self.sent, self.key) != before:
            self.changed.emit()

    def _key_of(self, sealer: str) -> KeyFile | None:
        offered = offered_key(self.desk)
        return offered if offered is not None and offered.fingerprint == sealer else None


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One hand-over on frozen inputs."""

    case: Case
    names: tuple[str, ...]
    out: Path
    key: KeyFile | None
    head: str
    surfaces: KeptSurfaces
    words: CatalogueWords
    began: Callable[[str], None]

    def run(self, passphrase: str, progress: Progress) -> Sent:
        """Write and read back; nothing is left at `out` when it was stopped on the way."""
        from planning.exchange.export import ExportOptions, export, gives_draft

        key = None if self.key is None else unlocked(self.key.path, passphrase)
        is_draft = gives_draft(self.case, has_key=key is not None)
        pictures = self._pictures(is_draft=is_draft)
        progress(0, 0)  # the pictures are short, and may have been cancelled
        with self.surfaces.held(progress) as surfaces:
            options = ExportOptions(
                force=False, journal_head=self.head, today=datetime.now(UTC).date(),
                pictures=pictures, surfaces=surfaces, words=self.words, began=self.began,
            )  # fmt: skip
            exported = export(self.case, self.names, self.out, key, options, progress)
        try:
            verdict = self._read_back(exported, progress) if PACKAGE in self.names else None
        except Cancelled:
            shutil.rmtree(self.out, ignore_errors=True)
            raise
        return Sent(self.case, exported, verdict)

    def _pictures(self, *, is_draft: bool) -> dict[str, bytes]:
        """Draw what goes with the package, if anything of it shows pictures."""
        from planning.exchange import exporters_named
        from planning.exchange.exporter import Need

        if not any(Need.PICTURES in one.needs for one in exporters_named(self.names)):
            return {}
        return draw(self.case, PACKAGE_VIEWS, PACKAGE_PX, silent, is_draft=is_draft)

    def _read_back(self, exported: "Exported", progress: Progress) -> "Verdict":
        from planning.exchange.verify import verify

        return verify(
            exported.folder, ct=None, signer=exported.fingerprint, allow_draft=exported.is_draft,
            allow_simulation=self.case.kind is Kind.SIMULATION, progress=progress,
        )  # fmt: skip


def _take_away(sent: Sent) -> None:
    """Leave nothing of a package that was finished after somebody stopped it."""
    shutil.rmtree(sent.exported.folder, ignore_errors=True)
