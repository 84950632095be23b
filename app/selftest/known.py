"""What a known answer is, and how it is asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.selftest.material import Material
from segmentation.errors import Refusal, Unavailable

Number = Callable[[Material], float]


@dataclass(frozen=True, slots=True)
class Known:
    """One number that is known before it is computed.

    Attributes
    ----------
    name, title
        Its word in files, and what people call it (a msgid).
    unit, tolerance
        Of the number; what is counted has tolerance 0.
    expected
        The truth, by a formula or another library; never by the code under test.
    found
        What this installation computes.
    """

    name: str
    title: str
    unit: str
    expected: Number
    found: Number
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """How a known answer came out; `value` is None when the program refused to compute it."""

    known: Known
    value: float | None
    expected: float

    @property
    def ok(self) -> bool:
        """Whether the number is the expected one, within its tolerance."""
        return self.value is not None and abs(self.value - self.expected) <= self.known.tolerance


def exactly(number: float) -> Number:
    """Return the truth that needs no computing."""
    return lambda material: number


def told(known: Known, material: Material) -> Told:
    """Return how one answer comes out on this machine.

    Raises
    ------
    Unavailable
        When the machine has no room to write.
    """
    expected = known.expected(material)
    try:
        value = known.found(material)
    except Unavailable:
        raise
    except Refusal:  # what must be accepted was not
        return Told(known, None, expected)
    return Told(known, value if math.isfinite(value) else None, expected)
