"""Regions at least cost against a plain Dijkstra, made at once and by updates."""

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import Cancelled
from segmentation.kernels.bits import packed, unpacked
from segmentation.kernels.forest import STEP_MOST, Costs, Forest

RULES = (Costs(4, 0, (9, 7, 5)), Costs(0, 2, (1, 1, 1)), Costs(1, 0, (3, 30, 3)))


def neighbours(kji, shape):
    for axis in range(3):
        for way in (-1, 1):
            to = tuple(n + way * (a == axis) for a, n in enumerate(kji))
            if all(0 <= n < m for n, m in zip(to, shape, strict=True)):
                yield axis, to


def twin(values, is_open, seeds, costs):
    """Dijkstra on (cost, label) with a heap; boolean [label, k, j, i]."""
    best, heap = {}, []
    for label, marks in enumerate(seeds):
        for kji in map(tuple, np.argwhere(marks & is_open)):
            if kji not in best:
                best[kji] = (0, label)
                heap.append((0, label, kji))
    heapq.heapify(heap)
    while heap:
        cost, label, kji = heapq.heappop(heap)
        if best[kji] != (cost, label):
            continue
        for axis, to in neighbours(kji, values.shape):
            x, y = int(values[kji]), int(values[to])
            step = min(costs.between * abs(x - y) + costs.on * (x + y), STEP_MOST)
            new = (cost + step + costs.along[axis], label)
            if is_open[to] and (to not in best or new < best[to]):
                best[to] = new
                heapq.heappush(heap, (*new, to))
    out = np.zeros((len(seeds), *values.shape), bool)
    for kji, (_cost, label) in best.items():
        out[(label, *kji)] = True
    return out


def words_of(seeds):
    return np.stack([packed(marks) for marks in seeds])


def voxels_of(words, ni):
    return np.stack([unpacked(one, ni) for one in words])


@given(st.integers(0, 2**32 - 1), st.sampled_from(RULES))
def test_updates_end_where_plain_dijkstra_does(seed, costs):
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, (5, 6, 72)))
    values = random.integers(0, random.choice([2, 30, 60000]), shape).astype(np.uint16)
    is_open = random.random(shape) < random.choice([0.7, 1.0])
    seeds = random.random((random.integers(1, 5), *shape)) < 0.02
    forest = Forest(values, packed(is_open), costs, len(seeds))
    for _ in range(3):  # strokes come, strokes go, strokes change their label
        ours = voxels_of(forest.update(words_of(seeds)), shape[2])
        assert np.array_equal(ours, twin(values, is_open, seeds, costs))
        seeds = seeds & (random.random(seeds.shape) < 0.6)
        seeds = seeds | (random.random(seeds.shape) < 0.008)


def test_of_equal_costs_the_lower_label_wins():
    values = np.full((1, 1, 5), 7, np.uint16)
    seeds = np.zeros((2, 1, 1, 5), bool)
    seeds[0, 0, 0, 4] = seeds[1, 0, 0, 0] = True
    is_open = packed(np.ones(values.shape, bool))
    ours = voxels_of(Forest(values, is_open, RULES[0], 2).update(words_of(seeds)), 5)
    assert ours[0, 0, 0].tolist() == [False, False, True, True, True]
    assert ours[1, 0, 0].tolist() == [True, True, False, False, False]


def test_what_is_closed_is_never_reached_nor_seeded():
    values = np.zeros((1, 3, 70), np.uint16)
    is_open = np.ones(values.shape, bool)
    is_open[:, :, 30] = False
    seeds = np.zeros((1, 1, 3, 70), bool)
    seeds[0, 0, 1, 29:31] = True
    ours = voxels_of(Forest(values, packed(is_open), RULES[0], 1).update(words_of(seeds)), 70)
    assert np.array_equal(ours[0], is_open & (np.arange(70) < 30))


def test_without_a_seed_there_is_nothing_and_taking_the_last_away_leaves_nothing():
    values = np.zeros((4, 5, 66), np.uint16)
    seeds = np.zeros((2, 4, 5, 66), bool)
    forest = Forest(values, packed(np.ones(values.shape, bool)), RULES[0], 2)
    assert not forest.update(words_of(seeds)).any()
    seeds[1, 2, 2, 2] = True
    assert voxels_of(forest.update(words_of(seeds)), 66)[1].all()
    assert not forest.update(words_of(np.zeros_like(seeds))).any()


def test_growing_stops_when_it_is_told_to():
    def stop(_done, _total):
        raise Cancelled

    values = np.zeros((4, 5, 66), np.uint16)
    seeds = np.ones((1, 4, 5, 66), bool)
    forest = Forest(values, packed(np.ones(values.shape, bool)), RULES[0], 1)
    with pytest.raises(Cancelled):
        forest.update(words_of(seeds), stop)
