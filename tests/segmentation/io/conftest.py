"""The number format of a French desktop, for the readers that must not care."""

import locale
from collections.abc import Iterator

import pytest


@pytest.fixture(params=["C", "fr_FR.UTF-8"])
def number_format(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a test under this LC_NUMERIC; skips where the locale isn't installed."""
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        locale.setlocale(locale.LC_NUMERIC, request.param)
    except locale.Error:
        pytest.skip(f"the locale {request.param} is not installed")
    yield request.param
    locale.setlocale(locale.LC_NUMERIC, before)
