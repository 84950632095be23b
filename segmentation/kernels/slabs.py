"""Independent slabs of a grid on a few threads, with progress and cancel between slabs.

Kernels stay serial and release the GIL; threads are Python's own. So any thread may call any
kernel at any time (Numba's own pools forbid that on some systems), compiling stays short, and the
answer cannot depend on the number of threads: a slab's bytes are written by one call.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import count
from threading import Event

from segmentation.progress import Progress, silent

MOST_THREADS = 8
SLICES = 8

Work = Callable[[int, int], None]
DEFAULT_THREADS = min(os.cpu_count() or 1, MOST_THREADS)
_thread_count: ContextVar[int] = ContextVar("thread_count", default=DEFAULT_THREADS)


@contextmanager
def threads(wanted: int) -> Iterator[None]:
    """Use `wanted` threads (1 to `MOST_THREADS`) for the slabs of this block."""
    token = _thread_count.set(min(max(wanted, 1), MOST_THREADS))
    try:
        yield
    finally:
        _thread_count.reset(token)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="slab")


def each_slab(work: Work, total: int, progress: Progress = silent, thick: int = SLICES) -> None:
    """Call `work(start, stop)` for slabs of `thick` that cover 0 to `total`, each once.

    Slabs run in any order and at the same time: each must write only what is its own. The caller's
    thread works too and calls `progress` between its slabs. When that raises, running slabs are
    awaited, no further one starts, and the exception goes on; so does one that `work` raises.
    `work` must not call `each_slab`.
    """
    parts = -(-total // thick)
    turns, ends, stop = count(), count(1), Event()

    def run(report: Progress) -> None:
        """Take slabs until none is left."""
        while not stop.is_set() and (turn := next(turns)) < parts:
            work(turn * thick, min(turn * thick + thick, total))
            report(next(ends), parts)

    helpers = min(_thread_count.get(), parts) - 1
    others: list[Future[None]] = [_pool().submit(run, silent) for _ in range(helpers)]
    try:
        run(progress)
    finally:
        stop.set()
        wait([other for other in others if not other.cancel()])
    for other in others:
        if not other.cancelled():
            other.result()
