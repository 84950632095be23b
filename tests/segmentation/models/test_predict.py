"""What a model finds, held against the truth of phantoms and against SciPy."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from segmentation.errors import Refusal
from segmentation.grid import Grid
from segmentation.mask import BitMask
from segmentation.models.manifest import read_manifest
from segmentation.models.predict import predict, starts
from segmentation.models.space import from_model, space_of, to_model, turn_to
from segmentation.progress import silent
from segmentation.volume import Volume
from tests.segmentation.models.tiny import convolution, fitted, place, pointwise
from tests.segmentation.random_masks import OBLIQUE, grid_of, noise, volume_of

SIDES = [
    {"channel": 1, "name": "Scapula left", "code": "79601000:272741003=7771000"},
    {"channel": 2, "name": "Scapula right", "code": "79601000:272741003=24028007"},
]
CENTRE_LPS_MM = np.array([12.0, -4.0, 30.0])


def found(folder, data, volume, **changes):
    own = place(folder, data, **changes)
    return predict(volume, own, read_manifest(own / "model.json"))


def ball(shape_kji, spacing_kji_mm, radius_mm, direction=None):
    """A ball of 1000 HU in 0 HU with partial volume, off the middle of its grid."""
    direction = np.eye(3) if direction is None else direction
    middle = (np.array(shape_kji[::-1]) - 1) / 2 * np.array(spacing_kji_mm[::-1])
    grid = Grid(shape_kji, CENTRE_LPS_MM - direction @ middle, spacing_kji_mm, direction, "1.2")
    ijk = np.indices(shape_kji)[::-1].reshape(3, -1).T
    away = np.linalg.norm(grid.lps_mm(ijk) - CENTRE_LPS_MM - [3.0, -2.0, 4.0], axis=1)
    share = np.clip(0.5 + (radius_mm - away) / np.mean(spacing_kji_mm), 0.0, 1.0)
    return Volume((1000.0 * share).reshape(shape_kji).astype(np.int16), grid)


def dice(one, two):
    return 2.0 * (one & two).sum() / (one.sum() + two.sum())


@given(st.integers(1, 300), st.integers(1, 64), st.sampled_from((0.0, 0.25, 0.5, 0.8)))
def test_windows_cover_an_axis_and_overlap_as_asked(size, patch, overlap):
    begins = starts(size, patch, overlap)
    assert begins[0] == 0
    assert begins[-1] == max(size - patch, 0)
    assert begins == sorted(set(begins))
    # a window begins at whole voxels: its neighbour may be one further for it
    assert max(np.diff(begins), default=0) <= max(1.0, patch * (1.0 - overlap)) + 1.0
    seen = np.zeros(max(size, patch), bool)
    for begin in begins:
        seen[begin : begin + patch] = True
    assert seen.all()


@pytest.mark.parametrize(
    ("patch", "overlap"), [((16, 16, 16), 0.5), ((7, 40, 9), 0.0), ((64, 64, 96), 0.25)]
)
def test_a_pointwise_model_says_the_same_through_any_window(tmp_path, patch, overlap):
    volume = volume_of(noise((18, 22, 70), 3))
    labels = [{"channel": 1, "name": "Soft"}, {"channel": 2, "name": "Bone"}]
    shape = {"patch": list(patch), "overlap_ratio": overlap}
    made = found(tmp_path, pointwise(-200.5, 225.5), volume, labels=labels, **shape)
    soft, bone = (one.mask.to_bool() for one in made.found)
    assert np.array_equal(bone, volume.hu > 225)
    assert np.array_equal(soft, (volume.hu > -201) & (volume.hu <= 225))


def test_channels_that_the_manifest_leaves_out_are_background(tmp_path):
    volume = volume_of(noise((9, 12, 20), 3))
    labels = [{"channel": 1, "name": "Soft"}]
    made = found(tmp_path, pointwise(-200.5, 225.5), volume, labels=labels)
    soft = made.found[0].mask.to_bool()
    assert np.array_equal(soft, (volume.hu > -201) & (volume.hu <= 225))


def test_padding_is_never_found(tmp_path):
    hu = noise((9, 12, 20), 3)
    padding = BitMask.from_bool(np.random.default_rng(1).random(hu.shape) < 0.3)
    made = found(tmp_path, pointwise(225.5), volume_of(hu, padding=padding))
    assert np.array_equal(made.found[0].mask.to_bool(), (hu > 225) & ~padding.to_bool())


def test_a_fitted_convolution_is_scipys(tmp_path):
    """Second road: SciPy's correlation, with the window over the whole picture."""
    truths = [ndimage.gaussian_filter(noise((14, 20, 24), n), 1.5) > 60 for n in (1, 2)]
    random = np.random.default_rng(0)
    pictures = [np.where(t, 400, 0) + random.normal(0, 150, t.shape) for t in truths]
    pictures = [np.round(one) / 1000.0 for one in pictures]
    kernel, bias = fitted(pictures, truths)
    data = convolution(np.stack([0 * kernel, kernel]), [0.0, bias])
    volume = volume_of(np.round(1000.0 * pictures[1]))
    shape = {"patch": [16, 24, 24], "overlap_ratio": 0}
    made = found(tmp_path, data, volume, **shape).found[0].mask.to_bool()
    wide = np.pad(pictures[1], 2)
    response = ndimage.correlate(wide, kernel, mode="constant")[2:-2, 2:-2, 2:-2] + bias
    sure = np.abs(response) > 1e-4  # float32 against float64
    assert sure.mean() > 0.99
    assert np.array_equal(made[sure], response[sure] > 0)
    assert dice(made, truths[1]) > 0.9  # it learned what bone is
    small = {"patch": [12, 12, 12], "overlap_ratio": 0.5}
    windows = found(tmp_path, data, volume, **small).found[0].mask.to_bool()
    assert dice(windows, made) > 0.98


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize("axes", ["SPL", "RAS", "ILA"])
@pytest.mark.parametrize(
    "direction",
    [np.diag([1.0, -1, -1]), np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]), OBLIQUE],
    ids=["turned", "rolled", "oblique"],
)
def test_labels_follow_the_body_whatever_the_order_of_its_voxels(axes, direction):
    """A turn brings the patient's axes where the model wants them, and back to the voxel."""
    grid = grid_of((5, 6, 7), (2.0, 1.5, 1.0), direction)
    turn = turn_to(grid, axes)
    hu = np.arange(210).reshape(5, 6, 7)
    turned = turn.apply(hu)
    assert np.array_equal(turn.undo(turned), hu)
    signs = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}
    for n, letter in enumerate(axes):
        ends = [turned[tuple(m * (n == a) for a in range(3))] for m in (0, 1)]
        steps = [np.argwhere(hu == end)[0] for end in ends]
        lps = grid.lps_mm(np.array(steps)[:, ::-1])
        axis, sign = signs[letter]
        step_mm = sign * (lps[1] - lps[0])
        assert np.argmax(np.abs(step_mm)) == axis
        assert step_mm[axis] > 0
    at = np.array([[1.0, 2.0, 3.0]])
    there = turn.points(at, grid.shape_kji)[0].astype(int)
    assert turned[tuple(there)] == hu[1, 2, 3]


