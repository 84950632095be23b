"""The Hand over step's page: the plan passport and the pictures."""

from PySide6.QtWidgets import QFrame

from app.sending import Sending


class HandOverPage(QFrame):
    """Stands in the place of the views while the step is Hand over."""

    def __init__(self, sending: Sending) -> None:
        super().__init__()
        self.setObjectName("hand_over_page")
        self.setProperty("role", "surface")
        self._sending = sending
