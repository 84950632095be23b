"""The words of an export: the window's catalogues, the language's numbers, and no clock."""

import pytest

from app.language import current
from app.words import CatalogueWords
from planning.exchange.words import English

VALUES = {"item": "K-wire", "zone": "nerve", "distance_mm": -4.5}


@pytest.mark.parametrize(
    ("language", "number"), [("en", "−4.5 mm"), ("fr", "−4,5 mm"), ("ar", "−4")]
)
def test_a_sentence_is_written_in_its_language_whatever_is_in_use(language, number):
    before = current()
    assert number in CatalogueWords(language).sentence("zone-near", VALUES)
    assert current() == before


def test_languages_differ_and_none_is_empty():
    said = {one: CatalogueWords(one).sentence("zone-near", VALUES) for one in ("en", "fr")}
    assert said["en"] != said["fr"]
    assert CatalogueWords("fr").text("Robot")
    assert CatalogueWords("en").text("A sentence of no catalogue") == "A sentence of no catalogue"


def test_english_of_the_exchange_is_english_of_the_catalogues():
    values = {"margin_mm": "3.0", "uncertainty_mm": "0.2", "least_mm": "2.8"}
    for code, given in (("plan-empty", {}), ("zone-near", {**VALUES, **values})):
        ours, theirs = English(), CatalogueWords("en")
        assert ours.detail(code, given) == theirs.detail(code, given) != ""
    assert English().sentence("plan-empty", {}) == CatalogueWords("en").sentence("plan-empty", {})
    assert English().detail("no-such-code", {}) == CatalogueWords("fr").detail("no-such-code", {})


def test_a_moment_stays_the_text_that_it_is():
    moment = "2026-03-04T10:00:00+00:00"
    said = CatalogueWords("fr").sentence("verify-seal-ok", {"by": "A. Surgeon", "at": moment})
    assert moment in said


def test_numbers_get_the_decimal_sign_of_their_language_and_a_true_minus():
    assert English().number("-4.50") == "−4.50"
    assert CatalogueWords("fr").number("-4.50") == "−4,50"
    assert CatalogueWords("ar").number("4.50") == "4.50"
