"""Contrast by the formula of WCAG 2, as a second road beside the look book's figures."""

import pytest

from app.theme import CONTRAST, DARK, LIGHT


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT, CONTRAST], ids=lambda theme: theme.name)
def test_words_and_borders_can_be_seen(theme):
    for tone in ("text", "soft", "faint", "accent", "ok", "warn", "block"):
        assert contrast(theme.tone(tone), theme.panel) >= 4.5, tone
    assert contrast(theme.faint, theme.raised) >= 4.5
    assert contrast(theme.text, theme.tint) >= 4.5
    assert contrast(theme.on_fill, theme.fill) >= 4.5
    assert contrast(theme.edge, theme.panel) >= 3.0
