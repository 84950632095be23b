"""The Plan step's panel."""

from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.later import LaterPanel
from app.placing import Placing


class PlanPanel(LaterPanel):
    """Says that these tools are not part of this version."""

    def __init__(self, placing: Placing, dispatcher: Dispatcher) -> None:
        words = _("Planning tools are not part of this version yet.")
        super().__init__("plan", _("Plan"), words, dispatcher.run)
