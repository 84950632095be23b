"""A step whose tools are not part of this version: title, one sentence, the way back."""

from collections.abc import Callable

from app.language import translate as _
from app.parts.basic import button, label, note, row
from app.parts.panel import Panel


class LaterPanel(Panel):
    """An honest empty state."""

    def __init__(self, name: str, title: str, sentence: str, run: Callable[[str], object]) -> None:
        super().__init__(name, title, "", lambda: None)
        back = button(f"{name}_back", _("Back to Segment"), lambda: run("step_segment"))
        self.body.addSpacing(12)
        self.body.addWidget(label(_("Nothing to do here yet"), 14, 600))
        self.body.addWidget(note(sentence))
        self.body.addLayout(row(back, None))
        self.body.addStretch(1)
