"""The screen of the window tests, for the journeys too."""

from tests.window.conftest import screen, shots

__all__ = ["screen", "shots"]
