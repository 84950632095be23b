"""Compiling ahead: every group runs, and tools find their kernels compiled."""

import numpy as np
import pytest
from numba.core import event

from segmentation.effects import EFFECTS, IN_A_PROCESS
from segmentation.effects.effect import SegmentView
from segmentation.effects.setting import Kind, parameters
from segmentation.errors import Cancelled
from segmentation.mask import BitMask
from segmentation.warm_up import OTHER, WARM_UPS, ready, warm_up
from tests.segmentation.random_masks import noise, volume_of


@pytest.mark.slow
def test_after_a_warm_up_no_tool_compiles():
    steps = []
    warm_up(lambda done, total: steps.append((done, total)))
    assert steps == [(n, len(WARM_UPS)) for n in range(len(WARM_UPS) + 1)]
    volume = volume_of(noise((9, 21, 130)), (1.5, 0.8, 0.7))
    mask = BitMask.from_bool(volume.hu > 226)
    view = SegmentView(volume, mask, others={OTHER: mask})
    bone_ijk = np.argwhere(volume.hu > 226)[:, ::-1]
    places = [(tuple(volume.grid.lps_mm(at)),) for at in (bone_ijk[0], bone_ijk[-1])]
    with event.install_recorder("numba:compile") as compiled:
        for effect_class in (one for one in EFFECTS if one.name not in IN_A_PROCESS):
            known = parameters(effect_class)
            kinds = [p for p in known if p.kind is Kind.POINTS]
            lists = [p.name for p in kinds if p.count.least == 1 or p.name == "inside_lps_mm"]
            points = dict(zip(lists, places, strict=False))
            effect_class(**ready(known) | points).apply(view)
    assert not compiled.buffer


def test_a_warm_up_can_be_cancelled():
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        warm_up(stop)
