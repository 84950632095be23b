"""Comparison with the libraries that people use otherwise, as ratios: one file a group.

A peer is imported by the group that needs it, when its turn comes, so nothing here reaches the
window or another command. Only `app.console.bench` uses this package.
"""

from typing import Final

from app.bench import (
    growing,
    handing,
    islands,
    loading,
    memory,
    planning,
    ranges,
    slices,
    start,
    surface,
    threshold,
    tools,
)
from app.bench.job import Group

GROUPS: Final[tuple[Group, ...]] = (
    loading.GROUP,
    threshold.GROUP,
    ranges.GROUP,
    islands.GROUP,
    growing.GROUP,
    surface.GROUP,
    tools.GROUP,
    planning.GROUP,
    handing.GROUP,
    slices.GROUP,
    start.GROUP,
    memory.GROUP,
)
