"""Small ONNX models that the tests build, fit and place as a hospital would."""

import hashlib
import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIZES = [1, 1, None, None, None]


def model_of(nodes, weights=(), inputs=("x",), outputs=("y",), sizes=SIZES, **more):
    """The bytes of a graph; `weights` are arrays by name."""
    held = [numpy_helper.from_array(np.asarray(w), name) for name, w in dict(weights).items()]
    graph = helper.make_graph(
        nodes, "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        held,
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), *more.pop("opsets", ())]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **more).SerializeToString()


def convolution(kernel, bias):
    """A convolution that keeps its size: `kernel` (channels, k, j, i), `bias` (channels,)."""
    kernel = np.asarray(kernel, np.float32)[:, None]
    pads = [n // 2 for n in kernel.shape[2:]] * 2
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=pads)
    sizes = [1, 1, *[None] * (kernel.ndim - 2)]
    return model_of([node], {"w": kernel, "b": np.asarray(bias, np.float32)}, sizes=sizes)


def pointwise(*levels):
    """Channel 0 for values under the first level, 1 from there to the second, and so on.

    Values are HU / 1000: the lines n x - (sum of the first n levels) cross at the levels.
    """
    slopes = np.arange(len(levels) + 1, dtype=np.float32)
    bias = -np.concatenate([[0.0], np.cumsum(levels)]) / 1000.0
    return convolution(slopes[:, None, None, None], bias)


def manifest_of(data, **changes):
    """A manifest that fits `pointwise`; a change to None takes a field away."""
    known = {
        "format": "tasrif-model", "format_version": 1, "name": "bone", "title": "Bone finder",
        "version": "1.0.0", "licence": "CC0-1.0", "source": "made by a test", "task": "segment",
        "file": "model.onnx", "sha256": hashlib.sha256(data).hexdigest(), "dimensions": 3,
        "axes": "SPL", "spacing_mm": [1.0, 1.0, 1.0], "patch": [16, 16, 16],
        "overlap_ratio": 0.5, "accepts": {"spacing_mm_max": 5.0}, "input": "x", "output": "y",
        "intensity": {"method": "scale", "clip_hu": [-1000, 3000], "low": -1, "high": 3},
        "activation": "softmax", "labels": [{"channel": 1, "name": "Bone"}],
    }  # fmt: skip
    return {key: value for key, value in (known | changes).items() if value is not None}


def place(folder, data, **changes):
    """Put a model into a folder of models as a hospital does; return its own folder."""
    record = manifest_of(data, **changes)
    own = folder / record["name"]
    own.mkdir(parents=True, exist_ok=True)
    (own / "model.onnx").write_bytes(data)
    (own / "model.json").write_text(json.dumps(record), encoding="utf-8")
    return own


def fitted(pictures, truths, kernel_size=3):
    """Kernel and bias of a convolution fitted by least squares: +1 inside the truth, -1 outside."""
    reach = kernel_size // 2
    rows, wanted = [], []
    for picture, truth in zip(pictures, truths, strict=True):
        padded = np.pad(picture, reach)
        seen = np.lib.stride_tricks.sliding_window_view(padded, (kernel_size,) * 3)
        rows.append(seen.reshape(-1, kernel_size**3))
        wanted.append(np.where(truth, 1.0, -1.0).ravel())
    table = np.concatenate(rows)
    table = np.concatenate([table, np.ones((len(table), 1))], axis=1)
    best, *_ = np.linalg.lstsq(table, np.concatenate(wanted), rcond=None)
    return best[:-1].reshape((kernel_size,) * 3), best[-1]
