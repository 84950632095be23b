"""What a person chose once: language, theme, folders; a small JSON file of the user's own."""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final

RECENT_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one user; no patient data, paths only. Empty text means: not chosen yet."""

    language: str = ""
    theme: str = "dark"
    open_folder: str = ""
    case_folder: str = ""
    key_file: str = ""
    signer_name: str = ""
    signer_role: str = ""
    target_folder: str = ""
    models_folder: str = ""
    recent_cases: tuple[str, ...] = ()

    def with_recent(self, path: Path) -> "Settings":
        """Return settings with `path` first among the recent cases."""
        others = [p for p in self.recent_cases if p != str(path)]
        return replace(self, recent_cases=(str(path), *others)[:RECENT_MAX])

    def cases_folder(self) -> Path:
        """Return where new cases go: the chosen folder, or `Tasrif` in the user's documents."""
        return Path(self.case_folder) if self.case_folder else documents_folder() / "Tasrif"

    def handover_folder(self) -> Path:
        """Return where packages go: the folder used last if it is there, or the documents."""
        last = Path(self.target_folder)
        return last if self.target_folder and last.is_dir() else documents_folder()


def models_place(settings: Settings) -> Path | None:
    """Return the folder where the hospital places models; None when nobody chose one."""
    return Path(settings.models_folder) if settings.models_folder else None


def config_file() -> Path:
    """Return where the settings stand (XDG)."""
    root = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "tasrif" / "settings.json"


def cache_folder() -> Path:
    """Return the user's cache folder of Tasrif (XDG)."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "tasrif"


def documents_folder() -> Path:
    """Return the user's documents folder (XDG), or the home folder where there is none."""
    named = os.environ.get("XDG_DOCUMENTS_DIR")
    folder = Path(named) if named else Path.home() / "Documents"
    return folder if folder.is_dir() else Path.home()


def read(path: Path | None = None) -> Settings:
    """Return the settings; a missing or broken file gives the defaults, unknown keys are left."""
    path = path or config_file()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    texts = {field.name for field in fields(Settings)} - {"recent_cases"}
    values = {k: v for k, v in stored.items() if k in texts and isinstance(v, str)}
    recent = stored.get("recent_cases", ())
    paths = tuple(p for p in recent if isinstance(p, str)) if isinstance(recent, list) else ()
    return Settings(**values, recent_cases=paths[:RECENT_MAX])


def write(settings: Settings, path: Path | None = None) -> bool:
    """Store the settings whole or not at all; return whether that was possible."""
    path = path or config_file()
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return False
    return True
