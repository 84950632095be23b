"""Handing a case over: everything is written beside, read back, and only then given its name."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from planning.case.case import Case
from planning.case.inputs import input_sha256
from planning.case.seal import Seal
from planning.exchange import EXPORTERS, exporters_named
from planning.exchange.bag import PAYLOAD, write_bag
from planning.exchange.document import mask_sha256
from planning.exchange.exporter import Exporter, Handover, Need
from planning.exchange.keys import SigningKey
from planning.exchange.outlook import require_ready
from planning.exchange.package import Package
from planning.exchange.passport import Row, rows_of, write_passport
from planning.exchange.picture_file import written_picture
from planning.exchange.place import publish
from planning.exchange.plan_file import PLAN, plan_error_mm, written_plan
from planning.exchange.seal import draft_plan, holds
from planning.exchange.words import English, Words
from planning.measures.surfaces import Surfaces
from segmentation.errors import Refusal
from segmentation.progress import Progress, share, silent

PASSPORT: Final = "passport.json"
PICTURES: Final = "pictures"


def told_nobody(_name: str) -> None:
    """Take note of nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportOptions:
    """How an export is made.

    Attributes
    ----------
    force
        Whether what is at the place already may be replaced.
    journal_head
        SHA-256 of the case file's last row, for a draft's plan document.
    today
        The day of the checks of a draft, and of the bag.
    pictures
        PNG bytes by plain name, drawn with the marks that apply (`gives_draft`).
    surfaces
        Accepted surfaces that may be there already.
    words
        The language of what people read.
    has_identity
        Whether the patient's name, id, birth date and sex go into the DICOM objects.
    began
        Is told the name of each destination when its turn comes, on the thread that writes.
    """

    force: bool
    journal_head: str
    today: date
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    surfaces: Surfaces = field(default_factory=Surfaces)
    words: Words = field(default_factory=English)
    has_identity: bool = False
    began: Callable[[str], None] = told_nobody


@dataclass(frozen=True, slots=True)
class Exported:
    """What was handed over: where, as what, signed by whom (None for a draft), and each file."""

    folder: Path
    is_draft: bool
    fingerprint: str | None
    files: tuple[Row, ...]


def gives_draft(case: Case, *, has_key: bool) -> bool:
    """Return whether an export of the case must say DRAFT: not sealed, or no key to sign with."""
    return not (case.is_sealed and has_key)


def export(
    case: Case,
    names: Sequence[str],
    out: Path,
    key: SigningKey | None,
    options: ExportOptions,
    progress: Progress = silent,
) -> Exported:
    """Hand the case over to the exporters called `names`; `out` is there whole or not at all.

    With `package` among them `out` is a BagIt folder, and what the others write lies in
    `out/data/NAME`; else each has `out/NAME`. A sealed case with its sealer's key gives a signed
    package that holds the sealed plan byte for byte; anything else a draft. The same case, key,
    day and release give the same bytes.

    Raises
    ------
    Misuse
        `exporter-none`, `exporter-unknown`.
    Refusal
        `export-withdrawn`, `export-cannot-express`, `export-stale`, `export-id-unusable`,
        `export-key-not-sealers`, `export-seal-broken`, `export-case-differs`,
        `export-read-back-differs`; `out-exists`, `out-is-file`, `out-holds-case`, `out-not-ours`.
    Unavailable
        When the place, the disk or its space don't allow it.
    Cancelled
        When `progress` says so; nothing is left.
    """
    exporters = exporters_named(names)
    case = in_sealed_order(case)
    for exporter in exporters:
        require_ready(case, exporter)
    require_fresh(case)
    seal = None if key is None or not case.is_sealed else proven_seal(case, key)
    if options.force:
        require_own(out)
    job = _Job(case, exporters, seal, key, options, progress)
    rows = publish(out, job.fill, force=options.force)
    return Exported(out, seal is None, None if seal is None else seal.fingerprint, rows)


def require_own(out: Path) -> None:
    """Refuse (`out-not-ours`) to replace a folder that no export of ours has made."""
    if not out.is_dir() or (out / "bagit.txt").is_file() or any(out.rglob("*.tasrif")):
        return  # a case in it is said by `publish`, which never removes one
    ours = {exporter.name for exporter in EXPORTERS}
    if any(path.name not in ours or not path.is_dir() for path in out.iterdir()):
        raise Refusal("out-not-ours", path=out.name)


def is_as_sealed(case: Case) -> bool:
    """Return whether the last seal of a case holds and names the case as it is.

    What a file says of itself is not enough: a row of its journal may have been forged.
    """
    if not case.is_sealed or not holds(case.seals[-1]):
        return False
    try:
        require_as_sealed(in_sealed_order(case), case.seals[-1])
    except Refusal:
        return False
    return True


def require_fresh(case: Case) -> None:
    """Refuse (`export-stale`) an item whose inputs are no longer what it was made from (HAZ-20)."""
    for item in case.plan.items:
        for source in item.derived_from:
            if input_sha256(case, source.id) != source.sha256:
                raise Refusal("export-stale", item=item.name)


