"""A case without the person: what is left of a series, and under which names.

An allow-list: what is not named here is not kept (DICOM PS3.15 Annex E, basic profile without
options: dates go too, docs/decisions/0017). UIDs become others by HMAC-SHA256 under a key that
stands in the case file only, the same for the same UID, so that frame, study, series and images
still fit each other and nobody without the key can try out which UID became which.
"""

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import Final

import numpy as np

from planning.case.case import Case, CaseId, Identity, Segment, Source
from planning.case.inputs import segment_sha256
from planning.model.item import Input
from planning.model.plan import Plan
from segmentation.errors import Refusal, Value
from segmentation.finding import Finding
from segmentation.io.header import ImageReferences
from segmentation.mask import BitMask
from segmentation.recipe import steps
from segmentation.volume import Volume

KEY_BYTES: Final = 32
LEFT_OUT: Final = "\N{HORIZONTAL ELLIPSIS}"
WORD_LENGTH_MIN: Final = 3
ENDINGS: Final = frozenset({".dcm", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".zip"})


def new_key() -> str:
    """Return a new random key for the UIDs of one case, in hex."""
    return secrets.token_hex(KEY_BYTES)


def mapped_uid(uid: str, key: str) -> str:
    """Return the UID that stands for `uid` under `key`: 2.25 and a UUID; empty stays empty."""
    if not uid:
        return ""
    return f"2.25.{uuid.UUID(bytes=_mac(uid, key)[:16], version=4).int}"


def mapped_source(source: Source, key: str) -> Source:
    """Return what may be known of a series: other UIDs, no date, no text."""
    images = source.images
    if images is not None:
        uids = tuple(mapped_uid(uid, key) for uid in images.instance_uids)
        images = ImageReferences(images.sop_class, uids)
    return Source(
        mapped_uid(source.series_uid, key),
        mapped_uid(source.study_uid, key),
        "",
        source.modality,
        "",
        source.outcome,
        tuple(wordless(finding) for finding in source.findings),
        source.regularised_mm,
        images,
        uid_key=key,
        is_deidentified=True,
    )


def mapped_volume(volume: Volume, key: str) -> Volume:
    """Return the same voxels in a frame of reference of another name."""
    grid = replace(volume.grid, frame_uid=mapped_uid(volume.grid.frame_uid, key))
    return replace(volume, grid=grid)


def wordless(finding: Finding) -> Finding:
    """Return a finding whose numbers stay and whose texts are left out."""
    values = {
        name: LEFT_OUT if isinstance(value, str) else value
        for name, value in finding.values.items()
    }
    return replace(finding, values=values)


def nameless(finding: Finding) -> Finding:
    """Return a finding that names no file but by its ending: file names hold names of people."""
    values: dict[str, Value] = dict(finding.values)
    for name in values.keys() & {"file", "folder", "data", "path"}:
        ending = PurePath(str(values[name])).suffix.lower()
        values[name] = f"{LEFT_OUT}{ending if ending in ENDINGS else ''}"
    return replace(finding, values=values)


def deidentified(case: Case, code: str) -> Case:
    """Return an identified case's plan without the person, to be handed over as a draft.

    It is a plan of its own: another id, the first version, no seals; the same each time, as far
    as the case has a key. A case that came in without the person is returned as it is.

    Raises
    ------
    Refusal
        `privacy-sealed` for a sealed plan, whose text can't change; `privacy-code` and
        `privacy-word` when the code, a name or a reason speaks of the patient.
    """
    if case.source.is_deidentified:
        return case
    if case.is_sealed:
        raise Refusal("privacy-sealed", version=case.version)
    require_silent_code(code, case.identity)
    require_silent(case)
    key = case.source.uid_key or new_key()
    segments = tuple(map(_untraced, case.segments))
    return replace(
        case,
        id=CaseId(str(uuid.UUID(bytes=_mac(case.id, key)[:16], version=4))),
        identity=Identity(code),
        source=mapped_source(case.source, key),
        volume=mapped_volume(case.volume, key),
        segments=segments,
        plan=_rested_on(case, segments),
        seals=(),
        withdrawals=(),
    )


