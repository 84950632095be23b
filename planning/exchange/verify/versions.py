"""The versions in a package: held against its plan, its signature and each other."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from planning.exchange.verify.bag import PLAN, Payload, Signer
from planning.exchange.verify.papers import VERSIONS, Paper, require_schema
from planning.exchange.verify.strict_json import read_object, require_canonical
from planning.exchange.verify.verdict import Fault, Held


@dataclass(frozen=True, slots=True)
class Known:
    """What a package says of its plan's versions.

    Attributes
    ----------
    plan_id, kind
        Which plan, and whether it is a simulation.
    version, is_sealed
        The plan in the package; a draft has the version that it would be sealed as.
    day
        When it was sealed (ISO 8601), or the day on which a draft was checked.
    rows
        Every sealed version up to the export, from 1 without a gap.
    """

    plan_id: str
    kind: str
    version: int
    is_sealed: bool
    day: str
    rows: tuple[Paper, ...]


def versions(payload: Payload, plan: Paper, signed_by: Signer | None) -> Held[Known]:
    """Return the sealed versions; a Fault where they don't go with the plan, or it was withdrawn.

    The plan's own row must say of it what the plan, its bytes and the signature say; the row
    before must have the hash that the plan says it supersedes (HAZ-26).
    """
    body = payload.bodies.get(VERSIONS)
    if body is None:
        raise Fault("verify-file-missing", path=VERSIONS)
    read: Paper = read_object(body, VERSIONS)
    require_canonical(dict(read), body, VERSIONS)
    require_schema(dict(read), VERSIONS)
    about, rows = plan["plan"], read["versions"]
    if (read["plan_id"], read["kind"]) != (about["id"], about["kind"]):
        raise Fault("verify-versions-foreign")
    _require_in_order(rows)
    version, is_sealed = about["version"], about["state"] == "sealed"
    if len(rows) != version and (is_sealed or len(rows) != version - 1):
        raise Fault("verify-versions-count", version=version, n=len(rows))
    if version > 1 and rows[version - 2]["plan_sha256"] != about["supersedes"]:
        raise Fault("verify-versions-chain", version=version, before=version - 1)
    if is_sealed:
        _require_own(rows[-1], plan, payload.bodies[PLAN], signed_by)
    if len(rows) == version:
        require_in_force(rows[-1])
    day = plan["seal"]["at"] if is_sealed else plan["checked_on"]
    known = Known(about["id"], about["kind"], version, is_sealed, day, tuple(rows))
    withdrawn = sum(row["state"] == "withdrawn" for row in rows)
    return Held(known, "verify-versions-ok", {"n": len(rows), "withdrawn": withdrawn})


def require_in_force(row: Paper) -> None:
    """Raise a Fault for a version that was withdrawn, with who said so and why."""
    gone = row["withdrawn"]
    if gone is not None:
        raise Fault(
            "verify-withdrawn",
            version=row["version"],
            by=gone["by"],
            at=gone["at"],
            reason=gone["text"],
        )


def _require_in_order(rows: Sequence[Paper]) -> None:
    """Refuse a gap, the same plan twice, a moment that is none, and a state that can't be."""
    hashes = {row["plan_sha256"] for row in rows}
    for n, row in enumerate(rows, 1):
        standing = "current" if n == len(rows) else "superseded"
        expected = standing if row["withdrawn"] is None else "withdrawn"
        is_in_place = (row["version"], row["state"]) == (n, expected)
        moments = [row["sealed_at"], *([row["withdrawn"]["at"]] if row["withdrawn"] else [])]
        if not is_in_place or not all(map(_is_moment, moments)) or len(hashes) != len(rows):
            raise Fault("verify-versions-odd", version=n)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _require_own(row: Paper, plan: Paper, body: bytes, signed_by: Signer | None) -> None:
    """Hold the row of the plan in the package against the plan itself and its sealer's key."""
    seal = plan["seal"]
    expected = {
        "plan_sha256": hashlib.sha256(body).hexdigest(),
        "sealed_by": f"{seal['by']}, {seal['role']}",
        "sealed_at": seal["at"],
        "fingerprint": "" if signed_by is None else signed_by.fingerprint,
    }
    if any(row[name] != value for name, value in expected.items()):
        raise Fault("verify-versions-own", version=row["version"])
