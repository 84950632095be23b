from datetime import date

import numpy as np
import pytest

from app import figures, language


@pytest.fixture(autouse=True)
def english_again():
    language.use("en")
    yield
    language.use("en")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5,5", 5.5), ("5.5", 5.5), (" 226 ", 226.0), ("-3,25", -3.25), ("−3.25", -3.25),
        ("+7", 7.0), (".5", 0.5), ("5.", 5.0),
    ],
)  # fmt: skip
def test_a_number_is_read_with_either_decimal_sign(text, value):
    assert figures.read_number(text) == value


@pytest.mark.parametrize(
    "text", ["1.234,5", "1,234.5", "1,2,3", "", "-", ".", "abc", "1e5", "nan", "inf", "--3", "5 5"]
)
def test_what_could_mean_two_things_is_no_number(text):
    assert figures.read_number(text) is None


def test_a_place_never_has_a_bare_sign():
    assert figures.place(np.array([125.8, 177.2, -443.8])) == "L 125.8  P 177.2  I 443.8 mm"
    assert figures.place(np.array([-125.84, -0.04, 3.0])) == "R 125.8  A 0.0  S 3.0 mm"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("Example^Anna", "Example, Anna"), ("Example^Anna^M^Dr", "Example, Anna M Dr"),
        ("Example", "Example"), ("^Anna", "Anna"), ("", ""), ("^^", ""),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"), ("=山田^太郎", "山田, 太郎"),
    ],
)  # fmt: skip
def test_a_person_s_name_reads_as_people_write_it(stored, said):
    assert figures.person(stored) == said


def test_zero_has_no_minus_and_a_minus_is_a_true_one():
    assert figures.decimal(-0.04) == "0.0"
    assert figures.decimal(-1.25, 1) in ("−1.2", "−1.3")


def test_views_and_panels_write_the_same_number():
    for code, said in (("fr", "L 12,5 mm"), ("en", "L 12.5 mm"), ("ar", "L 12.5 mm")):
        language.use(code)
        assert figures.number("L 12.5 mm") == said
        assert figures.number("12.5") == figures.decimal(12.5)


def test_a_french_number_has_its_comma():
    language.use("fr")
    assert figures.ml(51.34) == "51,3 ml"
    assert figures.read_number(figures.decimal(51.34)) == 51.3


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        ("2026-11-21", "1 day old"), ("2026-10-01", "52 days old"), ("2026-05-20", "6 months old"),
        ("2000-01-01", "26 years old"), ("", ""), ("2027-01-01", ""), ("soon", ""),
    ],
)  # fmt: skip
def test_the_age_of_a_scan_is_said_in_its_largest_unit(scan, words):
    assert figures.age(scan, date(2026, 11, 22)) == words


def test_a_check_s_number_has_the_decimal_sign_of_the_language():
    language.use("fr")
    assert [figures.found(one) for one in ("3.1 mm", "8", "2.16.840", "2000-01-01")] == [
        "3,1 mm", "8", "2.16.840", "2000-01-01"
    ]  # fmt: skip
    language.use("en")
    assert figures.found("3.1 mm") == "3.1 mm"
