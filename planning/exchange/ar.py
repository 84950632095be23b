"""For headsets and any browser: the plan as a GLB scene, and as one page that shows it."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from planning.exchange.ar_page import page_bytes
from planning.exchange.ar_scene import Scene, scene_of
from planning.exchange.ar_thin import DEVIATION_MM_MAX
from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.glb_file import Part, drawn
from planning.exchange.glb_reader import ReadNode, read_glb
from planning.exchange.programs import named
from planning.exchange.read_back import ALLOWED_MM, differs, largest_mm, require_within
from segmentation.progress import share

SCENE, PAGE = "scene.glb", "scene.html"
FRAME, UNIT = "LPS - anchor_lps_mm, +Y up", "m"
EMBEDDED: Final = re.compile(rb'<script type="text/plain" id="scene">([A-Za-z0-9+/=]*)</script>')


class Ar(Exporter):
    """`[DRAFT-][SIM-]scene.glb` and `scene.html`, which holds the same scene and needs nothing.

    A picture of the plan, not for navigation: surfaces are thinned, each with its deviation.
    """

    name: ClassVar[str] = "ar"
    title: ClassVar[str] = "Headset"
    purpose: ClassVar[str] = "Scene for headsets (GLB) and a page that shows it in any browser"
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": "a ball, and a node to register by",
        "distance": "a line",
        "angle": "two lines",
        "trajectory": "a cylinder, its axis as a line, entry and target in extras",
        "cut_plane": "a square with its normal",
        "no_go_zone": "its segment's surface, severity and margin in extras",
    }
    left_out: ClassVar[Mapping[str, str]] = {}
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PLAN})

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write scene and page, read both back, and return what was written.

        Raises
        ------
        Refusal
            `ar-surface-far`, `ar-scene-too-large` for a scene that can't be made light enough,
            `export-read-back-differs` when a file doesn't come back as it was meant.
        """
        scene = scene_of(handover, share(handover.progress, 0.0, 0.9))
        glb = scene.glb()
        scene_path, page_path = (
            folder / "-".join((*handover.marks, name)) for name in (SCENE, PAGE)
        )
        scene_path.write_bytes(glb)
        page_path.write_bytes(page_bytes(handover, scene.parts, glb))
        again = scene_path.read_bytes()
        error_mm = read_back_mm(scene, again, scene_path.name)
        require_embedded(page_path.read_bytes(), again, page_path.name)
        handover.progress(1, 1)
        by, reader = named("GLB writer"), named("second GLB reader")
        # What the surfaces were moved when they were thinned counts as error, and says so.
        whole_mm = scene.deviation_mm + error_mm
        allowed_mm = DEVIATION_MM_MAX + ALLOWED_MM
        return (
            Written(scene_path.name, FRAME, UNIT, by, reader, whole_mm, allowed_mm),
            Written(
                page_path.name, FRAME, UNIT, named("page writer"), reader, whole_mm, allowed_mm
            ),
        )


def read_back_mm(scene: Scene, body: bytes, file: str) -> float:
    """Return how far any point of a GLB lies from where it was meant, in mm.

    Raises
    ------
    Refusal
        `export-read-back-differs` beyond 0.001 mm, and for another name, triangle or word.
    """
    read = read_glb(body, file)
    if read.extras != scene.extras or len(read.nodes) != len(scene.parts):
        raise differs(file, "extras")
    meant = sorted(scene.parts, key=lambda one: one.opacity_ratio < 1.0)
    error_mm = 0.0
    for part, node in zip(meant, read.nodes, strict=True):
        if (part.name, dict(part.extras)) != (node.name, dict(node.extras)):
            raise differs(file, part.name)
        error_mm = max(error_mm, _part_error_mm(part, node, file))
    return require_within(file, error_mm, ALLOWED_MM)


def _part_error_mm(part: Part, node: ReadNode, file: str) -> float:
    shape = part.shape
    shift = np.zeros(3) if shape.place_lps_mm is None else np.array(shape.place_lps_mm)
    points, triangles = drawn(shape.mesh)
    if not np.array_equal(triangles, node.triangles):
        raise differs(file, part.name)
    pairs = [
        (points + shift, node.points_lps_mm),
        (shape.lines_lps_mm.reshape(-1, 3) + shift, node.ends_lps_mm),
    ]
    if shape.place_lps_mm is not None:
        pairs.append((shift[None], np.array(node.place_lps_mm or [np.inf] * 3)[None]))
    return max(largest_mm(*pair) for pair in pairs)


def require_embedded(page: bytes, glb: bytes, file: str) -> None:
    """Refuse (`export-read-back-differs`) a page that doesn't hold exactly this scene."""
    found = EMBEDDED.findall(page)
    if len(found) != 1 or base64.b64decode(found[0], validate=True) != glb:
        raise differs(file, "GLB")
