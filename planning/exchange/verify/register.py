"""A receiver's register: which version of each plan is the newest it ever met (HAZ-26).

One file that the receiver keeps: canonical JSON with a hash over all the rest, so that a flipped
bit is found. It only grows: what was once superseded or withdrawn never comes back. Simulations
stand apart from patients' plans.
"""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from planning.case.lock import Owner, claim, now_text, person_here, present_owner
from planning.exchange.verify.papers import Paper, validator
from planning.exchange.verify.strict_json import Json, read_object, require_canonical, written
from planning.exchange.verify.verdict import Fault, Held
from planning.exchange.verify.versions import Known, require_in_force
from segmentation.errors import Refusal, Unavailable
from segmentation.scratch import scratch_name, sweep, sync_folder
from segmentation.unavailable import as_unavailable

PAPER: Final = "register.schema.json"
SCHEMA: Final = "tasrif-register"
SCHEMA_VERSION: Final = 1
BYTES_MAX: Final = 64 << 20
CHECKSUM: Final = "sha256"
KINDS: Final = ("clinical", "simulation")
FACTS: Final = ("plan_sha256", "sealed_by", "sealed_at", "fingerprint")
KEPT: Final = ("version", "plan_sha256", "sealed_by", "sealed_at", "fingerprint", "withdrawn")

Plans = Mapping[str, Paper]
Register = Mapping[str, Plans]
"""By kind and by the plan's id: `newest` and every known version from 1, each with `seen_at`."""


def read_register(path: Path) -> Register:
    """Return what a register holds; a file that is not there yet holds nothing.

    Raises
    ------
    Refusal
        `register-damaged` for anything but a whole register of this release.
    Unavailable
        When the system does not let it be read, or there is no folder for it.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for ever
            raise Refusal("register-damaged", file=path.name)
        with path.open("rb") as file:
            body = file.read(BYTES_MAX + 1)
    except FileNotFoundError as error:
        if not path.parent.is_dir():
            raise as_unavailable(error, path.name) from error
        return dict.fromkeys(KINDS, cast("Plans", {}))
    except OSError as error:
        raise as_unavailable(error, path.name) from error
    return _register_of(body, path.name)


def unconfirmed(known: Known) -> Held[None]:
    """Return what a receiver without a register can say: the day, and that nobody knows more."""
    version, day = known.version, known.day
    if known.is_sealed:
        return Held(None, "verify-newest-unknown", {"version": version, "at": day})
    return Held(None, "verify-newest-draft-unknown", {"version": version, "day": day})


def newest(known: Known, register: Register, *, is_signer_known: bool = False) -> Held[None]:
    """Hold a package's plan against what the register knows of it.

    A Fault for a version that was withdrawn, for one that is older than the newest known, and for
    a version, its own or one before it, that is not the one that was met. Whoever may seal could
    withdraw a stranger's plan and put an own one in its place: so a plan that was met is sealed
    with a key that the register met it with, unless the receiver named the key
    (`is_signer_known`).
    """
    plan = register[known.kind].get(known.plan_id)
    if plan is None:
        code = "verify-newest-first" if known.is_sealed else "verify-newest-draft"
        return Held(None, code, {"version": known.version})
    met = plan["versions"]
    if known.version <= len(met):
        require_in_force(met[known.version - 1])
    if len(known.rows) < len(met):
        last = met[-1]
        code = "verify-newest-older" if known.is_sealed else "verify-newest-draft-older"
        raise Fault(code, version=known.version, newest=len(met), at=last["sealed_at"])
    for row, before in zip(known.rows, met, strict=False):
        if any(row[name] != before[name] for name in FACTS):
            raise Fault("verify-newest-other", version=row["version"], seen_at=before["seen_at"])
    key = known.rows[-1]["fingerprint"] if known.is_sealed else ""
    if known.is_sealed and not is_signer_known and key not in {row["fingerprint"] for row in met}:
        raise Fault("verify-newest-signer", version=known.version, key=key)
    code = "verify-newest-ok" if known.is_sealed else "verify-newest-draft"
    return Held(None, code, {"version": known.version})


def recorded(known: Known, path: Path, *, is_signer_known: bool = False) -> Held[None]:
    """Hold the plan against the register as it is now, and keep what is new; whole or not at all.

    A draft is never kept. What stands in the register already is not written again.

    Raises
    ------
    Refusal
        `register-damaged`.
    Unavailable
        `register-full`; `register-busy` while another writes it; when the place or its space
        don't allow it.
    """
    register = read_register(path)
    if not known.is_sealed or _with(register, known, "") == register:
        return newest(known, register, is_signer_known=is_signer_known)
    target = Path(os.path.realpath(path))
    try:
        lease = claim(target, present_owner(person_here()), take_over=True)
        if isinstance(lease, Owner):
            raise Unavailable("register-busy", file=path.name, by=lease.name)
        try:
            register = read_register(target)
            held = newest(known, register, is_signer_known=is_signer_known)
            body = _body_of(_with(register, known, now_text()))
            if len(body) > BYTES_MAX:  # it could never be read again
                raise Unavailable("register-full", file=path.name, limit_mib=BYTES_MAX >> 20)
            _write(target, body)
        finally:
            lease.release()
    except OSError as error:
        raise as_unavailable(error, path.name) from error
    return held


def _register_of(body: bytes, name: str) -> Register:
    """Return the plans in a register's bytes; refuse anything odd."""
    damaged = Refusal("register-damaged", file=name)
    if len(body) > BYTES_MAX:
        raise damaged
    try:
        read = read_object(body, name)
        require_canonical(read, body, name)
    except Fault:
        raise damaged from None
    if next(validator(PAPER).iter_errors(read), None) is not None:
        raise damaged
    register = cast("Register", {kind: read[kind] for kind in KINDS})
    if _body_of(register) != body or not all(map(_is_in_order, _all_plans(register))):
        raise damaged
    return register


def _all_plans(register: Register) -> list[Paper]:
    return [plan for kind in KINDS for plan in register[kind].values()]


def _is_in_order(plan: Paper) -> bool:
    numbers = [row["version"] for row in plan["versions"]]
    return numbers == list(range(1, plan["newest"] + 1))


def _body_of(register: Register) -> bytes:
    """Return a register's bytes, its hash over all the rest among them."""
    document: Json = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **register}
    digest = hashlib.sha256(written(document).encode()).hexdigest()
    return written({**document, CHECKSUM: digest}).encode()


def _with(register: Register, known: Known, now: str) -> Register:
    """Return the register with all that a package says of its plan's versions."""
    plans = register[known.kind]
    before: Paper = plans.get(known.plan_id, {"versions": []})
    rows: list[dict[str, Any]] = [dict(row) for row in before["versions"]]
    for row in known.rows:
        kept = {name: row[name] for name in KEPT}
        if row["version"] > len(rows):
            rows.append({**kept, "seen_at": now})
        elif rows[row["version"] - 1]["withdrawn"] is None:
            rows[row["version"] - 1]["withdrawn"] = row["withdrawn"]
    plan = {"newest": len(rows), "versions": rows}
    return {**register, known.kind: {**plans, known.plan_id: plan}}


def _write(path: Path, body: bytes) -> None:
    """Write a file beside, make it durable, and only then give it its name."""
    sweep(path.parent)
    part = path.with_name(scratch_name())
    try:
        with part.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
