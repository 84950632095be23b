"""Parameters as text: what is read, what is refused, and with which exit code."""

import pytest

from segmentation.effects import Grow, Islands, Margin, Threshold, from_recipe
from segmentation.effects.effect import parse, recipe
from segmentation.effects.setting import Kind, parameters
from segmentation.errors import Misuse, Refusal


def test_texts_become_values_of_their_own_kind():
    effect = parse(Grow, {"lower_hu": " 150 ", "seed_lps_mm": "1,2.5,-3; 4e1,5,6;"})
    assert effect == Grow(150, 32767, ((1.0, 2.5, -3.0), (40.0, 5.0, 6.0)))
    assert isinstance(effect.lower_hu, int)
    assert parse(Margin, {"margin_mm": "-2"}) == Margin(-2.0)
    assert parse(Islands, {"keep": "larger", "min_ml": ".5"}) == Islands("larger", 0.5)
    assert parse(Threshold, {}) == Threshold()


@pytest.mark.parametrize(
    ("effect_class", "name", "text", "code"),
    [
        (Threshold, "lower_hu", "226.5", "value-not-whole"),
        (Threshold, "lower_hu", "bone", "value-not-a-number"),
        (Threshold, "lower_hu", "", "value-not-a-number"),
        (Threshold, "lower_hu", "nan", "value-not-a-number"),
        (Threshold, "lower_hu", "1_0", "value-not-a-number"),
        (Threshold, "lower_hu", "99999", "value-out-of-range"),
        (Threshold, "lower_hu", "1e999", "value-not-a-number"),
        (Threshold, "upper_hu", "225", "range-empty"),
        (Margin, "margin_mm", "5,5", "value-not-a-number"),
        (Margin, "margin_mm", "20.1", "value-out-of-range"),
        (Islands, "keep", "biggest", "choice-unknown"),
        (Grow, "seed_lps_mm", "1,2", "points-unreadable"),
        (Grow, "seed_lps_mm", "1,2,3,4", "points-unreadable"),
        (Grow, "seed_lps_mm", "1,2,x", "points-unreadable"),
        (Grow, "seed_lps_mm", "1,2,inf", "points-unreadable"),
    ],
)
def test_a_text_that_is_no_value_is_refused(effect_class, name, text, code):
    with pytest.raises(Refusal) as caught:
        parse(effect_class, {name: text})
    assert caught.value.code == code
    assert caught.value.exit_code == 3


def test_an_unknown_parameter_is_misuse():
    with pytest.raises(Misuse, match="parameter-unknown") as caught:
        parse(Threshold, {"lower": "1"})
    assert caught.value.exit_code == 2
    with pytest.raises(Misuse, match="parameter-unknown"):
        from_recipe('{"set":{"lower":1},"tool":"threshold"}')


def test_a_recipe_is_canonical():
    assert recipe(Margin(2)) == '{"set":{"margin_mm":2.0},"tool":"margin"}'
    text = recipe(Grow(1, 2, [[1, 2, 3]]))
    assert text.startswith('{"set":{"leaks":"tell","limit_hu_per_mm":80.0,"lower_hu":1,')
    assert text.endswith('"spread_sd":2.5,"upper_hu":2},"tool":"grow"}')
    assert '"seed_lps_mm":[[1.0,2.0,3.0]]' in text


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tool":"margin"}', '{"tool":1,"set":3}'])
def test_other_text_is_no_recipe(text):
    with pytest.raises(Refusal, match="recipe-unreadable"):
        from_recipe(text)


@pytest.mark.parametrize("value", ["2.0", True, None, [1]])
def test_a_recipe_with_a_wrong_type_is_refused(value):
    import json

    text = json.dumps({"tool": "margin", "set": {"margin_mm": value}})
    with pytest.raises(Refusal, match="value-not-a-number"):
        from_recipe(text)


def test_parameters_tell_what_a_panel_draws():
    lower, upper, points = parameters(Grow)[:3]
    assert (lower.name, lower.kind, lower.unit, lower.default) == (
        "lower_hu",
        Kind.WHOLE,
        "HU",
        226,
    )
    assert upper.range.usual == (-1024, 3071)
    assert (points.kind, points.range, points.default) == (Kind.POINTS, None, ())
    keep = parameters(Islands)[0]
    assert (keep.kind, keep.choices) == (Kind.CHOICE, ("largest", "clicked", "unclicked", "larger"))
