"""All bodies to print in one 3MF: lib3mf writes it, a reader of our own reads it back."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from planning.exchange.exporter import Handover, Written
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.three_mf import Body, Build, packed, unpacked

FRAME = "LPS - lps_offset_mm"
"""The frame of such a file: LPS, shifted by what its metadata states."""


def plain(words: str) -> str:
    """Return words on one line, without signs that nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def build_of(handover: Handover, bodies: Sequence[Body]) -> Build:
    """Return a build of bodies that says which plan it is of, and whether DRAFT or SIM."""
    case = handover.case
    title = " ".join((*handover.marks, "Tasrif", plain(case.identity.code), f"v{case.version}"))
    notes = {
        "plan_version": str(case.version),
        "plan_sha256": hashlib.sha256(handover.plan).hexdigest() if handover.plan else "",
        "state": handover.state,
        "kind": str(case.kind),
        "frame_uid": case.volume.grid.frame_uid,
    }
    return Build(bodies, title, {key: value for key, value in notes.items() if value})


def written_build(path: Path, build: Build) -> Written:
    """Write bodies, read them back, and return what was written.

    Raises
    ------
    Refusal
        `mesh-not-solid` for a body that no printer can fill, `export-read-back-differs` for
        another word, triangle or colour, and for a corner elsewhere.
    """
    path.write_bytes(packed(build))
    error_mm = read_back_build(path, build)
    by, reader = named("3MF writer", "lib3mf"), named("3MF reader")
    return Written(path.name, FRAME, "mm", by, reader, error_mm, ALLOWED_MM)


def read_back_build(path: Path, build: Build) -> float:
    """Return the largest distance in mm of a corner from where it was meant, back in LPS.

    Raises
    ------
    Refusal
        `export-read-back-differs`, or what the reader says of a file that isn't a 3MF of ours.
    """
    with path.open("rb") as file:
        read = unpacked(Source.of(file, path.name))
    if (read.title, read.notes) != (build.title, build.notes):
        raise differs(path.name, "metadata")
    if [_words(one) for one in read.bodies] != [_words(one) for one in build.bodies]:
        raise differs(path.name, "names")
    error_mm = 0.0
    for there, meant in zip(read.bodies, build.bodies, strict=True):
        if not np.array_equal(there.mesh.triangles, meant.mesh.triangles):
            raise differs(path.name, meant.name)
        off_mm = largest_mm(meant.mesh.points_lps_mm, there.mesh.points_lps_mm)
        error_mm = max(error_mm, off_mm)
    return require_within(path.name, error_mm, ALLOWED_MM)


def _words(body: Body) -> tuple[str, str, str]:
    return body.name, body.number, body.colour.upper()
