"""A segment's surface as a file, finished beside the window and read back."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from app.desk import Desk
from app.figures import decimal
from app.language import translate as _
from app.picking import ask_surface_file
from planning.case.case import Case, Segment
from segmentation.progress import Progress, share

if TYPE_CHECKING:
    from segmentation.finish import Finish

KEY: Final = "surface"
SAVED: Final = "Saved with {triangles} triangles, up to {mm} mm from the surface that is measured."


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written: how many triangles, how far it lies off, whether it is a solid."""

    triangles: int
    deviation_mm: float
    is_sound: bool


def ask_surface(parent: QWidget, desk: Desk, segment: Segment) -> None:
    """Let a person choose how and where the surface of a segment is saved."""
    from app.dialogs.surface import SurfaceDialog

    def save(finish: "Finish") -> None:
        path = ask_surface_file(parent, desk.settings.open_folder)
        if path is not None:
            save_surface(desk, segment, path, finish)

    dialog = SurfaceDialog(parent, segment.name, save)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def save_surface(desk: Desk, segment: Segment, path: Path, finish: "Finish") -> None:
    """Write a segment's surface beside the window and say how far it lies from the measured one."""
    case = desk.case
    if case is None:
        return

    def work(progress: Progress) -> Saved:
        return written(case, segment, path, finish, progress)

    def took(saved: Saved) -> None:
        told = _(
            "Saved with {triangles} triangles, up to {mm} mm from the surface that is measured."
        )
        words = told.format(triangles=saved.triangles, mm=decimal(saved.deviation_mm, 3))
        if saved.is_sound:
            desk.say(words)
        else:
            desk.say(f"{words} {_('It is no solid: some triangles are at fault.')}", "warn")

    desk.work(_("Saving the surface"), work, took, key=KEY)


def written(
    case: Case, segment: Segment, path: Path, finish: "Finish", progress: Progress
) -> Saved:
    """Write the finished surface and read it back; return what was written.

    Raises
    ------
    Refusal
        What the surface or its form does not allow.
    Unavailable
        When the place can't be written.
    """
    from segmentation.finish import finished
    from segmentation.io.meshes import verify_mesh, write_mesh
    from segmentation.recipe import edge_hu
    from segmentation.surface import iso_surface
    from segmentation.unavailable import as_unavailable

    edge = edge_hu(segment.recipe)
    whole = iso_surface(case.volume, segment.mask, edge, share(progress, 0.0, 0.1))
    made = finished(whole, finish, share(progress, 0.1, 0.95))
    try:
        write_mesh(made.mesh, path, name=segment.name)
        verify_mesh(made.mesh, path)
    except OSError as error:
        raise as_unavailable(error) from error
    return Saved(len(made.mesh.triangles), made.deviation_mm, made.soundness.is_sound)
