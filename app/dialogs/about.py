"""What this is, in which version, and what draws it."""

from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Final

from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from app.language import translate as _
from app.parts.basic import button, column, isolated, label, note, picture, row, section

PARTS: Final = (
    "PySide6-Essentials",
    "vtk",
    "SimpleITK",
    "numpy",
    "numba",
    "scikit-image",
    "pydicom",
)


def version_of(package: str) -> str:
    """Return an installed package's version, or a dash."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "\N{EN DASH}"


class AboutDialog(QDialog):
    """Versions, renderer, purpose. `renderer` is empty as long as nothing was drawn in 3D."""

    def __init__(self, parent: QWidget, renderer: str) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(_("About Tasrif"))
        self.setMinimumWidth(460)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        rows = [("Python", python_version()), *((part, version_of(part)) for part in PARTS)]
        for n, (name, value) in enumerate(rows):
            grid.addWidget(label(name, 13, 400, "soft"), n, 0)
            grid.addWidget(note(value, "text"), n, 1)
        drawn_by = note(isolated(renderer) or _("Known once the 3D view has drawn."), "text")
        drawn_by.setObjectName("about_renderer")
        grid.addWidget(label(_("3D drawn by"), 13, 400, "soft"), len(rows), 0)
        grid.addWidget(drawn_by, len(rows), 1)
        grid.setColumnStretch(1, 1)
        done = button("about_done", _("Done"), self.accept, role="primary", height=40)
        done.setMinimumWidth(112)
        purpose = _("For research and teaching until your hospital has qualified it.")
        words = column(label(f"Tasrif {version_of('tasrif')}", 20, 600), note(purpose), gap=4)
        head = row(picture("tasrif", "accent", 48), words, gap=16)
        head.setStretch(1, 1)
        self.setLayout(
            column(
                head, section(_("Built with")), grid, 16, row(None, done), margins=(24, 24, 24, 24)
            )
        )
