"""The empty page's invitation: a dashed frame that lights up while something hovers over it."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QPushButton

from app.language import translate as _
from app.parts.basic import column, label, picture, row
from app.theme import current


class DropZone(QFrame):
    """Where a scan may be dropped (the whole window takes it); two buttons for those who click."""

    def __init__(self, open_folder: QPushButton, open_file: QPushButton) -> None:
        super().__init__()
        self.setObjectName("drop_zone")
        self.setAccessibleName(_("Drop a CT here"))
        self.setMinimumHeight(300)
        self.setMaximumHeight(384)
        self._is_lit = False
        title = label(_("Drop a CT here"), 24, 600)
        kinds = _("A folder, a ZIP, a DICOM disc, NIfTI, NRRD, MHA or a Tasrif case")
        promise = _("Everything stays on this computer. Nothing is sent without you.")
        centred = [
            row(None, part, None, gap=0)
            for part in (picture("series", "accent", 56), title, label(kinds, 14, 400, "soft"))
        ]
        lock = row(None, picture("lock", "soft", 16), label(promise, 13, 400, "soft"), None)
        buttons = row(None, open_folder, open_file, None, gap=12)
        parts = (None, centred[0], 8, centred[1], centred[2], 16, buttons, None, None, lock)
        self.setLayout(column(*parts, gap=8, margins=(24, 32, 24, 32)))

    def light(self, *, is_lit: bool) -> None:
        """Show that letting go here opens what hovers."""
        self._is_lit = is_lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the ground and the dashed border."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.tint if self._is_lit else theme.panel))
        pen = QPen(QColor(theme.accent if self._is_lit else theme.edge), 1.5)
        pen.setDashPattern([5.0, 5.0])
        painter.setPen(pen)
        box = QRectF(1.0, 1.0, self.width() - 2.0, self.height() - 2.0)
        painter.drawRoundedRect(box, 8.0, 8.0)
        painter.end()
