"""A model's process: whatever happens in it, this one gets labels or one clear refusal, in time."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from onnx import helper

from segmentation.errors import Cancelled, Refusal
from segmentation.models import child
from segmentation.models.run import MIB, Job, Limits, command, run
from segmentation.progress import silent
from tests.segmentation.models.tiny import model_of, pointwise

GOOD = pointwise(226)
PICTURE = np.zeros((4, 4, 4), np.float32)
SETTINGS = {
    "input": "x", "output": "y", "dimensions": 3, "activation": "softmax", "channels": [1],
    "patch": [4, 4, 4], "starts": [[0], [0], [0]],
}  # fmt: skip
ROOM = Limits(4096 * MIB, 60.0)
INSIDE = """
import json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from segmentation.models import child
walls = child.walled({"device": sys.argv[3], "memory_bytes": 4 << 30})

def tried(act):
    try:
        act()
    except OSError as error:
        return "shut" if isinstance(error, PermissionError) else "error"
    return ""

acts = {
    "socket": socket.socket, "pair": socket.socketpair,
    "name": lambda: socket.getaddrinfo("example.invalid", 80),
    "read": lambda: open(sys.argv[2]).read(),
    "write": lambda: open(sys.argv[2] + ".new", "wb").close(),
    "execute": lambda: os.execv("/bin/true", ["/bin/true"]),
}
met = {name: tried(act) for name, act in acts.items()}
text = json.dumps({"is": "fault", "code": "run", "reason": json.dumps([walls, met])}).encode()
sys.stdout.buffer.write(child.TOLD.pack(len(text), 0) + text)
"""


def job(model=GOOD, **changes):
    settings = SETTINGS | changes
    return Job("Bone finder", "windows", (model,), (PICTURE,), settings, PICTURE.size)


def stand_in(code, *words):
    """A program that takes the place of the model's process."""
    return [sys.executable, "-I", "-c", code, *words]


def said(record, payload=b"", declared=None):
    """Code that says one thing as the protocol has it, then waits."""
    text = json.dumps(record).encode()
    size = len(payload) if declared is None else declared
    data = child.TOLD.pack(len(text), size) + text + payload
    return f"import sys; sys.stdout.buffer.write({data!r}); sys.stdout.flush(); sys.stdin.read()"


def refused(*arguments, **named):
    with pytest.raises(Refusal) as caught:
        run(*arguments, **named)
    return caught.value


def test_a_model_answers_with_labels_and_who_computed_them():
    steps = []
    reply = run(job(), lambda done, of: steps.append(done / of), ROOM)
    assert reply.arrays[0].shape == (4, 4, 4)
    assert reply.provider == child.PROCESSOR
    assert steps == sorted(steps)


def test_no_gaussian_weight_is_zero_and_the_middle_weighs_most():
    weight = child.bell((64, 8, 1))
    assert weight.min() > 0.0
    assert weight.max() == weight[31, 3, 0] == 1.0


def graph(*nodes, **weights):
    return model_of(list(nodes), {name: np.asarray(w) for name, w in weights.items()})


def endless():
    """A loop of 2^62 rounds."""
    out = [helper.make_tensor_value_info(n, t, []) for n, t in (("go", 9), ("b", 1))]
    given = [helper.make_tensor_value_info(n, t, []) for n, t in (("n", 7), ("go0", 9), ("a", 1))]
    body = helper.make_graph(
        [helper.make_node("Identity", ["go0"], ["go"]), helper.make_node("Neg", ["a"], ["b"])],
        "body", given, out,
    )  # fmt: skip
    loop = helper.make_node("Loop", ["many", "", "zero"], ["end"], body=body)
    add = helper.make_node("Add", ["x", "end"], ["y"])
    return graph(loop, add, many=np.int64(2**62), zero=np.float32(0))


def greedy():
    """Zeros of 2^40 bytes added to the picture."""
    zeros = helper.make_node("ConstantOfShape", ["many"], ["z"])
    add = helper.make_node("Add", ["x", "z"], ["y"])
    return graph(zeros, add, many=np.array([2**38], np.int64))


