"""The model's own process: runs one ONNX model on one picture and answers with labels.

Started as a script by `segmentation.models.run`, in an isolated interpreter behind the walls of the
decoder's process (row SEC-10): no network, no program, no file of the person, bounded memory. It is
given bytes that were checked before, and no name, path or identity.

Protocol on standard input and output, little endian. Asked once: `length of JSON`, the JSON with
the `sizes` of the payloads, the payloads. It answers with any number of `length of JSON, length of
payload`, the JSON, the payload; the last one says `done` or `fault`.
"""

import json
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

ASKED: Final = struct.Struct("<I")
TOLD: Final = struct.Struct("<IQ")
REASON_LETTERS: Final = 200
# Never Azure: it would send the picture to somebody else's computer.
GRAPHICS: Final = (
    "CUDAExecutionProvider",
    "ROCMExecutionProvider",
    "MIGraphXExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
)
PROCESSOR: Final = "CPUExecutionProvider"

Array = NDArray[Any]
Floats = NDArray[np.float32]
Ask = Callable[[Floats], Floats]
Tell = Callable[[int, int], None]
Plan = Mapping[str, Any]


class Fault(Exception):  # noqa: N818 - told to the parent, which makes a Refusal of it
    """What is wrong with a model, as a code that the parent knows and a reason in its words."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


def bell(patch: Sequence[int]) -> Floats:
    """Return the weight of each voxel of a window: a Gaussian of an eighth of its sides.

    A voxel near a window's border knows little of its surroundings (Isensee 2021,
    doi 10.1038/s41592-020-01008-z). No weight is 0.
    """
    sides = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in patch]
    curves = [np.exp(-0.5 * (x / max(n / 8, 0.5)) ** 2) for x, n in zip(sides, patch, strict=True)]
    weight = curves[0][:, None, None] * curves[1][None, :, None] * curves[2][None, None, :]
    least: Floats = np.maximum(weight / weight.max(), 1e-4).astype(np.float32)
    return least


def decided(total: Floats, weight: Floats, plan: Plan) -> Array:
    """Return the labels of voxels from the weighted sums of a model's channels."""
    if not np.isfinite(total).all():
        raise Fault("not-finite")
    if plan["activation"] == "softmax":
        kept = np.zeros(total.shape[0], np.uint8)
        kept[plan["channels"]] = plan["channels"]
        best: Array = kept[np.argmax(total, axis=0)]
        return best
    # A mean of logits, or of probabilities, over the windows that saw the voxel.
    level = 0.5 if plan["activation"] == "probability" else 0.0
    return (total[plan["channels"]] > level * weight).astype(np.uint8)


def slid(ask: Ask, picture: Floats, plan: Plan, tell: Tell) -> Array:
    """Return the labels of a picture that is seen through overlapping windows.

    Sums of channels are kept for the windows' own depth only: what the next window no longer
    reaches is decided and forgotten, so memory grows with a window and not with the picture.
    """
    patch, starts = plan["patch"], plan["starts"]
    bell_of_patch = bell(patch)
    depth, total = patch[0], None
    weight = np.zeros((depth, *picture.shape[1:]), np.float32)
    parts: list[Array] = []
    done, all_n = 0, len(starts[0]) * len(starts[1]) * len(starts[2])
    for n, k in enumerate(starts[0]):
        for j, i in ((j, i) for j in starts[1] for i in starts[2]):
            at = np.s_[j : j + patch[1], i : i + patch[2]]
            seen = ask(np.ascontiguousarray(picture[k : k + depth, at[0], at[1]]))
            if total is None:
                total = np.zeros((seen.shape[0], depth, *picture.shape[1:]), np.float32)
            total[:, :, at[0], at[1]] += seen * bell_of_patch
            weight[:, at[0], at[1]] += bell_of_patch
            done += 1
            tell(done, all_n)
        assert total is not None
        step = starts[0][n + 1] - k if n + 1 < len(starts[0]) else depth
        parts.append(decided(total[:, :step], weight[:step], plan))
        total[:, : depth - step] = total[:, step:].copy()
        weight[: depth - step] = weight[step:].copy()
        total[:, depth - step :], weight[depth - step :] = 0.0, 0.0
    return np.concatenate(parts, axis=-3)


def asker(session: Any, plan: Plan) -> Ask:  # noqa: ANN401 - a session of an untyped library
    """Return what runs a window through the graph and holds the answer against the manifest."""
    patch = tuple(plan["patch"])
    least = max(plan["channels"]) + 1

    def ask(window: Floats) -> Floats:
        given = window if plan["dimensions"] == 3 else window[0]
        (out,) = session.run([plan["output"]], {plan["input"]: given[None, None]})
        seen = np.asarray(out, np.float32)
        if plan["dimensions"] == 2 and seen.ndim == 4:
            seen = seen[:, :, None]
        if seen.ndim != 5 or seen.shape[2:] != patch or seen.shape[1] < least:
            raise Fault("shape", f"{list(np.shape(out))}")
        first: Floats = seen[0]
        return first

    return ask


