"""A secret closed with a passphrase, and the key file's JSON around it.

Nothing in a file is trusted: shape, sizes and the price of Argon2id are held against limits
before any of it is computed with, so that a hostile file costs neither memory nor time.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from segmentation.errors import Refusal

SCHEMA: Final = "tasrif-key"
VERSION: Final = 1
CIPHER: Final = "AES-256-GCM"
KDF: Final = "argon2id"
BYTES_MAX: Final = 16 << 10
MEMORY_KIB_MAX: Final = 1 << 20
PASSES_MAX: Final = 10
LANES_MAX: Final = 16
WORK_KIB_MAX: Final = 4 << 20
SECRET_BYTES: Final = 32
TAG_BYTES: Final = 16
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_KEYS = frozenset(
    ("schema", "version", "kdf", "cipher", "nonce", "public_key", "fingerprint", "wrapped")
)
_KDF_KEYS = frozenset(("name", "memory_kib", "passes", "lanes", "salt"))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try of a passphrase costs: memory, passes over it, lanes (RFC 9106)."""

    memory_kib: int
    passes: int
    lanes: int

    @property
    def is_bearable(self) -> bool:
        """Whether it stays within what a key file may ask of a machine."""
        return (
            1 <= self.lanes <= LANES_MAX
            and 1 <= self.passes <= PASSES_MAX
            and 8 * self.lanes <= self.memory_kib <= MEMORY_KIB_MAX
            and self.memory_kib * self.passes <= WORK_KIB_MAX
        )


COST: Final = Cost(memory_kib=64 << 10, passes=3, lanes=4)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What a key file holds; `wrapped` is the closed secret, empty before it is closed.

    `public_key` is PEM text; `fingerprint` is what the file says, hex.
    """

    cost: Cost
    salt: bytes
    nonce: bytes
    public_key: str
    fingerprint: str
    wrapped: bytes = b""

    def closed(self, secret: bytes, passphrase: str) -> Self:
        """Return the wrapping with `secret` in it."""
        box = AESGCM(self._derived(passphrase))
        return replace(self, wrapped=box.encrypt(self.nonce, secret, self._open_part()))

    def opened(self, passphrase: str, file: str) -> bytes:
        """Return the secret.

        Raises
        ------
        Refusal
            `key-passphrase-empty`, `key-passphrase-wrong`.
        """
        box = AESGCM(self._derived(passphrase))
        try:
            return box.decrypt(self.nonce, self.wrapped, self._open_part())
        except InvalidTag:
            raise Refusal("key-passphrase-wrong", file=file) from None

    def body(self) -> bytes:
        """Return the key file's bytes."""
        record = {**self._record(), "wrapped": self.wrapped.hex()}
        return (json.dumps(record, indent=2) + "\n").encode("ascii")

    def _record(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "public_key": self.public_key,
            "fingerprint": self.fingerprint,
            "kdf": {
                "name": KDF,
                "memory_kib": self.cost.memory_kib,
                "passes": self.cost.passes,
                "lanes": self.cost.lanes,
                "salt": self.salt.hex(),
            },
            "cipher": CIPHER,
            "nonce": self.nonce.hex(),
        }

    def _open_part(self) -> bytes:
        """Return the readable part as one text, which the cipher authenticates."""
        return json.dumps(self._record(), sort_keys=True, separators=(",", ":")).encode("ascii")

    def _derived(self, passphrase: str) -> bytes:
        if not passphrase:
            raise Refusal("key-passphrase-empty")
        # Composed and decomposed accents are one passphrase, whatever the keyboard sends.
        words = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
        return Argon2id(
            salt=self.salt,
            length=SECRET_BYTES,
            iterations=self.cost.passes,
            lanes=self.cost.lanes,
            memory_cost=self.cost.memory_kib,
        ).derive(words)


def read_wrapping(body: bytes, file: str) -> Wrapping:
    """Return what the bytes of a key file hold; nothing is computed with it yet.

    Raises
    ------
    Refusal
        `key-unreadable` for anything that `Wrapping.body` does not write, and for a price above
        the limits.
    """
    try:
        return _read(body)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refusal("key-unreadable", file=file) from None


def _read(body: bytes) -> Wrapping:
    if len(body) > BYTES_MAX:
        raise ValueError("oversized")
    record = json.loads(body)
    if not isinstance(record, dict) or record.keys() != _KEYS:
        raise ValueError("another shape")
    kdf = record["kdf"]
    if not isinstance(kdf, dict) or kdf.keys() != _KDF_KEYS:
        raise ValueError("another derivation")
    fixed = (record["schema"], _whole(record["version"]), record["cipher"], kdf["name"])
    if fixed != (SCHEMA, VERSION, CIPHER, KDF):
        raise ValueError("another kind or version")
    cost = Cost(*(_whole(kdf[name]) for name in ("memory_kib", "passes", "lanes")))
    if not cost.is_bearable:
        raise ValueError("a price that hangs the machine")
    return Wrapping(
        cost,
        _bytes(kdf["salt"], 16),
        _bytes(record["nonce"], 12),
        _text(record["public_key"]),
        _bytes(record["fingerprint"], 32).hex(),
        _bytes(record["wrapped"], SECRET_BYTES + TAG_BYTES),
    )


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise TypeError("not plain text")
    return value


def _bytes(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 * size:
        raise ValueError("not that many bytes in hex")
    return bytes.fromhex(value)
