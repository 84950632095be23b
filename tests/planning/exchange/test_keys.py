"""Keys: wrapped and opened again, read the same by OpenSSL, refused when anything is off."""

import hashlib
import json
import shutil
import stat
import subprocess
import unicodedata
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from planning.exchange.key_file import read_key_file, write_key_file
from planning.exchange.keys import (
    fingerprint_of,
    is_signed,
    make_key,
    public_part,
    unwrapped,
    wrapped,
)
from planning.exchange.wrapping import BYTES_MAX, COST, Cost
from segmentation.errors import Refusal
from tests.planning.exchange.sealing import CHEAP

REFUSED = {"key-unreadable", "key-passphrase-wrong"}


@pytest.fixture(scope="module")
def made():
    return make_key()


@pytest.fixture(scope="module")
def body(made):
    return wrapped(made, "correct horse", CHEAP)


def code_of(call):
    with pytest.raises(Refusal) as refused:
        call()
    assert refused.value.exit_code == 3
    return refused.value.code


def test_a_key_comes_back_with_its_passphrase_only(made, body):
    back = unwrapped(body, "correct horse", "k")
    assert (back.fingerprint, back.public_pem) == (made.fingerprint, made.public_pem)
    assert back.sign(b"plan") == made.sign(b"plan")  # Ed25519 signs the same twice (RFC 8032)
    assert is_signed(b"plan", back.sign(b"plan"), made.public_pem)
    for wrong in ("correct hors", "Correct horse", "correct horse ", " "):
        assert code_of(lambda wrong=wrong: unwrapped(body, wrong, "k")) == "key-passphrase-wrong"
    assert code_of(lambda: unwrapped(body, "", "k")) == "key-passphrase-empty"
    assert code_of(lambda: wrapped(made, "")) == "key-passphrase-empty"


def test_the_file_shows_its_public_part_and_never_the_secret(made, body):
    shown = public_part(body, "k")
    assert shown.fingerprint == made.fingerprint
    assert shown.public_key.encode() == made.public_pem
    secret = made._private.private_bytes_raw()
    assert secret not in body
    assert secret.hex().encode() not in body
    assert "_private" not in repr(made)


def test_two_wrappings_of_one_key_share_neither_salt_nor_nonce(made, body):
    first, second = json.loads(body), json.loads(wrapped(made, "correct horse", CHEAP))
    assert first["nonce"] != second["nonce"]
    assert first["kdf"]["salt"] != second["kdf"]["salt"]
    assert first["wrapped"] != second["wrapped"]


def test_accents_are_one_passphrase_however_they_are_typed(made):
    body = wrapped(made, "clé d’été", CHEAP)
    typed = unicodedata.normalize("NFD", "clé d’été")
    assert typed != "clé d’été"
    assert unwrapped(body, typed, "k").fingerprint == made.fingerprint


def test_the_default_price_is_the_one_that_was_measured(made):
    assert Cost(memory_kib=65536, passes=3, lanes=4) == COST
    kdf = json.loads(wrapped(made, "x"))["kdf"]
    assert (kdf["name"], kdf["memory_kib"], kdf["passes"], kdf["lanes"]) == (
        "argon2id",
        65536,
        3,
        4,
    )


def test_every_flipped_bit_is_refused(body):
    flipped = bytearray(body)
    codes = set()
    for place in range(len(body)):
        for bit in range(8):
            flipped[place] ^= 1 << bit
            codes.add(code_of(lambda: unwrapped(bytes(flipped), "correct horse", "k")))
            flipped[place] ^= 1 << bit
    assert codes == REFUSED


def test_a_file_cut_anywhere_is_refused(body):
    for length in range(len(body) - 1):
        assert code_of(lambda length=length: unwrapped(body[:length], "x", "k")) in REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 30},
        {"memory_kib": (1 << 20) + 1},
        {"memory_kib": 1 << 20, "passes": 10},
        {"memory_kib": 0},
        {"memory_kib": -8},
        {"memory_kib": 8.0},
        {"memory_kib": True},
        {"passes": 10**9},
        {"passes": 0},
        {"lanes": 10**6},
        {"lanes": 0},
        {"name": "scrypt"},
        {"salt": "00" * 15},
        {"salt": ""},
        {"more": 1},
    ],
)
def test_a_hostile_price_is_never_paid(body, change):
    record = json.loads(body)
    record["kdf"] |= change
    hostile = json.dumps(record).encode()
    # Had it been paid, the answer would be that the passphrase is wrong: the price is signed too.
    assert code_of(lambda: unwrapped(hostile, "correct horse", "k")) == "key-unreadable"


