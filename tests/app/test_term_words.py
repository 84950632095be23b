"""Terms in the user's language: each has its own word, none that of a tool's setting."""

import pytest

from app.language import current, use
from app.term_words import meaning, term_words
from planning.case.terminology import terms


@pytest.fixture(autouse=True)
def language_as_before():
    before = current()
    yield
    use(before)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_term_has_a_word_of_its_own(language):
    use(language)
    words = [meaning(term) for term in terms().values()]
    assert len(set(words)) == len(words)
    if language == "ar":
        assert all(any("\u0600" <= sign <= "\u06ff" for sign in word) for word in words)


def test_a_radius_is_a_bone_and_a_side_is_said():
    use("fr")
    assert term_words("131190003:272741003=7771000") == "Radius, gauche"
    assert term_words("71341001") == "Fémur"
    use("en")
    assert term_words("") == ""
    assert term_words("71341001:272741003=24028007") == "Femur, right"
