"""Bodies to print: each segment, and each trajectory as a rod, as STL and together as 3MF."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final

import numpy as np

from planning.exchange.exporter import Exporter, Handover, Need, Written
from planning.exchange.read_back import differs
from planning.exchange.slugs import distinct, slug
from planning.exchange.stl_file import written_stl
from planning.exchange.three_mf_file import build_of, plain, written_build
from planning.geometry.cylinder import Cylinder
from planning.geometry.rigid import unit
from planning.measures.paths import cylinder_of
from planning.model.trajectory import Trajectory
from segmentation.io.meshes.three_mf import Body
from segmentation.mesh import Mesh
from segmentation.progress import share

FLATNESS_MM: Final = 0.01
SIDES_MIN: Final = 32
ROD_COLOUR: Final = "#F2A33A"
TOGETHER: Final = "bodies.3mf"
NO_BODY: Final = "It has no body to print; it stands in plan.json."


class Print(Exporter):
    """`[DRAFT-][SIM-]NAME.stl` for each segment with voxels, `...-path.stl` for each trajectory.

    Surfaces are the accepted ones, as they are measured; all lie in the patient's frame, so that
    the parts fit together. `bodies.3mf` holds the same bodies with their names and colours, all
    shifted onto the build plate by one offset that it states.
    """

    name: ClassVar[str] = "print"
    title: ClassVar[str] = "Print"
    purpose: ClassVar[str] = (
        "Surfaces and drill paths as STL and 3MF in millimetres, for a 3D printer"
    )
    expresses: ClassVar[Mapping[str, str]] = {
        "landmark": "",
        "distance": "",
        "angle": "",
        "trajectory": "NAME-path.stl and in bodies.3mf, a closed cylinder",
        "cut_plane": "",
        "no_go_zone": "",
    }
    left_out: ClassVar[Mapping[str, str]] = {
        kind: NO_BODY for kind, how in expresses.items() if not how
    }
    needs: ClassVar[frozenset[Need]] = frozenset()

    def write(self, handover: Handover, folder: Path) -> tuple[Written, ...]:
        """Write all bodies, read each back, and return what was written.

        Raises
        ------
        Refusal
            `export-read-back-differs` when a file doesn't come back as it was meant,
            `mesh-not-solid` for a body that no printer can fill.
        """
        bodies = tuple(_bodies(handover))
        written: list[Written] = []
        for name, body in zip(self._names(handover), bodies, strict=True):
            if not body.mesh.is_closed or body.mesh.volume_ml <= 0.0:
                raise differs(f"{name}.stl", "open")
            written.append(written_stl(folder / f"{name}.stl", body.mesh, handover.marks))
        if bodies:
            path = folder / "-".join((*handover.marks, TOGETHER))
            written.append(written_build(path, build_of(handover, bodies)))
        if len(list(folder.iterdir())) != len(written):
            raise differs(self.name, "files")
        return tuple(written)

    def _names(self, handover: Handover) -> tuple[str, ...]:
        """Return the files' names without ending: segments, then trajectories."""
        case = handover.case
        solid = [slug(one.name, "segment") for one in case.segments if not one.mask.is_empty]
        paths = [slug(one.name, "trajectory") + "-path" for one in case.plan.of(Trajectory)]
        return distinct("-".join((*handover.marks, name)) for name in (*solid, *paths))


def _bodies(handover: Handover) -> Iterator[Body]:
    """Yield the surfaces of the segments that have one, then the rods, with their marked names."""
    case = handover.case
    solid = [segment for segment in case.segments if not segment.mask.is_empty]
    for n, segment in enumerate(solid):
        part = share(handover.progress, n / len(solid), (n + 1) / len(solid))
        mesh = handover.surfaces.of(case, segment, part).surface.mesh
        yield _body(handover, (segment.name, segment.id), mesh, segment.colour)
    for item in case.plan.of(Trajectory):
        yield _body(handover, (item.name, item.id), rod(cylinder_of(item)), ROD_COLOUR)


def _body(handover: Handover, named: tuple[str, str], mesh: Mesh, colour: str) -> Body:
    name, number = plain(named[0]) or plain(named[1]), plain(named[1])
    return Body(" ".join((*handover.marks, name)), mesh, number, colour)


def rod(cylinder: Cylinder) -> Mesh:
    """Return a cylinder's closed mesh, outward, its edges on the true radius.

    Its flat sides lie at most 0.01 mm inside the true cylinder.
    """
    radius = cylinder.radius_mm
    sides = SIDES_MIN
    if radius > FLATNESS_MM:
        sides = max(sides, math.ceil(math.pi / math.acos(1.0 - FLATNESS_MM / radius)))
    axis = cylinder.direction
    across = unit(np.cross(axis, np.eye(3)[np.abs(axis).argmin()]))
    turns = 2.0 * np.pi * np.arange(sides)[:, None] / sides
    ring = radius * (np.cos(turns) * across + np.sin(turns) * np.cross(axis, across))
    start, end = np.asarray(cylinder.start_mm), np.asarray(cylinder.end_mm)
    points = np.concatenate([ring + start, ring + end, [start, end]])
    near = np.arange(sides)
    after = (near + 1) % sides
    far, far_after = near + sides, after + sides
    foot, head = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    corners = ((near, after, far_after), (near, far_after, far), (foot, after, near))
    triangles = np.concatenate([np.stack(c, 1) for c in (*corners, (head, far, far_after))])
    return Mesh(points, triangles.astype(np.int32))
