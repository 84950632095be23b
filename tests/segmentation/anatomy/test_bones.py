"""Bones by name on the made abdomen and lumbar spine: named only what the labels say it is."""

import numpy as np
import pytest

from segmentation.anatomy.bones import bones_of
from segmentation.anatomy.found import Confidence
from segmentation.effects.bones import Bones
from segmentation.effects.effect import SegmentView, outcome
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.segmentation.anatomy.made import BONE, phantom, truth

RIBS, ILIUM, SACRUM = 4, 31, 30


def bone_of(made, labels=BONE):
    return BitMask.from_bool(truth(made, labels))


def words(bones):
    return [bone.title.format(name=bone.about) for bone in bones]


@pytest.fixture(scope="module")
def chest():
    made = phantom("abdomen")
    return made, bones_of(made.volume, bone_of(made), 3.0)


def test_ribs_are_told_with_their_side_and_letters_downwards(chest):
    made, found = chest
    assert found.has_spine
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        ribs = [bone for bone in found.bones if bone.title == f"{side} rib {{name}}"]
        assert len(ribs) >= 2
        assert [rib.about for rib in ribs] == list("ABCDE"[: len(ribs)])
        heights = []
        for rib in ribs:
            held = rib.mask.to_bool()
            assert np.bincount(made.labelmap[held]).argmax() == RIBS
            middle = made.volume.grid.lps_mm(np.argwhere(held).mean(axis=0)[::-1])
            assert sign * middle[0] > 0.0  # left is where x grows
            heights.append(middle[2])
            assert rib.confidence is not None
            assert rib.confidence is not Confidence.HIGH
        assert heights == sorted(heights, reverse=True)


def test_the_same_patient_mirrored_has_left_and_right_changed(chest):
    made, found = chest
    grid = made.volume.grid
    last = grid.lps_mm(np.array([grid.shape_kji[2] - 1, 0, 0]))
    origin = np.array([-last[0], *grid.origin_lps_mm[1:]])
    turned = Grid(grid.shape_kji, origin, grid.spacing_kji_mm, grid.direction, grid.frame_uid)
    mirrored = Volume(made.volume.hu[:, :, ::-1], turned)
    mask = BitMask.from_bool(truth(made, BONE)[:, :, ::-1])
    others = bones_of(mirrored, mask, 3.0)
    left = sum(bone.title.startswith("Left") for bone in found.bones)
    assert sum(bone.title.startswith("Right") for bone in others.bones) == left


def test_a_pelvis_is_told_below_the_discs():
    """Apart, hip bones and sacrum are told with low confidence; joined they are the pelvis."""
    made = phantom("lumbar")
    apart = bones_of(made.volume, bone_of(made), 3.0)
    held = {bone.title: bone for bone in apart.bones}
    for title, label in (("Left hip bone", ILIUM), ("Right hip bone", ILIUM), ("Sacrum", SACRUM)):
        labels = made.labelmap[held[title].mask.to_bool()]
        assert np.bincount(labels).argmax() == label
        assert held[title].confidence is Confidence.LOW
    joined = bone_of(made).to_bool()
    k, j, _ = np.argwhere(truth(made, (SACRUM,))).mean(axis=0).astype(int)
    joined[k, j, 32:96] = True  # a bar of bone through both joints
    found = bones_of(made.volume, BitMask.from_bool(joined), 3.0)
    (pelvis,) = [bone for bone in found.bones if bone.title == "Pelvis"]
    assert pelvis.confidence is Confidence.MEDIUM


def test_what_is_not_told_has_numbers_by_size_and_nothing_is_lost_or_shared(chest):
    made, found = chest
    numbers = [bone for bone in found.bones if bone.title == "Bone {name}"]
    assert [bone.about for bone in numbers] == [str(n + 1) for n in range(len(numbers))]
    assert all(bone.confidence is None for bone in numbers)
    sizes = [bone.mask.voxels for bone in numbers]
    assert sizes == sorted(sizes, reverse=True)
    total = sum(bone.mask.to_bool().astype(int) for bone in found.bones)
    assert total.max() == 1
    assert not (total.astype(bool) & ~truth(made, BONE)).any()
    assert len(set(words(found.bones))) == len(found.bones)


def test_a_closed_shell_of_a_head_is_a_skull_and_a_ball_is_not():
    shape, spacing = (60, 64, 64), (3.0, 3.0, 3.0)
    grid = Grid(shape, np.array([-96.0, -96.0, 0.0]), spacing, np.eye(3), "1")
    k, j, i = np.indices(shape)
    away = np.sqrt(((k - 30) * 3.0) ** 2 + ((j - 32) * 3.0) ** 2 + ((i - 32) * 3.0) ** 2)
    hu = np.where(away < 80.0, 40, -1000).astype(np.int16)
    shell = (away < 80.0) & (away > 73.0)
    hu[shell] = 900
    found = bones_of(Volume(hu, grid), BitMask.from_bool(shell), 3.0)
    assert words(found.bones) == ["Skull"]
    assert not found.has_spine
    ball = bones_of(Volume(hu, grid), BitMask.from_bool(away < 60.0), 3.0)
    assert words(ball.bones) == ["Bone 1"]


def test_the_tool_tells_what_is_named_and_what_is_not(chest):
    made, found = chest
    view = SegmentView(made.volume, bone_of(made), name="Bone")
    told = outcome(Bones(), view)
    assert told.mask is view.mask
    assert len(told.parts) == len(found.bones)
    assert [one.code for one in told.findings] == ["bones-named", "bones-unnamed"]
    empty = SegmentView(made.volume, BitMask.empty(made.volume.grid.shape_kji))
    assert [one.code for one in outcome(Bones(), empty).findings] == ["bones-none"]


def test_an_arm_beside_a_chest_is_no_part_of_a_pelvis():
    made = phantom("shoulder")
    found = bones_of(made.volume, bone_of(made), 3.0)
    assert not {"Pelvis", "Sacrum", "Skull"} & {bone.title for bone in found.bones}
    assert not [bone for bone in found.bones if bone.title.endswith(("hip bone", "femur"))]
    for rib in (bone for bone in found.bones if "rib" in bone.title):
        assert np.bincount(made.labelmap[rib.mask.to_bool()]).argmax() == RIBS
