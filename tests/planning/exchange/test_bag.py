"""Packages before judges who don't know us: bagit, sha256sum and openssl; each must also say no."""

import hashlib
import shutil
import subprocess

import bagit
import pytest

from tests.planning.exchange.judges import bag
from tests.planning.exchange.making import bytes_of, key


@pytest.fixture
def copy(sealed_package, tmp_path):
    return shutil.copytree(sealed_package, tmp_path / "copy")


def is_signed(folder):
    return not bag.openssl(folder)


def sums_hold(folder):
    return not bag.sha256sum(folder)


def is_bag(folder):
    return not bag.bagit(folder)


def judged(folder):
    return {"bagit": is_bag(folder), "sums": sums_hold(folder), "openssl": is_signed(folder)}


def flip(path):
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def rewrite(folder, name):
    """Do what a forger does who has no key: put the right hashes of the payload in."""
    for manifest, path in (("manifest", name), ("tagmanifest", "manifest-sha256.txt")):
        sha256 = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        file = folder / f"{manifest}-sha256.txt"
        lines = [line.split("  ") for line in file.read_text().splitlines()]
        new = [(sha256 if one == path else old, one) for old, one in lines]
        file.write_text("".join(f"{old}  {one}\n" for old, one in new))


def test_every_judge_accepts_a_sealed_package(sealed_package, practice):
    for folder in (sealed_package, practice):
        assert judged(folder) == {"bagit": True, "sums": True, "openssl": True}


def test_a_draft_is_a_whole_bag_without_a_signature(draft):
    assert is_bag(draft)
    assert sums_hold(draft)
    assert not [path for path in draft.iterdir() if path.name.startswith("signer")]
    assert not list(draft.glob("*.sig"))


@pytest.mark.parametrize(
    "name",
    [
        "data/plan.json", "data/passport.json", "data/package/id-bone.nrrd",
        "data/package/id-bone.stl", "data/print/wire-path.stl", "data/pictures/axial.png",
        "manifest-sha256.txt", "bag-info.txt",
    ],
)  # fmt: skip
@pytest.mark.hazard("HAZ-27")
def test_one_flipped_bit_is_seen_by_both_that_read_files(copy, name):
    flip(copy / name)
    assert not sums_hold(copy)
    assert not is_bag(copy)


@pytest.mark.parametrize(
    "name", ["signer.pem", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"]
)
def test_one_flipped_bit_in_the_signature_its_key_or_its_text_is_seen_by_openssl(copy, name):
    flip(copy / name)
    assert not is_signed(copy)


def test_only_the_signature_sees_a_forger_who_mends_the_hashes(copy):
    flip(copy / "data/plan.json")
    rewrite(copy, "data/plan.json")
    assert judged(copy) == {"bagit": True, "sums": True, "openssl": False}


def test_a_file_more_or_less_is_no_bag(copy):
    (copy / "data" / "extra.txt").write_text("x")
    assert not is_bag(copy)
    (copy / "data" / "extra.txt").unlink()
    assert is_bag(copy)
    (copy / "data/package/id-canal.stl").unlink()
    assert not is_bag(copy)
    assert not sums_hold(copy)


def test_the_tag_manifest_covers_every_other_tag_file(draft, sealed_package):
    for folder in (draft, sealed_package):
        lines = (folder / "tagmanifest-sha256.txt").read_text().splitlines()
        tags = {path.name for path in folder.iterdir() if path.is_file()}
        listed = [line.split("  ")[1] for line in lines]
        assert listed == sorted(tags - {name for name in tags if name.startswith("tagmanifest")})


def test_the_bag_says_what_it_is(draft, sealed_package, practice):
    def info(folder):
        return bagit.Bag(str(folder)).info

    assert info(draft)["Tasrif-State"] == "draft"
    assert info(sealed_package)["Tasrif-State"] == "sealed"
    assert info(sealed_package)["Tasrif-Kind"] == "clinical"
    assert info(practice)["Tasrif-Kind"] == "simulation"
    assert info(draft)["Bagging-Date"] == "2026-03-04"
    payload = [b for n, b in bytes_of(draft).items() if n.startswith("data/")]
    assert info(draft)["Payload-Oxum"] == f"{sum(map(len, payload))}.{len(payload)}"


def test_the_fingerprint_is_that_of_the_key_as_openssl_writes_it(sealed_package):
    words = ["openssl", "pkey", "-pubin", "-in", "signer.pem", "-outform", "DER"]
    der = subprocess.run(words, cwd=sealed_package, capture_output=True, check=True, timeout=60)
    assert hashlib.sha256(der.stdout).hexdigest() == key().fingerprint
