"""The BagIt side of a package: which files belong, their hashes, the signature, its own words."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from planning.exchange.verify.parcel import (
    JSON_BYTES_MAX,
    KEPT_BYTES_MAX,
    TAG_BYTES_MAX,
    Parcel,
    require_plain_name,
)
from planning.exchange.verify.verdict import Fault, Held
from segmentation.progress import Progress

BAGIT: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO, KEY = "bag-info.txt", "signer.pem"
PAYLOAD, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE: Final = f"{TAGS}.sig"
PLAN, PASSPORT = "data/plan.json", "data/passport.json"
NEEDED: Final = frozenset({"bagit.txt", INFO, PAYLOAD, TAGS})
STATES, KINDS = ("draft", "sealed"), ("clinical", "simulation")
LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\s\\][^\r\n\\]*)")
WORDS: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*): ([^\x00-\x1f\x7f]+)")
SIGNATURE_BYTES: Final = 64
READ_WHOLE: Final = (
    "data/package/",
    "data/print/",
    "data/pictures/",
    "data/nav/",
    "data/report/",
    "data/robot/",
    "data/ar/",
    "data/dicom/",
)


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signed: the public key and the SHA-256 of its DER in hex."""

    key: Ed25519PublicKey
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What lies in `data/`, held against its hashes.

    `sha256` and `bytes_n` by path; `bodies` are the very bytes that were hashed, of all files
    that are read further.
    """

    sha256: Mapping[str, str]
    bytes_n: Mapping[str, int]
    bodies: Mapping[str, bytes]


def structure(parcel: Parcel) -> Held[Parcel]:
    """Hold the folder's own files against what a package consists of."""
    tags = {path for path in parcel.files if "/" not in path}
    for path in sorted(NEEDED - tags):
        raise Fault("verify-file-missing", path=path)
    for path in sorted(parcel.files):
        is_known = path in NEEDED or path in (KEY, SIGNATURE) or path.startswith("data/")
        if not is_known:
            raise Fault("verify-file-unlisted", path=path)
    for path in (PLAN, PASSPORT):
        if path not in parcel.files:
            raise Fault("verify-file-missing", path=path)
    if (KEY in tags) != (SIGNATURE in tags):
        raise Fault("verify-signature-half", path=SIGNATURE if KEY in tags else KEY)
    if parcel.body("bagit.txt", TAG_BYTES_MAX) != BAGIT:
        raise Fault("verify-bagit-differs")
    return Held(parcel, "verify-structure-ok", {"n": len(parcel.files)})


def tag_manifest(parcel: Parcel) -> Held[bytes]:
    """Hold all tag files against the tag manifest; return its bytes."""
    body = parcel.body(TAGS, TAG_BYTES_MAX)
    stated = _manifest(body, TAGS)
    there = {path for path in parcel.files if not path.startswith("data/")} - {TAGS, SIGNATURE}
    _require_same(set(stated), there)
    for path, sha256 in stated.items():
        if hashlib.sha256(parcel.body(path, TAG_BYTES_MAX)).hexdigest() != sha256:
            raise Fault("verify-hash-differs", path=path)
    return Held(body, "verify-tags-ok", {"n": len(stated)})


def signature(parcel: Parcel, tags: bytes) -> Held[Signer | None]:
    """Hold the signature against the tag manifest's bytes; None for an unsigned package."""
    if SIGNATURE not in parcel.files:
        return Held(None, "verify-unsigned")
    signed_by = signer(parcel.body(KEY, TAG_BYTES_MAX))
    raw = parcel.body(SIGNATURE, TAG_BYTES_MAX)
    if not is_signed(signed_by.key, raw, tags):
        raise Fault("verify-signature-wrong")
    return Held(signed_by, "verify-signature-ok", {"fingerprint": signed_by.fingerprint})


def signer(pem: bytes) -> Signer:
    """Return the Ed25519 key of a PEM text; a Fault for any other."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise Fault("verify-key-unreadable") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Fault("verify-key-unreadable")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Signer(key, hashlib.sha256(der).hexdigest())


def is_signed(key: Ed25519PublicKey, raw: bytes, message: bytes) -> bool:
    """Return whether `raw` is the key's signature of the message."""
    if len(raw) != SIGNATURE_BYTES:
        return False
    try:
        key.verify(raw, message)
    except InvalidSignature:
        return False
    return True


def payload(parcel: Parcel, progress: Progress) -> Held[Payload]:
    """Hold everything in `data/` against the payload manifest, both ways, and read it once."""
    stated = _manifest(parcel.body(PAYLOAD, TAG_BYTES_MAX), PAYLOAD)
    _require_same(set(stated), {path for path in parcel.files if path.startswith("data/")})
    bodies: dict[str, bytes] = {}
    kept = 0
    for done, (path, sha256) in enumerate(stated.items()):
        progress(done, len(stated))
        if path in (PLAN, PASSPORT) or path.startswith(READ_WHOLE):
            limit = JSON_BYTES_MAX if path in (PLAN, PASSPORT) else KEPT_BYTES_MAX - kept
            bodies[path] = parcel.body(path, limit)
            kept += len(bodies[path])
            found = hashlib.sha256(bodies[path]).hexdigest()
        else:
            found = parcel.sha256(path, progress)
        if found != sha256:
            raise Fault("verify-hash-differs", path=path)
    sizes = {path: parcel.files[path].bytes_n for path in stated}
    return Held(Payload(stated, sizes, bodies), "verify-payload-ok", {"n": len(stated)})


def info(parcel: Parcel) -> Held[Mapping[str, str]]:
    """Return the words of bag-info.txt; a Fault for missing, unknown or doubled ones."""
    words: dict[str, str] = {}
    for line in _lines(parcel.body(INFO, TAG_BYTES_MAX), INFO):
        match = WORDS.fullmatch(line)
        if match is None or match[1] in words:
            raise Fault("verify-info-unreadable", line=ascii(line)[1:-1][:80] or "-")
        words[match[1]] = match[2]
    for key, known in (("Tasrif-State", STATES), ("Tasrif-Kind", KINDS)):
        if words.get(key) not in known:
            raise Fault("verify-info-unreadable", line=key)
    data = [entry.bytes_n for path, entry in parcel.files.items() if path.startswith("data/")]
    if words.get("Payload-Oxum") != f"{sum(data)}.{len(data)}":
        raise Fault("verify-info-unreadable", line="Payload-Oxum")
    return Held(words, "verify-info-ok")


def _manifest(body: bytes, name: str) -> dict[str, str]:
    """Return a manifest's hashes by path; a Fault for any line that `sha256sum` didn't write."""
    stated: dict[str, str] = {}
    for line in _lines(body, name):
        match = LINE.fullmatch(line)
        if match is None or match[2] in stated:
            raise Fault("verify-manifest-unreadable", path=name, line=ascii(line)[1:-1][:80] or "-")
        require_plain_name(match[2])
        stated[match[2]] = match[1]
    return stated


def _lines(body: bytes, name: str) -> list[str]:
    try:
        text = body.decode("ascii" if name != INFO else "utf-8")
    except UnicodeDecodeError:
        raise Fault("verify-manifest-unreadable", path=name, line="-") from None
    if not text.endswith("\n") or "\r" in text:
        raise Fault("verify-manifest-unreadable", path=name, line="-")
    return text[:-1].split("\n")


def _require_same(stated: set[str], there: set[str]) -> None:
    for path in sorted(there - stated):
        raise Fault("verify-file-unlisted", path=path)
    for path in sorted(stated - there):
        raise Fault("verify-file-missing", path=path)
