"""A case handed over: sealed or draft, whole or not at all, and nothing that it must not hold."""

import gzip
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import ClassVar

import numpy as np
import polib
import pytest

from planning.case.case import Kind
from planning.case.edits import ReorderSegments, SealPlan, done
from planning.case.inputs import input_sha256
from planning.exchange import EXPORTERS, exporter_named
from planning.exchange.export import gives_draft
from planning.exchange.keys import make_key
from planning.exchange.plan_file import plan_error_mm
from planning.exchange.seal import sealed
from planning.measures.surfaces import Surfaces
from planning.model.item import Input, Item, ItemId
from planning.model.plan import KINDS, Plan
from segmentation.errors import Cancelled, Misuse, Refusal, Unavailable
from segmentation.volume import Volume
from tests.planning.exchange.making import (
    CANARIES,
    bytes_of,
    exported,
    items,
    key,
    passport,
    plan,
    png,
    sealed_case,
    stamp,
    whole_case,
)

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")


def refused(case, out, code, **more):
    with pytest.raises(Refusal) as no:
        exported(case, out, **more)
    assert no.value.code == code
    assert not out.exists()
    assert list(out.parent.iterdir()) == []
    return no.value


@pytest.mark.hazard("HAZ-24")
def test_a_sealed_package_holds_the_very_text_that_was_signed(sealed_package):
    seal = sealed_case().seals[-1]
    assert (sealed_package / "data/plan.json").read_bytes() == seal.plan.encode()
    assert passport(sealed_package)["seal"] == {
        "signature": seal.signature, "public_key": seal.public_key, "fingerprint": seal.fingerprint,
    }  # fmt: skip
    assert (sealed_package / "signer.pem").read_text() == seal.public_key
    assert plan(sealed_package)["plan"]["state"] == passport(sealed_package)["state"] == "sealed"


@pytest.mark.hazard("HAZ-25")
@pytest.mark.parametrize(
    ("is_sealed", "has_key"), [(False, False), (False, True), (True, False), (True, True)]
)
def test_only_a_sealed_case_with_its_key_is_not_a_draft(tmp_path, is_sealed, has_key):
    case = sealed_case() if is_sealed else whole_case()
    done = exported(case, tmp_path / "out", with_key=key() if has_key else None)
    is_draft = not (is_sealed and has_key)
    assert done.is_draft == gives_draft(case, has_key=has_key) == is_draft
    assert done.fingerprint == (None if is_draft else key().fingerprint)
    assert ((tmp_path / "out/signer.pem").exists()) != is_draft
    assert plan(tmp_path / "out")["plan"]["state"] == ("draft" if is_draft else "sealed")
    assert (plan(tmp_path / "out")["seal"] is None) == is_draft
    printed = [path.name for path in (tmp_path / "out/data/print").iterdir()]
    assert all(name.startswith("DRAFT-") == is_draft for name in printed)


def test_another_key_than_the_sealers_is_refused(tmp_path):
    no = refused(sealed_case(), tmp_path / "out", "export-key-not-sealers", with_key=make_key())
    assert no.values["by"] == "A. Surgeon"


def changed_volume(case):
    hu = case.volume.hu.copy()
    hu[3, 4, 5] += 1
    return replace(case, volume=Volume(hu, case.volume.grid))


def changed_mask(case):
    voxels = case.segments[1].mask.to_bool()
    voxels[2, 4, 60] ^= True
    other = replace(case.segments[1], mask=type(case.segments[1].mask).from_bool(voxels))
    return replace(case, segments=(case.segments[0], other, case.segments[2]))


def moved_item(case, mm):
    x, y, z = case.plan.items[0].point_lps_mm
    tip = replace(case.plan.items[0], point_lps_mm=(x + mm, y, z))
    return replace(case, plan=Plan((tip, *case.plan.items[1:])))


@pytest.mark.hazard("HAZ-20")
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (changed_volume, "volume"),
        (changed_mask, "segments"),
        (lambda case: moved_item(case, 0.0011), "items"),
        (lambda case: replace(case, plan=Plan(case.plan.items[:-1])), "items"),
        (lambda case: replace(case, segments=case.segments[:-1]), "segments"),
        (lambda case: replace(case, kind=Kind.SIMULATION), "kind"),
        (lambda case: replace(case, side="R"), "side"),
        (lambda case: replace(case, identity=replace(case.identity, code="X")), "code"),
    ],
)
def test_a_case_that_is_not_what_its_seal_names_is_refused(tmp_path, change, what):
    case = change(sealed_case())
    assert case.is_sealed  # no edit can bring this about: a damaged or forged file could
    no = refused(case, tmp_path / "out", "export-case-differs", with_key=key())
    assert no.values == {"what": what}


