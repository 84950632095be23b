"""Data that ships with Tasrif. Not one decision is made here."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
