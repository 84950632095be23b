"""What keys mean in a slice."""

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from viewers.gestures.intents import (
    GreysInverted,
    Intent,
    OverlaysToggled,
    PresetChosen,
    StepTakenBack,
    Tool,
    ToolChosen,
    ViewsReset,
)

ALL_SLICES: Final = 1_000_000
STEPS: Final[dict[int, int]] = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Home: -ALL_SLICES,
    Qt.Key.Key_End: ALL_SLICES,
}
INTENTS: Final[dict[int, Intent]] = {
    Qt.Key.Key_R: ViewsReset(),
    Qt.Key.Key_Backspace: StepTakenBack(),
    Qt.Key.Key_I: OverlaysToggled(),
    Qt.Key.Key_D: ToolChosen(Tool.DISTANCE),
    Qt.Key.Key_A: ToolChosen(Tool.ANGLE),
}


def is_escape(event: QEvent) -> bool:
    """Return whether Qt asks if a widget wants Escape for itself, before shortcuts get it."""
    is_asked = event.type() == QEvent.Type.ShortcutOverride
    return is_asked and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape


def intent_of_key(key: int, has_shift: bool) -> Intent | int | None:
    """Return the intent of a key, or how many slices it goes on, None when it means nothing."""
    if key in STEPS:
        return STEPS[key] * (10 if has_shift else 1)
    if key == Qt.Key.Key_I and has_shift:
        return GreysInverted()
    if has_shift:
        return None
    if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
        return PresetChosen(key - Qt.Key.Key_1 + 1)
    return INTENTS.get(key)
