"""How long the window's thread was deaf: a beat every 10 ms, and the stack of each late one.

For tests and the benchmark that drive the window: a frozen window is a hazard of its own, and a
person's word "slow" names no line. Times are those of one machine under its load.
"""

import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

PERIOD_MS: Final = 10
LATE_MS: Final = 100.0
KEPT_N: Final = 12
DEEPEST_N: Final = 6
HERE: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Stall:
    """A beat that came `late_ms` late, `at_s` after the first.

    Of that the thread worked `ran_ms` and stood in line for a processor `queued_ms`, which other
    programs took; both are 0 where the system doesn't tell. `where` was seen then, or empty.
    """

    at_s: float
    late_ms: float
    ran_ms: float = 0.0
    queued_ms: float = 0.0
    where: tuple[str, ...] = ()

    @property
    def own_ms(self) -> float:
        """How late it came by this program's own doing."""
        return max(0.0, self.late_ms - self.queued_ms)


class Heartbeat(QObject):
    """Beats in the thread that made it from `start` to `stop`; costs under 1 % of a processor."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._thread_id = threading.get_ident()
        self._first_s = self._last_s = time.perf_counter()
        self._seen: tuple[float, tuple[str, ...]] = (0.0, ())
        self._over = threading.Event()
        self._late_ms: list[float] = []
        self._clocks = _clocks_ms()
        self.stalls: list[Stall] = []

    def start(self) -> None:
        """Begin to beat, and to look at what the thread does while a beat is overdue."""
        self._first_s = self._last_s = time.perf_counter()
        self._timer.start(PERIOD_MS)
        threading.Thread(target=self._watch, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()
        self._over.set()

    def _beat(self) -> None:
        now = time.perf_counter()
        late_ms = max(0.0, 1000.0 * (now - self._last_s) - PERIOD_MS)
        self._late_ms.append(late_ms)
        clocks = _clocks_ms()
        if late_ms > LATE_MS:
            since_s, where = self._seen
            found = where if since_s == self._last_s else ()
            ran_ms, queued_ms = (new - old for new, old in zip(clocks, self._clocks, strict=True))
            self.stalls.append(Stall(now - self._first_s, late_ms, ran_ms, queued_ms, found))
            self.stalls.sort(key=lambda stall: -stall.own_ms)
            del self.stalls[KEPT_N:]
        self._last_s, self._clocks = now, clocks

    def _watch(self) -> None:
        """Note once for each overdue beat where the thread is; runs beside it."""
        while not self._over.wait(LATE_MS / 2000.0):
            last_s = self._last_s
            is_late = 1000.0 * (time.perf_counter() - last_s) > LATE_MS
            if is_late and self._seen[0] != last_s:
                self._seen = (last_s, _lines_of(self._thread_id))

    def summary(self) -> dict[str, object]:
        """Return what was seen so far: beats, the 99th percentile, the largest, the worst ones."""
        late_ms = sorted(self._late_ms)
        return {
            "beats": len(late_ms),
            "p99_ms": round(late_ms[int(0.99 * (len(late_ms) - 1))], 1) if late_ms else 0.0,
            "largest_ms": round(late_ms[-1], 1) if late_ms else 0.0,
            "largest_own_ms": round(max((one.own_ms for one in self.stalls), default=0.0), 1),
            "stalls": [asdict(stall) for stall in self.stalls],
        }


def _clocks_ms() -> tuple[float, float]:
    """Return how long this thread ran and how long it stood in line for a processor, so far."""
    file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    if not file.is_file():
        return 0.0, 0.0
    ran_ns, queued_ns, _turns = file.read_text(encoding="ascii").split()
    return int(ran_ns) / 1e6, int(queued_ns) / 1e6


def _lines_of(thread_id: int) -> tuple[str, ...]:
    """Return the innermost lines of our own code that a thread is in, the innermost first."""
    frame = sys._current_frames().get(thread_id)
    if frame is None:
        return ()
    ours = [
        f"{Path(at.filename).relative_to(HERE).as_posix()}:{at.lineno} {at.name}"
        for at in traceback.extract_stack(frame)
        if Path(at.filename).is_relative_to(HERE) and ".venv" not in at.filename
    ]
    return tuple(reversed(ours[-DEEPEST_N:]))
