"""Who may send what: drafts, simulations, seals, signers, versions."""

import json

import pytest
import rfc8785

from planning.exchange.verify import verify
from tests.planning.exchange.verify.packing import (
    bagged,
    key_of,
    laid_out,
    payload_of,
    public,
    rebodied,
    replanned,
    sha,
)
from tests.planning.exchange.verify.test_tampering import failed

NO_KEY = "-----BEGIN PUBLIC KEY-----"


@pytest.mark.hazard("HAZ-25")
def test_a_draft_is_refused_unless_it_is_asked_for(draft_files, tmp_path):
    folder = laid_out(draft_files, tmp_path / "p")
    verdict = verify(folder)
    assert failed(verdict) == {"state": "verify-draft"}
    assert (verdict.state, verdict.signer) == ("draft", None)
    assert verify(folder, allow_draft=True).passed
    assert failed(verify(folder, allow_simulation=True))


@pytest.mark.hazard("HAZ-25")
def test_a_draft_is_never_by_an_expected_signer(draft_files, tmp_path):
    folder = laid_out(draft_files, tmp_path / "p")
    verdict = verify(folder, signer=public(key_of(1))[1], allow_draft=True)
    assert failed(verdict) == {"signer": "verify-signer-differs"}
    assert verdict.signer_trusted is False


@pytest.mark.hazard("HAZ-38")
def test_a_simulation_is_refused_unless_it_is_asked_for(practice_files, tmp_path):
    folder = laid_out(practice_files, tmp_path / "p")
    verdict = verify(folder)
    assert failed(verdict) == {"kind": "verify-simulation"}
    assert verdict.kind == "simulation"
    assert verify(folder, allow_simulation=True).passed
    assert failed(verify(folder, allow_draft=True))


@pytest.mark.hazard("HAZ-25")
@pytest.mark.hazard("HAZ-38")
@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [
        ("draft", "clinical", "verify-draft-signed"),
        ("sealed", "simulation", "verify-kind-differs"),
    ],
)
def test_outside_and_inside_must_say_the_same(payload, tmp_path, state, kind, code):
    folder = laid_out(bagged(payload, key_of(1), state, kind), tmp_path / "p")
    verdict = verify(folder, allow_draft=True, allow_simulation=True)
    assert code in failed(verdict).values()


@pytest.mark.hazard("HAZ-25")
def test_a_sealed_word_without_a_signature_is_nothing(payload, tmp_path):
    folder = laid_out(bagged(payload, None, "sealed", "clinical"), tmp_path / "p")
    assert failed(verify(folder, allow_draft=True))["signing"] == "verify-sealed-unsigned"


@pytest.mark.hazard("HAZ-25")
def test_a_draft_that_someone_signs_stays_a_draft(clinical, tmp_path):
    files = payload_of(clinical, "draft")
    folder = laid_out(bagged(files, key_of(1), "sealed", "clinical"), tmp_path / "p")
    found = failed(verify(folder))
    assert found["state"] == "verify-state-differs"
    assert found["seal"] == "verify-seal-missing"


@pytest.mark.hazard("HAZ-38")
def test_a_printed_body_carries_its_marks(practice_files, tmp_path):
    data = {path: body for path, body in practice_files.items() if path.startswith("data/")}
    data["data/print/bone.stl"] = data.pop("data/print/SIM-bone.stl")
    folder = laid_out(rebodied(data, key_of(1), kind="simulation"), tmp_path / "p")
    verdict = verify(folder, allow_simulation=True)
    assert failed(verdict) == {"files": "verify-mark-odd"}


def test_the_expected_signer_is_known_however_it_is_written(sealed):
    fingerprint = public(key_of(1))[1]
    spaced = ":".join(fingerprint[n : n + 2] for n in range(0, 64, 2)).upper()
    for given in (fingerprint, spaced):
        verdict = verify(sealed, signer=given)
        assert verdict.passed
        assert verdict.signer_trusted is True
    for given in ("", fingerprint[:-1], fingerprint[:-1] + "g", "*"):
        verdict = verify(sealed, signer=given)
        assert failed(verdict) == {"signer": "verify-signer-differs"}
        assert verdict.signer_trusted is False


def resealed(key, **changes):
    """A change of the passport's seal."""
    pem, fingerprint = public(key)

    def change(passport):
        signature = key.sign(b"another plan").hex()
        whole = {"signature": signature, "public_key": pem.decode(), "fingerprint": fingerprint}
        passport["seal"].update({name: whole[name] for name in changes} or whole)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (resealed(key_of(2)), "verify-seal-foreign"),
        (resealed(key_of(1)), "verify-seal-wrong"),
        (resealed(key_of(2), fingerprint=1), "verify-seal-foreign"),
        (resealed(key_of(2), signature=1), "verify-seal-wrong"),
        (
            lambda p: p["seal"].update(public_key="-----BEGIN PUBLIC KEY-----"),
            "verify-key-unreadable",
        ),
        (lambda p: p.update(plan_sha256="0" * 64), "verify-passport-of-other-plan"),
    ],
)
def test_the_seal_is_of_this_plan_by_the_packages_key(payload, tmp_path, change, code):
    folder = laid_out(rebodied(payload, key_of(1), change=change), tmp_path / "p")
    assert failed(verify(folder)) == {"seal": code}