def edges(axis, reach=1):
    """Channel 1 where values fall along an axis, channel 2 where they rise."""
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    middle = [1, 1, 1]
    for channel, sign in ((1, 1.0), (2, -1.0)):
        for step in (-1, 1):
            at = list(middle)
            at[axis] += step
            kernel[(channel, *at)] = -sign * step
    return convolution(kernel, [0.0, -0.3, -0.3])


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize("flip", ["as it is", "flipped"])
def test_left_stays_left_when_the_scan_is_flipped_and_a_swapped_model_is_refused(tmp_path, flip):
    """The border of a ball to the patient's left is where values fall towards the left."""
    turn = np.diag([-1.0, -1.0, 1.0]) if flip == "flipped" else np.eye(3)
    volume = ball((20, 22, 24), (1.5, 1.5, 1.5), 8.0, turn)
    whole = {"spacing_mm": [1.5] * 3, "patch": [20, 22, 24], "labels": SIDES}
    left, right = (one.mask for one in found(tmp_path, edges(2), volume, **whole).found)
    for mask, sign in ((left, 1), (right, -1)):
        middle = volume.grid.lps_mm(np.argwhere(mask.to_bool())[:, ::-1].mean(axis=0))
        assert 4.0 < sign * (middle - CENTRE_LPS_MM - [3.0, -2.0, 4.0])[0] < 8.0
    with pytest.raises(Refusal, match="model-sides-swapped"):
        found(tmp_path, edges(2), volume, **{**whole, "axes": "SPR"})


