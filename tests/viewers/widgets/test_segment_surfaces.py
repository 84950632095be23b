"""What the 3D view builds and shows of edits and proposals, and in which order."""

from dataclasses import replace

import numpy as np
import pytest

from segmentation.mask import BitMask
from viewers.gestures.scene import Preview
from viewers.widgets.segment_surfaces import FADED_OPACITY, Quick, SegmentSurfaces

pytestmark = [pytest.mark.qt, pytest.mark.gl]


def built(held, case, shown):
    """Build what is missing, in order; return the keys."""
    jobs = held.jobs(case, shown)
    for key, make in jobs.items():
        held.take(key, make(lambda _done, _total: None))
    return list(jobs)


def edited(segment):
    """The segment without one of its slices."""
    voxels = segment.mask.to_bool()
    voxels[np.flatnonzero(voxels.any(axis=(1, 2)))[-1]] = False
    return replace(segment, mask=BitMask.from_bool(voxels))


def test_an_edit_shows_a_quick_surface_first_and_then_the_fine_one(balls):
    held, segment = SegmentSurfaces(), balls.segments[0]
    assert built(held, balls, [segment]) == [segment.mask]
    before = held.mesh(segment)
    after = edited(segment)
    held.keep([after])
    assert held.mesh(after) is before
    jobs = held.jobs(balls, [after])
    assert list(jobs) == [Quick(after.mask), after.mask]
    held.take(Quick(after.mask), jobs[Quick(after.mask)](lambda _done, _total: None))
    quick = held.mesh(after)
    assert quick is not before
    assert list(held.jobs(balls, [after])) == [after.mask]
    built(held, balls, [after])
    assert held.mesh(after) not in (before, quick)
    assert not held.jobs(balls, [after])
    assert not held.is_missing(after)


def test_a_failed_build_is_not_begun_again(balls):
    held, segment = SegmentSurfaces(), balls.segments[0]
    held.take(segment.mask, None)
    assert held.mesh(segment) is None
    assert not held.jobs(balls, [segment])


def test_a_proposal_is_see_through_and_what_it_replaces_fades(balls):
    held, segment = SegmentSurfaces(), balls.segments[0]
    built(held, balls, [segment])
    preview = Preview(edited(segment).mask, "#D8AA00", segment.id)
    held.propose((preview,))
    assert list(held.proposals()) == []
    assert built(held, balls, [segment]) == [Quick(preview.mask)]
    (surface,) = held.proposals()
    assert surface.colour == "#D8AA00"
    assert 0.0 < surface.opacity_ratio < 1.0
    assert held.faded(segment, surface).opacity_ratio == FADED_OPACITY
    assert held.faded(balls.segments[1], surface) is surface
    newer = Preview(edited(replace(segment, mask=preview.mask)).mask, "#D8AA00", segment.id)
    held.propose((newer,))
    held.keep([segment])
    (kept,) = held.proposals()
    assert kept.mesh is surface.mesh  # until its own is there
    assert list(held.jobs(balls, [segment])) == [Quick(newer.mask)]
    held.propose(())
    assert list(held.proposals()) == []
    assert held.faded(segment, surface) is surface


def test_an_applied_proposal_is_shown_at_once(balls):
    held, segment = SegmentSurfaces(), balls.segments[0]
    built(held, balls, [segment])
    preview = Preview(edited(segment).mask, "#D8AA00", segment.id)
    held.propose((preview,))
    built(held, balls, [segment])
    (surface,) = held.proposals()
    after = replace(segment, mask=preview.mask)
    held.propose(())
    held.keep([after])
    held.propose((preview,))
    assert list(held.jobs(balls, [after])) == [after.mask]
    assert held.mesh(after) is surface.mesh


def test_proposals_without_a_voxel_have_no_surface(balls):
    held, segment = SegmentSurfaces(), balls.segments[0]
    nothing = Preview(BitMask.empty(segment.mask.shape_kji), "#D8AA00", segment.id)
    held.propose((nothing,))
    assert not held.jobs(balls, [])
    assert list(held.proposals()) == []
