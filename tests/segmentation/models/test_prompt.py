"""Models that work from points: tiny graphs that do plain arithmetic, so the truth is a formula."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from segmentation.effects.click import Click
from segmentation.effects.effect import SegmentView, outcome
from segmentation.errors import Refusal
from segmentation.kept import Kept
from segmentation.mask import BitMask
from segmentation.models import shelf
from segmentation.models.manifest import read_manifest
from segmentation.models.prompt import Prompt, window_of
from tests.segmentation.models.tiny import model_of, place
from tests.segmentation.random_masks import OBLIQUE, volume_of

SHAPE = (20, 24, 28)
SPACING = (2.0, 1.0, 1.0)
PATCH = [12, 16, 16]
RADIUS = 4.0


def near_points(patch, picture="x"):
    """Inside where the distance to a marked point, in voxels of the window, is under a radius.

    The logit of a voxel is the largest of (radius² - distance²) over points inside, 0.01 of the
    picture added, so that a graph that loses the picture or a point says something else.
    """
    axes = np.stack(np.indices(patch), -1).reshape(1, -1, 1, 3).astype(np.float32)
    weights = {
        "grid": axes, "r2": np.float32(RADIUS**2), "far": np.float32(1e4), "one": np.float32(1),
        "some": np.float32(0.01), "shape": np.array([1, 1, *patch], np.int64),
        "a1": np.array([1], np.int64), "a3": np.array([3], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("Unsqueeze", ["p", "a1"], ["pp"]),  # [1, 1, N, 3]
        helper.make_node("Sub", ["grid", "pp"], ["d"]),
        helper.make_node("Mul", ["d", "d"], ["dd"]),
        helper.make_node("ReduceSum", ["dd", "a3"], ["s"], keepdims=0),  # [1, V, N]
        helper.make_node("Sub", ["r2", "s"], ["g"]),
        helper.make_node("Sub", ["one", "l"], ["off"]),
        helper.make_node("Abs", ["off"], ["aoff"]),  # 0 for points inside only
        helper.make_node("Mul", ["aoff", "far"], ["minus"]),
        helper.make_node("Unsqueeze", ["minus", "a1"], ["mm"]),  # [1, 1, N]
        helper.make_node("Sub", ["g", "mm"], ["gm"]),
        helper.make_node("ReduceMax", ["gm"], ["best"], axes=[2], keepdims=0),
        helper.make_node("Reshape", ["best", "shape"], ["b"]),
        helper.make_node("Mul", [picture, "some"], ["few"]),
        helper.make_node("Add", ["b", "few"], ["y"]),
    ]
    return nodes, weights


def one_graph(patch=tuple(PATCH)):
    nodes, weights = near_points(patch)
    sizes = {"x": [1, 1, *patch], "p": [1, None, 3], "l": [1, None]}
    return graph(nodes, weights, sizes, "y")


def graph(nodes, weights, sizes, out):
    from onnx import numpy_helper

    made = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in sizes.items()],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(w), n) for n, w in weights.items()],
    )  # fmt: skip
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(made, opset_imports=opset, ir_version=8).SerializeToString()


PROMPT = {
    "task": "prompt", "points": "p", "point_labels": "l", "activation": "sigmoid",
    "patch": PATCH, "labels": [{"channel": 0, "name": "Pointed"}],
}  # fmt: skip


@pytest.fixture
def models(tmp_path):
    shelf.use(tmp_path)
    place(tmp_path, one_graph(), **PROMPT)
    yield tmp_path
    shelf.use(None)


def lps(volume, *kji):
    return tuple(tuple(p) for p in volume.grid.lps_mm(np.array(kji, float)[:, ::-1]).tolist())


def told(volume, kept=None, **points):
    empty = BitMask.empty(volume.grid.shape_kji)
    return outcome(Click(model="bone", **points), SegmentView(volume, empty, kept=kept or Kept()))


def balls_mm(centres, radius_mm=RADIUS):
    at = np.indices(SHAPE).reshape(3, -1).T
    away = [np.linalg.norm((at - np.array(c)) * SPACING, axis=1) for c in centres]
    return (np.min(away, axis=0) < radius_mm).reshape(SHAPE)


@pytest.mark.parametrize("axes", ["SPL", "RAI"])
@pytest.mark.parametrize("direction", [np.eye(3), np.diag([-1.0, -1, 1]), OBLIQUE])
def test_points_reach_the_model_where_they_were_clicked(models, axes, direction):
    """Spacing, turn, window and padding: the ball lies around the click, in millimetres."""
    place(models, one_graph(), **PROMPT, axes=axes)
    volume = volume_of(np.zeros(SHAPE), SPACING, direction)
    patch = {"SPL": PATCH, "RAI": PATCH}[axes]
    assert patch == PATCH
    made = told(volume, inside_lps_mm=lps(volume, (9, 12, 14)))
    truth = balls_mm([(9, 12, 14)])
    found = made.mask.to_bool()
    assert 2.0 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9
    middle = np.argwhere(found).mean(axis=0)
    assert np.abs((middle - (9, 12, 14)) * SPACING).max() < 0.6
    assert made.made_by["model"] == "bone"
    assert [one.code for one in made.findings] == ["model-proposal"]


def test_near_the_border_the_window_is_cut_and_padded(models):
    volume = volume_of(np.zeros(SHAPE), SPACING)
    found = told(volume, inside_lps_mm=lps(volume, (0, 1, 27))).mask.to_bool()
    truth = balls_mm([(0, 1, 27)])
    assert 2.0 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9


def test_two_graphs_encode_the_picture_once(models):
    """The encoder is taken away after the first click: the second one needs the decoder only."""
    import hashlib

    patch = tuple(PATCH)
    encoder = graph([helper.make_node("Identity", ["x"], ["e"])], {}, {"x": [1, 1, *patch]}, "e")
    nodes, weights = near_points(patch, "e")
    decoder = graph(nodes, weights, {"e": [1, 1, *patch], "p": [1, None, 3], "l": [1, None]}, "y")
    second = {
        "file": "decoder.onnx", "sha256": hashlib.sha256(decoder).hexdigest(), "embedding": "e",
    }  # fmt: skip
    own = place(models, encoder, **PROMPT, decoder=second)
    (own / "decoder.onnx").write_bytes(decoder)
    volume, kept, steps = volume_of(np.zeros(SHAPE), SPACING), Kept(), []
    first, further = (9, 12, 14), (9, 12, 8)
    assert told(volume, kept, inside_lps_mm=lps(volume, first)).mask.voxels
    kept_before = kept._thing
    made = told(volume, kept, inside_lps_mm=lps(volume, first, further))
    assert kept._thing is kept_before
    found, truth = made.mask.to_bool(), balls_mm([first, further])
    assert 2.0 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.9
    assert not steps


def test_points_of_each_kind_and_corners_are_marked(models):
    volume = volume_of(np.zeros(SHAPE), SPACING)
    away = told(
        volume, inside_lps_mm=lps(volume, (9, 12, 14)), outside_lps_mm=lps(volume, (9, 12, 10)),
        box_lps_mm=lps(volume, (6, 8, 10), (12, 16, 18)),
    ).mask.to_bool()  # fmt: skip
    assert np.array_equal(away, told(volume, inside_lps_mm=lps(volume, (9, 12, 14))).mask.to_bool())


def test_what_does_not_fit_is_refused(models):
    volume = volume_of(np.zeros(SHAPE), SPACING)
    with pytest.raises(Refusal, match="click-outside-window"):
        told(volume, inside_lps_mm=lps(volume, (9, 2, 2), (9, 22, 26)))
    place(models, one_graph((8, 8, 8)), **PROMPT)
    with pytest.raises(Refusal, match=r"model-run-failed|model-shape-differs"):
        told(volume, inside_lps_mm=lps(volume, (9, 12, 14)))
    plain = model_of([helper.make_node("Identity", ["x"], ["y"])])
    place(models, plain)
    with pytest.raises(Refusal, match="model-needs-none"):
        told(volume, inside_lps_mm=lps(volume, (9, 12, 14)))


def test_a_window_lies_around_the_first_point_or_the_box(models):
    volume = volume_of(np.zeros((60, 70, 80)), (1.0, 1.0, 1.0))
    manifest = read_manifest(models / "bone" / "model.json")
    one = np.array([[30.0, 35.0, 40.0]])
    low = window_of(volume, manifest, Prompt(one, one[:0], one[:0])).low
    assert np.allclose(np.array(low) + (np.array(PATCH) - 1) / 2, one, atol=1.0)
    box = np.array([[10.0, 10, 10], [20, 20, 20]])
    low = window_of(volume, manifest, Prompt(one, one[:0], box)).low
    assert np.allclose(np.array(low) + (np.array(PATCH) - 1) / 2, 15.0, atol=1.0)
