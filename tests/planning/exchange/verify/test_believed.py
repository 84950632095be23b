"""Signed by the right key, and wrong where a receiver without the CT might just believe it."""

import re

import pytest

from planning.checks.limits import limits
from planning.exchange.verify import verify
from planning.exchange.verify.nrrd import read_mask
from planning.exchange.verify.verdict import Fault
from tests.planning.exchange.verify.packing import bagged, key_of, laid_out, rebodied, replanned
from tests.planning.exchange.verify.test_tampering import failed

KEY = key_of(1)
BONE_NRRD = "data/package/id-bone.nrrd"


def of_path(plan):
    return next(one for one in plan["measures"] if one["name"] == "path_hu_mean")


HU = {
    "left out": lambda plan: plan["measures"].remove(of_path(plan)),
    "value gone": lambda plan: of_path(plan).update(value=None),
    "reason beside a value": lambda plan: of_path(plan).update(reason="measure-no-bone"),
    "in millimetres": lambda plan: of_path(plan).update(unit="mm"),
    "another definition": lambda plan: of_path(plan).update(definition="As felt."),
    "another version": lambda plan: of_path(plan).update(version=99),
    "of nobody": lambda plan: plan["measures"].append({**of_path(plan), "item": "ghost"}),
    "of a landmark": lambda plan: plan["measures"].append({**of_path(plan), "item": "i1"}),
}


@pytest.mark.parametrize("change", HU.values(), ids=HU.keys())
def test_what_is_not_computed_again_is_held_to_its_words(payload, tmp_path, change):
    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert set(failed(verify(folder)).values()) <= {"verify-number-odd", "verify-number-missing"}
    assert not verify(folder).passed


DAYS = {
    "no day": lambda plan: plan.update(checked_on="2026-02-30"),
    "checked on another day": lambda plan: plan.update(checked_on="2020-01-02"),
    "no time": lambda plan: plan["seal"].update(at="2026-01-02T25:61:00Z"),
    "nobody": lambda plan: plan["seal"].update(by=" "),
    "in no role": lambda plan: plan["seal"].update(role="\t"),
}


@pytest.mark.parametrize("change", DAYS.values(), ids=DAYS.keys())
def test_a_seal_is_by_somebody_on_the_day_of_the_checks(payload, tmp_path, change):
    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert set(failed(verify(folder)).values()) == {"verify-seal-words-odd"}


@pytest.mark.hazard("HAZ-24")
def test_a_point_off_the_scan_is_found_out(payload, tmp_path):
    def change(plan):
        plan["items"][0]["point_lps_mm"] = [9999.0, 9999.0, 9999.0]

    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {"masks": "item-outside-volume"}


ROWS = {
    "half a metre allowed": {"error_mm": 499.0, "allowed_mm": 500.0},
    "more than float32 needs": {"error_mm": 0.02, "allowed_mm": 0.02},
    "never read back": {"error_mm": None, "allowed_mm": None},
    "no frame": {"frame": ""},
    "no unit": {"unit": ""},
}


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize("path", ["data/plan.json", BONE_NRRD, "data/print/bone.stl"])
def test_no_passport_allows_what_it_likes(payload, tmp_path, row, path):
    def change(passport):
        next(one for one in passport["files"] if one["path"] == path).update(row)

    folder = laid_out(rebodied(payload, KEY, change=change), tmp_path / "p")
    assert set(failed(verify(folder))) == {"files"}


HEADERS = {
    "steps beyond float64": (rb"space directions: \([^,]*,", b"space directions: (1e999,"),
    "words between steps": (rb"space directions: ", b"space directions: none "),
    "words behind the origin": (rb"(space origin: .*)", rb"\1 (or so)"),
    "inches": (rb"(space origin: .*)", rb'\1\nspace units: "in" "in" "in"'),
    "another segment's": (rb"tasrif_segment_id:=id-bone", b"tasrif_segment_id:=id-nerve"),
}


@pytest.mark.hazard("HAZ-17")
@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS.keys())
def test_a_mask_says_its_place_in_one_way(payload, tmp_path, change):
    body, n = re.subn(*change, payload[BONE_NRRD], count=1)
    assert n == 1
    assert body != payload[BONE_NRRD]
    folder = laid_out(rebodied({**payload, BONE_NRRD: body}, KEY), tmp_path / "p")
    assert set(failed(verify(folder))) == {"masks"}