def untraced(recipe: str) -> str:
    """Return a recipe without the hash of a file that a step read: it would lead back to it."""
    done = steps(recipe)
    kept = [{**step, "set": _without_hash(step["set"])} if "set" in step else step for step in done]
    if kept == list(done):
        return recipe
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def _rested_on(case: Case, segments: tuple[Segment, ...]) -> Plan:
    """Return the plan, what is derived from a segment that was fresh before fresh as it is now."""
    now = {
        (str(old.id), segment_sha256(old)): segment_sha256(new)
        for old, new in zip(case.segments, segments, strict=True)
        if old is not new
    }
    if not now:
        return case.plan
    items = []
    for item in case.plan.items:
        inputs = [Input(i.id, now.get((str(i.id), i.sha256), i.sha256)) for i in item.derived_from]
        items.append(replace(item, derived_from=tuple(inputs)))
    return replace(case.plan, items=tuple(items))


def _untraced(segment: Segment) -> Segment:
    kept = untraced(segment.recipe)
    return segment if kept == segment.recipe else replace(segment, recipe=kept)


def _without_hash(settings: object) -> object:
    if not isinstance(settings, Mapping):
        return settings
    return {name: value for name, value in settings.items() if name != "sha256"}


def mapped_head(head: str, key: str) -> str:
    """Return what stands for a journal row's hash under `key`, in hex."""
    return _mac(head, key).hex()


def is_silent(text: str, person: Identity) -> bool:
    """Return whether a text says nothing of a person."""
    return _telling(text, _words_of(person)) is None


def require_silent_code(code: str, person: Identity) -> None:
    """Refuse (`privacy-code`) a code that says who the patient is."""
    if _telling(code, _words_of(person)) is not None:
        raise Refusal("privacy-code")


def require_silent(case: Case) -> None:
    """Refuse (`privacy-word`) a case in whose names or reasons the patient is named."""
    words = _words_of(case.identity)
    for segment in case.segments:
        _require_silent((segment.name, *_texts(_data(segment.recipe))), words, segment.name)
    for item in case.plan.items:
        _require_silent(_texts(item), words, item.name)
    for reason in case.reasons:
        _require_silent(_texts(reason), words, reason.code)


def _require_silent(texts: Iterable[str], words: frozenset[str], name: str) -> None:
    if any(_telling(text, words) is not None for text in texts):
        raise Refusal("privacy-word", item=name)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value of the plan; ids and hashes are none of a person's."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Enum | BitMask | np.ndarray | int | float) or value is None:
        return
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from (text for item in value.items() for text in _texts(item))
    elif isinstance(value, tuple | list | frozenset):
        yield from (text for item in value for text in _texts(item))


def _data(recipe: str) -> object:
    """Return a recipe's data, in which numbers are no words."""
    try:
        return json.loads(recipe or "null")
    except ValueError:
        return recipe


def _words_of(person: Identity) -> frozenset[str]:
    """Return the words that would say who it is, plain and in small letters."""
    birth = person.birth_date
    turned = "-".join(reversed(birth.split("-")))
    said = {person.patient_id, birth, turned, *(x.replace("-", "") for x in (birth, turned))}
    said |= set(re.split(r"[\^=\s,]+", person.name))
    return frozenset(word for word in map(_plain, said) if len(word) >= WORD_LENGTH_MIN)


def _telling(text: str, words: frozenset[str]) -> str | None:
    """Return the word that stands in a text on its own, None when there is none."""
    plain = _plain(text)
    for word in sorted(words):
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain):
            return word
    return None


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    kept = (part for part in parts if not unicodedata.combining(part))
    return "".join(kept).replace("_", " ").strip()


def _mac(text: str, key: str) -> bytes:
    return hmac.digest(bytes.fromhex(key), text.encode(), hashlib.sha256)
