"""The plan document: everything that a seal covers, as JSON that has one text only.

Its schema is `resources/schemas/plan.schema.json`; its text is RFC 8785 (JSON Canonicalization
Scheme), so that any language's parser can sign and check the same bytes. It holds the case's code
and no other word about who the patient is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import rfc8785

from planning.case.case import Case, Segment
from planning.case.provenance import is_unaccepted
from planning.case.publish import program_version
from planning.checks.finding import Checkup, PlanFinding
from planning.checks.limits import limits
from planning.exchange.english import english
from planning.measures import MEASURES, Quantity, Result
from planning.model.item import Item
from planning.model.written import SEGMENT, Known, written
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from segmentation.recipe import made_by

SCHEMA: Final = "tasrif-plan"
SCHEMA_VERSION: Final = 1
PROGRAM: Final = "Tasrif"
Json = object


@dataclass(frozen=True, slots=True)
class SealStamp:
    """Who seals which version, when, and after which journal row.

    `at` is ISO 8601 in UTC; `journal_head` the SHA-256 (hex) of the case file's last row.
    """

    by: str
    role: str
    at: str
    journal_head: str
    version: int


def plan_document(
    case: Case,
    checkup: Checkup,
    results: Sequence[Result],
    stamp: SealStamp | None,
    *,
    journal_head: str,
    checked_on: date,
) -> dict[str, Json]:
    """Return the plan as JSON data: sealed with a stamp, a draft without.

    Lengths are LPS millimetres at full precision. The same inputs give the same data.
    """
    seal = None if stamp is None else {"by": stamp.by, "role": stamp.role, "at": stamp.at}
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "plan": {
            "id": str(case.id),
            "version": case.version,
            "supersedes": superseded_sha256(case),
            "state": "draft" if stamp is None else "sealed",
            "kind": str(case.kind),
        },
        "program": {"name": PROGRAM, "version": program_version()},
        "case_code": case.identity.code,
        "side": str(case.side),
        "frame": {"uid": case.volume.grid.frame_uid, "convention": "LPS", "unit": "mm"},
        "volume": _volume(case),
        "segments": [_segment(case, segment) for segment in case.segments],
        "items": _items(case),
        "measures": [_measure(result) for result in results],
        "findings": [_finding(finding) for finding in checkup.findings],
        "journal_head": journal_head,
        "checked_on": checked_on.isoformat(),
        "seal": seal,
    }


def canonical(document: object) -> bytes:
    """Return the one UTF-8 text of JSON data by RFC 8785.

    Raises
    ------
    Refusal
        `plan-not-canonical` for NaN, infinity, whole numbers beyond 2^53 and broken text.
    """
    try:
        return rfc8785.dumps(document)  # type: ignore[arg-type]  # it looks for itself
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise Refusal("plan-not-canonical", reason=str(error)[:80]) from None


def superseded_sha256(case: Case) -> str | None:
    """Return the SHA-256 (hex) of the sealed plan before the present version; None at first."""
    before = case.version - 2
    return None if before < 0 else text_sha256(case.seals[before].plan)


def text_sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def mask_sha256(mask: BitMask) -> str:
    """Return the hash of a mask's voxels on their grid, in hex, whatever box it was kept in.

    SHA-256 over nk, nj, ni as little-endian uint32, then over the whole grid, rows k, j in C
    order: voxel i of a row is bit i % 8 of byte i // 8, least significant first, each row filled
    with zero bits up to a multiple of 64.
    """
    digest = hashlib.sha256(np.array(mask.shape_kji, "<u4").tobytes())
    digest.update(mask.to_words().astype("<u8", copy=False).tobytes())
    return digest.hexdigest()


def _volume(case: Case) -> dict[str, Json]:
    grid, source = case.volume.grid, case.source
    return {
        "series_uid": source.series_uid,
        "study_uid": source.study_uid,
        "study_date": source.study_date,
        "modality": source.modality,
        "shape_kji": list(grid.shape_kji),
        "spacing_kji_mm": list(grid.spacing_kji_mm),
        "origin_lps_mm": grid.origin_lps_mm.tolist(),
        "direction": grid.direction.tolist(),
        "sha256": case.volume.sha256(),
        "outcome": str(source.outcome),
        "regularised_mm": source.regularised_mm,
        "findings": [finding.code for finding in source.findings],
    }


def _segment(case: Case, segment: Segment) -> dict[str, Json]:
    voxels = segment.mask.voxels
    code = {"code": segment.code} if segment.code else {}
    return {
        **code,
        **_model(segment),
        "id": str(segment.id),
        "name": segment.name,
        "voxels": voxels,
        "ml": voxels * case.volume.grid.voxel_ml,
        "sha256": mask_sha256(segment.mask),
        "recipe": segment.recipe,
    }


def _model(segment: Segment) -> dict[str, Json]:
    """Return which model made a segment and whether a person accepted it; nothing for others."""
    made = made_by(segment.recipe)
    if made is None:
        return {}
    told: dict[str, Json] = {"title": made.get("title", ""), "version": made.get("version", "")}
    return {"model": {**told, "accepted": not is_unaccepted(segment)}}


def _items(case: Case) -> list[dict[str, Json]]:
    # Without names to tell, a segment stands under its id.
    known = Known(case.volume.grid.frame_uid, {})
    return [_item(item, known) for item in case.plan.items]


def _item(item: Item, known: Known) -> dict[str, Json]:
    record: dict[str, Json] = dict(written((item,), known)["items"][0])  # type: ignore[index]
    if SEGMENT in record:
        record["segment_id"] = record.pop(SEGMENT)
    return record


def _measure(result: Result) -> dict[str, Json]:
    measure = next(one for one in MEASURES if one.name == result.name)
    record: dict[str, Json] = {
        "name": result.name,
        "item": result.subject,
        "other": result.other,
        "value": None,
        "unit": measure.unit,
        "uncertainty_mm": None,
        "definition": measure.definition,
        "version": measure.version,
        "source": measure.source,
        "flags": [],
        "reason": None,
    }
    if isinstance(result, Quantity):
        record["value"] = result.value
        record["uncertainty_mm"] = result.uncertainty_mm
        record["flags"] = [str(flag) for flag in result.flags]
    else:
        record["reason"] = result.code
    return record


def _finding(finding: PlanFinding) -> dict[str, Json]:
    limit = limits().get(finding.limit_name)
    reason = finding.reason
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": english(finding.code, finding.values),
        "item": finding.item,
        "other": finding.other,
        "value": finding.value,
        "limit": finding.limit,
        "unit": finding.unit,
        "uncertainty_mm": finding.uncertainty_mm,
        "limit_name": finding.limit_name,
        "citation": "" if limit is None else limit.citation,
        "status": "" if limit is None else str(limit.status),
        "reason": None
        if reason is None
        else {"text": reason.text, "by": reason.by, "at": reason.at},
    }
