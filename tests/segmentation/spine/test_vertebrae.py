"""Vertebrae of the made spine against its labels, and the count with its evidence (HAZ-5)."""

import numpy as np
import pytest

from segmentation.anatomy.survey import surveyed
from segmentation.effects.effect import SegmentView, outcome
from segmentation.effects.vertebrae import Vertebrae
from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.spine.column import column_of
from segmentation.spine.discs import discs_of
from segmentation.spine.levels import Anchor, End, Seen, counted, evidence, level_of
from segmentation.spine.vertebrae import vertebrae_of
from segmentation.volume import Volume
from tests.segmentation.anatomy.made import dice, phantom

pytestmark = pytest.mark.hazard("HAZ-5")
# The phantom's labels from the highest down, and the sacrum's.
LABELS = {"T12": 25, "L1": 24, "L2": 23, "L3": 22, "L4": 21, "L5": 20}
BONES = (*LABELS.values(), 30)
USUAL = {"above": End.NOTHING, "below": End.MORE, "longest_ratio": 1.0, "voxel_mm": 1.0}


def cropped(volume, labelmap, k0, k1):
    """The slices k0 to k1 of a volume, and the labels there."""
    grid = volume.grid
    origin = grid.lps_mm(np.array([0, 0, k0]))
    shape = (k1 - k0, *grid.shape_kji[1:])
    part = Grid(shape, origin, grid.spacing_kji_mm, grid.direction, grid.frame_uid)
    return Volume(volume.hu[k0:k1], part), labelmap[k0:k1]


def bone_of(labelmap, labels=BONES):
    return BitMask.from_bool(np.isin(labelmap, labels))


@pytest.fixture(scope="module")
def made():
    return phantom("lumbar")


@pytest.fixture(scope="module")
def found(made):
    return vertebrae_of(made.volume, bone_of(made.labelmap))


@pytest.fixture(scope="module")
def view(made):
    return SegmentView(made.volume, bone_of(made.labelmap), name="Spine")


def codes(made):
    return [one.code for one in made.findings]


def centre(made, level):
    return tuple(made.landmarks[f"{level} centre"].tolist())


def test_each_vertebra_of_the_made_spine_becomes_a_mask(made, found):
    assert len(found.masks) == len(LABELS)
    assert found.seen.below is End.MORE
    assert found.seen.has_sacrum
    for mask, (level, label) in zip(found.masks, LABELS.items(), strict=True):
        assert dice(mask.to_bool(), made.labelmap == label) > 0.9, level


def test_masks_share_no_voxel_and_add_none(made, found):
    total = sum(mask.to_bool().astype(int) for mask in found.masks)
    assert total.max() == 1
    assert not (total.astype(bool) & ~np.isin(made.labelmap, BONES)).any()


def test_the_discs_lie_between_the_endplates_at_their_tilt(made):
    column = column_of(made.volume, bone_of(made.labelmap))
    discs = discs_of(made.volume, column)
    assert len(discs) == len(LABELS)
    uppers = [made.landmarks[f"{name} upper endplate"] for name in ("S1", *list(LABELS)[:0:-1])]
    normals = [made.directions[f"{name} upper endplate"] for name in ("S1", *list(LABELS)[:0:-1])]
    ahead_mm = column.wall_mm + column.depth_mm / 2.0
    for disc, upper, normal in zip(discs, uppers, normals, strict=True):
        up, ahead = column.up[disc.at], column.ahead[disc.at]
        middle = column.points[disc.at] + ahead_mm * ahead
        # Half a disc of 7 to 11 mm above the upper endplate of the vertebra below, to a voxel.
        assert -1.0 < (middle - upper) @ normal < 11.0
        across = np.cos(disc.tilt_rad) * up - np.sin(disc.tilt_rad) * ahead
        assert np.degrees(np.arccos(np.clip(across @ normal, -1, 1))) < 20.0


@pytest.mark.slow
@pytest.mark.campaign
def test_an_oblique_scan_of_finer_voxels_gives_the_same_levels():
    from planning.phantoms.phantom import build_phantom

    made = build_phantom("lumbar", detail="half", oblique=True)
    found = vertebrae_of(made.volume, bone_of(made.labelmap))
    for mask, label in zip(found.masks, LABELS.values(), strict=True):
        assert dice(mask.to_bool(), made.labelmap == label) > 0.92


def test_without_an_anchor_there_are_numbers_and_no_level(view):
    told = outcome(Vertebrae(), view)
    assert told.mask is view.mask
    assert [part.about for part in told.parts] == ["1", "2", "3", "4", "5", "6"]
    assert {part.name for part in told.parts} == {"Vertebra {name}"}
    assert "vertebrae-no-anchor" in codes(told)


def test_a_clicked_level_counts_the_others_both_ways(view, made):
    click = Vertebrae(names="lumbar", number=3, at_lps_mm=(centre(made, "L3"),))
    told = outcome(click, view)
    assert [part.about for part in told.parts] == list(LABELS)
    assert "vertebrae-anchor-told" in codes(told)
    assert "vertebrae-count-differs" not in codes(told)
    assert "vertebrae-transitional" in codes(told)  # T12 to L1
    for part, label in zip(told.parts, LABELS.values(), strict=True):
        best = np.bincount(made.labelmap[part.mask.to_bool()]).argmax()
        assert best == label


