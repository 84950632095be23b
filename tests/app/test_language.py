"""Languages: the same code in each, fallbacks, numbers as each language writes them."""

import re
import string

import polib
import pytest

from app import language
from resources import FOLDER

STEPS = ("case", "checks", "export", "loading", "privacy", "review_window", "seal", "versions")
STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
VOWELS = re.compile("[\u064b-\u0652]")
ARABIC = re.compile("[\u0621-\u064a]")


def coded(spoken, domain):
    """Every sentence with a code of one domain in one language, by context and code."""
    path = FOLDER / "locale" / spoken / f"{domain}.po"
    found = polib.pofile(str(path)) if path.is_file() else ()
    return {(one.msgctxt, one.msgid): one.msgstr for one in found if one.msgctxt}


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


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


@pytest.mark.parametrize("domain", STEPS)
def test_open_check_and_hand_over_speak_arabic_where_they_speak_english(domain):
    english, arabic = coded("en", domain), coded("ar", domain)
    assert set(arabic) == set(english) != set()


@pytest.mark.parametrize("domain", sorted(p.stem for p in (FOLDER / "locale" / "ar").glob("*.po")))
def test_each_arabic_sentence_fills_its_places_and_leaves_direction_to_its_filling(domain):
    """Vowel marks too are left out: a report's reader loses them."""
    english = coded("en", domain)
    for key, text in coded("ar", domain).items():
        assert places(text) == places(english.get(key, key[1])), key  # a term is its own English
        assert ARABIC.search(text), key
        assert not STEERING.search(text), key
        assert not VOWELS.search(text), key


@pytest.mark.parametrize(
    ("value", "shown"),
    [("ct (1).zip", "ct (1).zip"), ("سلك K-wire", "سلك K-wire"), (-4.5, "\N{MINUS SIGN}4.5"),
     (300, "300"), ("a\u2069\u202eb", "a\N{REPLACEMENT CHARACTER}b")],
)  # fmt: skip
def test_what_is_filled_into_an_arabic_sentence_is_isolated(value, shown):
    language.use("ar")
    said = language.sentence("zone-near", {"item": value, "zone": "Canal", "distance_mm": 2.5})
    assert f"\u2068{shown}\u2069" in said
    assert said.count("\u2068") == 3
    language.use("fr")
    french = language.sentence("zone-near", {"item": value, "zone": "Canal", "distance_mm": 2.5})
    assert "\u2068" not in french


@pytest.mark.hazard("HAZ-7")
def test_no_value_rewrites_the_line_it_stands_in():
    """A file's name may hold colours for a terminal and marks that turn text around."""
    name = "a\x1b[31m\u202egpj.exe\nok.stl"
    said = language.sentence("mesh-file-malformed", {"file": name})
    assert "ok.stl" in said
    assert not {"\x1b", "\u202e", "\n"} & set(said)
