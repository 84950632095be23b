"""Qt's own file dialogs, drawn by Qt so that they look and mirror like the window."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QWidget

from app.language import translate as _

KINDS: Final = "*.tasrif *.zip *.dcm *.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd DICOMDIR"
SEGMENT_KINDS: Final = "*.dcm *.stl *.ply *.obj *.glb"
OWN: Final = QFileDialog.Option.DontUseNativeDialog


def ask_folder(parent: QWidget, start: str) -> Path | None:
    """Let a person choose a folder with images."""
    title = _("Open a folder with a CT")
    chosen = QFileDialog.getExistingDirectory(parent, title, start, OWN)
    return Path(chosen) if chosen else None


def ask_models_folder(parent: QWidget, start: str) -> Path | None:
    """Let a person choose the folder where the hospital places models."""
    title = _("Choose the folder with models")
    chosen = QFileDialog.getExistingDirectory(parent, title, start, OWN)
    return Path(chosen) if chosen else None


def ask_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose a case, an archive or an image."""
    kinds = f"{_('Cases and images')} ({KINDS});;{_('All files')} (*)"
    chosen, _kind = QFileDialog.getOpenFileName(parent, _("Open a file"), start, kinds, options=OWN)
    return Path(chosen) if chosen else None


def ask_segments_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose a file with segments: DICOM objects often have no ending."""
    title = _("Choose a file with segments")
    kinds = f"{_('Segments in a file')} ({SEGMENT_KINDS});;{_('All files')} (*)"
    chosen, _kind = QFileDialog.getOpenFileName(parent, title, start, kinds, options=OWN)
    return Path(chosen) if chosen else None


def ask_picture_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose where a picture goes; it ends in `.png`."""
    title = _("Save a picture of the views")
    chosen, _kind = QFileDialog.getSaveFileName(parent, title, start, "PNG (*.png)", options=OWN)
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix.lower() == ".png" else path.with_name(path.name + ".png")


def ask_copy_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose where a copy of the case goes."""
    return ask_case_file(parent, Path(start), _("Save a copy"))


def ask_case_file(parent: QWidget, start: Path, title: str = "") -> Path | None:
    """Let a person choose where a case goes; Qt asks before a file is replaced."""
    title = title or _("Save the case as")
    chosen, _kind = QFileDialog.getSaveFileName(
        parent, title, str(start), "Tasrif (*.tasrif)", options=OWN
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix == ".tasrif" else path.with_name(path.name + ".tasrif")


def ask_key_file(parent: QWidget, start: Path) -> Path | None:
    """Let a person choose the file with a signing key."""
    kinds = f"{_('Keys')} (*.json);;{_('All files')} (*)"
    title = _("Choose a key file")
    chosen, _kind = QFileDialog.getOpenFileName(parent, title, str(start), kinds, options=OWN)
    return Path(chosen) if chosen else None


def ask_new_key_file(parent: QWidget, start: Path) -> Path | None:
    """Let a person choose where a new key goes; it ends in `.json`, Qt asks before replacing."""
    title, kinds = _("Save the new key"), f"{_('Keys')} (*.json)"
    chosen, _kind = QFileDialog.getSaveFileName(parent, title, str(start), kinds, options=OWN)
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix == ".json" else path.with_name(path.name + ".json")


def ask_recipe_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose a recipe."""
    title, kinds = _("Choose a recipe"), _("Recipe (*.json)")
    chosen, _kind = QFileDialog.getOpenFileName(parent, title, start, kinds, options=OWN)
    return Path(chosen) if chosen else None


def ask_new_recipe_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose where a recipe goes; it ends in `.json`, Qt asks before replacing."""
    title, kinds = _("Save recipe"), _("Recipe (*.json)")
    chosen, _kind = QFileDialog.getSaveFileName(parent, title, start, kinds, options=OWN)
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix == ".json" else path.with_name(path.name + ".json")


def ask_surface_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose where a surface goes; it ends in `.stl` unless another kind is named."""
    kinds = "STL (*.stl);;3MF (*.3mf);;PLY (*.ply);;OBJ (*.obj);;GLB (*.glb)"
    title = _("Save surface")
    chosen, _kind = QFileDialog.getSaveFileName(parent, title, start, kinds, options=OWN)
    if not chosen:
        return None
    path = Path(chosen)
    is_known = path.suffix.lower() in {".stl", ".3mf", ".ply", ".obj", ".glb"}
    return path if is_known else path.with_name(path.name + ".stl")


def ask_table_file(parent: QWidget, start: str) -> Path | None:
    """Let a person choose where a table goes, as `.csv` or `.json`; Qt asks before replacing."""
    title = _("Save table")
    kinds = f"{_('Table')} (*.csv);;JSON (*.json)"
    chosen, kind = QFileDialog.getSaveFileName(parent, title, start, kinds, options=OWN)
    if not chosen:
        return None
    path = Path(chosen)
    ending = ".json" if "*.json" in kind else ".csv"
    is_named = path.suffix.lower() in {".csv", ".json"}
    return path if is_named else path.with_name(path.name + ending)


def ask_target_folder(parent: QWidget, start: Path) -> Path | None:
    """Let a person choose the folder or medium that a package goes to."""
    title = _("Choose where the package goes")
    chosen = QFileDialog.getExistingDirectory(parent, title, str(start), OWN)
    return Path(chosen) if chosen else None


def dropped_path(data: QMimeData) -> Path | None:
    """Return the one local path that was dragged here, None for anything else."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return Path(paths[0]) if len(paths) == 1 and Path(paths[0]).exists() else None
