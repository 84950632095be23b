"""What is left of a person in a case that came in without one, or goes out as a draft (SEC-13)."""

from dataclasses import replace

import pytest

from planning.case.case import Identity, Side
from planning.case.codec import canonical, pack
from planning.case.deidentify import (
    LEFT_OUT,
    deidentified,
    mapped_head,
    mapped_uid,
    nameless,
    new_key,
    require_silent_code,
    wordless,
)
from planning.case.edits import SetSide
from planning.case.inputs import input_sha256
from planning.case.intake import case_from_loaded
from planning.case.reason import Reason
from planning.model.item import Input
from planning.model.landmark import Landmark
from planning.model.plan import Plan
from segmentation.errors import Refusal
from segmentation.finding import Finding, Severity
from segmentation.io.slice_header import is_uid
from tests.planning.case.making import segment, tiny_case
from tests.planning.case.test_intake import Series

KEY = "07" * 32
PERSON = Identity("C-17", "HX-4711", "HOSPITAL", "Núñez^Ana María", "1970-01-02", "F")


def keyed(case, key=KEY):
    return replace(case, identity=PERSON, source=replace(case.source, uid_key=key))


def test_a_uid_becomes_the_same_other_one_under_the_same_key_only():
    uid = "1.2.840.113619.2.55.3.604688119"
    mapped = mapped_uid(uid, KEY)
    assert is_uid(mapped)
    assert len(mapped) <= 64
    assert mapped == mapped_uid(uid, KEY)
    assert mapped not in (mapped_uid(uid, "08" * 32), mapped_uid(uid + "1", KEY))
    assert mapped_uid("", KEY) == ""
    assert len({new_key() for _ in range(20)}) == 20


def test_the_mapping_is_hmac_sha256_as_written_down():
    """The figure comes from `openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...` of `1.2.3`."""
    digest = bytearray.fromhex("73bbbcd06d5bbadf77cbf2db62efb77f")
    digest[6], digest[8] = digest[6] & 0x0F | 0x40, digest[8] & 0x3F | 0x80
    assert mapped_uid("1.2.3", KEY) == f"2.25.{int.from_bytes(digest, 'big')}"


def test_frame_study_series_and_images_stay_apart_and_fit_each_other():
    series = Series()
    case = case_from_loaded(series, Side.LEFT, "R-1", is_deidentified=True)
    key = case.source.uid_key
    assert case.volume.grid.frame_uid == mapped_uid(series.volume.grid.frame_uid, key)
    assert case.source.images.instance_uids == tuple(
        mapped_uid(uid, key) for uid in series.images.instance_uids
    )
    assert (case.volume.hu == series.volume.hu).all()
    again = case_from_loaded(series, Side.LEFT, "R-1", is_deidentified=True)
    assert again.source.series_uid != case.source.series_uid  # a key of its own for each case


@pytest.mark.parametrize(
    "code",
    ["HX-4711", "case hx-4711 b", "NUNEZ", "ana", "Maria 2", "1970-01-02", "02011970", "núñez_3"],
)
def test_a_code_that_speaks_of_the_patient_is_refused(code):
    with pytest.raises(Refusal) as refused:
        require_silent_code(code, PERSON)
    assert refused.value.code == "privacy-code"
    assert code not in str(refused.value.values)


@pytest.mark.parametrize("code", ["R-1", "4711b", "banana", "1970", "Anatomy 3", "Mariana"])
def test_another_code_is_none_of_the_patient_s(code):
    require_silent_code(code, PERSON)


def test_findings_keep_their_numbers_and_no_word():
    told = Finding("scan-old", Severity.WARN, {"date": "2020-02-29", "mm": 2.5, "n": 3}, 4, 2.5)
    assert wordless(told).values == {"date": LEFT_OUT, "mm": 2.5, "n": 3}
    named = Finding("identity-assumed", Severity.WARN, {"file": "DOE^JANE.nii", "kind": "x"})
    assert nameless(named).values == {"file": f"{LEFT_OUT}.nii", "kind": "x"}
    odd = Finding("identity-assumed", Severity.WARN, {"file": "a.Doe-Jane"})
    assert nameless(odd).values == {"file": LEFT_OUT}


