"""A person at a screen: an X server of its own, a mouse, a keyboard and eyes that see pixels.

The program runs as its own process; nothing here knows Qt or Tasrif's code.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from Xlib import X
from Xlib import display as xdisplay

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("Xvfb", "xdotool", "openbox")
DEAF_MS = 1000.0
STALLS: list[tuple[str, dict[str, Any]]] = []  # of every window of this run, for the report
T = TypeVar("T")


def missing_programs() -> list[str]:
    return [name for name in NEEDED if shutil.which(name) is None]


def until(look: Callable[[], T | None], seconds: float = 60.0, what: str = "") -> T:
    """Return the first answer of `look` that is something: a condition, never a time."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        pause.wait(0.1)
    raise AssertionError(f"timed out waiting for {what or look}")


@contextmanager
def x_server(width: int, height: int) -> Iterator[str]:
    """Start a server that picks a free number and says when it is ready."""
    read, write = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    assert number, "Xvfb did not start"
    manager = subprocess.Popen(
        ["openbox"], env={**os.environ, "DISPLAY": f":{number}"}, stderr=subprocess.DEVNULL
    )
    try:
        yield f":{number}"
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


@dataclass
class Person:
    """Somebody who looks at the window and uses it."""

    env: dict[str, str]
    process: subprocess.Popen[bytes]
    map_file: Path
    log: Path

    def tool(self, *words: object) -> str:
        answer = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return answer.stdout.strip()

    def pixels(self) -> NDArray[np.uint8]:
        """The whole screen as RGB, read by a second X client."""
        display = xdisplay.Display(self.env["DISPLAY"])
        try:
            root = display.screen().root
            size = root.get_geometry()
            raw = root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF).data
        finally:
            display.close()
        return np.frombuffer(raw, "u1").reshape(size.height, size.width, 4)[..., 2::-1].copy()

    def photograph(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(self.pixels()).save(path)

    def places(self) -> dict[str, tuple[int, int, int, int]]:
        """Visible controls: name to x, y, width, height on the screen."""
        try:
            return {k: tuple(v) for k, v in json.loads(self.map_file.read_text()).items()}
        except (OSError, ValueError):
            return {}

    def place(self, name: str, seconds: float = 60.0) -> tuple[int, int, int, int]:
        def look() -> tuple[int, int, int, int] | None:
            assert self.process.poll() is None, f"the program ended:\n{self.log.read_text()}"
            return self.places().get(name)

        try:
            return until(look, seconds, f"the control {name}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {sorted(self.places())}") from None

    def point(self, name: str, fx: float = 0.5, fy: float = 0.5) -> tuple[int, int]:
        x, y, w, h = self.place(name)
        return int(x + fx * w), int(y + fy * h)

    def click(self, name: str, fx: float = 0.5, fy: float = 0.5, button: int = 1) -> None:
        x, y = self.point(name, fx, fy)
        self.tool("mousemove", x, y, "click", button)

    def drag(self, start: tuple[int, int], end: tuple[int, int], button: int = 1) -> None:
        steps: list[object] = ["mousemove", *start, "mousedown", button]
        for n in range(1, 9):
            x = start[0] + (end[0] - start[0]) * n // 8
            y = start[1] + (end[1] - start[1]) * n // 8
            steps += ["mousemove", "--sync", x, y]
        self.tool(*steps, "mouseup", button)

    def press(self, *keys: str) -> None:
        self.tool("key", *keys)

    def steady(self, unlike: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Wait until the screen differs from `unlike`, then until two looks are equal."""
        last = [self.pixels()]

        def changed() -> bool:
            last[0] = self.pixels()
            return unlike is None or bool((last[0] != unlike).any())

        def same() -> NDArray[np.uint8] | None:
            seen, before = self.pixels(), last[0]
            last[0] = seen
            return seen if np.array_equal(seen, before) else None

        until(changed, what="the screen to change")
        return until(same, what="the screen to come to rest")


@contextmanager
def sitting_at(
    screen: str, folder: Path, arguments: list[str], language: str = "en", size: str = "1440x900"
) -> Iterator[Person]:
    """Start the program on a screen and hand over mouse and keyboard."""
    width, height = size.split("x")
    map_file, log = folder / "places.json", folder / "program.log"
    env = {
        **os.environ,
        "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:", "QT_SCALE_FACTOR": "1",
        "PYTHONFAULTHANDLER": "1", "TASRIF_LANGUAGE": language, "TASRIF_DEBUG": "1",
        "XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder / "home"),
    }  # fmt: skip
    (folder / "home").mkdir(exist_ok=True)
    command = [sys.executable, str(ROOT / "main.py"), *arguments, "--dump-ui", str(map_file)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, cwd=ROOT)
    person = Person(env, process, map_file, log)
    try:
        find = ["search", "--onlyvisible", "--pid", process.pid, "--name", "Tasrif"]
        window = until(lambda: found(person, find), 90, "the window")
        until(lambda: seated(person, window, width, height), 60, "the window in its place")
        yield person
        if process.poll() is not None:
            judge_stalls(stalls_of(map_file))
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def seated(person: Person, window: str, width: str, height: str) -> bool:
    """Bring the window to the front, corner and size; no, if the manager was not ready for it."""
    try:
        person.tool("windowactivate", "--sync", window)
        person.tool("windowmove", "--sync", window, 0, 0)
        person.tool("windowsize", "--sync", window, width, height)
    except subprocess.CalledProcessError:
        return False
    return True


def stalls_of(map_file: Path) -> dict[str, Any]:
    """What the program wrote of its own deafness when its window was closed; empty after a kill."""
    file = map_file.with_suffix(".stalls.json")
    said: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    if said:
        where = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0].rsplit("/", 1)[-1]
        STALLS.append((where, said))
    return said


def judge_stalls(said: dict[str, Any]) -> None:
    """Fail for a second in which the window's thread worked and heard nobody (UI-1).

    Time in line for a processor is another program's; rendering by a processor shares it.
    """
    deaf = [one for one in said.get("stalls", ()) if one["ran_ms"] > DEAF_MS]
    assert not deaf, f"the window was deaf: {json.dumps(deaf, indent=1)}"


def found(person: Person, words: list[object]) -> str | None:
    answer = subprocess.run(
        ["xdotool", *map(str, words)], env=person.env, capture_output=True, text=True, check=False
    )
    windows = answer.stdout.split()
    return windows[-1] if windows else None
