"""Known answers, computed on this machine: one tuple of them, each a number that must come out.

Nothing here measures speed, and nothing outside of its own temporary folder is written. Only
`app.console.selftest` uses this package.
"""

from typing import Final

from app.selftest.image import ISLANDS, PHANTOM, THREADS, THRESHOLD
from app.selftest.known import Known
from app.selftest.road import FLIPPED, REOPENED, VERIFIED
from app.selftest.space import ANGLE, CLEARANCE, LANDMARKS, LENGTH, SURFACE

KNOWN: Final[tuple[Known, ...]] = (
    THRESHOLD,
    ISLANDS,
    PHANTOM,
    THREADS,
    SURFACE,
    LANDMARKS,
    LENGTH,
    ANGLE,
    CLEARANCE,
    REOPENED,
    VERIFIED,
    FLIPPED,
)
