"""How fine a still picture may be, learnt from how long the last one took."""

from dataclasses import dataclass, replace
from typing import Final

SLOW_S: Final = 0.4
DEARER: Final = (1.8, 4.5)  # how many times as long the next finer step takes, by the present one


@dataclass(frozen=True, slots=True)
class Fineness:
    """A step of fineness: drawn at `factor` of the size, its creases shaded or not."""

    factor: float
    has_creases: bool


STEPS: Final = (Fineness(1.0, False), Fineness(1.0, True), Fineness(2.0, True))


@dataclass(frozen=True, slots=True)
class Pace:
    """The present step: a picture that held the window up lowers it, a quick one raises it."""

    step: int

    @classmethod
    def first(cls, is_software: bool) -> "Pace":
        """Return where to begin: a graphics card at the finest, a processor one step below."""
        return cls(len(STEPS) - (2 if is_software else 1))

    @property
    def fineness(self) -> Fineness:
        """How to draw the next still picture."""
        return STEPS[self.step]

    def after(self, seconds: float) -> "Pace":
        """Return the pace after a still picture that took so long."""
        if seconds > SLOW_S:
            return replace(self, step=max(self.step - 1, 0))
        has_time = self.step < len(DEARER) and seconds * DEARER[self.step] < SLOW_S
        return replace(self, step=self.step + has_time)
