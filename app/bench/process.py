"""Work in a fresh process: what it says, and how much memory it and its own processes take."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from app.bench.peak import MIB

SAMPLE_S: Final = 0.02
LIMIT_S: Final = 300.0
HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process left: exit code, its words, and the most memory of the whole tree in MiB."""

    exit_code: int
    words: str
    peak_mib: float


def run_fresh(words: Sequence[str], extra: Mapping[str, str] | None = None) -> Ran:
    """Run this Python with `words` and settings of nobody; wait for it.

    Resident memory is sampled every 20 ms and added over the tree, so what two of its processes
    share counts twice.
    """
    with tempfile.TemporaryDirectory() as empty:
        env = {**os.environ, **(extra or {})}
        env |= {f"XDG_{name}_HOME": empty for name in ("CONFIG", "CACHE", "DATA")}
        process = subprocess.Popen(
            [sys.executable, *words],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        done = threading.Event()
        seen = [0]

        def sample() -> None:
            """Keep the greatest sum."""
            while not done.wait(SAMPLE_S):
                seen[0] = max(seen[0], tree_bytes(process.pid))

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()  # does nothing to one that has ended
            done.set()
            sampler.join()
    return Ran(process.returncode, out or err, seen[0] / MIB)


def tree_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants; 0 when it is gone."""
    total = 0
    with suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def script(name: str) -> str:
    """Return the path of a script of this folder.

    By path and isolated (`-I`), a script imports nothing but what it asks for.
    """
    return str(HERE / name)
