"""Recipes: what is kept, what is forgotten, where the surface lies."""

import pytest

from segmentation.errors import Refusal
from segmentation.recipe import edge_hu, extended, steps

BONE = '{"tool":"threshold","set":{"lower_hu":226,"upper_hu":3071}}'
LUNG = '{"tool":"threshold","set":{"lower_hu":-1024,"upper_hu":-500}}'
ISLANDS = '{"tool":"islands","set":{"keep":"largest"}}'
MARGIN = '{"tool":"margin","set":{"margin_mm":2.0}}'


def test_steps_add_up_and_a_new_range_starts_afresh():
    recipe = extended(extended("", BONE), ISLANDS)
    assert [step["tool"] for step in steps(recipe)] == ["threshold", "islands"]
    assert [step["tool"] for step in steps(extended(recipe, LUNG))] == ["threshold"]


def test_the_surface_lies_half_a_unit_off_the_bound():
    assert edge_hu(extended(extended("", BONE), ISLANDS)) == 225.5
    assert edge_hu(extended("", LUNG)) == -499.5


def test_the_surface_lies_at_the_range_that_was_found():
    found = '{"found":{"lower_hu":301,"upper_hu":2000},"tool":"otsu","set":{"lower_hu":-200}}'
    assert edge_hu(extended(extended("", BONE), found)) == 300.5
    assert edge_hu(extended(found, ISLANDS)) == 300.5
    parts = '{"tool":"hysteresis","set":{"lower_hu":150,"upper_hu":3071,"core_hu":600}}'
    assert edge_hu(extended("", parts)) == 149.5


@pytest.mark.parametrize("tool", ["local-threshold", "metal"])
def test_where_the_bound_differs_from_place_to_place_the_mask_decides(tool):
    step = f'{{"tool":"{tool}","set":{{"lower_hu":120,"upper_hu":3071}}}}'
    assert [one["tool"] for one in steps(extended(BONE, step))] == [tool]
    assert edge_hu(extended("", step)) is None


@pytest.mark.parametrize("tool", ["split-joint", "split-islands", "cut", "fill-holes"])
def test_what_is_parted_keeps_the_bound_that_it_came_from(tool):
    """Where the cut runs, voxels on both sides are dense: there the surface lies half-way."""
    step = f'{{"tool":"{tool}","set":{{}},"part":"Humerus"}}'
    assert edge_hu(extended(BONE, step)) == 225.5
    assert edge_hu(extended(extended(BONE, step), MARGIN)) is None


def test_a_margin_or_an_unknown_origin_leaves_the_mask_to_decide():
    assert edge_hu(extended(extended("", BONE), MARGIN)) is None
    assert edge_hu("") is None
    assert edge_hu(ISLANDS) is None


@pytest.mark.parametrize("text", ["{", "3", '[{"set":{}}]'])
def test_a_broken_recipe_is_refused(text):
    with pytest.raises(Refusal, match="recipe-unreadable"):
        steps(text)
