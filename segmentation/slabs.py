"""Work on independent slabs of an array, shared over threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from segmentation.progress import Progress, silent


def share(
    work: Callable[[int], None],
    slabs_n: int,
    progress: Progress = silent,
    threads_n: int | None = None,
) -> None:
    """Call `work(0)` .. `work(slabs_n - 1)`, each once; every slab writes only what is its own.

    `work` runs kernels that release the GIL and last at most 50 ms; `progress` is called in the
    caller's thread after each slab. What it raises (`Cancelled`) stops the slabs not yet begun
    and is raised here. Any number of threads may call this at once, and the bytes written do not
    depend on `threads_n` (all cores when None).
    """
    threads_n = threads_n or os.cpu_count() or 1
    if min(threads_n, slabs_n) <= 1:
        for slab in range(slabs_n):
            work(slab)
            progress(slab + 1, slabs_n)
        return
    with ThreadPoolExecutor(min(threads_n, slabs_n)) as pool:
        futures = [pool.submit(work, slab) for slab in range(slabs_n)]
        try:
            for done, future in enumerate(futures):
                future.result()
                progress(done + 1, slabs_n)
        finally:
            pool.shutdown(cancel_futures=True)


def part(progress: Progress, number: int, parts_n: int) -> Progress:
    """Return the progress of phase `number` of `parts_n` equally long phases."""

    def report(done: int, total: int) -> None:
        """Report as a part of the whole."""
        progress(number * total + done, parts_n * total)

    return report
