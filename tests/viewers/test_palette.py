"""Colours and materials of the style sheet."""

import pytest

from viewers import palette


@pytest.mark.parametrize("colour", ["#6E7683", "#FFFFFF", "#000000", "#808080", "#A9AEB8"])
def test_grey_segments_stand_back_as_neighbours(colour):
    assert palette.material_of(colour) is palette.NEIGHBOUR


@pytest.mark.parametrize("colour", [*palette.SEGMENTS, "#E8DCC0", "#9CC7E8"])
def test_the_colours_of_use_shine_as_bone(colour):
    assert palette.material_of(colour) is palette.BONE
