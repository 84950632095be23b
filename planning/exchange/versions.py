"""`versions.json` in a package: every sealed version of the plan, which one holds, which don't.

Its schema is `resources/schemas/versions.schema.json`. A receiver that keeps what it reads here
knows an old version when it meets it again (HAZ-26).
"""

import platform
from pathlib import Path
from typing import Final

from planning.case.case import Case
from planning.case.seal import Seal
from planning.exchange.document import canonical, text_sha256
from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import differs
from planning.exchange.schema_file import read_json
from segmentation.errors import Refusal

VERSIONS: Final = "versions.json"
SCHEMA: Final = "tasrif-versions"
SCHEMA_VERSION: Final = 1


def versions_document(case: Case) -> dict[str, object]:
    """Return what a case knows of its sealed versions, oldest first, as JSON data."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "plan_id": str(case.id),
        "kind": str(case.kind),
        "versions": [_row(case, seal) for seal in case.seals],
    }


def version_state(case: Case, version: int) -> str:
    """Return what became of a sealed version: `current`, `superseded` or `withdrawn`.

    What a seal superseded stays so when that seal is withdrawn: nothing comes back by itself.
    """
    if case.withdrawal_of(version) is not None:
        return "withdrawn"
    return "current" if version == len(case.seals) else "superseded"


def require_in_force(case: Case) -> None:
    """Refuse (`export-withdrawn`) to hand over a plan whose sealed version was withdrawn."""
    withdrawal = case.withdrawal_of(case.version)
    if withdrawal is not None:
        raise Refusal(
            "export-withdrawn",
            version=withdrawal.version,
            by=withdrawal.by,
            at=withdrawal.at,
            reason=withdrawal.text,
        )


def written_versions(path: Path, case: Case) -> Written:
    """Write the versions of a case, and read them back.

    Raises
    ------
    Refusal
        `export-read-back-differs` when they are not what was meant or don't fit their schema.
    """
    document = versions_document(case)
    path.write_bytes(canonical(document))
    if read_json(path, "versions") != document:
        raise differs(path.name, "JSON")
    reader = f"json of Python {platform.python_version()}, {named('schema', 'jsonschema')}"
    return Written(path.name, "", "", named("canonical JSON", "rfc8785"), reader, None, None)


def _row(case: Case, seal: Seal) -> dict[str, object]:
    withdrawal = case.withdrawal_of(seal.version)
    return {
        "version": seal.version,
        "plan_sha256": text_sha256(seal.plan),
        "state": version_state(case, seal.version),
        "sealed_by": f"{seal.by}, {seal.role}",
        "sealed_at": seal.at,
        "fingerprint": seal.fingerprint,
        "withdrawn": None
        if withdrawal is None
        else {"text": withdrawal.text, "by": withdrawal.by, "at": withdrawal.at},
    }
