"""The walls around the decoder, tried from inside: no network, no program, no file but its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from segmentation.errors import Refusal
from segmentation.io import decoder_child
from segmentation.io.decode import DEATHS_MAX, Decoder, DecoderPool
from segmentation.io.slice_header import PixelFormat

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")
INSIDE = """
import ctypes, json, os, socket, sys, runpy
child = runpy.run_path(sys.argv[1])
child["limit"]()
walls = child["enclose"]() if sys.argv[3] == "walled" else ()

def tried(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return ""

def connect():
    with socket.socket() as one:
        one.connect(("127.0.0.1", 9))

def program():
    os.execv("/bin/true", ["/bin/true"]) if os.fork() == 0 else os.wait()

def memory():
    handle = os.memfd_create("frame")
    os.write(handle, b"x")
    assert open(f"/proc/self/fd/{handle}", "rb").read() == b"x"

acts = {
    "socket": socket.socket, "pair": socket.socketpair, "connect": connect,
    "read": lambda: open(sys.argv[2], "rb").read(),
    "list": lambda: os.listdir(os.path.dirname(sys.argv[2])),
    "write": lambda: open(sys.argv[2] + ".new", "wb").close(),
    "remove": lambda: os.remove(sys.argv[2]),
    "execute": lambda: os.execv("/bin/true", ["/bin/true"]) if sys.argv[3] == "walled" else None,
    "kill": lambda: os.kill(os.getppid(), 0),
    "trace": lambda: (_ for _ in ()).throw(PermissionError)
    if ctypes.CDLL(None).ptrace(0, 0, 0, 0) < 0 else None,
    "memory": memory,
}
print(json.dumps({"walls": walls, "acts": {name: tried(act) for name, act in acts.items()}}))
"""


def tried_inside(folder: Path, how: str) -> tuple[list[str], dict[str, str]]:
    """Return which walls stand, and what each act met from inside."""
    secret = folder / "secret"
    secret.write_text("SECRET")
    done = subprocess.run(
        [sys.executable, "-I", "-c", INSIDE, decoder_child.__file__, str(secret), how],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    return answer["walls"], answer["acts"]


@pytest.mark.hazard("HAZ-39")
def test_nothing_gets_out_of_the_decoder(tmp_path: Path) -> None:
    walls, met = tried_inside(tmp_path, "walled")
    assert {"no-new-rights", "few-calls"} <= set(walls)
    shut = ["socket", "pair", "connect", "execute", "kill", "trace"]
    if "few-files" in walls:  # a kernel without Landlock leaves the rights of the person
        shut += ["read", "list", "write", "remove"]
        assert (tmp_path / "secret").read_text() == "SECRET"
    assert {name: met[name] for name in shut} == dict.fromkeys(shut, "PermissionError")
    assert met["memory"] == ""


def test_without_walls_all_of_it_is_possible(tmp_path: Path) -> None:
    """The negative control: the acts themselves work."""
    walls, met = tried_inside(tmp_path, "bare")
    assert walls == []
    assert {name for name, error in met.items() if error} <= {"connect"}  # nobody listens


def test_a_decoder_tells_its_walls() -> None:
    decoder = Decoder()
    assert "few-calls" in decoder.warm()
    decoder.close()


@pytest.mark.hazard("HAZ-39")
def test_what_killed_three_decoders_isnt_tried_again() -> None:
    pool = DecoderPool(1)
    pixels = PixelFormat(4, 4, 16, 16, 15, True, 1.0, 0.0, None, "1.2.840.10008.1.2.5", 0, -1)
    for _ in range(DEATHS_MAX):
        pool.start()
        pool._idle[0]._process.kill()
        with pytest.raises(Refusal, match="decoder-died"):
            pool.frame(pixels, "MONOCHROME2", b"deadly", "one.dcm")
    pool.start()
    with pytest.raises(Refusal, match="decoder-died"):
        pool.frame(pixels, "MONOCHROME2", b"deadly", "one.dcm")
    assert len(pool._idle) == 1  # the living one wasn't even asked
    with pytest.raises(Refusal, match="pixels-broken"):
        pool.frame(pixels, "MONOCHROME2", b"harmless", "one.dcm")
    pool.close()
