"""The terminology: every term there and back, each code one that DICOM's own tables hold."""

import pytest
from pydicom.sr._concepts_dict import concepts

from planning.case.case import Segment, SegmentId
from planning.case.terminology import LEFT, RIGHT, Coded, coded, side_codes, terms
from planning.exchange.dicom_codes import anatomy_of
from segmentation.errors import Refusal
from segmentation.mask import BitMask


def named(name, code):
    return Segment(SegmentId("s"), name, BitMask.empty((1, 1, 1)), "#000000", code=code)


def test_every_term_comes_back_with_each_side_it_may_have():
    for term in terms().values():
        for side in ("", LEFT, RIGHT) if term.has_sides else ("",):
            chosen = Coded(term, side)
            assert coded(chosen.text) == chosen


def test_meanings_are_told_apart_and_numbers_are_of_snomed_ct():
    known = {value for values in concepts["SCT"].values() for value in values}
    assert len(terms()) >= 60
    assert len({term.meaning for term in terms().values()}) == len(terms())
    assert set(terms()) | set(side_codes().values()) <= known
    assert {"bone", "organ", "vessel", "airway", "tissue", "abnormal", "device"} <= {
        term.group for term in terms().values()
    }
    # A level's meaning is the dictionary's own: a vertebra is not to be called its neighbour.
    meanings = {
        code: words for found in concepts["SCT"].values() for code, (words, _) in found.items()
    }
    levels = [term for term in terms().values() if term.meaning.endswith(" vertebra")]
    assert len(levels) == 24
    assert all(meanings[term.code] == term.meaning for term in levels)


@pytest.mark.parametrize("text", ["", "71341001:", "71341001:272741003=1", "71341001 ", "SCT"])
def test_what_is_no_expression_of_a_term_is_refused(text):
    with pytest.raises(Refusal, match="segment-code-unknown"):
        coded(text)


def test_the_chosen_code_holds_over_the_name_and_takes_no_side_from_it():
    chosen = anatomy_of(named("left kidney", "71341001:272741003=24028007"))
    assert (chosen.kind.value, chosen.laterality.value) == ("71341001", "24028007")
    assert anatomy_of(named("left kidney", "71341001")).laterality is None
    assert anatomy_of(named("left kidney", "")).kind.value == "64033007"
    assert anatomy_of(named("x", "68183006")).category.value == "260787004"
