"""The key that seals a plan, and how it rests: wrapped with a passphrase.

Signatures are Ed25519 (RFC 8032). A key file is JSON; Argon2id (RFC 9106) makes the AES-256-GCM
key from the passphrase. Everything else in the file, the public key among it, is authenticated
with the private key, so no part of it can be exchanged unnoticed.
"""

import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from planning.exchange.wrapping import COST, Cost, Wrapping, read_wrapping
from segmentation.errors import Refusal


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """A private key that signs; it is never written but wrapped.

    Attributes
    ----------
    fingerprint
        SHA-256 of the public key's DER SubjectPublicKeyInfo, in hex.
    public_pem
        The public key as PEM (SubjectPublicKeyInfo).
    """

    fingerprint: str
    public_pem: bytes
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the Ed25519 signature of `data`."""
        return self._private.sign(data)

    def wrapped_in(self, wrapping: Wrapping, passphrase: str) -> Wrapping:
        """Return `wrapping` with the private key closed in it."""
        return wrapping.closed(self._private.private_bytes_raw(), passphrase)


def make_key() -> SigningKey:
    """Return a new key from the system's random numbers."""
    return _key_of(Ed25519PrivateKey.generate())


def wrapped(key: SigningKey, passphrase: str, cost: Cost = COST) -> bytes:
    """Return the bytes of a key file that only `passphrase` opens.

    Raises
    ------
    Refusal
        `key-passphrase-empty`.
    """
    salt, nonce = os.urandom(16), os.urandom(12)
    wrapping = Wrapping(cost, salt, nonce, key.public_pem.decode("ascii"), key.fingerprint)
    return key.wrapped_in(wrapping, passphrase).body()


def unwrapped(body: bytes, passphrase: str, file: str) -> SigningKey:
    """Return the key in the bytes of a key file; `file` is what it is called in sentences.

    Raises
    ------
    Refusal
        `key-passphrase-empty`; `key-passphrase-wrong` also when the wrapped bytes were changed,
        which nobody can tell apart; `key-unreadable` when it is no key file of ours.
    """
    wrapping = public_part(body, file)
    raw = wrapping.opened(passphrase, file)
    key = _key_of(Ed25519PrivateKey.from_private_bytes(raw))
    if key.fingerprint != wrapping.fingerprint:
        raise Refusal("key-unreadable", file=file)
    return key


def public_part(body: bytes, file: str) -> Wrapping:
    """Return what a key file shows without its passphrase: the public key and its fingerprint.

    Raises
    ------
    Refusal
        `key-unreadable` when it is no key file of ours or its fingerprint is another key's.
    """
    wrapping = read_wrapping(body, file)
    try:
        actual = fingerprint_of(wrapping.public_key.encode("ascii"))
    except Refusal:
        raise Refusal("key-unreadable", file=file) from None
    if actual != wrapping.fingerprint:
        raise Refusal("key-unreadable", file=file)
    return wrapping


def fingerprint_of(public_pem: bytes) -> str:
    """Return the SHA-256 of a PEM public key's DER SubjectPublicKeyInfo, in hex.

    Raises
    ------
    Refusal
        `public-key-unreadable` when it is no Ed25519 public key.
    """
    return _fingerprint(_public(public_pem))


def is_signed(data: bytes, signature: bytes, public_pem: bytes) -> bool:
    """Return whether `signature` is that of `data` by the key; False for what is none at all."""
    try:
        _public(public_pem).verify(signature, data)
    except (Refusal, InvalidSignature):
        return False
    return True


def _public(public_pem: bytes) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(public_pem)
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal("public-key-unreadable") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Refusal("public-key-unreadable")
    return key


def _key_of(private: Ed25519PrivateKey) -> SigningKey:
    public = private.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningKey(_fingerprint(public), pem, private)


def _fingerprint(public: Ed25519PublicKey) -> str:
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()
