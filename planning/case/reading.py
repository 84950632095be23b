"""From the tables of a file to the case: what was stored at first, and the journal on top.

What is damaged is named. The rest still opens, to look at only: damaged slices become padding, a
segment with a damaged mask is left out, and what follows a broken journal row is not believed.
Without identity, grid or first row nothing opens.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from planning.case.bricks import StoredMask, Unreadable, cut
from planning.case.case import Case, CaseId, Identity, Kind, Outcome, Segment, Side, Source
from planning.case.codec import MaskOf, canonical, pack, parse, unpack
from planning.case.journal import Entry, chained, replayed
from planning.case.reason import Reason
from planning.case.seal import Seal
from planning.case.slabs import slices_per_slab
from planning.case.store import Store
from planning.case.timeline import Timeline
from planning.case.withdrawal import Withdrawal
from planning.model.plan import Plan
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.grid import Grid, Shape
from segmentation.mask import BitMask
from segmentation.progress import Progress, silent
from segmentation.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """The case as it was stored at first, without identity, grid and voxels.

    `slab_slices` is how many slices a slab holds; `volume_sha256` is `Volume.sha256()`.
    """

    id: CaseId
    kind: Kind
    side: Side
    source: Source
    segments: tuple[Segment, ...]
    padding: BitMask | None
    slab_slices: int
    volume_sha256: str
    plan: Plan = field(default=Plan())
    reasons: tuple[Reason, ...] = ()
    seals: tuple[Seal, ...] = ()
    is_sealed: bool = False
    withdrawals: tuple[Withdrawal, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a file holds: the present case with its steps, and what is wrong with it.

    Steps hold stored masks; `damage` is empty for a whole file.
    """

    timeline: Timeline
    head: tuple[int, str]
    damage: tuple[Finding, ...]


def store_case(store: Store, case: Case, progress: Progress = silent) -> dict[str, object]:
    """Put the first state of a case into a new file; return the hashes its first row names."""
    volume = case.volume
    start = Start(
        case.id,
        case.kind,
        case.side,
        case.source,
        case.segments,
        volume.padding,
        slices_per_slab(volume.grid.shape_kji),
        volume.sha256(),
        case.plan,
        case.reasons,
        case.seals,
        case.is_sealed,
        case.withdrawals,
    )
    return {
        "identity": store.put_record("identity", canonical(pack(case.identity))),
        "grid": store.put_record("grid", canonical(pack(volume.grid))),
        "case": store.put_record("case", canonical(pack(start, store.put_mask))),
        "slabs": store.put_slabs(volume.hu, start.slab_slices, progress),
    }


def read_case(store: Store, name: str) -> Reading:
    """Read a file whose header and schema were checked.

    Raises
    ------
    Refusal
        `case-damaged` with the item that nothing can do without.
    """
    damage: list[Finding] = []
    entries = _believed(store, damage)
    if not entries:
        raise Refusal("case-damaged", file=name, item="journal")
    try:
        start, identity, grid = _start(store, entries[0])
        volume = _volume(store, start, grid, entries[0], damage)
        ghost = _first_case(start, identity, volume)
    except Unreadable as error:
        raise Refusal("case-damaged", file=name, item=str(error)) from error
    timeline, last = _replay(Timeline(ghost), entries, damage)
    head = (last.row, last.sha256)
    if head != store.head() and not damage:
        damage.append(_journal_damage(last.row + 1))
    case = _fetched_or_left_out(store, timeline.case, damage)
    return Reading(replace(timeline, case=_marked(case, damage)), head, tuple(damage))


def read_timeline(store: Store, volume: Volume) -> Timeline:
    """Return all steps of an undamaged file again, masks not fetched.

    Raises
    ------
    Unreadable
        When the file was damaged since it was opened.
    """
    entries = chained(store.rows())
    first = next(entries)
    start, identity, _ = _start(store, first)
    timeline = Timeline(_first_case(start, identity, volume))
    for entry in entries:
        timeline = replayed(timeline, entry, _stored(volume.grid.shape_kji))
    return timeline