def test_a_click_that_the_sacrum_speaks_against_is_told(view, made):
    wrong = Vertebrae(names="lumbar", number=2, at_lps_mm=(centre(made, "L3"),))
    assert "vertebrae-count-differs" in codes(outcome(wrong, view))


def test_from_the_sacrum_the_lowest_is_taken_for_l5_and_stays_unconfirmed(view):
    told = outcome(Vertebrae(names="sacrum"), view)
    assert [part.about for part in told.parts] == list(LABELS)
    (anchor,) = [one for one in told.findings if one.code == "vertebrae-anchor-sacrum"]
    assert anchor.severity == "warn"


def test_a_scan_without_the_sacrum_gives_no_level_from_it(made):
    volume, labelmap = cropped(made.volume, made.labelmap, 26, 75)
    view = SegmentView(volume, bone_of(labelmap), name="Spine")
    found = vertebrae_of(volume, view.mask)
    assert found.seen.below is End.CUT
    told = outcome(Vertebrae(), view)
    assert "vertebrae-cut-below" in codes(told)
    with pytest.raises(Refusal, match="sacrum-not-seen"):
        outcome(Vertebrae(names="sacrum"), view)


def test_a_click_off_the_spine_and_an_impossible_level_are_refused(view, made):
    x, y, z = centre(made, "L3")
    away = (x, y - 90.0, z)
    with pytest.raises(Refusal, match="vertebra-point-away"):
        outcome(Vertebrae(names="lumbar", number=3, at_lps_mm=(away,)), view)
    with pytest.raises(Refusal, match="vertebra-number-unknown"):
        outcome(Vertebrae(names="lumbar", number=6, at_lps_mm=(centre(made, "L3"),)), view)
    with pytest.raises(Refusal, match="vertebra-count-impossible"):
        outcome(Vertebrae(names="cervical", number=1, at_lps_mm=(centre(made, "L3"),)), view)
    with pytest.raises(Refusal, match="points-missing"):
        outcome(Vertebrae(names="lumbar", number=3), view)


def test_bone_without_a_canal_is_told_and_left(made):
    volume = made.volume
    block = np.zeros(volume.grid.shape_kji, bool)
    block[20:40, 40:60, 40:60] = True
    view = SegmentView(volume, BitMask.from_bool(block), name="Block")
    told = outcome(Vertebrae(), view)
    assert told.parts == ()
    assert codes(told) == ["spine-not-seen"]
    assert surveyed(volume).body.any()


@pytest.mark.parametrize(
    ("anchor", "count", "levels"),
    [
        (Anchor(0, "C1", True), 3, ("C1", "C2", "C3")),
        (Anchor(2, "T1", True), 4, ("C6", "C7", "T1", "T2")),
        (Anchor(1, "L5", True), 3, ("L4", "L5", "L6")),
        (Anchor(4, "L5", False), 5, ("L1", "L2", "L3", "L4", "L5")),
    ],
)
def test_levels_are_counted_up_and_down(anchor, count, levels):
    assert counted(Seen(count, **USUAL), anchor) == levels


def test_what_upsets_a_count_is_told():
    anchor = Anchor(1, "L5", True)
    assert evidence(Seen(2, End.NOTHING, End.MORE, 1.0, 1.0), anchor, ("L4", "L5"))
    seen = Seen(3, End.CUT, End.CUT, 1.9, 5.0)
    told = {one.code for one in evidence(seen, anchor, counted(seen, anchor))}
    assert told == {
        *("vertebrae-found", "vertebrae-anchor-told", "vertebrae-count-differs"),
        *("vertebrae-cut-below", "vertebrae-cut-above", "vertebrae-uneven"),
        "vertebrae-slices-thick",
    }
    with pytest.raises(Refusal, match="vertebra-count-impossible"):
        counted(Seen(4, **USUAL), Anchor(1, "L5", True))
    assert level_of("thoracic", 12) == "T12"


def test_a_chest_has_no_sacrum_below_whatever_ends_its_discs():
    made = phantom("shoulder")
    view = SegmentView(made.volume, bone_of(made.labelmap, (4, 5)), name="Spine")
    found = vertebrae_of(view.volume, view.mask)
    assert found is not None
    assert not found.seen.has_sacrum
    with pytest.raises(Refusal, match="sacrum-not-seen"):
        outcome(Vertebrae(names="sacrum"), view)


def test_a_missed_disc_above_the_sacrum_gives_no_level_from_it(made, view):
    """Without L5/S1 the lowest disc is L4/5: it slopes too little to lie on a sacrum."""
    hu = made.volume.hu.copy()
    sacrum = made.landmarks["S1 upper endplate"]
    k = int(made.volume.grid.ijk(sacrum)[2])
    hu[: k + 4] = np.where(view.mask.to_bool()[: k + 4], 300, hu[: k + 4])
    joined = np.isin(made.labelmap, BONES)
    joined[: k + 4] |= made.labelmap[: k + 4] == 7  # the disc is bone, as in a fused L5/S1
    hu[: k + 4][made.labelmap[: k + 4] == 7] = 300
    volume = Volume(hu, made.volume.grid)
    fused = SegmentView(volume, BitMask.from_bool(joined), name="Spine")
    found = vertebrae_of(volume, fused.mask)
    assert found.seen.count == len(LABELS) - 1
    assert not found.seen.has_sacrum
    with pytest.raises(Refusal, match="sacrum-not-seen"):
        outcome(Vertebrae(names="sacrum"), fused)
