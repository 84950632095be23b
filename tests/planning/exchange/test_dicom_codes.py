"""What a segment's name says that it is, in three languages, and names as the format holds them."""

import pytest
from pydicom.sr._concepts_dict import concepts

from planning.exchange.dicom_codes import _preset, anatomy, shortened
from planning.exchange.dicom_study import as_label, as_name


@pytest.mark.parametrize(
    ("name", "code", "side"),
    [
        ("Scapula", "79601000", None),
        ("Left scapula", "79601000", "7771000"),
        ("Omoplate droite", "79601000", "24028007"),
        ("HUMÉRUS", "85050009", None),
        ("tête humérale gauche", "85050009", "7771000"),
        ("لوح الكتف الأيسر", "79601000", "7771000"),
        ("Liver tumour", "108369006", None),
        ("Tumeur du rein", "108369006", None),
        ("screw in the femur", "68183006", None),
        ("Renal arteries", "2841007", None),
        ("Vertebra L4", "51282000", None),
        ("left and right kidney", "64033007", None),
        ("scapulars", "SEGMENT", None),
        ("Segment 1", "SEGMENT", None),
        ("", "SEGMENT", None),
    ],
)
def test_a_name_says_what_a_segment_is_and_its_side_only_if_it_names_one(name, code, side):
    found = anatomy(name)
    assert found.kind.value == code
    assert (found.laterality.value if found.laterality else None) == side
    assert found.category.value == {
        "SEGMENT": "85756007", "108369006": "49755003", "68183006": "260787004",
    }.get(code, "91723000")  # fmt: skip


def test_each_code_of_the_list_is_one_of_snomed_ct_and_no_word_stands_twice():
    known = {value for values in concepts["SCT"].values() for value in values}
    rows = _preset()["structures"]
    assert {row["code"] for row in rows} | set(_preset()["categories"]) <= known
    words = [tuple(one) for row in rows for one in {tuple(one) for one in row["tokens"]}]
    assert len(words) == len(set(words))


def test_names_are_cut_to_what_the_format_holds():
    assert as_name("A\\b=c^ " + "x" * 80) == ("A b c " + "x" * 57 + "^")
    assert len(as_label("é" * 80)) == 64
    assert as_label(" a\\b  c ") == "a/b c"
    words = "one two " * 12
    assert len(shortened(words)) <= 64
    assert shortened(words).endswith("one two one...")
    assert shortened("x" * 64) == "x" * 64