@pytest.mark.hazard("HAZ-39")
def test_a_number_of_sixty_thousand_digits_costs_no_time(payload, tmp_path):
    # Digits that could be read in two ways took minutes, past any test's time.
    digits = b"space origin: (" + b"1" * 60_000
    body = re.sub(rb"space origin: \(", digits, payload[BONE_NRRD], count=1)
    folder = laid_out(rebodied({**payload, BONE_NRRD: body}, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {"masks": "verify-mask-unreadable"}


@pytest.mark.hazard("HAZ-39")
def test_many_masks_share_one_limit(payload, clinical):
    """Each within its limit, a dozen small files unpacked to dozens of gigabytes."""
    grid, body = clinical.volume.grid, payload[BONE_NRRD]
    voxels = read_mask(body, BONE_NRRD, grid).voxels.size
    assert read_mask(body, BONE_NRRD, grid, voxels).voxels.size == voxels
    with pytest.raises(Fault) as no:
        read_mask(body, BONE_NRRD, grid, voxels - 1)
    assert no.value.code == "verify-too-large"


@pytest.mark.parametrize("signer", ["", " ", ": :"])
def test_an_empty_fingerprint_is_nobodys(draft_files, tmp_path, signer):
    folder = laid_out(draft_files, tmp_path / "p")
    found = failed(verify(folder, signer=signer, allow_draft=True))
    assert found == {"signer": "verify-signer-differs"}


FOREIGN = (
    "data/robot/zone.stl", "data/package/other.nrrd", "data/package/id-nerve.txt",
    "data/pictures/run.exe", "data/print/setup.exe", "data/deep/er/plan.json", "data/other.json",
)  # fmt: skip


@pytest.mark.hazard("HAZ-25")
@pytest.mark.parametrize("path", FOREIGN)
def test_a_file_that_no_exporter_writes_is_refused_though_it_is_signed(payload, tmp_path, path):
    folder = laid_out(rebodied({**payload, path: b"anything"}, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {"files": "verify-file-foreign"}


@pytest.mark.hazard("HAZ-25")
def test_what_a_package_says_reaches_a_terminal_on_one_line(payload, tmp_path):
    def change(plan):
        plan["seal"]["by"] = "X\nok  \x1b[2JThe package passes"

    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    said = [str(value) for check in verify(folder).checks for value in check.values.values()]
    assert all(one.isprintable() for one in said)


BONE, NERVE, ROD = (f"data/print/{one}.stl" for one in ("bone", "nerve", "screw-path"))
PRINTS = {
    "left out": (lambda p: p.pop(NERVE), "verify-file-missing"),
    "rod left out": (lambda p: p.pop(ROD), "verify-file-missing"),
    "one too much": (lambda p: p.update({"data/print/x.stl": p[BONE]}), "verify-file-foreign"),
    "swapped": (lambda p: p.update({BONE: p[NERVE], NERVE: p[BONE]}), "verify-print-differs"),
    "garbage": (lambda p: p.update({BONE: b"anything"}), "verify-print-differs"),
}


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize(("change", "code"), PRINTS.values(), ids=PRINTS.keys())
def test_what_is_printed_is_what_was_measured(payload, tmp_path, change, code):
    files = dict(payload)
    change(files)
    folder = laid_out(rebodied(files, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {"prints": code}


def test_without_anything_to_print_a_package_passes(payload, tmp_path):
    files = {path: body for path, body in payload.items() if "/print/" not in path}
    assert failed(verify(laid_out(rebodied(files, KEY), tmp_path / "p"))) == {}


def finding_of(plan, code):
    return next(one for one in plan["findings"] if one["code"] == code)


def made_up(plan):
    plan["findings"].append({**finding_of(plan, "zone-entered"), "item": "ghost"})


FINDINGS = {
    "none stated": (lambda plan: plan["findings"].clear(), "missing"),
    "the zone's left out": (
        lambda plan: plan["findings"].remove(finding_of(plan, "zone-entered")),
        "missing",
    ),
    "another value": (lambda plan: finding_of(plan, "zone-entered").update(value=0.5), "odd"),
    "0.01 mm off": (
        lambda plan: finding_of(plan, "zone-entered").update(
            value=finding_of(plan, "zone-entered")["value"] + 0.01
        ),
        "odd",
    ),
    "another limit": (lambda plan: finding_of(plan, "zone-entered").update(limit=-9.0), "odd"),
    "smaller error": (lambda p: finding_of(p, "zone-entered").update(uncertainty_mm=0.0), "odd"),
    "only a warning": (
        lambda plan: finding_of(plan, "zone-entered").update(severity="warn"),
        "odd",
    ),
    "about nobody": (made_up, "odd"),
    "twice": (lambda p: p["findings"].append(finding_of(p, "zone-entered")), "odd"),
}


@pytest.mark.hazard("HAZ-25")
@pytest.mark.parametrize(("change", "word"), FINDINGS.values(), ids=FINDINGS.keys())
def test_findings_follow_from_the_plan(payload, tmp_path, change, word):
    """A sealed plan through a no-go zone passed when it just didn't say so."""
    folder = laid_out(replanned(payload, change, KEY), tmp_path / "p")
    assert failed(verify(folder)) == {"findings_follow": f"verify-finding-{word}"}


def zone_of(plan):
    return next(one for one in plan["items"] if one["kind"] == "no_go_zone")


def warned(plan):
    zone_of(plan)["severity"] = "warn"


def warned_throughout(plan):
    """The zone warns and its findings say the same."""
    warned(plan)
    limit = limits()["zone_clearance_warn"]
    for one in plan["findings"]:
        if one["code"] in ("zone-near", "zone-entered"):
            one.update(
                code=one["code"].replace("zone", "zone-warn"), severity="warn", reason=None,
                limit_name=limit.name, citation=limit.citation, status=str(limit.status),
            )  # fmt: skip


@pytest.mark.hazard("HAZ-25")
def test_a_zone_s_severity_and_its_findings_are_judged_together(payload, tmp_path):
    for name, change, found in (
        ("alone", warned, {"findings_follow": "verify-finding-missing"}),
        ("both", warned_throughout, {}),
        ("none", lambda plan: zone_of(plan).pop("severity"), {}),  # as older releases wrote it
        ("odd", lambda plan: zone_of(plan).update(severity="block"), {"plan": "verify-schema"}),
    ):
        folder = laid_out(replanned(payload, change, KEY), tmp_path / name)
        assert found.items() <= failed(verify(folder)).items(), name
        assert bool(failed(verify(folder))) is bool(found), name


def test_the_scene_itself_still_passes(payload, tmp_path):
    folder = laid_out(bagged(payload, KEY, "sealed", "clinical"), tmp_path / "p")
    assert failed(verify(folder)) == {}