def proven_seal(case: Case, key: SigningKey) -> Seal:
    """Return the seal of a sealed case, after it was held against the key and the case.

    Volume and masks are compared by their hashes, items number by number.

    Raises
    ------
    Refusal
        `export-seal-broken` when its own signature doesn't hold, `export-key-not-sealers`,
        `export-case-differs` when the case is not what the seal names.
    """
    seal = case.seals[-1]
    if not holds(seal):
        raise Refusal("export-seal-broken", version=seal.version)
    if key.fingerprint != seal.fingerprint:
        raise Refusal("export-key-not-sealers", by=seal.by, fingerprint=seal.fingerprint[:16])
    require_as_sealed(case, seal)
    return seal


def in_sealed_order(case: Case) -> Case:
    """Return a sealed case with its segments in the order in which they were sealed.

    The order of the list is a matter of looks, which a seal does not cover; files that are named
    and numbered by it must not change with it.
    """
    if not case.is_sealed or not holds(case.seals[-1]):
        return case
    named = [str(one["id"]) for one in json.loads(case.seals[-1].plan)["segments"]]
    by_id = {str(one.id): one for one in case.segments}
    if sorted(named) != sorted(by_id):
        return case
    return replace(case, segments=tuple(by_id[one] for one in named))


def require_as_sealed(case: Case, seal: Seal) -> None:
    """Refuse (`export-case-differs`) a case that is not, hash by hash, what the seal names."""
    document = json.loads(seal.plan)
    named_state = {
        "code": document["case_code"],
        "side": document["side"],
        "kind": document["plan"]["kind"],
        "volume": document["volume"]["sha256"],
        "segments": [(one["id"], one["name"], one["sha256"]) for one in document["segments"]],
    }
    actual_state = {
        "code": case.identity.code,
        "side": str(case.side),
        "kind": str(case.kind),
        "volume": case.volume.sha256(),
        "segments": [(one.id, one.name, mask_sha256(one.mask)) for one in case.segments],
    }
    for what, named in named_state.items():
        if actual_state[what] != named:
            raise Refusal("export-case-differs", what=what)
    require_same_items(document, case)


def require_same_items(document: Mapping[str, Any], case: Case) -> None:
    """Refuse (`export-case-differs`) items that are not those of a plan document."""
    try:
        plan_error_mm(document, case)
    except Refusal:
        raise Refusal("export-case-differs", what="items") from None


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """One export under way."""

    case: Case
    exporters: tuple[Exporter, ...]
    seal: Seal | None
    key: SigningKey | None
    options: ExportOptions
    progress: Progress

    @property
    def has_bag(self) -> bool:
        """Whether the folder becomes a BagIt folder."""
        return any(exporter.name == Package.name for exporter in self.exporters)

    def fill(self, root: Path) -> tuple[Row, ...]:
        """Write everything into the empty folder `root` and return the rows of its files."""
        handover = self._handover()
        base = root / PAYLOAD if self.has_bag else root
        base.mkdir(exist_ok=True)
        rows: list[Row] = []
        for n, exporter in enumerate(self.exporters):
            start = 0.3 + 0.6 * n / len(self.exporters)
            part = share(self.progress, start, start + 0.6 / len(self.exporters))
            self.options.began(exporter.name)
            folder = base / exporter.name
            folder.mkdir()
            written = exporter.write(replace(handover, progress=part), folder)
            rows += rows_of(root, folder, exporter.name, written)
            if not written:
                folder.rmdir()
        if self.has_bag:
            rows += self._documents(handover, root)
            write_passport(
                root / PAYLOAD / PASSPORT, handover, self.seal, self.exporters, tuple(rows)
            )
            write_bag(root, handover, self.options.today, self.key if self.seal else None)
        self.progress(1, 1)
        return tuple(sorted(rows, key=lambda row: row.path))

    def _handover(self) -> Handover:
        plan = b"" if self.seal is None else self.seal.plan.encode()
        surfaces = self.options.surfaces
        if self.seal is None and any(Need.PLAN in one.needs for one in self.exporters):
            part = share(self.progress, 0.0, 0.3)
            today, head = self.options.today, self.options.journal_head
            plan = draft_plan(self.case, surfaces, today, head, part)
        return Handover(
            self.case,
            plan,
            is_draft=self.seal is None,
            surfaces=surfaces,
            pictures=self.options.pictures,
            words=self.options.words,
            has_identity=self.options.has_identity,
        )

    def _documents(self, handover: Handover, root: Path) -> list[Row]:
        """Write the plan and the pictures."""
        data, package = root / PAYLOAD, Package.name
        plan = written_plan(data / PLAN, handover.plan, self.case)
        rows = list(rows_of(root, data, package, [plan]))
        if handover.pictures:
            folder = data / PICTURES
            folder.mkdir()
            drawn = [written_picture(folder, *one) for one in sorted(handover.pictures.items())]
            rows += rows_of(root, folder, package, drawn)
        return rows
