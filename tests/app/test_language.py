"""Languages: the same code in each, fallbacks, numbers as each language writes them."""

import pytest

from app import language


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use("en")


def test_a_sentence_is_said_in_the_language_in_use():
    english = language.sentence("disk-full", {"path": "a.stl"})
    language.use("fr")
    french = language.sentence("disk-full", {"path": "a.stl"})
    assert "disk is full" in english
    assert "disque est plein" in french
    assert "a.stl" in english
    assert "a.stl" in french


def test_an_unknown_code_is_shown_bare_and_an_unknown_language_is_english():
    language.use("xx")
    assert language.current() == "en"
    assert language.sentence("never-heard", {}) == "never-heard"
    assert language.remedy("never-heard", {}) == ""


def test_an_arabic_gap_falls_back_to_french_not_to_english():
    language.use("ar")
    assert language.sentence("cancelled", {}).startswith("Arrêté")


def test_a_french_number_has_a_comma_and_a_true_minus():
    words = language._Words("fr")
    assert words.vformat("{a:.1f} mm, {b}", (), {"a": -4.25, "b": -3}) == "−4,2 mm, −3"
    assert language._Words("en").vformat("{a:.1f}", (), {"a": 4.25}) == "4.2"


def test_a_version_number_in_text_keeps_its_points():
    assert language._Words("fr").vformat("{v}", (), {"v": "1.2.840"}) == "1.2.840"


@pytest.mark.hazard("HAZ-7")
def test_no_value_rewrites_the_line_it_stands_in():
    """A file's name may hold colours for a terminal and marks that turn text around."""
    name = "a\x1b[31m\u202egpj.exe\nok.stl"
    said = language.sentence("mesh-file-malformed", {"file": name})
    assert "ok.stl" in said
    assert not {"\x1b", "\u202e", "\n"} & set(said)
