"""The last line: where the pointer is, what undo would undo, what runs, what is saved."""

from PySide6.QtWidgets import QFrame

from app.language import translate as _
from app.parts.basic import isolated, label, row


class StatusBar(QFrame):
    """HU and position at the start; undo, task and saved time at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setAccessibleName(_("Status"))
        self.setProperty("role", "surface")
        self.setFixedHeight(28)
        self._hu = label("", 12, 400, "soft")
        self._place = label("", 12, 400, "soft")
        self._task = label("", 12, 400, "soft")
        self._undo = label("", 12, 400, "soft")
        self._saved = label("", 12, 400, "soft")
        for name, part in (
            ("status_hu", self._hu),
            ("status_place", self._place),
            ("status_task", self._task),
            ("status_undo", self._undo),
            ("status_saved", self._saved),
        ):
            part.setObjectName(name)
        parts = (12, self._hu, 16, self._place, None, self._task, 16, self._undo, 16, self._saved)
        self.setLayout(row(*parts, 12, gap=0))

    def show_probe(self, hu: str, place: str) -> None:
        """Show what lies under the pointer."""
        self._hu.setText(isolated(hu))
        self._place.setText(isolated(place))

    def show_idle(self, start: str, end: str) -> None:
        """Show something while no case is open."""
        self.show_probe(start, "")
        self._saved.setText(end)

    def show_undo(self, title: str) -> None:
        """Show what Ctrl+Z would take back; empty for nothing."""
        self._undo.setText(_("Undo: {title}").format(title=title) if title else "")

    def show_task(self, words: str) -> None:
        """Show what runs."""
        self._task.setText(words)

    def show_saved(self, words: str) -> None:
        """Show since when everything is on the disk."""
        self._saved.setText(words)
