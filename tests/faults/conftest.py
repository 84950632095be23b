"""Faults and campaigns that cross the floors: what no single module can be held to.

The other folders mirror the floors. Here the program is taken as a whole: killed, given hostile
files, run under another locale, cut off from any network, searched for what a patient must not
leave behind, and run for an hour. Short forms belong to the suite; the long ones are marked
`campaign` and say in their figures how much they tried.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.segmentation.io.series import COLUMNS, ROWS, Recipe, make_series, save, turn

ROOT = Path(__file__).resolve().parents[2]


class Block(Recipe):
    """An oblique series far from the origin: water, a block of bone, a soft lump beside it."""

    def values(self, k):
        """Return the HU of slice k."""
        rng = np.random.default_rng([self.seed, k])
        hu = rng.integers(-20, 20, (ROWS, COLUMNS)).astype(np.int16)
        if 1 <= k < self.slices - 1:
            hu[4:16, 3:17] = 700 + rng.integers(-30, 30, (12, 14))
        if 3 <= k < self.slices - 3:
            hu[8:12, 19:22] = 190
        return hu


def block():
    """The recipe of the series that the whole road goes through."""
    axes = turn(17.0, 2) @ turn(-11.0, 0)
    return Block(axes=axes, origin=(-803.37, 651.21, -1711.83), seed=31)


def items():
    """Plan items for `block`, as `plan --apply` reads them."""
    one = block()

    def at(i, j, k):
        along = i * one.spacing[1] * one.axes[:, 0] + j * one.spacing[0] * one.axes[:, 1]
        return (one.place(k) + along).round(3).tolist()

    wire = {"kind": "trajectory", "name": "Wire", "entry_lps_mm": at(5, 6, 3),
            "target_lps_mm": at(13, 13, 8), "diameter_mm": 1.5, "segment": "Bone"}  # fmt: skip
    tip = {"kind": "landmark", "name": "Tip", "point_lps_mm": at(13, 13, 8)}
    zone = {"kind": "no_go_zone", "name": "Canal", "segment": "Lump", "margin_mm": 0.5}
    return {"version": 1, "items": [wire, tip, zone]}


@dataclass
class Walked:
    """Where the road led, what its process said, and what it told of sockets."""

    out: Path
    ct: Path
    said: str
    told: dict


def home(folder):
    """Return the places of a user of one's own: nothing of the test's user is read or written."""
    places = {name: folder / name.lower() for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    return {name: str(place) for name, place in places.items()} | {"TASRIF_LANGUAGE": "en"}


def walk(*words, env=None, prefix=(), timeout=280):
    """Run `tests.faults.road` as a process; return its standard error and what it told."""
    command = [*prefix, sys.executable, "-m", "tests.faults.road", *map(str, words)]
    answer = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-3000:]
    return answer.stderr, json.loads(answer.stdout)


def walked(folder, files, *words, ct="ct", reasons="", prefix=()):
    """Take a series the whole road in a process of its own."""
    series = save(files, folder / ct)
    out = folder / "out"
    out.mkdir()
    (out / "items.json").write_text(json.dumps(items()))
    env = home(folder) | {"ROAD_REASONS": reasons}
    said, told = walk("road", series, out, *words, env=env, prefix=prefix)
    return Walked(out, series, said, told)


@pytest.fixture(scope="session")
def offline():
    """The words that start a process without any network, () where this system forbids it."""
    words = ("unshare", "-rn")
    try:
        can = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        can = False
    return words if can else ()


@pytest.fixture(scope="session")
def plain_road(tmp_path_factory, offline):
    """The road of a plain series, walked where there is no network at all."""
    folder = tmp_path_factory.mktemp("plain")
    return walked(folder, make_series(block()), prefix=offline)