def test_a_seal_that_does_not_hold_is_refused(tmp_path):
    seal = sealed_case().seals[-1]
    text = seal.plan.replace("2.5", "3.5", 1)
    case = replace(sealed_case(), seals=(replace(seal, plan=text),))
    refused(case, tmp_path / "out", "export-seal-broken", with_key=key())


@pytest.mark.hazard("HAZ-20")
def test_what_was_derived_goes_out_only_while_its_input_is_the_same(tmp_path):
    case = whole_case()
    source = Input("id-canal", input_sha256(case, "id-canal"))
    derived = replace(case.plan.items[0], derived_from=(source,))
    case = replace(case, plan=Plan((derived,)))
    exported(case, tmp_path / "fresh")
    records = plan(tmp_path / "fresh")["items"]
    assert records[0]["derived_from"] == [{"id": "id-canal", "sha256": source.sha256}]
    (tmp_path / "stale").mkdir()
    assert refused(changed_mask(case), tmp_path / "stale" / "out", "export-stale")
    gone = replace(case, segments=case.segments[:1])
    assert refused(gone, tmp_path / "stale" / "out", "export-stale")


@dataclass(frozen=True, slots=True)
class Implant(Item):
    """A kind of item that no exporter has heard of."""

    kind: ClassVar[str] = "implant"
    title: ClassVar[str] = "Implant"


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize("name", [exporter.name for exporter in EXPORTERS])
def test_a_kind_of_item_that_an_exporter_does_not_know_refuses_the_export(tmp_path, name):
    case = replace(whole_case(), plan=Plan((*items(), Implant(ItemId("x"), "stem"))))
    no = refused(case, tmp_path / "out", "export-cannot-express", names=[name])
    assert no.values == {"exporter": name, "item": "stem", "kind": "implant"}


@pytest.mark.hazard("HAZ-27")
def test_each_exporter_says_for_each_kind_how_or_why_not():
    for exporter in EXPORTERS:
        assert set(exporter.expresses) == {kind.kind for kind in KINDS}, exporter.name
        nothing = {kind for kind, how in exporter.expresses.items() if not how}
        assert nothing == set(exporter.left_out)
        assert all(exporter.left_out.values())
    assert not exporter_named("package").left_out


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_each_exporter_has_its_words_in_each_language(language):
    catalogues = (ROOT / "resources/locale" / language).glob("*.po")
    entries = (entry for path in catalogues for entry in polib.pofile(str(path)))
    known = {entry.msgid for entry in entries if entry.msgstr and not entry.msgctxt}
    said = {words for one in EXPORTERS for words in (one.title, one.purpose)}
    assert said | {why for one in EXPORTERS for why in one.left_out.values()} <= known


@pytest.mark.hazard("HAZ-27")
def test_what_is_in_the_package_is_counted(draft):
    case, found = whole_case(), passport(draft)
    assert found["counts"] == {**Counter(i.kind for i in case.plan.items), "segments": 3}
    assert Counter(record["kind"] for record in plan(draft)["items"]) == Counter(
        item.kind for item in case.plan.items
    )
    assert len(list((draft / "data/package").glob("*.nrrd"))) == 3
    assert set(found["not_expressed"]["print"]) == {
        "landmark", "distance", "angle", "cut_plane", "no_go_zone",
    }  # fmt: skip
    assert found["not_expressed"]["package"] == {}


@pytest.mark.hazard("HAZ-27")
@pytest.mark.parametrize(("mm", "is_seen"), [(0.0009, False), (0.0011, True), (-17.0, True)])
def test_a_landmark_that_moved_is_seen_from_a_thousandth_of_a_millimetre(draft, mm, is_seen):
    case, document = whole_case(), plan(draft)
    document["items"][0]["point_lps_mm"][1] += mm
    if is_seen:
        with pytest.raises(Refusal):
            plan_error_mm(document, case)
    else:
        assert plan_error_mm(document, case) == pytest.approx(abs(mm), abs=1e-9)


