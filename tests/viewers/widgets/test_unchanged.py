"""A slice is painted again when, and only when, something in it looks different."""

from dataclasses import replace

import numpy as np
import pytest

from segmentation.grid import Grid
from segmentation.mask import BitMask
from viewers.gestures.intents import Tool
from viewers.gestures.scene import SliceScene
from viewers.pipelines.outline import mask_outline
from viewers.pipelines.pictures import SlicePictures
from viewers.pipelines.plane import PlaneKind, patient_plane
from viewers.pipelines.pose import Pose
from viewers.widgets.mask_path import carried, path_of
from viewers.widgets.unchanged import is_unchanged

SHAPE = (20, 40, 140)
GRID = Grid(SHAPE, np.array([-50.0, -12.0, 7.0]), (1.5, 0.7, 0.8), np.eye(3), "1.2.3")


def planes():
    centre = GRID.centre_lps_mm
    for kind in PlaneKind:
        straight = patient_plane(kind, centre, 0.6, (90, 70))
        yield straight
        yield Pose.along(centre, centre + np.array((5.0, 3.0, 9.0))).turned(straight)


def lumps(random):
    voxels = np.zeros(SHAPE, bool)
    for _ in range(12):
        k, j, i = (int(random.integers(0, n - 4)) for n in SHAPE)
        voxels[k : k + 7, j : j + 9, i : i + 25] = True
    return voxels


def same_loops(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@pytest.mark.parametrize("plane", list(planes()), ids=str)
def test_an_outline_is_kept_only_where_it_would_be_the_same(plane):
    random = np.random.default_rng(3)
    voxels, kept_n = lumps(random), 0
    former = BitMask.from_bool(voxels)
    before = mask_outline(GRID, former, plane)
    for _ in range(40):
        k, j, i = (int(random.integers(0, n - 3)) for n in SHAPE)
        edited = voxels.copy()
        edited[k : k + 3, j : j + 3, i : i + 3] ^= True
        mask, pictures = BitMask.from_bool(edited), SlicePictures()
        if carried(GRID, former, mask, plane, pictures):
            kept_n += 1
            assert same_loops(mask_outline(GRID, mask, plane), before)
            assert path_of(GRID, mask, plane, pictures) is path_of(GRID, former, plane, pictures)
    assert kept_n > 0 or max(np.abs(plane.axis)) < 0.99


@pytest.mark.parametrize("plane", list(planes())[::2], ids=str)
def test_far_voxels_keep_the_outline_and_near_ones_do_not(plane):
    former = BitMask.from_bool(np.pad(np.ones((10, 20, 70), bool), ((5,), (10,), (35,))))
    axis = int(np.abs(plane.axis).argmax())
    far, near = GRID.ijk(np.array(plane.centre_lps_mm)), GRID.ijk(np.array(plane.centre_lps_mm))
    far[axis] = 1.0  # along i in another word: words are the least that is looked at
    for at, is_kept in ((far, True), (near, False)):
        i, j, k = np.round(at).astype(int)
        edited = former.to_bool()
        edited[k, j, i] ^= True
        assert carried(GRID, former, BitMask.from_bool(edited), plane, SlicePictures()) is is_kept


def edited_case(case, n, **changes):
    segments = list(case.segments)
    segments[n] = replace(segments[n], **changes)
    return replace(case, segments=tuple(segments))


def test_a_scene_looks_different_when_anything_but_far_voxels_differs(balls):
    grid, mask = balls.volume.grid, balls.segments[0].mask
    plane = patient_plane(PlaneKind.AXIAL, grid.centre_lps_mm, 0.5, (200, 200))
    scene = SliceScene(balls)
    far, near = mask.to_bool(), mask.to_bool()
    far[0, :5, :5] = True
    near[grid.shape_kji[0] // 2, :5, :5] = True

    def looks_same(**changes):
        return is_unchanged(scene, replace(scene, **changes), plane, SlicePictures())

    def voxels(held, **more):
        return {"case": edited_case(balls, 0, mask=BitMask.from_bool(held), **more)}

    assert looks_same()
    assert looks_same(**voxels(far, recipe="[1]"))
    assert not looks_same(**voxels(near))
    assert not looks_same(**voxels(far, colour="#123456"))
    assert not looks_same(**voxels(far, is_visible=False))
    assert looks_same(case=edited_case(edited_case(balls, 0, recipe="x"), 0))
    assert not looks_same(case=replace(balls, segments=balls.segments[1:]))
    assert not looks_same(case=replace(balls, is_sealed=True))
    assert not looks_same(case=None)
    assert not looks_same(tool=Tool.PAINT)
    assert not looks_same(radius_mm=7.0)
