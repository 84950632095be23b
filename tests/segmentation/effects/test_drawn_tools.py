"""Scissors, brush, flood and live wire: what each of their settings does, by formula."""

import numpy as np
import pytest

from segmentation.effects.effect import SegmentView
from segmentation.effects.erase import Erase
from segmentation.effects.flood import Flood
from segmentation.effects.live_wire import LiveWire
from segmentation.effects.paint import Paint
from segmentation.effects.scissors import Scissors
from segmentation.errors import Refusal
from segmentation.mask import BitMask
from tests.segmentation.random_masks import volume_of

SHAPE = (20, 30, 70)
AXIAL = (0.0, 0.0, 1.0)


@pytest.fixture
def view():
    """A block of 500 HU, all of it in the segment, voxels of 1 mm from the origin on."""
    hu = np.full(SHAPE, -100)
    hu[5:15, 8:22, 20:50] = 500
    volume = volume_of(hu)
    return SegmentView(volume, BitMask.from_bool(hu == 500))


def points(view, *kji):
    return tuple(map(tuple, view.volume.grid.lps_mm(np.array(kji, float)[:, ::-1]).tolist()))


def square(view, k=9.0):
    """Seen from the feet: rows 10 to 13, columns 24 to 28."""
    return points(view, (k, 9.5, 23.5), (k, 9.5, 28.5), (k, 13.5, 28.5), (k, 13.5, 23.5))


def inside():
    mask = np.zeros(SHAPE, bool)
    mask[:, 10:14, 24:29] = True
    return mask


@pytest.mark.parametrize(
    ("depth", "slices"),
    [
        ("through", slice(None)),
        ("slice", slice(9, 10)),
        ("sides", slice(7, 11)),
        ("behind", slice(9, 11)),
        ("surface", slice(5, 8)),
    ],
)
@pytest.mark.parametrize("mode", ["erase-inside", "erase-outside", "fill-inside"])
def test_scissors_cut_where_and_as_deep_as_they_are_told(view, depth, slices, mode):
    tool = Scissors(square(view), AXIAL, mode, depth, 2.0)
    reached = np.zeros(SHAPE, bool)
    reached[slices] = True
    block = view.mask.to_bool()
    if mode == "fill-inside":
        truth = block | (reached & inside())
        if depth == "through":
            assert truth[:5].any()
    else:
        truth = block & ~(reached & (inside() == (mode == "erase-inside")))
    assert np.array_equal(tool.apply(view).to_bool(), truth)


def test_scissors_from_the_other_side_cut_the_other_surface(view):
    tool = Scissors(square(view), (0.0, 0.0, -1.0), "erase-inside", "surface", 2.0)
    gone = view.mask.to_bool() & ~tool.apply(view).to_bool()
    assert np.unique(np.argwhere(gone)[:, 0]).tolist() == [12, 13, 14]


def test_an_outline_needs_three_points(view):
    for tool in (Scissors(square(view)[:2]), LiveWire(square(view)[:2])):
        with pytest.raises(Refusal, match="outline-too-short"):
            tool.apply(view)


def test_a_brush_keeps_to_its_range_and_a_disc_to_its_slice(view):
    point = points(view, (5, 15, 20))
    empty = SegmentView(view.volume, BitMask.empty(SHAPE))
    ball = Paint(point, 4.0).apply(empty).to_bool()
    assert np.unique(np.argwhere(ball)[:, 0]).tolist() == list(range(1, 10))
    bone = Paint(point, 4.0, lower_hu=300).apply(empty).to_bool()
    assert np.array_equal(bone, ball & (view.volume.hu >= 300))
    disc = Paint(point, 4.0, "disc", AXIAL).apply(empty).to_bool()
    ball[:5] = ball[6:] = False
    assert np.array_equal(disc, ball)
    left = Erase(point, 4.0, "disc", AXIAL).apply(view).to_bool()
    assert np.array_equal(left, view.mask.to_bool() & ~ball)


@pytest.mark.parametrize(("normal", "axis"), [(AXIAL, 0), ((0.0, 1.0, 0.0), 1), ((1.0, 0, 0), 2)])
@pytest.mark.parametrize("mode", ["add", "remove"])
def test_a_flood_fills_the_block_in_the_slice_of_the_click(view, normal, axis, mode):
    start = BitMask.empty(SHAPE) if mode == "add" else view.mask
    tool = Flood(seed_lps_mm=points(view, (10, 15, 30)), normal_lps=normal, mode=mode)
    layer = np.zeros(SHAPE, bool)
    layer[
        tuple(slice(n, n + 1) if m == axis else slice(None) for m, n in enumerate((10, 15, 30)))
    ] = 1
    block = view.mask.to_bool() & layer
    changed = tool.apply(SegmentView(view.volume, start)).to_bool() != start.to_bool()
    assert np.array_equal(changed, block)


def test_a_flood_stops_at_the_tolerance_and_refuses_clicks_beside_the_range(view):
    hu = view.volume.hu.copy()
    hu[10, 8:22, 30:40] = 560
    steps = SegmentView(volume_of(hu), BitMask.empty(SHAPE))
    click = points(steps, (10, 15, 35))
    assert Flood(seed_lps_mm=click, tolerance_hu=59).apply(steps).voxels == 14 * 10
    assert Flood(seed_lps_mm=click, tolerance_hu=60).apply(steps).voxels == 14 * 30
    with pytest.raises(Refusal, match="seed-outside-range"):
        Flood(lower_hu=600, seed_lps_mm=click).apply(steps)
    with pytest.raises(Refusal, match="seed-missing"):
        Flood().apply(steps)


@pytest.mark.parametrize("mode", ["add", "remove"])
def test_a_wire_fills_its_contour_in_one_slice(view, mode):
    tool = LiveWire(square(view, 9.2), AXIAL, mode)
    start = BitMask.empty(SHAPE) if mode == "add" else view.mask
    changed = tool.apply(SegmentView(view.volume, start)).to_bool() != start.to_bool()
    truth = inside()
    truth[:9] = truth[10:] = False
    assert np.array_equal(changed, truth)