def spoilt(document):
    """Yield a plan document with one fault after the other."""
    changes = [
        lambda d: d["items"].pop(),
        lambda d: d["items"].reverse(),
        lambda d: d["items"][3].update(diameter_mm=2.5000001),
        lambda d: d["items"][3].update(segment_id="id-canal"),
        lambda d: d["items"][3].pop("segment_id"),
        lambda d: d["items"][4].update(normal_lps=[-n for n in d["items"][4]["normal_lps"]]),
        lambda d: d["items"][0].update(name="other"),
        lambda d: d["items"][0].pop("point_lps_mm"),
        lambda d: d["frame"].update(uid="1.2.4"),
        lambda d: d["volume"]["origin_lps_mm"].reverse(),
        lambda d: d["volume"]["direction"].reverse(),
        lambda d: d["volume"]["shape_kji"].reverse(),
        lambda d: d["segments"].pop(),
    ]
    for change in changes:
        fresh = document()
        change(fresh)
        yield fresh


def test_every_other_number_and_word_of_an_item_is_compared(draft):
    assert plan_error_mm(plan(draft), whole_case()) == 0.0
    for document in spoilt(lambda: plan(draft)):
        with pytest.raises((Refusal, KeyError)):
            plan_error_mm(document, whole_case())


def test_points_come_through_the_package_to_a_thousandth_of_a_millimetre(sealed_package):
    """An oblique grid 1.8 m from the origin; here the figures are even the very same."""
    records = {record["id"]: record for record in plan(sealed_package)["items"]}
    for item in whole_case().plan.items:
        for point, place in zip(item.points, item.places_lps_mm, strict=True):
            assert records[item.id][point] == list(place)


@pytest.mark.hazard("HAZ-6")
def test_no_word_about_the_patient_is_anywhere(draft, sealed_package, practice):
    for folder in (draft, sealed_package, practice):
        files = bytes_of(folder)
        assert len(files) > 10
        for name, body in files.items():
            texts = [name.encode(), body]
            if name.endswith(".nrrd"):
                texts.append(gzip.decompress(body.partition(b"\n\n")[2]))
            for canary in CANARIES:
                for code in ("utf-8", "utf-16-le", "latin-1"):
                    assert not any(canary.encode(code) in text for text in texts), name
        assert b"CASE-7" in files["data/plan.json"]  # the search can find


def test_no_path_of_this_machine_is_anywhere(sealed_package):
    here = [str(sealed_package), str(sealed_package.parents[1]), str(ROOT), str(Path.home())]
    here = [place.encode() for place in here if len(place) > 5]
    for body in bytes_of(sealed_package).values():
        assert not any(place in body for place in here)


def test_the_same_case_day_and_key_give_the_same_bytes(sealed_package, draft, tmp_path):
    pictures = {"axial": png(), "3d": png()}
    exported(sealed_case(), tmp_path / "s", with_key=key(), pictures=pictures)
    exported(whole_case(), tmp_path / "d", pictures=pictures)
    assert bytes_of(tmp_path / "s") == bytes_of(sealed_package)
    assert bytes_of(tmp_path / "d") == bytes_of(draft)


def test_another_day_changes_the_bags_date_and_what_follows_from_it(sealed_package, tmp_path):
    pictures = {"axial": png(), "3d": png()}
    later = tmp_path / "later"
    exported(sealed_case(), later, with_key=key(), pictures=pictures, today=date(2027, 1, 1))
    before, after = bytes_of(sealed_package), bytes_of(later)
    assert {name for name in before if before[name] != after[name]} == {
        "bag-info.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig",
    }  # fmt: skip


def test_exporters_alone_lie_in_their_own_folder(tmp_path):
    done = exported(whole_case(), tmp_path / "out", names=["print"])
    assert sorted(bytes_of(tmp_path / "out")) == [row.path for row in done.files]
    assert all(row.path.startswith("print/DRAFT-") for row in done.files)


def test_a_case_without_anything_gives_a_package_without_empty_folders(tmp_path):
    case = replace(whole_case(), segments=(), plan=Plan())
    exported(case, tmp_path / "out")
    assert all(any(path.iterdir()) for path in (tmp_path / "out").rglob("*") if path.is_dir())
    paths = [row["path"] for row in passport(tmp_path / "out")["files"]]
    assert paths == ["data/package/versions.json", "data/plan.json"]


@pytest.mark.parametrize(("names", "code"), [([], "exporter-none"), (["x"], "exporter-unknown")])
def test_unknown_or_no_names_are_a_misuse(tmp_path, names, code):
    with pytest.raises(Misuse) as no:
        exported(whole_case(), tmp_path / "out", names=names)
    assert no.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_force_puts_the_new_package_in_the_place_of_the_old_one(tmp_path):
    out = tmp_path / "out"
    exported(whole_case(), out)
    (out / "left.txt").write_text("x")
    with pytest.raises(Refusal, match="out-exists"):
        exported(sealed_case(), out, with_key=key())
    assert plan(out)["plan"]["state"] == "draft"
    exported(sealed_case(), out, with_key=key(), force=True)
    assert plan(out)["plan"]["state"] == "sealed"
    assert not (out / "left.txt").exists()
    assert list(tmp_path.iterdir()) == [out]


