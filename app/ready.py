"""Make this installation ready: compile the kernels and keep them, so that no window waits."""

import sys

from app.console.progress import ConsoleProgress
from app.warm import draw_slices, measure_depths
from segmentation.kernels.cache import forget_others
from segmentation.warm_up import warm_up


def main() -> int:
    """Compile every kernel once; a second call finds them in the cache."""
    progress = ConsoleProgress("kernels")
    forget_others()
    warm_up(progress)
    draw_slices()
    measure_depths()
    progress.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
