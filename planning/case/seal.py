"""A seal: who stands for a version of the plan, and the signed text of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seal:
    """One sealed version; it stays when the plan moves on.

    Attributes
    ----------
    version
        From 1; each seal has the next.
    by, role
        Who sealed.
    at
        When, ISO 8601 in UTC.
    journal_head
        SHA-256 of the journal's last row before the seal.
    plan
        The canonical plan document (RFC 8785), the very text that was signed.
    signature, public_key, fingerprint
        Ed25519 over the UTF-8 bytes of `plan` in hex; the key as PEM (SubjectPublicKeyInfo); the
        SHA-256 of its DER in hex.
    """

    version: int
    by: str
    role: str
    at: str
    journal_head: str
    plan: str
    signature: str
    public_key: str
    fingerprint: str
