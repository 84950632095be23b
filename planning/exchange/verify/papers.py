"""`plan.json` and `passport.json`: read, held against their schemas and against each other."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final, cast

from jsonschema import Draft202012Validator

from planning.exchange.verify.bag import PASSPORT, PLAN, Payload, Signer, is_signed, signer
from planning.exchange.verify.pictures import require_picture
from planning.exchange.verify.strict_json import Json, read_object, require_canonical
from planning.exchange.verify.verdict import Fault, Held
from resources import FOLDER

Paper = Mapping[str, Any]
VERSIONS: Final = "data/package/versions.json"
SCHEMAS: Final = {
    PLAN: "plan.schema.json",
    PASSPORT: "passport.schema.json",
    VERSIONS: "versions.schema.json",
}
PRINT, PICTURES, NAV = "data/print/", "data/pictures/", "data/nav/"
PLACES: Final = re.compile(
    r"data/(?:plan\.json|package/(?P<id>[^/]+)\.(?:nrrd|stl)|print/[^/]+\.(?:stl|3mf)|pictures/[^/]+\.png"
    r"|package/versions\.json"
    r"|nav/[^/]+\.(?:mrk\.json|seg\.nrrd|tfm|igtl|igtl\.json)"
    r"|ar/[^/]+\.(?:glb|html)"
    r"|report/[^/]+\.pdf"
    r"|dicom/[^/]+\.dcm"
    r"|robot/(?:(?:frame|paths)\.json|zones/[^/]+\.(?:stl|sdf\.nrrd|json)))"
)
ALLOWED_MM_MAX: Final = 2.0**-7
"""The step of a 32-bit float 100 m from the origin."""
FRAMES: Final = {
    ".3mf": ("LPS - lps_offset_mm", "mm"),
    **dict.fromkeys((".glb", ".html"), ("LPS - anchor_lps_mm, +Y up", "m")),
}
"""Frame and unit of files that don't lie in LPS mm, by their ending."""
ROBOT, FIELD = "data/robot/", ".sdf.nrrd"
AR: Final = "data/ar/"
REPORT: Final = "data/report/"
DICOM: Final = "data/dicom/"
SCENE_ALLOWED_MM_MAX: Final = 4.001
"""How far a surface that was thinned for a headset may lie off; each states its own deviation."""
FIELD_ALLOWED_MM_MAX: Final = 4.0
"""What reading between a field's samples may cost at most; each field states its own bound."""
DIFFERS: Final = {"state": "verify-state-differs", "kind": "verify-kind-differs"}
NEEDS_LEAVE: Final = {"draft": "verify-draft", "simulation": "verify-simulation"}
IN_ORDER: Final = {
    "draft": "verify-draft-ok",
    "sealed": "verify-sealed-ok",
    "clinical": "verify-clinical-ok",
    "simulation": "verify-simulation-ok",
}


def plan_of(body: bytes) -> Held[Paper]:
    """Return the plan: canonical, as its schema says, with a version that makes sense."""
    read = read_object(body, PLAN)
    require_canonical(read, body, PLAN)
    require_schema(read, PLAN)
    plan: Paper = read
    about = plan["plan"]
    is_first, before = about["version"] == 1, about["supersedes"]
    if is_first != (before is None) or before == hashlib.sha256(body).hexdigest():
        raise Fault("verify-version-odd", version=about["version"])
    if (about["state"] == "sealed") != (plan["seal"] is not None):
        raise Fault("verify-plan-seal-odd")
    if plan["seal"] is not None:
        _require_somebody(plan["seal"], plan["checked_on"])
    if about["state"] == "sealed" and plan["volume"]["outcome"] != "plan_grade":
        raise Fault("verify-not-plan-grade")
    for key in ("segments", "items"):
        ids = Counter(one["id"] for one in plan[key])
        for one, times in ids.items():
            if times > 1:
                raise Fault("verify-id-twice", item=one)
    return Held(plan, "verify-plan-ok", {"version": about["version"]})


def _require_somebody(stated: Paper, checked_on: str) -> None:
    """Refuse a seal by nobody, at no time, or on another day than the checks it rests on."""
    try:
        day = datetime.fromisoformat(stated["at"]).date()
    except ValueError:
        raise Fault("verify-seal-words-odd") from None
    is_named = all(stated[word].strip() and stated[word].isprintable() for word in ("by", "role"))
    if not is_named or day.isoformat() != checked_on:
        raise Fault("verify-seal-words-odd")


def passport_of(body: bytes) -> Held[Paper]:
    """Return the passport, as its schema says."""
    read = read_object(body, PASSPORT)
    require_schema(read, PASSPORT)
    return Held(read, "verify-passport-ok")


def agreement(
    word: str, said: str, plan: Paper | None, passport: Paper | None, *, allowed: bool
) -> Held[None]:
    """Hold the state (or kind) that bag-info says against plan and passport.

    What needs leave, a draft or a simulation, is refused unless `allowed` (HAZ-25, HAZ-38).
    """
    also = [] if plan is None else [str(plan["plan"][word])]
    also += [] if passport is None else [str(passport[word])]
    for other in also:
        if other != said:
            raise Fault(DIFFERS[word], bag=said, other=other)
    if said in NEEDS_LEAVE and not allowed:
        raise Fault(NEEDS_LEAVE[said])
    return Held(None, IN_ORDER[said])


def signing(said: str, signed_by: Signer | None) -> Held[None]:
    """Hold the state against the signature: a draft has none, anything sealed has one."""
    if (said == "sealed") != (signed_by is not None):
        raise Fault("verify-sealed-unsigned" if said == "sealed" else "verify-draft-signed")
    return Held(None, "verify-signing-ok")


