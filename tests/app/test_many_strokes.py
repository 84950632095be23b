"""Many strokes: undo and redo bring every bit back, and memory stays where it is (wish U5)."""

import gc
import tracemalloc

import numpy as np
import pytest

from planning.case.edits import ReplaceMask

pytestmark = pytest.mark.qt
SHAPES = ("ball", "disc")


def stroke(window, random):
    """One random stroke of a random brush through the open window."""
    tooling, grid = window.tooling, window.desk.case.volume.grid
    wanted = str(random.choice(("paint", "erase")))
    if tooling.name != wanted:
        window.dispatcher.run(f"open_{wanted}")
    ijk = random.uniform(0.0, 1.0, (3, 3)) * (np.array(grid.shape_kji[::-1]) - 1)
    tooling.draw(
        points_lps_mm=tuple(map(tuple, grid.lps_mm(ijk).tolist())),
        radius_mm=float(random.uniform(1.0, 5.0)),
        shape=str(random.choice(SHAPES)),
        lower_hu=int(random.choice((-32768, 300))),
    )


def words(window):
    return window.desk.case.segments[0].mask.to_words()


def test_undo_and_redo_of_strokes_are_bit_identical(full_window):
    random = np.random.default_rng(11)
    history = full_window.desk.history
    states = [words(full_window)]
    for _ in range(25):
        before = history.case
        stroke(full_window, random)
        if history.case is not before:
            states.append(words(full_window))
    assert len(states) > 15
    for state in states[-2::-1]:
        full_window.desk.undo()
        assert np.array_equal(words(full_window), state)
    assert history.undo_title is None
    for state in states[1:]:
        full_window.desk.redo()
        assert np.array_equal(words(full_window), state)


@pytest.mark.campaign
@pytest.mark.slow
def test_two_thousand_strokes_leak_nothing(full_window, qtbot):
    """The recipe is begun anew now and then, as by any tool that finds: it grows by each stroke."""
    random = np.random.default_rng(12)
    desk = full_window.desk
    start = desk.case.segments[0].mask
    sizes = []
    tracemalloc.start()
    for n in range(2000):
        if n % 50 == 0:
            desk.do(ReplaceMask(desk.case.segments[0].id, start, ""))
        stroke(full_window, random)
        if n % 7 == 0:
            desk.undo()
            desk.redo()
        if n % 400 == 399:
            qtbot.wait(10)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    # The first reading is taken after the history's 200 steps are full.
    assert max(sizes[1:]) < 1.1 * sizes[0]
