"""Two bones that touch, on phantoms whose border is known; and a mirror's three results."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.mirror import Mirror
from segmentation.effects.split_joint import SplitJoint
from segmentation.errors import Refusal
from segmentation.joint import cut_area_mm2
from segmentation.mask import BitMask
from tests.segmentation.random_masks import mask_is_sound, masks, noise, volume_of

SPACING = (1.2, 0.8, 0.7)
ONE_MM, TWO_MM, RADII_MM = (30.0, 30.0, 30.0), (66.0, 30.0, 30.0), (22.0, 17.0)


def balls(noise_hu=40.0):
    """Two balls of 500 HU that overlap by 3 mm, what is nearer to which, and seeds off centre."""
    shape = (50, 75, 125)
    k, j, i = (np.indices(shape).T * np.array(SPACING)).T
    squares = [
        (i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2 - r**2
        for (x, y, z), r in zip((ONE_MM, TWO_MM), RADII_MM, strict=True)
    ]
    mask = (squares[0] <= 0) | (squares[1] <= 0)
    hu = np.where(mask, 500, 0) + np.random.default_rng(1).normal(0, noise_hu, shape)
    volume = volume_of(hu.round(), SPACING)
    return volume, mask, mask & (squares[0] <= squares[1]), np.array(volume.grid.origin_lps_mm)


def split(volume, mask, own, other, others=None, **more):
    view = SegmentView(volume, BitMask.from_bool(mask), name="Scapula", others=others or {})
    made = outcome(SplitJoint((own,), (other,), **more), view)
    assert mask_is_sound(made.mask)
    assert all(mask_is_sound(part.mask) for part in made.parts)
    return made


@pytest.mark.parametrize("off_mm", [0.0, 12.0])
def test_touching_balls_part_at_their_neck(off_mm):
    """At most 1 % of the voxels on the wrong side; the area is that of the neck's circle."""
    volume, mask, truth, origin = balls()
    own = tuple(origin + np.add(ONE_MM, (-off_mm, off_mm / 2, 0.0)))
    other = tuple(origin + np.add(TWO_MM, (off_mm / 2, 0.0, off_mm / 2)))
    made = split(volume, mask, own, other)
    got = made.mask.to_bool()
    (part,) = made.parts
    assert part.name == "Scapula 2"
    assert np.array_equal(got ^ part.mask.to_bool(), mask)
    assert not (made.mask & part.mask).words.size
    assert (got != truth).sum() < 0.01 * mask.sum()
    apart = TWO_MM[0] - ONE_MM[0]
    along = (apart**2 + RADII_MM[0] ** 2 - RADII_MM[1] ** 2) / (2 * apart)
    circle_mm2 = np.pi * (RADII_MM[0] ** 2 - along**2)
    assert made.cut_mm2 == pytest.approx(circle_mm2, rel=0.3)


def test_the_bones_change_places_with_their_points():
    volume, mask, _truth, origin = balls()
    own, other = (tuple(origin + np.array(at)) for at in (ONE_MM, TWO_MM))
    one, two = split(volume, mask, own, other), split(volume, mask, other, own)
    assert (one.mask.to_bool() ^ two.parts[0].mask.to_bool()).mean() < 0.001


def test_the_other_bone_is_added_to_the_segment_of_its_name():
    volume, mask, _truth, origin = balls()
    own, other = (tuple(origin + np.array(at)) for at in (ONE_MM, TWO_MM))
    there = np.zeros(mask.shape, bool)
    there[:3, :3, :3] = True
    others = {"Humerus": BitMask.from_bool(there)}
    made = split(volume, mask, own, other, others, other_name="Humerus")
    fresh = split(volume, mask, own, other, others)
    assert made.parts[0].name == "Humerus"
    assert np.array_equal(made.parts[0].mask.to_bool(), fresh.parts[0].mask.to_bool() | there)
    with pytest.raises(Refusal, match="part-is-own"):
        split(volume, mask, own, other, others, other_name="Scapula")


