"""History against full copies: a state machine in memory and through the file, and its edges."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planning.case.case import SegmentId, Side, Touched
from planning.case.edits import (
    AddItem,
    AddSegment,
    MovePoint,
    RemoveItem,
    RemoveSegment,
    RenameSegment,
    ReorderSegments,
    ReplaceItem,
    ReplaceMask,
    SetSegmentLook,
    SetSide,
    StepMask,
)
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.errors import Cancelled, Refusal, Unavailable
from tests.planning.case.making import (
    content,
    items,
    place,
    random_mask,
    segment,
    state,
    tiny_case,
)

NAMES = ("bone", "skin", "lung")
seeds = st.integers(0, 5)
plan_items = st.builds(lambda n, seed: items(place(seed))[n], st.integers(0, 5), seeds)
names = st.sampled_from(NAMES)
edits = st.one_of(
    st.builds(lambda name, seed: AddSegment(segment(name, seed)), names, seeds),
    st.builds(lambda n, seed: ReplaceMask(SegmentId(f"id-{n}"), random_mask(seed)), names, seeds),
    st.builds(lambda n: RemoveSegment(SegmentId(f"id-{n}")), names),
    st.builds(lambda n, new: RenameSegment(SegmentId(f"id-{n}"), new), names, names),
    st.builds(
        lambda n, shown: SetSegmentLook(SegmentId(f"id-{n}"), is_visible=shown),
        names,
        st.booleans(),
    ),
    st.builds(SetSide, st.sampled_from(Side)),
    st.builds(
        lambda order: ReorderSegments(tuple(SegmentId(f"id-{n}") for n in order)),
        st.permutations(NAMES),
    ),
    st.builds(AddItem, plan_items),
    st.builds(ReplaceItem, plan_items),
    st.builds(lambda item: RemoveItem(item.id), plan_items),
    st.builds(
        lambda item, end, seed: MovePoint(item.id, (*item.points, "x")[end], place(seed)),
        plan_items,
        st.sampled_from((0, -1)),
        seeds,
    ),
)


class Machine(RuleBasedStateMachine):
    """Random steps; the truth is a list of full copies before and after."""

    steps_max = 200

    @initialize()
    def begin(self):
        self.history = History(tiny_case())
        self.now = state(self.history.case)
        self.back, self.forth = [], []

    def _try(self, edit):
        try:
            self.history.do(edit)
        except Unavailable:
            raise
        except Refusal:
            return False
        return True

    @rule(edit=edits)
    def do(self, edit):
        before = self.history.case
        if self._try(edit) and self.history.case is not before:
            self.back.append((self.now, edit.title))
            self.forth.clear()
            self.now = state(self.history.case)
        assert state(self.history.case) == self.now

    @rule(some=st.lists(edits, min_size=1, max_size=4), is_dropped=st.booleans())
    def drag(self, some, is_dropped):
        before = self.history.case
        try:
            with self.history.gesture("Drag"):
                for edit in some:
                    self._try(edit)
                after = state(self.history.case)
                is_changed = self.history.case is not before
                if is_dropped:
                    raise Cancelled
        except Cancelled:
            assert self.history.case is before
            return
        if is_changed:
            self.back.append((self.now, "Drag"))
            self.forth.clear()
            self.now = after

    @rule()
    def undo(self):
        assert self.history.undo() == bool(self.back)
        if self.back:
            before, title = self.back.pop()
            self.forth.append((self.now, title))
            self.now = before

    @rule()
    def redo(self):
        assert self.history.redo() == bool(self.forth)
        if self.forth:
            after, title = self.forth.pop()
            self.back.append((self.now, title))
            self.now = after

    @invariant()
    def holds_what_the_copies_hold(self):
        assert state(self.history.case) == self.now
        assert self.history.undo_title == (self.back[-1][1] if self.back else None)
        assert self.history.redo_title == (self.forth[-1][1] if self.forth else None)

    def teardown(self):
        self.history.close()


class FileMachine(Machine):
    """The same through a file, with memory for three steps, restarts and crashes."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "case.tasrif"
        self.history = History(create(self.path, tiny_case()), steps_max=3)
        self.now = state(self.history.case)
        self.back, self.forth = [], []

    @precondition(lambda self: self.back)
    @rule()
    def restart(self):
        self.history.close()
        self._open(self.path, recovered=False)

    @precondition(lambda self: self.back)
    @rule()
    def crash(self):
        self.history.flush()
        left = self.folder / "left.tasrif"
        shutil.copy(self.path, left)  # what the disk holds when the power goes between commits
        self.history.close()
        left.replace(self.path)
        self._open(self.path, recovered=None)

    def _open(self, path, recovered):
        file = open_case(path)
        assert file.findings == ()
        assert not file.is_read_only
        if recovered is False:
            assert file.recovered_n == 0
        self.history = History(file, steps_max=3)

    def teardown(self):
        self.history.close()
        file = open_case(self.path)
        assert file.verify() == ()
        assert state(file.case) == self.now
        file.close()
        shutil.rmtree(self.folder)