def divided_by_zero():
    return graph(helper.make_node("Div", ["x", "zero"], ["y"]), zero=np.float32(0))


@pytest.mark.parametrize(
    ("model", "changes", "code"),
    [
        (GOOD, {"input": "z"}, "model-run-failed"),
        (GOOD, {"channels": [2]}, "model-shape-differs"),
        (model_of([helper.make_node("Nothing", ["x"], ["y"])]), {}, "model-unloadable"),
        (greedy(), {}, "model-memory"),
        (divided_by_zero(), {"channels": [0]}, "model-not-finite"),
    ],
    ids=["input", "channels", "unloadable", "memory", "not-finite"],
)
def test_what_a_model_can_do_wrong_has_a_sentence_of_its_own(model, changes, code):
    refusal = refused(job(model, **changes), silent, ROOM)
    assert refusal.code == code
    assert refusal.values["model"] == "Bone finder"


@pytest.mark.hazard("HAZ-35")
def test_a_model_that_hangs_is_ended():
    start = time.monotonic()
    refusal = refused(job(endless(), channels=[0]), silent, Limits(4096 * MIB, 3.0))
    assert refusal.code == "model-silent"
    assert time.monotonic() - start < 60.0
    assert not children()


def children():
    """The processes of models; those that decode images are of other tests."""
    every = psutil.Process().children()
    return [one for one in every if "models/child.py" in " ".join(one.cmdline())]


def test_a_stop_ends_the_process_before_it_is_told():
    loaded = []

    def stop(_done, _of):
        if children():
            loaded.append(1)
        if len(loaded) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(job(endless(), channels=[0]), stop, ROOM)
    assert not children()


@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import sys; sys.exit(0)",
        "print('{}', flush=True)",
        said({"is": "done", "arrays": []}, declared=1 << 40),
        said({"is": "done", "arrays": [{"dtype": "|u1", "shape": [4, 4, 4]}]}, b"12"),
        said({"is": "done", "arrays": [{"dtype": "O", "shape": [1]}]}, b"12345678"),
        said({"is": "done"}),
        said([1, 2]),
    ],
    ids=["abort", "exit", "chatter", "huge", "short", "objects", "nothing", "list"],
)
def test_a_process_that_dies_or_lies_is_a_refusal(code):
    refusal = refused(job(), silent, ROOM, stand_in(code))
    assert refusal.code == "model-crashed"


def test_memory_in_use_is_watched_where_the_system_bounds_none():
    code = "import sys; x = bytearray(300 << 20); sys.stdin.read(); sys.stdin.close();"
    code += "import threading; threading.Event().wait(60)"
    refusal = refused(job(), silent, Limits(200 * MIB, 60.0), stand_in(code))
    assert refusal.code == "model-memory"
    assert refusal.values["mib"] == 200


@pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")
@pytest.mark.hazard("HAZ-39")
@pytest.mark.parametrize("device", ["processor", "fastest"])
def test_nothing_gets_out_of_a_models_process(tmp_path, device):
    """SEC-10, SEC-14: the acts fail inside; the decoder's own test shows that they work without."""
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    root = str(Path(child.__file__).parents[2])
    refusal = refused(job(), silent, ROOM, stand_in(INSIDE, root, str(secret), device))
    walls, met = json.loads(refusal.values["reason"])
    assert {"no-new-rights", "few-calls"} <= set(walls)
    shut = ["socket", "pair", "execute"]
    if "few-files" in walls:
        shut += ["read", "write"]
    assert {name: met[name] for name in shut} == dict.fromkeys(shut, "shut")
    assert met["name"]


def test_a_real_run_stands_behind_these_walls():
    walls = run(job(), silent, ROOM).walls
    assert sys.platform != "linux" or {"no-new-rights", "few-calls"} <= set(walls)


def test_the_process_is_an_interpreter_without_the_persons_surroundings():
    assert command()[1] == "-I"
    source = Path(child.__file__).read_text()
    assert "AzureExecutionProvider" not in source