def seal(body: bytes, plan: Paper, passport: Paper, signed_by: Signer | None) -> Held[None]:
    """Hold the passport's seal against the plan's bytes and the key of the whole package."""
    if passport["plan_sha256"] != hashlib.sha256(body).hexdigest():
        raise Fault("verify-passport-of-other-plan")
    found = passport["seal"]
    if signed_by is None:
        if found is not None or plan["seal"] is not None:
            raise Fault("verify-seal-unexpected")
        return Held(None, "verify-no-seal")
    if found is None or plan["seal"] is None:
        raise Fault("verify-seal-missing")
    sealer = signer(str(found["public_key"]).encode())
    if {sealer.fingerprint, found["fingerprint"]} != {signed_by.fingerprint}:
        raise Fault("verify-seal-foreign", fingerprint=sealer.fingerprint)
    if not is_signed(sealer.key, bytes.fromhex(found["signature"]), body):
        raise Fault("verify-seal-wrong")
    by, at = str(plan["seal"]["by"]), str(plan["seal"]["at"])
    return Held(None, "verify-seal-ok", {"by": by, "at": at})


def files(payload: Payload, plan: Paper, passport: Paper) -> Held[None]:
    """Hold the passport's rows against the files, its errors against what they may be."""
    rows: dict[str, Paper] = {}
    for row in passport["files"]:
        if row["path"] in rows or row["path"] == PASSPORT:
            raise Fault("verify-row-odd", path=row["path"])
        rows[row["path"]] = row
    for path in sorted(set(payload.sha256) - {PASSPORT} - set(rows)):
        raise Fault("verify-row-missing", path=path)
    for path, row in rows.items():
        stated = row["sha256"], row["bytes"]
        if stated != (payload.sha256.get(path), payload.bytes_n.get(path)):
            raise Fault("verify-row-odd", path=path)
        _require_known(path, plan)
        _require_small_error(row)
        _require_marks(path, plan["plan"])
        if path.startswith(PICTURES):
            require_picture(payload.bodies[path], path)
    _require_counts(plan, passport["counts"])
    return Held(None, "verify-files-ok", {"n": len(rows)})


def findings(plan: Paper) -> Held[None]:
    """Refuse a sealed plan in which something blocks and nobody said why it goes on."""
    open_ones = [
        one for one in plan["findings"] if one["severity"] == "block" and one["reason"] is None
    ]
    if open_ones and plan["plan"]["state"] == "sealed":
        raise Fault("verify-block-unreasoned", n=len(open_ones), message=open_ones[0]["message"])
    return Held(None, "verify-findings-ok", {"n": len(plan["findings"]), "open": len(open_ones)})


def _require_known(path: str, plan: Paper) -> None:
    """Refuse a file that no exporter of this release writes, whoever signed it."""
    ids = {str(one["id"]) for one in plan["segments"]}
    match = PLACES.fullmatch(path)
    if match is None or not (match["id"] is None or match["id"] in ids):
        raise Fault("verify-file-foreign", path=path)


def _require_small_error(row: Paper) -> None:
    """Hold a file with geometry to its frame, its unit and what 32-bit floats may cost."""
    error_mm, allowed_mm = row["error_mm"], row["allowed_mm"]
    if row["path"].startswith(PICTURES):
        return
    if row["path"] == VERSIONS:  # no geometry, so nothing that could be off
        if (row["frame"], row["unit"], error_mm, allowed_mm) != ("", "", None, None):
            raise Fault("verify-row-odd", path=VERSIONS)
        return
    frame = FRAMES.get(PurePosixPath(row["path"]).suffix, ("LPS", "mm"))
    if (row["frame"], row["unit"]) != frame:
        raise Fault("verify-row-odd", path=row["path"])
    is_field = row["path"].startswith(ROBOT) and row["path"].endswith(FIELD)
    most_mm = FIELD_ALLOWED_MM_MAX if is_field else ALLOWED_MM_MAX
    if row["path"].startswith(AR):
        most_mm = SCENE_ALLOWED_MM_MAX
    if error_mm is None or not 0.0 <= error_mm <= (allowed_mm or 0.0) <= most_mm:
        figures = {"error_mm": str(error_mm), "allowed_mm": str(allowed_mm)}
        raise Fault("verify-error-too-large", path=row["path"], **figures)


def _require_marks(path: str, about: Paper) -> None:
    """Hold names of files that leave alone against the marks of a draft and a simulation."""
    folder = next((one for one in (PRINT, NAV, AR, REPORT, DICOM) if path.startswith(one)), None)
    if folder is None:
        return
    marks = ("DRAFT-" if about["state"] == "draft" else "") + (
        "SIM-" if about["kind"] == "simulation" else ""
    )
    if not path.startswith(folder + marks):
        raise Fault("verify-mark-odd", path=path)


def _require_counts(plan: Paper, counts: Mapping[str, int]) -> None:
    there = Counter(str(item["kind"]) for item in plan["items"])
    there["segments"] = len(plan["segments"])
    for kind in sorted(set(there) | set(counts)):
        if counts.get(kind, 0) != there[kind]:
            raise Fault("verify-count-differs", kind=kind, plan=there[kind], n=counts.get(kind, 0))


def require_schema(read: Json, path: str) -> None:
    """Raise a Fault unless a file's JSON is as the schema of its kind says."""
    error = next(validator(SCHEMAS[path]).iter_errors(read), None)
    if error is not None:
        place = "/".join(str(step) for step in error.absolute_path)
        raise Fault("verify-schema", path=path, place=ascii(place)[1:121] or "/")


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what holds JSON against a schema of this release, by its file's name."""
    schema = json.loads((FOLDER / "schemas" / name).read_text("utf-8"))
    return Draft202012Validator(cast("dict[str, object]", schema))