@pytest.mark.hazard("HAZ-26")
def test_a_superseded_plan_does_not_pass_under_the_new_ones_passport(payload, tmp_path):
    old = payload["data/plan.json"]

    def second(plan):
        plan["plan"].update(version=2, supersedes=sha(old))

    key = key_of(1)
    new = replanned(payload, second, key)
    assert verify(laid_out(new, tmp_path / "new")).passed
    mixed = {path: body for path, body in new.items() if path.startswith("data/")}
    mixed["data/plan.json"] = old
    folder = laid_out(bagged(mixed, key, "sealed", "clinical"), tmp_path / "mixed")
    assert failed(verify(folder))["seal"] == "verify-passport-of-other-plan"


@pytest.mark.parametrize(
    "about",
    [
        {"version": 2, "supersedes": None},
        {"version": 1, "supersedes": "a" * 64},
        {"version": 0},
        {"version": 1.5},
    ],
)
def test_versions_make_sense(payload, tmp_path, about):
    files = replanned(payload, lambda plan: plan["plan"].update(about), key_of(1))
    assert set(failed(verify(laid_out(files, tmp_path / "p")))) == {"plan"}


def test_a_sealed_plan_says_why_it_goes_on(payload, tmp_path):
    reason = {"text": "The only way in.", "by": "A. Sina", "at": "2026-01-02T03:04:05Z"}
    for given, names in ((None, {"plan"}), (reason, set())):

        def change(plan, given=given):
            blocks = [one for one in plan["findings"] if one["severity"] == "block"]
            assert blocks
            blocks[0]["reason"] = given

        files = replanned(payload, change, key_of(1))
        assert set(failed(verify(laid_out(files, tmp_path / f"p{len(names)}")))) == names


def test_a_plan_of_a_scan_to_look_at_only_is_not_sealed(payload, tmp_path):
    files = replanned(payload, lambda p: p["volume"].update(outcome="view_only"), key_of(1))
    assert set(failed(verify(laid_out(files, tmp_path / "p")))) == {"plan"}


HOSTILE = {
    "deep": lambda body: b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep enough": lambda body: b'{"a":' * 40 + b"1" + b"}" * 40,
    "10^400": lambda body: body.replace(b'"version":1', b'"version":1' + b"0" * 400, 1),
    "1e400": lambda body: body.replace(b'"diameter_mm":3', b'"diameter_mm":1e400', 1),
    "key twice": lambda body: b'{"case_code":"X",' + body[1:],
    "NaN": lambda body: body.replace(b'"diameter_mm":3', b'"diameter_mm":NaN', 1),
    "blank": lambda body: b" " + body,
    "end of line": lambda body: body + b"\n",
    "1.0 for 1": lambda body: body.replace(b'"diameter_mm":3', b'"diameter_mm":3.0', 1),
    "mark of order": lambda body: b"\xef\xbb\xbf" + body,
    "half a pair": lambda body: body.replace(b'"centre"', b'"\\ud800"', 1),
    "not UTF-8": lambda body: body.replace(b'"centre"', b'"\xff"', 1),
    "a list": lambda body: b"[]",
    "nothing": lambda body: b"",
    "other order": lambda body: json.dumps(dict(reversed(json.loads(body).items()))).encode(),
    "unknown key": lambda body: rfc8785.dumps({**json.loads(body), "name": "x"}),
    "RAS": lambda body: body.replace(b'"LPS"', b'"RAS"'),
    "inches": lambda body: body.replace(b'"unit":"mm"},"items"', b'"unit":"in"},"items"'),
}


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_in_a_plan_are_a_failed_check(payload, tmp_path, change):
    body = change(payload["data/plan.json"])
    assert body != payload["data/plan.json"]
    files = {**payload, "data/plan.json": body}
    folder = laid_out(bagged(files, key_of(1), "sealed", "clinical"), tmp_path / "p")
    assert "plan" in failed(verify(folder))


@pytest.mark.parametrize("body", [b"", b"null", b"[" * 9999, b'{"a":1,"a":2}', b"{}"])
def test_hostile_words_in_a_passport_are_a_failed_check(payload, tmp_path, body):
    files = {**payload, "data/passport.json": body}
    folder = laid_out(bagged(files, key_of(1), "sealed", "clinical"), tmp_path / "p")
    assert set(failed(verify(folder))) == {"passport"}
