"""Moments in words: the reader's own day and clock, in each language."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app import language
from app.moments import MONTHS, moment_words

PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 22, 0, 30, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use("en")


@pytest.mark.parametrize(
    ("iso", "english", "french"),
    [
        ("2026-11-21T23:05:00.123+00:00", "today at 00:05", "aujourd’hui à 00:05"),
        ("2026-11-21T22:59:59Z", "yesterday at 23:59", "hier à 23:59"),
        ("2026-11-20T08:07", "20 November 2026 at 09:07", "le 20 novembre 2026 à 09:07"),
        ("2027-01-01T00:00:00+00:00", "1 January 2027 at 01:00", "le 1 janvier 2027 à 01:00"),
    ],
)
def test_a_moment_is_said_by_the_readers_clock(iso, english, french):
    assert moment_words(iso, language.translate, NOW) == english
    language.use("fr")
    assert moment_words(iso, language.translate, NOW) == french


@pytest.mark.parametrize("text", ["", "?", "2026-11-22", "2026-13-40T99:99", "1.2.840", "T1"])
def test_what_is_no_moment_stays_as_it_is(text):
    assert moment_words(text, language.translate, NOW) == text


def test_a_locked_case_says_when_in_words():
    values = {"file": "a.tasrif", "name": "Ada", "host": "ward", "since": "2001-02-03T12:00:00Z"}
    local = datetime(2001, 2, 3, 12, tzinfo=UTC).astimezone()
    assert f"since 3 February 2001 at {local:%H:%M}" in language.sentence("case-locked", values)
    language.use("fr")
    assert f"depuis le 3 février 2001 à {local:%H:%M}" in language.sentence("case-locked", values)


@pytest.mark.parametrize("name", ["fr", "ar"])
def test_every_month_has_its_name(name):
    language.use(name)
    names = [language.translate(month) for month in MONTHS]
    assert len(set(names)) == 12
    assert not set(names) & set(MONTHS)
