"""Components by runs against SciPy, cc3d and SimpleITK."""

import cc3d
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from scipy import ndimage

from segmentation.errors import Cancelled
from segmentation.kernels import components
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.runs import runs_of, sizes
from segmentation.kernels.slabs import threads
from tests.segmentation.random_masks import masks, tail_is_empty

AROUND = {False: ndimage.generate_binary_structure(3, 1), True: np.ones((3, 3, 3))}


@pytest.mark.parametrize("is_full", [False, True])
@given(voxels=masks())
def test_numbers_are_scipys_byte_for_byte(is_full, voxels):
    ids, n = components.labelled(packed(voxels), voxels.shape[2], is_full)
    truth = np.empty(voxels.shape, np.uint16)
    assert n == ndimage.label(voxels, AROUND[is_full], output=truth)
    assert (ids.dtype, ids.tobytes()) == (truth.dtype, truth.tobytes())


@pytest.mark.parametrize("is_full", [False, True])
def test_slabs_meet_at_their_seams_as_in_cc3d(is_full):
    voxels = np.random.default_rng(5).random((130, 30, 70)) < (0.1 if is_full else 0.3)
    ids, n = components.labelled(packed(voxels), 70, is_full)
    truth = cc3d.connected_components(voxels, connectivity=26 if is_full else 6)
    assert n == truth.max()
    pairs = np.unique(np.stack([ids[voxels], truth[voxels]]).astype(np.int64), axis=1)
    assert pairs.shape[1] == n


@given(masks())
def test_the_largest_has_as_many_voxels_as_any(voxels):
    words = components.largest(packed(voxels))
    kept = unpacked(words, voxels.shape[2])
    ids, n = ndimage.label(voxels)
    counts = np.bincount(ids.ravel(), minlength=n + 1)[1:]
    truth = ids == 1 + np.argmax(counts) if n else np.zeros_like(voxels)
    assert np.array_equal(kept, truth)
    assert tail_is_empty(words, voxels.shape[2])


@given(masks())
def test_parts_of_at_least_five_voxels_stay(voxels):
    kept = unpacked(components.larger(packed(voxels), 5), voxels.shape[2])
    ids, n = ndimage.label(voxels)
    counts = np.bincount(ids.ravel(), minlength=n + 1)
    counts[0] = 0
    assert np.array_equal(kept, counts[ids] >= 5)


@given(masks())
def test_seeds_keep_their_parts_and_no_other(voxels):
    random = np.random.default_rng(int(voxels.sum()))
    seeds = np.stack([random.integers(0, n, 3) for n in voxels.shape], axis=1)
    kept = unpacked(components.at_seeds(packed(voxels), seeds), voxels.shape[2])
    ids, _ = ndimage.label(voxels)
    hit = set(ids[tuple(seeds.T)].tolist()) - {0}
    assert np.array_equal(kept, np.isin(ids, list(hit)))


def test_sizes_count_each_voxel_once():
    voxels = np.random.default_rng(2).random((9, 9, 200)) < 0.4
    runs = runs_of(packed(voxels))
    assert sizes(runs).sum() == voxels.sum()


def test_any_number_of_threads_gives_the_same_parts():
    words = packed(np.random.default_rng(3).random((100, 20, 90)) < 0.31)
    with threads(1):
        one = runs_of(words)
    for wanted in (2, 5):
        with threads(wanted):
            for ours, truth in zip(runs_of(words), one, strict=True):
                assert np.array_equal(ours, truth)


def test_no_row_and_a_full_row_are_no_special_case():
    empty = np.zeros((3, 4, 2), np.uint64)
    assert not components.largest(empty).any()
    assert not components.larger(empty, 1).any()
    full = packed(np.ones((3, 4, 128), bool))
    assert np.array_equal(components.largest(full), full)


@pytest.mark.parametrize(("parts", "kind"), [(65535, np.uint16), (65536, np.uint32)])
def test_numbers_take_as_many_bits_as_they_need(parts, kind):
    voxels = np.zeros((2, 257, 1024), bool)
    voxels[0, ::2, ::2] = True
    voxels.reshape(-1)[np.flatnonzero(voxels)[parts:]] = False
    ids, n = components.labelled(packed(voxels), 1024)
    truth = np.zeros(voxels.shape, kind)
    assert ndimage.label(voxels, output=truth) == n == parts
    assert (ids.dtype, ids.tobytes()) == (np.dtype(kind), truth.tobytes())


def test_numbers_are_those_of_a_plain_flood():
    voxels = np.random.default_rng(8).random((4, 5, 66)) < 0.4
    ids, n = components.labelled(packed(voxels), 66)
    truth, number = np.zeros(voxels.shape, int), 0
    for seed in np.argwhere(voxels):
        if truth[tuple(seed)]:
            continue
        number, front = number + 1, [tuple(seed)]
        truth[tuple(seed)] = number
        while front:
            at = front.pop()
            for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1), (2, 1), (2, -1)):
                there = tuple(a + step * (m == axis) for m, a in enumerate(at))
                inside = all(0 <= a < size for a, size in zip(there, voxels.shape, strict=True))
                if inside and voxels[there] and not truth[there]:
                    truth[there] = number
                    front.append(there)
    assert n == number
    assert np.array_equal(ids, truth)


@given(masks())
def test_sizes_and_parts_are_simpleitks(voxels):
    image = sitk.ConnectedComponent(sitk.GetImageFromArray(voxels.astype(np.uint8)))
    truth = sitk.GetArrayFromImage(image)
    ids, n = components.labelled(packed(voxels), voxels.shape[2])
    assert n == truth.max(initial=0)
    pairs = set(zip(ids.ravel().tolist(), truth.ravel().tolist(), strict=True))
    assert len(pairs) == n + (not voxels.all())


def test_a_further_seed_needs_no_second_look_at_the_mask():
    voxels = np.random.default_rng(4).random((9, 12, 130)) < 0.25
    words = packed(voxels)
    runs = runs_of(words)
    seeds = np.argwhere(voxels)[::37]
    for n in range(1, len(seeds), 9):
        known = components.of_seeds(runs, seeds[:n], words.shape)
        assert np.array_equal(known, components.at_seeds(words, seeds[:n]))


@pytest.mark.parametrize("is_full", [False, True])
def test_any_number_of_threads_gives_the_same_bytes(is_full):
    voxels = np.random.default_rng(3).random((100, 20, 90)) < 0.3
    words, made = packed(voxels), []
    for wanted in (1, 2, 5):
        with threads(wanted):
            ids, _ = components.labelled(words, 90, is_full)
            part = components.largest(words, is_full)
            made.append(ids.tobytes() + part.tobytes())
    assert made[0] == made[1] == made[2]


def test_numbers_can_be_cancelled():
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        components.labelled(packed(np.ones((64, 8, 64), bool)), 64, progress=stop)
