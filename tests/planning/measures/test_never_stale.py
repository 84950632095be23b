"""HAZ-20: numbers kept between edits are those that a fresh start measures, whatever was edited."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.measures import MeasureView, measured, subjects
from planning.measures.surfaces import Surfaces
from planning.model.plan import Plan
from planning.model.zone import NoGoZone
from segmentation.mask import BitMask
from segmentation.recipe import extended
from segmentation.volume import Volume
from tests.planning.measures.test_clearance import block_case, screw

PAINTED = '{"set":{},"tool":"paint"}'


def start():
    case, frame = block_case(False)
    path = screw(frame, [-30, 1, 2], [6, 1, 2])
    zone = NoGoZone("zone", "zone", "id-bone", margin_mm=2.0)
    return replace(case, plan=Plan((path, zone)))


def one_bone(case, **changes):
    return replace(case, segments=(replace(case.segments[0], **changes), *case.segments[1:]))


def harder(case, hu):
    """Another mask, as a threshold at another HU makes it, with the recipe that says so."""
    recipe = f'{{"set":{{"lower_hu":{hu},"upper_hu":3000}},"tool":"threshold"}}'
    return one_bone(case, mask=BitMask.from_bool(case.volume.hu >= hu), recipe=recipe)


def painted(case, row):
    """A row of voxels more, by hand."""
    voxels = case.segments[0].mask.to_bool()
    voxels[row, row, :] = True
    recipe = extended(case.segments[0].recipe, PAINTED)
    return one_bone(case, mask=BitMask.from_bool(voxels), recipe=recipe)


def carved(case, depth):
    """Fewer voxels under the same words, as another program's mask under a known name."""
    voxels = case.segments[0].mask.to_bool()
    voxels[:, :, : 14 + depth] = False
    return one_bone(case, mask=BitMask.from_bool(voxels))


def shifted(case, hu):
    """The same place in another exposure: the volume itself is another."""
    return replace(case, volume=Volume(np.clip(case.volume.hu + hu, -1024, 3000), case.volume.grid))


def moved(case, mm):
    path, *rest = case.plan.items
    x, y, z = path.target_lps_mm
    return replace(case, plan=Plan((replace(path, target_lps_mm=(x + mm, y, z)), *rest)))


def hidden(case, is_visible):
    return one_bone(case, is_visible=is_visible)


EDITS = (
    st.tuples(st.just(harder), st.integers(300, 700)),
    st.tuples(st.just(painted), st.integers(2, 30)),
    st.tuples(st.just(carved), st.integers(1, 12)),
    st.tuples(st.just(shifted), st.sampled_from([-40, 25])),
    st.tuples(st.just(moved), st.floats(-3.0, 3.0)),
    st.tuples(st.just(hidden), st.booleans()),
)


def told(view):
    return [result for subject in subjects(view.case) for result in measured(view, subject)]


@pytest.mark.hazard("HAZ-20")
@settings(max_examples=12, deadline=None)
@given(st.lists(st.one_of(*EDITS), min_size=1, max_size=5), st.integers(0, 4))
def test_after_any_edits_and_undos_kept_numbers_are_fresh_ones(edits, undone):
    surfaces, states = Surfaces(), [start()]
    for edit, setting in edits:
        states.append(edit(states[-1], setting))
    for case in (*states, *states[-2 : -2 - undone : -1]):
        assert told(MeasureView(case, surfaces)) == told(MeasureView(case))
