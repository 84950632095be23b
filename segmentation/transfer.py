"""How much light a value takes and what colour it has: the looks of a composited solid."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal

LOW_HU, HIGH_HU = -1024, 3071


@dataclass(frozen=True, slots=True)
class Transfer:
    """A look: piecewise linear in HU, constant beyond the first and last point.

    `opacity` holds (HU, share of light that one millimetre takes, 0 to below 1), `colour` (HU, red,
    green, blue as ratios); HU ascend.
    """

    name: str
    opacity: tuple[tuple[float, float], ...]
    colour: tuple[tuple[float, float, float, float], ...]

    @property
    def extinction_per_mm(self) -> NDArray[np.float64]:
        """The extinction of each HU from `LOW_HU` to `HIGH_HU`: -log(1 - opacity)."""
        at, ratio = np.array(self.opacity).T
        return np.asarray(-np.log1p(-np.interp(np.arange(LOW_HU, HIGH_HU + 1), at, ratio)))

    @property
    def rgb(self) -> NDArray[np.float64]:
        """The colour of each HU from `LOW_HU` to `HIGH_HU`, shape (N, 3)."""
        at, *channels = np.array(self.colour).T
        hu = np.arange(LOW_HU, HIGH_HU + 1)
        return np.stack([np.interp(hu, at, channel) for channel in channels], axis=1)

    def sums(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the running sums over HU of extinction (N + 1,) and colour times it (N + 1, 3)."""
        extinction = self.extinction_per_mm
        tau = np.concatenate([[0.0], np.cumsum(extinction)])
        tint = np.cumsum(self.rgb * extinction[:, None], axis=0)
        return tau, np.concatenate([np.zeros((1, 3)), tint])


@cache
def transfers() -> dict[str, Transfer]:
    """Return the looks that ship with Tasrif, by name (`resources/presets/solids.json`)."""
    text = (resources.files("resources") / "presets" / "solids.json").read_text("utf-8")
    found = {}
    for solid in json.loads(text)["solids"]:
        opacity = tuple((float(hu), float(ratio)) for hu, ratio in solid["opacity"])
        colour = tuple((float(hu), float(r), float(g), float(b)) for hu, r, g, b in solid["colour"])
        found[solid["name"]] = Transfer(solid["name"], opacity, colour)
    return found


def transfer_named(name: str) -> Transfer:
    """Return the look called `name`; refused: `solid-unknown`."""
    if name not in transfers():
        raise Refusal("solid-unknown", name=name, known=", ".join(transfers()))
    return transfers()[name]
