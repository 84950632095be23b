"""3MF: bodies with names and colours in millimetres, on a build plate; written by lib3mf.

The build plate begins at the lowest corner of all bodies: what a file holds is LPS mm minus the
metadata `lps_offset_mm`, so that 32-bit floats keep 3e-5 mm and a slicer finds it on its bed.
What lib3mf would draw at random (the UUIDs) is derived from the title, the notes and the names,
so that the same bodies give the same bytes (decision 0015).
"""

import ctypes
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.errors import Refusal
from segmentation.io.meshes.source import Source
from segmentation.io.meshes.three_mf_reader import read_build
from segmentation.mesh import Mesh, Points

NAMESPACE: Final = "urn:tasrif:print"
DESIGNER: Final = "Tasrif"
OFFSET: Final = "lps_offset_mm"
COLOUR: Final = "#E6D3A8"


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One closed body, its mesh in LPS mm; `number` is its part number, `colour` #RRGGBB."""

    name: str
    mesh: Mesh
    number: str = ""
    colour: str = COLOUR


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    """What one file holds: bodies, its title, and notes as metadata."""

    bodies: Sequence[Body]
    title: str
    notes: Mapping[str, str] = field(default_factory=dict)


def encode(mesh: Mesh, name: str) -> Iterator[bytes]:
    """Yield the bytes of a 3MF with one body."""
    yield packed(Build((Body(name, mesh),), name))


def decode(source: Source) -> Mesh:
    """Return the one body of a 3MF, as `packed` lays it out, in LPS mm."""
    build = unpacked(source)
    if len(build.bodies) != 1:
        raise source.malformed()
    return build.bodies[0].mesh


def packed(build: Build) -> bytes:
    """Return the bytes of a 3MF; the same ones for the same build.

    Raises
    ------
    Refusal
        `mesh-not-solid` for a body that is open, not manifold or inside out.
    """
    low = np.min([body.mesh.points_lps_mm.min(axis=0) for body in build.bodies], axis=0)
    writing = _Writing.begun(_uuid(build, "build"))
    writing.say("", {"Title": build.title, "Designer": DESIGNER})
    writing.say(NAMESPACE, {OFFSET: " ".join(repr(float(one)) for one in low), **build.notes})
    for n, body in enumerate(build.bodies):
        points_mm = body.mesh.points_lps_mm - low
        writing.add(body, points_mm, _uuid(build, f"body {n}"), _uuid(build, f"item {n}"))
    return writing.bytes()


def unpacked(source: Source) -> Build:
    """Return what a 3MF holds, laid out as `packed` does, its bodies back in LPS mm.

    Raises
    ------
    Refusal
        As `read_build` does, and `mesh-frame-missing` for a file that doesn't say where it lies.
    """
    read = read_build(source)
    notes = dict(read.notes)
    try:
        offset = np.array([float(one) for one in notes.pop(OFFSET).split()])
    except (KeyError, ValueError) as error:
        raise Refusal("mesh-frame-missing", file=source.name) from error
    if offset.shape != (3,) or not np.isfinite(offset).all():
        raise Refusal("mesh-frame-missing", file=source.name)
    if notes.pop("Designer", "") != DESIGNER:
        raise source.malformed()
    bodies = [
        Body(one.name, source.mesh(one.points_mm + offset, one.triangles), one.number, one.colour)
        for one in read.objects
    ]
    return Build(tuple(bodies), notes.pop("Title", ""), notes)


@dataclass(frozen=True, slots=True, eq=False)
class _Writing:
    """A model under way in lib3mf: the module, its wrapper and the model."""

    lib3mf: Any
    library: Any
    model: Any

    @classmethod
    def begun(cls, identifier: str) -> "_Writing":
        """Return an empty model in millimetres."""
        import lib3mf  # noqa: PLC0415 - only who writes a 3MF loads it

        library: Any = lib3mf.get_wrapper()
        model = library.CreateModel()
        model.SetUnit(lib3mf.ModelUnit.MilliMeter)
        model.SetBuildUUID(identifier)
        return cls(lib3mf, library, model)

    def say(self, space: str, notes: Mapping[str, str]) -> None:
        """Add metadata in a namespace, "" for what the format names itself."""
        said = self.model.GetMetaDataGroup()
        for key, value in notes.items():
            said.AddMetaData(space, key, value, "xs:string", True)

    def add(self, body: Body, points_mm: Points, identifier: str, item_identifier: str) -> None:
        """Add a body at `points_mm` of the plate; refuse one that isn't solid."""
        made = self.model.AddMeshObject()
        made.SetName(body.name)
        made.SetUUID(identifier)
        if body.number:
            made.SetPartNumber(body.number)
        self._fill(made, points_mm.astype(np.float32), body.mesh.triangles.astype(np.uint32))
        if not made.IsManifoldAndOriented() or body.mesh.volume_ml <= 0.0:
            raise Refusal("mesh-not-solid", name=body.name)
        materials = self.model.AddBaseMaterialGroup()
        red, green, blue = (int(body.colour[k : k + 2], 16) for k in (1, 3, 5))
        colour = self.library.RGBAToColor(red, green, blue, 255)
        chosen = materials.AddMaterial(body.name, colour)
        made.SetObjectLevelProperty(materials.GetResourceID(), chosen)
        item = self.model.AddBuildItem(made, self.library.GetIdentityTransform())
        item.SetUUID(item_identifier)

    def _fill(self, made: object, points: NDArray[np.float32], index: NDArray[np.uint32]) -> None:
        """Give a mesh object its numbers.

        lib3mf's own `SetGeometry` copies lists item by item: 3 s for a million triangles; this 0.1.
        """
        corners = (self.lib3mf.Position * len(points)).from_buffer(points)
        triangles = (self.lib3mf.Triangle * len(index)).from_buffer(index)
        counts = ctypes.c_uint64(len(points)), ctypes.c_uint64(len(index))
        handle = made._handle  # type: ignore[attr-defined]
        call = self.library.lib.lib3mf_meshobject_setgeometry
        self.library.checkError(made, call(handle, counts[0], corners, counts[1], triangles))

    def bytes(self) -> bytes:
        """Return what lib3mf writes, taken chunk by chunk; its own buffer is a list of numbers."""
        body = io.BytesIO()

        def take(address: int, count: int, _: object) -> None:
            body.write(ctypes.string_at(address, count))

        def seek(place: int, _: object) -> None:
            body.seek(place)

        writer = self.model.QueryWriter("3mf")
        writer.WriteToCallback(self.lib3mf.WriteCallback(take), self.lib3mf.SeekCallback(seek), 0)
        return body.getvalue()


def _uuid(build: Build, role: str) -> str:
    """Return an identifier that only this build's words and the role make."""
    words = [build.title, *(f"{key}={value}" for key, value in build.notes.items())]
    words += [f"{body.number}={body.name}" for body in build.bodies]
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((NAMESPACE, *words, role))))
