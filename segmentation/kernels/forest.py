"""Regions that spread from seeds at least cost, kept so that new seeds cost what they change.

Each voxel goes to the label that reaches it over the cheapest path of steps over faces (image
foresting; Falcao, Stolfi, Lotufo 2004, doi 10.1109/TPAMI.2004.1261076). A step costs

    min(between * |x - y| + on * (x + y), STEP_MOST) + along[axis]

with x and y the values of its two voxels: `between` makes regions stop at edges, `on` at ridges
(the watershed by topographic distance; Meyer 1994, doi 10.1016/0165-1684(94)90060-4). Where two
labels cost the same, the lower one has the voxel. As every step costs something, cost and label
together have one answer, whatever the order of work: an update ends where a new run would.

A cell holds cost, label and value of a voxel as cost << 24 | label << 16 | value. Its key, cost and
label, is 0 where nothing may go and FAR where nothing came yet. A rim of cells where nothing may
go stands around the block, so that no step looks for its border. What waits stands in a ring of
buckets by cost (Dial 1969), each a chain of nodes. The inner loops call no function: each array
handed to one costs as much as the rest of a step.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentation.kernels.bits import U0, U1, unpacked
from segmentation.kernels.jit import kernel
from segmentation.kernels.slabs import each_slab
from segmentation.mask import Words
from segmentation.progress import Progress, share, silent

BUCKETS: Final = 8192
STEP_MOST: Final = 4000
ALONG_MOST: Final = 4000
LABELS_MOST: Final = 255
KEY: Final = 16
COST: Final = 24
VALUE: Final = 0xFFFF
FAR: Final = 0xFFFFFFFF
COST_MOST: Final = 0xFFFFFE
POPS: Final = 200_000

Values = NDArray[np.uint16]
Cells = NDArray[np.int64]
Index = NDArray[np.int32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOW, FREE, LIVE, FRESH, FED = range(5)  # what stands where in the state of a queue


class Costs(NamedTuple):
    """What a step costs: see above. `along` is for steps along k, j and i, each at least 1."""

    between: int
    on: int
    along: tuple[int, int, int]


@kernel
def _spread(cells: Cells, offsets: Ints, rule: Ints, feed: Index, heads: Index, nodes: Index,
            state: Ints, rows: Flags, pops: int) -> None:  # fmt: skip
    """Settle at most `pops` voxels in the order of their costs; note the rows they lie in.

    `feed` holds voxels whose neighbours may gain, in the order of their costs.
    """
    between, on, ni = rule[0], rule[1], offsets[3]
    now, free, live, fresh, fed = state[NOW], state[FREE], state[LIVE], state[FRESH], state[FED]
    while pops > 0:
        pops -= 1
        if live == 0:
            if fed == feed.size:
                break
            cost = cells[feed[fed]] >> COST
            if cost < now:  # it gained meanwhile, and has spread
                fed += 1
                continue
            now = cost
        slot = now & (BUCKETS - 1)
        while fed < feed.size and cells[feed[fed]] >> COST <= now:
            pops -= 1
            if cells[feed[fed]] >> COST == now:
                if free >= 0:
                    n, free = free, np.int64(nodes[free, 1])
                else:
                    n, fresh = fresh, fresh + 1
                nodes[n, 0], nodes[n, 1] = feed[fed], heads[slot]
                heads[slot] = n
                live += 1
            fed += 1
        n = np.int64(heads[slot])
        if n < 0:
            now += 1
            continue
        v = np.int64(nodes[n, 0])
        heads[slot] = nodes[n, 1]
        nodes[n, 1] = free
        free = n
        live -= 1
        cell = cells[v]
        if cell >> COST != now:
            continue
        label, x = cell >> KEY & 255, cell & VALUE
        rows[v // ni] = True
        for side in range(6):
            u = v + offsets[side]
            other = cells[u]
            y = other & VALUE
            new = now + min(between * abs(x - y) + on * (x + y), STEP_MOST) + rule[2 + side]
            key = new << 8 | label
            if key < other >> KEY and new <= COST_MOST:
                cells[u] = key << KEY | y
                slot = new & (BUCKETS - 1)
                if free >= 0:
                    n, free = free, np.int64(nodes[free, 1])
                else:
                    n, fresh = fresh, fresh + 1
                nodes[n, 0], nodes[n, 1] = u, heads[slot]
                heads[slot] = n
                live += 1
    state[NOW], state[FREE], state[LIVE], state[FRESH], state[FED] = now, free, live, fresh, fed


@kernel
def _withdraw(cells: Cells, offsets: Ints, rule: Ints, stack: Index, count: int, rows: Flags,
              pops: int) -> int:  # fmt: skip
    """Take their label from the first `count` voxels of a stack, and from all that may owe it.

    Stops after `pops` of them; returns how many wait on the stack.
    """
    between, on, ni = rule[0], rule[1], offsets[3]
    while pops > 0 and count > 0:
        pops -= 1
        count -= 1
        v = np.int64(stack[count])
        cell = cells[v]
        if cell >> KEY == FAR:
            continue
        x, key = cell & VALUE, cell >> KEY
        cells[v] = FAR << KEY | x
        rows[v // ni] = True
        for side in range(6):
            u = v + offsets[side]
            y = cells[u] & VALUE
            step = min(between * abs(x - y) + on * (x + y), STEP_MOST) + rule[2 + side]
            if cells[u] >> KEY == key + (step << 8):
                stack[count] = u
                count += 1
    return count


@kernel
def _border(cells: Cells, offsets: Ints, rows: Flags, r0: int, r1: int, out: Index) -> int:
    """Write the labelled voxels of rows r0 to r1 beside one that lost its label; return how many.

    `rows` tells in which rows voxels lost theirs.
    """
    ni, count = offsets[3], 0
    nj = offsets[5] // ni
    for r in range(r0, r1):
        near = rows[r] or rows[r - 1] or rows[r + 1]
        if not (near or rows[r - nj] or rows[r + nj]):
            continue
        for v in range(r * ni + 1, r * ni + ni - 1):
            key = cells[v] >> KEY
            if key in (0, FAR):
                continue
            for side in range(6):
                if cells[v + offsets[side]] >> KEY == FAR:
                    out[count] = v
                    count += 1
                    break
    return count


@kernel
def _write(cells: Cells, offsets: Ints, rows: Flags, k0: int, k1: int, out: Words) -> None:
    """Set those rows of slices k0 to k1 of `out` [label, k, j, w] that are noted in `rows`."""
    ni, nj = offsets[3], offsets[5] // offsets[3]
    for k in range(k0, k1):
        for j in range(out.shape[2]):
            r = (k + 1) * nj + j + 1
            if not rows[r]:
                continue
            for label in range(out.shape[0]):
                for w in range(out.shape[3]):
                    out[label, k, j, w] = U0
            for i in range(ni - 2):
                key = cells[r * ni + 1 + i] >> KEY
                if key not in (0, FAR):
                    out[(key & 255) - 1, k, j, i >> 6] |= U1 << np.uint64(i & 63)


class Forest:
    """Voxels of one block and the labels they have; `update` follows the seeds.

    `values` is uint16 [k, j, i] of at most 2^30 voxels; `open_words` are the voxels where labels
    may go; there are at most `LABELS_MOST`.
    """

    def __init__(self, values: Values, open_words: Words, costs: Costs, labels: int) -> None:
        nk, nj, ni = self._shape_kji = values.shape
        self._rim = (nk + 2, nj + 2, ni + 2)
        plane = (nj + 2) * (ni + 2)
        self._offsets = np.array([-1, 1, -(ni + 2), ni + 2, -plane, plane], np.int64)
        k, j, i = costs.along
        self._rule = np.array([costs.between, costs.on, i, i, j, j, k, k], np.int64)
        self._cells: Cells = np.zeros((nk + 2) * plane, np.int64)
        block = self._cells.reshape(self._rim)[1:-1, 1:-1, 1:-1]
        for n in range(nk):  # slice by slice: no copy of the block in eight bytes a voxel
            is_open = unpacked(open_words[n : n + 1], ni)[0]
            block[n] = np.where(is_open, FAR << KEY, 0) | values[n]
        self._open = open_words
        self._seeds = np.zeros((labels, *open_words.shape), np.uint64)
        self._words = np.zeros_like(self._seeds)
        self._heads: Index = np.full(BUCKETS, -1, np.int32)
        self._nodes: Index = np.empty((0, 2), np.int32)

    def update(self, seeds: Words, progress: Progress = silent) -> Words:
        """Return the words [label, k, j, w] that each label reaches from its seeds.

        `seeds` has the same shape; where several labels have a seed, the lowest counts. The words
        are the forest's own until the next update. When `progress` raises, the forest is void.
        """
        seeds = self._settled(seeds)
        rows: Flags = np.zeros(self._rim[0] * self._rim[1], np.bool_)
        lost = [self._voxels(words) for words in self._seeds & ~seeds]
        feed = [self._without(np.concatenate(lost), rows, share(progress, 0.0, 0.3))]
        for label, words in enumerate(seeds & ~self._seeds):
            at = self._voxels(words)
            self._cells[at] = self._cells[at] & VALUE | (label + 1) << KEY
            feed.append(at)
        self._seeds = seeds
        self._grow(np.concatenate(feed), rows, share(progress, 0.3, 0.9))

        def write(k0: int, k1: int) -> None:
            """Bring the words of some slices to what the cells hold."""
            _write(self._cells, self._offsets, rows, k0, k1, self._words)

        each_slab(write, self._shape_kji[0], share(progress, 0.9, 1.0))
        return self._words

    def _settled(self, seeds: Words) -> Words:
        """Return the seeds where labels may go, each voxel with its lowest label only."""
        own, taken = np.empty_like(seeds), ~self._open
        for label, words in enumerate(seeds):
            own[label] = words & ~taken
            taken |= words
        return own

    def _voxels(self, words: Words) -> Index:
        """Return the cells of set voxels."""
        k, j, w = np.nonzero(words)
        n, bit = np.nonzero(unpacked(words[k, j, w].reshape(-1, 1, 1), 64)[:, 0])
        row = (k[n] + 1) * self._rim[1] + j[n] + 1
        cells: Index = (row * self._rim[2] + 64 * w[n] + bit + 1).astype(np.int32)
        return cells

    def _without(self, lost: Index, rows: Flags, progress: Progress) -> Index:
        """Take back what lost seeds gave; return the voxels beside it, which may fill it."""
        stack, count, done, total = lost.copy(), lost.size, 0, self._cells.size
        while count:
            if stack.size < count + 6 * POPS:
                stack = np.concatenate([stack[:count], np.empty(count + 6 * POPS, np.int32)])
            count = _withdraw(self._cells, self._offsets, self._rule, stack, count, rows, POPS)
            done = min(done + POPS, total)
            progress(done, total)
        found = [np.empty(0, np.int32)]
        if lost.size:
            nj, ni = self._rim[1:]
            for k in range(1, self._rim[0] - 1):
                part: Index = np.empty(nj * ni, np.int32)
                start, stop = k * nj + 1, k * nj + nj - 1
                count = _border(self._cells, self._offsets, rows, start, stop, part)
                found.append(part[:count].copy())
        return np.concatenate(found)

    def _grow(self, feed: Index, rows: Flags, progress: Progress) -> None:
        """Spread from voxels whose neighbours may gain."""
        feed = feed[np.argsort(self._cells[feed] >> COST, kind="stable")]
        state = np.array([0, -1, 0, 0, 0], np.int64)
        total, done = self._cells.size, 0
        while state[LIVE] or state[FED] < feed.size:
            need = int(state[FRESH]) + 7 * POPS + feed.size
            if len(self._nodes) < need:
                more = np.empty((need, 2), np.int32)
                self._nodes = np.concatenate([self._nodes, more])
            _spread(self._cells, self._offsets, self._rule, feed, self._heads, self._nodes, state,
                    rows, POPS)  # fmt: skip
            done = min(done + POPS, total)
            progress(done, total)
