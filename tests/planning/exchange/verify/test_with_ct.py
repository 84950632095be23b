"""With the CT at hand everything is computed again, HU and surfaces included."""

from dataclasses import replace

import pytest
import SimpleITK as sitk

from planning.exchange.verify import verify
from segmentation.errors import Refusal
from segmentation.io.load import load
from segmentation.io.scan import scan
from tests.planning.exchange.verify.packing import bagged, key_of, laid_out, payload_of, replanned
from tests.planning.exchange.verify.test_recompute import is_searched, stated
from tests.planning.exchange.verify.test_tampering import failed

KEY = key_of(1)


def written(case, path, change=0):
    """The case's CT as SimpleITK writes it, one voxel changed by `change` HU."""
    grid, hu = case.volume.grid, case.volume.hu.copy()
    hu[0, 0, 0] += change
    image = sitk.GetImageFromArray(hu)
    image.SetOrigin(grid.origin_lps_mm.tolist())
    image.SetSpacing(grid.spacing_kji_mm[::-1])
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture(scope="module")
def ct(clinical, tmp_path_factory):
    """A folder with the CT and another that looks much like it."""
    folder = tmp_path_factory.mktemp("ct")
    written(clinical, folder / "other.mha", change=1)
    written(clinical, folder / "this.mha")
    return folder


@pytest.fixture(scope="module")
def planned(clinical, ct):
    """The payload of a plan on the CT as it is loaded from that file."""
    loaded = load(scan(ct / "this.mha").series[0])
    source = replace(clinical.source, series_uid=loaded.header.series_uid)
    case = replace(clinical, volume=loaded.volume, source=source)
    return payload_of(case, "sealed", KEY)


@pytest.fixture
def package(planned, tmp_path):
    return laid_out(bagged(planned, KEY, "sealed", "clinical"), tmp_path / "package")


def test_nothing_is_left_to_believe(package, ct):
    for path in (ct, ct / "this.mha"):
        verdict = verify(package, ct=path)
        assert failed(verdict) == {}
        assert verdict.not_recomputed == 0
        names = [check.name for check in verdict.checks]
        assert names[-4:] == ["ct", "ct_surfaces", "numbers", "findings_follow"]
    assert verify(package).not_recomputed == 4


def test_another_ct_is_found_out_by_one_voxel(package, ct):
    verdict = verify(package, ct=ct / "other.mha")
    assert failed(verdict) == {"ct": "verify-ct-differs"}
    assert verdict.not_recomputed == 4


def test_a_path_without_a_ct_is_the_callers_mistake(package, tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "none"):
        with pytest.raises(Refusal) as no:
            verify(package, ct=path)
        assert no.value.exit_code in (3, 4)


def test_hu_and_depths_are_held_to_their_digits(planned, ct, tmp_path):
    for n, one in enumerate(stated(planned)):
        if one["unit"] != "HU" and not is_searched(one):
            continue

        def change(plan, n=n):
            moved = plan["measures"][n]
            moved["value"] += 0.01
            for finding in plan["findings"]:
                if (finding["item"], finding["other"]) == (moved["item"], moved["other"]):
                    finding["value"] += 0.01

        folder = laid_out(replanned(planned, change, KEY), tmp_path / f"p{n}")
        assert failed(verify(folder, ct=ct)) == {"numbers": "verify-number-differs"}
        assert verify(folder).passed  # this is what the CT is for


def test_a_surface_of_another_threshold_is_found_out(planned, ct, tmp_path):
    def change(plan):
        recipe = plan["segments"][0]["recipe"]
        plan["segments"][0]["recipe"] = recipe.replace("500", "400")

    folder = laid_out(replanned(planned, change, KEY), tmp_path / "p")
    assert verify(folder).passed
    assert "ct_surfaces" in failed(verify(folder, ct=ct))
