"""What the product's own exporters write stands before the receiver."""

import json
import shutil

import numpy as np
import pytest
import rfc8785

from planning.exchange.verify import verify
from tests.planning.exchange import making
from tests.planning.exchange.verify.packing import sha
from tests.planning.exchange.verify.test_tampering import failed, overwrite


def test_a_sealed_export_passes_by_its_key(sealed_package):
    verdict = verify(sealed_package, signer=making.key().fingerprint)
    assert failed(verdict) == {}
    assert verdict.signer_trusted is True
    assert "numbers" in {check.name for check in verdict.checks}


@pytest.mark.hazard("HAZ-25")
def test_a_draft_export_passes_only_where_drafts_may(draft):
    assert failed(verify(draft)) == {"state": "verify-draft"}
    assert failed(verify(draft, allow_draft=True)) == {}


@pytest.mark.hazard("HAZ-38")
def test_a_practice_export_passes_only_where_simulations_may(practice):
    assert failed(verify(practice)) == {"kind": "verify-simulation"}
    assert failed(verify(practice, allow_simulation=True)) == {}


@pytest.mark.hazard("HAZ-25")
@pytest.mark.hazard("HAZ-27")
def test_each_exported_file_is_guarded(sealed_package, tmp_path):
    folder = tmp_path / "package"
    shutil.copytree(sealed_package, folder)
    rng = np.random.default_rng(1)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in paths:
        for _ in range(5):
            at = int(rng.integers(path.stat().st_size))
            byte = path.read_bytes()[at]
            overwrite(path, at, byte ^ 1 << int(rng.integers(8)))
            assert not verify(folder).passed, path.name
            overwrite(path, at, byte)
        path.rename(tmp_path / "aside")
        if path.name != "bagit.txt":  # without it, it is no package at all
            assert not verify(folder).passed, path.name
        (tmp_path / "aside").rename(path)
    assert verify(folder).passed


@pytest.mark.hazard("HAZ-25")
def test_a_draft_dressed_up_as_sealed_is_no_more_than_a_draft(draft, tmp_path):
    folder = tmp_path / "package"
    shutil.copytree(draft, folder)
    plan = json.loads((folder / "data/plan.json").read_text())
    plan["plan"]["state"] = "sealed"
    (folder / "data/plan.json").write_bytes(rfc8785.dumps(plan))
    listed = (folder / "manifest-sha256.txt").read_text().splitlines()
    lines = [f"{sha((folder / line[66:]).read_bytes())}  {line[66:]}\n" for line in listed]
    (folder / "manifest-sha256.txt").write_text("".join(lines))
    assert not verify(folder, allow_draft=True).passed
