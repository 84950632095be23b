"""The Check step's panel."""

from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.later import LaterPanel
from app.reviewing import Reviewing


class CheckPanel(LaterPanel):
    """Says that these tools are not part of this version."""

    def __init__(self, reviewing: Reviewing, dispatcher: Dispatcher) -> None:
        words = _("Checking tools are not part of this version yet.")
        super().__init__("check", _("Check"), words, dispatcher.run)