def test_what_is_no_key_file_is_refused(made, body):
    record = json.loads(body)
    other = make_key()
    foreign = [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, made.public_pem,
        body + b" " * BYTES_MAX,
        json.dumps({**record, "version": 2}).encode(),
        json.dumps({**record, "schema": "another"}).encode(),
        json.dumps({**record, "more": 1}).encode(),
        json.dumps({**record, "kdf": None}).encode(),
        json.dumps({**record, "wrapped": record["wrapped"].upper()}).encode(),
        json.dumps({**record, "wrapped": "00"}).encode(),
        json.dumps({**record, "public_key": "é"}).encode(),
        json.dumps({**record, "fingerprint": other.fingerprint}).encode(),
        json.dumps({k: v for k, v in record.items() if k != "nonce"}).encode(),
    ]  # fmt: skip
    for one in foreign:
        assert code_of(lambda one=one: unwrapped(one, "correct horse", "k")) == "key-unreadable"


def test_another_public_key_in_the_file_is_noticed(body):
    """Key and fingerprint exchanged together agree with each other, not with the secret."""
    other = make_key()
    record = json.loads(body) | {
        "public_key": other.public_pem.decode(), "fingerprint": other.fingerprint,
    }  # fmt: skip
    exchanged = json.dumps(record).encode()
    assert public_part(exchanged, "k").fingerprint == other.fingerprint
    assert code_of(lambda: unwrapped(exchanged, "correct horse", "k")) == "key-passphrase-wrong"


def test_a_secret_that_is_not_the_public_keys_is_refused(made):
    other = make_key()
    fake = replace(other, public_pem=made.public_pem, fingerprint=made.fingerprint)
    body = wrapped(fake, "x", CHEAP)
    assert code_of(lambda: unwrapped(body, "x", "k")) == "key-unreadable"


def test_only_ed25519_public_keys_have_a_fingerprint(made):
    curve = generate_private_key(SECP256R1()).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    for pem in (curve, b"", b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"):
        assert code_of(lambda pem=pem: fingerprint_of(pem)) == "public-key-unreadable"
        assert not is_signed(b"plan", made.sign(b"plan"), pem)


def test_a_signature_holds_for_its_text_and_its_key_alone(made):
    signature = made.sign(b"plan")
    assert len(signature) == 64
    assert is_signed(b"plan", signature, made.public_pem)
    assert not is_signed(b"plan.", signature, made.public_pem)
    assert not is_signed(b"plan", signature, make_key().public_pem)
    assert not is_signed(b"plan", b"", made.public_pem)
    for bit in range(0, 512, 7):
        wrong = bytearray(signature)
        wrong[bit // 8] ^= 1 << bit % 8
        assert not is_signed(b"plan", bytes(wrong), made.public_pem)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_reads_key_fingerprint_and_signature_the_same(made, tmp_path):
    pem, data, sig = (tmp_path / name for name in ("key.pem", "plan", "plan.sig"))
    pem.write_bytes(made.public_pem)
    data.write_bytes(b"plan")
    sig.write_bytes(made.sign(b"plan"))
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", pem, "-outform", "DER"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert hashlib.sha256(der).hexdigest() == made.fingerprint == fingerprint_of(made.public_pem)
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", data]
    verify += ["-sigfile", sig]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    data.write_bytes(b"plan.")
    assert subprocess.run(verify, capture_output=True, check=False).returncode != 0


def test_a_key_file_is_its_owners_alone_and_replaced_whole(tmp_path, body):
    path = tmp_path / "k.json"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_key_file(path, body)
    assert read_key_file(path) == body
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["k.json"]


def test_a_failed_write_leaves_nothing_and_what_was_there(tmp_path):
    folder = tmp_path / "k.json"
    folder.mkdir()
    (folder / "inside").write_bytes(b"")
    with pytest.raises(OSError, match=r"."):
        write_key_file(folder, b"{}")
    assert [one.name for one in tmp_path.iterdir()] == ["k.json"]


def test_missing_oversized_and_foreign_paths_are_refused(tmp_path):
    big = tmp_path / "big"
    big.write_bytes(b"0" * (BYTES_MAX + 1))
    assert code_of(lambda: read_key_file(big)) == "key-unreadable"
    assert code_of(lambda: read_key_file(tmp_path)) == "key-unreadable"
    assert code_of(lambda: read_key_file(tmp_path / "none")) == "key-missing"
    assert code_of(lambda: read_key_file(big / "none")) == "key-missing"
