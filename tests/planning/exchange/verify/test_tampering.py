"""What anybody could do to a package on its way: all of it is seen."""

import os

import numpy as np
import pytest

from planning.exchange.verify import verify
from segmentation.errors import Refusal
from tests.planning.exchange.verify.packing import (
    bagged,
    key_of,
    laid_out,
    manifest,
    public,
    replanned,
)

TAGS, PAYLOAD = "tagmanifest-sha256.txt", "manifest-sha256.txt"
NRRD = "data/package/id-bone.nrrd"


def failed(verdict):
    """The checks that do not hold, by name; none is fine for a package that passes."""
    assert verdict.passed == all(check.ok for check in verdict.checks)
    return {check.name: check.code for check in verdict.checks if not check.ok}


def test_an_untouched_package_passes_with_every_check(sealed):
    verdict = verify(sealed)
    assert failed(verdict) == {}
    assert (verdict.state, verdict.kind) == ("sealed", "clinical")
    assert verdict.signer == public(key_of(1))[1]
    assert verdict.signer_trusted is None
    assert [check.name for check in verdict.checks] == [
        "structure", "tag_manifest", "signature", "signer", "bag_info", "signing", "payload",
        "plan", "passport", "state", "kind", "seal", "files", "findings", "versions", "newest",
        "masks", "surfaces", "prints", "numbers", "findings_follow",
    ]  # fmt: skip
    assert verdict.not_recomputed == 4


def overwrite(path, at, byte):
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([byte]))


@pytest.mark.slow
@pytest.mark.hazard("HAZ-25")
@pytest.mark.hazard("HAZ-27")
def test_no_flipped_bit_is_accepted(sealed, sealed_files):
    rng = np.random.default_rng(25)
    paths = sorted(sealed_files)
    weights = np.array([len(sealed_files[path]) for path in paths], float)
    accepted = []
    for n in range(500):  # 5,000 in the campaign: `test_bits.py`, over every exporter's files
        # Half of them by file, so that small files get their share, half by size.
        path = paths[rng.choice(len(paths), p=None if n % 2 else weights / weights.sum())]
        at = int(rng.integers(len(sealed_files[path])))
        byte = sealed_files[path][at]
        overwrite(sealed / path, at, byte ^ 1 << int(rng.integers(8)))
        if verify(sealed).passed:
            accepted.append((path, at))
        overwrite(sealed / path, at, byte)
    assert not accepted
    assert verify(sealed).passed


@pytest.mark.hazard("HAZ-27")
def test_no_cut_file_is_accepted(sealed, sealed_files):
    rng = np.random.default_rng(27)
    paths = sorted(sealed_files)
    for n in range(200):
        path = paths[n % len(paths)]
        whole = sealed_files[path]
        (sealed / path).write_bytes(whole[: int(rng.integers(len(whole)))])
        assert not verify(sealed).passed, path
        (sealed / path).write_bytes(whole)


@pytest.mark.hazard("HAZ-24")
def test_who_rewrites_the_manifests_still_lacks_the_signature(payload, sealed_files, tmp_path):
    changed = replanned(payload, lambda plan: plan["items"][3].update(diameter_mm=4.0), key_of(1))
    signature = sealed_files[f"{TAGS}.sig"]
    folder = laid_out({**changed, f"{TAGS}.sig": signature}, tmp_path / "p")
    assert failed(verify(folder)) == {"signature": "verify-signature-wrong"}


def test_who_signs_with_another_key_has_another_fingerprint(payload, tmp_path):
    other = replanned(payload, lambda plan: None, key_of(2))
    folder = laid_out(other, tmp_path / "p")
    assert verify(folder).passed  # whoever trusts any signer gets one
    verdict = verify(folder, signer=public(key_of(1))[1])
    assert failed(verdict) == {"signer": "verify-signer-differs"}
    assert verdict.signer_trusted is False
    assert "plan" not in {check.name for check in verdict.checks}  # and is read no further


def test_after_a_wrong_hash_nothing_is_parsed(sealed):
    (sealed / "data/plan.json").write_bytes(b"{" * 100_000)
    verdict = verify(sealed)
    assert failed(verdict)["payload"] == "verify-hash-differs"
    assert verdict.checks[-1].name == "payload"


def flat(folder, path, body):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(body)


FILES = {
    "file added": lambda f: flat(f, "data/extra.stl", b"x"),
    "file added beside": lambda f: flat(f, "README.txt", b"x"),
    "hidden file": lambda f: flat(f, "data/.hidden", b"x"),
    "file removed": lambda f: (f / NRRD).unlink(),
    "manifest removed": lambda f: (f / PAYLOAD).unlink(),
    "signature removed": lambda f: (f / f"{TAGS}.sig").unlink(),
    "key removed": lambda f: (f / "signer.pem").unlink(),
    "both removed": lambda f: [(f / n).unlink() for n in ("signer.pem", f"{TAGS}.sig")],
    "empty folder": lambda f: (f / "data/empty").mkdir(),
    "folder in place of a file": lambda f: [(f / NRRD).unlink(), (f / NRRD).mkdir()],
    "unsafe name": lambda f: flat(f, "data/a b.stl", b"x"),
    "device name": lambda f: flat(f, "data/nul.stl", b"x"),
    "name with a line end": lambda f: flat(f, "data/a\nb", b"x"),
    "deep": lambda f: flat(f, "data/" + "a/" * 12 + "b", b"x"),
    "capitals": lambda f: flat(f, "data/Plan.json", b"x"),
    "bagit says more": lambda f: flat(f, "bagit.txt", (f / "bagit.txt").read_bytes() + b"x: y\n"),
    "huge signature": lambda f: flat(f, f"{TAGS}.sig", b"0" * 4_000_000),
}


