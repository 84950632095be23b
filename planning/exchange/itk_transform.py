"""A rigid transform in ITK's text form, as 3D Slicer reads it; read back by SimpleITK."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from planning.exchange.exporter import Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from planning.geometry.rigid import Rigid

PROBES_MM: Final = np.array([[0.0, 0.0, 0.0], [311.0, -47.5, 1820.25], [-90.5, 640.0, -12.0]])
"""Places that no swapped axis and no turned sign maps onto the right ones."""


def transform_text(rigid: Rigid, about: str) -> str:
    """Return the file's text; `about` stands in a comment of one line.

    ITK writes the rotation row by row, then the shift, and maps points of LPS mm by them.
    """
    numbers = " ".join(repr(float(one)) for one in (*rigid.rotation.ravel(), *rigid.shift_mm))
    return "\n".join(
        (
            "#Insight Transform File V1.0",
            f"# {about}",
            "#Transform 0",
            "Transform: AffineTransform_double_3_3",
            f"Parameters: {numbers}",
            "FixedParameters: 0 0 0",
            "",
        )
    )


def written_transform(path: Path, rigid: Rigid, about: str) -> Written:
    """Write a transform, read it back by SimpleITK, and return what was written.

    Raises
    ------
    Refusal
        `export-read-back-differs` when points don't go where they shall.
    """
    import SimpleITK as sitk  # noqa: N813, PLC0415 - its usual name; only an export loads it

    path.write_text(transform_text(rigid, about), "utf-8", newline="\n")
    toolkit: Any = sitk  # it has no types
    try:
        read = toolkit.ReadTransform(str(path))
    except RuntimeError as error:
        raise differs(path.name, "SimpleITK") from error
    found = [read.TransformPoint(tuple(map(float, one))) for one in PROBES_MM]
    error_mm = require_within(path.name, largest_mm(rigid.points(PROBES_MM), found), ALLOWED_MM)
    by, reader = named("ITK transform writer"), named("TxtTransformIO", "SimpleITK")
    return Written(path.name, "LPS", "mm", by, reader, error_mm, ALLOWED_MM)