def test_a_draft_goes_out_without_the_person_and_the_same_each_time():
    case = keyed(tiny_case(segments=[segment("bone", 1)]))
    out = deidentified(case, "R-1")
    assert out.identity == Identity("R-1")
    assert (out.source.study_date, out.source.description) == ("", "")
    assert out.id != case.id
    assert out.volume.grid.frame_uid != case.volume.grid.frame_uid
    assert all(one is other for one, other in zip(out.segments, case.segments, strict=True))
    assert canonical(pack(out.source)) == canonical(pack(deidentified(case, "R-1").source))
    assert deidentified(case, "R-1").id == out.id
    assert deidentified(out, "anything") is out
    assert mapped_head("ab", KEY) != mapped_head("ab", "08" * 32)


def test_a_case_from_before_gets_a_key_for_once():
    case = keyed(tiny_case(), key="")
    first, second = deidentified(case, "R-1"), deidentified(case, "R-1")
    assert first.source.series_uid != second.source.series_uid


def test_a_sealed_plan_goes_out_as_it_was_sealed_only():
    case = replace(keyed(tiny_case()), is_sealed=True)
    with pytest.raises(Refusal) as refused:
        deidentified(case, "R-1")
    assert refused.value.code == "privacy-sealed"


@pytest.mark.parametrize("place", ["segment", "recipe", "reason"])
def test_a_word_of_the_patient_in_the_plan_keeps_it_here(place):
    name = "Nunez scapula" if place == "segment" else "scapula"
    recipe = '{"tool": "import", "file": "ana.nrrd"}' if place == "recipe" else '{"lower_hu": 4711}'
    bone = replace(segment("bone", 1), name=name, recipe=recipe)
    why = "Ana wants it" if place == "reason" else "Wanted."
    reason = Reason("near-zone", "a", "b", "1.9 mm", "2.0 mm", why, "A. Haddad", "2026-01-02")
    case = replace(keyed(tiny_case(segments=[bone])), reasons=(reason,))
    with pytest.raises(Refusal) as refused:
        deidentified(case, "R-1")
    assert refused.value.code == "privacy-word"


def test_a_side_is_no_word_of_the_patient():
    case = SetSide(Side.RIGHT).apply(keyed(tiny_case(segments=[segment("bone", 1)])))
    assert deidentified(case, "R-1").side is Side.RIGHT


def test_the_hash_of_a_file_that_was_read_stays_here():
    """Who has the file could find it, and so the patient, by its hash."""
    read = '[{"set":{"format":"nrrd","sha256":"%s","shift_mm":0.5},"tool":"bring-in"}]' % (
        "ab" * 32
    )
    grown = '[{"set":{"lower_hu":226},"tool":"grow"}]'
    recipes = (read, grown, "")
    made = [replace(segment(f"s{n}", n), recipe=one) for n, one in enumerate(recipes, 1)]
    out = deidentified(keyed(tiny_case(segments=made)), "R-1")
    told = tuple(one.recipe for one in out.segments)
    assert told[0] == '[{"set":{"format":"nrrd","shift_mm":0.5},"tool":"bring-in"}]'
    assert told[1:] == recipes[1:]


def test_what_is_derived_from_such_a_segment_stays_fresh():
    read = '[{"set":{"sha256":"%s"},"tool":"bring-in"}]' % ("ab" * 32)
    bone = replace(segment("bone", 1), recipe=read)
    case = keyed(tiny_case(segments=[bone]))
    fresh, stale = Input(bone.id, input_sha256(case, bone.id)), Input(bone.id, "cd" * 32)
    points = [
        Landmark(f"l{n}", f"l{n}", (0.0, 0.0, 0.0), derived_from=(one,))
        for n, one in enumerate((fresh, stale))
    ]
    out = deidentified(replace(case, plan=Plan(tuple(points))), "R-1")
    now = [item.derived_from[0].sha256 for item in out.plan.items]
    assert now == [input_sha256(out, bone.id), stale.sha256]
    assert now[0] != fresh.sha256
