"""Random tools, locks, undo and redo leave the voxels that a replay leaves; cancel leaves nothing.

Oracle: the same acts done anew on a fresh case, with each tool run again, no mask taken over; and
the case file, read back.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from app.segmenting import applied, edits_for
from app.segments import new_segment
from planning.case.case import Segment, SegmentId
from planning.case.edits import LockSegment, RemoveSegment
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.area import EVERYWHERE, Area, Overlap
from segmentation.effects import EFFECTS, IN_A_PROCESS
from segmentation.effects.effect import Effect
from segmentation.effects.setting import Kind, parameters
from segmentation.errors import Cancelled, Refusal
from segmentation.kept import Kept
from segmentation.kernels.slabs import threads
from segmentation.mask import BitMask
from segmentation.volume import Volume
from tests.planning.case.making import tiny_case
from tests.segmentation.effects.test_effects import OTHER, VOLUME, others, settings
from tests.segmentation.random_masks import OBLIQUE, mask_is_sound, noise, volume_of

SHAPE = (9, 10, 70)
NOISE = volume_of(noise(SHAPE, 7), (1.5, 0.8, 0.7), OBLIQUE)
NAMES = ("bone", OTHER, "skin")
STEPS, CI_SEQUENCES, CAMPAIGN_SEQUENCES = 14, 6, 1000
CANCELS = 8


@dataclass(frozen=True)
class Tool:
    """One tool on one segment inside an area."""

    effect: Effect
    into: str
    area: Area


def start_case():
    unread = np.zeros(SHAPE, bool)
    unread[0, :2] = True
    volume = Volume(NOISE.hu, NOISE.grid, BitMask.from_bool(unread))
    random = np.random.default_rng(5)
    segments = tuple(
        Segment(
            SegmentId(f"id-{name}"),
            name,
            BitMask.from_bool(random.random(SHAPE) < share),
            "#a0b1c2",
        )
        for name, share in zip(NAMES, (0.5, 0.3, 0.8), strict=True)
    )
    return replace(tiny_case(), volume=volume, segments=segments)


def random_tool(random):
    here = [one for one in EFFECTS if one.name not in IN_A_PROCESS]
    effect_class = here[random.integers(len(here))]
    variants = settings(effect_class, NOISE)
    setting = dict(variants[random.integers(len(variants))])
    for p in parameters(effect_class):
        if p.range is not None and p.kind in {Kind.WHOLE, Kind.NUMBER} and random.random() < 0.5:
            low, high = p.range.usual or (p.range.lowest, p.range.highest)
            value = random.uniform(low, min(high, 4.0) if p.unit == "mm" else high)
            setting[p.name] = round(value) if p.kind is Kind.WHOLE else round(value, 2)
    return effect_class(**setting)


def random_area(random):
    if random.random() < 0.4:
        return EVERYWHERE
    low = int(random.integers(-1200, 600))
    inside, outside = random.choice(("", *NAMES)), random.choice(("", *NAMES))
    ijk = random.uniform(0, SHAPE[::-1], (2, 3))
    corners = tuple(tuple(p) for p in NOISE.grid.lps_mm(ijk).tolist())
    return Area(
        str(inside), (str(outside),) if outside else (), low, low + int(random.integers(0, 3000)),
        corners if random.random() < 0.3 else None, Overlap(str(random.choice(list(Overlap)))),
    )  # fmt: skip


def random_acts(seed):
    random = np.random.default_rng(seed)
    for _ in range(STEPS):
        dice = random.random()
        into = str(random.choice((*NAMES, "new")))
        if dice < 0.6:
            try:
                yield Tool(random_tool(random), into, random_area(random))
            except Refusal:
                continue
        elif dice < 0.66:
            yield LockSegment(SegmentId(f"id-{random.choice(NAMES)}"), bool(random.random() < 0.4))
        elif dice < 0.69:
            yield RemoveSegment(SegmentId(f"id-{random.choice(NAMES)}"))
        else:
            yield "undo" if dice < 0.87 else "redo"


def do(history, act):
    """Do one act; a refusal is an answer too. Returns what it was."""
    try:
        if act == "undo":
            return history.undo()
        if act == "redo":
            return history.redo()
        if not isinstance(act, Tool):
            return history.do(act) is not None
        case = history.case
        there = next((one for one in case.segments if one.name == act.into), None)
        segment = there or replace(new_segment(case), name=act.into)
        made = applied(case, segment, act.effect, area=act.area)
        with history.gesture(act.effect.title):
            for edit in edits_for(case, segment, act.effect, made, act.area):
                history.do(edit)
    except Refusal as refusal:
        return refusal.code
    return True


def voxels(case):
    return {s.name: (s.mask.to_words().tobytes(), s.recipe, s.is_locked) for s in case.segments}


def labelmap(case):
    """The last segment that holds a voxel, by its place in the list."""
    labels = np.zeros(case.volume.grid.shape_kji, np.uint8)
    for n, segment in enumerate(case.segments, start=1):
        labels[segment.mask.to_bool()] = n
    return labels


def held_sequence(seed, path=None):
    """Run a sequence, then again; both and the file leave the same after every step."""
    if path is not None:
        create(path, start_case()).close()
    file = None if path is None else open_case(path)
    first = History(start_case() if file is None else file)
    trail = []
    for act in random_acts(seed):
        locked = {s.name: s.mask for s in first.case.segments if s.is_locked}
        answer = do(first, act)
        if act not in ("undo", "redo"):
            still = {s.name: s.mask for s in first.case.segments if s.is_locked}
            assert all(still.get(n, m) is m for n, m in locked.items())
        assert all(mask_is_sound(s.mask) for s in first.case.segments)
        trail.append((act, answer, voxels(first.case)))
    again = History(start_case())
    with threads(3):
        for n, (act, answer, after) in enumerate(trail):
            assert do(again, act) == answer, (seed, n, act)
            assert voxels(again.case) == after, (seed, n, act)
    assert np.array_equal(labelmap(first.case), labelmap(again.case))
    if file is not None:
        first.close()
        with open_case(path) as kept:
            assert voxels(kept.case) == trail[-1][2]
            assert kept.verify() == ()
    while again.undo():
        pass
    assert voxels(again.case) == voxels(start_case())
    return sum(isinstance(a, Tool) and answer is True for a, answer, _ in trail)


@pytest.mark.parametrize(
    "sequences",
    [
        CI_SEQUENCES,
        pytest.param(CAMPAIGN_SEQUENCES, marks=[pytest.mark.campaign, pytest.mark.timeout(7200)]),
    ],
)
def test_random_sequences_leave_what_their_replay_leaves(sequences, tmp_path):
    ran = 0
    for seed in range(sequences):
        path = tmp_path / f"{seed}.tasrif" if seed % 20 == 0 else None
        ran += held_sequence(seed, path)
        if path is not None:
            path.unlink()
    assert ran > 2 * sequences  # tools did run, they were not all refused


def case_of_blob():
    """The case that the common laws of all tools use: bone, and another segment."""
    bone = Segment(SegmentId("b"), "bone", BitMask.from_bool(VOLUME.hu >= 226), "#a0b1c2")
    other = Segment(SegmentId("o"), OTHER, others(VOLUME)[OTHER], "#a0b1c2")
    return replace(tiny_case(), volume=VOLUME, segments=(bone, other))


class Stop:
    """Progress that cancels at its `at`-th call and counts the calls."""

    def __init__(self, at=None):
        self.calls, self._at = 0, at

    def __call__(self, _done, _total):
        self.calls += 1
        if self.calls == self._at:
            raise Cancelled


def variants():
    for effect_class in (one for one in EFFECTS if one.name not in IN_A_PROCESS):
        for n, setting in enumerate(settings(effect_class)):
            yield pytest.param(effect_class, setting, id=f"{effect_class.name}-{n}")


@pytest.mark.parametrize(("effect_class", "setting"), list(variants()))
def test_cancel_at_any_progress_step_leaves_the_case_unchanged(effect_class, setting):
    case, effect, kept = case_of_blob(), effect_class(**setting), Kept()
    history, counter = History(case), Stop()
    before, hu = voxels(case), case.volume.hu.copy()
    with threads(1):
        whole = applied(case, case.segments[0], effect, counter)
        wanted = edits_for(case, case.segments[0], effect, whole)
        for at in sorted({*np.linspace(1, max(counter.calls, 1), CANCELS).astype(int).tolist()}):
            if at > counter.calls:
                continue  # a stroke reports to nobody: it takes less than a frame
            with pytest.raises(Cancelled):
                applied(case, case.segments[0], effect, Stop(at), kept)
            assert history.case is case
            assert voxels(case) == before
            assert np.array_equal(case.volume.hu, hu)
        after = applied(case, case.segments[0], effect, Stop(), kept)
    made = {p.name: p.mask for p in after.parts}
    assert np.array_equal(after.mask.to_words(), whole.mask.to_words())
    assert set(made) == {part.name for part in whole.parts}
    for part in whole.parts:
        assert np.array_equal(made[part.name].to_words(), part.mask.to_words())
    assert len(wanted) == 1 + len(whole.parts)
    assert history.undo_title is None
