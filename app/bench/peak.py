"""How much memory work takes at its peak."""

import ctypes
import gc
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

MIB: Final = 2.0**20
SAMPLE_S: Final = 0.002
_RESET: Final = Path("/proc/self/clear_refs")
_STATUS: Final = Path("/proc/self/status")


class Peak:
    """Growth of this process's resident memory while the block runs, in `mib`.

    Sampled every 2 ms by a thread, and where the kernel keeps a high-water mark that may be reset
    (Linux) by that too: it also sees what work allocates that never lets another thread run.
    What was freed before is given back first, as far as the C library can (glibc), so that memory
    used again counts too.
    """

    mib = 0.0

    def __enter__(self) -> Self:
        """Take note of what is there and start to sample."""
        _give_back()
        self._process = psutil.Process()
        self._before = self._most = self._resident()
        self._is_marked = _reset_mark()
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop sampling and settle the figure."""
        self._done.set()
        self._sampler.join()
        most = max(self._most, self._resident(), _mark() if self._is_marked else 0)
        self.mib = max(0, most - self._before) / MIB

    def _resident(self) -> int:
        return int(self._process.memory_info().rss)

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_S):
            self._most = max(self._most, self._resident())


def _give_back() -> None:
    """Collect garbage and return freed memory to the system."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # another C library has no such call
        ctypes.CDLL(None).malloc_trim(0)


def _reset_mark() -> bool:
    """Set the kernel's high-water mark to now; return whether that is possible here."""
    try:
        _RESET.write_text("5")
    except OSError:
        return False
    return True


def _mark() -> int:
    """Return the high-water mark in bytes, 0 where there is none."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