def test_a_side_alone_is_told_as_unproven(tmp_path):
    volume = ball((16, 16, 16), (1.0, 1.0, 1.0), 5.0)
    made = found(tmp_path, pointwise(500), volume, labels=SIDES[:1])
    assert [one.code for one in made.findings] == ["model-side-unproven"]


@pytest.mark.parametrize("model_mm", [[1.0, 1.0, 1.0], [2.0, 1.4, 1.4]])
@pytest.mark.parametrize("spacing", [(2.5, 0.7, 0.7), (0.8, 1.1, 0.9)])
def test_resampling_to_a_models_spacing_and_back_keeps_a_ball(spacing, model_mm):
    """Without a process: half a voxel of either grid at the border, its middle stays."""
    shape = tuple(int(44 / s) for s in spacing)
    volume = ball(shape, spacing, 15.0)
    record = type("Wanted", (), {"axes": "IAL", "spacing_mm": tuple(model_mm)})()
    space = space_of(volume.grid, record)
    intensity = type("Plain", (), {"clip_hu": (-1000, 3000), "subtract": 0, "divide": 1, "add": 0})
    seen = to_model(volume.hu, space, intensity, silent)
    assert seen.shape == space.model_shape
    back = from_model((seen > 500).astype(np.uint8), space, silent) > 0
    truth = volume.hu > 500
    assert dice(back, truth) > 0.96
    shift = np.argwhere(back).mean(axis=0) - np.argwhere(truth).mean(axis=0)
    assert np.abs(shift * spacing).max() < 0.1


def test_a_model_of_another_spacing_finds_the_ball(tmp_path):
    volume = ball((18, 40, 40), (2.5, 1.0, 1.0), 14.0)
    made = found(tmp_path, pointwise(500), volume, spacing_mm=[2.0, 1.5, 1.5], axes="RAS")
    assert dice(made.found[0].mask.to_bool(), volume.hu > 500) > 0.95


def test_sigmoid_labels_may_overlap_and_slices_do_for_two_dimensions(tmp_path):
    volume = volume_of(noise((6, 20, 24), 3))
    kernel = np.ones((2, 1, 1), np.float32)
    labels = [{"channel": 0, "name": "Dense"}, {"channel": 1, "name": "Bone"}]
    flat = {"dimensions": 2, "patch": [1, 16, 16], "activation": "sigmoid", "labels": labels}
    data = convolution(kernel, [-0.0005, -0.2255])
    dense, bone = (one.mask.to_bool() for one in found(tmp_path, data, volume, **flat).found)
    assert np.array_equal(dense, volume.hu > 0)
    assert np.array_equal(bone, volume.hu > 225)
    likely = {**flat, "activation": "probability"}
    data = convolution(kernel, [0.4995, 0.2745])
    dense, bone = (one.mask.to_bool() for one in found(tmp_path, data, volume, **likely).found)
    assert np.array_equal(dense, volume.hu > 0)
    assert np.array_equal(bone, volume.hu > 225)


def test_scans_that_a_model_is_not_for_are_refused(tmp_path):
    volume = volume_of(noise((9, 12, 20), 3), (6.0, 1.0, 1.0))
    with pytest.raises(Refusal, match="model-scan-coarse"):
        found(tmp_path, pointwise(226), volume)
    wide = {"spacing_mm_max": 8.0, "extent_mm_min": 100.0}
    with pytest.raises(Refusal, match="model-scan-short"):
        found(tmp_path, pointwise(226), volume, accepts=wide)
    prompt = {"task": "prompt", "points": "p", "point_labels": "l"}
    with pytest.raises(Refusal, match="model-needs-points"):
        found(tmp_path, pointwise(226), volume, **prompt)


def test_a_result_says_where_it_comes_from(tmp_path):
    own = place(tmp_path, pointwise(226))
    manifest = read_manifest(own / "model.json")
    made = predict(volume_of(noise((5, 6, 7))), own, manifest).made_by
    assert made["model"] == "bone"
    assert made["version"] == "1.0.0"
    assert made["sha256"] == manifest.sha256
    assert made["manifest_sha256"] == manifest.sha256_of_manifest
    assert made["provider"] == "CPUExecutionProvider"
    assert made["runtime"].startswith("onnxruntime ")
    assert made["on"] == datetime.now(UTC).date().isoformat()
