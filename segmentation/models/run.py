"""Runs a model's process, listens to it, and ends it: at once on a stop, at a bound, after silence.

Whatever the process does, this one survives and answers with labels or a `Refusal`.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.models.child import ASKED, TOLD
from segmentation.progress import Progress

_SCRIPT: Final = Path(__file__).with_name("child.py")
LISTEN_S: Final = 0.04
WATCH_S: Final = 0.2
JSON_BYTES_MAX: Final = 1 << 16
MIB: Final = 1 << 20
MEMORY_RATIO: Final = 0.75
FAULTS: Final = {
    "load": "model-unloadable",
    "run": "model-run-failed",
    "shape": "model-shape-differs",
    "memory": "model-memory",
    "not-finite": "model-not-finite",
}

Array = NDArray[Any]


def memory_bytes() -> int:
    """Return how much a model may use: three quarters of this machine's memory."""
    import psutil  # noqa: PLC0415 - only who runs a model asks

    return int(MEMORY_RATIO * psutil.virtual_memory().total)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model's process may take.

    Attributes
    ----------
    memory_bytes
        Address space on a processor; with a graphics card the memory in use.
    silent_s
        How long it may work without a sign of life: one window, or loading.
    whole_s
        How long it may take altogether.
    """

    memory_bytes: int = field(default_factory=memory_bytes)
    silent_s: float = 600.0
    whole_s: float = 4 * 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What to ask: the checked bytes of the graphs, the way to run them, their arrays.

    `wanted_bytes` is the most that an honest answer needs.
    """

    name: str
    way: str
    models: Sequence[bytes]
    arrays: Sequence[Array]
    settings: Mapping[str, Any]
    wanted_bytes: int
    device: str = "processor"


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What a model's process answered, who computed it, and the walls it stood behind."""

    arrays: tuple[Array, ...]
    provider: str
    walls: tuple[str, ...]


Record = dict[str, Any]


class _Process:
    """The process with a thread that feeds it and one that listens."""

    def __init__(self, program: Sequence[str], asked: Sequence[Any], most_bytes: int) -> None:
        self.process = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            close_fds=True,
        )
        self.heard: queue.SimpleQueue[tuple[Record, bytes] | None] = queue.SimpleQueue()
        self._threads = (
            threading.Thread(target=self._feed, args=(asked,), daemon=True),
            threading.Thread(target=self._listen, args=(most_bytes,), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def _feed(self, asked: Sequence[Any]) -> None:
        stream = self.process.stdin
        assert stream is not None
        try:
            for payload in asked:
                stream.write(payload)
            stream.close()
        except (OSError, ValueError):  # it ended before it was told everything
            return

    def _listen(self, most: int) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while len(head := stream.read(TOLD.size)) == TOLD.size:
                text_n, payload_n = TOLD.unpack(head)
                if text_n > JSON_BYTES_MAX or payload_n > most:
                    break
                record = json.loads(_exactly(stream, text_n))
                if not isinstance(record, dict):
                    break
                self.heard.put((record, _exactly(stream, payload_n)))
        except (OSError, ValueError, EOFError, RecursionError):
            pass
        self.heard.put(None)

    def close(self) -> None:
        """End the process and wait for it; its threads end with their pipes."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:  # unsent bytes for a process that is gone
                continue


def run(
    job: Job, progress: Progress, limits: Limits | None = None, program: list[str] | None = None
) -> Reply:
    """Return what a model's process answers; `progress` counts its windows.

    Raises
    ------
    Refusal
        `model-unloadable`, `model-run-failed`, `model-shape-differs`, `model-not-finite`,
        `model-memory`, `model-silent`, `model-crashed`.
    Cancelled
        When `progress` says so; the process has ended by then.
    """
    limits = limits or Limits()
    arrays = [np.ascontiguousarray(one) for one in job.arrays]
    plan = {
        **job.settings,
        "way": job.way,
        "device": job.device,
        "threads": max(1, os.cpu_count() or 1),
        "memory_bytes": limits.memory_bytes,
        "models": [len(one) for one in job.models],
        "arrays": [{"dtype": one.dtype.str, "shape": one.shape} for one in arrays],
    }
    text = json.dumps(plan).encode()
    bodies = [one.reshape(-1).view(np.uint8).data for one in arrays if one.size]
    asked = [ASKED.pack(len(text)) + text, *job.models, *bodies]
    process = _Process(program or command(), asked, job.wanted_bytes)
    try:
        return _heard(process, job, progress, limits)
    finally:
        process.close()


def _heard(process: _Process, job: Job, progress: Progress, limits: Limits) -> Reply:
    start = last = watched = time.monotonic()
    provider, walls, done, of = "", (), 0, 1
    while True:
        progress(done, of)
        now = time.monotonic()
        if now - last > limits.silent_s or now - start > limits.whole_s:
            raise Refusal("model-silent", model=job.name, seconds=round(now - last))
        if now - watched > WATCH_S:
            watched = now
            _expect_small(process.process.pid, job, limits)
        try:
            said = process.heard.get(timeout=LISTEN_S)
        except queue.Empty:
            continue
        if said is None:
            raise Refusal("model-crashed", model=job.name)
        last = time.monotonic()
        record, payload = said
        if record.get("is") == "loaded":
            provider, walls = str(record.get("provider"))[:60], tuple(record.get("walls", ()))
        elif record.get("is") == "step":
            of = max(int(record["of"]), 1)
            done = min(max(int(record["done"]), done), of)
        elif record.get("is") == "done":
            return Reply(_arrays(record, payload, job), provider, walls)
        else:
            raise _refusal(record, job, limits)


def _arrays(record: Record, payload: bytes, job: Job) -> tuple[Array, ...]:
    """Return the arrays of an answer; refuse one that isn't as long as it says."""
    found, at = [], 0
    try:
        for one in record["arrays"]:
            kind = np.dtype(one["dtype"])
            count = int(np.prod([int(n) for n in one["shape"]], dtype=np.int64))
            found.append(np.frombuffer(payload, kind, count, at).reshape(one["shape"]))
            at += count * kind.itemsize
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal("model-crashed", model=job.name) from error
    return tuple(found)


def _refusal(record: Record, job: Job, limits: Limits) -> Refusal:
    """Return what a fault that the process told is for the person."""
    code = FAULTS.get(str(record.get("code")), "model-run-failed")
    if code == "model-memory":
        return _too_big(job, limits)
    if code == "model-not-finite":
        return Refusal(code, model=job.name)
    return Refusal(code, model=job.name, reason=str(record.get("reason", ""))[:200])


def _too_big(job: Job, limits: Limits) -> Refusal:
    return Refusal("model-memory", model=job.name, mib=limits.memory_bytes // MIB)


def _expect_small(pid: int, job: Job, limits: Limits) -> None:
    """Refuse a process that uses more memory than it may, where the system bounds none."""
    import psutil  # noqa: PLC0415 - only who runs a model asks

    try:
        used = psutil.Process(pid).memory_info().rss
    except psutil.Error:  # it has just ended: its last words are heard next
        return
    if used > limits.memory_bytes:
        raise _too_big(job, limits)


def command() -> list[str]:
    """Return the command that starts a model's process; a frozen program starts itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--model-child"]
    return [sys.executable, "-I", "-X", "utf8", str(_SCRIPT)]


def _environment() -> dict[str, str]:
    """Return the few variables that an interpreter needs; none that steers a library."""
    kept = ("SYSTEMROOT", "PATH", "TEMP", "TMPDIR", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    return env | {"LC_ALL": "C", "OMP_WAIT_POLICY": "PASSIVE"}


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
