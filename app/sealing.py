"""Keys and the seal, beside the window: Argon2id and the checks take their time.

A passphrase lives in a task's closure and nowhere else; it is gone when the task has ended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from app import settings as stored
from app.desk import Desk
from app.language import translate as _
from app.message import of_error
from app.tasks import Task
from planning.case.case import Case, Kind
from planning.case.edits import SealPlan, WithdrawPlan
from planning.case.withdrawal import Withdrawal
from segmentation.errors import Refusal, Unavailable
from segmentation.progress import Progress

if TYPE_CHECKING:
    from planning.exchange.keys import SigningKey

KEY: Final = "seal"
PASSPHRASE_LENGTH_MIN: Final = 8
NO_JOURNAL: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file and the fingerprint that stands in it, "" when it can't be read."""

    path: Path
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What a person gives to seal."""

    typed: str
    name: str
    role: str
    key_file: Path
    passphrase: str


def fingerprint_words(fingerprint: str) -> str:
    """Return the ends of a fingerprint as people compare them: `7c41 9e0b … 52af`."""
    return f"{fingerprint[:4]} {fingerprint[4:8]} … {fingerprint[-4:]}" if fingerprint else ""


def practice_key_file() -> Path:
    """Return where the key of simulations stands: with the settings."""
    return stored.config_file().with_name("practice-key.json")


def key_file(path: Path) -> KeyFile:
    """Return what a key file says of itself; nothing is unlocked."""
    from planning.exchange.key_file import read_key_file
    from planning.exchange.keys import public_part

    try:
        return KeyFile(path, public_part(read_key_file(path), path.name).fingerprint)
    except (Refusal, OSError):
        return KeyFile(path, "")


def unlocked(path: Path, passphrase: str) -> "SigningKey":
    """Return the key of a file.

    Raises
    ------
    Refusal
        When the file is no key, or the passphrase is another one's.
    Unavailable
        When the system does not let it be read.
    """
    from planning.exchange.key_file import read_key_file
    from planning.exchange.keys import unwrapped

    try:
        body = read_key_file(path)
    except OSError as error:
        raise Unavailable("key-file-unread", file=path.name) from error
    return unwrapped(body, passphrase, path.name)


def keep_new_key(path: Path, passphrase: str) -> KeyFile:
    """Make a key, wrap it, store it at `path`; Unavailable where that can't be written."""
    from planning.exchange.key_file import write_key_file
    from planning.exchange.keys import make_key, wrapped

    key = make_key()
    body = wrapped(key, passphrase)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_key_file(path, body)
    except OSError as error:
        raise Unavailable("key-file-unwritten", file=path.name) from error
    return KeyFile(path, key.fingerprint)


def offered_key(desk: Desk) -> KeyFile | None:
    """Return the key used last for this kind of case; None when there is none."""
    case, name = desk.case, desk.settings.key_file
    is_practice = case is not None and case.kind is Kind.SIMULATION
    path = practice_key_file() if is_practice else Path(name)
    return key_file(path) if (is_practice or name) and path.is_file() else None


class Sealing(QObject):
    """Makes keys and seals the case that lies on the desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.desk = desk

    @property
    def offered_key(self) -> KeyFile | None:
        """The key used last for this kind of case; None when there is none."""
        return offered_key(self.desk)

    def accepts(self, path: Path) -> bool:
        """Return whether this key may seal this kind of case: the practice key only practice."""
        case = self.desk.case
        is_practice = case is not None and case.kind is Kind.SIMULATION
        return is_practice or path.resolve() != practice_key_file().resolve()

    def make_key(
        self, path: Path, passphrase: str, then: Callable[[KeyFile], None],
        failed: Callable[[str], None],
    ) -> Task:  # fmt: skip
        """Make a key, wrap it with `passphrase` and store it at `path`."""

        def work(_progress: Progress) -> KeyFile:
            return keep_new_key(path, passphrase)

        return self._run(_("Making the key"), work, then, failed)

    def seal(
        self, given: Signature, then: Callable[[], None], failed: Callable[[str], None]
    ) -> Task | None:
        """Seal the case as it is; what keeps it from that is said to `failed` in one sentence."""
        case = self.desk.case
        if case is None or self.desk.history is None:
            return None
        try:
            self.desk.history.flush()
        except Refusal as refusal:
            failed(of_error(refusal).text)
            return None
        head = NO_JOURNAL if self.desk.file is None else self.desk.file.head

        def work(progress: Progress) -> SealPlan:
            return self._sealed(case, given, head, progress)

        def done(edit: SealPlan) -> None:
            if self.desk.case is not case:
                failed(_("The plan changed while it was being sealed. Nothing was sealed."))
                return
            self._remember(given, case)  # first: who hears of the seal asks for its key
            if self.desk.do(edit):
                then()
            else:
                failed(_("The seal could not be kept. The reason stands in the panel."))

        return self._run(_("Sealing the plan"), work, done, failed)

    def _sealed(self, case: Case, given: Signature, head: str, progress: Progress) -> SealPlan:
        from planning.exchange.document import SealStamp
        from planning.exchange.seal import confirmed, sealed

        confirmed(case, given.typed)
        key = unlocked(given.key_file, given.passphrase)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        stamp = SealStamp(given.name.strip(), given.role.strip(), at, head, case.version)
        with self.desk.surfaces.held(progress) as surfaces:
            return sealed(case, key, stamp, surfaces, progress)

    @property
    def withdrawable(self) -> int:
        """The newest sealed version, while it may be withdrawn here; 0 when there is none."""
        case, file = self.desk.case, self.desk.file
        if case is None or not case.seals or (file is not None and file.is_read_only):
            return 0
        newest = case.seals[-1].version
        return newest if case.withdrawal_of(newest) is None else 0

    def withdraw(self, version: int, text: str, name: str, role: str) -> bool:
        """Record why nobody shall use a sealed version; nothing takes that back."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        by = f"{name.strip()}, {role.strip()}"
        made = Withdrawal(version, " ".join(text.split()), by, at)
        return self.desk.do(WithdrawPlan(made))

    def _remember(self, given: Signature, case: Case) -> None:
        settings = replace(
            self.desk.settings, signer_name=given.name.strip(), signer_role=given.role.strip()
        )
        if case.kind is not Kind.SIMULATION:
            settings = replace(settings, key_file=str(given.key_file))
        self.desk.keep(settings)

    def _run(
        self, title: str, work: Callable[[Progress], object], then: Callable[..., None],
        failed: Callable[[str], None],
    ) -> Task:  # fmt: skip
        task = Task(title, work, key=KEY)
        return self.desk.tasks.run(task, then, lambda error: failed(of_error(error).text))
