"""The Hand over step's panel."""

from collections.abc import Callable

from app.language import translate as _
from app.panels.later import LaterPanel


class HandOverPanel(LaterPanel):
    """Says that these tools are not part of this version."""

    def __init__(self, run: Callable[[str], object]) -> None:
        words = _("Hand-over tools are not part of this version yet.")
        super().__init__("hand_over", _("Hand over"), words, run)