def test_force_replaces_nothing_that_is_no_export(tmp_path):
    out = tmp_path / "photographs"
    (out / "print").mkdir(parents=True)
    (out / "summer.jpg").write_bytes(b"dear")
    with pytest.raises(Refusal, match="out-not-ours"):
        exported(whole_case(), out, force=True)
    assert (out / "summer.jpg").read_bytes() == b"dear"
    (out / "summer.jpg").unlink()
    exported(whole_case(), out, names=("print",), force=True)
    assert [path.name for path in out.iterdir()] == ["print"]


def steps_of(case, out, share=2.0, do=None):
    """Export, noting the shares done; at the first one from `share` on stop or do something."""
    seen = []

    def progress(done, total):
        assert 0 <= done <= total
        seen.append(done / total)
        # Not the n-th call: how often long work reports follows the speed of the machine.
        if done / total >= share and not any(before >= share for before in seen[:-1]):
            if do is None:
                raise Cancelled
            do()

    from planning.exchange.export import export
    from tests.planning.exchange.making import options

    export(case, ["package", "print"], out, None, options(), progress)
    return seen


def test_progress_runs_forward_and_a_stop_anywhere_leaves_nothing(tmp_path):
    seen = steps_of(whole_case(), tmp_path / "whole")
    assert seen[-1] == 1.0
    for n, share in enumerate(np.linspace(0.0, 1.0, 12).tolist()):
        folder = tmp_path / f"at{n}"
        folder.mkdir()
        with pytest.raises(Cancelled):
            steps_of(whole_case(), folder / "out", share)
        assert list(folder.iterdir()) == []


def test_a_folder_that_vanishes_meanwhile_is_said(tmp_path):
    import shutil

    place = tmp_path / "stick"
    with pytest.raises(Unavailable) as no:
        steps_of(whole_case(), place / "out", 0.5, lambda: shutil.rmtree(place))
    assert (no.value.code, no.value.exit_code) == ("path-vanished", 4)
    assert not place.exists()


FULL = """
import resource, sys
from pathlib import Path
from segmentation.errors import Unavailable
from tests.planning.exchange.making import exported, whole_case
case = whole_case()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for limit in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        exported(case, Path(sys.argv[1]), force=True)
        print("whole")
    except Unavailable as no:
        print(no.code, no.values["path"], no.exit_code)
"""


@posix
@pytest.mark.hazard("HAZ-27")
def test_a_full_disk_leaves_the_package_that_was_there(tmp_path):
    out = tmp_path / "out"
    exported(sealed_case(), out, with_key=key())
    before = bytes_of(out)
    limits = ["300", "700", "5000", "20000", "70000", "90000"]
    answer = subprocess.run(
        [sys.executable, "-c", FULL, str(out), *limits],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == ["disk-full out 4"] * len(limits)
    assert bytes_of(out) == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_sealed_case_after_another_version_names_the_one_before(tmp_path):
    """The second seal's package carries `supersedes`; the first package stays what it was."""
    from planning.case.edits import RemoveItem
    from planning.case.history import History

    history = History(sealed_case())
    history.do(RemoveItem(ItemId("a1")))
    edit = sealed(history.case, key(), stamp(history.case), Surfaces())
    assert isinstance(edit, SealPlan)
    history.do(edit)
    exported(history.case, tmp_path / "two", with_key=key())
    exported(sealed_case(), tmp_path / "one", with_key=key())
    one = passport(tmp_path / "one")["plan_sha256"]
    assert plan(tmp_path / "two")["plan"] | {"id": ""} == {
        "id": "", "version": 2, "supersedes": one, "state": "sealed", "kind": "clinical",
    }  # fmt: skip


@pytest.mark.hazard("HAZ-25")
def test_the_order_of_the_list_changes_nothing_of_what_was_sealed(tmp_path):
    """Another order keeps the seal; what is handed over is what was sealed, name by name."""
    case = sealed_case()
    turned = done(ReorderSegments(tuple(one.id for one in reversed(case.segments))), case)
    assert turned.is_sealed
    for name, one in (("as sealed", case), ("turned", turned)):
        exported(one, tmp_path / name, with_key=key())
    assert bytes_of(tmp_path / "turned") == bytes_of(tmp_path / "as sealed")
