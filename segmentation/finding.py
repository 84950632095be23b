"""What a look at data or plan brought up: a code with values, a severity and a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from segmentation.errors import Value


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; its sentence is the catalogue's for `code`, filled with `values`.

    `files` counts the files it concerns, `mm` is its size in millimetres where it has one.
    """

    code: str
    severity: Severity = Severity.INFO
    values: Mapping[str, Value] = field(default_factory=dict)
    files: int = 0
    mm: float | None = None
