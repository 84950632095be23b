"""A counting hand: every click, key, turn of the wheel and pointing of a journey is noted.

It aims at places of the patient as an eye does that knows the anatomy: from the scale and the
middle of the views as the case opened, which zooming and panning would change.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planning.case.case import Case
from planning.case.file import open_case
from tests.window.screen import Person, until
from tests.window.test_journey import colours, view
from viewers.pipelines.first_view import first_view
from viewers.pipelines.plane import PlaneKind, SlicePlane, patient_plane, step_mm

RESTS_S = 0.5  # longer than the program takes to say anew where its controls are
SLICES = ("axial", "coronal", "sagittal")
NAMED = {"axial": 2, "coronal": 1, "sagittal": 0}
LpsPoint = tuple[float, float, float]


@dataclass
class Count:
    """What a person would have done."""

    clicks: int = 0
    pointings: int = 0  # the pointer taken somewhere with Shift held, to bring the slices there
    turns: int = 0  # notches of the wheel
    keys: int = 0

    @property
    def acts(self) -> int:
        return self.clicks + self.pointings + self.turns + self.keys


@dataclass
class Hand:
    """Uses the window of one case and counts."""

    person: Person
    path: Path
    shots: Path
    title: str
    count: Count = field(default_factory=Count)
    planes: dict[str, SlicePlane] = field(default_factory=dict)
    crosshair: LpsPoint = (0.0, 0.0, 0.0)
    started_s: float = 0.0
    ended_s: float = 0.0
    waits: list[tuple[str, float]] = field(default_factory=list)
    _case: Case | None = None

    def sit_down(self) -> None:
        """Wait for the first pictures; from here on time and acts are counted."""
        self.person.place("view.axial")
        until(lambda: colours(view(self.person, "axial")) > 60, what="an axial picture")
        with open_case(self.path, read_only=True) as file:
            case = file.case
        boxes = {PlaneKind(name): self.person.place(f"view.{name}")[2:] for name in SLICES}
        first = first_view(case, boxes)
        self.crosshair = first.crosshair_lps_mm
        for name in SLICES:
            kind = PlaneKind(name)
            plane = patient_plane(kind, first.centre_lps_mm, first.mm_per_px, boxes[kind])
            self.planes[name] = plane.through(self.crosshair)
        self._case = case
        self.started_s = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started_s

    def end(self) -> None:
        """Stop the clock."""
        self.ended_s = self.seconds

    def spot(self, name: str, lps_mm: LpsPoint) -> tuple[int, int]:
        """Where on the screen a place of the patient is seen in a slice."""
        x, y, width, height = self.person.place(f"view.{name}")
        column, line = self.planes[name].px(np.array(lps_mm))
        assert 0 <= column < width, f"{lps_mm} is out of sight in {name}"
        assert 0 <= line < height, f"{lps_mm} is out of sight in {name}"
        return x + int(column), y + int(line)

    def _cross(self, lps_mm: LpsPoint) -> None:
        self.crosshair = lps_mm
        self.planes = {name: plane.through(lps_mm) for name, plane in self.planes.items()}

    def _reached(self, name: str, spot: tuple[int, int]) -> LpsPoint:
        x, y = self.person.place(f"view.{name}")[:2]
        at = self.planes[name].lps_mm((spot[0] - x + 0.0, spot[1] - y + 0.0))
        return float(at[0]), float(at[1]), float(at[2])

    def bring(self, name: str, lps_mm: LpsPoint) -> None:
        """Take all slices to a place, pointing at it in one slice with Shift held."""
        spot = self.spot(name, lps_mm)
        near = spot[0] - 2, spot[1]
        reached = self._reached(name, spot)
        if math.dist(reached, self.crosshair) < 0.5:
            return
        before = self.views()
        self.person.tool(
            "keydown", "shift", "mousemove", *near, "mousemove", *spot, "keyup", "shift",
        )  # fmt: skip
        self.count.pointings += 1
        self._cross(reached)
        # Whoever points sees the slices follow before the hand goes on.
        until(lambda: bool((self.views() != before).any()), 10.0, "the slices to follow")

    def views(self) -> NDArray[np.uint8]:
        """The pixels of the slices."""
        x, y, width, height = self.person.place("views")
        return self.person.pixels()[y : y + height, x : x + width]

    def turn(self, name: str, lps_mm: LpsPoint) -> None:
        """Turn the wheel over a slice until it holds a place."""
        assert self._case is not None
        plane = self.planes[name]
        step = step_mm(self._case.volume.grid, plane)
        notches = round(plane.depth_mm(lps_mm) / step)
        if not notches:
            return
        x, y = self.person.point(f"view.{name}")
        button = 4 if notches > 0 else 5
        words = ["click", "--repeat", abs(notches), "--delay", 25, button]
        self.person.tool("mousemove", x, y, *words)
        self.count.turns += abs(notches)
        moved = np.array(self.crosshair) + notches * step * np.array(plane.axis)
        self._cross((float(moved[0]), float(moved[1]), float(moved[2])))

    def click_in(self, name: str, lps_mm: LpsPoint) -> None:
        """Click a place that the slice holds."""
        depth = abs(self.planes[name].depth_mm(lps_mm))
        assert depth < 6.0, f"{name} is {depth:.1f} mm away from {lps_mm}"
        self.person.tool("mousemove", *self.spot(name, lps_mm), "click", 1)
        self.count.clicks += 1

    def draw(self, name: str, points: list[LpsPoint]) -> None:
        """Draw along points with the left button down: one click that is long."""
        plane = self.planes[name]
        first, *rest = (self.spot(name, replace_depth(plane, point)) for point in points)
        words: list[object] = ["mousemove", *first, "mousedown", 1]
        for spot in rest:
            words += ["mousemove", *spot, "sleep", "0.06"]
        before = self.person.pixels()
        self.person.tool(*words, "mouseup", 1)
        self.count.clicks += 1
        self.person.steady(unlike=before)

    def go(self, lps_mm: LpsPoint) -> None:
        """Bring the slices to a place: two pointings, or one where that is enough."""
        self.bring("coronal", (lps_mm[0], self.crosshair[1], lps_mm[2]))
        if math.dist(self.crosshair, lps_mm) > 2.0:
            self.bring("axial", (lps_mm[0], lps_mm[1], self.crosshair[2]))

    def put(self, lps_mm: LpsPoint, name: str = "axial") -> None:
        """Bring the slices to a place and click it."""
        self.go(lps_mm)
        self.click_in(name, replace_depth(self.planes[name], lps_mm))

    def click(self, name: str, fx: float = 0.5, fy: float = 0.5, button: int = 1) -> None:
        """Click a control once it stands still."""
        self.still(name)
        self.person.click(name, fx, fy, button)
        self.count.clicks += 1

    def still(self, name: str) -> None:
        """Wait until a control stays where it is."""
        last, since = [self.person.place(name)], [time.monotonic()]

        def rests() -> bool:
            seen, before = self.person.place(name), last[0]
            last[0] = seen
            if seen != before:
                since[0] = time.monotonic()
            return time.monotonic() - since[0] > RESTS_S

        until(rests, what=f"{name} to stay")

    def press(self, *keys: str) -> None:
        """Press keys."""
        self.person.press(*keys)
        self.count.keys += len(keys)

    def write(self, words: str) -> None:
        """Type into the field that has the focus, in the place of what it held."""
        self.person.press("ctrl+a")
        self.person.tool("type", "--delay", "15", words)
        self.count.keys += 1 + len(words)

    def fill(self, name: str, words: str) -> None:
        """Click a field, write into it and leave it by Tab."""
        self.click(name)
        self.write(words)
        self.press("Tab")

    def wait_for(self, look: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for the machine, and note how long."""
        start = time.monotonic()
        until(look, seconds, what)
        self.waits.append((what, time.monotonic() - start))

    def is_ready(self) -> bool:
        """Whether the tool can be applied: its button is filled with the accent."""
        place = self.person.places().get("tool_apply")
        if place is None:
            return False
        x, y, width, height = place
        part = self.person.pixels()[y + 4 : y + height - 4, x + 4 : x + width - 4].astype(int)
        spread = np.median(part.reshape(-1, 3), axis=0)
        return float(np.ptp(spread)) > 60.0

    def apply(self, what: str) -> None:
        """Wait for the preview, apply the tool and wait until it is put away."""
        self.wait_for(self.is_ready, f"preview of {what}")
        self.photograph(f"{what}-preview")
        self.click("tool_apply")
        self.wait_for(lambda: "tool_apply" not in self.person.places(), f"applying {what}")

    def photograph(self, what: str) -> None:
        """Keep a picture to look at; the clock stands still for it."""
        start = time.monotonic()
        self.person.steady()
        self.person.photograph(self.shots / f"{self.title}-{what.replace(' ', '-')}.png")
        self.started_s += time.monotonic() - start


def replace_depth(plane: SlicePlane, lps_mm: LpsPoint) -> LpsPoint:
    """The place in the slice that lies nearest."""
    flat = replace(plane).lps_mm(tuple(plane.px(np.array(lps_mm))))
    return float(flat[0]), float(flat[1]), float(flat[2])
