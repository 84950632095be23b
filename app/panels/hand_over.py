"""The Hand over step's panel."""

from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.later import LaterPanel
from app.sending import Sending


class HandOverPanel(LaterPanel):
    """Says that these tools are not part of this version."""

    def __init__(self, sending: Sending, dispatcher: Dispatcher) -> None:
        words = _("Hand-over tools are not part of this version yet.")
        super().__init__("hand_over", _("Hand over"), words, dispatcher.run)