TestMemory = Machine.TestCase
TestMemory.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestFile = FileMachine.TestCase
TestFile.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_each_step_tells_its_listeners_once_with_what_it_touched():
    history, heard = History(tiny_case()), []
    end = history.listen(lambda case, touched: heard.append((state(case), touched)))
    history.do(SetSide(Side.RIGHT))
    assert heard == [(state(history.case), Touched.STUDY)]
    history.do(SetSide(Side.RIGHT))
    assert len(heard) == 1
    history.undo()
    assert heard[1:] == [(state(history.case), Touched.STUDY)]
    with history.gesture("Both"):
        history.do(SetSide(Side.BOTH))
        history.do(AddSegment(segment("bone")))
    assert [touched for _, touched in heard[2:]] == [
        Touched.STUDY,
        AddSegment.touches,
        Touched.NOTHING,
    ]
    history.undo()
    assert heard[-1][1] == Touched.STUDY | AddSegment.touches
    end()
    end()
    history.redo()
    assert len(heard) == 6


def drag_too_far(history):
    history.do(SetSide(Side.RIGHT))
    history.do(RemoveSegment(SegmentId("nobody")))


def test_an_exception_in_a_gesture_brings_the_start_back_and_leaves_no_step():
    history, heard = History(tiny_case()), []
    start = history.case
    history.listen(lambda case, touched: heard.append((case, touched)))
    with pytest.raises(Refusal), history.gesture("Drag"):
        drag_too_far(history)
    assert history.case is start
    assert history.undo_title is None
    assert heard[-1] == (start, Touched.STUDY)


def test_a_gesture_in_a_gesture_and_undo_in_a_gesture_are_bugs():
    history = History(tiny_case())
    with pytest.raises(RuntimeError), history.gesture("a"), history.gesture("b"):
        pass
    with pytest.raises(RuntimeError), history.gesture("a"):
        history.undo()
    with history.gesture("empty"):
        pass
    assert history.undo_title is None


def test_a_refused_edit_leaves_no_step():
    history = History(tiny_case())
    case = history.case
    with pytest.raises(Refusal):
        history.do(RemoveSegment(SegmentId("nobody")))
    assert history.case is case
    assert not history.undo()


def test_memory_holds_two_hundred_steps_and_lets_the_oldest_go():
    history = History(tiny_case(segments=[segment("bone")]))
    for n in range(250):
        history.do(RenameSegment(SegmentId("id-bone"), f"bone {n}"))
    undone = 0
    while history.undo():
        undone += 1
    assert undone == 200
    assert history.case.segments[0].name == "bone 49"


def test_memory_is_bounded_by_bytes_too():
    mask_bytes = random_mask(0).words.nbytes
    history = History(tiny_case(segments=[segment("bone")]), bytes_max=10 * mask_bytes)
    for n in range(1, 30):
        history.do(ReplaceMask(SegmentId("id-bone"), random_mask(n)))
    undone = 0
    while history.undo():
        undone += 1
    assert undone == 10