def run_windows(sessions: Sequence[Any], arrays: Sequence[Array], plan: Plan, tell: Tell) -> Any:  # noqa: ANN401 - arrays by place
    """Return the labels of a picture, padded where it is smaller than a window."""
    (picture,) = arrays
    lacking = [max(p - n, 0) for p, n in zip(plan["patch"], picture.shape, strict=True)]
    wide = np.pad(picture, [(n // 2, n - n // 2) for n in lacking])
    found = slid(asker(sessions[0], plan), wide, plan, tell)
    k, j, i = (
        slice(lack // 2, lack // 2 + n) for lack, n in zip(lacking, picture.shape, strict=True)
    )
    return [found[..., k, j, i]]


def run_graph(sessions: Sequence[Any], arrays: Sequence[Array], plan: Plan, tell: Tell) -> Any:  # noqa: ANN401 - arrays by place
    """Return all that one graph answers for its inputs, named in the plan."""
    tell(0, 1)
    outs = sessions[0].run(plan["outputs"], dict(zip(plan["inputs"], arrays, strict=True)))
    found = [np.asarray(out, np.float32) for out in outs]
    if not all(np.isfinite(one).all() for one in found):
        raise Fault("not-finite")
    tell(1, 1)
    return found


WAYS: Final = {"windows": run_windows, "graph": run_graph}


def load(model: bytes, plan: Plan) -> Any:  # noqa: ANN401 - a session of an untyped library
    """Return a session for a model's bytes; the wanted provider is the first of its own."""
    import onnxruntime  # noqa: PLC0415 - only in this process

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = plan["threads"]
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")
    there = onnxruntime.get_available_providers()
    graphics = [name for name in GRAPHICS if name in there] if plan["device"] == "fastest" else []
    return onnxruntime.InferenceSession(model, options, providers=[*graphics, PROCESSOR])


def faults() -> tuple[type[Exception], ...]:
    """Return what the runtime raises; its own exceptions have no common parent."""
    from onnxruntime.capi import onnxruntime_pybind11_state  # noqa: PLC0415 - only in this process

    known = vars(onnxruntime_pybind11_state).values()
    own = (one for one in known if isinstance(one, type) and issubclass(one, Exception))
    plain = (ValueError, RuntimeError, TypeError, KeyError, IndexError, MemoryError)
    return (Fault, *plain, *own)


def as_fault(error: Exception, code: str) -> Fault:
    """Return what the parent is told of an error: lack of memory has a code of its own."""
    if isinstance(error, Fault):
        return error
    words = " ".join(str(error).split())
    lacks = ("bad_alloc", "Failed to allocate", "out of memory", "bad allocation", "mmap failed")
    is_memory = isinstance(error, MemoryError) or any(word in words for word in lacks)
    return Fault("memory" if is_memory else code, words[:REASON_LETTERS])


def bound(memory_bytes: int) -> None:
    """Bound memory, files and core dumps of this process where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a lower limit is already set
            continue


def walled(plan: Plan) -> tuple[str, ...]:
    """Bound this process and put walls around it; return the names of those that stand.

    A graphics card's driver maps more memory than there is and opens files of its own: there the
    parent's watch over the memory in use stands alone, and the files stay open.
    """
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    from segmentation.io import decoder_child  # noqa: PLC0415 - found by the line above

    sys.path.remove(root)
    if plan["device"] != "fastest":
        bound(plan["memory_bytes"])
        return decoder_child.enclose()
    return decoder_child.enclose_calls()


def arrays_of(source: BinaryIO, shapes: Sequence[Mapping[str, Any]]) -> Iterator[Array]:
    """Yield the arrays that follow."""
    for one in shapes:
        kind = np.dtype(one["dtype"])
        data = source.read(int(np.prod(one["shape"], dtype=np.int64)) * kind.itemsize)
        yield np.frombuffer(data, kind).reshape(one["shape"])


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer the one request."""

    def tell(record: Mapping[str, Any], payload: bytes = b"") -> None:
        text = json.dumps(record).encode()
        sink.write(TOLD.pack(len(text), len(payload)) + text)
        sink.write(payload)
        sink.flush()

    plan: Plan = json.loads(source.read(*ASKED.unpack(source.read(ASKED.size))))
    own = faults()  # the runtime is loaded before the walls stand, the model after
    walls = walled(plan)
    models = [source.read(size) for size in plan["models"]]
    code = "load"
    try:
        arrays = list(arrays_of(source, plan["arrays"]))
        sessions = [load(model, plan) for model in models]
        tell({"is": "loaded", "provider": sessions[0].get_providers()[0], "walls": walls})
        code = "run"
        found = WAYS[plan["way"]](
            sessions, arrays, plan, lambda done, of: tell({"is": "step", "done": done, "of": of})
        )
    except own as error:
        fault = as_fault(error, code)
        tell({"is": "fault", "code": fault.code, "reason": fault.reason})
        return
    shapes = [{"dtype": one.dtype.str, "shape": one.shape} for one in found]
    tell({"is": "done", "arrays": shapes}, b"".join(one.tobytes() for one in found))


def main() -> None:
    """Serve standard input and output; nothing else may write there."""
    sink = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # a chatty library must not spoil the protocol
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
