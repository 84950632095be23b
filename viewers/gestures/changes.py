"""What an intent does to what all slices share."""

from dataclasses import replace

import numpy as np

from segmentation.presets import windows
from viewers.gestures.intents import (
    CrosshairMoved,
    GreysInverted,
    Intent,
    OverlaysToggled,
    PresetChosen,
    ToolChosen,
    WindowChanged,
)
from viewers.gestures.scene import SliceScene
from viewers.pipelines.plane import inside, triple
from viewers.pipelines.slice import Window


def changed(scene: SliceScene, intent: Intent) -> SliceScene:
    """Return the scene after an intent; the same scene when it concerns nothing in it."""
    if isinstance(intent, WindowChanged | PresetChosen | GreysInverted):
        return replace(scene, window=_window_after(scene.window, intent))
    match intent:
        case CrosshairMoved(lps_mm) if scene.case is not None:
            held = inside(scene.case.volume.grid, np.array(lps_mm))
            return replace(scene, crosshair_lps_mm=triple(held))
        case OverlaysToggled():
            return replace(scene, has_overlays=not scene.has_overlays)
        case ToolChosen(tool):
            return replace(scene, tool=tool)
        case _:
            return scene


def _window_after(window: Window, intent: WindowChanged | PresetChosen | GreysInverted) -> Window:
    """Return the range of HU after an intent; a number without a preset changes nothing."""
    match intent:
        case WindowChanged(window_hu, level_hu):
            return replace(window, window_hu=window_hu, level_hu=level_hu)
        case PresetChosen(number) if 1 <= number <= len(windows()):
            preset = windows()[number - 1]
            return Window(float(preset.window_hu), float(preset.level_hu), window.is_inverted)
        case GreysInverted():
            return replace(window, is_inverted=not window.is_inverted)
        case _:
            return window