def test_a_step_larger_than_all_memory_can_still_be_undone():
    history = History(tiny_case(segments=[segment("bone")]), bytes_max=1)
    before = state(history.case)
    history.do(ReplaceMask(SegmentId("id-bone"), random_mask(8)))
    assert history.undo()
    assert state(history.case) == before


def test_with_a_file_undo_goes_deeper_than_memory_and_back(tmp_path):
    file = create(tmp_path / "a.tasrif", tiny_case(segments=[segment("bone")]))
    history = History(file, steps_max=4)
    states = [state(history.case)]
    for n in range(1, 30):
        history.do(ReplaceMask(SegmentId("id-bone"), random_mask(n)))
        states.append(state(history.case))
    for n in reversed(range(29)):
        assert history.undo()
        assert state(history.case) == states[n]
    assert not history.undo()
    for n in range(1, 30):
        assert history.redo()
        assert state(history.case) == states[n]
    assert not history.redo()
    history.close()


def test_undo_and_redo_survive_a_restart(tmp_path):
    path = tmp_path / "a.tasrif"
    history = History(create(path, tiny_case()))
    states = [state(history.case)]
    for edit in (
        AddSegment(segment("bone", 1)),
        AddSegment(segment("skin", 2)),
        SetSide(Side.NONE),
    ):
        history.do(edit)
        states.append(state(history.case))
    history.undo()
    history.undo()
    history.close()
    history = History(open_case(path))
    assert (history.undo_title, history.redo_title) == ("Add segment", "Add segment")
    assert history.redo()
    assert history.redo()
    assert state(history.case) == states[3]
    history.close()
    history = History(open_case(path))
    for n in (2, 1, 0):
        assert history.undo()
        assert state(history.case) == states[n]
    history.close()


def test_many_strokes_cost_their_own_bytes_and_are_undone_after_a_restart(tmp_path):
    """A stroke's row holds its own step, not all before it; undo brings every bit back."""
    path, bone = tmp_path / "a.tasrif", SegmentId("id-bone")
    history = History(create(path, tiny_case(segments=[segment("bone", 1)])))
    history.do(ReplaceMask(bone, random_mask(2), '[{"tool":"threshold"}]'))
    states = [state(history.case)]
    step = '{"set":{"points_lps_mm":"' + 200 * "1" + '"},"tool":"paint"}'
    for n in range(40):
        history.do(StepMask(bone, random_mask(n % 7), step))
        states.append(state(history.case))
    history.close()
    with open_case(path) as file:
        sizes = [len(entry.body()) for entry in file.entries()][-40:]
    assert max(sizes) < 900
    history = History(open_case(path))
    assert state(history.case) == states[-1]
    assert history.case.segments[0].recipe.count('"paint"') == 40
    for before in states[-2::-1]:
        assert history.undo()
        assert state(history.case) == before
    history.close()


def test_masks_that_an_undo_does_not_change_stay_the_same_objects(tmp_path):
    path = tmp_path / "a.tasrif"
    history = History(create(path, tiny_case()))
    history.do(AddSegment(segment("bone", 1)))
    history.do(AddSegment(segment("skin", 2)))
    history.close()
    history = History(open_case(path))
    bone = history.case.segments[0].mask
    history.undo()
    assert history.case.segments[0].mask is bone  # or each surface would be built again
    history.close()


def test_the_volume_is_shared_by_all_steps(tmp_path):
    path = tmp_path / "a.tasrif"
    history = History(create(path, tiny_case()), steps_max=1)
    for seed in range(4):
        history.do(AddSegment(segment(f"s{seed}", seed)))
    volume = history.case.volume
    while history.undo():
        assert history.case.volume is volume
    history.close()


def test_all_of_a_case_comes_back_after_a_restart(tmp_path):
    path = tmp_path / "a.tasrif"
    history = History(create(path, tiny_case(segments=[segment("lung", 4)])))
    history.do(SetSegmentLook(SegmentId("id-lung"), opacity_ratio=1 / 3))
    history.close()
    with open_case(path) as file:
        assert content(file.case) == content(history.case)