def fetched(store: Store, case: Case, near: Case) -> Case:
    """Return `case` with its stored masks read; those that `near` holds are taken from there.

    Raises
    ------
    Unreadable
        When a mask is damaged.
    """
    stored = [s.mask for s in case.segments if isinstance(s.mask, StoredMask)]
    if not stored:
        return case
    wanted = {mask.key for mask in stored}
    loaded: dict[str, BitMask] = {}
    for segment in near.segments:
        if not isinstance(segment.mask, StoredMask):
            key = cut(segment.mask).key
            if key in wanted:
                loaded[key] = segment.mask
    for mask in stored:
        if mask.key not in loaded:
            loaded[mask.key] = store.mask(mask)
    segments = tuple(
        replace(s, mask=loaded[s.mask.key]) if isinstance(s.mask, StoredMask) else s
        for s in case.segments
    )
    return replace(case, segments=segments)


def _believed(store: Store, damage: list[Finding]) -> list[Entry]:
    entries: list[Entry] = []
    try:
        entries.extend(chained(store.rows()))
    except Unreadable:
        damage.append(_journal_damage(len(entries) + 1))
    return entries


def _replay(
    timeline: Timeline, entries: list[Entry], damage: list[Finding]
) -> tuple[Timeline, Entry]:
    last = entries[0]
    mask_of = _stored(timeline.case.volume.grid.shape_kji)
    for entry in entries:
        try:
            timeline = replayed(timeline, entry, mask_of)
        except Unreadable:
            damage.append(_journal_damage(entry.row))
            break
        last = entry
    return timeline, last


def _journal_damage(row: int) -> Finding:
    return Finding("case-journal-damaged", Severity.BLOCK, {"row": row})


def _stored(shape_kji: Shape) -> MaskOf:
    return partial(StoredMask.of, shape_kji)


def _start(store: Store, first: Entry) -> tuple[Start, Identity, Grid]:
    """Return what the records hold; Unreadable names the one that is damaged."""
    hashes = first.hashes or {}
    bodies = {name: store.record(name, hashes.get(name)) for name in ("identity", "grid", "case")}
    try:
        grid = unpack(Grid, parse(bodies["grid"]))
    except Refusal as error:
        raise Unreadable("record grid") from error
    identity = unpack(Identity, parse(bodies["identity"]))
    start = unpack(Start, parse(bodies["case"]), _stored(grid.shape_kji))
    versions = [seal.version for seal in start.seals]
    withdrawn = [one.version for one in start.withdrawals]
    is_out_of_order = versions != list(range(1, len(versions) + 1))
    is_odd = len(set(withdrawn)) < len(withdrawn) or not set(withdrawn) <= set(versions)
    if start.slab_slices < 1 or is_out_of_order or is_odd or (start.is_sealed and not versions):
        raise Unreadable("record case")
    return start, identity, grid


def _volume(store: Store, start: Start, grid: Grid, first: Entry, damage: list[Finding]) -> Volume:
    hashes = first.hashes or {}
    hu, damaged = store.slabs(grid.shape_kji, start.slab_slices, hashes.get("slabs"))
    padding = start.padding
    if isinstance(padding, StoredMask):
        padding = store.mask(padding)
    if damaged:
        unread = np.zeros(grid.shape_kji, bool) if padding is None else padding.to_bool()
        for k in damaged:
            last = min(k + start.slab_slices, grid.shape_kji[0])
            unread[k:last] = True
            values = {"first_slice": k + 1, "last_slice": last}
            damage.append(Finding("case-slices-damaged", Severity.BLOCK, values))
        padding = BitMask.from_bool(unread)
    return Volume(hu, grid, padding)


def _first_case(start: Start, identity: Identity, volume: Volume) -> Case:
    return Case(
        start.id,
        start.kind,
        identity,
        start.side,
        start.source,
        volume,
        start.segments,
        start.plan,
        start.reasons,
        start.seals,
        start.is_sealed,
        start.withdrawals,
    )


def _fetched_or_left_out(store: Store, case: Case, damage: list[Finding]) -> Case:
    segments: list[Segment] = []
    for segment in case.segments:
        mask = segment.mask
        try:
            found = store.mask(mask) if isinstance(mask, StoredMask) else mask
            segments.append(replace(segment, mask=found))
        except Unreadable:
            values = {"segment": segment.name}
            damage.append(Finding("case-segment-damaged", Severity.BLOCK, values))
    return replace(case, segments=tuple(segments))


def _marked(case: Case, damage: list[Finding]) -> Case:
    """Return the case with its damage among its findings: it can be looked at, not sealed."""
    if not damage:
        return case
    source = case.source
    findings = (*source.findings, *damage)
    return replace(case, source=replace(source, outcome=Outcome.VIEW_ONLY, findings=findings))