@pytest.mark.parametrize("change", FILES.values(), ids=FILES.keys())
def test_what_lies_there_too_much_or_too_little_is_refused(sealed, change):
    change(sealed)
    assert failed(verify(sealed, allow_draft=True))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files on this system")
@pytest.mark.hazard("HAZ-39")
def test_links_and_pipes_are_never_followed(sealed, sealed_files, tmp_path):
    twin = tmp_path / "outside.nrrd"
    twin.write_bytes(sealed_files[NRRD])
    (sealed / NRRD).unlink()
    (sealed / NRRD).symlink_to(twin)  # the very bytes, and yet not the package's
    assert failed(verify(sealed)) == {"structure": "verify-file-odd"}
    (sealed / NRRD).unlink()
    os.mkfifo(sealed / NRRD)
    assert failed(verify(sealed)) == {"structure": "verify-file-odd"}
    (sealed / NRRD).unlink()
    (sealed / "data/package").rename(tmp_path / "package-of-another")
    (sealed / "data/package").symlink_to(tmp_path / "package-of-another")
    assert failed(verify(sealed)) == {"structure": "verify-file-odd"}


def test_a_file_of_another_package_is_refused(sealed, draft_files):
    for path in ("data/plan.json", "data/passport.json", "bag-info.txt", PAYLOAD, TAGS):
        whole = (sealed / path).read_bytes()
        (sealed / path).write_bytes(draft_files[path])
        assert not verify(sealed, allow_draft=True).passed, path
        (sealed / path).write_bytes(whole)


LINES = {
    "CRLF": lambda body: body.replace(b"\n", b"\r\n"),
    "line twice": lambda body: body + body.split(b"\n")[0] + b"\n",
    "upper case": lambda body: body[:64].upper() + body[64:],
    "no last line end": lambda body: body[:-1],
    "one blank": lambda body: body.replace(b"  ", b" "),
    "starred": lambda body: body.replace(b"  ", b" *"),
    "empty line": lambda body: body + b"\n",
    "not ASCII": lambda body: body + b"\xff\n",
    "path upward": lambda body: body + b"0" * 64 + b"  data/../../etc/passwd\n",
    "absolute path": lambda body: body + b"0" * 64 + b"  /etc/passwd\n",
    "line missing": lambda body: body[body.index(b"\n") + 1 :],
}


@pytest.mark.parametrize("name", [TAGS, PAYLOAD])
@pytest.mark.parametrize("change", LINES.values(), ids=LINES.keys())
def test_manifests_have_one_form_even_when_signed(payload, tmp_path, name, change):
    key = key_of(1)
    files = bagged(payload, key, "sealed", "clinical")
    files[name] = change(files[name])
    if name == PAYLOAD:
        tags = [path for path in files if "/" not in path and not path.startswith(TAGS)]
        files[TAGS] = manifest({path: files[path] for path in tags})
    files[f"{TAGS}.sig"] = key.sign(files[TAGS])
    found = failed(verify(laid_out(files, tmp_path / "p")))
    assert set(found) <= {"tag_manifest", "payload", "structure"}
    assert found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Tasrif-State: sealed", b"Tasrif-State: final"),
        (b"Tasrif-State: sealed\n", b""),
        (b"Tasrif-Kind: clinical", b"Tasrif-Kind: clinical\nTasrif-Kind: clinical"),
        (b"Payload-Oxum: ", b"Payload-Oxum: 1"),
        (b"Bagging-Date: ", b" folded: "),
    ],
)
def test_what_the_bag_says_about_itself_is_held_against_it(payload, tmp_path, old, new):
    key = key_of(1)
    files = bagged(payload, key, "sealed", "clinical")
    files["bag-info.txt"] = files["bag-info.txt"].replace(old, new)
    tags = [path for path in files if "/" not in path and not path.startswith(TAGS)]
    files[TAGS] = manifest({path: files[path] for path in tags})
    files[f"{TAGS}.sig"] = key.sign(files[TAGS])
    assert failed(verify(laid_out(files, tmp_path / "p"))) == {"bag_info": "verify-info-unreadable"}


def test_what_is_no_package_at_all_is_said_so(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    for path, code in (
        ("none", "package-missing"),
        ("file", "not-a-package"),
        ("", "not-a-package"),
    ):
        with pytest.raises(Refusal) as no:
            verify(tmp_path / path)
        assert (no.value.code, no.value.exit_code) == (code, 3)
