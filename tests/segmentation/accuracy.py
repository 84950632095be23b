"""How near the tools that go by HU come to the exact truth of the phantoms, tool by tool.

`python -m tests.segmentation.accuracy half` prints the rows of `docs/accuracy.md`.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.phantoms.phantom import Phantom, build_phantom
from segmentation.effects import effect_named
from segmentation.effects.effect import SegmentView, outcome
from segmentation.mask import BitMask
from tests.journeys.truth import dice, distance_95_mm
from tests.segmentation.anatomy.made import BONE, LUNG, truth

NAMES = ("shoulder", "lumbar", "abdomen")
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Way:
    """A tool with its settings, and what it is meant to find."""

    words: str
    tool: str
    settings: dict[str, object]
    labels: tuple[int, ...]  # none: all of the body


WAYS = (
    Way("Range, preset Bone", "threshold", {"lower_hu": 226}, BONE),
    Way("Range, preset Lung", "threshold", {"lower_hu": -950, "upper_hu": -500}, LUNG),
    Way("Range, preset Skin", "threshold", {"lower_hu": -300}, ()),
    Way("Thin bone", "local-threshold", {}, BONE),
    Way("Parts with a dense core", "hysteresis", {}, BONE),
    Way("Bone and metal, bone", "metal", {}, BONE),
)


def score(made: Phantom, way: Way) -> tuple[float, float] | None:
    """Dice and 95th-percentile distance of one way on one phantom; None without such a tissue."""
    true = truth(made, way.labels) if way.labels else made.labelmap > 0
    if not true.any():
        return None
    empty = BitMask.empty(made.volume.grid.shape_kji)
    made_of = outcome(effect_named(way.tool)(**way.settings), SegmentView(made.volume, empty))
    mask: Bools = made_of.mask.to_bool()
    return dice(mask, true), distance_95_mm(mask, true, made.volume.grid.spacing_kji_mm)


def rows(detail: str) -> Iterator[tuple[str, str, float, float]]:
    """Yield way, phantom, Dice and distance for all that a detail has."""
    for name in NAMES:
        made = build_phantom(name, detail=detail)
        for way in WAYS:
            found = score(made, way)
            if found is not None:
                yield way.words, name, *found


def main() -> int:
    """Print the rows."""
    detail = sys.argv[1]
    spacing = " x ".join(
        f"{mm:.1f}"
        for mm in build_phantom("lumbar", detail=detail).volume.grid.spacing_kji_mm[::-1]
    )
    for words, name, agreement, away_mm in rows(detail):
        line = (
            f"| {words} | phantom {name}, {detail} | {spacing} | {agreement:.3f} | {away_mm:.1f} |"
        )
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