@settings(max_examples=40)
@given(voxels=masks((7, 9, 70)), seed=st.integers(0, 99), sigma=st.sampled_from((0.0, 1.0)))
def test_both_bones_are_the_segment_without_gap_or_overlap(voxels, seed, sigma):
    places = np.argwhere(voxels)
    if len(places) < 2:
        return
    volume = volume_of(noise(voxels.shape, seed), SPACING)
    own, other = np.random.default_rng(seed).permutation(places)[:2, ::-1]
    seeds = [tuple(p) for p in volume.grid.lps_mm(np.array([own, other])).tolist()]
    made = split(volume, voxels, *seeds, smooth_mm=sigma)
    got, part = made.mask.to_bool(), made.parts[0].mask.to_bool()
    assert np.array_equal(got ^ part, voxels)
    if sigma == 0.0:
        assert got[tuple(own[::-1])]
        assert part[tuple(other[::-1])]


def test_a_click_into_marrow_finds_its_bone_and_one_far_away_is_refused():
    volume, mask, _truth, origin = balls()
    hollow = mask.copy()
    hollow[20:30, 34:42, 40:48] = False  # around the first centre
    own, other = (tuple(origin + np.array(at)) for at in (ONE_MM, TWO_MM))
    made = split(volume, hollow, own, other)
    assert np.array_equal(made.mask.to_bool() ^ made.parts[0].mask.to_bool(), hollow)
    with pytest.raises(Refusal, match="joint-point-away"):
        split(volume, mask, own, (900.0, 0.0, 0.0))
    with pytest.raises(Refusal, match="joint-points-meet"):
        split(volume, mask, own, own)
    with pytest.raises(Refusal, match="points-missing"):
        SplitJoint().apply(SegmentView(volume, BitMask.from_bool(mask)))


@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (0.6, 0.0, 0.8), (0.577, 0.577, 0.577)])
def test_the_area_of_a_flat_cut_is_that_of_the_plane(normal):
    """A plane through a long box: its section is known, its stairs are up to 1.7 times as large."""
    spacing, shape = np.array(SPACING), (50, 75, 128)
    k, j, i = (np.indices(shape).T * spacing).T
    middle = (np.array(shape) - 1) / 2 * spacing
    radius = np.sqrt((i - middle[2]) ** 2 + (j - middle[1]) ** 2 + (k - middle[0]) ** 2)
    away = np.tensordot(
        np.array(normal) / np.linalg.norm(normal),
        np.stack([i - middle[2], j - middle[1], k - middle[0]]),
        1,
    )
    solid = radius <= 25.0
    area = cut_area_mm2(solid & (away > 0.2), solid & (away <= 0.2), SPACING)
    assert area == pytest.approx(np.pi * 25.0**2, rel=0.06)
    assert cut_area_mm2(solid, np.zeros(shape, bool), SPACING) == 0.0


@pytest.mark.parametrize("result", ["new", "replace", "join"])
def test_a_mirror_makes_its_image_a_segment_or_puts_it_in(result):
    voxels = noise((5, 9, 80), 2) > 200
    voxels[:, :, 40:] = False
    volume = volume_of(np.zeros(voxels.shape), SPACING)
    view = SegmentView(volume, BitMask.from_bool(voxels), name="Hip")
    centre = tuple(volume.grid.centre_lps_mm.tolist())
    made = outcome(Mirror("sagittal", result, (centre,)), view)
    image = np.flip(voxels, 2)
    wanted = {"new": voxels, "replace": image, "join": voxels | image}[result]
    assert np.array_equal(made.mask.to_bool(), wanted)
    assert [part.name for part in made.parts] == (["Hip 2"] if result == "new" else [])
    if made.parts:
        assert np.array_equal(made.parts[0].mask.to_bool(), image)
