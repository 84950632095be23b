"""`tasrif info`, `history`, `undo`, `redo`: what a case holds, and one step back or forth."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from app.console.command import Answer, Command
from app.language import sentence, translate
from planning.case.case import Case
from planning.case.file import CaseFile, open_case
from planning.case.history import History
from segmentation.progress import Progress

# A version that nothing followed is called sealed, as the plan's own state is.
STATES: Final = {"current": "sealed", "superseded": "superseded", "withdrawn": "withdrawn"}


def add_case(parser: ArgumentParser) -> None:
    """Add the case file's argument."""
    parser.add_argument("case", type=Path, metavar="CASE", help="the case file")


def info(options: Namespace, progress: Progress) -> Answer:
    """Answer who the case is about and what state it is in."""
    file = open_case(options.case, read_only=True)
    try:
        seals = seal_rows(file.case)
        fields = info_fields(file.case, file, seals)
    finally:
        file.close()
    lines = (f"{key}: {value}" for key, value in fields.items() if key != "seals")
    return Answer(fields, (*lines, *seal_words(seals)))


def info_fields(case: Case, file: CaseFile, seals: list[dict[str, object]]) -> dict[str, object]:
    """Return the JSON shape of `info`; a plan counts as sealed only while its seal holds."""
    from planning.exchange.export import is_as_sealed

    grid = case.volume.grid
    return {
        "code": case.identity.code,
        "side": str(case.side),
        "kind": str(case.kind),
        "state": _state(case, is_sealed=is_as_sealed(case)),
        "version": case.version,
        "outcome": str(case.source.outcome),
        "study_date": case.source.study_date,
        "shape_kji": list(grid.shape_kji),
        "spacing_kji_mm": list(grid.spacing_kji_mm),
        "segments": [segment.name for segment in case.segments],
        "journal_head": file.head,
        "recovered_edits": file.recovered_n,
        "seals": seals,
    }


def _state(case: Case, *, is_sealed: bool) -> str:
    if not is_sealed:
        return "draft"
    return "withdrawn" if case.is_withdrawn else "sealed"


def seal_rows(case: Case) -> list[dict[str, object]]:
    """Return the sealed versions, oldest first: what became of each, and whether its seal holds."""
    if not case.seals:
        return []
    from planning.exchange.document import text_sha256
    from planning.exchange.seal import holds  # loads Numba, which most cases don't need here
    from planning.exchange.versions import version_state

    return [
        {
            "version": seal.version,
            "by": seal.by,
            "role": seal.role,
            "sealed_at": seal.at,
            "fingerprint": seal.fingerprint,
            "plan_sha256": text_sha256(seal.plan),
            "holds": holds(seal),
            "state": STATES[version_state(case, seal.version)],
            "withdrawn": _withdrawn(case, seal.version),
        }
        for seal in case.seals
    ]


def _withdrawn(case: Case, version: int) -> dict[str, str] | None:
    gone = case.withdrawal_of(version)
    return None if gone is None else {"text": gone.text, "by": gone.by, "at": gone.at}


def seal_words(rows: list[dict[str, object]]) -> tuple[str, ...]:
    """Return a line for each seal and for each withdrawal; a seal that doesn't hold says so."""
    lines: list[str] = []
    for row in rows:
        version, gone = int(str(row["version"])), row["withdrawn"]
        who = f"{row['by']}, {row['role']}, {row['sealed_at']}, {row['fingerprint']}"
        line = f"seal {version}: {who}, {translate(str(row['state']))}"
        lines.append(line if row["holds"] else sentence("seal-broken", {"version": version}))
        if isinstance(gone, dict):
            why = {"version": version, "reason": gone["text"], "by": gone["by"], "at": gone["at"]}
            lines.append(sentence("export-withdrawn", why))
    return tuple(lines)


def history(options: Namespace, progress: Progress) -> Answer:
    """Answer the journal of edits, oldest first."""
    file = open_case(options.case, read_only=True)
    try:
        rows = [
            {
                "n": row.row,
                "time": row.at,
                "person": row.person,
                "edit": row.title,
                "act": str(row.act),
            }
            for row in file.entries()
        ]
    finally:
        file.close()
    lines = tuple(f"{row['n']:>4}  {row['time']}  {row['act']}  {row['edit']}" for row in rows)
    return Answer({"edits": rows}, lines)


def step(options: Namespace, *, back: bool) -> Answer:
    """Take one step back or forth and answer what it was."""
    file = open_case(options.case)
    try:
        steps = History(file)
        title = steps.undo_title if back else steps.redo_title
        moved = steps.undo() if back else steps.redo()
        steps.flush()
        head = file.head
    finally:
        file.close()
    fields: dict[str, object] = {
        "moved": moved,
        "edit": title if moved else None,
        "journal_head": head,
    }
    return Answer(fields, ((title or "") if moved else "nothing",))


def undo(options: Namespace, progress: Progress) -> Answer:
    """Undo one step."""
    return step(options, back=True)


def redo(options: Namespace, progress: Progress) -> Answer:
    """Redo one step."""
    return step(options, back=False)


INFO = Command("info", "say what a case holds", add_case, info)
HISTORY = Command("history", "list the edits of a case", add_case, history)
UNDO = Command("undo", "take back the last edit", add_case, undo)
REDO = Command("redo", "do the edit again that was taken back", add_case, redo)
